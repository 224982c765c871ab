use serde_json::json;
use syncro_client::{
    ErrorKind, FileUrl, LocationQuantityId, PhotoId, ProductId, ProductSerial, ProductSerialFilter,
    ProductSerialId, ProductSkuId, SerialAttachment, SerialLineKind, SerialStatus, VendorId,
};
use wiremock::matchers::query_param;

use crate::support::{answer_text, client, fixture, on, server, with_body};
use crate::trade::{gives, refused, some};

const PRODUCT: ProductId = ProductId::new(12);
const SERIAL: ProductSerialId = ProductSerialId::new(6);
const SKU: ProductSkuId = ProductSkuId::new(2);
const VENDOR: VendorId = VendorId::new(3);

#[tokio::test]
async fn serial_numbers_are_listed_by_where_they_are() {
    let server = server().await;
    let request = on("GET", "/products/12/product_serials")
        .and(query_param("status", "in_stock"))
        .and(query_param("page", "1"));
    let text = fixture("samples/GET_products__product_id__product_serials_200.json");
    answer_text(&server, request, 200, &text).await;
    let client = client(&server);
    let filter = ProductSerialFilter::new().status(SerialStatus::InStock);
    let page = client
        .product_serials()
        .list(PRODUCT, &filter)
        .page(1)
        .await
        .unwrap();
    assert!(page[0].good().unwrap().serial_number.is_some());
}

#[tokio::test]
async fn a_serial_number_goes_out_with_cents_and_comes_back_with_decimals() {
    let request = with_body(
        on("POST", "/products/12/product_serials"),
        &json!({"serial_number": "SN-1", "price_cost_cents": 150, "condition": "Nieuw"}),
    );
    let serial = ProductSerial {
        serial_number: some("SN-1"),
        price_cost_cents: Some(150.into()),
        condition: some("Nieuw"),
        status: some("read only, so not sent"),
        ..ProductSerial::default()
    };
    let body = json!({"product_serial": {"id": 6, "serial_number": "SN-1", "status": "In Stock",
        "instance_price_cost": 1.5, "line_item_id": null}});
    let made = gives(request, body, async |client| {
        client.product_serials().create(PRODUCT, &serial).await
    })
    .await;
    assert_eq!(made.instance_price_cost.unwrap().to_string(), "1.5");
    assert_eq!(made.status, some("In Stock"));
}

#[tokio::test]
async fn a_serial_number_is_changed_or_refused() {
    let change = ProductSerial {
        notes: some("Deuk"),
        ..ProductSerial::default()
    };
    let request = with_body(
        on("PUT", "/products/12/product_serials/6"),
        &json!({"notes": "Deuk"}),
    );
    let body = json!({"product_serial": {"id": 6}});
    let serial = gives(request, body, async |client| {
        client
            .product_serials()
            .update(PRODUCT, SERIAL, &change)
            .await
    })
    .await;
    assert_eq!(serial.id, Some(SERIAL));

    let taken = json!({"success": false, "message": ["Serial number has already been taken"]});
    for (verb, route) in [
        ("POST", "/products/12/product_serials"),
        ("PUT", "/products/12/product_serials/6"),
    ] {
        let error = refused(on(verb, route), 422, taken.clone(), async |client| {
            let serials = client.product_serials();
            if verb == "POST" {
                serials.create(PRODUCT, &change).await
            } else {
                serials.update(PRODUCT, SERIAL, &change).await
            }
        })
        .await;
        assert!(error.message().contains("already been taken"), "{error}");
    }
}

fn attachment() -> SerialAttachment {
    SerialAttachment {
        record_type: Some(SerialLineKind::TicketLineItem),
        line_item_id: Some(9),
        product_serial_ids: Some(vec![SERIAL]),
        ..SerialAttachment::default()
    }
}

#[tokio::test]
async fn serial_numbers_are_put_on_a_line() {
    let request = with_body(
        on("POST", "/products/12/product_serials/attach_to_line_item"),
        &json!({"record_type": "TicketLineItem", "line_item_id": 9, "product_serial_ids": [6]}),
    );
    gives(request, json!({"status": "attached"}), async |client| {
        client
            .product_serials()
            .attach(PRODUCT, &attachment())
            .await
    })
    .await;
}

