use proptest::prelude::*;
use sync_core::fields::{LineTax, View as _};

use super::*;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn line(what: &str, quantity: &str, price: &str, rate: &str) -> Line {
    Line {
        description: Some(what.to_owned()),
        quantity: Some(d(quantity)),
        unit_price: Some(d(price)),
        taxes: Some(vec![LineTax {
            name: Some("BTW".to_owned()),
            rate: Some(d(rate)),
        }]),
        ..Line::default()
    }
}

fn figures(invoice: &Invoice) -> Result<Figures, Problem> {
    Figures::of(invoice, &VatRules::new(), Rounding::Refuse)
}

fn sums(figures: &Figures) -> (Decimal, Decimal, Decimal) {
    assert_eq!(figures.subtotal() + figures.tax_total(), figures.total);
    (figures.subtotal(), figures.tax_total(), figures.total)
}

#[test]
fn lines_of_two_rates_make_two_rows_of_vat() {
    let invoice = Invoice {
        lines: Some(vec![
            line("Hours", "3", "80", "21"),
            line("Book", "2", "12.50", "9"),
            line("Only a remark", "0", "0", "21"),
        ]),
        total: Some(d("317.65")),
        tax_total: Some(d("52.65")),
        ..Invoice::default()
    };
    let figures = figures(&invoice).unwrap();
    assert_eq!(figures.lines.len(), 2, "a remark is not booked");
    assert_eq!(sums(&figures), (d("265"), d("52.65"), d("317.65")));
    let rows: Vec<Decimal> = figures.vat.iter().map(|(_, amount)| *amount).collect();
    assert_eq!(rows, [d("2.25"), d("50.40")]);
}

#[test]
fn a_discount_before_vat_is_taken_off_each_rate() {
    let invoice = Invoice {
        lines: Some(vec![line("A", "1", "100", "21"), line("B", "1", "50", "9")]),
        discount: Some(d("15")),
        adjustment: Some(d("0.05")),
        tax_total: Some(d("22.95")),
        total: Some(d("158.00")),
        ..Invoice::default()
    };
    let figures = figures(&invoice).unwrap();
    let amounts: Vec<Decimal> = figures.lines.iter().map(|line| line.amount).collect();
    assert_eq!(amounts, [d("100"), d("50"), d("-5"), d("-10"), d("0.05")]);
    assert_eq!(sums(&figures), (d("135.05"), d("22.95"), d("158.00")));
}

#[test]
fn a_discount_after_vat_is_a_line_without_vat() {
    let invoice = Invoice {
        lines: Some(vec![line("A", "1", "100", "21")]),
        discount: Some(d("12.10")),
        tax_total: Some(d("21")),
        total: Some(d("108.90")),
        ..Invoice::default()
    };
    let figures = figures(&invoice).unwrap();
    let last = figures.lines.last().unwrap();
    assert_eq!((last.amount, last.vat), (d("-12.10"), Vat::FREE));
    assert_eq!(sums(&figures), (d("87.90"), d("21"), d("108.90")));
}

#[test]
fn a_total_that_does_not_add_up_is_refused_with_both_numbers() {
    let invoice = |total: &str| Invoice {
        lines: Some(vec![line("A", "1", "10", "21")]),
        total: Some(d(total)),
        ..Invoice::default()
    };
    assert_eq!(figures(&invoice("12.10")).unwrap().total, d("12.10"));
    let problem = figures(&invoice("12.11")).unwrap_err();
    assert_eq!(problem.field, "total");
    assert!(problem.what.contains("12.11") && problem.what.contains("12.1"));
    assert_eq!(figures(&invoice("12.105")).unwrap_err().field, "total");
    let rounded = |total: &str| {
        Figures::of(&invoice(total), &VatRules::new(), Rounding::LargestLine)
            .map(|figures| sums(&figures))
    };
    assert_eq!(rounded("12.12"), Ok((d("10.02"), d("2.10"), d("12.12"))));
    assert_eq!(rounded("12.08"), Ok((d("9.98"), d("2.10"), d("12.08"))));
    assert!(rounded("12.13").is_err(), "three cents are no rounding");
}

#[test]
fn vat_rounded_line_by_line_is_kept_as_printed() {
    // 0.21 × 3 rounded each is 0.63, together it is 0.64.
    let lines = vec![
        line("A", "1", "1.02", "21"),
        line("B", "1", "1.02", "21"),
        line("C", "1", "1.02", "21"),
    ];
    for (vat, total) in [("0.63", "3.69"), ("0.64", "3.70")] {
        let invoice = Invoice {
            lines: Some(lines.clone()),
            tax_total: Some(d(vat)),
            total: Some(d(total)),
            ..Invoice::default()
        };
        assert_eq!(sums(&figures(&invoice).unwrap()).1, d(vat));
    }
    let wrong = Invoice {
        lines: Some(lines),
        tax_total: Some(d("0.70")),
        ..Invoice::default()
    };
    assert_eq!(figures(&wrong).unwrap_err().field, "tax_total");
}

#[test]
fn a_credit_note_is_booked_with_negative_amounts() {
    let invoice = Invoice {
        lines: Some(vec![line("Back", "-1", "100", "21")]),
        total: Some(d("-121")),
        ..Invoice::default()
    };
    let figures = figures(&invoice).unwrap();
    assert_eq!(sums(&figures), (d("-100"), d("-21"), d("-121")));
}

