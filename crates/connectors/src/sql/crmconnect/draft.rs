//! What is to be written of one record: columns of its row, and child rows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, SendOutcome, Timestamp};
use rust_decimal::Decimal;
use sync_core::fields::{FieldType, Line};
use sync_core::{EntityKind, FieldName, Fields, Ref, Value};

use super::entity::AddressColumns;
use super::lookups::{Hit, Lookup, Snapshot};
use super::schema::{Sort, Table};
use super::time::local;
use crate::sql::db::Arg;
use crate::sql::row::Row;

/// What goes into a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    /// Nothing: `NULL`, or the neutral value of a column that cannot be empty.
    Empty,
    /// A whole number.
    Int(i64),
    /// Text; also exact numbers, dates and local times, as the database reads them.
    Text(String),
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Cell::Text(text.into())
    }
}

/// A person that a customer without a company is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) first: Option<String>,
    pub(super) last: Option<String>,
    /// Only set where it is to be written.
    pub(super) email: Option<Option<String>>,
}

/// Child rows that are to be as given; what is not named is left alone.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Ids of the groups of a customer.
    pub(super) groups: Option<Vec<i64>>,
    /// Names of groups that are to be made first.
    pub(super) new_groups: Vec<String>,
    /// Lines of a document.
    pub(super) lines: Option<(&'static str, Vec<Line>)>,
    /// Custom fields: id and value.
    pub(super) custom: Vec<(i64, Option<String>)>,
    /// Who a customer without a company is.
    pub(super) person: Option<Person>,
}

/// One record on its way into the database.
pub(super) struct Draft<'a> {
    /// What is known of the CRM.
    pub(super) snapshot: &'a Snapshot,
    /// Whether groups that are missing may be made.
    pub(super) create_groups: bool,
    /// The whole content.
    pub(super) fields: &'a Fields,
    /// The row as it is; nothing for a new record.
    pub(super) current: Option<&'a Row>,
    /// The table of the row.
    pub(super) table: &'static Table,
    /// Child rows.
    pub(super) parts: Parts,
    now: Timestamp,
    written: Vec<FieldName>,
    columns: Vec<(Cow<'static, str>, Cell)>,
}

/// A refusal whose reason lies in the record.
pub(super) fn refuse(field: &str, problem: impl Into<String>) -> Error {
    let problem = problem.into();
    Error::new(
        ErrorKind::Validation,
        format!("The field `{field}` {problem}."),
    )
    .outcome(SendOutcome::Rejected)
    .fields(BTreeMap::from([(field.to_owned(), problem)]))
}

impl<'a> Draft<'a> {
    pub(super) fn new(
        snapshot: &'a Snapshot,
        table: &'static Table,
        fields: &'a Fields,
        written: Vec<FieldName>,
        current: Option<&'a Row>,
    ) -> Self {
        Self {
            snapshot,
            create_groups: false,
            fields,
            current,
            table,
            parts: Parts::default(),
            now: Timestamp::now(),
            written,
            columns: Vec::new(),
        }
    }

    /// Whether the record is new.
    pub(super) fn is_new(&self) -> bool {
        self.current.is_none()
    }

    /// Whether the field is to be written.
    pub(super) fn writes(&self, field: &str) -> bool {
        self.written.iter().any(|name| name.as_str() == field)
    }

    /// The value of a field, whether it is to be written or not.
    pub(super) fn value<T: FieldType>(&self, field: &str) -> Result<Option<T>, Error> {
        match self.fields.get(field) {
            Value::Null => Ok(None),
            Value::Text(text) if text.is_empty() => Ok(None),
            value => T::from_value(value).map(Some).ok_or_else(|| {
                let (expected, found) = (T::EXPECTED, value.type_name());
                refuse(field, format!("should be {expected}, not {found}"))
            }),
        }
    }

