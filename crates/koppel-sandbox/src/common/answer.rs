//! Answers, whole and spoilt.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::json;

use super::faults::FaultKind;

/// The content type of pages.
const HTML: &str = "text/html; charset=UTF-8";

/// An answer before it becomes an HTTP response.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The content type.
    pub(crate) kind: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Answer {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Answer::raw(status, body.into())
    }

    /// How SmartCRM refuses something, and so the control routes do.
    pub(crate) fn refused(status: u16, message: &str) -> Answer {
        Answer::json(status, &json!({"status": false, "message": message}))
    }

    /// What a control route says of something that is done.
    pub(crate) fn done() -> Answer {
        Answer::json(200, &json!({"status": true}))
    }

    /// The answer of a fault that all systems know and under which nothing is applied; `status`
    /// makes the answer of a bare status.
    pub(crate) fn of_fault(kind: &FaultKind, status: impl FnOnce(u16) -> Answer) -> Option<Answer> {
        match kind {
            FaultKind::Status {
                status: code,
                after_commit: false,
            } => Some(status(*code)),
            FaultKind::LoginPage { status } => Some(Answer::html(*status, LOGIN_PAGE)),
            FaultKind::CaptchaPage { status } => Some(Answer::html(*status, CAPTCHA_PAGE)),
            _ => None,
        }
    }

    pub(crate) fn raw(status: u16, body: Bytes) -> Answer {
        Answer {
            status,
            kind: "application/json; charset=utf-8",
            headers: Vec::new(),
            body,
        }
    }

    pub(crate) fn html(status: u16, page: &str) -> Answer {
        Answer::raw(status, Bytes::copy_from_slice(page.as_bytes())).of_kind(HTML)
    }

    /// The same answer with another content type.
    pub(crate) fn of_kind(mut self, kind: &'static str) -> Answer {
        self.kind = kind;
        self
    }

    /// The same answer with its second half missing.
    pub(crate) fn truncated(mut self) -> Answer {
        self.body.truncate(self.body.len() / 2);
        self
    }

    /// The same answer behind something PHP printed.
    pub(crate) fn behind(mut self, noise: &str) -> Answer {
        let mut body = noise.as_bytes().to_vec();
        body.extend_from_slice(&self.body);
        self.body = body.into();
        self
    }

    /// The same answer behind a notice that made PHP send it as a page.
    pub(crate) fn with_php_notice(self) -> Answer {
        self.behind(PHP_NOTICE).of_kind(HTML)
    }

    pub(crate) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
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

const LOGIN_PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Login</title>\
</head><body><h1>Login</h1><form method=\"post\" action=\"/admin/authentication\">\
<input name=\"email\"><input name=\"password\" type=\"password\"></form></body></html>\n";

pub(crate) const CAPTCHA_PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head>\
<title>One moment, please</title></head><body><p>Please solve the captcha to show that you are \
human.</p></body></html>\n";

pub(crate) const NOT_FOUND_PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head>\
<title>404 Page Not Found</title></head><body><h1>404 Page Not Found</h1>\
<p>The page you requested was not found.</p></body></html>\n";
