//! A server and somebody who talks to it.

use koppel_sandbox::syncro::{Syncro, SyncroBuilder, SyncroServer};
use serde_json::{Value, json};

use crate::support::{Reply, http};

/// A server and a client without any knowledge of it.
pub(super) struct Talk {
    pub(super) server: SyncroServer,
    http: reqwest::Client,
}

/// An answer: its status and body, null where it has none.
pub(super) type Heard = (u16, Value);

impl Talk {
    pub(super) async fn new() -> Talk {
        Talk::with(Syncro::builder()).await
    }

    pub(super) async fn with(builder: SyncroBuilder) -> Talk {
        Talk {
            server: builder.start().await.unwrap(),
            http: http(),
        }
    }

    pub(super) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.server.url());
        let method = method.parse().unwrap();
        self.http.request(method, url).bearer_auth("demo-token")
    }

    pub(super) async fn raw(&self, request: reqwest::RequestBuilder) -> (u16, String, String) {
        let reply = Reply::to(request).await.unwrap();
        let kind = reply.header("content-type").unwrap().to_owned();
        (reply.status, kind, reply.text)
    }

    async fn heard(&self, request: reqwest::RequestBuilder) -> Heard {
        let (status, _, text) = self.raw(request).await;
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap()
        };
        (status, body)
    }

    pub(super) async fn get(&self, path: &str) -> Heard {
        self.heard(self.request("GET", path)).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Heard {
        self.heard(self.request("POST", path).json(&body)).await
    }

    pub(super) async fn put(&self, path: &str, body: Value) -> Heard {
        self.heard(self.request("PUT", path).json(&body)).await
    }

    pub(super) async fn delete(&self, path: &str) -> Heard {
        self.heard(self.request("DELETE", path)).await
    }

    /// The body of an answer that must be a success.
    pub(super) async fn got(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Puts a customer in directly and gives its id.
    pub(super) fn customer(&self) -> i64 {
        let customer = json!({"business_name": "A"});
        self.server.insert("customers", customer)
    }

    /// Puts a ticket of a customer in directly and gives its id.
    pub(super) fn ticket(&self, customer: i64) -> i64 {
        let ticket = json!({"customer_id": customer, "subject": "s"});
        self.server.insert("tickets", ticket)
    }

    /// The record a create gives.
    pub(super) async fn made(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.post(path, body).await;
        assert!(matches!(status, 200 | 201), "{path}: {status} {body}");
        body
    }
}
