use serde_json::json;
use syncro_client::{Asset, AssetFilter, AssetId, ContactId, CustomerId, ErrorKind};
use wiremock::matchers::query_param;

use crate::support::{answer, answer_text, client, fixture, on, once, reply, server, with_body};
use crate::trade::{gives, refused, some};

const ID: AssetId = AssetId::new(7);

fn stored() -> serde_json::Value {
    json!({"asset": {
        "id": 7, "name": "NAS-1", "customer_id": 4, "properties": {"OS": 4, "Maat": "M"},
        "asset_type": "Server", "asset_serial": "S-1", "rmm_links": [],
        "has_live_chat": true, "snmp_enabled": null,
        "rmm_store": {"id": 1, "asset_id": 7, "windows_updates": {}, "triggers": {
            "bsod_triggered": "false", "agent_offline_triggered": "True",
            "no_av_triggered": false}},
        "address": {"id": 2, "city": "Sneek", "latitude": null}
    }})
}

#[tokio::test]
async fn assets_are_listed_by_every_parameter() {
    let server = server().await;
    let request = on("GET", "/customer_assets")
        .and(query_param("query", "nas"))
        .and(query_param("customer_id", "4"))
        .and(query_param("asset_type_id", "2"))
        .and(query_param("snmp_enabled", "true"));
    let text = fixture("samples/GET_customer_assets_200.json");
    answer_text(&server, request, 200, &text).await;
    let client = client(&server);
    let filter = AssetFilter::new()
        .query("nas")
        .customer_id(4)
        .asset_type_id(2)
        .snmp_enabled(true);
    let page = client.assets().list(&filter).page(1).await.unwrap();
    assert!(page[0].good().unwrap().rmm_store.is_some());
}

#[tokio::test]
async fn alarms_are_read_as_words_and_as_truth_values() {
    let asset = gives(on("GET", "/customer_assets/7"), stored(), async |client| {
        client.assets().get(ID).await
    })
    .await;
    let triggers = asset.rmm_store.unwrap().triggers.unwrap();
    assert_eq!(triggers.bsod, Some(false));
    assert_eq!(triggers.agent_offline, Some(true));
    assert_eq!(triggers.no_av, Some(false));
    assert_eq!(asset.properties.unwrap()["Maat"], "M".into());
    assert_eq!(asset.address.unwrap().city, some("Sneek"));
    assert_eq!(asset.has_live_chat, Some(true));
}

