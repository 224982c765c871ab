use futures_util::TryStreamExt;
use smartcrm_client::{
    Change, ClientId, ClientPatch, CreateOptions, CustomFields, ErrorKind, ListParams, NewClient,
    SendOutcome,
};
use wiremock::matchers::{body_json, query_param, query_param_is_missing};

use crate::support::{answer, client, json, on, server, with_body};

#[tokio::test]
async fn a_client_is_read_with_every_field_in_its_own_kind() {
    let server = server().await;
    answer(&server, on("GET", "clients/9001"), 200, "clients/get.json").await;
    let acme = client(&server)
        .clients()
        .get(&ClientId::new("9001"))
        .await
        .unwrap();
    assert_eq!(acme.id, Some(ClientId::new("9001")));
    assert_eq!(acme.external_id.as_deref(), Some("crmconnect:client:42"));
    assert_eq!(acme.company.as_deref(), Some("Acme & Zonen B.V."));
    assert_eq!(acme.state, None, "an empty text is nothing");
    assert_eq!(acme.billing_state, None);
    assert_eq!(acme.active, Some(true));
    assert_eq!(acme.groups.unwrap(), ["Wholesale", "VIP"]);
    assert_eq!(
        acme.registered_at.unwrap().to_string(),
        "2025-11-21T09:15:00Z"
    );
    assert_eq!(acme.updated_at.unwrap().to_string(), "2026-03-02T08:30:00Z");
    assert_eq!(acme.custom_fields.unwrap()["credit_limit"], "12500.50");
    assert_eq!(
        acme.extra["loyalty_tier"], "gold",
        "unknown fields are kept"
    );
    assert_eq!(acme.extra.len(), 1, "{:?}", acme.extra);
}

#[tokio::test]
async fn a_bare_record_with_numbers_loses_no_digit() {
    let server = server().await;
    answer(
        &server,
        on("GET", "clients/9001"),
        200,
        "clients/get_numbers.json",
    )
    .await;
    let acme = client(&server)
        .clients()
        .get(&ClientId::new("9001"))
        .await
        .unwrap();
    assert_eq!(acme.id, Some(ClientId::new("9001")));
    assert_eq!(acme.active, Some(true));
    assert_eq!(acme.extra["balance"], "12345678901234567.89");
    assert_eq!(acme.custom_fields.unwrap()["limit"], "0.10");
}

#[tokio::test]
async fn all_pages_are_read_until_the_server_says_there_are_no_more() {
    let server = server().await;
    let page = |page: &str| {
        on("GET", "clients")
            .and(query_param("page", page))
            .and(query_param("per_page", "2"))
            .and(query_param("updated_since", "2026-01-01T00:00:00Z"))
    };
    answer(&server, page("1"), 200, "clients/list_page_1.json").await;
    answer(&server, page("2"), 200, "clients/list_page_2.json").await;
    let since = "2026-01-01T00:00:00Z".parse().unwrap();
    let names: Vec<String> = client(&server)
        .clients()
        .records(ListParams::new().per_page(2).updated_since(since))
        .map_ok(|record| record.into_result().unwrap().company.unwrap())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(names, ["Acme & Zonen B.V.", "Bolta S.R.L.", "Cedar Ltd"]);
}

#[tokio::test]
async fn a_page_says_how_many_there_are_and_what_comes_next() {
    let server = server().await;
    let first = on("GET", "clients")
        .and(query_param("per_page", "50"))
        .and(query_param_is_missing("updated_since"));
    answer(&server, first, 200, "clients/list_page_1.json").await;
    let page = client(&server)
        .clients()
        .list(&ListParams::new())
        .await
        .unwrap();
    assert_eq!(page.items.len(), 2);
    assert_eq!(page.total, Some(3));
    assert_eq!(page.next, Some(2));
}

#[tokio::test]
async fn one_broken_record_does_not_spoil_its_page() {
    let server = server().await;
    answer(
        &server,
        on("GET", "clients"),
        200,
        "clients/list_one_broken.json",
    )
    .await;
    let page = client(&server)
        .clients()
        .list(&ListParams::new())
        .await
        .unwrap();
    assert_eq!(page.items.len(), 3);
    assert!(page.items[0].good().is_some());
    assert!(page.items[2].good().is_some());
    let bad = page.items[1].bad().unwrap();
    assert_eq!(bad.id.as_deref(), Some("9002"));
    assert_eq!(bad.path, "active");
}

