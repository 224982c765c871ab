//! Requests as values: built without I/O.

use api_core::request::is_loopback;
use api_core::{Error, ErrorKind};
use bytes::Bytes;
use http::{Method, Request, header};
use serde_json::Value;
use url::Url;

use crate::profile::{BodyEncoding, Profile};

/// Brings an API URL into the form every request is built on: it ends in a slash.
///
/// The prefix is appended once unless the path already ends in `/api`; `https` is required unless
/// the host is this machine or `insecure_http` is set (inferred contract, row 1).
pub(crate) fn normalise(api_url: &str, prefix: &str, insecure_http: bool) -> Result<Url, Error> {
    let fault = |what: String| {
        Error::new(ErrorKind::Config, what)
            .operation("smartcrm.configure")
            .help("`api_url` looks like https://crm.example.com or https://crm.example.com/index.php/api/.")
    };
    let mut url = Url::parse(api_url.trim())
        .map_err(|error| fault(format!("The API URL cannot be read: {error}.")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(fault(format!(
            "The API URL begins with `{}:`, not with `https:`.",
            url.scheme()
        )));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            fault("The API URL holds a user name or a password.".to_owned())
                .help("Take it out; the token is configured apart from the URL."),
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(fault("The API URL holds a `?` or a `#`.".to_owned()));
    }
    if url.scheme() == "http" && !insecure_http && !is_loopback(&url) {
        return Err(fault(
            "The API URL is plain http, which would show the token to the network.".to_owned(),
        )
        .help("Use https, or allow plain http for this connection with `insecure_http`."));
    }
    let mut segments: Vec<String> = url
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    if segments.last().is_none_or(|last| last != "api") {
        let wanted: Vec<&str> = prefix.split('/').filter(|part| !part.is_empty()).collect();
        // `https://host/index.php` has the first part of the prefix already.
        let there = (1..=wanted.len())
            .rev()
            .find(|n| {
                segments.ends_with(
                    &wanted[..*n]
                        .iter()
                        .map(|s| (*s).to_owned())
                        .collect::<Vec<_>>(),
                )
            })
            .unwrap_or(0);
        segments.extend(wanted[there..].iter().map(|part| (*part).to_owned()));
    }
    let path = segments
        .iter()
        .map(|part| format!("{part}/"))
        .collect::<String>();
    url.set_path(&format!("/{path}"));
    Ok(url)
}

/// Refuses an id that would change which address is called.
pub(crate) fn check_id(id: &str) -> Result<(), Error> {
    if id.is_empty() || id == "." || id == ".." || id.chars().any(char::is_control) {
        return Err(Error::new(
            ErrorKind::Config,
            format!("{id:?} cannot be the id of a record."),
        ));
    }
    Ok(())
}

/// A request still to be written.
#[derive(Debug, Default)]
pub(crate) struct Draft<'a> {
    /// The route below the base, parts already apart.
    pub(crate) path: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Option<&'a Value>,
    pub(crate) idempotency_key: Option<&'a str>,
}

impl Draft<'_> {
    /// Splits a route such as `v2/orders` into its parts.
    pub(crate) fn route(route: &str) -> Vec<String> {
        route
            .split('/')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Writes the request; authorisation is added later.
    pub(crate) fn build(
        &self,
        method: Method,
        base: &Url,
        profile: &Profile,
    ) -> Result<Request<Bytes>, Error> {
        let mut url = base.clone();
        match url.path_segments_mut() {
            Ok(mut segments) => {
                segments.pop_if_empty().extend(&self.path);
            }
            Err(()) => return Err(Error::new(ErrorKind::Config, "The API URL has no path.")),
        }
        if !self.query.is_empty() {
            url.query_pairs_mut()
                .extend_pairs(self.query.iter().map(|(name, value)| (name, value)));
        }
        let mut request = Request::builder()
            .method(method)
            .uri(url.as_str())
            .header(header::ACCEPT, "application/json");
        if let Some(key) = self.idempotency_key
            && profile.sends_idempotency_keys()
        {
            request = request.header(profile.idempotency_header.as_str(), key);
        }
        let body = match self.body {
            None => Bytes::new(),
            Some(body) => {
                let (kind, body) = encode(body, profile.body);
                request = request.header(header::CONTENT_TYPE, kind);
                body
            }
        };
        request.body(body).map_err(|error| {
            Error::new(ErrorKind::Config, "The request cannot be written.").source(error)
        })
    }
}

fn encode(body: &Value, encoding: BodyEncoding) -> (&'static str, Bytes) {
    match encoding {
        BodyEncoding::Json => {
            let text = serde_json::to_vec(body).unwrap_or_else(|_| body.to_string().into_bytes());
            ("application/json", Bytes::from(text))
        }
        BodyEncoding::Form => {
            let mut out = url::form_urlencoded::Serializer::new(String::new());
            flatten(String::new(), body, &mut |name, value| {
                out.append_pair(name, value);
            });
            (
                "application/x-www-form-urlencoded",
                Bytes::from(out.finish()),
            )
        }
    }
}