#[tokio::test]
async fn a_refusal_that_calls_itself_attached_is_an_error() {
    let body = json!({"status": "attached", "errors": "One is used, please try again."});
    let request = on("POST", "/products/12/product_serials/attach_to_line_item");
    let error = refused(request, 422, body.clone(), async |client| {
        client
            .product_serials()
            .attach(PRODUCT, &attachment())
            .await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
    let request = on("POST", "/products/12/product_serials/attach_to_line_item");
    let error = refused(request, 200, body, async |client| {
        client
            .product_serials()
            .attach(PRODUCT, &attachment())
            .await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn article_numbers_of_vendors_are_listed() {
    let request = on("GET", "/products/12/product_skus");
    let body = json!({"product_skus": [{"id": 2, "vendor_name": "Polar", "sku": "P-290"}]});
    let skus = gives(request, body, async |client| {
        client.product_skus().list(PRODUCT).await
    })
    .await;
    assert_eq!(skus[0].sku, some("P-290"));
    let request = on("GET", "/products/12/product_skus");
    let error = refused(request, 404, json!(""), async |client| {
        client.product_skus().list(PRODUCT).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn an_article_number_is_written_as_value_and_read_as_sku() {
    let sent = json!({"vendor_id": 3, "value": "P-290"});
    let body = json!({"product_sku": {"id": 2, "vendor_name": "Polar", "sku": "P-290"}});
    let request = with_body(on("POST", "/products/12/product_skus"), &sent);
    let made = gives(request, body.clone(), async |client| {
        client.product_skus().create(PRODUCT, VENDOR, "P-290").await
    })
    .await;
    assert_eq!((made.id, made.sku), (Some(SKU), some("P-290")));
    let request = with_body(on("PUT", "/products/12/product_skus/2"), &sent);
    gives(request, body, async |client| {
        client
            .product_skus()
            .update(PRODUCT, SKU, VENDOR, "P-290")
            .await
    })
    .await;
}

#[tokio::test]
async fn a_refusal_with_status_400_is_a_validation_error() {
    let body = json!({"message": ["Vendor is blank", "Value is blank"]});
    let request = on("POST", "/products/12/product_skus");
    let error = refused(request, 400, body.clone(), async |client| {
        client.product_skus().create(PRODUCT, VENDOR, "").await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.message().contains("Value is blank"));
    let request = on("PUT", "/products/12/product_skus/2");
    let error = refused(request, 400, body, async |client| {
        client.product_skus().update(PRODUCT, SKU, VENDOR, "").await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn how_many_lie_at_a_location_is_set() {
    let request = with_body(
        on("PUT", "/products/12/location_quantities"),
        &json!({"location_quantity_id": 8, "quantity": 99}),
    );
    let body = json!({"product_id": 12, "id": 8, "quantity": 99, "price_cost_cents": null,
        "location_id": 1, "desired_stock_level": 0});
    let at = LocationQuantityId::new(8);
    let set = gives(request, body, async |client| {
        client
            .products()
            .set_location_quantity(PRODUCT, at, 99)
            .await
    })
    .await;
    assert_eq!((set.id, set.quantity), (Some(at), Some(99)));
    let request = on("PUT", "/products/12/location_quantities");
    let error = refused(request, 404, json!(""), async |client| {
        client
            .products()
            .set_location_quantity(PRODUCT, at, 99)
            .await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn pictures_are_fetched_later() {
    let picture = [FileUrl::new("https://example.com/a.jpg", "a.jpg")];
    let request = with_body(
        on("POST", "/products/12/add_images"),
        &json!({"files": [{"url": "https://example.com/a.jpg", "filename": "a.jpg"}]}),
    );
    let said = json!({"message": "Komt zo"});
    let done = gives(request, said, async |client| {
        client.products().add_images(PRODUCT, &picture).await
    })
    .await;
    assert_eq!(done.message, some("Komt zo"));
    let body = json!({"error": "Please pass 'url' & 'filename'."});
    let request = on("POST", "/products/12/add_images");
    let error = refused(request, 422, body, async |client| {
        client.products().add_images(PRODUCT, &[]).await
    })
    .await;
    assert!(error.message().contains("Please pass"));
}

#[tokio::test]
async fn a_picture_is_deleted_by_a_parameter() {
    let photo = PhotoId::new(5);
    let request = on("DELETE", "/products/12/delete_image").and(query_param("photo_id", "5"));
    gives(request, json!({"message": "Weg"}), async |client| {
        client.products().delete_image(PRODUCT, photo).await
    })
    .await;
    let request = on("DELETE", "/products/12/delete_image");
    let body = json!({"message": "Photo Not Found."});
    let error = refused(request, 404, body, async |client| {
        client.products().delete_image(PRODUCT, photo).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.message().contains("Photo Not Found"));
}
