use serde_json::json;
use syncro_client::{
    CustomerId, ErrorKind, Estimate, EstimateFilter, EstimateId, EstimateStatus, InvoiceId,
    LineItem, LineItemId,
};
use wiremock::matchers::query_param;

use crate::support::{answer_text, client, fixture, on, server, with_body};
use crate::trade::{gives, refused, some};

const ID: EstimateId = EstimateId::new(11);
const LINE: LineItemId = LineItemId::new(3);

fn stored() -> serde_json::Value {
    json!({"estimate": {
        "id": 11, "customer_id": 4, "customer_business_then_name": "Koelhuis Noord",
        "name": "Koelcel", "number": "E-7", "status": "Fresh", "total": "9.99",
        "date": "2026-03-08T14:16:10.000Z", "ticket_id": null, "employee": "Sanne"
    }})
}

#[tokio::test]
async fn estimates_are_listed_by_status_and_whose_they_are() {
    let server = server().await;
    let request = on("GET", "/estimates")
        .and(query_param("status", "approved"))
        .and(query_param("mine", "true"))
        .and(query_param("page", "1"));
    answer_text(
        &server,
        request,
        200,
        &fixture("samples/GET_estimates_200.json"),
    )
    .await;
    let client = client(&server);
    let filter = EstimateFilter::new().status("approved").mine(true);
    let page = client.estimates().list(&filter).page(1).await.unwrap();
    assert!(page[0].good().unwrap().number.is_some());
}

#[tokio::test]
async fn an_estimate_is_fetched_with_its_status() {
    let request = on("GET", "/estimates/11");
    let estimate = gives(request, stored(), async |client| {
        client.estimates().get(ID).await
    })
    .await;
    assert_eq!(estimate.status, Some(EstimateStatus::Fresh));
    assert_eq!(estimate.date, "2026-03-08T14:16:10Z".parse().ok());
}

#[tokio::test]
async fn a_status_nobody_knows_is_kept() {
    let request = on("GET", "/estimates/11");
    let body = json!({"estimate": {"id": 11, "status": "In beraad"}});
    let estimate = gives(request, body, async |client| {
        client.estimates().get(ID).await
    })
    .await;
    let kept = EstimateStatus::Other("In beraad".to_owned());
    assert_eq!(estimate.status, Some(kept));
}

#[tokio::test]
async fn an_estimate_is_found_by_its_number_or_not_at_all() {
    let request = on("GET", "/estimates/0").and(query_param("number", "E-7"));
    let found = gives(request, stored(), async |client| {
        client.estimates().find_by_number("E-7").await
    })
    .await;
    assert_eq!(found.unwrap().id, Some(ID));

    let request = on("GET", "/estimates/0").and(query_param("number", "E-8"));
    let another = gives(request, stored(), async |client| {
        client.estimates().find_by_number("E-8").await
    })
    .await;
    assert_eq!(another, None, "it has another number");

    let server = server().await;
    let gone = wiremock::ResponseTemplate::new(404);
    crate::support::once(&server, on("GET", "/estimates/0"), gone).await;
    let none = client(&server).estimates().find_by_number("E-9").await;
    assert_eq!(none.unwrap(), None);
}

#[tokio::test]
async fn an_estimate_is_created_with_what_is_set() {
    let request = with_body(
        on("POST", "/estimates"),
        &json!({"customer_id": 4, "date": "2026-03-08T00:00:00Z", "status": "Draft",
            "note": "Op verzoek"}),
    );
    let estimate = Estimate {
        customer_id: Some(CustomerId::new(4)),
        date: "2026-03-08"
            .parse()
            .ok()
            .or("2026-03-08T00:00:00Z".parse().ok()),
        status: Some(EstimateStatus::Draft),
        note: some("Op verzoek"),
        employee: some("read only, so not sent"),
        ..Estimate::default()
    };
    let made = gives(request, stored(), async |client| {
        client.estimates().create(&estimate).await
    })
    .await;
    assert_eq!(made.id, Some(ID));
}

