//! What the Perfex API writes otherwise and no table can say (public API documents).

use api_core::Error;
use serde_json::{Map, Value as Json, json};
use smartcrm_client::{Entity, Numbering};

use super::codec::rejected;
use super::decode::text;

type Wire = Map<String, Json>;

/// From the API's form to the inferred contract's.
pub(super) fn take_in(entity: Entity, numbering: Option<&Numbering>, record: &mut Wire) {
    if matches!(entity, Entity::Invoices | Entity::Orders) {
        if let Some(number) = printed(record, numbering) {
            record.insert("number".to_owned(), Json::String(number));
        }
        if let Some(Json::Array(lines)) = record.get_mut("lines") {
            lines.iter_mut().for_each(line_in);
        }
    }
}

/// What is done to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// It is new.
    Create,
    /// It is there; these are the ids of the lines that go where lines are sent.
    Update(&'a [String]),
}

/// The ids of the lines of a document, as the server sends it.
pub(super) fn line_ids(record: &Wire) -> Vec<String> {
    let Some(Json::Array(lines)) = record.get("lines") else {
        return Vec::new();
    };
    lines
        .iter()
        .filter_map(|line| {
            let id = ["id", "itemid"].into_iter().find_map(|name| line.get(name));
            text("lines", id?).ok().flatten()
        })
        .collect()
}

/// From the inferred contract's form to the API's; `date` is the document's day.
pub(super) fn put_out(
    entity: Entity,
    numbering: Option<&Numbering>,
    date: &str,
    data: &mut Wire,
    kind: Kind<'_>,
) -> Result<(), Error> {
    if entity == Entity::Contacts
        && let Some(Json::Bool(primary)) = data.get("is_primary")
    {
        match (*primary, kind == Kind::Create) {
            (true, _) => data.insert("is_primary".to_owned(), json!("on")),
            // Not to say so is how a new contact is not the first.
            (false, true) => data.remove("is_primary"),
            (false, false) => data.insert("is_primary".to_owned(), json!("0")),
        };
    }
    if entity != Entity::Invoices {
        return Ok(());
    }
    if let Some(Json::String(printed)) = data.get("number") {
        let number = whole(printed, numbering).filter(|number| {
            is_bare(printed)
                || numbering.is_some_and(|numbering| print(numbering, *number, date) == *printed)
        });
        let Some(number) = number else {
            let problem = format!(
                "holds `{printed}`, which is not how this server numbers invoices: it keeps a \
                 whole number and prints it in its own way"
            );
            return Err(rejected("number", &problem).help(
                "Say how it prints them in `numbering.invoices` of the connection's profile, such \
                 as `{ prefix = \"INV-\", format = 1 }`, or map the number to digits alone.",
            ));
        };
        data.insert("number".to_owned(), json!(number));
    }
    if let Some(Json::Array(lines)) = data.get_mut("lines") {
        lines.iter_mut().for_each(line_out);
        if let Kind::Update(away) = kind {
            data.insert("removed_items".to_owned(), json!(away));
        }
    }
    Ok(())
}

/// Whether a printed number is nothing but digits.
pub(super) fn is_bare(printed: &str) -> bool {
    let printed = printed.trim();
    !printed.is_empty() && printed.bytes().all(|byte| byte.is_ascii_digit())
}

/// The whole number of a printed one.
pub(super) fn whole(printed: &str, numbering: Option<&Numbering>) -> Option<u64> {
    let printed = printed.trim();
    if is_bare(printed) {
        return printed.parse().ok();
    }
    let numbering = numbering?;
    let rest = printed.strip_prefix(numbering.prefix.as_str())?;
    let digits = match numbering.format {
        2 => rest.split_once('/')?.1,
        3 => rest.split_once('-')?.0,
        4 => rest.split_once('/')?.0,
        _ => rest,
    };
    is_bare(digits).then(|| digits.parse().ok())?
}

