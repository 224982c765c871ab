use serde_json::{Value, json};
use syncro_client::{
    Appointment, AppointmentFilter, AppointmentId, AppointmentType, AppointmentTypeId, CustomerId,
    Date, ErrorKind, Json, TicketId, Timestamp, UserId,
};
use wiremock::matchers::query_param;

use crate::refusals::{NOT_FOUND, PERMISSION, refuse};
use crate::support::{answer, answer_text, client, json as fixture, on, server, with_body};

const ID: AppointmentId = AppointmentId::new(5_560_400_039);
const TYPE: AppointmentTypeId = AppointmentTypeId::new(9);

fn at(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[tokio::test]
async fn appointments_are_listed_out_of_their_second_envelope() {
    let server = server().await;
    let request = on("GET", "/appointments")
        .and(query_param("date_from", "2026-02-01"))
        .and(query_param("date_to", "2026-02-28"))
        .and(query_param("mine", "true"));
    let body = fixture("samples/GET_appointments_200.json");
    answer(&server, request, 200, &body).await;
    let client = client(&server);
    let filter = AppointmentFilter::new()
        .from(day("2026-02-01"))
        .to(day("2026-02-28"))
        .mine(true);
    let page = client.appointments().list(&filter).page(1).await.unwrap();
    let appointment = page[0].good().unwrap();
    assert_eq!(appointment.id, Some(ID));
    assert_eq!(appointment.do_not_email, Some(true));
    assert!(appointment.other.is_empty(), "{:?}", appointment.other);
}

#[tokio::test]
async fn an_appointment_is_read_without_an_envelope() {
    let server = server().await;
    let body = fixture("samples/GET_appointments__id_200.json");
    answer(&server, on("GET", "/appointments/5560400039"), 200, &body).await;
    let appointment = client(&server).appointments().get(ID).await.unwrap();
    assert_eq!(appointment.id, Some(ID));
    assert_eq!(appointment.summary.as_deref(), Some("Koeling nakijken"));
}

/// What is sent for a new appointment.
async fn made(appointment: &Appointment) -> Value {
    let server = server().await;
    let stored = fixture("samples/POST_appointments_201.json");
    answer(&server, on("POST", "/appointments"), 201, &stored).await;
    let client = client(&server);
    let made = client.appointments().create(appointment).await.unwrap();
    assert_eq!(made.id, Some(ID));
    let requests = server.received_requests().await.unwrap();
    serde_json::from_slice(&requests[0].body).unwrap()
}

#[tokio::test]
async fn an_appointment_is_made_with_every_field() {
    let appointment = Appointment {
        description: Some("Ladder mee".to_owned()),
        user_ids: Some(vec![UserId::new(53_113)]),
        ticket_id: Some(TicketId::new(88_214_013)),
        do_not_email: Some(false),
        user_id: Some(UserId::new(53_113)),
        start_at: at("2026-02-03T08:00:00Z"),
        end_at: at("2026-02-03T09:00:00Z"),
        location: Some("Werkplaats".to_owned()),
        summary: Some("Koeling nakijken".to_owned()),
        email_customer: Some(true),
        appointment_duration: Some("1 hour".to_owned()),
        appointment_type_id: Some(TYPE),
        customer_id: Some(CustomerId::new(31_842_013)),
        all_day: Some(false),
        start_at_label: Some("never sent".to_owned()),
        ..Appointment::default()
    };
    let whole = json!({
        "description": "Ladder mee", "user_ids": [53_113], "ticket_id": 88_214_013,
        "do_not_email": false, "user_id": 53_113, "start_at": "2026-02-03T08:00:00Z",
        "end_at": "2026-02-03T09:00:00Z", "location": "Werkplaats",
        "summary": "Koeling nakijken", "email_customer": true,
        "appointment_duration": "1 hour", "appointment_type_id": 9,
        "customer_id": 31_842_013, "all_day": false,
    });
    assert_eq!(made(&appointment).await, whole);
}

#[tokio::test]
async fn an_appointment_mails_nobody_unless_told() {
    let silent = made(&Appointment::default()).await;
    assert_eq!(
        silent,
        json!({"do_not_email": true, "email_customer": false})
    );
    let told = Appointment {
        email_customer: Some(true),
        ..Appointment::default()
    };
    let told = made(&told).await;
    assert_eq!(told, json!({"do_not_email": false, "email_customer": true}));
}

#[tokio::test]
async fn an_appointment_is_changed_and_deleted() {
    let server = server().await;
    let body = json!({"start_at": "2026-02-03T08:00:00Z", "email_customer": false});
    let update = with_body(on("PUT", "/appointments/5560400039"), &body);
    let stored = fixture("samples/PUT_appointments__id_200.json");
    answer(&server, update, 200, &stored).await;
    let gone = json!({"message": "deleted"});
    answer(
        &server,
        on("DELETE", "/appointments/5560400039"),
        200,
        &gone,
    )
    .await;
    let client = client(&server);
    let change = Appointment {
        start_at: at("2026-02-03T08:00:00Z"),
        ..Appointment::default()
    };
    client.appointments().update(ID, &change).await.unwrap();
    client.appointments().delete(ID).await.unwrap();
}

#[tokio::test]
async fn refusals_of_appointments_say_why() {
    let server = server().await;
    let blank = r#"{"success":false,"error":"Summary can't be blank,End at can't be blank","message":"Summary can't be blank,End at can't be blank","params":{"description":"x"}}"#;
    refuse(&server, "POST", "/appointments", 422, blank).await;
    let one = "/appointments/5560400039";
    refuse(&server, "PUT", one, 422, blank).await;
    refuse(&server, "GET", one, 404, NOT_FOUND).await;
    answer_text(&server, on("DELETE", one), 404, "").await;
    refuse(&server, "GET", "/appointments", 401, PERMISSION).await;
    let client = client(&server);
    let appointments = client.appointments();
    let none = Appointment::default();
    let create = appointments.create(&none).await.unwrap_err();
    assert_eq!(create.kind(), ErrorKind::Validation);
    assert!(create.message().contains("Summary can't be"), "{create}");
    assert!(create.message().contains("End at can't be"), "{create}");
    let update = appointments.update(ID, &none).await.unwrap_err();
    assert_eq!(update.kind(), ErrorKind::Validation);
    let get = appointments.get(ID).await.unwrap_err();
    assert_eq!(get.kind(), ErrorKind::NotFound);
    let delete = appointments.delete(ID).await.unwrap_err();
    assert_eq!(delete.kind(), ErrorKind::NotFound);
    let list = appointments.list(&AppointmentFilter::new()).all().await;
    assert_eq!(list.unwrap_err().kind(), ErrorKind::Permission);
}

#[tokio::test]
async fn types_of_appointments_are_listed_read_made_changed_and_deleted() {
    let server = server().await;
    let listed = fixture("samples/GET_appointment_types_200.json");
    answer(&server, on("GET", "/appointment_types"), 200, &listed).await;
    let read = fixture("samples/GET_appointment_types__id_200.json");
    answer(&server, on("GET", "/appointment_types/9"), 200, &read).await;
    let body = json!({
        "name": "Op kantoor", "email_instructions": "Bel aan", "location_type": 2,
        "location_hard_code": "Balie",
    });
    let stored = fixture("samples/POST_appointment_types_200.json");
    let create = with_body(on("POST", "/appointment_types"), &body);
    answer(&server, create, 200, &stored).await;
    let update = with_body(on("PUT", "/appointment_types/9"), &body);
    answer_text(&server, update, 200, "").await;
    answer_text(&server, on("DELETE", "/appointment_types/9"), 200, "").await;

    let client = client(&server);
    let types = client.appointment_types();
    let all = types.list().page(1).await.unwrap();
    let first = all[0].good().unwrap();
    let place = first.location_type.as_ref().and_then(Json::as_str);
    assert_eq!(place, Some("manual_entry"));
    assert_eq!(types.get(TYPE).await.unwrap().name, first.name);
    let kind = AppointmentType {
        name: Some("Op kantoor".to_owned()),
        email_instructions: Some("Bel aan".to_owned()),
        location_type: Some(Json::from(2_i64)),
        location_hard_code: Some("Balie".to_owned()),
        ..AppointmentType::default()
    };
    assert!(types.create(&kind).await.unwrap().id.is_some());
    assert_eq!(types.update(TYPE, &kind).await.unwrap(), None);
    types.delete(TYPE).await.unwrap();
}

#[tokio::test]
async fn refusals_of_types_of_appointments_say_why() {
    let server = server().await;
    let blank = r#"{"record":{"id":null,"account_id":1,"name":""},"errors":"Name can't be blank,Location type can't be blank"}"#;
    refuse(&server, "POST", "/appointment_types", 422, blank).await;
    refuse(&server, "GET", "/appointment_types", 401, PERMISSION).await;
    for verb in ["GET", "PUT", "DELETE"] {
        refuse(&server, verb, "/appointment_types/9", 404, NOT_FOUND).await;
    }
    let client = client(&server);
    let types = client.appointment_types();
    let none = AppointmentType::default();
    let create = types.create(&none).await.unwrap_err();
    assert_eq!(create.kind(), ErrorKind::Validation);
    assert!(create.message().contains("Location type"), "{create}");
    let list = types.list().all().await.unwrap_err();
    assert!(format!("{list} {:?}", list.help_text()).contains("Global Admin"));
    let get = types.get(TYPE).await.unwrap_err();
    assert_eq!(get.kind(), ErrorKind::NotFound);
    let update = types.update(TYPE, &none).await.unwrap_err();
    assert_eq!(update.kind(), ErrorKind::NotFound);
    let delete = types.delete(TYPE).await.unwrap_err();
    assert_eq!(delete.kind(), ErrorKind::NotFound);
}