#[test]
fn reverse_charge_has_a_row_of_nothing_and_stands_alone() {
    let reversed = |what: &str| Line {
        taxes: Some(vec![LineTax {
            name: Some("BTW verlegd".to_owned()),
            rate: Some(Decimal::ZERO),
        }]),
        ..line(what, "1", "100", "0")
    };
    let alone = Invoice {
        lines: Some(vec![reversed("A")]),
        discount: Some(d("10")),
        adjustment: Some(d("-1")),
        ..Invoice::default()
    };
    let figures_alone = figures(&alone).unwrap();
    assert_eq!(sums(&figures_alone), (d("89"), d("0"), d("89")));
    let (vat, amount) = figures_alone.vat[0];
    assert_eq!((vat.kind, amount), (Some(VatKind::ReverseCharge), d("0")));
    let mixed = Invoice {
        lines: Some(vec![reversed("A"), line("B", "1", "1", "21")]),
        ..Invoice::default()
    };
    assert!(figures(&mixed).unwrap_err().what.contains("reverse"));
}

#[test]
fn exempt_lines_have_no_row_of_vat() {
    let invoice = Invoice {
        lines: Some(vec![Line {
            taxes: None,
            ..line("Course", "1", "100", "0")
        }]),
        total: Some(d("100")),
        tax_total: Some(d("0")),
        ..Invoice::default()
    };
    let figures = figures(&invoice).unwrap();
    assert!(figures.vat.is_empty());
    assert_eq!(figures.lines[0].vat, Vat::FREE);
}

#[test]
fn nothing_to_book_is_refused() {
    assert_eq!(figures(&Invoice::default()).unwrap_err().field, "lines");
    let free = Invoice {
        lines: Some(vec![line("Free", "1", "0", "21")]),
        ..Invoice::default()
    };
    assert_eq!(figures(&free).unwrap_err().field, "lines");
    let huge = Invoice {
        lines: Some(vec![line(
            "Huge",
            "79228162514264337593543950335",
            "10",
            "21",
        )]),
        ..Invoice::default()
    };
    assert_eq!(figures(&huge).unwrap_err().field, "lines");
    assert_eq!(MAX_AMOUNT, d("10000000000"));
    let max = Decimal::MAX;
    for field in ["discount", "adjustment", "tax_total", "total"] {
        let mut fields = free.clone().into_fields();
        fields.set(field, max);
        let invoice = Invoice::from_fields(&fields).unwrap();
        assert_eq!(figures(&invoice).unwrap_err().field, field);
    }
    let many = Invoice {
        lines: Some(vec![line("Most", "1", "10000000000", "1000"); 10_000]),
        discount: Some(d("10000000000")),
        ..Invoice::default()
    };
    assert!(figures(&many).is_ok());
}

#[test]
fn descriptions_are_one_row_of_at_most_250_characters() {
    assert_eq!(described(" a \r\n b "), Some("a b".to_owned()));
    assert_eq!(described(" \n"), None);
    let long = described(&"é".repeat(300)).unwrap();
    assert_eq!(long.chars().count(), 250);
}

proptest! {
    #[test]
    fn what_is_booked_adds_up_and_is_the_same_when_it_is_read_again(
        items in proptest::collection::vec((-400_i64..4_000, 1_i64..100_000, 0_usize..4), 1..8),
        percent in 0_i64..40,
        after in any::<bool>(),
        adjustment in -300_i64..300,
    ) {
        let rates = ["21", "9", "0", "13"];
        let lines: Vec<Line> = items
            .iter()
            .map(|(quarters, price, rate)| {
                let mut line = line("x", "1", "1", rates[*rate]);
                line.quantity = Some(Decimal::new(quarters * 25, 2));
                line.unit_price = Some(Decimal::new(*price, 2));
                line
            })
            .collect();
        let net = |line: &Line| cents(line.quantity.unwrap() * line.unit_price.unwrap());
        let subtotal: Decimal = lines.iter().map(net).sum();
        let percent = Decimal::from(percent) / Decimal::ONE_HUNDRED;
        let off = if after { Decimal::ZERO } else { percent };
        let tax: Decimal = lines
            .iter()
            .map(|line| {
                let rate = line.taxes.as_ref().unwrap()[0].rate.unwrap();
                cents(net(line) * (Decimal::ONE - off) * rate / Decimal::ONE_HUNDRED)
            })
            .sum();
        let discount = if after { (subtotal + tax) * percent } else { subtotal * percent };
        let discount = cents(discount);
        let adjustment = Decimal::new(adjustment, 2);
        let invoice = Invoice {
            lines: Some(lines),
            discount: Some(discount),
            adjustment: Some(adjustment),
            subtotal: Some(subtotal),
            tax_total: Some(tax),
            total: Some(subtotal - discount + tax + adjustment),
            ..Invoice::default()
        };
        // A discount on lines that make next to nothing says little about the VAT.
        prop_assume!(subtotal.abs() > Decimal::from(50) && subtotal.is_sign_positive());
        prop_assume!(items.iter().all(|(quarters, _, _)| *quarters >= 0));
        let figures = figures(&invoice).unwrap();
        prop_assert_eq!(Some(figures.total), invoice.total);
        prop_assert_eq!(Some(figures.tax_total()), invoice.tax_total);
        prop_assert_eq!(figures.subtotal() + figures.tax_total(), figures.total);
        prop_assert!(figures.lines.iter().all(|line| !line.amount.is_zero()));
        let mut fields = invoice.into_fields();
        figures.into_fields(None, &mut fields);
        let held = Invoice::from_fields(&fields).unwrap();
        let again = super::tests::figures(&held).unwrap();
        let mut twice = fields.clone();
        again.into_fields(None, &mut twice);
        prop_assert_eq!(fields.content_hash(), twice.content_hash());
    }
}
