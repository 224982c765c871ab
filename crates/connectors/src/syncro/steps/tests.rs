use proptest::prelude::*;
use syncro_client::ProductId;

use super::*;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn wanted(item: &str, quantity: &str, price: &str) -> Wanted {
    Wanted {
        item: item.to_owned(),
        name: item.to_owned(),
        quantity: d(quantity),
        price: d(price),
        taxable: true,
        product: None,
    }
}

fn there(item: &str, quantity: &str, price: &str) -> LineItem {
    LineItem {
        item: Some(item.to_owned()),
        name: Some(item.to_owned()),
        quantity: Some(d(quantity)),
        price: Some(d(price)),
        taxable: Some(true),
        ..LineItem::default()
    }
}

#[test]
fn of_lines_alike_as_many_are_done_as_are_there() {
    let three = [
        wanted("A", "1", "5"),
        wanted("A", "1", "5"),
        wanted("A", "1", "5"),
    ];
    for n in 0..=4 {
        let present: Vec<LineItem> = (0..n).map(|_| there("A", "1.0", "5.00")).collect();
        let compared = compare(&three, &present);
        assert_eq!(compared.done.len(), n.min(3));
        assert_eq!(compared.others.len(), n.saturating_sub(3));
    }
}

#[test]
fn a_line_of_somebodys_own_is_none_of_these() {
    let compared = compare(
        &[wanted("A", "1", "5"), wanted("B", "2", "7")],
        &[there("Gift", "1", "0"), there("B", "2", "7")],
    );
    assert_eq!(compared.done, BTreeSet::from([2]));
    assert_eq!(compared.others, [0]);
}

#[test]
fn what_differs_in_anything_is_another_line() {
    let ours = Wanted {
        product: Some("7".to_owned()),
        ..wanted("A", "1", "5")
    };
    let same_line = LineItem {
        product_id: Some(ProductId::new(7)),
        ..there("A", "1", "5")
    };
    assert!(is(&ours, &same_line));
    let change = |edit: fn(&mut LineItem)| {
        let mut line = same_line.clone();
        edit(&mut line);
        line
    };
    for other in [
        change(|line| line.item = None),
        change(|line| line.name = Some("B".to_owned())),
        change(|line| line.quantity = Some(Decimal::TWO)),
        change(|line| line.price = Some(d("5.01"))),
        change(|line| line.taxable = Some(false)),
        change(|line| line.product_id = Some(ProductId::new(8))),
        change(|line| line.product_id = None),
        change(|line| line.discount_percent = Some(Decimal::TEN)),
        change(|line| line.discount_dollars = Some(Decimal::ONE)),
    ] {
        assert!(!is(&ours, &other), "{other:?}");
    }
}

#[test]
fn a_number_is_the_same_however_many_digits_were_kept() {
    for (sent, kept) in [
        ("12.3456", "12.35"),
        ("12.3456", "12.346"),
        ("12.3456", "12.3456"),
        ("0.125", "0.12"),
        ("0.125", "0.13"),
        ("64.99", "64.990"),
        ("5", "5.0"),
    ] {
        assert!(same(d(sent), Some(d(kept))), "{sent} {kept}");
    }
    for (sent, kept) in [
        ("0.04", "0.0"),
        ("64.99", "65.0"),
        ("5", "5.01"),
        ("12.3456", "12.34"),
    ] {
        assert!(!same(d(sent), Some(d(kept))), "{sent} {kept}");
    }
    assert!(same(Decimal::ZERO, None));
    assert!(!same(Decimal::ONE, None));
}

#[test]
fn a_line_that_may_be_one_of_these_is_not_added_again() {
    let wanted = [wanted("A", "1", "5"), wanted("B", "2", "7")];
    let doubt = |present: &[LineItem]| {
        let compared = compare(&wanted, present);
        in_doubt(&wanted, present, &compared).map(|(at, _)| at)
    };
    assert_eq!(doubt(&[]), None);
    assert_eq!(doubt(&[there("Gift", "1", "0")]), None, "somebody's own");
    assert_eq!(doubt(&[there("A", "1", "4")]), Some(0), "another price");
    // The server, or a person, says it in other words: it may be cut off, or tidied up.
    assert_eq!(
        doubt(&[there("A", "1", "5"), there("B…", "2", "7")]),
        Some(1)
    );
    assert_eq!(
        doubt(&[there("Gift", "2", "7"), there("B", "2", "7")]),
        None
    );
}

proptest! {
    /// Whatever was written before it was cut off, what is missing is exactly what was not.
    #[test]
    fn what_is_missing_completes_the_invoice(
        lines in proptest::collection::vec((0..3_u8, 0..3_u8), 0..8),
        cut in 0..9_usize,
        strangers in 0..3_usize,
    ) {
        let wanted: Vec<Wanted> = lines
            .iter()
            .map(|(item, price)| wanted(&format!("I{item}"), "1", &price.to_string()))
            .collect();
        let mut present: Vec<LineItem> = lines
            .iter()
            .take(cut)
            .map(|(item, price)| there(&format!("I{item}"), "1", &price.to_string()))
            .collect();
        let begun = present.len();
        for n in 0..strangers {
            present.insert(n.min(present.len()), there(&format!("S{n}"), "1", "1"));
        }
        let compared = compare(&wanted, &present);
        prop_assert_eq!(compared.done.len(), begun);
        prop_assert_eq!(compared.others.len(), strangers);
        for step in 1..=wanted.len() {
            if !compared.done.contains(&step_of(step - 1)) {
                let (item, price) = &lines[step - 1];
                present.push(there(&format!("I{item}"), "1", &price.to_string()));
            }
        }
        let whole = compare(&wanted, &present);
        prop_assert_eq!(whole.done.len(), wanted.len());
        prop_assert_eq!(whole.others.len(), strangers);
    }
}
