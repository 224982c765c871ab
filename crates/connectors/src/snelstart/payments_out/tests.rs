use sync_core::{EntityKind, Ref as OurRef};
use uuid::Uuid;

use super::*;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn marker(id: &str) -> Marker {
    Marker::of("crm", EntityKind::Payment, &RecordId::from(id))
}

fn paid(amount: &str) -> Payment {
    Payment {
        invoice: Some(OurRef::new(
            EntityKind::Invoice,
            Uuid::from_u128(9).to_string(),
        )),
        amount: Some(d(amount)),
        date: Some("2026-08-20".parse().unwrap()),
        ..Payment::default()
    }
}

fn open(balance: &str) -> SalesInvoice {
    SalesInvoice {
        number: Some("2026-1".to_owned()),
        open_balance: Some(d(balance)),
        ..SalesInvoice::default()
    }
}

fn journal(number: i32, kind: JournalKind) -> Journal {
    Journal {
        id: Some(Uuid::from_u128(number.unsigned_abs().into()).into()),
        number: Some(number),
        kind: Some(kind),
        ..Journal::default()
    }
}

fn field_of(error: &Error) -> String {
    assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
    error.field_errors().keys().next().unwrap().clone()
}

#[test]
fn no_more_is_booked_than_is_open() {
    let check = |amount: &str, balance: &str| {
        may_be_paid(&money(&paid(amount), true).unwrap(), &open(balance))
    };
    check("500", "710").unwrap();
    check("710", "710").unwrap();
    check("-50", "-50").unwrap();
    for (amount, balance) in [
        ("710.01", "710"),
        ("1", "0"),
        ("1", "-5"),
        ("-50", "-49"),
        ("-1", "10"),
    ] {
        let error = check(amount, balance).unwrap_err();
        assert_eq!(field_of(&error), "amount");
        assert!(error.message().contains("2026-1"), "{error}");
    }
    let untold = SalesInvoice {
        open_balance: None,
        ..open("1")
    };
    assert!(may_be_paid(&money(&paid("1"), false).unwrap(), &untold).is_err());
}

#[test]
fn only_money_that_comes_in_is_booked_unless_told() {
    let error = money(&paid("-10"), false).unwrap_err();
    assert_eq!(field_of(&error), "amount");
    assert_eq!(money(&paid("-10"), true).unwrap().amount, d("-10"));
    for (payment, field) in [
        (paid("0"), "amount"),
        (paid("1.005"), "amount"),
        (
            Payment {
                date: None,
                ..paid("1")
            },
            "date",
        ),
        (
            Payment {
                invoice: None,
                ..paid("1")
            },
            "invoice",
        ),
        (
            Payment {
                invoice: Some(OurRef::new(EntityKind::Invoice, "f:7")),
                ..paid("1")
            },
            "invoice",
        ),
    ] {
        assert_eq!(field_of(&money(&payment, true).unwrap_err()), field);
    }
}

#[test]
fn a_payment_becomes_one_line_that_settles_its_invoice() {
    let journal = JournalId::from(Uuid::from_u128(1));
    let booking = compose(
        &money(&paid("500"), false).unwrap(),
        journal,
        "x".to_owned(),
    );
    booking.verify().unwrap();
    assert_eq!(booking.amount_received, Some(d("500")));
    assert_eq!(booking.amount_spent, Some(d("0")));
    let lines = booking.sales_lines.unwrap();
    assert_eq!(
        (lines[0].credit, lines[0].debit),
        (Some(d("500")), Some(d("0")))
    );
    let back = compose(&money(&paid("-5"), true).unwrap(), journal, "x".to_owned());
    back.verify().unwrap();
    assert_eq!(back.amount_spent, Some(d("5")));
    assert_eq!(back.sales_lines.unwrap()[0].debit, Some(d("5")));
}

#[test]
fn the_only_bank_journal_is_taken_and_of_several_one_is_to_be_set() {
    let mut journals = vec![
        journal(1300, JournalKind::Sales),
        journal(1010, JournalKind::Bank),
        journal(1000, JournalKind::Cash),
    ];
    let auto = JournalChoice::Auto;
    assert_eq!(
        Some(bank_journal(&journals, &auto).unwrap()),
        journals[1].id
    );
    journals.push(journal(1020, JournalKind::Bank));
    let error = bank_journal(&journals, &auto).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("1010, 1020"), "{error}");
    let set = JournalChoice::Number(1020);
    assert_eq!(Some(bank_journal(&journals, &set).unwrap()), journals[3].id);
    for wrong in [1300, 9999] {
        assert!(bank_journal(&journals, &JournalChoice::Number(wrong)).is_err());
    }
    journals[3].inactive = Some(true);
    assert!(bank_journal(&journals, &set).is_err());
    assert!(bank_journal(&journals, &auto).is_ok());
}

#[test]
fn a_mark_is_whole_and_no_beginning_of_another() {
    let short = mark(&marker("1")).unwrap();
    assert_eq!(short, "[crm:payment:1]");
    let other = format!("Factuur 2026-1 {}", mark(&marker("12")).unwrap());
    assert!(!has_mark(Some(&other), &short));
    assert!(mark(&marker(&"x".repeat(250))).is_err());
}

#[test]
fn the_mutation_of_a_booking_is_told_from_its_neighbours() {
    let bank = JournalId::from(Uuid::from_u128(1));
    let booking = BankBooking {
        voucher_number: Some("B7".to_owned()),
        ..compose(&money(&paid("500"), false).unwrap(), bank, "x".to_owned())
    };
    let mutation = |n: u128, balance: &str, voucher: &str, what: &str| LedgerMutation {
        id: Some(Uuid::from_u128(n).into()),
        balance: Some(d(balance)),
        journal: Some(Ref::to(bank)),
        voucher_number: Some(voucher.to_owned()),
        description: Some(what.to_owned()),
        ..LedgerMutation::default()
    };
    let mark = "[crm:payment:1]";
    let found = |mutations: Vec<LedgerMutation>| {
        behind(&booking, mark, mutations).map(|mutation| mutation.id.unwrap())
    };
    let id = |n: u128| Some(Uuid::from_u128(n).into());
    let by_voucher = mutation(2, "-500", "B7", "");
    let by_mark = mutation(3, "-500.00", "B8", "Factuur [crm:payment:1]");
    let neither = mutation(4, "-500", "", "");
    let other = mutation(5, "500", "B7", mark);
    assert_eq!(
        found(vec![by_voucher.clone(), by_mark, other.clone()]),
        id(3)
    );
    assert_eq!(found(vec![neither.clone(), by_voucher]), id(2));
    assert_eq!(found(vec![neither.clone(), other.clone()]), id(4));
    assert_eq!(found(vec![neither.clone(), neither]), None);
    assert_eq!(found(vec![other]), None);
}
