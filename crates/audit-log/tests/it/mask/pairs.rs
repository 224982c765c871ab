//! Names beside values that they call a secret.

use audit_log::Level;
use serde_json::{Value, json};

use super::{exchange, masked};

#[test]
fn values_go_that_any_name_beside_them_calls_a_secret() {
    let status = format!(
        r#"{{"id":1,"status":"open","more":[{}]}}"#,
        "7,".repeat(200) + "7"
    );
    let two_names = format!(r#"{{"value":{status},"name":"api_token","key":"api_token","id":7}}"#);
    let redacted = r#"{"value":"[redacted]","name":"api_token","key":"api_token","id":7}"#;
    let of_text = |text: &str| json!({ "data": text }).to_string();
    for (sent, expected) in [
        (two_names.as_str(), redacted),
        (
            r#"{"value":false,"name":"send_password","key":"send_password","id":7}"#,
            r#"{"value":"[redacted]","name":"send_password","key":"send_password","id":7}"#,
        ),
        (
            r#"{"content":"open","val":3,"id":7,"name":"password","value":"closed","n":1}"#,
            r#"{"content":"[redacted]","val":"[redacted]","id":7,"name":"password","value":"[redacted]","n":1}"#,
        ),
        // What is no text names nothing.
        (
            r#"{"value":{"id":1},"name":{"token_x":null},"key":{"token_y":null}}"#,
            r#"{"value":{"id":1},"name":{"token_x":null},"key":{"token_y":null}}"#,
        ),
        (
            r#"{"value":"open","name":"pass\u0077ord"}"#,
            r#"{"value":"[redacted]","name":"password"}"#,
        ),
    ] {
        let without_names = |text: &str| -> Value {
            let mut shown: Value = serde_json::from_str(text).unwrap();
            // Whether a name stays is another matter.
            for name in ["name", "key"] {
                shown.as_object_mut().unwrap().remove(name);
            }
            shown
        };
        let shown = answer_of(sent);
        assert_eq!(without_names(&shown), without_names(expected), "{sent}");
        let shown: Value = serde_json::from_str(&answer_of(&of_text(sent))).unwrap();
        let inner = shown["data"].as_str().unwrap();
        assert_eq!(without_names(inner), without_names(expected), "{sent}");
    }
}

/// What is left of an answer with this text.
fn answer_of(response: &str) -> String {
    let entry = masked(exchange(Level::Debug, "", response), 100_000);
    entry.bodies.unwrap().response
}

#[test]
fn sentences_stay_where_they_are_when_values_before_them_go() {
    let sent = r#"{"rows":[{"message":"The client Zonnebloem is known.","value":"open","content":"open","name":"password","error":"Zonnebloem B.V. is there."}],"company":"Zonnebloem B.V."}"#;
    let entry = masked(exchange(Level::Error, "", sent), 100_000);
    let text = entry.bodies.unwrap().response;
    let shown: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(shown["rows"][0]["value"], "[redacted]");
    assert_eq!(shown["rows"][0]["content"], "[redacted]");
    assert!(!text.contains("Zonnebloem"), "{text}");
}
