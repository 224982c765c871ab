use rust_decimal::Decimal;
use snelstart_client::{Aggregate, Apply, ErrorKind, Group, LedgerId, LedgerMutation, Measure};
use wiremock::matchers::{query_param, query_param_is_missing};

use crate::book::{CUSTOMER, JOURNAL, LEDGER, MUTATION, OTHER_LEDGER, at, eur, of};
use crate::support::{answer, client, on, server};

#[tokio::test]
async fn payments_on_a_ledger_are_asked_for_by_balance_and_change() {
    let server = server().await;
    let filter = format!(
        "((Grootboek/Id eq guid'{LEDGER}') and (Saldo lt 0)) and (ModifiedOn gt datetime'2026-03-20T00:00:00')"
    );
    let request = on("GET", "/grootboekmutaties")
        .and(query_param("$filter", filter))
        .and(query_param_is_missing("$apply"));
    answer(&server, request, 200, "ledger_mutations/list.json").await;
    let fields = LedgerMutation::fields();
    let filter = fields
        .ledger()
        .id()
        .eq(of::<LedgerId>(LEDGER))
        .and(fields.balance().lt(Decimal::ZERO))
        .and(fields.modified_on().gt(at("2026-03-20T00:00:00").unwrap()));
    let page = client(&server)
        .ledger_mutations()
        .list()
        .filter(filter)
        .page()
        .await
        .unwrap();
    let mutation = page[0].good().unwrap();
    assert_eq!(mutation.id, Some(of(MUTATION)));
    assert_eq!(mutation.balance, eur("-242.0"));
    assert_eq!(mutation.credit, eur("242.0"));
    assert_eq!(mutation.invoice_number.as_deref(), Some("20260117"));
    assert_eq!(mutation.journal.as_ref().unwrap().id, Some(of(JOURNAL)));
    assert_eq!(mutation.relation.as_ref().unwrap().id, Some(of(CUSTOMER)));
    assert_eq!(mutation.cost_centre, None);
}

#[tokio::test]
async fn one_mutation_is_fetched() {
    let server = server().await;
    let path = format!("/grootboekmutaties/{MUTATION}");
    answer(&server, on("GET", &path), 200, "ledger_mutations/one.json").await;
    let mutation = client(&server)
        .ledger_mutations()
        .get(&of(MUTATION))
        .await
        .unwrap();
    assert_eq!(mutation.date, at("2026-03-19T00:00:00"));
    assert_eq!(mutation.description.as_deref(), Some("Betaling 20260117"));
}

#[tokio::test]
async fn sums_are_worked_out_by_the_server_and_read_exactly() {
    let server = server().await;
    let request = on("GET", "/grootboekmutaties")
        .and(query_param(
            "$apply",
            "groupby((Grootboek),aggregate(Saldo with sum as SaldoSum))",
        ))
        .and(query_param("$filter", "year(Datum) eq 2026"));
    answer(&server, request, 200, "ledger_mutations/by_ledger.json").await;
    let rows = client(&server)
        .ledger_mutations()
        .apply(
            &Apply::group_by(Group::Ledger).aggregate(Measure::Balance, Aggregate::Sum),
            Some(LedgerMutation::fields().date().year(2026)),
        )
        .await
        .unwrap();
    assert_eq!(rows[0].value(), eur("-1234567.89"));
    assert_eq!(rows[0].group_id(Group::Ledger), Some(of(LEDGER)));
    assert_eq!(rows[1].value(), eur("0.10"));
    assert_eq!(rows[1].group_id(Group::Ledger), Some(of(OTHER_LEDGER)));
    assert_eq!(rows[2].value(), None);
    assert_eq!(rows[2].group(Group::Ledger), None);
}

#[tokio::test]
async fn a_sum_over_everything_needs_no_filter() {
    let server = server().await;
    let request = on("GET", "/grootboekmutaties")
        .and(query_param(
            "$apply",
            "aggregate(Debet with max as DebetMax)",
        ))
        .and(query_param_is_missing("$filter"));
    answer(&server, request, 200, "ledger_mutations/largest.json").await;
    let rows = client(&server)
        .ledger_mutations()
        .apply(&Apply::aggregate_all(Measure::Debit, Aggregate::Max), None)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].value(), eur("98765.40"));
}

#[tokio::test]
async fn an_answer_without_the_sum_is_an_error_and_not_nothing() {
    let server = server().await;
    answer(
        &server,
        on("GET", "/grootboekmutaties"),
        200,
        "ledger_mutations/list.json",
    )
    .await;
    let failed = client(&server)
        .ledger_mutations()
        .apply(
            &Apply::aggregate_all(Measure::Credit, Aggregate::Average),
            None,
        )
        .await
        .unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Decode);
}

#[test]
fn groups_and_sums_are_written_as_the_server_reads_them() {
    let by_two = Apply::group_by(Group::CostCentre)
        .and_by(Group::Journal)
        .and_by(Group::CostCentre);
    assert_eq!(by_two.to_string(), "groupby((Kostenplaats,Dagboek))");
    assert_eq!(
        by_two.aggregate(Measure::Debit, Aggregate::Min).to_string(),
        "groupby((Kostenplaats,Dagboek),aggregate(Debet with min as DebetMin))"
    );
}
