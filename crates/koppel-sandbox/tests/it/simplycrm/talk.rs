//! A small client, so that tests read as conversations.

use koppel_sandbox::simplycrm::{Generation, SimplyCrm, SimplyCrmBuilder, SimplyCrmServer};
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use crate::support;

pub(crate) struct Talk {
    pub(crate) server: SimplyCrmServer,
    pub(crate) http: reqwest::Client,
    pub(crate) session: String,
}

/// An answer, which says whether it is a success.
#[derive(Debug)]
pub(crate) struct Reply(support::Reply);

impl std::ops::Deref for Reply {
    type Target = support::Reply;

    fn deref(&self) -> &support::Reply {
        &self.0
    }
}

impl Reply {
    /// The content type.
    pub(crate) fn kind(&self) -> &str {
        self.header("content-type").unwrap_or_default()
    }

    /// The result of a success.
    pub(crate) fn result(&self) -> Value {
        let body = self.json();
        assert_eq!(body["success"], true, "{}", self.text);
        body["result"].clone()
    }

    /// Code and message of an error, as one text.
    pub(crate) fn error(&self) -> String {
        let body = self.json();
        assert_eq!(body["success"], false, "{}", self.text);
        let code = match &body["error"]["code"] {
            Value::String(code) => code.clone(),
            code => code.to_string(),
        };
        format!(
            "{code}: {}",
            body["error"]["message"].as_str().unwrap_or("null")
        )
    }
}

pub(crate) fn digest(token: &str, key: &str) -> String {
    let digest = Md5::new().chain_update(token).chain_update(key).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Talk {
    pub(crate) async fn new(generation: Generation) -> Talk {
        Talk::with(SimplyCrm::builder().generation(generation)).await
    }

    /// Starts a server and logs in as its administrator.
    pub(crate) async fn with(builder: SimplyCrmBuilder) -> Talk {
        let mut talk = Talk::outside(builder).await;
        talk.session = talk.login("admin", "demoAccessKey123").await;
        talk
    }

    /// Without a login.
    pub(crate) async fn outside(builder: SimplyCrmBuilder) -> Talk {
        let server = builder.start().await.unwrap();
        Talk {
            server,
            http: support::http(),
            session: String::new(),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/webservice.php", self.server.url())
    }

    pub(crate) fn mobile_url(&self) -> String {
        format!("{}/modules/Mobile/api.php", self.server.url())
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        self.try_send(request).await.unwrap()
    }

    pub(crate) async fn try_send(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<Reply, reqwest::Error> {
        Ok(Reply(support::Reply::to(request).await?))
    }

    /// A GET with everything in the query; the session is added unless there is none.
    pub(crate) fn getting(
        &self,
        operation: &str,
        params: &[(&str, &str)],
    ) -> reqwest::RequestBuilder {
        let mut pairs = vec![("operation", operation)];
        if !self.session.is_empty() {
            pairs.push(("sessionName", &self.session));
        }
        pairs.extend_from_slice(params);
        self.http.get(self.url()).query(&pairs)
    }

    pub(crate) async fn get(&self, operation: &str, params: &[(&str, &str)]) -> Reply {
        self.send(self.getting(operation, params)).await
    }

    /// A POST with everything in the form.
    pub(crate) fn posting(
        &self,
        operation: &str,
        params: &[(&str, &str)],
    ) -> reqwest::RequestBuilder {
        let mut pairs = vec![("operation", operation)];
        if !self.session.is_empty() {
            pairs.push(("sessionName", &self.session));
        }
        pairs.extend_from_slice(params);
        self.http.post(self.url()).form(&pairs)
    }

    pub(crate) async fn post(&self, operation: &str, params: &[(&str, &str)]) -> Reply {
        self.send(self.posting(operation, params)).await
    }

    pub(crate) async fn login(&self, user: &str, key: &str) -> String {
        let challenge = self
            .get("getchallenge", &[("username", user)])
            .await
            .result();
        let token = challenge["token"].as_str().unwrap().to_owned();
        let told = self
            .post(
                "login",
                &[("username", user), ("accessKey", &digest(&token, key))],
            )
            .await
            .result();
        told["sessionName"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn create(&self, module: &str, element: Value) -> Reply {
        let element = element.to_string();
        self.post("create", &[("elementType", module), ("element", &element)])
            .await
    }

    /// The id of a contact that was made.
    pub(crate) async fn contact(&self, lastname: &str) -> String {
        let element = json!({"lastname": lastname, "assigned_user_id": "19x1"});
        let made = self.create("Contacts", element).await.result();
        made["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn revise(&self, element: Value) -> Reply {
        self.post("revise", &[("element", &element.to_string())])
            .await
    }

    pub(crate) async fn update(&self, element: Value) -> Reply {
        self.post("update", &[("element", &element.to_string())])
            .await
    }

    pub(crate) async fn retrieve(&self, id: &str) -> Reply {
        self.get("retrieve", &[("id", id)]).await
    }

    pub(crate) async fn query(&self, query: &str) -> Reply {
        self.get("query", &[("query", query)]).await
    }

    pub(crate) async fn sync(&self, module: &str, since: i64) -> Reply {
        let since = since.to_string();
        self.get("sync", &[("modifiedTime", &since), ("elementType", module)])
            .await
    }

    /// A POST to the mobile API.
    pub(crate) async fn mobile(&self, operation: &str, params: &[(&str, &str)]) -> Reply {
        let mut pairs = vec![("_operation", operation)];
        pairs.extend_from_slice(params);
        self.send(self.http.post(self.mobile_url()).form(&pairs))
            .await
    }
}
