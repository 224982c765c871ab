//! What invoices and orders have in common: the printed number, lines and taxes on lines.

use std::collections::HashMap;

use api_core::{Date, Error};
use rust_decimal::Decimal;
use sync_core::fields::{Line, LineTax};
use sync_core::{EntityKind, FieldName, Ref, Value};

use super::draft::{Cell, Draft, refuse, shown};
use super::entity::{ChildQuery, Children, Search, key};
use super::lookups::Snapshot;
use super::options::OwnNumbers;
use super::schema::Table;
use crate::sql::db::Arg;
use crate::sql::row::{Flaw, Row};

/// Lines of documents of all sorts; `rel_type` says of which.
pub(super) static LINES: Table = Table {
    name: "itemable",
    key: "id",
    required: &[
        "rel_id",
        "rel_type",
        "description",
        "long_description",
        "qty",
        "rate",
        "unit",
        "item_order",
    ],
    optional: &PRODUCT_COLUMNS,
};

/// Columns that modules of the CRM keep the product of a line in (inferred); the first counts.
pub(super) const PRODUCT_COLUMNS: [&str; 3] = ["product_id", "item_id", "commodity_id"];

/// Taxes on lines.
pub(super) static LINE_TAXES: Table = Table {
    name: "item_tax",
    key: "id",
    required: &["itemid", "rel_id", "rel_type", "taxrate", "taxname"],
    optional: &[],
};

/// The child rows of a page of documents; `condition` is one on `rel_type`.
pub(super) fn line_queries(condition: &'static str) -> [ChildQuery; 2] {
    let query = |set, table, order| ChildQuery {
        set,
        table,
        parent: "rel_id",
        condition: Some(condition),
        order,
        only: None,
    };
    [
        query("lines", &LINES, "`item_order`, `id`"),
        query("taxes", &LINE_TAXES, "`id`"),
    ]
}

/// The lines of a document, in order, each with the id of its row.
pub(super) fn numbered_lines(id: i64, children: &Children) -> Result<Vec<(i64, Line)>, Flaw> {
    let mut taxes: HashMap<i64, Vec<LineTax>> = HashMap::new();
    for row in children.of("taxes", id) {
        let place = |flaw: Flaw| flaw.within(LINE_TAXES.name);
        if let Some(line) = row.id("itemid").map_err(place)? {
            taxes.entry(line).or_default().push(LineTax {
                name: row.text("taxname").map_err(place)?,
                rate: row.decimal("taxrate").map_err(place)?,
            });
        }
    }
    let rows = children.of("lines", id).iter();
    rows.map(|row| {
        let place = |flaw: Flaw| flaw.within(LINES.name);
        let line = key(row, &LINES).map_err(place)?;
        let content = Line {
            description: row.text("description").map_err(place)?,
            long_description: row.text("long_description").map_err(place)?,
            quantity: row.decimal("qty").map_err(place)?,
            unit_price: row.decimal("rate").map_err(place)?,
            unit: row.text("unit").map_err(place)?,
            product: product(row).map_err(place)?,
            taxes: taxes.remove(&line),
        };
        Ok((line, content))
    })
    .collect()
}

fn product(row: &Row) -> Result<Option<Ref>, Flaw> {
    for column in PRODUCT_COLUMNS {
        if row.has(column) {
            let id = row.id(column)?;
            return Ok(id.map(|id| Ref::new(EntityKind::Product, id.to_string())));
        }
    }
    Ok(None)
}

/// The lines of a document; nothing if there are none.
pub(super) fn lines(id: i64, children: &Children) -> Result<Option<Vec<Line>>, Flaw> {
    let lines = numbered_lines(id, children)?;
    let lines: Vec<Line> = lines.into_iter().map(|(_, line)| line).collect();
    Ok(Some(lines).filter(|lines| !lines.is_empty()))
}

/// The printed number of a row with `formatted_number` or `number`, `prefix`, `number_format`.
pub(super) fn number(
    row: &Row,
    date: Option<Date>,
    padding: usize,
) -> Result<Option<String>, Flaw> {
    if let Some(formatted) = row.text("formatted_number")? {
        return Ok(Some(formatted));
    }
    let Some(number) = row.int("number")? else {
        return Ok(None);
    };
    let parts = Number {
        prefix: row.text("prefix")?.unwrap_or_default(),
        number,
        format: row.int("number_format")?.unwrap_or(1),
    };
    Ok(Some(parts.printed(date, padding)))
}

