use smartcrm_client::{Change, CreateOptions, ErrorKind, LeadId, LeadPatch, ListParams, NewLead};
use wiremock::matchers::{body_json, query_param};

use crate::support::{answer, client, on, server, with_body};

#[tokio::test]
async fn a_lead_is_read_with_every_field_in_its_own_kind() {
    let server = server().await;
    answer(&server, on("GET", "leads"), 200, "leads/list.json").await;
    let page = client(&server)
        .leads()
        .list(&ListParams::new())
        .await
        .unwrap();
    let lead = page.items[0].good().unwrap();
    assert_eq!(lead.id, Some(LeadId::new("71")));
    assert_eq!(lead.status.as_deref(), Some("Qualified"));
    assert_eq!(lead.value, Some(decimal("12345678901234.50")));
    assert_eq!(lead.lost, Some(false));
    assert_eq!(
        lead.registered_at.unwrap().to_string(),
        "2026-01-05T12:00:00Z",
        "a time without a zone is UTC"
    );
    assert_eq!(lead.last_contact_at, None, "a zero date is nothing");
    assert!(lead.extra.is_empty(), "{:?}", lead.extra);
    let other = page.items[1].good().unwrap();
    assert_eq!(other.value, Some(decimal("99.95")), "numbers are read, too");
    assert_eq!(other.junk, Some(true));
}

fn decimal(text: &str) -> rust_decimal::Decimal {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_create_sends_exactly_the_fields_that_are_set() {
    let server = server().await;
    let request = with_body(on("POST", "leads"), "leads/create_request.json");
    answer(&server, request, 201, "leads/created.json").await;
    let new = NewLead {
        status: Some("Qualified".to_owned()),
        value: Some(decimal("12345678901234.50")),
        lost: Some(false),
        ..NewLead::new("Jan de Vries")
    };
    let created = client(&server)
        .leads()
        .create(&new, &CreateOptions::new().external_id("crmconnect:lead:3"))
        .await
        .unwrap();
    assert_eq!(created.id, Some(LeadId::new("71")));
}

#[tokio::test]
async fn a_refused_record_names_its_field() {
    let server = server().await;
    answer(&server, on("POST", "leads"), 422, "leads/invalid.json").await;
    let new = NewLead {
        status: Some("Qualified".to_owned()),
        value: Some(decimal("12345678901234.50")),
        lost: Some(false),
        ..NewLead::new("Jan de Vries")
    };
    let error = client(&server)
        .leads()
        .create(&new, &CreateOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.code_str(), Some("validation_failed"));
    assert!(error.field_errors().contains_key("name"), "{error:?}");
}

#[tokio::test]
async fn a_patch_sends_what_changes_and_nothing_else() {
    let server = server().await;
    let request = on("PUT", "leads/71").and(body_json(
        serde_json::json!({"value": "1.10", "junk": true, "source": null}),
    ));
    answer(&server, request, 200, "leads/updated.json").await;
    let patch = LeadPatch {
        value: decimal("1.10").into(),
        junk: true.into(),
        source: Change::Clear,
        ..LeadPatch::default()
    };
    client(&server)
        .leads()
        .update(&LeadId::new("71"), &patch)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_search_that_finds_nothing_is_an_empty_list() {
    let server = server().await;
    let request = on("GET", "leads").and(query_param("external_id", "crmconnect:lead:3"));
    answer(&server, request, 404, "common/no_data.json").await;
    let found = client(&server)
        .leads()
        .find(&[("external_id", "crmconnect:lead:3")])
        .await
        .unwrap();
    assert_eq!(found, []);
}

#[tokio::test]
async fn a_page_of_html_is_not_an_empty_list() {
    let server = server().await;
    answer(&server, on("GET", "leads"), 200, "common/login_page.html").await;
    let error = client(&server)
        .leads()
        .list(&ListParams::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAnApi);
    assert_eq!(error.operation_name(), Some("leads.list"));
}
