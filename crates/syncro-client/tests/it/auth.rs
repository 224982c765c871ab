//! The account, the token, and what goes out with every call.

use api_core::transport::{FakeTransport, Reply};
use serde_json::json;
use syncro_client::{Client, ErrorKind, SecretString, VendorId};

use crate::support::{TOKEN, scripted};

fn built(account: &str, token: &str) -> Result<Client, syncro_client::Error> {
    Client::builder(account, SecretString::from(token.to_owned())).build()
}

#[test]
fn the_account_is_read_from_whatever_is_pasted() {
    for account in [
        "acme",
        "Acme.SyncroMSP.com",
        "https://www.acme.syncromsp.com/customers/5",
        "acme.shield.syncromsp.com",
    ] {
        let client = built(account, TOKEN).unwrap();
        assert_eq!(client.account(), "acme");
        assert_eq!(client.base_url(), "https://acme.syncromsp.com/api/v1");
    }
    for account in ["", "acme.example.com", "a/../b c", "syncromsp.com"] {
        let built = built(account, TOKEN);
        if account == "a/../b c" {
            assert_eq!(built.unwrap().account(), "a");
            continue;
        }
        let error = built.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{account}");
        assert_eq!(error.operation_name(), Some("syncro.configure"));
    }
}

#[test]
fn a_token_that_cannot_work_is_refused_before_anything_is_sent() {
    for token in ["", "  ", "Bearer ", "T1 2", "T1\u{e9}", "T1\n2"] {
        let error = built("acme", token).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{token:?}");
        assert!(error.help_text().unwrap().contains("API Tokens"));
    }
    let plain = Client::builder("acme", TOKEN.into())
        .base_url("http://10.0.0.5/api/v1")
        .build()
        .unwrap_err();
    assert_eq!(plain.kind(), ErrorKind::Config);
    let none = Client::builder("acme", TOKEN.into())
        .requests_per_minute(0)
        .build()
        .unwrap_err();
    assert_eq!(none.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn every_call_carries_the_token_as_a_bearer_and_a_name_of_its_own() {
    for token in [TOKEN.to_owned(), format!(" Bearer {TOKEN}\n")] {
        let script = FakeTransport::new();
        script.push(Reply::json(200, &json!({"vendor": {"id": 5}})));
        let client = Client::builder("acme", token.into())
            .transport(std::sync::Arc::new(script.clone()))
            .build()
            .unwrap();
        client.vendors().get(VendorId::new(5)).await.unwrap();
        let requests = script.requests();
        let request = &requests[0];
        assert_eq!(request.uri(), "https://acme.syncromsp.com/api/v1/vendors/5");
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("authorization"), format!("Bearer {TOKEN}"));
        assert!(header("user-agent").starts_with("syncro-client/"));
        assert_eq!(header("accept"), "application/json");
        assert!(request.headers()["authorization"].is_sensitive());
    }
}

#[test]
fn neither_client_nor_builder_shows_the_token() {
    let script = FakeTransport::new();
    let builder = scripted(&script);
    let shown = format!("{builder:?} {:?}", builder.clone().build().unwrap());
    assert!(!shown.contains("planted-in-tests"), "{shown}");
    let pasted = Client::builder("https://u:s3cr3t-pw@acme.syncromsp.com", TOKEN.into());
    let shown = format!("{pasted:?} {:?}", pasted.clone().build().unwrap_err());
    assert!(!shown.contains("s3cr3t-pw"), "{shown}");
}
