use serde_json::json;
use syncro_client::{ErrorKind, InvoiceId, LineItem, LineItemFilter, LineItemId, ProductId};
use wiremock::ResponseTemplate;
use wiremock::matchers::query_param;

use crate::support::{answer_text, client, fixture, on, once, server, with_body};
use crate::trade::{gives, refused, some};

const ID: InvoiceId = InvoiceId::new(41);
const LINE: LineItemId = LineItemId::new(7);

fn line() -> LineItem {
    LineItem {
        product_id: Some(ProductId::new(12)),
        quantity: "1.5".parse().ok(),
        price: "60.00".parse().ok(),
        discount_percent: "10".parse().ok(),
        ..LineItem::default()
    }
}

#[tokio::test]
async fn a_line_is_added_with_a_product_and_how_many() {
    let server = server().await;
    let request = with_body(
        on("POST", "/invoices/41/line_items"),
        &json!({"product_id": 12, "quantity": 1.5, "price": 60.00, "line_discount_percent": 10}),
    );
    once(&server, request, ResponseTemplate::new(200)).await;
    let made = client(&server)
        .invoices()
        .add_line(ID, &line())
        .await
        .unwrap();
    assert_eq!(made, None, "the answer is empty");
}

#[tokio::test]
async fn the_line_of_an_answer_is_given_where_it_holds_one() {
    let request = on("POST", "/invoices/41/line_items");
    let body = json!({"line_item": {"id": 7, "invoice_id": 41, "quantity": "1.5"}});
    let made = gives(request, body, async |client| {
        client.invoices().add_line(ID, &line()).await
    })
    .await;
    assert_eq!(made.unwrap().id, Some(LINE));

    let request = on("POST", "/invoices/41/line_items");
    let made = gives(request, json!({"success": true}), async |client| {
        client.invoices().add_line(ID, &line()).await
    })
    .await;
    assert_eq!(made, None);
}

#[tokio::test]
async fn a_line_that_is_refused_is_an_error_and_not_sent_again() {
    let request = on("POST", "/invoices/41/line_items");
    let error = refused(
        request,
        422,
        json!({"errors": "validation error: Item can't be blank"}),
        async |client| client.invoices().add_line(ID, &LineItem::default()).await,
    )
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.message().contains("Item can't be blank"), "{error}");
}

#[tokio::test]
async fn a_line_whose_answer_is_lost_is_not_sent_again() {
    let server = server().await;
    let request = on("POST", "/invoices/41/line_items");
    once(&server, request, ResponseTemplate::new(502)).await;
    let client = crate::support::builder(&server)
        .max_retries(3)
        .build()
        .unwrap();
    let error = client.invoices().add_line(ID, &line()).await.unwrap_err();
    assert!(error.send_outcome().may_be_applied());
}

#[tokio::test]
async fn a_line_is_changed() {
    let server = server().await;
    let request = with_body(
        on("PUT", "/invoices/41/line_items/7"),
        &json!({"name": "Arbeid", "taxable": false}),
    );
    once(&server, request, ResponseTemplate::new(200)).await;
    let change = LineItem {
        name: some("Arbeid"),
        taxable: Some(false),
        ..LineItem::default()
    };
    let told = client(&server)
        .invoices()
        .update_line(ID, LINE, &change)
        .await
        .unwrap();
    assert_eq!(told, None);
}

#[tokio::test]
async fn a_change_of_a_paid_invoice_fails_although_the_status_is_200() {
    for body in [
        json!({"message": "Invoice is already paid"}),
        json!({"error": "Invoice is already paid"}),
        json!("Invoice is already paid"),
    ] {
        let request = on("PUT", "/invoices/41/line_items/7");
        let error = refused(request, 200, body, async |client| {
            client.invoices().update_line(ID, LINE, &line()).await
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert_eq!(error.code_str(), Some("already_paid"));
    }
}

#[tokio::test]
async fn a_paid_invoice_is_told_in_plain_text_too() {
    let server = server().await;
    let plain = ResponseTemplate::new(200).set_body_raw("Invoice is already paid", "text/html");
    once(&server, on("PUT", "/invoices/41/line_items/7"), plain).await;
    let error = client(&server)
        .invoices()
        .update_line(ID, LINE, &line())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn a_line_that_is_not_there_is_not_found() {
    let request = on("PUT", "/invoices/41/line_items/7");
    let error = refused(request, 404, json!(""), async |client| {
        client.invoices().update_line(ID, LINE, &line()).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let request = on("DELETE", "/invoices/41/line_items/7");
    let error = refused(request, 404, json!(""), async |client| {
        client.invoices().delete_line(ID, LINE).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_line_is_deleted() {
    let server = server().await;
    let request = on("DELETE", "/invoices/41/line_items/7");
    once(&server, request, ResponseTemplate::new(200)).await;
    client(&server)
        .invoices()
        .delete_line(ID, LINE)
        .await
        .unwrap();
}

#[tokio::test]
async fn lines_are_listed_by_their_invoice() {
    let server = server().await;
    let request = on("GET", "/line_items")
        .and(query_param("invoice_id", "41"))
        .and(query_param("page", "1"));
    answer_text(
        &server,
        request,
        200,
        &fixture("samples/GET_line_items_200.json"),
    )
    .await;
    let client = client(&server);
    let filter = LineItemFilter::new().invoice_id(ID);
    let page = client.line_items().list(&filter).page(1).await.unwrap();
    let line = page[0].good().unwrap();
    assert!(line.id.is_some() && line.price.is_some());
}

#[tokio::test]
async fn lines_of_estimates_are_asked_for_by_other_parameters() {
    let server = server().await;
    let request = on("GET", "/line_items")
        .and(query_param("estimate_id", "5"))
        .and(query_param("invoice_id_not_null", "false"))
        .and(query_param("estimate_id_not_null", "true"));
    answer_text(&server, request, 200, r#"{"line_items": [], "meta": {}}"#).await;
    let client = client(&server);
    let filter = LineItemFilter::new()
        .estimate_id(5)
        .on_invoice(false)
        .on_estimate(true);
    let page = client.line_items().list(&filter).page(1).await.unwrap();
    assert!(page.is_empty());
}

#[tokio::test]
async fn a_token_without_the_right_to_all_lines_is_told_which_it_lacks() {
    let request = on("GET", "/line_items");
    let said = "Not authorized. Please ask account admin to update your group permissions.";
    let error = refused(request, 401, json!({"error": said}), async |client| {
        client
            .line_items()
            .list(&LineItemFilter::new())
            .page(1)
            .await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.help_text().unwrap().contains("Global Admin"));
}
