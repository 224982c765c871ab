//! Answers, whole and spoilt.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};

/// An answer before it becomes an HTTP response.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) html: bool,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Answer {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Answer::raw(status, body.into())
    }

    pub(crate) fn raw(status: u16, body: Bytes) -> Answer {
        Answer {
            status,
            html: false,
            headers: Vec::new(),
            body,
        }
    }

    pub(crate) fn refused(status: u16, message: &str) -> Answer {
        Answer::json(status, &json!({"status": false, "message": message}))
    }

    /// The overloaded 404: an empty list, or an id nobody has.
    pub(crate) fn no_data() -> Answer {
        Answer::refused(404, "No data were found")
    }

    pub(crate) fn invalid(faults: &[(String, String)]) -> Answer {
        let errors: serde_json::Map<String, Value> = faults
            .iter()
            .map(|(field, reason)| (field.clone(), Value::String(reason.clone())))
            .collect();
        let message = faults.first().map_or("", |(_, reason)| reason.as_str());
        Answer::json(
            422,
            &json!({
                "status": false,
                "error": "validation_failed",
                "message": message,
                "errors": errors,
            }),
        )
    }

    /// What version 2 of Perfex's module says of an invalid record: 404, and HTML in the message.
    pub(crate) fn invalid_legacy(faults: &[(String, String)]) -> Answer {
        let errors: serde_json::Map<String, Value> = faults
            .iter()
            .map(|(field, reason)| (field.clone(), Value::String(reason.clone())))
            .collect();
        let message: String = faults
            .iter()
            .map(|(_, reason)| format!("<p>{reason}</p>\n"))
            .collect();
        let body = json!({"status": false, "error": errors, "message": message});
        Answer::json(404, &body)
    }

    /// What RISE's plugin says of an invalid record.
    pub(crate) fn invalid_rise(faults: &[(String, String)]) -> Answer {
        let errors: serde_json::Map<String, Value> = faults
            .iter()
            .map(|(field, reason)| (field.clone(), Value::String(reason.clone())))
            .collect();
        let body = json!({"status": false, "message": "The data is not valid", "errors": errors});
        Answer::json(400, &body)
    }

    pub(crate) fn html(status: u16, page: &str) -> Answer {
        Answer {
            status,
            html: true,
            headers: Vec::new(),
            body: Bytes::copy_from_slice(page.as_bytes()),
        }
    }

    /// The same answer with its second half missing.
    pub(crate) fn truncated(mut self) -> Answer {
        self.body.truncate(self.body.len() / 2);
        self
    }

    /// The same answer behind a warning PHP printed.
    pub(crate) fn with_php_notice(mut self) -> Answer {
        let mut body = PHP_NOTICE.as_bytes().to_vec();
        body.extend_from_slice(&self.body);
        self.body = body.into();
        self.html = true;
        self
    }

    pub(crate) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = if self.html {
            "text/html; charset=UTF-8"
        } else {
            "application/json; charset=utf-8"
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

const PHP_NOTICE: &str = "<div style=\"border:1px solid #990000;padding-left:20px;\">\n\
<h4>A PHP Error was encountered</h4>\n<p>Severity: Notice</p>\n\
<p>Message: Undefined index: vat</p>\n</div>\n";

pub(crate) const LOGIN_PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Login</title>\
</head><body><h1>Login</h1><form method=\"post\" action=\"/admin/authentication\">\
<input name=\"email\"><input name=\"password\" type=\"password\"></form></body></html>\n";

pub(crate) const CAPTCHA_PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head>\
<title>One moment, please</title></head><body><p>Please solve the captcha to show that you are \
human.</p></body></html>\n";

pub(crate) fn database_error_page(column: &str) -> String {
    let column: String = column
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Database Error</title></head><body>\
         <h1>A Database Error Occurred</h1><p>Error Number: 1054</p>\
         <p>Unknown column '{column}' in 'field list'</p></body></html>\n"
    )
}

pub(crate) const NOT_FOUND_PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head>\
<title>404 Page Not Found</title></head><body><h1>404 Page Not Found</h1>\
<p>The page you requested was not found.</p></body></html>\n";