#[tokio::test]
async fn a_refusal_that_is_a_bare_map_of_fields_is_read() {
    let body = json!({"customer_id": ["can't be blank"], "date": ["can't be blank"]});
    let error = refused(on("POST", "/estimates"), 422, body, async |client| {
        client.estimates().create(&Estimate::default()).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
    let fields: Vec<_> = error.field_errors().keys().map(String::as_str).collect();
    assert_eq!(fields, ["customer_id", "date"]);
}

#[tokio::test]
async fn an_estimate_is_changed_or_refused() {
    let change = Estimate {
        status: Some(EstimateStatus::Approved),
        ..Estimate::default()
    };
    let request = with_body(on("PUT", "/estimates/11"), &json!({"status": "Approved"}));
    gives(request, stored(), async |client| {
        client.estimates().update(ID, &change).await
    })
    .await;
    let body = json!({"date": ["can't be blank"]});
    let error = refused(on("PUT", "/estimates/11"), 422, body, async |client| {
        client.estimates().update(ID, &change).await
    })
    .await;
    assert_eq!(error.field_errors()["date"], "can't be blank");
}

#[tokio::test]
async fn an_estimate_is_deleted_or_not_found() {
    let request = on("DELETE", "/estimates/11");
    let body = json!({"message": "11: We deleted # E-7"});
    gives(request, body, async |client| {
        client.estimates().delete(ID).await
    })
    .await;
    let request = on("DELETE", "/estimates/11");
    let error = refused(request, 404, json!(""), async |client| {
        client.estimates().delete(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn an_estimate_is_printed_and_mailed_and_says_what_the_server_says() {
    for (route, mails) in [
        ("/estimates/11/print", false),
        ("/estimates/11/email", true),
    ] {
        let said = json!({"message": "In de wachtrij"});
        let done = gives(on("POST", route), said, async |client| {
            if mails {
                client.estimates().email(ID).await
            } else {
                client.estimates().print(ID).await
            }
        })
        .await;
        assert_eq!(done.message, some("In de wachtrij"));
        let error = refused(on("POST", route), 404, json!(""), async |client| {
            if mails {
                client.estimates().email(ID).await
            } else {
                client.estimates().print(ID).await
            }
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn an_estimate_becomes_an_invoice_or_says_why_not() {
    let request = on("POST", "/estimates/11/convert_to_invoice");
    let body = json!({"invoice": {"id": 1, "number": "1001", "total": "0.0"}});
    let invoice = gives(request, body, async |client| {
        client.estimates().convert_to_invoice(ID).await
    })
    .await;
    assert_eq!(invoice.id, Some(InvoiceId::new(1)));

    let request = on("POST", "/estimates/11/convert_to_invoice");
    let body = json!({"error": "Validation failed: Item can't be blank, Name can't be blank"});
    let error = refused(request, 422, body, async |client| {
        client.estimates().convert_to_invoice(ID).await
    })
    .await;
    assert!(error.message().contains("Name can't be blank"), "{error}");
}

#[tokio::test]
async fn a_new_line_answers_estimate_and_line_side_by_side() {
    let request = with_body(
        on("POST", "/estimates/11/line_items"),
        &json!({"item": "Uur", "name": "Arbeid", "price": 60.5, "discount_percent": 5}),
    );
    let line = LineItem {
        item: some("Uur"),
        name: some("Arbeid"),
        price: "60.5".parse().ok(),
        discount_percent: "5".parse().ok(),
        ..LineItem::default()
    };
    let body = json!({
        "estimate": {"id": 11, "account_id": 1, "labor": "9.99", "pdf": {"url": null},
            "notax": false, "status": "Fresh"},
        "line_item": {"id": 3, "item": "Uur", "price": "60.5", "quantity": "1.0"}
    });
    let added = gives(request, body, async |client| {
        client.estimates().add_line(ID, &line).await
    })
    .await;
    let estimate = added.estimate.unwrap();
    assert_eq!(estimate.id, Some(ID));
    assert_eq!(estimate.no_tax, Some(false));
    assert_eq!(added.line_item.unwrap().id, Some(LINE));
}

#[tokio::test]
async fn a_line_is_refused_with_a_sentence() {
    let request = on("POST", "/estimates/11/line_items");
    let body = json!({"errors": "validation error: Item can't be blank"});
    let error = refused(request, 422, body, async |client| {
        client.estimates().add_line(ID, &LineItem::default()).await
    })
    .await;
    assert!(error.message().contains("Item can't be blank"), "{error}");
}

#[tokio::test]
async fn a_line_is_changed_or_refused_by_field() {
    let change = LineItem {
        item: some("Uur"),
        ..LineItem::default()
    };
    let request = with_body(
        on("PUT", "/estimates/11/line_items/3"),
        &json!({"item": "Uur"}),
    );
    let body = json!({"line_item": {"id": 3, "item": "Uur"}});
    let line = gives(request, body, async |client| {
        client.estimates().update_line(ID, LINE, &change).await
    })
    .await;
    assert_eq!(line.id, Some(LINE));
    let request = on("PUT", "/estimates/11/line_items/3");
    let body = json!({"item": ["can't be blank"]});
    let error = refused(request, 422, body, async |client| {
        client.estimates().update_line(ID, LINE, &change).await
    })
    .await;
    assert_eq!(error.field_errors()["item"], "can't be blank");
}

#[tokio::test]
async fn a_deleted_line_answers_the_estimate_without_it() {
    let request = on("DELETE", "/estimates/11/line_items/3");
    let estimate = gives(request, stored(), async |client| {
        client.estimates().delete_line(ID, LINE).await
    })
    .await;
    assert_eq!(estimate.id, Some(ID));
    let request = on("DELETE", "/estimates/11/line_items/3");
    let error = refused(request, 404, json!(""), async |client| {
        client.estimates().delete_line(ID, LINE).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
