//! How the tokens get into a request.

use std::fmt;

use api_core::auth::{AuthStamp, Authorize, Bearer, HeaderToken, secret_value};
use api_core::{Error, ErrorKind, ExposeSecret, SecretString};
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, Request, Uri};
use url::Url;

use crate::profile::{AuthStyle, Profile};

/// Adds the token, and on V2 routes the client token, as a profile says.
pub(crate) struct SmartAuth {
    ways: Vec<Way>,
    client_token: Option<ClientToken>,
}

enum Way {
    Bearer(Bearer),
    Header(HeaderToken),
    Query { name: String, token: SecretString },
}

struct ClientToken {
    header: HeaderName,
    /// The path V2 routes begin with, base included.
    below: String,
    token: SecretString,
}

impl SmartAuth {
    pub(crate) fn new(
        profile: &Profile,
        base: &Url,
        token: &SecretString,
        client_token: Option<&SecretString>,
    ) -> Result<Self, Error> {
        if token.expose_secret().is_empty() {
            return Err(fault("The API token is empty."));
        }
        // Finds out now, not at the first call, what a header cannot carry.
        let usable = secret_value(token)?;
        drop(usable);
        let ways = profile
            .auth
            .iter()
            .map(|style| match style {
                AuthStyle::Bearer => Ok(Way::Bearer(Bearer::new(token.clone()))),
                AuthStyle::Header { name } => Ok(Way::Header(HeaderToken::new(
                    header_name(name)?,
                    token.clone(),
                ))),
                AuthStyle::Query { name } => Ok(Way::Query {
                    name: name.clone(),
                    token: token.clone(),
                }),
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let client_token = match client_token {
            Some(token) if !profile.client_token_prefix.is_empty() => Some(ClientToken {
                header: header_name(&profile.client_token_header)?,
                below: format!("{}{}", base.path(), profile.client_token_prefix),
                token: token.clone(),
            }),
            _ => None,
        };
        Ok(Self { ways, client_token })
    }
}

impl fmt::Debug for SmartAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmartAuth")
            .field("ways", &self.ways.len())
            .field("has_client_token", &self.client_token.is_some())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Authorize for SmartAuth {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<AuthStamp, Error> {
        for way in &self.ways {
            match way {
                Way::Bearer(bearer) => {
                    bearer.authorize(request).await?;
                }
                Way::Header(header) => {
                    header.authorize(request).await?;
                }
                Way::Query { name, token } => {
                    *request.uri_mut() = with_query(request.uri(), name, token)?;
                }
            }
        }
        if let Some(client) = &self.client_token
            && request.uri().path().starts_with(&client.below)
        {
            let value = secret_value(&client.token)?;
            request.headers_mut().insert(client.header.clone(), value);
        }
        Ok(AuthStamp::FIXED)
    }
}

fn with_query(uri: &Uri, name: &str, token: &SecretString) -> Result<Uri, Error> {
    // The cause is left out of these errors: it may quote the address with its token.
    let mut url = Url::parse(&uri.to_string()).map_err(|_| fault("The address is not a URL."))?;
    url.query_pairs_mut()
        .append_pair(name, token.expose_secret());
    url.as_str()
        .parse()
        .map_err(|_| fault("The token cannot stand in an address."))
}

fn header_name(name: &str) -> Result<HeaderName, Error> {
    HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| fault(&format!("{name:?} is not a header name.")))
}

fn fault(message: &str) -> Error {
    Error::new(ErrorKind::Config, message)
        .operation("smartcrm.configure")
        .help("Check the connection's token and its profile's `auth`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn authorized(profile: &Profile, path: &str) -> Request<Bytes> {
        let base = Url::parse("https://crm.example.com/index.php/api/").unwrap();
        let auth = SmartAuth::new(
            profile,
            &base,
            &SecretString::from("tok en-1".to_owned()),
            Some(&SecretString::from("second".to_owned())),
        )
        .unwrap();
        assert!(!format!("{auth:?}").contains("en-1"));
        let mut request = Request::get(format!("{base}{path}"))
            .body(Bytes::new())
            .unwrap();
        auth.authorize(&mut request).await.unwrap();
        request
    }

    #[tokio::test]
    async fn the_client_token_goes_to_v2_routes_alone() {
        let profile = Profile::smartcrm();
        let request = authorized(&profile, "clients?page=1").await;
        assert_eq!(request.headers()["authorization"], "Bearer tok en-1");
        assert!(!request.headers().contains_key("x-client-token"));
        let request = authorized(&profile, "v2/products").await;
        assert_eq!(request.headers()["x-client-token"], "second");
    }

    #[tokio::test]
    async fn a_profile_may_send_the_token_in_several_ways_at_once() {
        let mut profile = Profile::smartcrm();
        profile.auth = vec![
            AuthStyle::Bearer,
            AuthStyle::Header {
                name: "X-API-Token".to_owned(),
            },
            AuthStyle::Query {
                name: "authtoken".to_owned(),
            },
        ];
        let request = authorized(&profile, "clients?page=1").await;
        assert_eq!(request.headers()["authorization"], "Bearer tok en-1");
        assert_eq!(request.headers()["x-api-token"], "tok en-1");
        assert_eq!(request.uri().query(), Some("page=1&authtoken=tok+en-1"));
    }

    #[test]
    fn a_token_a_header_cannot_carry_is_found_out_at_once() {
        let base = Url::parse("https://crm.example.com/api/").unwrap();
        for token in ["", "line\nfeed"] {
            let token = SecretString::from(token.to_owned());
            let error = SmartAuth::new(&Profile::smartcrm(), &base, &token, None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
        }
    }
}
