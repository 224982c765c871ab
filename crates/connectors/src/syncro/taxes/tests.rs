use super::*;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn item(quantity: &str, price: &str, taxable: bool) -> Item {
    Item {
        quantity: d(quantity),
        price: d(price),
        taxable,
        ..Item::default()
    }
}

fn rates(rates: &[(&str, &str)]) -> Vec<TaxRate> {
    rates
        .iter()
        .map(|(name, percent)| TaxRate {
            name: (*name).to_owned(),
            percent: d(percent),
        })
        .collect()
}

fn rate_of(found: Result<Option<LineTax>, String>) -> String {
    match found {
        Ok(None) => "none".to_owned(),
        Ok(Some(tax)) => format!("{} {}", tax.name.unwrap(), tax.rate.unwrap()),
        Err(problem) => format!("! {problem}"),
    }
}

#[test]
fn lines_come_to_the_subtotal_whichever_way_a_discount_is_meant() {
    let plain = [item("2", "10.00", true), item("1.5", "3.33", false)];
    let priced = lines(&plain, Some(d("25.00"))).unwrap();
    assert_eq!(
        priced.iter().map(|line| line.amount).sum::<Decimal>(),
        d("25.00")
    );

    let off = Item {
        percent_off: Some(d("10")),
        dollars_off: Some(d("2")),
        ..item("4", "10", true)
    };
    for (subtotal, unit_price) in [("34", "8.5"), ("28", "7"), ("40", "10")] {
        let priced = lines(std::slice::from_ref(&off), Some(d(subtotal))).unwrap();
        assert_eq!(priced[0].unit_price, d(unit_price), "{subtotal}");
        assert_eq!(priced[0].amount, d(subtotal));
    }
    let problem = lines(&[off], Some(d("33"))).unwrap_err();
    assert!(problem.contains("subtotal is 33"), "{problem}");
}

#[test]
fn a_subtotal_rounded_once_for_all_lines_is_right_too() {
    let thirds: Vec<Item> = (0..6).map(|_| item("1", "0.335", true)).collect();
    let priced = lines(&thirds, Some(d("2.01"))).unwrap();
    assert_eq!(priced.len(), 6);
}

#[test]
fn amounts_that_are_none_are_told_and_overflow_nothing() {
    let huge = item(
        "79228162514264337593543950335",
        "79228162514264337593543950335",
        true,
    );
    assert!(lines(&[huge], None).is_err());
    assert!(tax(&[], Decimal::MAX, &[]).is_err());
    let large = item("10000000000", "10000000000", true);
    assert!(lines(&[large], None).is_err());
}

#[test]
fn the_rate_of_an_invoice_is_one_of_the_settings_and_never_a_guess() {
    let priced = lines(
        &[item("1", "100", true), item("1", "50", false)],
        Some(d("150")),
    )
    .unwrap();
    let nl = rates(&[("VAT high", "21"), ("VAT low", "9")]);
    for (charged, expected) in [
        ("0", "none"),
        ("21.00", "VAT high 21"),
        ("21.01", "VAT high 21"),
        ("9", "VAT low 9"),
    ] {
        assert_eq!(rate_of(tax(&priced, d(charged), &nl)), expected);
    }
    let problem = rate_of(tax(&priced, d("19"), &nl));
    assert!(
        problem.contains("`VAT high` 21 %, `VAT low` 9 %"),
        "{problem}"
    );
    // On a few cents two rates come to the same: neither is taken.
    let small = lines(&[item("1", "0.10", true)], None).unwrap();
    let close = rates(&[("a", "21"), ("b", "20")]);
    assert!(rate_of(tax(&small, d("0.02"), &close)).contains("may be that of"));
    let untaxed = lines(&[item("1", "100", false)], None).unwrap();
    assert!(rate_of(tax(&untaxed, d("21"), &nl)).contains("no line is taxed"));
}

#[test]
fn without_rates_in_the_settings_the_roundest_one_that_comes_out_is_taken() {
    let priced = lines(&[item("1", "200", true)], None).unwrap();
    for (charged, expected) in [
        ("42", "Tax 21"),
        ("16.50", "Tax 8.25"),
        ("17.75", "Tax 8.875"),
        ("0", "none"),
    ] {
        assert_eq!(rate_of(tax(&priced, d(charged), &[])), expected);
    }
    assert!(rate_of(tax(&priced, d("-1"), &[])).starts_with('!'));
    assert!(rate_of(tax(&priced, d("201"), &[])).starts_with('!'));
}

#[test]
fn a_credit_note_has_its_rate_like_an_invoice() {
    let priced = lines(&[item("-1", "100", true)], Some(d("-100"))).unwrap();
    let nl = rates(&[("VAT", "21")]);
    assert_eq!(rate_of(tax(&priced, d("-21"), &nl)), "VAT 21");
    assert_eq!(rate_of(tax(&priced, d("-21"), &[])), "Tax 21");
}

#[test]
fn tax_that_was_rounded_line_by_line_is_right_too() {
    let priced = lines(&vec![item("1", "0.12", true); 20], None);
    // 0.0252 each: 0.03 by line, 0.50 at once.
    let priced = priced.unwrap();
    let nl = rates(&[("VAT", "21")]);
    for charged in ["0.60", "0.50"] {
        assert_eq!(
            rate_of(tax(&priced, d(charged), &nl)),
            "VAT 21",
            "{charged}"
        );
    }
}