#[tokio::test]
async fn a_create_sends_exactly_the_fields_that_are_set() {
    let server = server().await;
    let request = with_body(on("POST", "clients"), "clients/create_request.json")
        .and(wiremock::matchers::header("idempotency-key", "k-42"));
    answer(&server, request, 201, "clients/created.json").await;
    let new = NewClient {
        vat: Some("NL123456789B01".to_owned()),
        country: Some("NL".to_owned()),
        active: Some(true),
        groups: Some(vec!["VIP".to_owned()]),
        registered_at: Some("2025-11-21T09:15:00Z".parse().unwrap()),
        custom_fields: Some(CustomFields::from([("kvk".to_owned(), "12345678".into())])),
        ..NewClient::new("Acme & Zonen B.V.")
    };
    let options = CreateOptions::new()
        .external_id("crmconnect:client:42")
        .idempotency_key("k-42");
    let created = client(&server)
        .clients()
        .create(&new, &options)
        .await
        .unwrap();
    assert_eq!(created.id, Some(ClientId::new("9001")));
    assert_eq!(
        created.message.as_deref(),
        Some("Client added successfully.")
    );
}

#[tokio::test]
async fn a_refused_client_names_its_fields() {
    for (status, fixture) in [
        (422, "clients/invalid.json"),
        (404, "clients/invalid_404.json"),
    ] {
        let server = server().await;
        answer(&server, on("POST", "clients"), status, fixture).await;
        let error = client(&server)
            .clients()
            .create(&NewClient::new(""), &CreateOptions::new())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{fixture}");
        assert_eq!(error.send_outcome(), SendOutcome::Rejected);
        assert_eq!(error.operation_name(), Some("clients.create"));
        let said = &error.field_errors()["company"];
        assert!(
            said.to_lowercase().contains("company field is required"),
            "{said}"
        );
        assert!(!said.contains('<'));
    }
}

#[tokio::test]
async fn a_patch_sends_what_changes_and_null_for_what_is_cleared() {
    let server = server().await;
    let request = on("PUT", "clients/9001").and(body_json(
        serde_json::json!({"vat": null, "city": "Utrecht"}),
    ));
    answer(&server, request, 200, "clients/updated.json").await;
    let patch = ClientPatch {
        vat: Change::Clear,
        city: "Utrecht".to_owned().into(),
        ..ClientPatch::default()
    };
    client(&server)
        .clients()
        .update(&ClientId::new("9001"), &patch)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_empty_patch_sends_nothing() {
    let server = server().await;
    client(&server)
        .clients()
        .update(&ClientId::new("9001"), &ClientPatch::default())
        .await
        .unwrap();
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_record_somebody_deleted_is_not_found() {
    let server = server().await;
    for verb in ["GET", "PUT", "DELETE"] {
        answer(&server, on(verb, "clients/77"), 404, "common/no_data.json").await;
    }
    let clients = client(&server).clients();
    let id = ClientId::new("77");
    let patch = ClientPatch {
        city: "Utrecht".to_owned().into(),
        ..ClientPatch::default()
    };
    assert_eq!(
        clients.get(&id).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let error = clients.update(&id, &patch).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let error = clients.delete(&id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
}

#[tokio::test]
async fn a_client_is_deleted() {
    let server = server().await;
    answer(
        &server,
        on("DELETE", "clients/9001"),
        200,
        "clients/deleted.json",
    )
    .await;
    let id = ClientId::new("9001");
    client(&server).clients().delete(&id).await.unwrap();
}

#[tokio::test]
async fn a_search_that_finds_nothing_is_an_empty_list() {
    let server = server().await;
    let request = on("GET", "clients").and(query_param("vat", "NL1"));
    answer(&server, request, 404, "common/no_data.json").await;
    let found = client(&server).clients().find(&[("vat", "NL1")]).await;
    assert_eq!(found.unwrap(), []);
}

#[tokio::test]
async fn a_search_leaves_out_what_does_not_match() {
    let server = server().await;
    let request = on("GET", "clients").and(query_param("external_id", "crmconnect:client:42"));
    let mut both = json("clients/list_page_1.json");
    both["meta"]["has_more"] = false.into();
    request
        .respond_with(wiremock::ResponseTemplate::new(200).set_body_json(both))
        .expect(1)
        .mount(&server)
        .await;
    let found = client(&server)
        .clients()
        .find(&[("external_id", "crmconnect:client:42")])
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, Some(ClientId::new("9001")));
}

#[tokio::test]
async fn a_search_by_a_field_the_records_lack_is_an_error_and_not_a_miss() {
    let server = server().await;
    let request = on("GET", "clients").and(query_param("kvk", "12345678"));
    answer(&server, request, 200, "clients/list_page_1.json").await;
    let error = client(&server)
        .clients()
        .find(&[("kvk", "12345678")])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("kvk"), "{error}");
}
