//! Every error body that is documented, in one table.

use api_core::transport::{FakeTransport, Reply};
use http::Method;
use serde_json::Value;

use crate::support::{json, scripted};

#[tokio::test]
async fn all_63_documented_errors_have_their_kind_and_a_readable_text() {
    let table = json("errors.json");
    let rows = table.as_array().unwrap();
    assert_eq!(rows.len(), 63);
    for row in rows {
        let text = |name: &str| row[name].as_str();
        let place = format!("{} {}", row["method"], row["path"]);
        let script = FakeTransport::new();
        let status = u16::try_from(row["status"].as_u64().unwrap()).unwrap();
        script.push(Reply::json(status, &row["body"]).header("x-request-id", "7f3c-19"));
        let client = scripted(&script).max_retries(0).build().unwrap();
        let method: Method = text("method").unwrap().parse().unwrap();
        let path = fill(text("path").unwrap());
        let error = client.raw(method, &path, &[], &[], None).await.unwrap_err();
        assert_eq!(error.kind().as_str(), text("kind").unwrap(), "{place}");
        assert_eq!(error.code_str(), text("code"), "{place}");
        assert_eq!(error.message(), text("text").unwrap(), "{place}");
        let fields = serde_json::to_value(error.field_errors()).unwrap();
        let expected = row.get("fields").cloned().unwrap_or(serde_json::json!({}));
        assert_eq!(fields, expected, "{place}");
        assert_eq!(error.request_id_str(), Some("7f3c-19"), "{place}");
        assert_eq!(error.status_code(), Some(status), "{place}");
        assert_eq!(error.send_outcome().as_str(), "rejected", "{place}");
        // What was sent and is echoed is shown nowhere.
        let shown = format!("{error} {error:?} {:?}", error.excerpt_str());
        for echo in ["params", "record"] {
            for leaf in leaves(&row["body"][echo]) {
                if !text("text").unwrap().contains(&leaf) {
                    assert!(!shown.contains(&leaf), "{place}: {leaf} in {shown}");
                }
            }
        }
    }
}

/// A path with a number for each placeholder.
fn fill(template: &str) -> String {
    let parts = template
        .split('/')
        .map(|part| if part.starts_with('{') { "31" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The texts in a value that are long enough to be looked for.
fn leaves(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.len() > 4 => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(leaves).collect(),
        Value::Object(members) => members.values().flat_map(leaves).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn a_missing_permission_is_named_as_the_vendor_names_it() {
    let body = json("errors.json")[3]["body"].clone();
    for (method, path, permission) in [
        (Method::GET, "/contacts", "Customers"),
        (Method::GET, "/contracts/4", "Contracts - Edit"),
        (Method::GET, "/line_items", "Global Admin"),
    ] {
        let script = FakeTransport::new();
        script.push(Reply::json(401, &body));
        let client = scripted(&script).build().unwrap();
        let error = client.raw(method, path, &[], &[], None).await.unwrap_err();
        let help = error.help_text().unwrap();
        assert!(help.contains(permission), "{path}: {help}");
        assert_eq!(error.code_str(), Some("permission_missing"));
        // A token that lacks a permission is no reason to try again.
        assert_eq!(script.request_count(), 1);
    }
}