    /// The field, if it is to be written: its value or nothing.
    pub(super) fn wanted<T: FieldType>(&self, field: &str) -> Result<Option<Option<T>>, Error> {
        if self.writes(field) {
            self.value(field).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Sets a column; one that this CRM does not have is passed over.
    pub(super) fn set(&mut self, column: &'static str, cell: Cell) {
        if self.snapshot.schema.has_column(self.table, column) {
            self.columns.retain(|(name, _)| name != column);
            self.columns.push((column.into(), cell));
        }
    }

    /// Sets a column of a new record, unless it is set already.
    pub(super) fn default(&mut self, column: &'static str, cell: Cell) {
        if self.is_new() && !self.columns.iter().any(|(name, _)| name == column) {
            self.set(column, cell);
        }
    }

    /// Refuses a new record without this field, and one that is to lose it.
    pub(super) fn require(&self, field: &str) -> Result<(), Error> {
        if (self.is_new() || self.writes(field)) && self.fields.get(field).is_empty() {
            return Err(refuse(field, "is empty; the CRM cannot do without it"));
        }
        Ok(())
    }

    pub(super) fn text(&mut self, field: &str, column: &'static str) -> Result<(), Error> {
        if let Some(text) = self.wanted::<String>(field)? {
            self.set(column, text.map_or(Cell::Empty, Cell::Text));
        }
        Ok(())
    }

    pub(super) fn int(&mut self, field: &str, column: &'static str) -> Result<(), Error> {
        if let Some(number) = self.wanted::<i64>(field)? {
            self.set(column, number.map_or(Cell::Empty, Cell::Int));
        }
        Ok(())
    }

    /// Yes or no; what is not said is left as it is.
    pub(super) fn flag(&mut self, field: &str, column: &'static str) -> Result<(), Error> {
        if let Some(Some(flag)) = self.wanted::<bool>(field)? {
            self.set(column, Cell::Int(flag.into()));
        }
        Ok(())
    }

    pub(super) fn decimal(&mut self, field: &str, column: &'static str) -> Result<(), Error> {
        if let Some(number) = self.wanted::<Decimal>(field)? {
            self.set(
                column,
                number.map_or(Cell::Empty, |n| Cell::Text(n.to_string())),
            );
        }
        Ok(())
    }

    pub(super) fn date(&mut self, field: &str, column: &'static str) -> Result<(), Error> {
        match self.wanted::<api_core::Date>(field)? {
            None => Ok(()),
            Some(None) => self.no_time(field, column),
            Some(Some(date)) => {
                self.set(column, Cell::Text(date.to_string()));
                Ok(())
            }
        }
    }

    /// A moment, as local time of the CRM's zone.
    pub(super) fn moment(&mut self, field: &str, column: &'static str) -> Result<(), Error> {
        match self.wanted::<Timestamp>(field)? {
            None => Ok(()),
            Some(None) => self.no_time(field, column),
            Some(Some(at)) => {
                let text = local(at, &self.snapshot.settings.zone);
                self.set(column, Cell::Text(text));
                Ok(())
            }
        }
    }

    /// Empties a date; where there must be one, only a new row gets its neutral value.
    fn no_time(&mut self, field: &str, column: &'static str) -> Result<(), Error> {
        match self.snapshot.schema.column(self.table, column) {
            Some(known) if !known.nullable && !self.is_new() => {
                Err(refuse(field, "is empty; the CRM cannot do without it"))
            }
            Some(known) if known.nullable => {
                self.set(column, Cell::Empty);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The moment of writing, in the CRM's zone.
    pub(super) fn now(&self) -> Cell {
        Cell::Text(local(self.now, &self.snapshot.settings.zone))
    }

    /// The day of writing, in the CRM's zone.
    pub(super) fn today(&self) -> Cell {
        Cell::Text(self.now.date_in(&self.snapshot.settings.zone).to_string())
    }

    /// The id of a record that is referred to; 0 refers to nothing.
    pub(super) fn reference(
        &mut self,
        field: &str,
        column: &'static str,
        kind: EntityKind,
    ) -> Result<(), Error> {
        if let Some(reference) = self.wanted::<Ref>(field)? {
            let cell = match reference {
                None => Cell::Int(0),
                Some(reference) => Cell::Int(id_of(field, &reference, kind)?),
            };
            self.set(column, cell);
        }
        Ok(())
    }

    /// The id of an entry of a small table, by its name; 0 is none.
    pub(super) fn named(
        &mut self,
        field: &str,
        column: &'static str,
        lookup: Lookup,
    ) -> Result<(), Error> {
        if let Some(name) = self.wanted::<String>(field)? {
            let cell = match name {
                None => Cell::Int(0),
                Some(name) => Cell::Int(self.id_by_name(field, lookup, &name)?),
            };
            self.set(column, cell);
        }
        Ok(())
    }

    /// The id of the one entry with this name.
    pub(super) fn id_by_name(&self, field: &str, lookup: Lookup, name: &str) -> Result<i64, Error> {
        let table = self.snapshot.schema.quoted(lookup.table());
        match self.snapshot.id_of(lookup, name) {
            Hit::One(id) => Ok(id),
            Hit::None => Err(unknown(
                field,
                format!("holds `{}`, which is not in the table {table}", shown(name)),
            )),
            Hit::Several => Err(refuse(
                field,
                format!(
                    "holds `{}`, which is more than once in the table {table}",
                    shown(name)
                ),
            )),
        }
    }

    /// The id of a currency by its ISO code.
    pub(super) fn currency(&mut self, field: &str, column: &'static str) -> Result<(), Error> {
        if let Some(code) = self.wanted::<String>(field)? {
            let cell = match code {
                None => Cell::Int(0),
                Some(code) => Cell::Int(self.currency_id(field, &code)?),
            };
            self.set(column, cell);
        }
        Ok(())
    }

    fn currency_id(&self, field: &str, code: &str) -> Result<i64, Error> {
        let table = self.snapshot.schema.quoted(&super::lookups::CURRENCIES);
        match self.snapshot.currency_of(code) {
            Hit::One(id) => Ok(id),
            Hit::None => Err(unknown(
                field,
                format!("holds `{}`, which is not in the table {table}", shown(code)),
            )
            .help("Add the currency to the CRM, then sync again.")),
            Hit::Several => Err(refuse(
                field,
                format!(
                    "holds `{}`, which is more than once in the table {table}",
                    shown(code)
                ),
            )),
        }
    }

    /// A word that the CRM keeps as a number.
    pub(super) fn word(
        &mut self,
        field: &str,
        column: &'static str,
        number: fn(&str) -> Option<i64>,
    ) -> Result<(), Error> {
        if let Some(Some(word)) = self.wanted::<String>(field)? {
            let found = number(&word).ok_or_else(|| {
                refuse(
                    field,
                    format!("holds `{}`, which the CRM does not know", shown(&word)),
                )
            })?;
            self.set(column, Cell::Int(found));
        }
        Ok(())
    }

    pub(super) fn address(&mut self, field: &str, columns: AddressColumns) -> Result<(), Error> {
        let Some(address) = self.wanted::<sync_core::fields::Address>(field)? else {
            return Ok(());
        };
        let address = address.unwrap_or_default();
        let [street, city, state, zip, country] = columns;
        let text = |text: Option<String>| text.map_or(Cell::Empty, Cell::Text);
        let id = match address.country {
            None => 0,
            Some(code) => self.id_by_name(field, Lookup::Countries, &code)?,
        };
        self.set(street, text(address.street));
        self.set(city, text(address.city));
        self.set(state, text(address.state));
        self.set(zip, text(address.postal_code));
        self.set(country, Cell::Int(id));
        Ok(())
    }

    /// The owner's own fields; those that the CRM does not have were taken out before.
    pub(super) fn custom_fields(&mut self, defined: Option<&str>) -> Result<(), Error> {
        const FIELD: &str = "custom_fields";
        let (Some(of), Some(wanted)) = (defined, self.wanted::<BTreeMap<String, Value>>(FIELD)?)
        else {
            return Ok(());
        };
        // What is not named stays as it is: it may be the CRM's own.
        for (slug, value) in &wanted.unwrap_or_default() {
            let Some(id) = self.snapshot.custom_field_of(of, slug) else {
                continue;
            };
            let value = match value {
                Value::Text(text) => Some(text.clone()),
                other if other.is_empty() => None,
                other => {
                    return Err(refuse(
                        FIELD,
                        format!("holds {} in `{}`", other.type_name(), shown(slug)),
                    ));
                }
            };
            self.parts.custom.push((id, value));
        }
        Ok(())
    }

    /// Gives every column of a new row that must have a value and has none a neutral one.
    pub(super) fn fill(&mut self) {
        if !self.is_new() {
            return;
        }
        for (name, sort) in self.snapshot.schema.needing_value(self.table) {
            if !self.columns.iter().any(|(set, _)| set.as_ref() == name) {
                let cell = self.neutral(sort);
                self.columns.push((name.to_owned().into(), cell));
            }
        }
    }

    /// The columns and what they are set to.
    pub(super) fn row(&self) -> (Vec<Cow<'static, str>>, Vec<Arg>) {
        self.columns
            .iter()
            .map(|(name, cell)| (name.clone(), self.arg(name, cell)))
            .unzip()
    }

    /// A value as it is bound; a column that cannot be empty gets its neutral value.
    fn arg(&self, name: &str, cell: &Cell) -> Arg {
        let cell = match cell {
            Cell::Empty => match self.snapshot.schema.column(self.table, name) {
                Some(column) if !column.nullable => self.neutral(column.sort),
                _ => Cell::Empty,
            },
            other => other.clone(),
        };
        match cell {
            Cell::Empty => Arg::Null,
            Cell::Int(number) => Arg::Int(number),
            Cell::Text(text) => Arg::Text(text),
        }
    }

    /// What a column that cannot be empty holds where nothing is said.
    pub(super) fn neutral(&self, sort: Sort) -> Cell {
        match sort {
            Sort::Number => Cell::Int(0),
            Sort::Text => Cell::text(""),
            Sort::Date => self.today(),
            Sort::Moment => self.now(),
        }
    }
}

/// The number behind a word, where the words for 1 to `last` are known and a further status of the
/// CRM goes by its number.
pub(super) fn number_of(word: &str, last: i64, word_of: fn(i64) -> String) -> Option<i64> {
    (1..=last)
        .find(|number| word_of(*number) == word)
        .or_else(|| {
            let number: i64 = word.parse().ok()?;
            (number > last && word_of(number) == word).then_some(number)
        })
}

/// The code of a refusal for a name that the CRM does not have.
pub(super) const UNKNOWN: &str = "unknown_name";

fn unknown(field: &str, problem: String) -> Error {
    refuse(field, problem)
        .code(UNKNOWN)
        .help("Add it to the CRM, or map the value to one that the CRM has.")
}

/// A value for a message: not too long, on one line.
pub(super) fn shown(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    short.replace(char::is_control, " ")
}

/// The id in a reference.
pub(super) fn id_of(field: &str, reference: &Ref, kind: EntityKind) -> Result<i64, Error> {
    if reference.entity != kind {
        return Err(refuse(
            field,
            format!("refers to a {}, not to a {kind}", reference.entity),
        ));
    }
    reference
        .id
        .as_str()
        .parse()
        .ok()
        .filter(|id| *id > 0)
        .ok_or_else(|| {
            refuse(
                field,
                format!("refers to `{}`, which is no id of the CRM", reference.id),
            )
        })
}
