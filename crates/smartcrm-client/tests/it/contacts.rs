use smartcrm_client::{
    ClientId, ContactId, ContactPatch, CreateOptions, ErrorKind, ListParams, NewContact,
};
use wiremock::matchers::{body_json, query_param};

use crate::support::{answer, client, on, server, with_body};

#[tokio::test]
async fn a_contact_is_read_with_every_field_in_its_own_kind() {
    let server = server().await;
    answer(&server, on("GET", "contacts"), 200, "contacts/list.json").await;
    let page = client(&server)
        .contacts()
        .list(&ListParams::new())
        .await
        .unwrap();
    let contact = page.items[0].good().unwrap();
    assert_eq!(contact.id, Some(ContactId::new("501")));
    assert_eq!(contact.client_id, Some(ClientId::new("9001")));
    assert_eq!(contact.firstname.as_deref(), Some("Ioana"));
    assert_eq!(contact.is_primary, Some(true));
    assert_eq!(contact.phonenumber, None);
    assert_eq!(contact.extra["direction"], "ltr");
    assert_eq!(page.next, None);
}

#[tokio::test]
async fn a_create_sends_exactly_the_fields_that_are_set() {
    let server = server().await;
    let request = with_body(on("POST", "contacts"), "contacts/create_request.json");
    answer(&server, request, 201, "contacts/created.json").await;
    let new = NewContact {
        lastname: Some("Popescu".to_owned()),
        is_primary: Some(true),
        ..NewContact::new(ClientId::new("9001"), "Ioana", "ioana@bolta.example")
    };
    let created = client(&server)
        .contacts()
        .create(
            &new,
            &CreateOptions::new().external_id("crmconnect:contact:7"),
        )
        .await
        .unwrap();
    assert_eq!(created.id, Some(ContactId::new("501")));
}

#[tokio::test]
async fn a_refused_record_names_its_field() {
    let server = server().await;
    answer(
        &server,
        on("POST", "contacts"),
        422,
        "contacts/invalid_reference.json",
    )
    .await;
    let new = NewContact {
        lastname: Some("Popescu".to_owned()),
        is_primary: Some(true),
        ..NewContact::new(ClientId::new("9001"), "Ioana", "ioana@bolta.example")
    };
    let error = client(&server)
        .contacts()
        .create(&new, &CreateOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.code_str(), Some("validation_failed"));
    assert!(error.field_errors().contains_key("client_id"), "{error:?}");
}

#[tokio::test]
async fn a_patch_sends_what_changes_and_nothing_else() {
    let server = server().await;
    let request = on("PUT", "contacts/501").and(body_json(
        serde_json::json!({"client_id": "9002", "is_primary": false}),
    ));
    answer(&server, request, 200, "contacts/updated.json").await;
    let patch = ContactPatch {
        client_id: ClientId::new("9002").into(),
        is_primary: false.into(),
        ..ContactPatch::default()
    };
    client(&server)
        .contacts()
        .update(&ContactId::new("501"), &patch)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_search_that_finds_nothing_is_an_empty_list() {
    let server = server().await;
    let request = on("GET", "contacts").and(query_param("external_id", "crmconnect:contact:7"));
    answer(&server, request, 404, "common/no_data.json").await;
    let found = client(&server)
        .contacts()
        .find(&[("external_id", "crmconnect:contact:7")])
        .await
        .unwrap();
    assert_eq!(found, []);
}

#[tokio::test]
async fn a_page_of_html_is_not_an_empty_list() {
    let server = server().await;
    answer(
        &server,
        on("GET", "contacts"),
        200,
        "common/login_page.html",
    )
    .await;
    let error = client(&server)
        .contacts()
        .list(&ListParams::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAnApi);
    assert_eq!(error.operation_name(), Some("contacts.list"));
}
