//! The token host, and who may do what.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::answer::{Answer, gateway};
use super::base64;

#[derive(Debug)]
struct State {
    connection_key: String,
    scopes: Vec<String>,
    /// Tokens with when they end and what they allow.
    tokens: HashMap<String, (Instant, Vec<String>)>,
    given: u64,
}

/// The keys that are accepted and the tokens that were given.
#[derive(Debug)]
pub(crate) struct Auth {
    pub(crate) subscription_keys: Vec<String>,
    life: Duration,
    /// Whether the claim is a list instead of one text.
    list: bool,
    state: Mutex<State>,
}

impl Auth {
    pub(crate) fn new(
        subscription_keys: Vec<String>,
        connection_key: String,
        scopes: Vec<String>,
        life: Duration,
        list: bool,
    ) -> Auth {
        Auth {
            subscription_keys,
            life,
            list,
            state: Mutex::new(State {
                connection_key,
                scopes,
                tokens: HashMap::new(),
                given: 0,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on every token is refused.
    pub(crate) fn expire(&self) {
        self.state().tokens.clear();
    }

    pub(crate) fn set_scopes(&self, scopes: Vec<String>) {
        self.state().scopes = scopes;
    }

    /// Another key of the administration; the old one and its tokens are void.
    pub(crate) fn set_connection_key(&self, key: String) {
        let mut state = self.state();
        state.connection_key = key;
        state.tokens.clear();
    }

    /// How many tokens were given.
    pub(crate) fn given(&self) -> u64 {
        self.state().given
    }

    /// What the token host says to a form.
    pub(crate) fn token(&self, body: &[u8]) -> Answer {
        let form: Vec<(String, String)> = serde_urlencoded::from_bytes(body).unwrap_or_default();
        let value = |name: &str| {
            form.iter()
                .find(|(found, _)| found == name)
                .map(|(_, value)| value.as_str())
        };
        let mut state = self.state();
        let fits = match value("grant_type") {
            Some("clientkey") => value("clientkey") == Some(state.connection_key.as_str()),
            Some("password") => {
                let halves = base64::decode(&state.connection_key)
                    .and_then(|bytes| String::from_utf8(bytes).ok());
                let sent = value("username").zip(value("password"));
                sent.is_some() && halves.as_deref().and_then(|text| text.split_once(':')) == sent
            }
            _ => {
                return Answer::json(
                    400,
                    &json!({
                        "error": "unsupported_grant_type",
                        "error_description": "The grant type is not known.",
                    }),
                );
            }
        };
        if !fits {
            let error = "GrantType clientkey was found. Parameter clientkey does not contain a \
                         valid value";
            return Answer::json(400, &json!({"error": error}));
        }
        state.given += 1;
        let token = self.jwt(&state);
        let until = Instant::now() + self.life;
        let now = Instant::now();
        state.tokens.retain(|_, (end, _)| *end > now);
        let scopes = state.scopes.clone();
        state.tokens.insert(token.clone(), (until, scopes));
        Answer::json(
            200,
            &json!({
                "access_token": token,
                "token_type": "bearer",
                "expires_in": self.life.as_secs(),
            }),
        )
    }

    fn jwt(&self, state: &State) -> String {
        let now = jiff::Timestamp::now().as_second();
        let life = i64::try_from(self.life.as_secs()).unwrap_or(0);
        let scopes: Value = if self.list {
            state.scopes.clone().into()
        } else {
            state.scopes.join(" ").into()
        };
        let claims = json!({
            "jti": state.given.to_string(),
            "nbf": now,
            "exp": now.saturating_add(life),
            "scopes": scopes,
        });
        let head = base64::url(br#"{"alg":"HS256","typ":"JWT"}"#);
        let body = base64::url(claims.to_string().as_bytes());
        let signature = Sha256::digest(format!("{head}.{body}.sandbox").as_bytes());
        format!("{head}.{body}.{}", base64::url(&signature))
    }

    /// What the gateway says to a request without a subscription.
    pub(crate) fn gate(&self, key: Option<&str>) -> Option<Answer> {
        let Some(key) = key else {
            let message = "Access denied due to missing subscription key. Make sure to include \
                           subscription key when making requests to an API.";
            return Some(gateway(401, message));
        };
        if self.subscription_keys.iter().any(|known| known == key) {
            return None;
        }
        let message = "Access denied due to invalid subscription key. Make sure to provide a \
                       valid key for an active subscription.";
        Some(gateway(401, message))
    }

    /// What the API says to a request without a token, or with one that may not do this.
    pub(crate) fn allow(&self, bearer: Option<&str>, scopes: &[&str]) -> Option<Answer> {
        let state = self.state();
        let known = bearer
            .and_then(|token| state.tokens.get(token))
            .filter(|(until, _)| *until > Instant::now());
        let Some((_, granted)) = known else {
            let message = "Authorization has been denied for this request.";
            return Some(Answer::json(401, &json!({"Message": message})));
        };
        let missing = scopes
            .iter()
            .find(|scope| !granted.iter().any(|has| has == *scope))?;
        let message = format!("The scope {missing} is missing.");
        Some(Answer::json(403, &json!({"message": message})))
    }
}
