use snelstart_client::{ArticleGroup, PriceAgreement, PriceSource, PriceStatus, VatKind};
use wiremock::matchers::query_param;

use crate::support::{answer, answer_text, client, fixture, on, server};
use crate::trade::{ARTICLE, GROUP, RELATION, amount, at, of};

#[tokio::test]
async fn an_agreed_price_is_asked_for_by_its_article() {
    let server = server().await;
    let filter = format!("Artikel/Id eq guid'{ARTICLE}'");
    let request = on("GET", "/prijsafspraken").and(query_param("$filter", filter));
    answer(&server, request, 200, "price_agreements/list.json").await;
    let page = client(&server)
        .price_agreements()
        .of(&of(ARTICLE))
        .page()
        .await
        .unwrap();
    let agreed = page[0].good().unwrap();
    assert_eq!(agreed.price, amount("3.05"));
    assert_eq!(agreed.base_price, amount("3.45"));
    assert_eq!(agreed.quantity, amount("150.0"));
    assert_eq!(agreed.source, Some(PriceSource::ArticleAndCustomer));
    assert_eq!(agreed.from, at("2026-01-01T00:00:00"));
    assert_eq!(agreed.until, None);
    assert!(agreed.other.is_empty(), "{:?}", agreed.other);
}

#[tokio::test]
async fn a_price_is_asked_for_a_customer_a_day_and_a_quantity_beside_its_article() {
    let server = server().await;
    let filter = format!(
        "(Artikel/Id eq guid'{ARTICLE}') and (((Relatie/Id eq guid'{RELATION}') and (Aantal eq 150)) and (Datum eq datetime'2026-03-01T00:00:00'))"
    );
    let request = on("GET", "/prijsafspraken").and(query_param("$filter", filter));
    answer(&server, request, 200, "price_agreements/list.json").await;
    let fields = PriceAgreement::fields();
    let wanted = fields
        .relation()
        .id()
        .eq(of::<snelstart_client::RelationId>(RELATION))
        .and(fields.quantity().eq(150))
        .and(fields.date().eq(at("2026-03-01T00:00:00").unwrap()));
    let page = client(&server)
        .price_agreements()
        .of(&of(ARTICLE))
        .filter(wanted)
        .page()
        .await
        .unwrap();
    assert_eq!(page.len(), 1);
}

#[tokio::test]
async fn promotions_are_listed() {
    let server = server().await;
    answer(
        &server,
        on("GET", "/actieprijzen"),
        200,
        "promotions/list.json",
    )
    .await;
    let page = client(&server).promotions().list().page().await.unwrap();
    let promotion = page[0].good().unwrap();
    assert_eq!(
        promotion.description.as_deref(),
        Some("Voorjaar aan de kade")
    );
    assert_eq!(promotion.status, Some(PriceStatus::Planned));
    let article = &promotion.articles.as_ref().unwrap()[0];
    assert_eq!(article.steps.as_ref().unwrap()[0].price, amount("3.01875"));
}

#[tokio::test]
async fn article_groups_are_listed_and_fetched() {
    let server = server().await;
    answer(
        &server,
        on("GET", "/artikelomzetgroepen"),
        200,
        "article_groups/list.json",
    )
    .await;
    let list = fixture("article_groups/list.json");
    let one = list.trim().trim_start_matches('[').trim_end_matches(']');
    answer_text(
        &server,
        on("GET", &format!("/artikelomzetgroepen/{GROUP}")),
        200,
        one,
    )
    .await;
    let client = client(&server);
    let groups = client.article_groups().list().await.unwrap();
    let check = |group: &ArticleGroup| {
        assert_eq!(group.id, Some(of(GROUP)));
        assert_eq!(group.number, Some(3));
        assert_eq!(group.sales_vat, Some(VatKind::High));
        assert!(group.sales_ledger.as_ref().unwrap().id.is_some());
    };
    check(&groups[0]);
    check(&client.article_groups().get(&of(GROUP)).await.unwrap());
}
