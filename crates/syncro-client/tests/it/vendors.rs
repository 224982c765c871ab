use futures_util::TryStreamExt as _;
use serde_json::json;
use syncro_client::{Vendor, VendorId};
use wiremock::matchers::query_param;

use crate::support::{answer, client, on, server, with_body};

#[tokio::test]
async fn a_vendor_is_made_flat_read_and_changed() {
    let server = server().await;
    let stored = json!({"vendor": {
        "id": 41, "name": "Cable & Co", "account_number": null,
        "updated_at": "2026-05-04T08:00:00.250Z"
    }});
    let create = with_body(on("POST", "/vendors"), &json!({"name": "Cable & Co"}));
    answer(&server, create, 200, &stored).await;
    answer(&server, on("GET", "/vendors/41"), 200, &stored).await;
    let update = with_body(
        on("PUT", "/vendors/41"),
        &json!({"notes": null, "phone": "5550100"}),
    );
    answer(&server, update, 200, &stored).await;

    let client = client(&server);
    let vendor = Vendor {
        id: Some(VendorId::new(7)),
        name: Some("Cable & Co".to_owned()),
        ..Vendor::default()
    };
    let made = client.vendors().create(&vendor).await.unwrap();
    assert_eq!(made.id, Some(VendorId::new(41)));
    let read = client.vendors().get(VendorId::new(41)).await.unwrap();
    assert_eq!(read, made);
    let change = Vendor {
        phone: Some("5550100".to_owned()),
        ..Vendor::default()
    };
    let change = change.clear("notes");
    client
        .vendors()
        .update(VendorId::new(41), &change)
        .await
        .unwrap();
}

#[tokio::test]
async fn vendors_are_listed_page_by_page() {
    let server = server().await;
    let page = on("GET", "/vendors").and(query_param("page", "1"));
    let body = json!({
        "vendors": [{"id": 1, "name": "A"}, {"id": 2, "name": "B"}],
        "meta": {"total_pages": 1, "page": 1}
    });
    answer(&server, page, 200, &body).await;
    let client = client(&server);
    let vendors: Vec<_> = client
        .vendors()
        .list()
        .records()
        .try_collect()
        .await
        .unwrap();
    let names: Vec<_> = vendors
        .iter()
        .filter_map(|vendor| vendor.good()?.name.as_deref())
        .collect();
    assert_eq!(names, ["A", "B"]);
}
