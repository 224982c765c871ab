//! Reading answers, whichever generation gave them, and escaping parameters.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, Json, redact};

use crate::RecordId;

/// The JSON text of a parameter in the form that passes the server's purifier.
///
/// Every parameter but `query` goes through an HTML purifier before it is read
/// as JSON (recorded servers of both generations). `<`, `>` and `&` can only
/// stand inside JSON strings, where they may be written as escapes.
pub(crate) fn escaped(json: &Json) -> String {
    let text = json.to_string();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            other => out.push(other),
        }
    }
    out
}

/// The text of a scalar; a boolean is `1` or `0`.
pub(crate) fn text(json: Option<&Json>) -> Option<String> {
    match json? {
        Json::Text(text) => Some(text.clone()),
        Json::Number(number) => Some(number.as_str().to_owned()),
        Json::Bool(true) => Some("1".to_owned()),
        Json::Bool(false) => Some("0".to_owned()),
        Json::Null | Json::List(_) | Json::Map(_) => None,
    }
}

/// The text of a scalar that is not empty.
pub(crate) fn filled(json: Option<&Json>) -> Option<String> {
    text(json).filter(|text| !text.is_empty())
}

/// A boolean, however it is written.
pub(crate) fn flag(json: Option<&Json>) -> Option<bool> {
    match text(json)?.as_str() {
        "1" | "true" | "on" => Some(true),
        "0" | "" | "false" | "off" => Some(false),
        _ => None,
    }
}

/// A whole number, bare or in quotes.
pub(crate) fn whole<N: std::str::FromStr>(json: Option<&Json>) -> Option<N> {
    text(json)?.trim().parse().ok()
}

/// A record's id with its prefix.
pub(crate) fn id(json: Option<&Json>) -> Option<RecordId> {
    text(json)?.parse().ok()
}

/// The rows of a member that may be `null`; anything else is not readable.
pub(crate) fn rows<'a>(operation: &str, result: &'a Json, name: &str) -> Result<&'a [Json], Error> {
    match result.get(name) {
        Some(Json::List(rows)) => Ok(rows),
        Some(Json::Null) => Ok(&[]),
        _ => Err(unreadable(operation, &format!("no list `{name}`"), result)),
    }
}

/// The members of an object, where an empty list also means "none".
pub(crate) fn members<'a>(
    operation: &str,
    json: Option<&'a Json>,
    name: &str,
    whole: &Json,
) -> Result<Option<&'a BTreeMap<String, Json>>, Error> {
    match json {
        Some(Json::Map(members)) => Ok(Some(members)),
        Some(Json::List(rows)) if rows.is_empty() => Ok(None),
        Some(Json::Null) => Ok(None),
        _ => Err(unreadable(operation, &format!("no object `{name}`"), whole)),
    }
}

/// The error for an answer that is JSON but not what the operation answers.
pub(crate) fn unreadable(operation: &str, what: &str, answer: &Json) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!("The server's answer holds {what}."),
    )
    .operation(format!("mobile.{operation}"))
    .excerpt(redact::json_text(answer.to_string().as_bytes(), 2_000))
    .help("Another version of the mobile module may answer here; look at the exchange.")
}

/// The error for a request that is refused before it is sent.
pub(crate) fn refused(operation: &str, what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Validation, what)
        .operation(format!("mobile.{operation}"))
        .outcome(api_core::SendOutcome::NotSent)
}

/// Whether a name can be a module or a field: letters, digits and `_`.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 100
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_survives_and_the_purifier_finds_nothing(name in "\\PC{0,20}", text in any::<String>()) {
            let json = Json::from(BTreeMap::from([(name.clone(), Json::from(text.as_str()))]));
            let sent = escaped(&json);
            prop_assert!(!sent.contains(['<', '>', '&']));
            let read: serde_json::Value = serde_json::from_str(&sent).unwrap();
            prop_assert_eq!(read[&name].as_str(), Some(text.as_str()));
        }
    }

    #[test]
    fn what_the_purifier_would_mangle_is_escaped_and_reads_back() {
        let json = Json::parse(r#"{"title":"a <b>b</b> & \"c\" é","n":1.50}"#).unwrap();
        let sent = escaped(&json);
        assert!(!sent.contains(['<', '>', '&']), "{sent}");
        assert_eq!(
            sent,
            r#"{"n":1.50,"title":"a \u003cb\u003eb\u003c/b\u003e \u0026 \"c\" é"}"#
        );
        assert_eq!(Json::parse(&sent).unwrap(), json);
    }

    #[test]
    fn numbers_and_flags_are_read_however_they_are_written() {
        let json = Json::parse(r#"{"a":"7","b":7,"c":true,"d":"on","e":null,"f":"x"}"#).unwrap();
        assert_eq!(whole::<u64>(json.get("a")), Some(7));
        assert_eq!(whole::<u64>(json.get("b")), Some(7));
        assert_eq!(whole::<u64>(json.get("f")), None);
        assert_eq!(flag(json.get("c")), Some(true));
        assert_eq!(flag(json.get("d")), Some(true));
        assert_eq!(flag(json.get("e")), None);
        assert_eq!(flag(json.get("f")), None);
    }

    #[test]
    fn null_rows_are_none_and_missing_rows_are_not_readable() {
        let json = Json::parse(r#"{"records":null,"other":7}"#).unwrap();
        assert_eq!(rows("query", &json, "records").unwrap(), &[]);
        let error = rows("query", &json, "other").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(rows("query", &json, "missing").is_err());
    }
}