/// A number as the server prints it for a document of that day (`YYYY-MM-DD`).
fn print(numbering: &Numbering, number: u64, date: &str) -> String {
    let (prefix, width) = (&numbering.prefix, usize::from(numbering.digits));
    let padded = format!("{number:0>width$}");
    let year = date.get(..4).unwrap_or_default();
    let month = date.get(5..7).unwrap_or_default();
    match numbering.format {
        2 => format!("{prefix}{year}/{padded}"),
        3 => format!("{prefix}{padded}-{}", year.get(2..).unwrap_or_default()),
        4 => format!("{prefix}{padded}/{month}/{year}"),
        _ => format!("{prefix}{padded}"),
    }
}

/// A document's number as it is printed: later versions send it, otherwise it is put together from
/// the record's own prefix and format, as the server does.
fn printed(record: &Wire, numbering: Option<&Numbering>) -> Option<String> {
    let word = |name: &str| {
        let json = record.get(name)?;
        text(name, json).ok().flatten()
    };
    if let Some(printed) = word("formatted_number") {
        return Some(printed);
    }
    let (number, prefix) = (word("number")?, word("prefix")?);
    let known = numbering.cloned().unwrap_or_default();
    let format = word("number_format").and_then(|format| format.parse().ok());
    let own = Numbering {
        prefix,
        format: format.unwrap_or(known.format),
        digits: known.digits,
    };
    let date = word("date").unwrap_or_default();
    Some(print(&own, number.parse().ok()?, &date))
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

    fn numbering(format: u8) -> Numbering {
        serde_json::from_value(json!({"prefix": "INV-", "format": format})).unwrap()
    }

    #[test]
    fn a_number_is_taken_out_of_its_print_and_printed_again() {
        let day = "2024-03-01";
        for (format, text) in [
            (1, "INV-000042"),
            (2, "INV-2024/000042"),
            (3, "INV-000042-24"),
            (4, "INV-000042/03/2024"),
        ] {
            let numbering = numbering(format);
            assert_eq!(whole(text, Some(&numbering)), Some(42), "{text}");
            assert_eq!(print(&numbering, 42, day), text);
        }
        assert_eq!(whole("000042", None), Some(42));
        for text in ["INV-000042", "CONCEPT", "", "-1"] {
            assert_eq!(whole(text, None), None, "{text}");
        }
        for text in ["F-000042", "INV-", "INV-42x", "INV-2024/000042"] {
            assert_eq!(whole(text, Some(&numbering(1))), None, "{text}");
        }
    }

    #[test]
    fn a_number_that_the_server_would_print_otherwise_is_refused() {
        let write = |text: &str, format: Option<u8>, day: &str| {
            let mut data = Map::from_iter([("number".to_owned(), json!(text))]);
            let numbering = format.map(numbering);
            put_out(
                Entity::Invoices,
                numbering.as_ref(),
                day,
                &mut data,
                Kind::Create,
            )
            .map(|()| data["number"].clone())
        };
        assert_eq!(write("42", None, "").unwrap(), 42);
        assert_eq!(write("INV-000042", Some(1), "").unwrap(), 42);
        assert_eq!(write("INV-2024/000042", Some(2), "2024-03-01").unwrap(), 42);
        for (text, format, day) in [
            ("INV-000042", None, ""),
            ("INV-42", Some(1), ""),
            ("F-000042", Some(1), ""),
            ("INV-2023/000042", Some(2), "2024-03-01"),
        ] {
            let error = write(text, format, day).unwrap_err();
            assert!(error.message().contains(text), "{error}");
            assert!(error.help_text().unwrap().contains("numbering.invoices"));
        }
    }

    #[test]
    fn a_number_is_read_as_the_server_prints_it() {
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
                json!({"number": "42", "prefix": "A", "number_format": "2", "date": "2024-03-01"}),
                Some("A2024/000042"),
            ),
            (
                json!({"number": 42, "prefix": "A", "number_format": 3, "date": "2024-03-01"}),
                Some("A000042-24"),
            ),
        ] {
            let read = printed(wire.as_object().unwrap(), None);
            assert_eq!(read.as_deref(), expected, "{wire}");
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
