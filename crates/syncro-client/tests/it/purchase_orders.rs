use serde_json::json;
use syncro_client::{
    ErrorKind, PartOrderFilter, ProductId, PurchaseOrder, PurchaseOrderId, PurchaseOrderLine,
    PurchaseOrderLineId, Vendor, VendorId,
};
use wiremock::matchers::query_param;

use crate::support::{answer_text, client, fixture, on, server, with_body};
use crate::trade::{gives, refused, some};

const ID: PurchaseOrderId = PurchaseOrderId::new(7);
const VENDOR: VendorId = VendorId::new(41);

fn stored() -> serde_json::Value {
    json!({"purchase_order": {
        "id": 7, "number": "PO-7", "other": 0.01, "shipping": 4.95, "total": 0.02,
        "status": "Open", "vendor_id": 41, "location": null, "line_items": [],
        "due_date": "2026-02-22T00:00:00.000Z", "vendor": {"id": 41, "name": "Polar"}
    }})
}

#[tokio::test]
async fn purchase_orders_are_listed_and_fetched() {
    let server = server().await;
    let text = fixture("samples/GET_purchase_orders_200.json");
    answer_text(&server, on("GET", "/purchase_orders"), 200, &text).await;
    let client = client(&server);
    let page = client.purchase_orders().list().page(1).await.unwrap();
    assert!(page[0].good().unwrap().vendor.is_some());

    let order = gives(on("GET", "/purchase_orders/7"), stored(), async |client| {
        client.purchase_orders().get(ID).await
    })
    .await;
    assert_eq!(order.other_costs.unwrap().to_string(), "0.01");
    assert_eq!(order.shipping.unwrap().to_string(), "4.95");
    assert_eq!(order.vendor.unwrap().name, some("Polar"));
    let request = on("GET", "/purchase_orders/7");
    let error = refused(request, 404, json!(""), async |client| {
        client.purchase_orders().get(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_purchase_order_goes_out_in_cents() {
    let request = with_body(
        on("POST", "/purchase_orders"),
        &json!({"vendor_id": 41, "shipping_cents": 495, "order_date": "2026-02-15T00:00:00Z"}),
    );
    let order = PurchaseOrder {
        vendor_id: Some(VENDOR),
        shipping_cents: Some(495.into()),
        order_date: "2026-02-15T00:00:00Z".parse().ok(),
        total: "9".parse().ok(),
        ..PurchaseOrder::default()
    };
    let made = gives(request, stored(), async |client| {
        client.purchase_orders().create(&order).await
    })
    .await;
    assert_eq!(made.id, Some(ID));
    let body = json!({"message": ["Vendor can't be blank"]});
    let request = on("POST", "/purchase_orders");
    let error = refused(request, 422, body, async |client| {
        client.purchase_orders().create(&order).await
    })
    .await;
    assert!(error.message().contains("Vendor can't be blank"));
}

#[tokio::test]
async fn a_line_is_ordered_or_refused_where_no_stock_is_kept() {
    let line = PurchaseOrderLine {
        product_id: Some(ProductId::new(2)),
        quantity: Some(10),
        ..PurchaseOrderLine::default()
    };
    let request = with_body(
        on("POST", "/purchase_orders/7/create_po_line_item"),
        &json!({"product_id": 2, "quantity": 10}),
    );
    let body = json!({"po_line_item": {"id": 2, "purchase_order_id": 7, "quantity": 10,
        "cost_cents": 1, "total_cents": 10, "received": false}});
    let made = gives(request, body, async |client| {
        client.purchase_orders().add_line(ID, &line).await
    })
    .await;
    assert_eq!(made.total_cents, Some(10.into()));
    let body = json!({"errors": "Error adding that item - it keeps no stock."});
    let request = on("POST", "/purchase_orders/7/create_po_line_item");
    let error = refused(request, 422, body, async |client| {
        client.purchase_orders().add_line(ID, &line).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn a_line_is_received() {
    let line = PurchaseOrderLineId::new(2);
    let request = with_body(
        on("POST", "/purchase_orders/7/receive"),
        &json!({"line_item_id": 2}),
    );
    let order = gives(request, stored(), async |client| {
        client.purchase_orders().receive(ID, line).await
    })
    .await;
    assert_eq!(order.id, Some(ID));
    let request = on("POST", "/purchase_orders/7/receive");
    let error = refused(request, 404, json!(""), async |client| {
        client.purchase_orders().receive(ID, line).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn ordered_parts_are_listed_by_whether_they_are_done() {
    let server = server().await;
    let request = on("GET", "/items")
        .and(query_param("completed", "true"))
        .and(query_param("query", "klep"))
        .and(query_param("page", "1"));
    let text = fixture("samples/GET_items_200.json");
    answer_text(&server, request, 200, &text).await;
    let client = client(&server);
    let filter = PartOrderFilter::new().completed(true).query("klep");
    let page = client.part_orders().list(&filter).page(1).await.unwrap();
    let part = page[0].good().unwrap();
    assert!(part.requested_on.is_some() && part.other.is_empty());
}

#[tokio::test]
async fn ordered_parts_take_a_right_of_their_own() {
    let said = "Not authorized. Please ask account admin to update your group permissions.";
    let request = on("GET", "/items");
    let error = refused(request, 401, json!({"error": said}), async |client| {
        client
            .part_orders()
            .list(&PartOrderFilter::new())
            .page(1)
            .await
    })
    .await;
    let help = error.help_text().unwrap();
    assert!(help.contains("Parts Orders - List/Search"), "{help}");
}

#[tokio::test]
async fn a_refused_vendor_says_why_and_not_what_was_sent() {
    let vendor = Vendor {
        email: some("geen-adres"),
        ..Vendor::default()
    };
    let body = json!({"success": false, "message": ["Email is not an email"],
        "params": {"email": "geen-adres"}});
    let error = refused(on("POST", "/vendors"), 422, body, async |client| {
        client.vendors().create(&vendor).await
    })
    .await;
    assert!(error.message().contains("Email is not an email"));
    assert!(!format!("{error:?}").contains("geen-adres"), "{error:?}");
    let body = json!({"success": false, "message": ["Email is not an email"]});
    let error = refused(on("PUT", "/vendors/41"), 422, body, async |client| {
        client.vendors().update(VENDOR, &vendor).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn a_vendor_that_is_not_there_is_not_found() {
    let error = refused(on("GET", "/vendors/41"), 404, json!(""), async |client| {
        client.vendors().get(VENDOR).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let error = refused(on("PUT", "/vendors/41"), 404, json!(""), async |client| {
        client.vendors().update(VENDOR, &Vendor::default()).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
