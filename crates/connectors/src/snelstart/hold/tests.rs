use sync_core::Ref;
use sync_core::fields::{Customer, Line, LineTax, Payment};

use super::*;

fn held(kind: EntityKind, fields: Fields) -> Fields {
    held_by(&WriteRules::new(), kind, fields)
}

fn held_by(rules: &WriteRules, kind: EntityKind, mut fields: Fields) -> Fields {
    hold(rules, "EUR", kind, &mut fields);
    let once = fields.clone();
    hold(rules, "EUR", kind, &mut fields);
    assert_eq!(fields, once, "what is held is held");
    fields
}

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_customer_keeps_what_a_relation_has() {
    let fields = Customer {
        number: some("KL-7"),
        name: some(" Jansen "),
        vat_number: some("nl 1234.56.789.b.01"),
        registration_number: some("1234 5678"),
        currency: some("EUR"),
        is_person: Some(true),
        groups: Some(vec!["A".to_owned()]),
        ..Customer::default()
    }
    .into_fields();
    let expected = Customer {
        name: some("Jansen"),
        vat_number: some("NL123456789B01"),
        registration_number: some("12345678"),
        ..Customer::default()
    };
    assert_eq!(held(EntityKind::Customer, fields), expected.into_fields());
}

#[test]
fn vat_numbers_of_the_netherlands_have_their_letters() {
    assert_eq!(vat_number("123456789B01"), "NL123456789B01");
    assert_eq!(vat_number("NL123456789B01"), "NL123456789B01");
    assert_eq!(vat_number("BE 0123.456.789"), "BE0123456789");
    assert_eq!(vat_number("RO1234"), "RO1234");
    assert_eq!(vat_number("123456789C01"), "123456789C01");
}

#[test]
fn a_number_without_letters_is_a_relation_code() {
    let number = |text: &str| {
        let fields = Fields::new().with("number", text);
        held(EntityKind::Customer, fields)
            .text("number")
            .map(str::to_owned)
    };
    assert_eq!(number("0042"), some("42"));
    for text in ["0", "-1", "4.2", "99999999999", "K1"] {
        assert_eq!(number(text), None, "{text}");
    }
}

#[test]
fn long_names_are_cut_only_if_told() {
    let long = "é".repeat(60);
    let fields = Fields::new().with("name", long.as_str());
    let kept = held(EntityKind::Customer, fields.clone());
    assert_eq!(kept.text("name"), Some(long.as_str()));
    let rules = WriteRules::new().truncate_names(true);
    let cut = held_by(&rules, EntityKind::Customer, fields);
    assert_eq!(cut.text("name"), Some("é".repeat(50).as_str()));
}

#[test]
fn addresses_are_tidied_and_left_out_when_incomplete_if_told() {
    let address = Address {
        street: some("Kade 1\nachter"),
        city: some("Goes"),
        state: some("Zeeland"),
        ..Address::default()
    };
    let fields = Fields::new().with("address", address.clone().into_value());
    let kept = held(EntityKind::Customer, fields.clone());
    let kept = Address::from_value(kept.get("address")).unwrap();
    assert_eq!(kept.street, some("Kade 1 achter"));
    assert_eq!((kept.state, kept.country), (None, None));
    let rules = WriteRules::new().incomplete_address(IncompleteAddress::LeaveOut);
    let left = held_by(&rules, EntityKind::Customer, fields);
    assert!(left.get("address").is_empty());
    let whole = Address {
        postal_code: some("4461 AA"),
        ..address
    };
    let fields = Fields::new().with("address", whole.into_value());
    let kept = held(EntityKind::Customer, fields);
    let kept = Address::from_value(kept.get("address")).unwrap();
    assert_eq!(kept.country, some("NL"));
}

#[test]
fn an_invoice_is_held_as_it_is_booked() {
    let tax = LineTax {
        name: some("BTW hoog"),
        rate: Some(d("21")),
    };
    let line = Line {
        description: some("Hours"),
        long_description: some("More"),
        quantity: Some(d("2.5")),
        unit_price: Some(d("80")),
        unit: some("hour"),
        taxes: Some(vec![tax]),
        ..Line::default()
    };
    let fields = Invoice {
        number: some(" 2026-1 "),
        date: Some("2026-03-01".parse().unwrap()),
        lines: Some(vec![line]),
        discount: Some(d("20")),
        total: Some(d("217.80")),
        tax_total: Some(d("37.80")),
        status: some("paid"),
        note: some("Thanks"),
        ..Invoice::default()
    }
    .into_fields();
    let booked = held(EntityKind::Invoice, fields.clone());
    let booked = Invoice::from_fields(&booked).unwrap();
    assert_eq!(booked.number, some("2026-1"));
    assert_eq!(booked.currency, some("EUR"));
    assert_eq!(
        (booked.status, booked.note, booked.discount),
        (None, None, None)
    );
    assert_eq!(booked.subtotal, Some(d("180")));
    assert_eq!(booked.total, Some(d("217.8")));
    let lines = booked.lines.unwrap();
    let amounts: Vec<_> = lines.iter().map(|line| line.unit_price.unwrap()).collect();
    assert_eq!(amounts, [d("200"), d("-20")]);
    assert_eq!(lines[0].taxes.as_ref().unwrap()[0].name, some("Hoog"));
    assert_eq!(lines[0].long_description, None);

    let wrong = held(EntityKind::Invoice, fields.with("total", d("1")));
    assert_eq!(
        wrong.get("discount"),
        &Value::Decimal(d("20")),
        "left as it is"
    );
}

#[test]
fn drafts_and_cancelled_invoices_stay_known_as_such() {
    for (status, kept) in [
        ("draft", Some("draft")),
        ("cancelled", Some("cancelled")),
        ("paid", None),
        ("overdue", None),
    ] {
        let fields = Fields::new().with("status", status);
        assert_eq!(held(EntityKind::Invoice, fields).text("status"), kept);
    }
}

#[test]
fn a_payment_is_its_invoice_amount_and_date() {
    let fields = Payment {
        invoice: Some(Ref::new(EntityKind::Invoice, "1")),
        amount: Some(d("10.50")),
        mode: some("iDEAL"),
        note: some("x"),
        transaction_id: some("tr_1"),
        ..Payment::default()
    }
    .into_fields();
    let kept = held(EntityKind::Payment, fields);
    let names: Vec<&str> = kept.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["amount", "invoice"]);
}
