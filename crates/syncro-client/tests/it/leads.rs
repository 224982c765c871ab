use serde_json::json;
use syncro_client::{ErrorKind, Json, Lead, LeadFilter, LeadId, UserId};
use wiremock::matchers::query_param;

use crate::refusals::{NOT_FOUND, PERMISSION, asked, refuse};
use crate::support::{answer, client, json as fixture, on, server, with_body};

const ID: LeadId = LeadId::new(992_013);

#[tokio::test]
async fn leads_are_searched_by_every_parameter() {
    let server = server().await;
    let request = on("GET", "/leads")
        .and(query_param("status_list", "Won,Lost"))
        .and(query_param("has_ticket", "false"))
        .and(query_param("query", "jelle"));
    let body = fixture("samples/GET_leads_200.json");
    answer(&server, request, 200, &body).await;
    let filter = LeadFilter::new()
        .statuses(["First Contact".to_owned(), "Won".to_owned()])
        .status_list("Won,Lost")
        .users([UserId::new(3), UserId::new(5_560_138_523)])
        .mailbox_ids([8_i64, 9])
        .has_ticket(false)
        .query("jelle");
    let client = client(&server);
    let page = client.leads().list(&filter).page(1).await.unwrap();
    assert_eq!(page[0].good().unwrap().id, Some(ID));
    assert_eq!(asked(&server, "statuses[]").await, ["First Contact", "Won"]);
    assert_eq!(asked(&server, "users[]").await, ["3", "5560138523"]);
    assert_eq!(asked(&server, "mailbox_ids[]").await, ["8", "9"]);
}

#[tokio::test]
async fn a_lead_is_made_with_every_field_of_the_form() {
    let server = server().await;
    let form = json!({
        "address": "Havenkade 14", "business_name": "Zomerhuis", "city": "Harlingen",
        "zip": "8861 AB", "converted": false, "message_read": true, "disabled": false,
        "email": "jelle@zomerhuis.example", "first_name": "Jelle", "last_name": "Brouwer",
        "mobile": "0655501770", "phone": "0515550142", "state": "Friesland",
        "ticket_description": "Koeling lekt", "ticket_problem_type": "Storing",
        "ticket_subject": "Lekkage", "location_id": 2, "from_check_in": true,
        "customer_id": 31_842_013, "ticket_id": 88_214_013, "hidden_notes": "Betaalt laat",
        "contact_id": 7_735_013, "appointment_time": "dinsdag 10:00", "status": "Opportunity",
        "user_id": 53_113, "ticket_type_id": 6, "mailbox_id": 8,
        "opportunity_start_date": "2026-03-01T08:00:00Z", "opportunity_amount_dollars": 1250.75,
        "likelihood": 45, "properties": {"Bron": "Beurs"}, "ticket_properties": {"Kleur": "Wit"},
        "customer_purchase_id": 17, "signature_date": "2026-03-02T09:30:00Z",
        "signature_name": "J. Brouwer", "signature_data": "[[1,2]]", "appointment_type_id": 4,
    });
    let create = with_body(on("POST", "/leads"), &form);
    let stored = fixture("samples/POST_leads_200.json");
    answer(&server, create, 200, &stored).await;
    let lead = Lead::from_json(&Json::parse(&form.to_string()).unwrap()).unwrap();
    assert!(lead.other.is_empty(), "{:?}", lead.other);
    assert_eq!(lead.likelihood, Some(45));
    assert_eq!(lead.opportunity_amount.unwrap().to_string(), "1250.75");
    let made = client(&server).leads().create(&lead).await.unwrap();
    assert_eq!(made.id, Some(ID));
    assert_eq!(made.likelihood, None);
}

#[tokio::test]
async fn a_lead_is_read_changed_and_disabled_and_never_deleted() {
    let server = server().await;
    let stored = fixture("samples/GET_leads__id_200.json");
    answer(&server, on("GET", "/leads/992013"), 200, &stored).await;
    let changed = with_body(on("PUT", "/leads/992013"), &json!({"likelihood": 80}));
    answer(&server, changed, 200, &stored).await;
    let disabled = with_body(on("PUT", "/leads/992013"), &json!({"disabled": true}));
    answer(&server, disabled, 200, &stored).await;
    let client = client(&server);
    let lead = client.leads().get(ID).await.unwrap();
    assert_eq!(lead.first_name.as_deref(), Some("Jelle"));
    let change = Lead {
        likelihood: Some(80),
        ..Lead::default()
    };
    client.leads().update(ID, &change).await.unwrap();
    client.leads().disable(ID).await.unwrap();
    let deletes = |operation: &&syncro_client::Operation| {
        operation.path.starts_with("/leads") && operation.method == "DELETE"
    };
    let operations = syncro_client::testing::operations();
    assert!(!operations.iter().any(deletes));
}

#[tokio::test]
async fn refusals_of_leads_say_why() {
    let server = server().await;
    let blank = r#"{"success":false,"message":["Ticket description can't be blank"],"params":{"from_check_in":true}}"#;
    refuse(&server, "POST", "/leads", 422, blank).await;
    refuse(&server, "PUT", "/leads/992013", 422, blank).await;
    refuse(&server, "GET", "/leads/992013", 404, NOT_FOUND).await;
    refuse(&server, "GET", "/leads", 401, PERMISSION).await;
    let client = client(&server);
    let leads = client.leads();
    let create = leads.create(&Lead::default()).await.unwrap_err();
    assert_eq!(create.kind(), ErrorKind::Validation);
    assert!(create.message().contains("Ticket description"), "{create}");
    let disable = leads.disable(ID).await.unwrap_err();
    assert_eq!(disable.kind(), ErrorKind::Validation);
    assert_eq!(leads.get(ID).await.unwrap_err().kind(), ErrorKind::NotFound);
    let list = leads.list(&LeadFilter::new()).all().await.unwrap_err();
    assert_eq!(list.kind(), ErrorKind::Permission);
    assert!(format!("{list} {:?}", list.help_text()).contains("Leads - List/Search"));
}
