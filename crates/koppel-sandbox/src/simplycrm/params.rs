//! Parameters: of the query, of a form, of a form with files.

use std::collections::{BTreeMap, BTreeSet};

use http::HeaderMap;

/// Most parameters of one request.
const MAX_PARAMETERS: usize = 2_000;

/// A file that came with a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    /// The form's name for it.
    pub(crate) field: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) bytes: Vec<u8>,
}

/// The parameters of a request, where each stood.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params {
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) form: BTreeMap<String, String>,
    pub(crate) files: Vec<Upload>,
    /// The body was JSON.
    pub(crate) json: bool,
    /// Parameters of a JSON body that were lists or objects there.
    pub(crate) nested: BTreeSet<String>,
}

impl Params {
    pub(crate) fn read(query: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Params {
        let mut params = Params {
            query: pairs(query.unwrap_or_default().as_bytes()),
            ..Params::default()
        };
        let kind = headers
            .get(http::header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();
        let base = kind.split(';').next().unwrap_or_default().trim();
        if base.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            params.form = pairs(body);
        } else if base.eq_ignore_ascii_case("multipart/form-data")
            && let Some(boundary) = boundary(kind)
        {
            params.multipart(body, &boundary);
        }
        params
    }

    /// From the form or else the query.
    pub(crate) fn either(&self, name: &str) -> Option<&str> {
        self.form
            .get(name)
            .or_else(|| self.query.get(name))
            .map(String::as_str)
    }

    /// The members of a JSON object as if they came in a form; lists and objects as JSON texts.
    pub(crate) fn read_json(&mut self, headers: &HeaderMap, body: &[u8]) {
        let kind = headers
            .get(http::header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();
        if !kind.to_ascii_lowercase().starts_with("application/json") {
            return;
        }
        let Ok(serde_json::Value::Object(map)) = serde_json::from_slice(body) else {
            return;
        };
        self.json = true;
        for (name, value) in map {
            let text = match value {
                serde_json::Value::String(text) => text,
                serde_json::Value::Null => continue,
                other => {
                    if other.is_array() || other.is_object() {
                        self.nested.insert(name.clone());
                    }
                    other.to_string()
                }
            };
            self.form.insert(name, text);
        }
    }

    fn multipart(&mut self, body: &[u8], boundary: &str) {
        let mark = format!("--{boundary}").into_bytes();
        let mut rest = body;
        while let Some(at) = find(rest, &mark) {
            rest = rest.get(at + mark.len()..).unwrap_or_default();
            if rest.starts_with(b"--") || self.form.len() + self.files.len() >= MAX_PARAMETERS {
                return;
            }
            let end = find(rest, &mark).unwrap_or(rest.len());
            let part = rest.get(..end).unwrap_or_default();
            let Some(split) = find(part, b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8_lossy(part.get(..split).unwrap_or_default()).into_owned();
            let content = part.get(split + 4..).unwrap_or_default();
            let content = content.strip_suffix(b"\r\n").unwrap_or(content);
            let Some(name) = attribute(&head, "name") else {
                continue;
            };
            if let Some(file) = attribute(&head, "filename") {
                let kind = head
                    .lines()
                    .find_map(|line| {
                        let (key, value) = line.split_once(':')?;
                        key.trim()
                            .eq_ignore_ascii_case("content-type")
                            .then(|| value.trim().to_owned())
                    })
                    .unwrap_or_default();
                self.files.push(Upload {
                    field: name,
                    name: file,
                    kind,
                    bytes: content.to_vec(),
                });
            } else {
                let content = String::from_utf8_lossy(content).into_owned();
                self.form.insert(name, content);
            }
        }
    }
}

fn pairs(text: &[u8]) -> BTreeMap<String, String> {
    serde_urlencoded::from_bytes::<Vec<(String, String)>>(text)
        .unwrap_or_default()
        .into_iter()
        .take(MAX_PARAMETERS)
        .collect()
}

fn boundary(kind: &str) -> Option<String> {
    kind.split(';').skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("boundary")
            .then(|| value.trim().trim_matches('"').to_owned())
            .filter(|value| !value.is_empty())
    })
}

/// `name="…"` of a `Content-Disposition`.
fn attribute(head: &str, name: &str) -> Option<String> {
    let line = head
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("content-disposition"))?;
    line.split(';').find_map(|part| {
        let (key, value) = part.trim().split_once('=')?;
        (key == name).then(|| value.trim_matches('"').to_owned())
    })
}

pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len().max(1))
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_form_with_a_file_is_taken_apart() {
        let body = b"--XX\r\nContent-Disposition: form-data; name=\"operation\"\r\n\r\ncreate\r\n\
            --XX\r\nContent-Disposition: form-data; name=\"filename\"; filename=\"a.txt\"\r\n\
            Content-Type: text/plain\r\n\r\nhello\r\n--XX--\r\n";
        let mut headers = HeaderMap::new();
        headers.insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("multipart/form-data; boundary=XX"),
        );
        let params = Params::read(Some("a=1&b=%C3%A9"), &headers, body);
        assert_eq!(params.query.get("b").map(String::as_str), Some("é"));
        assert_eq!(params.either("operation"), Some("create"));
        assert_eq!(
            params.files,
            [Upload {
                field: "filename".into(),
                name: "a.txt".into(),
                kind: "text/plain".into(),
                bytes: b"hello".to_vec(),
            }]
        );
    }

    #[test]
    fn a_body_that_says_it_is_json_has_no_parameters() {
        let mut headers = HeaderMap::new();
        headers.insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        let params = Params::read(None, &headers, b"{\"operation\":\"create\"}");
        assert!(params.form.is_empty() && params.query.is_empty());
    }
}