/// Writes nested values as PHP reads them: `lines[0][qty]=2`.
fn flatten(name: String, value: &Value, put: &mut impl FnMut(&str, &str)) {
    let under = |part: &str| {
        if name.is_empty() {
            part.to_owned()
        } else {
            format!("{name}[{part}]")
        }
    };
    match value {
        Value::Object(members) => {
            for (part, value) in members {
                flatten(under(part), value, put);
            }
        }
        // What is empty has no parts to be named by.
        Value::Array(items) if items.is_empty() && !name.is_empty() => put(&name, ""),
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                flatten(under(&index.to_string()), value, put);
            }
        }
        Value::Null => put(&name, ""),
        Value::Bool(flag) => put(&name, if *flag { "1" } else { "0" }),
        Value::String(text) => put(&name, text),
        Value::Number(number) => put(&name, &number.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> String {
        normalise(text, "index.php/api/", false)
            .unwrap()
            .to_string()
    }

    #[test]
    fn the_prefix_is_appended_once() {
        let whole = "https://crm.example.com/index.php/api/";
        for text in [
            "https://crm.example.com",
            "https://crm.example.com/",
            " https://crm.example.com// ",
            "https://crm.example.com/index.php",
            "https://crm.example.com/index.php/api",
            "https://crm.example.com/index.php/api/",
            "https://crm.example.com/index.php//api//",
        ] {
            assert_eq!(url(text), whole, "{text}");
        }
        assert_eq!(url("https://x.example/api"), "https://x.example/api/");
        assert_eq!(
            url("https://x.example/crm"),
            "https://x.example/crm/index.php/api/"
        );
        assert_eq!(
            url("https://x.example:8443/apis"),
            "https://x.example:8443/apis/index.php/api/"
        );
    }

    #[test]
    fn an_empty_prefix_appends_nothing() {
        let url = normalise("https://x.example/v1", "", false).unwrap();
        assert_eq!(url.as_str(), "https://x.example/v1/");
    }

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for text in [
            "http://localhost:8080",
            "http://127.0.0.1",
            "http://[::1]:99",
        ] {
            assert!(normalise(text, "", false).is_ok(), "{text}");
        }
        let error = normalise("http://crm.example.com", "", false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(normalise("http://localhost.example.com", "", false).is_err());
        assert!(normalise("http://crm.example.com", "", true).is_ok());
    }

    #[test]
    fn what_cannot_be_an_api_url_is_refused() {
        for text in [
            "",
            "crm.example.com",
            "ftp://crm.example.com",
            "https://user:hunter2@crm.example.com",
            "https://crm.example.com/?token=x",
            "https://crm.example.com/#x",
            "mailto:x@example.com",
        ] {
            let error = normalise(text, "index.php/api/", false).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{text}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn an_id_stays_one_part_of_the_path() {
        let base = normalise("https://x.example", "", false).unwrap();
        let draft = Draft {
            path: vec!["clients".to_owned(), "a/../b?c".to_owned()],
            query: vec![("vat".to_owned(), "NL 1&2".to_owned())],
            ..Draft::default()
        };
        let request = draft
            .build(Method::GET, &base, &Profile::smartcrm())
            .unwrap();
        assert_eq!(
            request.uri().to_string(),
            "https://x.example/clients/a%2F..%2Fb%3Fc?vat=NL+1%262"
        );
        for id in ["", ".", "..", "a\nb"] {
            assert!(check_id(id).is_err(), "{id:?}");
        }
        assert!(check_id("9001").is_ok());
    }

    #[test]
    fn a_form_body_nests_as_php_reads_it() {
        let body = serde_json::json!({
            "company": "A & B", "active": true, "vat": null, "groups": [],
            "lines": [{"qty": "2.00", "taxes": [{"rate": 21}]}],
        });
        let (kind, body) = encode(&body, BodyEncoding::Form);
        assert_eq!(kind, "application/x-www-form-urlencoded");
        assert_eq!(
            body,
            "active=1&company=A+%26+B&groups=&lines%5B0%5D%5Bqty%5D=2.00\
             &lines%5B0%5D%5Btaxes%5D%5B0%5D%5Brate%5D=21&vat="
        );
    }

    #[test]
    fn an_idempotency_key_is_sent_only_where_there_is_a_header_for_it() {
        let base = normalise("https://x.example", "", false).unwrap();
        let body = serde_json::json!({});
        let draft = Draft {
            path: Draft::route("/clients/"),
            body: Some(&body),
            idempotency_key: Some("k1"),
            ..Draft::default()
        };
        let mut profile = Profile::smartcrm();
        let request = draft.build(Method::POST, &base, &profile).unwrap();
        assert_eq!(request.headers()["idempotency-key"], "k1");
        profile.idempotency_header.clear();
        let request = draft.build(Method::POST, &base, &profile).unwrap();
        assert!(!request.headers().contains_key("idempotency-key"));
    }
}
