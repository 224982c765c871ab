//! What the Perfex API writes otherwise and no table can say (public API documents).

use api_core::Error;
use serde_json::{Map, Value as Json, json};
use smartcrm_client::Entity;

use super::codec::rejected;
use super::decode::text;

type Wire = Map<String, Json>;

/// Digits of a printed number unless the server pads otherwise.
const PADDING: usize = 6;

/// From the API's form to the inferred contract's.
pub(super) fn take_in(entity: Entity, record: &mut Wire) {
    if matches!(entity, Entity::Invoices | Entity::Orders) {
        if let Some(number) = printed(record) {
            record.insert("number".to_owned(), Json::String(number));
        }
        if let Some(Json::Array(lines)) = record.get_mut("lines") {
            lines.iter_mut().for_each(line_in);
        }
    }
}

/// From the inferred contract's form to the API's.
pub(super) fn put_out(entity: Entity, data: &mut Wire, create: bool) -> Result<(), Error> {
    if entity == Entity::Contacts
        && let Some(Json::Bool(primary)) = data.get("is_primary")
    {
        match (*primary, create) {
            (true, _) => data.insert("is_primary".to_owned(), json!("on")),
            // Not to say so is how a new contact is not the first.
            (false, true) => data.remove("is_primary"),
            (false, false) => data.insert("is_primary".to_owned(), json!("0")),
        };
    }
    if entity != Entity::Invoices {
        return Ok(());
    }
    if let Some(Json::String(number_text)) = data.get("number") {
        let number = number(number_text).and_then(|digits| digits.parse::<u64>().ok());
        let Some(number) = number else {
            return Err(rejected(
                "number",
                &format!("holds `{number_text}`, of which this server can keep only a number"),
            )
            .help("Numbers such as 42 or INV-000042 can be written."));
        };
        data.insert("number".to_owned(), json!(number));
    }
    if let Some(Json::Array(lines)) = data.get_mut("lines") {
        if !create {
            return Err(rejected(
                "lines",
                "have changed in an invoice that is there already; this API adds lines and cannot \
                 replace them safely",
            )
            .help("Change the lines of this invoice on the server by hand."));
        }
        lines.iter_mut().for_each(line_out);
    }
    Ok(())
}

/// The whole number of a printed one: its last digits, where it has no others.
pub(super) fn number(printed: &str) -> Option<String> {
    let printed = printed.trim();
    let digits = printed.trim_start_matches(|c: char| !c.is_ascii_digit());
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let bare = digits.trim_start_matches('0');
    Some(if bare.is_empty() { "0" } else { bare }.to_owned())
}

/// A document's number as it is printed.
///
/// Later versions send it; otherwise it is put together as the server does: 1 `PREFIX000123`,
/// 2 `PREFIX2024/000123`, 3 `PREFIX000123-24`, 4 `PREFIX000123/MM/YYYY`.
fn printed(record: &Wire) -> Option<String> {
    let word = |name: &str| {
        let json = record.get(name)?;
        text(name, json).ok().flatten()
    };
    if let Some(printed) = word("formatted_number") {
        return Some(printed);
    }
    let (number, prefix) = (word("number")?, word("prefix")?);
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded = format!("{number:0>PADDING$}");
    let date = word("date").unwrap_or_default();
    let year = date.get(..4).unwrap_or_default();
    let month = date.get(5..7).unwrap_or_default();
    Some(match word("number_format").as_deref() {
        Some("2") => format!("{prefix}{year}/{padded}"),
        Some("3") => format!("{prefix}{padded}-{}", year.get(2..).unwrap_or_default()),
        Some("4") => format!("{prefix}{padded}/{month}/{year}"),
        _ => format!("{prefix}{padded}"),
    })
}