/// Sets the columns of the printed number. A CRM that keeps the printed number itself takes any;
/// others take what they can print.
pub(super) fn draft_number(draft: &mut Draft<'_>, own: &OwnNumbers) -> Result<(), Error> {
    const FIELD: &str = "number";
    // Year and month of the date are part of some formats.
    if !draft.writes(FIELD) && !draft.writes("date") {
        return Ok(());
    }
    let Some(text) = draft.value::<String>(FIELD)? else {
        return Ok(());
    };
    let date = draft.value("date")?;
    let padding = draft.snapshot.settings.padding;
    let keeps = draft
        .snapshot
        .schema
        .has_column(draft.table, "formatted_number");
    let parts = Number::of(&text, date, padding, (&own.prefix, own.format));
    if parts.is_none() && !keeps {
        return Err(refuse(
            FIELD,
            format!(
                "holds `{}`; the CRM prints numbers as prefix and at least {padding} digits, with \
                 the year or month of the date if at all",
                shown(&text)
            ),
        ));
    }
    if keeps {
        draft.set("formatted_number", Cell::text(text));
    }
    let parts = parts.unwrap_or_else(|| Number {
        prefix: String::new(),
        number: 0,
        format: 1,
    });
    draft.set("prefix", Cell::Text(parts.prefix));
    draft.set("number", Cell::Int(parts.number));
    draft.set("number_format", Cell::Int(parts.format));
    Ok(())
}

/// Sets the sums of a document.
pub(super) fn draft_sums(draft: &mut Draft<'_>) -> Result<(), Error> {
    draft.decimal("subtotal", "subtotal")?;
    draft.decimal("discount", "discount_total")?;
    draft.decimal("adjustment", "adjustment")?;
    draft.decimal("tax_total", "total_tax")?;
    draft.decimal("total", "total")?;
    let discount = draft.value::<Decimal>("discount")?;
    if discount.is_some_and(|amount| !amount.is_zero()) {
        // Without a type the CRM does not print the discount.
        draft.default("discount_type", Cell::text("before_tax"));
    }
    Ok(())
}

/// Takes the lines over, if they are to be written.
pub(super) fn draft_lines(draft: &mut Draft<'_>, of: &'static str) -> Result<(), Error> {
    if let Some(lines) = draft.wanted::<Vec<Line>>("lines")? {
        draft.parts.lines = Some((of, lines.unwrap_or_default()));
    }
    Ok(())
}

/// A search for a printed number, which no column holds as it is.
pub(super) fn search(
    snapshot: &Snapshot,
    table: &Table,
    key: &[(FieldName, Value)],
) -> Option<Vec<Search>> {
    let [(field, Value::Text(text))] = key else {
        return None;
    };
    if field.as_str() != "number" {
        return None;
    }
    let mut searches = Vec::new();
    let numbers = possible_numbers(text, snapshot.settings.padding);
    if !numbers.is_empty() {
        searches.push(Search {
            condition: format!("`number` IN ({})", vec!["?"; numbers.len()].join(", ")),
            args: numbers.into_iter().map(Arg::Int).collect(),
        });
    }
    if snapshot.schema.has_column(table, "formatted_number") {
        searches.push(Search {
            condition: "`formatted_number` = ?".to_owned(),
            args: vec![Arg::Text(text.clone())],
        });
    }
    Some(searches)
}

/// A document's number as the CRM keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) prefix: String,
    pub(super) number: i64,
    pub(super) format: i64,
}

impl Number {
    /// As it is printed. Formats 2, 3 and 4 carry year and month of the document's date; without a
    /// date they cannot.
    pub(super) fn printed(&self, date: Option<Date>, padding: usize) -> String {
        let Self {
            prefix,
            number,
            format,
        } = self;
        let digits = format!("{number:0padding$}");
        match (format, date) {
            (2, Some(date)) => format!("{prefix}{}/{digits}", date.year()),
            (3, Some(date)) => format!("{prefix}{digits}-{:02}", date.year() % 100),
            (4, Some(date)) => format!("{prefix}{digits}/{:02}/{}", date.month(), date.year()),
            _ => format!("{prefix}{digits}"),
        }
    }

    /// What the CRM has to keep so that it prints this very text; nothing if it cannot.
    ///
    /// `own` is the CRM's own prefix and format: where they fit, they are taken.
    pub(super) fn of(
        text: &str,
        date: Option<Date>,
        padding: usize,
        own: (&str, i64),
    ) -> Option<Self> {
        let mut candidates = Vec::new();
        for format in [own.1, 2, 3, 4, 1] {
            let Some((prefix, digits)) = split(text, format, date) else {
                continue;
            };
            let whole = digits.len();
            let mut starts = vec![0];
            // The CRM's own prefix may end in a digit; leading zeros can only be of the prefix.
            if let Some(rest) = own.0.strip_prefix(prefix)
                && digits.starts_with(rest)
            {
                starts.insert(0, rest.len());
            }
            starts.push(whole.saturating_sub(padding));
            for start in starts {
                if let (Some(more), Some(number)) = (digits.get(..start), digits.get(start..))
                    && let Ok(number) = number.parse::<i32>()
                {
                    candidates.push(Self {
                        prefix: format!("{prefix}{more}"),
                        number: number.into(),
                        format,
                    });
                }
            }
        }
        // A blank prefix reads as none at all.
        let exact = |one: &&Self| {
            let blank = !one.prefix.is_empty() && one.prefix.trim().is_empty();
            !blank && one.printed(date, padding) == text
        };
        let fitting = |one: &&Self| one.prefix == own.0 && exact(one);
        candidates
            .iter()
            .find(fitting)
            .or_else(|| candidates.iter().find(exact))
            .cloned()
    }
}

