use sync_core::Ref;

use super::*;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn tax(rate: &str) -> LineTax {
    LineTax {
        name: Some("VAT".to_owned()),
        rate: Some(d(rate)),
    }
}

fn line(what: &str, quantity: &str, price: &str, rate: Option<&str>) -> Line {
    Line {
        description: Some(what.to_owned()),
        quantity: Some(d(quantity)),
        unit_price: Some(d(price)),
        taxes: rate.map(|rate| vec![tax(rate)]),
        ..Line::default()
    }
}

fn invoice(lines: &[Line]) -> Fields {
    Fields::new().with("lines", list(lines))
}

fn held(mut fields: Fields, rates: &[TaxRate]) -> Fields {
    hold(rates, &mut fields);
    let once = fields.clone();
    hold(rates, &mut fields);
    assert_eq!(fields, once, "what is held is held");
    fields
}

#[test]
fn lines_come_to_what_they_say() {
    let fields = invoice(&[
        line("Hours", "2.5", "80", Some("21")),
        line("Travel", "1", "12.345", None),
    ])
    .with("subtotal", d("212.35"))
    .with("tax_total", d("42"))
    .with("total", d("254.35"));
    let sheet = Sheet::of(&fields).unwrap();
    let sums = sheet.sums();
    assert_eq!(
        (sums.subtotal, sums.tax, sums.total),
        (d("212.35"), d("42.00"), d("254.35"))
    );
    sheet.check(&fields).unwrap();
}

#[test]
fn a_total_that_the_lines_do_not_make_is_refused_with_both_numbers() {
    let lines = [line("Hours", "1", "100", Some("21"))];
    for (name, told) in [("total", "120"), ("tax_total", "20.98"), ("subtotal", "99")] {
        let fields = invoice(&lines).with(name, d(told));
        let error = Sheet::of(&fields).unwrap().check(&fields).unwrap_err();
        assert!(error.message().contains(told), "{error}");
        assert!(!error.send_outcome().may_be_applied());
    }
    let vast = invoice(&lines).with("total", Decimal::MIN);
    assert!(Sheet::of(&vast).unwrap().check(&vast).is_err());
    let cent = invoice(&lines).with("total", d("121.01"));
    Sheet::of(&cent).unwrap().check(&cent).unwrap();
}

#[test]
fn tax_may_have_been_rounded_on_each_line() {
    let lines: Vec<Line> = (0..5)
        .map(|_| line("Bolt", "1", "0.33", Some("21")))
        .collect();
    for told in ["0.35", "0.34", "0.36"] {
        let fields = invoice(&lines).with("tax_total", d(told));
        Sheet::of(&fields).unwrap().check(&fields).unwrap();
    }
    let fields = invoice(&lines).with("tax_total", d("0.40"));
    assert!(Sheet::of(&fields).unwrap().check(&fields).is_err());
}

#[test]
fn one_rate_of_tax_is_all_that_an_invoice_has() {
    let two = invoice(&[
        line("A", "1", "1", Some("21")),
        line("B", "1", "1", Some("9")),
    ]);
    let error = Sheet::of(&two).unwrap_err();
    assert!(
        error.message().contains("21 % and, in line 2, at 9 %"),
        "{error}"
    );
    let mut both = line("A", "1", "1", Some("21"));
    both.taxes.get_or_insert_default().push(tax("2"));
    assert!(Sheet::of(&invoice(&[both])).is_err());
    let mut zero = line("A", "1", "1", Some("21"));
    zero.taxes.get_or_insert_default().push(tax("0"));
    assert_eq!(Sheet::of(&invoice(&[zero])).unwrap().rate, Some(d("21")));
    assert!(Sheet::of(&invoice(&[line("A", "1", "1", Some("-5"))])).is_err());
}

#[test]
fn a_line_is_written_with_all_that_it_says() {
    let mut whole = line("  Hours\tof work ", "1", "2.50", None);
    whole.long_description = Some("on site\n  and  off".to_owned());
    whole.product = Some(Ref::new(sync_core::EntityKind::Product, "14"));
    let sheet = Sheet::of(&invoice(&[whole, Line::default()])).unwrap();
    let [first, bare] = sheet.lines.as_slice() else {
        panic!("{sheet:?}");
    };
    assert_eq!(first.item, "Hours of work");
    assert_eq!(first.name, "on site\nand off");
    assert_eq!(first.product.as_deref(), Some("14"));
    assert_eq!((bare.item.as_str(), bare.name.as_str()), ("-", "-"));
    assert_eq!((bare.quantity, bare.price), (Decimal::ONE, Decimal::ZERO));
}

#[test]
fn what_is_held_reads_again() {
    let rates = [TaxRate {
        name: "High".to_owned(),
        percent: d("21"),
    }];
    let mut odd = line(" Hours ", "1.00", "80.50", Some("21.0"));
    odd.unit = Some("hour".to_owned());
    let held = held(invoice(&[odd]), &rates);
    let mut wanted = line("Hours", "1", "80.5", None);
    wanted.taxes = Some(vec![LineTax {
        name: Some("High".to_owned()),
        rate: Some(d("21")),
    }]);
    assert_eq!(held.get("lines"), &list(&[wanted]));
}

#[test]
fn a_discount_becomes_the_line_that_makes_the_total() {
    let lines = [line("Hours", "1", "100", Some("21"))];
    // Before tax: 90 and 18.90. After tax: 121 less 10.
    for (total, taxed) in [("108.90", true), ("111", false)] {
        let fields = invoice(&lines)
            .with("discount", d("10"))
            .with("total", d(total))
            .with("subtotal", d("100"));
        let held = held(fields, &[]);
        assert!(!held.contains("discount"));
        assert_eq!(held.get("subtotal"), &Value::Decimal(d("90")));
        let sheet = Sheet::of(&held).unwrap();
        sheet.check(&held).unwrap();
        let [_, discount] = sheet.lines.as_slice() else {
            panic!("{sheet:?}");
        };
        assert_eq!(
            (discount.item.as_str(), discount.price),
            ("Discount", d("-10"))
        );
        assert_eq!(discount.taxable, taxed);
    }
    let fields = invoice(&lines)
        .with("adjustment", d("-0.5"))
        .with("total", d("120.5"));
    let held = held(fields, &[]);
    Sheet::of(&held).unwrap().check(&held).unwrap();
}

#[test]
fn what_cannot_be_folded_stays_and_is_refused() {
    let two = [
        line("A", "1", "1", Some("21")),
        line("B", "1", "1", Some("9")),
    ];
    let held = held(invoice(&two).with("discount", d("1")), &[]);
    assert_eq!(held.get("discount"), &Value::Decimal(d("1")));
    let alone = Fields::new().with("discount", d("1"));
    assert!(Sheet::of(&alone).unwrap().check(&alone).is_err());
    let vast = invoice(&[line("A", "79228162514264337593543950335", "2", None)]);
    assert!(Sheet::of(&vast).is_err());
    let many: Vec<Line> = (0..=MAX_LINES).map(|_| line("A", "1", "1", None)).collect();
    assert!(Sheet::of(&invoice(&many)).is_err());
}