fn line_in(line: &mut Json) {
    let Json::Object(line) = line else {
        return;
    };
    if let Some(order) = line.remove("item_order") {
        line.insert("order".to_owned(), order);
    }
    line.remove("product_id");
    let taxes: Option<Vec<Json>> = match line.remove("taxname").or_else(|| line.remove("taxes")) {
        Some(Json::Array(taxes)) => Some(taxes.iter().map(tax_in).collect()),
        Some(Json::String(one)) if !one.is_empty() => Some(vec![tax_in(&Json::String(one))]),
        _ => None,
    };
    if let Some(taxes) = taxes {
        line.insert("taxes".to_owned(), Json::Array(taxes));
    }
}

/// `"VAT|19.00"`, or an object whose members begin with `tax`.
fn tax_in(tax: &Json) -> Json {
    match tax {
        Json::String(both) => match both.rsplit_once('|') {
            Some((name, rate)) => json!({"name": name, "rate": rate}),
            None => json!({"name": both}),
        },
        Json::Object(members) => {
            let member = |names: [&str; 2]| {
                let found = names.into_iter().find_map(|name| members.get(name));
                found.cloned().unwrap_or_default()
            };
            json!({"name": member(["taxname", "name"]), "rate": member(["taxrate", "rate"])})
        }
        other => other.clone(),
    }
}

fn line_out(line: &mut Json) {
    let Json::Object(line) = line else {
        return;
    };
    line.remove("product_id");
    if let Some(Json::Array(taxes)) = line.remove("taxes") {
        let word = |tax: &Json, name: &str| {
            let word = tax.get(name).and_then(Json::as_str);
            word.unwrap_or_default().to_owned()
        };
        let names: Json = taxes
            .iter()
            .map(|tax| Json::String(format!("{}|{}", word(tax, "name"), word(tax, "rate"))))
            .collect();
        line.insert("taxname".to_owned(), names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_number_gives_up_its_digits_only_where_they_stand_alone() {
        for (printed, expected) in [
            ("42", Some("42")),
            ("INV-000042", Some("42")),
            (" F000000 ", Some("0")),
            ("2024/000042", None),
            ("INV-000042-24", None),
            ("CONCEPT", None),
            ("", None),
        ] {
            assert_eq!(number(printed).as_deref(), expected, "{printed}");
        }
    }

    #[test]
    fn a_number_is_printed_as_the_server_prints_it() {
        for (wire, expected) in [
            (json!({"number": "42"}), None),
            (
                json!({"number": "42", "formatted_number": "F/42"}),
                Some("F/42"),
            ),
            (
                json!({"number": "42", "prefix": "INV-"}),
                Some("INV-000042"),
            ),
            (
                json!({"number": "42", "prefix": "INV-", "number_format": "2", "date": "2024-03-01"}),
                Some("INV-2024/000042"),
            ),
            (
                json!({"number": 42, "prefix": "INV-", "number_format": 3, "date": "2024-03-01"}),
                Some("INV-000042-24"),
            ),
            (
                json!({"number": "42", "prefix": "I", "number_format": "4", "date": "2024-03-01"}),
                Some("I000042/03/2024"),
            ),
        ] {
            assert_eq!(
                printed(wire.as_object().unwrap()).as_deref(),
                expected,
                "{wire}"
            );
        }
    }

    #[test]
    fn taxes_travel_with_their_rate_behind_a_bar() {
        let mut line = json!({
            "description": "Chair", "order": 1, "product_id": "7",
            "taxes": [{"name": "VAT|EU", "rate": "19.00"}],
        });
        line_out(&mut line);
        assert_eq!(
            line,
            json!({"description": "Chair", "order": 1, "taxname": ["VAT|EU|19.00"]})
        );
        line["item_order"] = line["order"].take();
        line_in(&mut line);
        assert_eq!(line["taxes"], json!([{"name": "VAT|EU", "rate": "19.00"}]));
        assert_eq!(line["order"], 1);
        let mut rows = json!({"taxes": [{"taxname": "VAT", "taxrate": "9.00"}]});
        line_in(&mut rows);
        assert_eq!(rows, json!({"taxes": [{"name": "VAT", "rate": "9.00"}]}));
    }
}