/// Prefix and digits of a number that is printed in this format.
fn split(text: &str, format: i64, date: Option<Date>) -> Option<(&str, &str)> {
    let body = match (format, date) {
        (1, _) => text,
        (2, Some(date)) => {
            let at = text.rfind('/')?;
            let (head, digits) = (text.get(..at)?, text.get(at + 1..)?);
            let prefix = head.strip_suffix(&date.year().to_string())?;
            return all_digits(digits).then_some((prefix, digits));
        }
        (3, Some(date)) => text.strip_suffix(&format!("-{:02}", date.year() % 100))?,
        (4, Some(date)) => text.strip_suffix(&format!("/{:02}/{}", date.month(), date.year()))?,
        _ => return None,
    };
    let digits = body.bytes().rev().take_while(u8::is_ascii_digit).count();
    let at = body.len() - digits;
    let (prefix, digits) = (body.get(..at)?, body.get(at..)?);
    all_digits(digits).then_some((prefix, digits))
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The values that `number` can have in a row whose printed number is this text: any end of a run
/// of digits, because a prefix may end in digits itself.
fn possible_numbers(text: &str, padding: usize) -> Vec<i64> {
    let mut found = Vec::new();
    for run in text.split(|c: char| !c.is_ascii_digit()) {
        for length in padding.max(1)..=run.len().min(20) {
            let digits = run.get(run.len() - length..).unwrap_or_default();
            found.extend(digits.parse::<i32>().ok().map(i64::from));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(prefix: &str, number: i64, format: i64) -> Number {
        Number {
            prefix: prefix.to_owned(),
            number,
            format,
        }
    }

    #[test]
    fn the_four_number_formats_print_as_the_crm_prints_them() {
        let date = Date::new(2024, 3, 9);
        let print = |format| part("INV-", 123, format).printed(date, 6);
        assert_eq!(print(1), "INV-000123");
        assert_eq!(print(2), "INV-2024/000123");
        assert_eq!(print(3), "INV-000123-24");
        assert_eq!(print(4), "INV-000123/03/2024");
        assert_eq!(part("", 1_234_567, 1).printed(date, 4), "1234567");
        assert_eq!(part("A", 7, 2).printed(None, 3), "A007");
    }

    #[test]
    fn a_printed_number_is_taken_apart_as_the_crm_would_have_made_it() {
        let date = Date::new(2024, 3, 9);
        let of = |text: &str| Number::of(text, date, 6, ("INV-", 1));
        assert_eq!(of("INV-000123"), Some(part("INV-", 123, 1)));
        assert_eq!(of("INV-2024/000123"), Some(part("INV-", 123, 2)));
        assert_eq!(of("INV-000123-24"), Some(part("INV-", 123, 3)));
        assert_eq!(of("INV-000123/03/2024"), Some(part("INV-", 123, 4)));
        // Another year than the document's is part of the prefix.
        assert_eq!(of("INV-2023/000123"), Some(part("INV-2023/", 123, 1)));
        assert_eq!(of("0002024000"), Some(part("0002", 24_000, 1)));
        assert_eq!(of("1234567"), Some(part("", 1_234_567, 1)));
        // Too few digits, no digits at the end, none at all.
        for text in ["FACT/14", "INV-000123-B", "X", ""] {
            assert_eq!(of(text), None, "{text}");
        }
        let ours = Number::of("20240001", date, 4, ("2024", 1));
        assert_eq!(ours, Some(part("2024", 1, 1)));
    }

    proptest! {
        #[test]
        fn what_is_taken_apart_prints_the_same_again(
            prefix in "[A-Z0-9/-]{0,6}", number in 0i64..3_000_000, format in 1i64..5,
            padding in 1usize..8, own in 1i64..5,
        ) {
            let date = Date::new(2026, 11, 2);
            let text = part(&prefix, number, format).printed(date, padding);
            let taken = Number::of(&text, date, padding, ("INV-", own));
            let Some(taken) = taken else {
                return Err(TestCaseError::fail(format!("{text} was not taken apart")));
            };
            prop_assert_eq!(taken.printed(date, padding), text.clone());
            let possible = possible_numbers(&text, padding);
            prop_assert!(possible.contains(&taken.number), "{:?} lacks {:?}", possible, taken);
            prop_assert!(possible.contains(&number), "{:?} lacks {}", possible, number);
        }
    }
}
