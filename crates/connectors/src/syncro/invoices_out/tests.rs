use rust_decimal::Decimal;
use sync_core::Fields;
use sync_core::fields::{FieldType as _, Line};
use syncro_client::LineItem;

use super::*;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn ours(status: Option<&str>) -> Ours {
    Ours {
        number: Some("2026-1".to_owned()),
        customer: Some(sync_core::Ref::new(sync_core::EntityKind::Customer, "41")),
        date: "2026-03-01".parse().ok(),
        status: status.map(str::to_owned),
        ..Ours::default()
    }
}

fn sheet() -> Sheet {
    let line = Line {
        description: Some("Hours".to_owned()),
        unit_price: Some(d("10")),
        ..Line::default()
    };
    let lines = sync_core::Value::List(vec![line.into_value()]);
    Sheet::of(&Fields::new().with("lines", lines)).unwrap()
}

fn begun() -> Invoice {
    Invoice {
        number: Some(" 2026-1".to_owned()),
        customer_id: Some(CustomerId::new(41)),
        date: "2026-03-01".parse().ok(),
        line_items: Some(Vec::new()),
        ..Invoice::default()
    }
}

#[test]
fn an_invoice_without_its_head_is_refused_by_name() {
    let whole = head(&ours(None)).unwrap();
    assert_eq!(whole.customer, CustomerId::new(41));
    for (field, edit) in [
        ("number", (|ours| ours.number = None) as fn(&mut Ours)),
        ("number", |ours| ours.number = Some("9".repeat(256))),
        ("customer", |ours| ours.customer = None),
        ("customer", |ours| {
            ours.customer = Some(sync_core::Ref::new(sync_core::EntityKind::Customer, "x1"));
        }),
        ("date", |ours| ours.date = None),
    ] {
        let mut bad = ours(None);
        edit(&mut bad);
        let error = head(&bad).unwrap_err();
        assert!(error.field_errors().contains_key(field), "{error}");
    }
}

#[test]
fn only_the_beginning_of_this_very_invoice_is_gone_on_with() {
    let head = head(&ours(None)).unwrap();
    let names = |invoice: &Invoice| -> Vec<&str> {
        differences(&head, &sheet(), invoice).into_iter().collect()
    };
    assert!(names(&begun()).is_empty());
    let line = LineItem {
        item: Some("Hours".to_owned()),
        name: Some("Hours".to_owned()),
        quantity: Some(Decimal::ONE),
        price: Some(d("10.0")),
        taxable: Some(false),
        ..LineItem::default()
    };
    let half = Invoice {
        line_items: Some(vec![line.clone()]),
        ..begun()
    };
    assert!(names(&half).is_empty());
    let twice = Invoice {
        line_items: Some(vec![line.clone(), line]),
        ..begun()
    };
    assert_eq!(names(&twice), ["lines"]);
    let other = Invoice {
        customer_id: Some(CustomerId::new(42)),
        date: "2026-03-02".parse().ok(),
        ..begun()
    };
    assert_eq!(names(&other), ["customer", "date"]);
    let of_nobody = Invoice {
        customer_id: None,
        ..begun()
    };
    assert_eq!(names(&of_nobody), ["customer"]);
}
