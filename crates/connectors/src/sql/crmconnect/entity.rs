//! What the kinds of record have in common.

use std::collections::{BTreeMap, HashMap};

use api_core::Error;
use sync_core::fields::{Address, View};
use sync_core::{EntityKind, FieldName, Fields, Ref, Value};

use super::Scope;
use super::draft::Draft;
use super::lookups::{Lookup, Names, Snapshot};
use super::schema::{Schema, Table};
use crate::sql::db::Arg;
use crate::sql::row::{Flaw, Row};

/// One kind of record: which tables it is read from, and what its rows mean.
pub(super) trait Entity: Sync {
    /// The kind of record.
    fn kind(&self) -> EntityKind;

    /// The table with one row for each record.
    fn table(&self) -> &'static Table;

    /// Further tables that must be there.
    fn needs(&self) -> Vec<&'static Table> {
        Vec::new()
    }

    /// The `fieldto` of the values of its custom fields; nothing for a kind without.
    fn custom(&self) -> Option<&'static str> {
        None
    }

    /// The `fieldto` under which its custom fields are defined.
    fn custom_defined(&self) -> Option<&'static str> {
        self.custom()
    }

    /// Which rows are no records, as an SQL condition for those that are.
    fn filter(&self, scope: &Scope, schema: &Schema) -> Option<&'static str> {
        let _ = (scope, schema);
        None
    }

    /// The child rows that the rows of a page need.
    fn children(&self, rows: &[Row], schema: &Schema) -> Vec<ChildQuery> {
        let _ = (rows, schema);
        Vec::new()
    }

    /// The column behind a field that can be searched by equality.
    fn column(&self, field: &str) -> Option<&'static str>;

    /// Searches that equality in [`column`](Self::column)s cannot express, one after the other so
    /// that each can use an index; their hits are compared with the key once they are read.
    fn search(&self, snapshot: &Snapshot, key: &[(FieldName, Value)]) -> Option<Vec<Search>> {
        let _ = (snapshot, key);
        None
    }

    /// Puts a content that is to be written into columns and child rows.
    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), Error>;

    /// Makes a record's content of a row.
    fn fields(&self, names: &mut Names<'_>, row: &Row, children: &Children) -> Result<Built, Flaw>;
}

/// A condition and its arguments.
#[derive(Debug, Clone)]
pub(super) struct Search {
    /// SQL, after `WHERE`.
    pub(super) condition: String,
    /// What its question marks stand for.
    pub(super) args: Vec<Arg>,
}

/// The content of a record, and whether the record is at its end.
pub(super) struct Built {
    pub(super) fields: Fields,
    pub(super) ended: bool,
}

impl Built {
    pub(super) fn active(view: impl View) -> Self {
        Self {
            fields: view.into_fields(),
            ended: false,
        }
    }
}

/// A query for the child rows of a page.
pub(super) struct ChildQuery {
    /// The name under which the rows are found.
    pub(super) set: &'static str,
    /// Their table.
    pub(super) table: &'static Table,
    /// The column with the id of the parent.
    pub(super) parent: &'static str,
    /// A further condition.
    pub(super) condition: Option<&'static str>,
    /// Their order among those of one parent.
    pub(super) order: &'static str,
    /// The parents, where not all rows of the page.
    pub(super) only: Option<Vec<i64>>,
}

/// Child rows by set and parent.
#[derive(Default)]
pub(super) struct Children(HashMap<&'static str, HashMap<i64, Vec<Row>>>);

impl Children {
    pub(super) fn insert(&mut self, set: &'static str, parent: i64, row: Row) {
        self.0
            .entry(set)
            .or_default()
            .entry(parent)
            .or_default()
            .push(row);
    }

    /// The rows of one parent in order.
    pub(super) fn of(&self, set: &str, parent: i64) -> &[Row] {
        self.0
            .get(set)
            .and_then(|parents| parents.get(&parent))
            .map_or(&[], Vec::as_slice)
    }
}

/// The set of custom field values.
pub(super) const CUSTOM: &str = "custom";

/// Values of the owner's own fields.
pub(super) static CUSTOM_VALUES: Table = Table {
    name: "customfieldsvalues",
    key: "id",
    required: &["relid", "fieldid", "fieldto", "value"],
    optional: &[],
};

/// The custom fields of a record; text, as the CRM stores them.
pub(super) fn custom_fields(
    names: &mut Names<'_>,
    id: i64,
    children: &Children,
) -> Result<Option<BTreeMap<String, Value>>, Flaw> {
    let mut found = BTreeMap::new();
    for row in children.of(CUSTOM, id) {
        let place = |flaw: Flaw| flaw.within(CUSTOM_VALUES.name);
        let Some(field) = row.id("fieldid").map_err(place)? else {
            continue;
        };
        let Some(slug) = names.custom_field(field) else {
            continue;
        };
        if let Some(value) = row.text("value").map_err(place)? {
            found.entry(slug).or_insert(Value::Text(value));
        }
    }
    Ok(Some(found).filter(|fields| !fields.is_empty()))
}

/// The id of a row, by its primary key.
pub(super) fn key(row: &Row, table: &Table) -> Result<i64, Flaw> {
    row.int(table.key)?
        .ok_or_else(|| Flaw::new(table.key, "is empty"))
}

/// A reference by a column; zero and nothing refer to nothing.
pub(super) fn reference(row: &Row, column: &str, kind: EntityKind) -> Result<Option<Ref>, Flaw> {
    Ok(row.id(column)?.map(|id| Ref::new(kind, id.to_string())))
}

/// A name by the id in a column.
pub(super) fn named(
    names: &mut Names<'_>,
    row: &Row,
    column: &str,
    lookup: Lookup,
) -> Result<Option<String>, Flaw> {
    Ok(names.name(lookup, row.id(column)?))
}

/// Columns of an address: street, city, state, postal code, country.
pub(super) type AddressColumns = [&'static str; 5];

/// An address, if there is anything in it.
pub(super) fn address(
    names: &mut Names<'_>,
    row: &Row,
    columns: AddressColumns,
) -> Result<Option<Address>, Flaw> {
    let [street, city, state, zip, country] = columns;
    let address = Address {
        street: row.text(street)?,
        city: row.text(city)?,
        state: row.text(state)?,
        postal_code: row.text(zip)?,
        country: named(names, row, country, Lookup::Countries)?,
    };
    Ok(Some(address).filter(|address| *address != Address::default()))
}
