use serde_json::json;
use syncro_client::{
    CustomerId, ErrorKind, Frequency, Schedule, ScheduleFilter, ScheduleId, ScheduleLine,
    ScheduleLineId,
};
use wiremock::matchers::query_param;

use crate::support::{answer_text, client, fixture, on, once, server, with_body};
use crate::trade::{gives, refused, some};

const ID: ScheduleId = ScheduleId::new(15);
const LINE: ScheduleLineId = ScheduleLineId::new(3);

fn stored() -> serde_json::Value {
    json!({"schedule": {
        "id": 15, "customer_id": 4, "frequency": "Semi-Annually", "name": "Onderhoud",
        "next_run": "2026-07-01T00:00:00.000Z", "subtotal": 120, "paused": true,
        "last_invoice_paid": null,
        "lines": [{"id": 3, "retail_cents": 6000, "price_retail": 60.0, "quantity": "2.0"}]
    }})
}

#[tokio::test]
async fn schedules_are_listed_by_customer() {
    let server = server().await;
    let request = on("GET", "/schedules")
        .and(query_param("customer_id", "4"))
        .and(query_param("page", "1"));
    let text = fixture("samples/GET_schedules_200.json");
    answer_text(&server, request, 200, &text).await;
    let client = client(&server);
    let filter = ScheduleFilter::new().customer_id(4);
    let page = client.schedules().list(&filter).page(1).await.unwrap();
    assert!(page[0].good().unwrap().frequency.is_some());
}

#[tokio::test]
async fn a_schedule_is_read_with_its_lines_in_cents_and_decimals() {
    let schedule = gives(on("GET", "/schedules/15"), stored(), async |client| {
        client.schedules().get(ID).await
    })
    .await;
    assert_eq!(schedule.frequency, Some(Frequency::SemiAnnually));
    assert_eq!(schedule.next_run, "2026-07-01".parse().ok());
    assert_eq!(schedule.subtotal.unwrap().to_string(), "120");
    let line = &schedule.lines.unwrap()[0];
    assert_eq!(line.retail_cents, Some(6000.into()));
    assert_eq!(line.price_retail.unwrap().to_string(), "60.0");
}

fn new() -> Schedule {
    Schedule {
        customer_id: Some(CustomerId::new(4)),
        frequency: Some(Frequency::Monthly),
        name: some("Onderhoud"),
        next_run: "2026-07-01".parse().ok(),
        paused: Some(true),
        ..Schedule::default()
    }
}

#[tokio::test]
async fn a_schedule_is_made_paused() {
    let request = with_body(
        on("POST", "/schedules"),
        &json!({"customer_id": 4, "frequency": "Monthly", "name": "Onderhoud",
            "next_run": "2026-07-01", "paused": true}),
    );
    let made = gives(request, stored(), async |client| {
        client.schedules().create(&new()).await
    })
    .await;
    assert_eq!(made.paused, Some(true));
}

#[tokio::test]
async fn a_refused_schedule_tells_all_that_is_wrong() {
    let body = json!({"error": ["Frequency can't be blank", "Next run can't be blank"]});
    let error = refused(on("POST", "/schedules"), 422, body, async |client| {
        client.schedules().create(&Schedule::default()).await
    })
    .await;
    assert!(error.message().contains("Frequency can't be blank"));
    assert!(error.message().contains("Next run can't be blank"));
}

#[tokio::test]
async fn a_schedule_is_changed_or_refused() {
    let request = with_body(on("PUT", "/schedules/15"), &json!({"paused": false}));
    let change = Schedule {
        paused: Some(false),
        ..Schedule::default()
    };
    gives(request, stored(), async |client| {
        client.schedules().update(ID, &change).await
    })
    .await;
    let body = json!({"error": ["Next run can't be blank"]});
    let error = refused(on("PUT", "/schedules/15"), 422, body, async |client| {
        client.schedules().update(ID, &change).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn a_schedule_is_deleted() {
    let server = server().await;
    let yes = wiremock::ResponseTemplate::new(200);
    once(&server, on("DELETE", "/schedules/15"), yes).await;
    client(&server).schedules().delete(ID).await.unwrap();
}

#[tokio::test]
async fn a_schedule_that_is_not_there_is_not_found() {
    let error = refused(on("GET", "/schedules/15"), 404, json!(""), async |client| {
        client.schedules().get(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let request = on("DELETE", "/schedules/15");
    let error = refused(request, 404, json!(""), async |client| {
        client.schedules().delete(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_line_goes_out_in_cents() {
    let line = ScheduleLine {
        name: some("Arbeid"),
        quantity: "2.5".parse().ok(),
        retail_cents: Some(6000.into()),
        recurring_type_id: Some(1),
        price_retail: "1".parse().ok(),
        ..ScheduleLine::default()
    };
    let sent = json!({"name": "Arbeid", "quantity": 2.5, "retail_cents": 6000,
        "recurring_type_id": 1});
    let body = json!({"schedule_line_item": {"id": 3, "quantity": "2.5"}});
    let request = with_body(on("POST", "/schedules/15/add_line_item"), &sent);
    let made = gives(request, body.clone(), async |client| {
        client.schedules().add_line(ID, &line).await
    })
    .await;
    assert_eq!(made.id, Some(LINE));
    let request = with_body(on("PUT", "/schedules/15/line_items/3"), &sent);
    gives(request, body, async |client| {
        client.schedules().update_line(ID, LINE, &line).await
    })
    .await;
}

#[tokio::test]
async fn a_line_without_a_name_is_refused() {
    let body = json!({"error": ["Name can't be blank"]});
    let request = on("POST", "/schedules/15/add_line_item");
    let error = refused(request, 422, body.clone(), async |client| {
        client
            .schedules()
            .add_line(ID, &ScheduleLine::default())
            .await
    })
    .await;
    assert!(error.message().contains("Name can't be blank"));
    let request = on("PUT", "/schedules/15/line_items/3");
    let error = refused(request, 422, body, async |client| {
        client
            .schedules()
            .update_line(ID, LINE, &ScheduleLine::default())
            .await
    })
    .await;
    assert!(error.message().contains("Name can't be blank"));
}

#[tokio::test]
async fn a_line_is_removed_by_its_id() {
    let server = server().await;
    let request = with_body(
        on("POST", "/schedules/15/remove_line_item"),
        &json!({"schedule_line_item_id": 3}),
    );
    once(&server, request, wiremock::ResponseTemplate::new(200)).await;
    let client = client(&server);
    client.schedules().remove_line(ID, LINE).await.unwrap();
    let request = on("POST", "/schedules/15/remove_line_item");
    let error = refused(request, 404, json!(""), async |client| {
        client.schedules().remove_line(ID, LINE).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
