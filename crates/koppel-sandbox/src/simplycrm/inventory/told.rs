//! What answers tell of lines and totals.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

use super::{LINE_COLUMNS, Totals};
use crate::simplycrm::fold::at_scale;
use crate::simplycrm::html::escaped;
use crate::simplycrm::reply::php_float;
use crate::simplycrm::store::Row;
use crate::simplycrm::vtql::number_prefix;
use crate::simplycrm::write::Change;

/// The answer of a change: the first line's columns stand in the header; with new lines totals
/// are numbers and an update tells no lines.
pub(crate) fn as_changed(row: &Row, new_lines: bool, how: Change, map: &mut Map<String, Value>) {
    let first = row.lines.first();
    let emptied = new_lines && how == Change::Update;
    for name in LINE_COLUMNS {
        if name != "productid" {
            let value = first.filter(|_| !emptied).map(|line| line.column(name));
            map.insert(name.into(), value.unwrap_or_else(|| "".into()));
        }
    }
    if emptied {
        map.insert("productid".into(), Value::Null);
        map.insert("LineItems".into(), json!([]));
    }
    if new_lines {
        numbered_totals(row, map);
    } else {
        map.retain(|name, _| {
            name != "LineItems_FinalDetails" && !name.starts_with("shipping_&_handling")
        });
    }
}

/// Totals as JSON numbers, as the answers of writes with lines have them.
pub(super) fn numbered_totals(row: &Row, map: &mut Map<String, Value>) {
    let totals = row.totals();
    for (name, amount) in [
        ("hdnSubTotal", totals.sub),
        ("pre_tax_total", totals.before_tax),
        ("hdnGrandTotal", totals.grand),
    ] {
        map.insert(name.into(), php_float(amount));
    }
}

fn money(number: Decimal) -> String {
    at_scale(
        number.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero),
        2,
    )
}

/// An object of its own shape, with texts for the eyes of users.
pub(super) fn final_details(row: &Row, fresh: bool) -> Value {
    let totals = if fresh {
        row.totals()
    } else {
        Totals {
            sub: Decimal::ZERO,
            before_tax: Decimal::ZERO,
            grand: Decimal::ZERO,
        }
    };
    let mut details = Map::new();
    if fresh {
        for (at, line) in row.lines.iter().enumerate() {
            let n = at + 1;
            let number = line
                .product
                .split_once('x')
                .map_or("", |(_, number)| number);
            details.insert(
                n.to_string(),
                json!({
                    format!("hdnProductId{n}"): number,
                    format!("productName{n}"): line.name,
                    format!("entityType{n}"): line.entity,
                    format!("qty{n}"): line.quantity.normalize().to_string(),
                    format!("listPrice{n}"): money(line.price),
                    format!("comment{n}"): escaped(&line.comment),
                    format!("productTotal{n}"): money(line.gross()),
                    format!("discountTotal{n}"): money(line.discount()),
                    format!("totalAfterDiscount{n}"): money(line.net()),
                    format!("taxTotal{n}"): "0.00",
                    format!("netPrice{n}"): money(line.net()),
                }),
            );
        }
    }
    let taxes: Map<String, Value> = (1..=3)
        .map(|number| {
            let name = format!("tax{number}");
            let share = row.lines.first().map(|line| line.column(&name));
            let tax = json!({
                "taxname": name,
                "percentage": share.filter(|_| fresh).unwrap_or_else(|| 0.into()),
                "taxid": number.to_string(),
                "type": "Fixed", "method": "Simple", "regions": [], "compoundon": [],
            });
            (number.to_string(), tax)
        })
        .collect();
    let last = json!({
        "taxtype": row.text("hdnTaxType"),
        "discount_type_final": "zero",
        "hdnSubTotal": money(totals.sub),
        "taxes": taxes,
        "preTaxTotal": money(totals.before_tax),
        "grandTotal": money(totals.grand),
        "adjustment": money(number_prefix(row.text("txtAdjustment"))),
        "chargesAndItsTaxes": {"1": {"value": null, "taxes": {"1": 0, "2": 0, "3": 0}}},
        "deductTaxes": [],
        "deductTaxesTotalAmount": "0.00",
    });
    let first = details.entry("1").or_insert_with(|| json!({}));
    if let Some(first) = first.as_object_mut() {
        first.insert("final_details".into(), last);
    }
    Value::Object(details)
}
