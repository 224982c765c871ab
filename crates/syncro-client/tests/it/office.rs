//! Canned responses, forms for new tickets, portal users and time logs.

use serde_json::json;
use syncro_client::{
    CannedResponse, CannedResponseCategoryId, CannedResponseFilter, CannedResponseId, ContactId,
    CustomerId, ErrorKind, FormAppointment, FormCustomer, FormEntry, FormTicket, Json,
    NewTicketFormId, PortalGroupId, PortalUser, PortalUserFilter, PortalUserId, SendOutcome,
    Timelog, TimelogFilter, Timestamp, UserId,
};
use wiremock::matchers::{query_param, query_param_is_missing};

use crate::refusals::{NOT_FOUND, PERMISSION, refuse};
use crate::support::{answer, answer_text, client, json as fixture, on, server, with_body};

fn at(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn canned() -> CannedResponse {
    CannedResponse {
        title: Some("Ontvangst".to_owned()),
        body: Some("We kijken ernaar.".to_owned()),
        subject: Some("Uw melding".to_owned()),
        category_id: Some(CannedResponseCategoryId::new(3)),
        ..CannedResponse::default()
    }
}

#[tokio::test]
async fn canned_responses_are_listed_made_changed_and_deleted() {
    let server = server().await;
    let request = on("GET", "/canned_responses").and(query_param("query", "ontvangst"));
    let listed = fixture("samples/GET_canned_responses_200.json");
    answer(&server, request, 200, &listed).await;
    let body = json!({
        "title": "Ontvangst", "body": "We kijken ernaar.", "subject": "Uw melding",
        "canned_response_category_id": 3,
    });
    let create = with_body(on("POST", "/canned_responses"), &body);
    let stored = json!({"canned_response": {"id": 8, "title": "Ontvangst"}});
    answer(&server, create, 201, &stored).await;
    let update = with_body(on("PATCH", "/canned_responses/8"), &body);
    answer_text(&server, update, 200, "").await;
    answer_text(&server, on("DELETE", "/canned_responses/8"), 204, "").await;
    let settings = fixture("samples/GET_canned_responses__settings_200.json");
    answer(
        &server,
        on("GET", "/canned_responses/settings"),
        200,
        &settings,
    )
    .await;

    let client = client(&server);
    let responses = client.canned_responses();
    let id = CannedResponseId::new(8);
    let filter = CannedResponseFilter::new().query("ontvangst");
    let found = responses.list(&filter).await.unwrap();
    assert_eq!(found[0].category_name.as_deref(), Some("Onderhoud"));
    let made = responses.create(&canned()).await.unwrap().unwrap();
    assert_eq!(made.id, Some(id));
    assert_eq!(responses.update(id, &canned()).await.unwrap(), None);
    responses.delete(id).await.unwrap();
    let settings = responses.settings().await.unwrap();
    assert_eq!(settings.can_manage, Some(true));
    assert_eq!(settings.subjects.unwrap().len(), 2);
    assert_eq!(settings.categories.unwrap().len(), 1);
}

#[tokio::test]
async fn refusals_of_canned_responses_say_why() {
    let server = server().await;
    let id = CannedResponseId::new(8);
    refuse(&server, "GET", "/canned_responses", 401, PERMISSION).await;
    let blank = r#"{"errors":["Title can't be blank"]}"#;
    refuse(&server, "POST", "/canned_responses", 422, blank).await;
    for verb in ["PATCH", "DELETE"] {
        refuse(&server, verb, "/canned_responses/8", 404, NOT_FOUND).await;
    }
    refuse(
        &server,
        "GET",
        "/canned_responses/settings",
        401,
        PERMISSION,
    )
    .await;
    let client = client(&server);
    let responses = client.canned_responses();
    let list = responses.list(&CannedResponseFilter::new()).await;
    let list = list.unwrap_err();
    let said = format!("{list} {:?}", list.help_text());
    assert!(said.contains("Ticket Canned Responses - Manage"), "{said}");
    let create = responses.create(&canned()).await.unwrap_err();
    assert!(create.message().contains("Title can't be"), "{create}");
    let update = responses.update(id, &canned()).await.unwrap_err();
    assert_eq!(update.kind(), ErrorKind::NotFound);
    let delete = responses.delete(id).await.unwrap_err();
    assert_eq!(delete.kind(), ErrorKind::NotFound);
    let settings = responses.settings().await.unwrap_err();
    assert_eq!(settings.kind(), ErrorKind::Permission);
}

#[tokio::test]
async fn forms_are_listed_and_read_as_the_account_set_them_up() {
    let server = server().await;
    let listed = fixture("samples/GET_new_ticket_forms_200.json");
    answer(&server, on("GET", "/new_ticket_forms"), 200, &listed).await;
    let read = fixture("samples/GET_new_ticket_forms__id_200.json");
    answer(&server, on("GET", "/new_ticket_forms/4"), 200, &read).await;
    let client = client(&server);
    let forms = client.new_ticket_forms();
    let all = forms.list().page(1).await.unwrap();
    assert_eq!(all[0].good().unwrap().default, Some(false));
    let form = forms.get(NewTicketFormId::new(4)).await.unwrap();
    let data = form.data.unwrap();
    let fields = data
        .get("ticket_details")
        .and_then(|part| part.get("fields"));
    let subject = fields.and_then(|fields| fields.get("subject"));
    assert_eq!(subject.and_then(Json::as_str), Some("require"));
}

#[tokio::test]
async fn a_form_is_filled_in_with_every_field_and_mails_nobody() {
    let server = server().await;
    let body = json!({
        "customer_details": {
            "firstname": "Marit", "properties": {"Bron": "Beurs"}, "lastname": "Hoekstra",
            "business_name": "Zomerhuis", "email": "marit@zomerhuis.example",
            "phone": "0515550142", "mobile": "0655501770", "address": "Havenkade 14",
            "city": "Harlingen", "state": "Friesland", "zip": "8861 AB", "get_sms": false,
            "opt_out": true, "no_email": false,
        },
        "ticket_details": {
            "properties": {"Kleur": "Wit"}, "subject": "Lekkage", "problem_type": "Storing",
            "description": "Onder de kast", "do_not_email": true,
        },
        "appointments": {
            "properties": {}, "summary": "Bezoek", "description": "Ladder", "location": "Thuis",
            "user_id": 53_113, "start_at": "2026-02-03T08:00:00Z",
            "end_at": "2026-02-03T09:00:00Z",
        },
    });
    let mut entry = FormEntry::from_json(&Json::parse(&body.to_string()).unwrap()).unwrap();
    entry.ticket.as_mut().unwrap().do_not_email = None;
    let process = with_body(on("POST", "/new_ticket_forms/4/process_form"), &body);
    let stored = fixture("samples/POST_new_ticket_forms__id__process_form_200.json");
    answer(&server, process, 200, &stored).await;
    let client = client(&server);
    let id = NewTicketFormId::new(4);
    let outcome = client.new_ticket_forms().process(id, &entry).await.unwrap();
    assert_eq!(outcome.redirect.as_deref(), Some("/tickets/88214013"));
    let ticket = outcome.ticket.unwrap();
    assert!(ticket.other.is_empty(), "{:?}", ticket.other);
    assert_eq!(ticket.number, Some(9342));
}

#[tokio::test]
async fn a_form_mails_where_that_was_said() {
    let server = server().await;
    let body = json!({"ticket_details": {"do_not_email": false}});
    let process = with_body(on("POST", "/new_ticket_forms/4/process_form"), &body);
    let stored = fixture("samples/POST_new_ticket_forms__id__process_form_200.json");
    answer(&server, process, 200, &stored).await;
    let entry = FormEntry {
        ticket: Some(FormTicket {
            do_not_email: Some(false),
            ..FormTicket::default()
        }),
        ..FormEntry::default()
    };
    let client = client(&server);
    let id = NewTicketFormId::new(4);
    client.new_ticket_forms().process(id, &entry).await.unwrap();
}

#[tokio::test]
async fn refusals_of_forms_name_the_fields_of_each_part() {
    let server = server().await;
    let id = NewTicketFormId::new(4);
    refuse(&server, "GET", "/new_ticket_forms", 401, PERMISSION).await;
    refuse(&server, "GET", "/new_ticket_forms/4", 404, NOT_FOUND).await;
    let blank = r#"{"success":false,"errors":{"appointments":{"summary":["can't be blank"],"start_at":["can't be blank"]}}}"#;
    let route = "/new_ticket_forms/4/process_form";
    refuse(&server, "POST", route, 422, blank).await;
    let client = client(&server);
    let forms = client.new_ticket_forms();
    assert_eq!(
        forms.list().all().await.unwrap_err().kind(),
        ErrorKind::Permission
    );
    assert_eq!(forms.get(id).await.unwrap_err().kind(), ErrorKind::NotFound);
    let entry = FormEntry {
        customer: Some(FormCustomer::default()),
        appointment: Some(FormAppointment::default()),
        ..FormEntry::default()
    };
    let process = forms.process(id, &entry).await.unwrap_err();
    assert_eq!(process.kind(), ErrorKind::Validation);
    let fields = process.field_errors();
    assert!(
        fields.keys().any(|name| name.contains("summary")),
        "{fields:?}"
    );
}

fn portal_user() -> PortalUser {
    PortalUser {
        contact_id: Some(ContactId::new(7_735_013)),
        customer_id: Some(CustomerId::new(31_842_013)),
        password: Some("p4ssword-planted".to_owned()),
        password_confirmation: Some("p4ssword-planted".to_owned()),
        email: Some("marit@zomerhuis.example".to_owned()),
        portal_group_id: Some(PortalGroupId::new(4)),
        ..PortalUser::default()
    }
}

#[tokio::test]
async fn portal_users_are_listed_made_changed_invited_and_deleted() {
    let server = server().await;
    let request = on("GET", "/portal_users")
        .and(query_param("customer_id", "31842013"))
        .and(query_param("email", "marit@zomerhuis.example"));
    let listed = fixture("samples/GET_portal_users_200.json");
    answer(&server, request, 200, &listed).await;
    let body = json!({
        "contact_id": 7_735_013, "customer_id": 31_842_013, "password": "p4ssword-planted",
        "password_confirmation": "p4ssword-planted", "email": "marit@zomerhuis.example",
        "portal_group_id": 4,
    });
    let stored = fixture("samples/POST_portal_users_200.json");
    let create = with_body(on("POST", "/portal_users"), &body);
    answer(&server, create, 200, &stored).await;
    let update = with_body(on("PUT", "/portal_users/6"), &body);
    answer(&server, update, 200, &stored).await;
    let gone = fixture("samples/DELETE_portal_users__id_200.json");
    answer(&server, on("DELETE", "/portal_users/6"), 200, &gone).await;
    let route = "/portal_users/create_invitation";
    let invite = with_body(on("POST", route), &json!({"id": 6}));
    let said = fixture("samples/POST_portal_users__create_invitation_200.json");
    answer(&server, invite, 200, &said).await;

    let client = client(&server);
    let users = client.portal_users();
    let id = PortalUserId::new(6);
    let filter = PortalUserFilter::new()
        .customer_id(31_842_013)
        .email("marit@zomerhuis.example");
    let page = users.list(&filter).page(1).await.unwrap();
    assert!(page[0].good().unwrap().portal_group_id.is_some());
    assert!(!format!("{:?}", portal_user()).contains("p4ssword-planted"));
    let made = users.create(&portal_user()).await.unwrap();
    assert_eq!(made.password, None);
    users.update(id, &portal_user()).await.unwrap();
    users.delete(id).await.unwrap();
    assert!(users.invite(id).await.unwrap().message.is_some());
}

#[tokio::test]
async fn refusals_of_portal_users_never_show_a_password() {
    let server = server().await;
    let id = PortalUserId::new(6);
    let differs = r#"{"success":false,"message":["Password confirmation doesn't match Password"],"params":{"password":"p4ssword-planted","password_confirmation":"other"}}"#;
    refuse(&server, "GET", "/portal_users", 401, PERMISSION).await;
    refuse(&server, "POST", "/portal_users", 422, differs).await;
    refuse(&server, "PUT", "/portal_users/6", 422, differs).await;
    refuse(&server, "DELETE", "/portal_users/6", 404, NOT_FOUND).await;
    let invalid = r#"{"success":false,"message":"Invalid email, correct it."}"#;
    let route = "/portal_users/create_invitation";
    refuse(&server, "POST", route, 422, invalid).await;
    let client = client(&server);
    let users = client.portal_users();
    let list = users.list(&PortalUserFilter::new()).all().await;
    assert_eq!(list.unwrap_err().kind(), ErrorKind::Permission);
    let create = users.create(&portal_user()).await.unwrap_err();
    assert!(create.message().contains("doesn't match"), "{create}");
    assert!(!format!("{create} {create:?}").contains("p4ssword-planted"));
    let update = users.update(id, &portal_user()).await.unwrap_err();
    assert!(!format!("{update} {update:?}").contains("p4ssword-planted"));
    let delete = users.delete(id).await.unwrap_err();
    assert_eq!(delete.kind(), ErrorKind::NotFound);
    let invite = users.invite(id).await.unwrap_err();
    assert_eq!(invite.kind(), ErrorKind::Validation);
    assert_eq!(invite.send_outcome(), SendOutcome::Rejected);
}

#[tokio::test]
async fn time_logs_are_listed_read_and_changed() {
    let server = server().await;
    let request = on("GET", "/timelogs").and(query_param("user_id", "53113"));
    let listed = fixture("samples/GET_timelogs_200.json");
    answer(&server, request, 200, &listed).await;
    let last = fixture("samples/GET_timelogs__last_200.json");
    let own = on("GET", "/timelogs/last").and(query_param_is_missing("user_id"));
    answer(&server, own, 200, &last).await;
    let theirs = on("GET", "/timelogs/last").and(query_param("user_id", "53113"));
    answer(&server, theirs, 200, &last).await;
    let body = json!({
        "lunch": true, "in_at": "2026-02-03T08:00:00Z", "out_at": "2026-02-03T12:00:00Z",
        "in_note": "Bus", "out_note": "Lunch",
    });
    let stored = fixture("samples/PUT_timelogs_200.json");
    answer(
        &server,
        with_body(on("PUT", "/timelogs"), &body),
        200,
        &stored,
    )
    .await;

    let client = client(&server);
    let logs = client.timelogs();
    let filter = TimelogFilter::new().user_id(53_113);
    let page = logs.list(&filter).page(1).await.unwrap();
    assert_eq!(page[0].good().unwrap().out_at, None);
    assert!(logs.last(None).await.unwrap().in_at.is_some());
    logs.last(Some(UserId::new(53_113))).await.unwrap();
    let change = Timelog {
        lunch: Some(true),
        in_at: at("2026-02-03T08:00:00Z"),
        out_at: at("2026-02-03T12:00:00Z"),
        in_note: Some("Bus".to_owned()),
        out_note: Some("Lunch".to_owned()),
        ..Timelog::default()
    };
    logs.update(&change).await.unwrap();
}

#[tokio::test]
async fn refusals_of_time_logs_say_why() {
    let server = server().await;
    refuse(&server, "GET", "/timelogs", 401, PERMISSION).await;
    refuse(&server, "GET", "/timelogs/last", 404, NOT_FOUND).await;
    let invalid = r#"{"errors":["Out at must be after In at"]}"#;
    refuse(&server, "PUT", "/timelogs", 422, invalid).await;
    let client = client(&server);
    let logs = client.timelogs();
    let list = logs.list(&TimelogFilter::new()).all().await.unwrap_err();
    assert_eq!(list.kind(), ErrorKind::Permission);
    let last = logs.last(None).await.unwrap_err();
    assert_eq!(last.kind(), ErrorKind::NotFound);
    let update = logs.update(&Timelog::default()).await.unwrap_err();
    assert!(update.message().contains("Out at must be"), "{update}");
}
