//! Addresses and requests of APIs that speak JSON.

use bytes::Bytes;
use http::{Method, Request, header};
use url::{Host, Url};

use crate::error::{Error, ErrorKind};
use crate::json::Json;

/// A query: names and values, not yet encoded.
pub type Query<'a> = &'a [(&'a str, String)];

/// Reads the address that all calls of a client stand under; `name` is the
/// setting it comes from.
///
/// # Errors
///
/// `Config` for another scheme than `http` and `https`, credentials, a query, and
/// plain `http` to another machine unless that is allowed.
pub fn base_address(text: &str, name: &str, insecure_http: bool) -> Result<Url, Error> {
    let config = |what: String| Error::new(ErrorKind::Config, what);
    let mut url = Url::parse(text.trim())
        .map_err(|error| config(format!("`{name}` cannot be read: {error}.")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(config(format!(
            "`{name}` begins with `{}:`, not with `https:`.",
            url.scheme()
        )));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(config(format!("`{name}` holds a user name or a password.")));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(config(format!("`{name}` holds a `?` or a `#`.")));
    }
    if url.scheme() == "http" && !insecure_http && !is_loopback(&url) {
        return Err(config(format!(
            "`{name}` is plain http, which would show the login to the network."
        ))
        .help("Use https, or allow plain http for this connection with `insecure_http`."));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// Tells whether an address leads to this machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Writes an address below a base; arguments fill the placeholders of the path
/// in their order, and they and the values are percent-encoded whole.
///
/// # Errors
///
/// `Config` for an argument that is missing, empty or would lead elsewhere.
pub fn address(base: &Url, path: &str, args: &[&str], query: Query<'_>) -> Result<Url, Error> {
    let fault = |what: String| Error::new(ErrorKind::Config, what);
    let mut url = base.clone();
    let mut args = args.iter();
    {
        let mut segments = url
            .path_segments_mut()
            .map_err(|()| fault("The address of the API has no path.".to_owned()))?;
        segments.pop_if_empty();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            if !part.starts_with('{') {
                segments.push(part);
                continue;
            }
            let arg = *args
                .next()
                .ok_or_else(|| fault(format!("The path {path} lacks {part}.")))?;
            if arg.is_empty() || arg == "." || arg == ".." || arg.chars().any(char::is_control) {
                return Err(fault(format!("{arg:?} cannot stand for {part}.")));
            }
            segments.push(arg);
        }
    }
    if !query.is_empty() {
        let pairs: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        url.set_query(Some(&pairs.join("&")));
    }
    Ok(url)
}

/// Percent-encodes everything but letters, digits and `-._~$(),:/`.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'$'
            | b'('
            | b')'
            | b','
            | b':'
            | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Writes a request of JSON; authorisation is added later.
///
/// # Errors
///
/// `Config` when the address is none.
pub fn request(method: Method, url: &Url, body: Option<&Json>) -> Result<Request<Bytes>, Error> {
    let mut request = Request::builder()
        .method(method)
        .uri(url.as_str())
        .header(header::ACCEPT, "application/json");
    let bytes = match body {
        Some(json) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Bytes::from(json.to_string())
        }
        None => Bytes::new(),
    };
    request.body(bytes).map_err(|error| {
        Error::new(ErrorKind::Config, "The request cannot be written.").source(error)
    })
}

/// What may be told of a path that somebody typed: the word that it begins with, and how many
/// segments follow, such as `/clients/…/…`. The rest may be what was searched for.
#[must_use]
pub fn typed_path<'a>(segments: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for (at, segment) in segments.into_iter().enumerate() {
        out.push('/');
        let word = segment.len() <= 48
            && segment.starts_with(|c: char| c.is_ascii_lowercase())
            && (segment.bytes())
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        out.push_str(if at == 0 && word { segment } else { "…" });
    }
    if out.is_empty() { "/".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Result<Url, Error> {
        base_address(text, "base_url", false)
    }

    #[test]
    fn a_base_is_https_or_this_machine_and_carries_no_login() {
        assert_eq!(base("https://a.test/api/v1/").unwrap().path(), "/api/v1");
        for text in [
            "http://localhost:1/x",
            "http://127.0.0.1",
            "http://[::1]:9/",
        ] {
            assert!(base(text).is_ok(), "{text}");
        }
        for text in [
            "http://a.test",
            "ftp://a.test",
            "https://u:p@a.test",
            "https://a.test?x=1",
            "https://a.test#x",
            "a.test",
            "",
        ] {
            assert_eq!(base(text).unwrap_err().kind(), ErrorKind::Config, "{text}");
        }
        assert!(base_address("http://a.test", "base_url", true).is_ok());
    }

    #[test]
    fn arguments_stay_one_part_of_the_path() {
        let base = base("https://a.test/v1").unwrap();
        let query = [("a b", "c&d=é".to_owned())];
        let url = address(&base, "/x/{id}/y", &["a/b?c"], &query).unwrap();
        assert_eq!(
            url.as_str(),
            "https://a.test/v1/x/a%2Fb%3Fc/y?a%20b=c%26d%3D%C3%A9"
        );
        for arg in ["", ".", "..", "a\nb"] {
            assert!(address(&base, "/x/{id}", &[arg], &[]).is_err(), "{arg:?}");
        }
        assert!(address(&base, "/x/{id}", &[], &[]).is_err());
    }

    #[test]
    fn a_body_says_that_it_is_json() {
        let url = base("https://a.test").unwrap();
        let sent = request(Method::POST, &url, Some(&Json::Bool(true))).unwrap();
        assert_eq!(sent.headers()["content-type"], "application/json");
        assert_eq!(sent.body().as_ref(), b"true");
        let read = request(Method::GET, &url, None).unwrap();
        assert!(!read.headers().contains_key("content-type"));
    }

    #[test]
    fn a_typed_path_keeps_the_word_that_it_begins_with() {
        for (path, told) in [
            ("clients", "/clients"),
            ("clients/jansen/de-boer", "/clients/…/…"),
            ("companyInfo", "/companyInfo"),
            ("Jansen/7", "/…/…"),
            ("jan jansen", "/…"),
            ("j@example.test", "/…"),
        ] {
            assert_eq!(typed_path(path.split('/')), told);
        }
        assert_eq!(typed_path([]), "/");
    }
}
