use serde_json::json;
use snelstart_client::{Article, CustomFieldUpdate, Guarded, PriceEntry, PriceStatus, Ref};
use wiremock::matchers::{body_json, query_param, query_param_is_missing};

use crate::support::{answer, answer_text, client, fixture, on, server};
use crate::trade::{ARTICLE, GROUP, RELATION, amount, at, of};

#[tokio::test]
async fn an_article_is_read_with_every_digit_of_its_price() {
    let server = server().await;
    let request =
        on("GET", &format!("/artikelen/{ARTICLE}")).and(query_param_is_missing("relatieId"));
    answer(&server, request, 200, "articles/article.json").await;
    let article = client(&server).articles().get(&of(ARTICLE)).await.unwrap();
    assert_eq!(article.id, Some(of(ARTICLE)));
    assert_eq!(article.price.unwrap().to_string(), "3.4500");
    assert_eq!(article.cost, amount("1.825"));
    assert_eq!(article.stock, amount("412.75"));
    assert_eq!(article.free_stock, amount("-3.0"));
    assert_eq!(article.modified_on, at("2026-02-27T16:05:59.02"));
    assert_eq!(article.group.as_ref().unwrap().id, Some(of(GROUP)));
    assert_eq!(article.parts.as_ref().unwrap()[0].quantity, amount("2.5"));
    assert_eq!(article.extra_fields.as_ref().unwrap().len(), 3);
    assert!(article.other.is_empty(), "{:?}", article.other);
}

#[tokio::test]
async fn an_article_is_read_at_a_customers_price() {
    let server = server().await;
    let request = on("GET", &format!("/artikelen/{ARTICLE}"))
        .and(query_param("relatieId", RELATION))
        .and(query_param("aantal", "150"));
    let text = fixture("articles/article.json").replace("3.4500", "3.05");
    answer_text(&server, request, 200, &text).await;
    let article = client(&server)
        .articles()
        .get_for(&of(ARTICLE), &of(RELATION), Some(150))
        .await
        .unwrap();
    assert_eq!(article.price, amount("3.05"));
}

#[tokio::test]
async fn articles_are_listed_at_a_customers_price_25_at_a_time() {
    let server = server().await;
    let request = on("GET", "/artikelen")
        .and(query_param("relatieId", RELATION))
        .and(query_param("aantal", "150"))
        .and(query_param("$top", "25"))
        .and(query_param("$filter", "IsNonActief eq false"));
    answer_text(
        &server,
        request,
        200,
        &format!("[{}]", fixture("articles/article.json")),
    )
    .await;
    let page = client(&server)
        .articles()
        .list_for(&of(RELATION), Some(150))
        .filter(Article::fields().inactive().eq(false))
        .page()
        .await
        .unwrap();
    assert_eq!(page.iter().filter_map(Guarded::good).count(), 1);
}

#[tokio::test]
async fn articles_are_listed_at_their_own_price() {
    let server = server().await;
    let request = on("GET", "/artikelen").and(query_param_is_missing("relatieId"));
    answer_text(
        &server,
        request,
        200,
        &format!("[{}]", fixture("articles/article.json")),
    )
    .await;
    let page = client(&server).articles().list().page().await.unwrap();
    assert_eq!(page[0].good().unwrap().code.as_deref(), Some("70010"));
}

#[tokio::test]
async fn an_article_is_created_replaced_and_deleted() {
    let server = server().await;
    let sent = json!({
        "artikelcode": "70020", "omschrijving": "Bolder", "verkoopprijs": 149.95,
        "artikelOmzetgroep": {"id": GROUP}, "voorraadControle": true,
    });
    let mut replaced = sent.clone();
    replaced["id"] = json!(ARTICLE);
    let request = on("POST", "/artikelen").and(body_json(&sent));
    answer(&server, request, 201, "articles/article.json").await;
    let request = on("PUT", &format!("/artikelen/{ARTICLE}")).and(body_json(&replaced));
    answer(&server, request, 200, "articles/article.json").await;
    answer_text(
        &server,
        on("DELETE", &format!("/artikelen/{ARTICLE}")),
        200,
        "",
    )
    .await;
    let article = Article {
        code: Some("70020".to_owned()),
        description: Some("Bolder".to_owned()),
        price: amount("149.95"),
        group: Some(Ref::to(of(GROUP))),
        keeps_stock: Some(true),
        stock: amount("9"),
        is_composed: Some(true),
        ..Article::default()
    };
    let client = client(&server);
    let made = client.articles().create(&article).await.unwrap();
    assert_eq!(made.id, Some(of(ARTICLE)));
    client
        .articles()
        .replace(&of(ARTICLE), &article)
        .await
        .unwrap();
    client.articles().delete(&of(ARTICLE)).await.unwrap();
}

