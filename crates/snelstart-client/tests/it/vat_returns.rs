use snelstart_client::{VatReturn, VatReturnPeriod, VatReturnStatus};
use wiremock::ResponseTemplate;
use wiremock::matchers::query_param;

use crate::book::{VAT_RETURN, at, eur, of};
use crate::support::{answer, client, on, server, with_body};

#[tokio::test]
async fn vat_returns_are_listed_by_status() {
    let server = server().await;
    let request = on("GET", "/btwaangiftes").and(query_param(
        "$filter",
        "BtwAangifteStatus eq 'NietVerzonden'",
    ));
    answer(&server, request, 200, "vat_returns/list.json").await;
    let page = client(&server)
        .vat_returns()
        .list()
        .filter(VatReturn::fields().status().eq(VatReturnStatus::NotSent))
        .page()
        .await
        .unwrap();
    assert_eq!(page[0].good().unwrap().id, Some(of(VAT_RETURN)));
}

#[tokio::test]
async fn a_vat_return_is_fetched_with_all_its_boxes() {
    let server = server().await;
    let path = format!("/btwaangiftes/{VAT_RETURN}");
    answer(&server, on("GET", &path), 200, "vat_returns/one.json").await;
    let found = client(&server)
        .vat_returns()
        .get(&of(VAT_RETURN))
        .await
        .unwrap();
    assert_eq!(found.period, Some(VatReturnPeriod::Quarter));
    assert_eq!(found.pay_before, at("2026-04-30T00:00:00"));
    assert_eq!(found.sent_on, None);
    assert_eq!(found.is_estimate, Some(true));
    assert_eq!(found.high_percentage, eur("21.0"));
    assert_eq!(found.payment_reference.as_deref(), Some("9122334455667788"));
    let year = found.financial_year.as_ref().unwrap();
    assert_eq!(year.end_date, at("2026-12-31T00:00:00"));
    let first = found.box_1a.as_ref().unwrap();
    assert_eq!((first.vat, first.turnover), (Some(100), Some(1000)));
    assert_eq!(first.estimated_vat, Some(7));
    let last = found.box_5g.as_ref().unwrap();
    assert_eq!((last.vat, last.turnover), (Some(117), Some(1017)));
    assert_eq!(
        (last.estimated_vat, last.estimated_turnover),
        (None, Some(-17))
    );
}

#[tokio::test]
async fn a_vat_return_filed_elsewhere_is_marked_so() {
    let server = server().await;
    let path = format!("/btwaangiftes/{VAT_RETURN}/externAangeven");
    with_body(on("PUT", &path), "vat_returns/filing_request.json")
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    client(&server)
        .vat_returns()
        .declare_externally(&of(VAT_RETURN), true)
        .await
        .unwrap();
}