#[tokio::test]
async fn an_asset_that_is_not_there_is_not_found() {
    let request = on("GET", "/customer_assets/7");
    let error = refused(request, 404, json!(""), async |client| {
        client.assets().get(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

fn new() -> Asset {
    Asset {
        name: some("NAS-1"),
        customer_id: Some(CustomerId::new(4)),
        asset_type_name: some("Server"),
        properties: Some([("Maat".to_owned(), "M".into())].into()),
        asset_type: some("read only, so not sent"),
        ..Asset::default()
    }
}

#[tokio::test]
async fn an_asset_is_made_and_changed_with_what_is_set() {
    let sent = json!({"name": "NAS-1", "customer_id": 4, "asset_type_name": "Server",
        "properties": {"Maat": "M"}});
    let request = with_body(on("POST", "/customer_assets"), &sent);
    let made = gives(request, stored(), async |client| {
        client.assets().create(&new()).await
    })
    .await;
    assert_eq!(made.id, Some(ID));
    let request = with_body(on("PUT", "/customer_assets/7"), &sent);
    gives(request, stored(), async |client| {
        client.assets().update(ID, &new()).await
    })
    .await;
}

#[tokio::test]
async fn properties_that_a_create_ignores_are_written_afterwards() {
    let server = server().await;
    answer(&server, on("POST", "/customer_assets"), 200, &stored()).await;
    let request = with_body(
        on("PUT", "/customer_assets/7"),
        &json!({"name": "NAS-1", "properties": {"Maat": "M"}}),
    );
    answer(&server, request, 200, &stored()).await;
    let client = client(&server);
    let made = client
        .assets()
        .create_with_properties(&new())
        .await
        .unwrap();
    assert_eq!(made.id, Some(ID));
}

#[tokio::test]
async fn properties_that_fail_afterwards_say_that_the_asset_is_there() {
    let server = server().await;
    answer(&server, on("POST", "/customer_assets"), 200, &stored()).await;
    let no = reply(422, r#"{"success": false, "message": ["No"]}"#);
    once(&server, on("PUT", "/customer_assets/7"), no).await;
    let error = client(&server)
        .assets()
        .create_with_properties(&new())
        .await
        .unwrap_err();
    assert!(error.help_text().unwrap().contains("id 7"), "{error:?}");
}

#[tokio::test]
async fn a_type_that_does_not_exist_is_refused() {
    let body = json!({"success": false, "message": ["Asset type can't be blank"],
        "params": {"name": "No type"}});
    let request = on("POST", "/customer_assets");
    let error = refused(request, 422, body, async |client| {
        client.assets().create(&new()).await
    })
    .await;
    assert!(error.message().contains("Asset type can't be blank"));
    let body = json!({"success": false, "message": ["Asset type can't be blank"]});
    let request = on("PUT", "/customer_assets/7");
    let error = refused(request, 422, body, async |client| {
        client.assets().update(ID, &new()).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn chat_information_is_asked_for_several_at_once() {
    let request = on("GET", "/customer_assets/chat_information_by_ids")
        .and(query_param("ids[]", "7"))
        .and(query_param("ids[]", "8"));
    let body = json!({"assets": [
        {"id": 7, "name": "NAS-1", "customer": {"id": 4, "fullname": "Jo"}}]});
    let assets = gives(request, body, async |client| {
        client
            .assets()
            .chat_information(&[ID, AssetId::new(8)])
            .await
    })
    .await;
    assert_eq!(assets[0].name, some("NAS-1"));
    let request = on("GET", "/customer_assets/chat_information_by_ids");
    let error = refused(request, 400, json!(""), async |client| {
        client.assets().chat_information(&[]).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn windows_updates_come_in_two_lists() {
    let request = on("GET", "/customer_assets/7/patches").and(query_param("page", "2"));
    let text = fixture("samples/GET_customer_assets__id__patches_200.json");
    let body = serde_json::from_str(&text).unwrap();
    let patches = gives(request, body, async |client| {
        client.assets().patches(ID, 2).await
    })
    .await;
    assert!(patches.installed.unwrap()[0].installed_at.is_some());
    assert!(patches.available.unwrap().len() > 1);
    assert!(patches.available_meta.unwrap().total_pages.is_some());

    let request = on("GET", "/customer_assets/7/patches");
    let error = refused(
        request,
        404,
        json!({"error": "Asset not found"}),
        async |client| client.assets().patches(ID, 1).await,
    )
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.message().contains("Asset not found"));
}

#[tokio::test]
async fn assets_of_a_contact_and_programs_of_an_asset_are_listed() {
    let server = server().await;
    let body = json!({"assets": [{"id": 7, "name": "NAS-1"}]});
    let request = on("GET", "/customer_assets/assets_by_contact/5");
    answer(&server, request, 200, &body).await;
    let body = json!({"installed_applications": [{"name": "Kassa", "vendor": "Polar",
        "version": "1.2", "installed_at": "2026-01-02"}],
        "meta": {"page": 1, "total_pages": 1}});
    let request = on("GET", "/customer_assets/7/installed_applications");
    answer(&server, request, 200, &body).await;
    let client = client(&server);
    let contact = ContactId::new(5);
    let page = client.assets().of_contact(contact).page(1).await.unwrap();
    assert_eq!(page[0].good().unwrap().id, Some(ID));
    let page = client.assets().applications(ID).page(1).await.unwrap();
    assert_eq!(page[0].good().unwrap().version, some("1.2"));
}

#[tokio::test]
async fn newer_lists_that_an_account_lacks_are_not_found() {
    let request = on("GET", "/customer_assets/assets_by_contact/5");
    let error = refused(request, 404, json!(""), async |client| {
        client.assets().of_contact(5.into()).page(1).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let request = on("GET", "/customer_assets/7/installed_applications");
    let error = refused(request, 404, json!(""), async |client| {
        client.assets().applications(ID).page(1).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
