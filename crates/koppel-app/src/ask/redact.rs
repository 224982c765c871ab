//! What a person is not shown of an answer.

use std::collections::BTreeMap;

use api_core::Json;
use api_core::redact::{self, is_secret_key};

/// What stands in the place of a secret.
const REDACTED: &str = "[redacted]";

/// An answer without its secrets; everything else stays as it is, digit for digit.
pub(super) fn json(value: Json) -> Json {
    match value {
        Json::List(items) => Json::List(items.into_iter().map(json).collect()),
        Json::Map(members) => Json::Map(map(members)),
        // An address may carry a key that logs in: `…?portal_key=…`.
        Json::Text(text) if text.contains("://") => Json::Text(redact::text(&text)),
        other => other,
    }
}

/// The members of an object without secrets.
pub(super) fn map(members: BTreeMap<String, Json>) -> BTreeMap<String, Json> {
    // A list of fields: `{"name": "accesskey", "value": "…"}`.
    let of_secret = ["name", "key", "field"].iter().any(|label| {
        members
            .get(*label)
            .and_then(Json::as_str)
            .is_some_and(is_secret_key)
    });
    members
        .into_iter()
        .map(|(name, value)| {
            let secret =
                is_secret_key(&name) || (of_secret && matches!(&*name, "value" | "default"));
            let value = match value {
                // Nothing, and yes or no, are no secret.
                value @ (Json::Null | Json::Bool(_)) => value,
                Json::Text(text) if secret && text.is_empty() => Json::Text(text),
                _ if secret => Json::from(REDACTED),
                value => json(value),
            };
            (name, value)
        })
        .collect()
}

/// A body of an answer: JSON without secrets, else the text as far as it may be shown.
pub(super) fn body(text: &str) -> Result<Json, String> {
    match Json::parse(text) {
        Ok(parsed) => Ok(json(parsed)),
        Err(_) => Err(redact::text(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secrets_of_users_records_go_and_every_digit_stays() {
        let answer = r#"{"accesskey":"abc","user_password":"$1$x","confirm_password":"$1$x","id":"19x1","list":[{"name":"accesskey","value":"abc","label":"Access Key"},{"name":"total","value":"1"}],"sessionName":"s","token":null,"total":12345678901234567.890,"user_hash":""}"#;
        let shown = json(Json::parse(answer).unwrap()).to_string();
        assert_eq!(
            shown,
            r#"{"accesskey":"[redacted]","confirm_password":"[redacted]","id":"19x1","list":[{"label":"Access Key","name":"accesskey","value":"[redacted]"},{"name":"total","value":"1"}],"sessionName":"[redacted]","token":null,"total":12345678901234567.890,"user_hash":"","user_password":"[redacted]"}"#
        );
    }

    #[test]
    fn a_key_within_an_address_goes_and_the_address_stays() {
        let answer =
            r#"{"online_profile_url":"https://a.test/my?portal_key=k123&page=2","note":"key=1"}"#;
        assert_eq!(
            json(Json::parse(answer).unwrap()).to_string(),
            r#"{"note":"key=1","online_profile_url":"https://a.test/my?portal_key=[redacted]&page=2"}"#
        );
    }

    #[test]
    fn a_body_that_is_no_json_is_shown_as_text_without_secrets() {
        let shown = body("<b>Bearer abcdef1234567890</b>").unwrap_err();
        assert!(shown.contains("[redacted]"), "{shown}");
        assert!(!shown.contains("abcdef1234567890"), "{shown}");
    }
}