#[tokio::test]
async fn a_change_of_an_article_keeps_the_rest_and_every_digit() {
    let server = server().await;
    answer(
        &server,
        on("GET", &format!("/artikelen/{ARTICLE}")),
        200,
        "articles/article.json",
    )
    .await;
    let sent = json!({
        "artikelcode": "70010", "omschrijving": "Tros, 12 mm", "verkoopprijs": 3.45, "inkoopprijs": 1.825,
        "artikelOmzetgroep": {"id": GROUP}, "eenheid": "m", "relatie": null, "isNonActief": false,
        "voorraadControle": true, "id": ARTICLE,
        "extraVelden": [
            {"naam": "kleur", "waarde": "wit"}, {"naam": "rek", "waarde": 7}, {"naam": "gevlochten", "waarde": false},
        ],
    });
    let request = on("PUT", &format!("/artikelen/{ARTICLE}")).and(body_json(sent));
    answer(&server, request, 200, "articles/article.json").await;
    let change = Article {
        description: Some("Tros, 12 mm".to_owned()),
        ..Article::default()
    };
    client(&server)
        .articles()
        .revise(&of(ARTICLE), &change)
        .await
        .unwrap();
    let put = server.received_requests().await.unwrap().pop().unwrap();
    let body = String::from_utf8(put.body).unwrap();
    assert!(body.contains(r#""verkoopprijs":3.4500"#), "{body}");
}

#[tokio::test]
async fn custom_fields_of_an_article_are_read_and_set() {
    let server = server().await;
    let path = format!("/artikelen/{ARTICLE}/customFields");
    answer(
        &server,
        on("GET", &path),
        200,
        "articles/custom_fields.json",
    )
    .await;
    let request = on("PUT", &path).and(body_json(json!([{"name": "kleur", "value": "zwart"}])));
    answer(&server, request, 200, "articles/custom_fields.json").await;
    let client = client(&server);
    let fields = client.articles().custom_fields(&of(ARTICLE)).await.unwrap();
    let colour = &fields[0];
    let definition = colour.definition.as_ref().unwrap();
    assert_eq!(
        (definition.x_position, definition.y_position),
        (Some(8), Some(40))
    );
    assert_eq!(fields[1].value.as_ref().unwrap().to_string(), "310.5000");
    let stored = client
        .articles()
        .set_custom_fields(&of(ARTICLE), &[CustomFieldUpdate::set("kleur", "zwart")])
        .await
        .unwrap();
    assert_eq!(stored.len(), 2);
}

#[tokio::test]
async fn what_is_agreed_about_prices_is_listed() {
    let server = server().await;
    let request = on("GET", "/artikelen/prijsafspraken").and(query_param("$top", "25"));
    answer(&server, request, 200, "articles/price_agreements.json").await;
    let page = client(&server)
        .articles()
        .price_agreements()
        .page()
        .await
        .unwrap();
    let agreed = page[0].good().unwrap();
    assert_eq!(agreed.article_code.as_deref(), Some("70010"));
    let customer = &agreed.customers.as_ref().unwrap()[0];
    assert_eq!(customer.relation, Some(of(RELATION)));
    assert_eq!(customer.entry, Some(PriceEntry::TieredAmount));
    assert_eq!(customer.status, Some(PriceStatus::Active));
    assert_eq!(customer.until, None);
    assert_eq!(customer.steps.as_ref().unwrap()[1].price, amount("3.05"));
}
