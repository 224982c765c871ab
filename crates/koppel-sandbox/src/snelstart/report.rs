//! The two balances of the reports.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::answer::{Answer, Refusal};
use super::resource::Resource;
use super::row::{Cell, Row, read_time};
use super::store::Store;

fn day(text: Option<&str>, name: &str) -> Result<DateTime, Refusal> {
    text.and_then(read_time).ok_or_else(|| {
        let fault = format!("The value of {name} is no date.");
        Refusal::Fields(vec![(name.to_owned(), fault)])
    })
}

#[derive(Default)]
struct Sums {
    before: Decimal,
    year: Decimal,
    debit: Decimal,
    credit: Decimal,
}

/// What each ledger did, by its number.
fn sums<'a>(
    store: &'a Store,
    start: DateTime,
    end: DateTime,
) -> BTreeMap<i64, (Uuid, &'a Row, Sums)> {
    let mut found: BTreeMap<i64, (Uuid, &'a Row, Sums)> = BTreeMap::new();
    for (_, row) in store.table(Resource::LedgerMutations).rows() {
        let Some((id, ledger)) = row
            .id("grootboek")
            .and_then(|id| Some((id, store.get(Resource::Ledgers, id)?)))
        else {
            continue;
        };
        let number = ledger.int("nummer").unwrap_or(0);
        let (_, _, sums) = found
            .entry(number)
            .or_insert_with(|| (id, ledger, Sums::default()));
        let date = row.time("datum").unwrap_or(start);
        if date < start {
            sums.before += row.money("saldo");
            if date.year() < start.year() {
                sums.year += row.money("saldo");
            }
        } else if date.date() <= end.date() {
            sums.debit += row.money("debet");
            sums.credit += row.money("credit");
        }
    }
    found
}

fn shown(rows: Vec<Row>) -> Answer {
    let mut out = String::from("[");
    for (at, row) in rows.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        row.write("", None, &mut out);
    }
    out.push(']');
    Answer::raw(200, out.into())
}

fn head(model: &str, id: Uuid, number: i64, ledger: &Row) -> Row {
    Row::new(model)
        .with("grootboekIdentifier", Cell::Id(id))
        .with("grootboekOmschrijving", ledger.get("omschrijving").clone())
        .with("grootboekNummer", Cell::Int(number))
}

/// `/rapportages/kolommenbalans`.
pub(crate) fn columns(
    store: &Store,
    start: Option<&str>,
    end: Option<&str>,
) -> Result<Answer, Refusal> {
    let (start, end) = (day(start, "start")?, day(end, "end")?);
    let rows = sums(store, start, end).into_iter().map(|(number, found)| {
        let (id, ledger, sums) = found;
        let saldo = sums.debit - sums.credit;
        let (debit, credit) = (saldo.max(Decimal::ZERO), (-saldo).max(Decimal::ZERO));
        let zero = Decimal::ZERO;
        let balance = ledger.text("rekeningCode") == Some("Balans");
        let (profit, sheet) = if balance {
            ((zero, zero), (debit, credit))
        } else {
            ((debit, credit), (zero, zero))
        };
        head("KolommenbalansRegelModel", id, number, ledger)
            .with("verliesEnWinstDebet", Cell::Money(profit.0))
            .with("verliesEnWinstCredit", Cell::Money(profit.1))
            .with("balansDebet", Cell::Money(sheet.0))
            .with("balansCredit", Cell::Money(sheet.1))
    });
    Ok(shown(rows.collect()))
}

/// `/rapportages/periodebalans`.
pub(crate) fn periods(
    store: &Store,
    start: Option<&str>,
    end: Option<&str>,
) -> Result<Answer, Refusal> {
    let (start, end) = (day(start, "start")?, day(end, "end")?);
    let rows = sums(store, start, end).into_iter().map(|(number, found)| {
        let (id, ledger, sums) = found;
        head("PeriodebalansRegelModel", id, number, ledger)
            .with("debet", Cell::Money(sums.debit))
            .with("credit", Cell::Money(sums.credit))
            .with("startSaldoPeriode", Cell::Money(sums.before))
            .with(
                "eindSaldoPeriode",
                Cell::Money(sums.before + sums.debit - sums.credit),
            )
            .with("startSaldoBoekjaar", Cell::Money(sums.year))
    });
    Ok(shown(rows.collect()))
}
