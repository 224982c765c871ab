use serde_json::{Value, json};
use syncro_client::{ErrorKind, Order, Product, ProductFilter, ProductId};
use wiremock::matchers::query_param;

use crate::support::{answer, answer_text, client, fixture, on, server, with_body};
use crate::trade::{gives, refused, some};

const ID: ProductId = ProductId::new(12);

fn stored() -> Value {
    json!({"product": {
        "id": 12, "name": "Koelmiddel", "description": "R290, per kilo", "price_cost": 0.01,
        "price_retail": 24.95, "price_wholesale": 0, "quantity": 100, "maintain_stock": true,
        "disabled": false, "taxable": true, "serialized": false, "discount_percent": "2.5",
        "upc_code": null, "vendor_ids": [3], "category_path": "Koeling",
        "product_skus": [{"id": 1, "vendor_name": "Polar", "sku": "P-290"}],
        "location_quantities": [{"id": 8, "quantity": 100}], "photos": []
    }})
}

#[tokio::test]
async fn products_are_listed_by_every_parameter_and_in_order() {
    let server = server().await;
    let request = on("GET", "/products")
        .and(query_param("query", "koel"))
        .and(query_param("sku", "P-290"))
        .and(query_param("name", "Koelmiddel"))
        .and(query_param("upc_code", "871"))
        .and(query_param("category_id", "2"))
        .and(query_param("id[]", "12"))
        .and(query_param("id_not[]", "13"))
        .and(query_param("sort", "name DESC"));
    let text = fixture("samples/GET_products_200.json");
    answer_text(&server, request, 200, &text).await;
    let client = client(&server);
    let filter = ProductFilter::new()
        .query("koel")
        .sku("P-290")
        .name("Koelmiddel")
        .upc_code("871")
        .category_id(2)
        .ids([ID])
        .except([ProductId::new(13)])
        .sort(("name", Order::Desc));
    let page = client.products().list(&filter).page(1).await.unwrap();
    assert!(page[0].good().unwrap().price_retail.is_some());
}

#[tokio::test]
async fn a_product_is_read_with_every_digit_of_its_prices() {
    let product = gives(on("GET", "/products/12"), stored(), async |client| {
        client.products().get(ID).await
    })
    .await;
    assert_eq!(product.price_cost.unwrap().to_string(), "0.01");
    assert_eq!(product.price_retail.unwrap().to_string(), "24.95");
    assert_eq!(product.discount_percent.unwrap().to_string(), "2.5");
    assert_eq!(product.product_skus.unwrap()[0].sku, some("P-290"));
    assert_eq!(product.location_quantities.unwrap()[0].quantity, Some(100));
    assert!(product.other.is_empty());
}

#[tokio::test]
async fn a_product_that_is_not_there_is_not_found() {
    let error = refused(on("GET", "/products/12"), 404, json!(""), async |client| {
        client.products().get(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_product_is_found_by_its_barcode_or_not() {
    let request = on("GET", "/products/barcode").and(query_param("barcode", "871 9"));
    let product = gives(request, stored(), async |client| {
        client.products().by_barcode("871 9").await
    })
    .await;
    assert_eq!(product.id, Some(ID));
    let request = on("GET", "/products/barcode");
    let error = refused(request, 404, json!(""), async |client| {
        client.products().by_barcode("0").await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_new_product_sends_what_is_set() {
    let request = with_body(
        on("POST", "/products"),
        &json!({"name": "Koelmiddel", "description": "R290", "price_retail": 24.95,
            "category_ids": [2], "product_skus_attributes": [{"vendor_id": 3, "value": "P-290"}]}),
    );
    let product = Product {
        name: some("Koelmiddel"),
        description: some("R290"),
        price_retail: "24.95".parse().ok(),
        category_ids: Some(vec![2.into()]),
        new_skus: Some(vec![syncro_client::ProductSku::new(3.into(), "P-290")]),
        category_path: some("read only, so not sent"),
        ..Product::default()
    };
    let made = gives(request, stored(), async |client| {
        client.products().create(&product).await
    })
    .await;
    assert_eq!(made.id, Some(ID));
}

#[tokio::test]
async fn a_refused_product_says_why_and_not_what_was_sent() {
    let body = json!({"success": false,
        "message": ["Name can't be blank", "Description can't be blank"],
        "params": {"name": "", "notes": "geheime notitie"}});
    let error = refused(on("POST", "/products"), 422, body, async |client| {
        client.products().create(&Product::default()).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.message().contains("Description can't be blank"));
    assert!(
        !format!("{error:?}").contains("geheime notitie"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_plain_change_sends_what_is_set_alone() {
    let request = with_body(
        on("PUT", "/products/12"),
        &json!({"name": "Koelmiddel", "description": "R290"}),
    );
    let change = Product {
        name: some("Koelmiddel"),
        description: some("R290"),
        ..Product::default()
    };
    gives(request, stored(), async |client| {
        client.products().update(ID, &change).await
    })
    .await;
    let body = json!({"success": false, "message": ["Name can't be blank"]});
    let error = refused(on("PUT", "/products/12"), 422, body, async |client| {
        client.products().update(ID, &change).await
    })
    .await;
    assert!(error.message().contains("Name can't be blank"));
}

#[tokio::test]
async fn a_revision_keeps_what_a_plain_change_would_reset() {
    let server = server().await;
    answer(&server, on("GET", "/products/12"), 200, &stored()).await;
    let request = with_body(
        on("PUT", "/products/12"),
        &json!({"name": "Koelmiddel", "description": "R290, per kilo", "price_cost": 0.01,
            "price_retail": 26.00, "price_wholesale": 0, "quantity": 100,
            "maintain_stock": true, "disabled": false, "taxable": true, "serialized": false,
            "discount_percent": 2.5, "vendor_ids": [3]}),
    );
    answer(&server, request, 200, &stored()).await;
    let change = Product {
        price_retail: "26.00".parse().ok(),
        ..Product::default()
    };
    client(&server)
        .products()
        .revise(ID, &change)
        .await
        .unwrap();
}

#[tokio::test]
async fn categories_are_listed() {
    let server = server().await;
    let body = json!({"categories": [{"id": 1, "account_id": 1, "ancestry": null,
        "name": "Koeling", "names_depth_cache": "Koeling"}]});
    answer(&server, on("GET", "/products/categories"), 200, &body).await;
    let client = client(&server);
    let page = client.products().categories().page(1).await.unwrap();
    assert_eq!(page[0].good().unwrap().name, some("Koeling"));
}

#[tokio::test]
async fn categories_take_the_right_to_products() {
    let said = "Not authorized. Please ask account admin to update your group permissions.";
    let request = on("GET", "/products/categories");
    let error = refused(request, 401, json!({"error": said}), async |client| {
        client.products().categories().page(1).await
    })
    .await;
    assert!(
        error
            .help_text()
            .unwrap()
            .contains("Products - List/Search")
    );
}
