use api_core::ErrorKind;
use snelstart_client::{LedgerId, SalesVatKind, VatKind as LineVatKind, VatTariff};
use sync_core::fields::{Line, LineTax};
use sync_core::{EntityKind, Ref as OurRef};

use super::*;
use crate::snelstart::rules::Rounding;
use crate::snelstart::vat::VatRules;

const CUSTOMER: &str = "11111111-1111-4111-8111-111111111111";

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn invoice() -> Invoice {
    Invoice {
        number: Some("2026-0001".to_owned()),
        customer: Some(OurRef::new(EntityKind::Customer, CUSTOMER)),
        date: Some("2026-08-16".parse().unwrap()),
        due_date: Some("2026-08-30".parse().unwrap()),
        currency: Some("EUR".to_owned()),
        ..Invoice::default()
    }
}

fn line(price: &str, name: &str, rate: &str) -> Line {
    Line {
        description: Some(format!("At {rate}")),
        unit_price: Some(d(price)),
        taxes: Some(vec![LineTax {
            name: Some(name.to_owned()),
            rate: Some(d(rate)),
        }]),
        ..Line::default()
    }
}

fn tariffs() -> VatTable {
    let tariff = |kind, rate: &str, from: &str, until: &str| VatTariff {
        vat_kind: Some(kind),
        percentage: Some(d(rate)),
        valid_from: from.parse().ok(),
        valid_through: until.parse().ok(),
        ..VatTariff::default()
    };
    VatTable::new(vec![
        tariff(LineVatKind::None, "0", "1900-01-01", "2400-12-31"),
        tariff(LineVatKind::Low, "9", "2019-01-01", "2400-12-31"),
        tariff(LineVatKind::Low, "6", "1986-10-01", "2018-12-31"),
        tariff(LineVatKind::High, "21", "2012-10-01", "2400-12-31"),
    ])
}

fn ledger(kind: VatKind) -> LedgerId {
    let at = VatKind::ALL
        .iter()
        .position(|known| *known == kind)
        .unwrap();
    uuid::Uuid::from_u128(u128::try_from(at).unwrap() + 1).into()
}

fn made(invoice: &Invoice) -> Result<SalesBooking, Error> {
    let figures = Figures::of(invoice, &VatRules::new(), Rounding::Refuse)
        .map_err(|problem| rejected(problem.field, &problem.what))?;
    let booking = compose(head(invoice, "EUR")?, figures, &tariffs(), |kind| {
        Ok(ledger(kind))
    })?;
    booking.verify()?;
    Ok(booking)
}

fn problem(invoice: &Invoice) -> (String, String) {
    let error = made(invoice).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
    let (field, what) = error.field_errors().first_key_value().unwrap();
    (field.clone(), what.clone())
}

fn rows(booking: &SalesBooking) -> Vec<(SalesVatKind, Decimal)> {
    let rows = booking.vat.iter().flatten();
    rows.map(|row| (row.vat_kind.clone().unwrap(), row.amount.unwrap()))
        .collect()
}

#[test]
fn an_invoice_becomes_a_booking_that_adds_up() {
    let booking = made(&Invoice {
        lines: Some(vec![
            line("100", "BTW hoog", "21"),
            line("50", "BTW laag", "9"),
            line("20", "Geen", "0"),
            // The same kind, told by its name.
            line("10", "Hoog", "21"),
        ]),
        total: Some(d("207.60")),
        ..invoice()
    })
    .unwrap();
    assert_eq!(booking.number.as_deref(), Some("2026-0001"));
    assert_eq!(booking.payment_term_days, Some(14));
    assert_eq!(booking.invoice_amount, Some(d("207.60")));
    assert_eq!(booking.total(), booking.invoice_amount);
    let lines = booking.lines.as_ref().unwrap();
    assert_eq!(lines[1].vat_kind, Some(LineVatKind::Low));
    assert_eq!(lines[1].ledger, Some(Ref::to(ledger(VatKind::Low))));
    assert_eq!(lines[2].vat_kind, Some(LineVatKind::None));
    let mut rows = rows(&booking);
    rows.sort_by_key(|(_, amount)| *amount);
    assert_eq!(
        rows,
        [
            (SalesVatKind::SalesLow, d("4.50")),
            (SalesVatKind::SalesHigh, d("23.10")),
        ]
    );
}

