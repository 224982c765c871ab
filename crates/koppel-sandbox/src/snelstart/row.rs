//! A record in memory, and how it is written out.

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::schema::{Kind, Model, model};

/// One value of a record.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Cell {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Money(Decimal),
    Text(Box<str>),
    Time(DateTime),
    /// An id, also of another record.
    Id(Uuid),
    Object(Box<Row>),
    List(Vec<Cell>),
    Any(Box<Value>),
}

static NULL: Cell = Cell::Null;

impl Cell {
    pub(crate) fn text(text: impl AsRef<str>) -> Cell {
        Cell::Text(text.as_ref().into())
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn day(date: Date) -> Cell {
        Cell::Time(date.into())
    }

    /// What a fault compares with: the text of a plain value.
    pub(crate) fn plain(&self) -> Option<String> {
        match self {
            Cell::Text(text) => Some(text.to_string()),
            Cell::Int(number) => Some(number.to_string()),
            Cell::Money(amount) => Some(amount.to_string()),
            Cell::Bool(is) => Some(is.to_string()),
            Cell::Id(id) => Some(id.to_string()),
            Cell::Time(time) => Some(time_text(*time)),
            _ => None,
        }
    }
}

/// The values of one object of a model.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) model: &'static Model,
    pub(crate) cells: Vec<Cell>,
}

impl PartialEq for Row {
    fn eq(&self, other: &Row) -> bool {
        self.model.name == other.model.name && self.cells == other.cells
    }
}

impl Row {
    pub(crate) fn new(name: &str) -> Row {
        Row::of(model(name))
    }

    pub(crate) fn of(model: &'static Model) -> Row {
        let cells = model
            .props
            .iter()
            .map(|prop| match prop.kind {
                Kind::Bool => Cell::Bool(false),
                _ => Cell::Null,
            })
            .collect();
        Row { model, cells }
    }

    pub(crate) fn get(&self, name: &str) -> &Cell {
        self.model
            .index(name)
            .and_then(|at| self.cells.get(at))
            .unwrap_or(&NULL)
    }

    pub(crate) fn set(&mut self, name: &str, cell: Cell) {
        if let Some(slot) = self.model.index(name).and_then(|at| self.cells.get_mut(at)) {
            *slot = cell;
        }
    }

    pub(crate) fn with(mut self, name: &str, cell: Cell) -> Row {
        self.set(name, cell);
        self
    }

    pub(crate) fn with_text(self, name: &str, text: impl AsRef<str>) -> Row {
        self.with(name, Cell::text(text))
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).as_text()
    }

    pub(crate) fn money(&self, name: &str) -> Decimal {
        match self.get(name) {
            Cell::Money(amount) => *amount,
            _ => Decimal::ZERO,
        }
    }

    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        match self.get(name) {
            Cell::Int(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        *self.get(name) == Cell::Bool(true)
    }

    pub(crate) fn id(&self, name: &str) -> Option<Uuid> {
        match self.get(name) {
            Cell::Id(id) => Some(*id),
            _ => None,
        }
    }

    pub(crate) fn time(&self, name: &str) -> Option<DateTime> {
        match self.get(name) {
            Cell::Time(time) => Some(*time),
            _ => None,
        }
    }

    pub(crate) fn object(&self, name: &str) -> Option<&Row> {
        match self.get(name) {
            Cell::Object(row) => Some(row),
            _ => None,
        }
    }

    pub(crate) fn list(&self, name: &str) -> &[Cell] {
        match self.get(name) {
            Cell::List(cells) => cells,
            _ => &[],
        }
    }

    /// The objects of a list.
    pub(crate) fn rows(&self, name: &str) -> impl Iterator<Item = &Row> {
        self.list(name).iter().filter_map(|cell| match cell {
            Cell::Object(row) => Some(row.as_ref()),
            _ => None,
        })
    }

    /// Whether a list of texts holds that one.
    pub(crate) fn has_word(&self, name: &str, word: &str) -> bool {
        self.list(name)
            .iter()
            .any(|cell| cell.as_text() == Some(word))
    }

    /// Writes it as JSON; `base` is where such records stand, `only` the properties to show.
    pub(crate) fn write(&self, base: &str, only: Option<&[usize]>, out: &mut String) {
        out.push('{');
        let mut first = true;
        for (at, (prop, cell)) in self.model.props.iter().zip(&self.cells).enumerate() {
            if only.is_some_and(|only| !only.contains(&at)) {
                continue;
            }
            if !first {
                out.push(',');
            }
            first = false;
            // No name has a sign that JSON escapes.
            out.push('"');
            out.push_str(prop.name);
            out.push_str("\":");
            match (&prop.kind, cell) {
                (Kind::Uri, _) => match self.id("id") {
                    Some(id) if !base.is_empty() => reference(base, id, out),
                    _ => out.push_str("null"),
                },
                (kind, cell) => write_cell(kind, cell, out),
            }
        }
        out.push('}');
    }

    pub(crate) fn json(&self, base: &str) -> Value {
        let mut text = String::new();
        self.write(base, None, &mut text);
        serde_json::from_str(&text).unwrap_or_default()
    }
}

fn reference(base: &str, id: Uuid, out: &mut String) {
    out.push('"');
    out.push_str(base);
    out.push('/');
    push_id(id, out);
    out.push('"');
}

