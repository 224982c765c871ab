use snelstart_client::{AccountKind, Ledger, LedgerFunction, VatKind};
use wiremock::matchers::query_param;

use crate::book::{LEDGER, of, some};
use crate::support::{answer, client, on, server, with_body};

#[tokio::test]
async fn ledgers_are_listed_by_what_they_are_for() {
    let server = server().await;
    let request = on("GET", "/grootboeken").and(query_param(
        "$filter",
        "Grootboekfunctie eq 'VerkopenOmzetHoog'",
    ));
    answer(&server, request, 200, "ledgers/list.json").await;
    let page = client(&server)
        .ledgers()
        .list()
        .filter(Ledger::fields().function().eq(LedgerFunction::SalesHigh))
        .page()
        .await
        .unwrap();
    assert_eq!(page.len(), 1, "the row that does not match is left out");
    let ledger = page[0].good().unwrap();
    assert_eq!(ledger.number, Some(8000));
    assert_eq!(ledger.cost_centre_required, Some(true));
    assert_eq!(ledger.account_kind, Some(AccountKind::ProfitAndLoss));
    assert_eq!(ledger.function, Some(LedgerFunction::SalesHigh));
    assert_eq!(ledger.section.as_deref(), Some("Opbrengsten"));
    assert_eq!(ledger.vat_kinds, Some(vec![VatKind::High]));
    let rgs = &ledger.rgs_codes.as_ref().unwrap()[0];
    assert_eq!(rgs.version.as_deref(), Some("3.5"));
    assert_eq!(rgs.code.as_deref(), Some("WOmzNohOlh"));
}

#[tokio::test]
async fn a_word_nobody_knows_is_kept() {
    let server = server().await;
    answer(&server, on("GET", "/grootboeken"), 200, "ledgers/list.json").await;
    let page = client(&server).ledgers().list().page().await.unwrap();
    let ledger = page[1].good().unwrap();
    assert_eq!(ledger.function, Some(LedgerFunction::VatPayableLow));
    let kinds = ledger.vat_kinds.as_ref().unwrap();
    assert_eq!(kinds[1], VatKind::Other("Nul".to_owned()));
    assert_eq!(ledger.rgs_codes, None);
    assert_eq!(ledger.modified_on, None);
}

#[tokio::test]
async fn one_ledger_is_fetched() {
    let server = server().await;
    answer(
        &server,
        on("GET", &format!("/grootboeken/{LEDGER}")),
        200,
        "ledgers/one.json",
    )
    .await;
    let ledger = client(&server).ledgers().get(&of(LEDGER)).await.unwrap();
    assert_eq!(ledger.description.as_deref(), Some("Omzet hoog"));
    assert_eq!(ledger.id, Some(of(LEDGER)));
}

#[tokio::test]
async fn a_ledger_is_created_with_exactly_what_is_set() {
    let server = server().await;
    let request = with_body(on("POST", "/grootboeken"), "ledgers/create_request.json");
    answer(&server, request, 201, "ledgers/one.json").await;
    let ledger = Ledger {
        description: some("Omzet België"),
        cost_centre_required: Some(false),
        account_kind: Some(AccountKind::ProfitAndLoss),
        inactive: Some(false),
        number: Some(8451),
        function: Some(LedgerFunction::DistanceSalesInsideEu),
        vat_rate_code: some("SR"),
        section: some("read only, so not sent"),
        vat_kinds: Some(vec![VatKind::High]),
        ..Ledger::default()
    };
    let made = client(&server).ledgers().create(&ledger).await.unwrap();
    assert_eq!(made.id, Some(of(LEDGER)));
}