#[test]
fn the_kind_of_vat_follows_from_the_day_of_the_invoice() {
    let at = |date: &str, rate: &str| {
        made(&Invoice {
            date: Some(date.parse().unwrap()),
            due_date: None,
            lines: Some(vec![line("100", "BTW", rate)]),
            ..invoice()
        })
    };
    let kind = |booking: SalesBooking| booking.lines.unwrap()[0].vat_kind.clone();
    assert_eq!(kind(at("2018-12-31", "6").unwrap()), Some(LineVatKind::Low));
    assert_eq!(kind(at("2019-01-01", "9").unwrap()), Some(LineVatKind::Low));
    let error = at("2019-01-01", "6").unwrap_err();
    assert!(error.message().contains("6 %"), "{error}");
}

#[test]
fn reverse_charge_is_a_line_without_and_a_row_of_nothing() {
    let booking = made(&Invoice {
        lines: Some(vec![line("100", "BTW verlegd", "0")]),
        total: Some(d("100")),
        ..invoice()
    })
    .unwrap();
    let line = &booking.lines.as_ref().unwrap()[0];
    assert_eq!(line.vat_kind, Some(LineVatKind::None));
    assert_eq!(line.ledger, Some(Ref::to(ledger(VatKind::ReverseCharge))));
    assert_eq!(rows(&booking), [(SalesVatKind::SalesReverseCharge, d("0"))]);
}

#[test]
fn exempt_turnover_has_no_row_and_a_credit_note_is_negative() {
    let exempt = made(&Invoice {
        lines: Some(vec![line("100", "Vrij", "0")]),
        ..invoice()
    })
    .unwrap();
    assert_eq!(rows(&exempt), []);
    let credit = made(&Invoice {
        lines: Some(vec![line("-100", "BTW", "21")]),
        total: Some(d("-121")),
        ..invoice()
    })
    .unwrap();
    assert_eq!(credit.invoice_amount, Some(d("-121")));
    assert_eq!(rows(&credit), [(SalesVatKind::SalesHigh, d("-21"))]);
}

#[test]
fn what_an_invoice_lacks_is_named() {
    let lines = Some(vec![line("100", "BTW", "21")]);
    let whole = Invoice { lines, ..invoice() };
    let with = |change: &dyn Fn(&mut Invoice)| {
        let mut invoice = whole.clone();
        change(&mut invoice);
        problem(&invoice)
    };
    made(&whole).unwrap();
    assert_eq!(with(&|invoice| invoice.number = None).0, "number");
    let long = with(&|invoice| invoice.number = Some("x".repeat(26)));
    assert_eq!(long.0, "number");
    assert!(long.1.contains("26"), "{}", long.1);
    assert_eq!(with(&|invoice| invoice.customer = None).0, "customer");
    assert_eq!(with(&|invoice| invoice.date = None).0, "date");
    assert_eq!(with(&|invoice| invoice.lines = None).0, "lines");
    let (field, what) = with(&|invoice| invoice.currency = Some("USD".to_owned()));
    assert!(field == "currency" && what.contains("USD"), "{what}");
    for status in ["draft", "cancelled"] {
        assert_eq!(with(&|i| i.status = Some(status.to_owned())).0, "status");
    }
    for due in ["2026-08-15", "2030-08-16"] {
        let (field, _) = with(&|invoice| invoice.due_date = Some(due.parse().unwrap()));
        assert_eq!(field, "due_date");
    }
    let other = OurRef::new(EntityKind::Customer, "7");
    assert_eq!(with(&|i| i.customer = Some(other.clone())).0, "customer");
}

#[test]
fn terms_are_whole_days_of_the_calendar() {
    let days = |from: &str, to: &str| term(from.parse().unwrap(), to.parse().unwrap());
    assert_eq!(days("2026-01-31", "2026-03-01").unwrap(), 29);
    assert_eq!(days("2026-03-01", "2026-03-01").unwrap(), 0);
    assert_eq!(days("2026-01-01", "2028-09-26").unwrap(), 999);
    assert!(days("2026-01-01", "2028-09-27").is_err());
}

#[test]
fn a_booking_under_the_number_is_the_same_or_a_person_decides() {
    let booking = made(&Invoice {
        lines: Some(vec![line("100", "BTW", "21")]),
        ..invoice()
    })
    .unwrap();
    let mut found = booking.clone();
    found.description = Some("by hand".to_owned());
    found.invoice_amount = Some(d("121.0000"));
    assert!(differs(&booking, &found).is_none());
    found.invoice_amount = Some(d("120"));
    found.customer = None;
    let error = differs(&booking, &found).unwrap();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.message().contains("121 here, 120 there"), "{error}");
    assert!(error.message().contains("customer"), "{error}");
}