fn push_id(id: Uuid, out: &mut String) {
    out.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
}

fn write_cell(kind: &Kind, cell: &Cell, out: &mut String) {
    match cell {
        Cell::Null => out.push_str("null"),
        Cell::Bool(is) => out.push_str(if *is { "true" } else { "false" }),
        Cell::Int(number) => out.push_str(&number.to_string()),
        Cell::Money(amount) => money(*amount, out),
        Cell::Text(text) => quote(text, out),
        Cell::Time(time) => {
            out.push('"');
            push_time(*time, out);
            out.push('"');
        }
        Cell::Id(id) => match kind {
            Kind::Ref(base) => {
                let id = *id;
                out.push_str("{\"id\":\"");
                push_id(id, out);
                out.push_str("\",\"uri\":");
                reference(base, id, out);
                out.push('}');
            }
            _ => {
                out.push('"');
                push_id(*id, out);
                out.push('"');
            }
        },
        Cell::Object(row) => {
            let base = if row.model.name.starts_with("Document") {
                "/documenten"
            } else {
                ""
            };
            row.write(base, None, out);
        }
        Cell::List(cells) => {
            let inner = match kind {
                Kind::List(inner) => inner.as_ref(),
                kind => kind,
            };
            out.push('[');
            for (at, cell) in cells.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_cell(inner, cell, out);
            }
            out.push(']');
        }
        Cell::Any(value) => out.push_str(&value.to_string()),
    }
}

/// A number as .NET writes a decimal: its own digits, and a fraction always.
pub(crate) fn money(amount: Decimal, out: &mut String) {
    let text = amount.to_string();
    out.push_str(&text);
    if !text.contains('.') {
        out.push_str(".0");
    }
}

pub(crate) fn quote(text: &str, out: &mut String) {
    let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
    match serde_json::to_string(text) {
        Ok(quoted) => out.push_str(&quoted),
        Err(_) => out.push_str("\"\""),
    }
}

/// A wall clock's time without a zone; milliseconds only where there are any.
pub(crate) fn time_text(time: DateTime) -> String {
    let mut text = String::with_capacity(23);
    push_time(time, &mut text);
    text
}

fn push_time(time: DateTime, out: &mut String) {
    let parts = [
        ("", i32::from(time.year()), 1_000),
        ("-", time.month().into(), 10),
        ("-", time.day().into(), 10),
        ("T", time.hour().into(), 10),
        (":", time.minute().into(), 10),
        (":", time.second().into(), 10),
        (".", time.millisecond().into(), 100),
    ];
    for (before, value, mut unit) in parts {
        if before == "." && value == 0 {
            return;
        }
        out.push_str(before);
        while unit > 0 {
            let digit = u32::try_from(value / unit % 10).unwrap_or(0);
            out.push(char::from_digit(digit, 10).unwrap_or('0'));
            unit /= 10;
        }
    }
}

/// The forms of a time that the API takes: with or without a time of day, `T` or a blank
/// between; an offset is dropped.
pub(crate) fn read_time(text: &str) -> Option<DateTime> {
    let text = text.trim();
    if text.len() == 10 {
        return text.parse::<Date>().ok().map(Into::into);
    }
    let text = text.strip_suffix('Z').unwrap_or(text);
    let end = text
        .get(11..)
        .and_then(|clock| clock.find(['+', '-']))
        .map_or(text.len(), |at| at + 11);
    let time = text.get(..end)?.parse::<DateTime>().ok()?;
    // The API keeps milliseconds.
    Some(
        time.with()
            .microsecond(0)
            .nanosecond(0)
            .build()
            .unwrap_or(time),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_form_and_written_in_one() {
        let written = |text| read_time(text).map(time_text);
        let midnight = Some("2026-08-16T00:00:00".to_owned());
        assert_eq!(written("2026-08-16"), midnight);
        assert_eq!(written("2026-08-16 00:00:00"), midnight);
        assert_eq!(written("2026-08-16T00:00:00Z"), midnight);
        assert_eq!(written("2026-08-16T00:00:00+02:00"), midnight);
        let fine = Some("2026-08-16T10:15:30.120".to_owned());
        assert_eq!(written("2026-08-16T10:15:30.1204"), fine);
        assert_eq!(written("16-08-2026"), None);
    }

    #[test]
    fn money_keeps_its_digits_and_always_has_a_fraction() {
        let mut text = String::new();
        money(Decimal::new(121_000, 2), &mut text);
        assert_eq!(text, "1210.00");
        text.clear();
        money(Decimal::new(-5, 0), &mut text);
        assert_eq!(text, "-5.0");
    }

    #[test]
    fn a_row_shows_its_references_with_their_addresses() {
        let id = Uuid::from_u128(7);
        let row = Row::new("VerkoopfactuurModel")
            .with("id", Cell::Id(id))
            .with("relatie", Cell::Id(id));
        let json = row.json("/verkoopfacturen");
        assert_eq!(json["uri"], format!("/verkoopfacturen/{id}"));
        assert_eq!(json["relatie"]["uri"], format!("/relaties/{id}"));
        assert_eq!(json["openstaandSaldo"], Value::Null);
    }
}
