use snelstart_client::{CountryCode, ErrorKind, SendOutcome, VatRateDefinition, VatRates};
use wiremock::matchers::query_param;

use crate::book::{day, eur, of};
use crate::support::{answer, client, on, server};

#[tokio::test]
async fn vat_rates_of_all_countries_are_listed() {
    let server = server().await;
    let request = on("GET", "/vatrates").and(query_param("$filter", "CountryCode ne 'NLD'"));
    answer(&server, request, 200, "vat_rates/list.json").await;
    let page = client(&server)
        .vat_rates()
        .list()
        .filter(VatRates::fields().country_code().ne("NLD"))
        .page()
        .await
        .unwrap();
    let belgium = page[0].good().unwrap();
    assert_eq!(belgium.country_code.as_deref(), Some("BEL"));
    let rates = belgium.vat_rates.as_ref().unwrap();
    assert_eq!(rates[1].rate_code.as_deref(), Some("RR1"));
    assert_eq!(rates[1].rate, eur("6.0"));
}

#[tokio::test]
async fn the_rates_of_one_country_are_chosen_by_the_day() {
    let server = server().await;
    answer(
        &server,
        on("GET", "/vatrates/FIN"),
        200,
        "vat_rates/one.json",
    )
    .await;
    let code: CountryCode = of("fin");
    let rates = client(&server).vat_rates().get(&code).await.unwrap();
    assert_eq!(rates.rate_on("SR", day("2024-08-31")), eur("24.0"));
    assert_eq!(rates.rate_on("SR", day("2024-09-01")), eur("25.5"));
    assert_eq!(rates.rate_on("SR", day("2019-12-31")), None);
    assert_eq!(rates.rate_on("RR9", day("2024-09-01")), None);
}

#[test]
fn a_country_code_has_three_letters() {
    for wrong in ["", "NL", "NLDX", "N/D", "N D", "ÑLD", "../"] {
        assert!(wrong.parse::<CountryCode>().is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn the_names_of_the_rates_are_listed() {
    let server = server().await;
    let request = on("GET", "/vatratedefinitions").and(query_param("$filter", "RateCode eq 'SR'"));
    answer(&server, request, 200, "vat_rates/definitions.json").await;
    let page = client(&server)
        .vat_rate_definitions()
        .list()
        .filter(VatRateDefinition::fields().rate_code().eq("SR"))
        .page()
        .await
        .unwrap();
    assert_eq!(page.len(), 1);
    let standard = page[0].good().unwrap();
    assert_eq!(standard.name.as_deref(), Some("Standard Rate"));
    assert_eq!(standard.short_name.as_deref(), Some("Std"));
}

#[tokio::test]
async fn a_report_that_ends_before_it_starts_is_not_asked_for() {
    let server = server().await;
    let refused = client(&server)
        .reports()
        .column_balance(day("2026-12-31"), day("2026-01-01"))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Validation);
    assert_eq!(refused.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn the_column_balance_keeps_every_cent() {
    let server = server().await;
    let request = on("GET", "/rapportages/kolommenbalans")
        .and(query_param("start", "2026-01-01T00:00:00"))
        .and(query_param("end", "2026-12-31T00:00:00"));
    answer(&server, request, 200, "reports/column_balance.json").await;
    let rows = client(&server)
        .reports()
        .column_balance(day("2026-01-01"), day("2026-12-31"))
        .await
        .unwrap();
    let row = &rows[0];
    assert_eq!(row.ledger_number, Some(8000));
    assert_eq!(row.profit_and_loss_credit, eur("98765432109.87"));
    assert_eq!(row.profit_and_loss_debit, eur("0.0"));
    assert_eq!((row.balance_debit, row.balance_credit), (eur("0"), None));
}

#[tokio::test]
async fn the_period_balance_begins_and_ends_with_a_balance() {
    let server = server().await;
    let request = on("GET", "/rapportages/periodebalans")
        .and(query_param("start", "2026-03-01T00:00:00"))
        .and(query_param("end", "2026-03-01T00:00:00"));
    answer(&server, request, 200, "reports/period_balance.json").await;
    let rows = client(&server)
        .reports()
        .period_balance(day("2026-03-01"), day("2026-03-01"))
        .await
        .unwrap();
    let row = &rows[0];
    assert_eq!(row.period_start_balance, eur("1000.00"));
    assert_eq!(row.period_end_balance, eur("1150.15"));
    assert_eq!(row.year_start_balance, eur("-3.5"));
    assert_eq!((row.debit, row.credit), (eur("250.25"), eur("100.10")));
}
