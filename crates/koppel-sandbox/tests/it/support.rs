//! A small client, so that tests read as conversations.

use koppel_sandbox::smartcrm::{Dialect, SmartCrm, SmartCrmBuilder, SmartCrmServer};
use serde_json::{Value, json};

pub(crate) struct Talk {
    pub(crate) server: SmartCrmServer,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
    dialect: Dialect,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

/// A client that sends each request once.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .user_agent("a test")
        .retry(reqwest::retry::never())
        .build()
        .unwrap()
}

impl Reply {
    pub(crate) async fn to(request: reqwest::RequestBuilder) -> Result<Reply, reqwest::Error> {
        let response = request.send().await?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await?;
        Ok(Reply {
            status,
            headers,
            text,
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Talk {
    pub(crate) async fn new() -> Talk {
        Talk::with(SmartCrm::builder()).await
    }

    pub(crate) async fn with(builder: SmartCrmBuilder) -> Talk {
        Talk::speaking(Dialect::SmartCrm, builder).await
    }

    /// A client that shows its token as the dialect wants it.
    pub(crate) async fn speaking(dialect: Dialect, builder: SmartCrmBuilder) -> Talk {
        let builder = builder.dialect(dialect);
        let server = builder.token("letmein").start().await.unwrap();
        Talk {
            server,
            http: http(),
            token: "letmein".into(),
            dialect,
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = self
            .http
            .request(method, format!("{}{path}", self.server.url()));
        match self.dialect {
            Dialect::Perfex => request.header("authtoken", &self.token),
            Dialect::Rise => request
                .bearer_auth(&self.token)
                .header("X-API-Token", &self.token),
            _ => request.bearer_auth(&self.token),
        }
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        self.try_send(request).await.unwrap()
    }

    pub(crate) async fn try_send(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<Reply, reqwest::Error> {
        Reply::to(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(self.request("POST", path).json(&body)).await
    }

    pub(crate) async fn post_form(&self, path: &str, body: &str) -> Reply {
        let request = self
            .request("POST", path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.to_owned());
        self.send(request).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(self.request("PUT", path).json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(self.request("DELETE", path)).await
    }

    /// Puts a customer in directly and gives its id.
    pub(crate) fn client(&self, company: &str) -> String {
        self.server
            .insert("clients", &json!({"company": company}))
            .unwrap()
    }
}
