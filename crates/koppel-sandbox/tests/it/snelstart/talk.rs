//! A small client of both hosts, so that tests read as conversations.

use koppel_sandbox::snelstart::{SnelStart, SnelStartBuilder, SnelStartServer};
use serde_json::{Value, json};

use crate::support::{Reply, http};

pub(crate) struct Talk {
    pub(crate) server: SnelStartServer,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
}

impl Talk {
    pub(crate) async fn new() -> Talk {
        Talk::with(SnelStart::builder()).await
    }

    /// Starts the server and gets a token.
    pub(crate) async fn with(builder: SnelStartBuilder) -> Talk {
        let server = builder.start().await.unwrap();
        let mut talk = Talk {
            server,
            http: http(),
            token: String::new(),
        };
        talk.renew().await;
        talk
    }

    pub(crate) async fn renew(&mut self) {
        let reply = self.ask_token("demo-koppelsleutel").await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        self.token = reply.json()["access_token"].as_str().unwrap().to_owned();
    }

    pub(crate) async fn ask_token(&self, key: &str) -> Reply {
        let form = [("grant_type", "clientkey"), ("clientkey", key)];
        let request = self.http.post(self.server.token_url()).form(&form);
        self.send(request).await
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        self.http
            .request(method, format!("{}{path}", self.server.url()))
            .bearer_auth(&self.token)
            .header("Ocp-Apim-Subscription-Key", "demo-subscription")
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

    /// A list with options.
    pub(crate) async fn list(&self, path: &str, options: &[(&str, &str)]) -> Reply {
        self.send(self.request("GET", path).query(options)).await
    }

    /// The records that meet a filter.
    pub(crate) async fn filtered(&self, path: &str, filter: &str) -> Vec<Value> {
        let reply = self.list(path, &[("$filter", filter)]).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json().as_array().unwrap().clone()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(self.request("POST", path).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        self.send(self.request("PUT", path).json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(self.request("DELETE", path)).await
    }

    /// Puts a customer in directly and gives its id.
    pub(crate) fn customer(&self, name: &str) -> String {
        let record = json!({"relatiesoort": ["Klant"], "naam": name});
        self.server.insert("relaties", &record).unwrap()
    }
}

/// The code of an error that has one.
pub(crate) fn code(reply: &Reply) -> String {
    reply.json()[0]["errorCode"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// A booking of 100.00 and 21.00 VAT today.
pub(crate) fn sale(customer: &str, number: &str) -> Value {
    let today = jiff::Zoned::now().date();
    json!({
        "factuurnummer": number,
        "factuurdatum": format!("{today}T00:00:00"),
        "klant": {"id": customer},
        "factuurbedrag": "121.00",
        "betalingstermijn": 14,
        "boekingsregels": [{
            "omschrijving": "Levering",
            "grootboek": {"id": koppel_sandbox::snelstart::ledger_id(8000)},
            "bedrag": "100.00",
            "btwSoort": "Hoog",
        }],
        "btw": [{"btwSoort": "VerkopenHoog", "btwBedrag": "21.00"}],
    })
}
