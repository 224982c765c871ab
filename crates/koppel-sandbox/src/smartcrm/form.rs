//! Request bodies: JSON, and forms with PHP's brackets.

use http::{HeaderMap, header};
use serde_json::{Map, Value};

/// Most levels of brackets in the name of a form field.
const MAX_DEPTH: usize = 8;

/// Whether the body says that it is a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| {
            kind.to_ascii_lowercase()
                .starts_with("application/x-www-form-urlencoded")
        })
}

/// The fields of a form: `a[b][]=1` is `{"a": {"b": ["1"]}}`, as PHP reads it.
pub(crate) fn parse(body: &[u8]) -> Value {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(body).unwrap_or_default();
    let mut root = Map::new();
    for (name, value) in pairs {
        let keys = keys(&name);
        if !keys.is_empty() && keys.len() <= MAX_DEPTH {
            put(&mut root, &keys, value);
        }
    }
    Value::Object(root.into_iter().map(|(k, v)| (k, listed(v))).collect())
}

/// `a[b][]` as `a`, `b` and an empty key, which means "the next number".
fn keys(name: &str) -> Vec<&str> {
    let (first, mut rest) = match name.find('[') {
        Some(0) | None => return vec![name],
        Some(at) => name.split_at(at),
    };
    let mut keys = vec![first];
    while let Some(inner) = rest.strip_prefix('[') {
        let Some((key, after)) = inner.split_once(']') else {
            break;
        };
        keys.push(key);
        rest = after;
    }
    keys
}

fn put(map: &mut Map<String, Value>, keys: &[&str], value: String) {
    let Some((first, rest)) = keys.split_first() else {
        return;
    };
    let key = if first.is_empty() {
        let next = map
            .keys()
            .filter_map(|key| key.parse::<u64>().ok())
            .max()
            .map_or(0, |last| last.saturating_add(1));
        next.to_string()
    } else {
        (*first).to_owned()
    };
    if rest.is_empty() {
        map.insert(key, Value::String(value));
        return;
    }
    let child = map.entry(key).or_insert_with(|| Value::Object(Map::new()));
    if !child.is_object() {
        *child = Value::Object(Map::new());
    }
    if let Value::Object(child) = child {
        put(child, rest, value);
    }
}

/// Maps whose keys are 0, 1, 2 … become lists.
fn listed(value: Value) -> Value {
    let Value::Object(map) = value else {
        return value;
    };
    let is_list = !map.is_empty() && (0..map.len()).all(|n| map.contains_key(&n.to_string()));
    if is_list {
        let mut items: Vec<(usize, Value)> = map
            .into_iter()
            .filter_map(|(key, value)| key.parse().ok().map(|n| (n, listed(value))))
            .collect();
        items.sort_by_key(|(n, _)| *n);
        return Value::Array(items.into_iter().map(|(_, value)| value).collect());
    }
    Value::Object(map.into_iter().map(|(k, v)| (k, listed(v))).collect())
}

/// A piece of a path with its percent signs resolved.
pub(crate) fn decoded(segment: &str) -> String {
    let pair = format!("k={}", segment.replace('+', "%2B").replace('&', "%26"));
    serde_urlencoded::from_str::<Vec<(String, String)>>(&pair)
        .ok()
        .and_then(|pairs| pairs.into_iter().next())
        .map_or_else(|| segment.to_owned(), |(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn brackets_nest_as_php_reads_them() {
        let body = b"company=A%20%26+B&groups_in[]=41&groups_in[]=42\
            &newitems[0][description]=Uren&newitems[0][taxname][]=VAT%7C19.00&newitems[1][qty]=2\
            &custom_fields[customers][7]=x&bad[=1&[]=2";
        assert_eq!(
            parse(body),
            json!({
                "company": "A & B",
                "groups_in": ["41", "42"],
                "newitems": [
                    {"description": "Uren", "taxname": ["VAT|19.00"]},
                    {"qty": "2"},
                ],
                "custom_fields": {"customers": {"7": "x"}},
                "bad": "1",
                "[]": "2",
            })
        );
        assert_eq!(parse(b""), json!({}));
    }

    #[test]
    fn a_keyword_in_a_path_is_decoded() {
        assert_eq!(decoded("caf%C3%A9%20%2B%2F+x"), "café +/+x");
    }
}
