//! Child rows: what is there and right stays as it is, with its id.

use std::collections::BTreeSet;

use api_core::Error;
use rust_decimal::Decimal;
use sync_core::fields::{FieldType, Line, LineTax};
use sync_core::{EntityKind, Fields, Value};

use super::contacts::note_stand_in;
use super::customers::{BILLING, Customers, GROUPS, PERSONS};
use super::documents::{LINE_TAXES, LINES, PRODUCT_COLUMNS, numbered_lines};
use super::draft::{Cell, Draft, Person, id_of};
use super::entity::{CUSTOM_VALUES, Entity};
use super::lookups::{Lookup, Snapshot};
use super::reader::Reader;
use super::schema::Table;
use super::writer::OPERATION;
use crate::sql::db::{Arg, WriteSession};
use crate::sql::row::{Cell as Read, Flaw};

/// The record that child rows belong to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Its key.
    pub(super) key: i64,
    /// Whether it was made just now, so that it has no child rows yet.
    pub(super) new: bool,
}

/// A number in the first column of each row.
pub(super) fn numbers(rows: Vec<Vec<Read>>) -> Vec<i64> {
    rows.into_iter()
        .filter_map(|row| match row.into_iter().next()? {
            Read::Int(number) => Some(number),
            Read::Text(text) => text.trim().parse().ok(),
            Read::Null | Read::Unreadable => None,
        })
        .collect()
}

/// Inserts a row of a child table; columns that must have a value get their neutral one.
async fn insert(
    session: &mut WriteSession,
    snapshot: &Snapshot,
    table: &'static Table,
    set: Vec<(&'static str, Cell)>,
) -> Result<i64, Error> {
    let nothing = Fields::new();
    let mut draft = Draft::new(snapshot, table, &nothing, Vec::new(), None);
    for (column, cell) in set {
        draft.set(column, cell);
    }
    if table.name == PERSONS.name {
        draft.default("active", Cell::Int(1));
    }
    draft.fill();
    let (columns, args) = draft.row();
    let columns: Vec<&str> = columns.iter().map(AsRef::as_ref).collect();
    session
        .insert(&snapshot.schema.full(table), &columns, args, table.key)
        .await
}

/// Makes the first contact of a customer without a company the person that it is. Without a
/// contact there is one made: until the contact itself is written, it stands in for it.
pub(super) async fn person(
    session: &mut WriteSession,
    snapshot: &Snapshot,
    customer: i64,
    person: &Person,
) -> Result<(), Error> {
    let table = snapshot.schema.quoted(&PERSONS);
    let sql = format!(
        "SELECT `id` FROM {table} WHERE `userid` = ? ORDER BY `is_primary` DESC, `id` LIMIT 1"
    );
    let found = numbers(session.rows(sql, vec![Arg::Int(customer)]).await?);
    let text = |text: &Option<String>| Arg::Text(text.clone().unwrap_or_default());
    let cell = |text: Option<&String>| Cell::Text(text.cloned().unwrap_or_default());
    let Some(contact) = found.first() else {
        let set = vec![
            ("userid", Cell::Int(customer)),
            ("is_primary", Cell::Int(1)),
            ("firstname", cell(person.first.as_ref())),
            ("lastname", cell(person.last.as_ref())),
            (
                "email",
                cell(person.email.as_ref().and_then(Option::as_ref)),
            ),
        ];
        let contact = insert(session, snapshot, &PERSONS, set).await?;
        return note_stand_in(session, customer, contact).await;
    };
    let mut sets = Vec::new();
    let mut args = Vec::new();
    if person.first.is_some() || person.last.is_some() {
        let rows = session
            .rows(
                format!("SELECT `firstname`, `lastname` FROM {table} WHERE `id` = ?"),
                vec![Arg::Int(*contact)],
            )
            .await?;
        // A name that reads the same may be divided otherwise.
        let now: Vec<String> = rows
            .into_iter()
            .flatten()
            .filter_map(|cell| match cell {
                Read::Text(text) => Some(text.trim().to_owned()),
                _ => None,
            })
            .filter(|text| !text.is_empty())
            .collect();
        let wanted: Vec<&str> = [&person.first, &person.last]
            .into_iter()
            .flatten()
            .map(|part| part.trim())
            .filter(|part| !part.is_empty())
            .collect();
        if now.join(" ") != wanted.join(" ") {
            sets.extend(["`firstname` = ?", "`lastname` = ?"]);
            args.extend([text(&person.first), text(&person.last)]);
        }
    }
    if let Some(email) = &person.email {
        sets.push("`email` = ?");
        args.push(text(email));
    }
    if sets.is_empty() {
        return Ok(());
    }
    args.push(Arg::Int(*contact));
    let sql = format!("UPDATE {table} SET {} WHERE `id` = ?", sets.join(", "));
    session.execute(sql, args).await?;
    Ok(())
}

/// Gives a new document the address that its customer has for invoices, as the CRM does when
/// somebody enters one: it prints what stands in the document.
pub(super) async fn billing(
    session: &mut WriteSession,
    snapshot: &Snapshot,
    draft: &mut Draft<'_>,
) -> Result<(), Error> {
    let Some(customer) = draft.value::<sync_core::Ref>("customer")? else {
        return Ok(());
    };
    let customer = id_of("customer", &customer, EntityKind::Customer)?;
    let there = |column: &&str| snapshot.schema.has_column(draft.table, column);
    let columns: Vec<&'static str> = BILLING.into_iter().filter(there).collect();
    if columns.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = columns.iter().map(|name| format!("`{name}`")).collect();
    let sql = format!(
        "SELECT {} FROM {} WHERE `userid` = ?",
        names.join(", "),
        snapshot.schema.quoted(Customers.table())
    );
    let rows = session.rows(sql, vec![Arg::Int(customer)]).await?;
    for (column, cell) in columns.into_iter().zip(rows.into_iter().flatten()) {
        match cell {
            Read::Int(number) => draft.default(column, Cell::Int(number)),
            Read::Text(text) => draft.default(column, Cell::Text(text)),
            Read::Null | Read::Unreadable => {}
        }
    }
    Ok(())
}

/// Puts a customer into these groups and out of others. Memberships of groups that are gone stay.
pub(super) async fn groups(
    session: &mut WriteSession,
    snapshot: &Snapshot,
    place: Place,
    mut wanted: Vec<i64>,
    new: &[String],
) -> Result<(), Error> {
    let names = Lookup::CustomerGroups.table();
    for name in new {
        let sql = format!(
            "SELECT `id` FROM {} WHERE `name` = ? ORDER BY `id` LIMIT 1",
            snapshot.schema.quoted(names)
        );
        let found = numbers(session.rows(sql, vec![Arg::Text(name.clone())]).await?);
        let id = match found.first() {
            Some(id) => *id,
            None => {
                let set = vec![("name", Cell::text(name.as_str()))];
                insert(session, snapshot, names, set).await?
            }
        };
        wanted.push(id);
    }
    let customer = place.key;
    let table = snapshot.schema.quoted(&GROUPS);
    let sql = format!(
        "SELECT m.`groupid` FROM {table} m JOIN {} g ON g.`id` = m.`groupid` \
         WHERE m.`customer_id` = ?",
        snapshot.schema.quoted(names)
    );
    let now: BTreeSet<i64> = if place.new {
        BTreeSet::new()
    } else {
        let rows = session.rows(sql, vec![Arg::Int(customer)]).await?;
        numbers(rows).into_iter().collect()
    };
    let wanted: BTreeSet<i64> = wanted.into_iter().collect();
    for group in now.difference(&wanted) {
        let sql = format!("DELETE FROM {table} WHERE `customer_id` = ? AND `groupid` = ?");
        let args = vec![Arg::Int(customer), Arg::Int(*group)];
        session.execute(sql, args).await?;
    }
    for group in wanted.difference(&now) {
        let set = vec![
            ("groupid", Cell::Int(*group)),
            ("customer_id", Cell::Int(customer)),
        ];
        insert(session, snapshot, &GROUPS, set).await?;
    }
    Ok(())
}

fn flawed(flaw: Flaw) -> Error {
    let error = flaw.into_error(OPERATION);
    Error::new(api_core::ErrorKind::Validation, error.message()).operation(OPERATION)
}

/// Makes the lines of a document those that are wanted. Row by row: one that is the same is left
/// alone, one that differs keeps its id, what is too much goes, what is missing is added.
pub(super) async fn lines(
    session: &mut WriteSession,
    reader: &Reader,
    snapshot: &Snapshot,
    entity: &dyn Entity,
    (place, of): (Place, &'static str),
    wanted: &[Line],
) -> Result<(), Error> {
    let document = place.key;
    let now = if place.new {
        Vec::new()
    } else {
        let row = crate::sql::row::Row::new(std::sync::Arc::from([]), Vec::new());
        let children = reader
            .children(session, entity, snapshot, &[row], &[document])
            .await?;
        numbered_lines(document, &children).map_err(flawed)?
    };
    let product = PRODUCT_COLUMNS
        .into_iter()
        .find(|column| snapshot.schema.has_column(&LINES, column));
    let table = snapshot.schema.quoted(&LINES);
    let taxes = snapshot.schema.quoted(&LINE_TAXES);
    for (line, _) in now.iter().skip(wanted.len()) {
        let id = || vec![Arg::Int(*line)];
        let sql = format!("DELETE FROM {taxes} WHERE `itemid` = ? AND `rel_type` = '{of}'");
        session.execute(sql, id()).await?;
        session
            .execute(format!("DELETE FROM {table} WHERE `id` = ?"), id())
            .await?;
    }
    let sql = format!(
        "SELECT CAST(COALESCE(MAX(`item_order`), 0) AS CHAR) FROM {table} \
         WHERE `rel_type` = '{of}' AND `rel_id` = ?"
    );
    let mut order = 0;
    if !place.new {
        let rows = session.rows(sql, vec![Arg::Int(document)]).await?;
        order = numbers(rows).first().copied().unwrap_or_default();
    }
    let mut taxed: Vec<(i64, LineTax)> = Vec::new();
    for (at, line) in wanted.iter().enumerate() {
        let mut set = line_columns(snapshot, line, product)?;
        let id = match now.get(at) {
            Some((id, before)) => {
                let same = |a: &Line, b: &Line| {
                    a.clone().into_value().same_content(&b.clone().into_value())
                };
                if same(before, line) {
                    continue;
                }
                change(session, snapshot, *id, set).await?;
                if !same_taxes(before.taxes.as_deref(), line.taxes.as_deref()) {
                    let sql =
                        format!("DELETE FROM {taxes} WHERE `itemid` = ? AND `rel_type` = '{of}'");
                    session.execute(sql, vec![Arg::Int(*id)]).await?;
                    taxed.extend(line.taxes.iter().flatten().map(|tax| (*id, tax.clone())));
                }
                continue;
            }
            None => {
                order += 1;
                set.extend([
                    ("rel_id", Cell::Int(document)),
                    ("rel_type", Cell::text(of)),
                    ("item_order", Cell::Int(order)),
                ]);
                insert(session, snapshot, &LINES, set).await?
            }
        };
        taxed.extend(line.taxes.iter().flatten().map(|tax| (id, tax.clone())));
    }
    if taxed.is_empty() {
        return Ok(());
    }
    add_taxes(session, snapshot, (document, of), &taxed).await
}

fn same_taxes(now: Option<&[LineTax]>, wanted: Option<&[LineTax]>) -> bool {
    let value = |taxes: Option<&[LineTax]>| taxes.unwrap_or_default().to_vec().into_value();
    value(now).same_content(&value(wanted))
}

fn decimal(number: Option<Decimal>) -> Cell {
    number.map_or(Cell::Int(0), |number| Cell::Text(number.to_string()))
}

fn line_columns(
    snapshot: &Snapshot,
    line: &Line,
    product: Option<&'static str>,
) -> Result<Vec<(&'static str, Cell)>, Error> {
    let text = |text: &Option<String>| Cell::Text(text.clone().unwrap_or_default());
    let mut set = vec![
        ("description", text(&line.description)),
        ("long_description", text(&line.long_description)),
        ("qty", decimal(line.quantity)),
        ("rate", decimal(line.unit_price)),
        ("unit", text(&line.unit)),
    ];
    if let Some(column) = product {
        let nullable = snapshot
            .schema
            .column(&LINES, column)
            .is_some_and(|column| column.nullable);
        set.push(match &line.product {
            Some(product) => {
                let id = id_of("lines", product, EntityKind::Product)?;
                (column, Cell::Int(id))
            }
            None if nullable => (column, Cell::Empty),
            None => (column, Cell::Int(0)),
        });
    }
    Ok(set)
}

async fn change(
    session: &mut WriteSession,
    snapshot: &Snapshot,
    id: i64,
    set: Vec<(&'static str, Cell)>,
) -> Result<(), Error> {
    let columns: Vec<String> = set
        .iter()
        .map(|(name, _)| format!("`{name}` = ?"))
        .collect();
    let mut args: Vec<Arg> = set
        .into_iter()
        .map(|(_, cell)| match cell {
            Cell::Empty => Arg::Null,
            Cell::Int(number) => Arg::Int(number),
            Cell::Text(text) => Arg::Text(text),
        })
        .collect();
    args.push(Arg::Int(id));
    let sql = format!(
        "UPDATE {} SET {} WHERE `id` = ?",
        snapshot.schema.quoted(&LINES),
        columns.join(", ")
    );
    session.execute(sql, args).await?;
    Ok(())
}

async fn add_taxes(
    session: &mut WriteSession,
    snapshot: &Snapshot,
    (document, of): (i64, &'static str),
    taxes: &[(i64, LineTax)],
) -> Result<(), Error> {
    let nothing = Fields::new();
    let mut names: Vec<String> = Vec::new();
    let mut all = Vec::new();
    for (line, tax) in taxes {
        let mut draft = Draft::new(snapshot, &LINE_TAXES, &nothing, Vec::new(), None);
        draft.set("itemid", Cell::Int(*line));
        draft.set("rel_id", Cell::Int(document));
        draft.set("rel_type", Cell::text(of));
        draft.set("taxrate", decimal(tax.rate));
        draft.set("taxname", Cell::Text(tax.name.clone().unwrap_or_default()));
        draft.fill();
        let (columns, args) = draft.row();
        names = columns.iter().map(ToString::to_string).collect();
        all.extend(args);
    }
    let columns: Vec<&str> = names.iter().map(String::as_str).collect();
    session
        .insert_many(&snapshot.schema.full(&LINE_TAXES), &columns, all)
        .await
        .map(drop)
}

/// Sets fields of the owner's own; an empty one loses its row.
pub(super) async fn custom_fields(
    session: &mut WriteSession,
    snapshot: &Snapshot,
    entity: &dyn Entity,
    at: Place,
    values: &[(i64, Option<String>)],
) -> Result<(), Error> {
    let Some(of) = entity.custom() else {
        return Ok(());
    };
    let table = snapshot.schema.quoted(&CUSTOM_VALUES);
    for (field, value) in values {
        let place = || vec![Arg::Int(at.key), Arg::Int(*field), Arg::Text(of.to_owned())];
        let here = "`relid` = ? AND `fieldid` = ? AND `fieldto` = ?";
        let sql = format!("SELECT `id` FROM {table} WHERE {here} ORDER BY `id`");
        let found = if at.new {
            Vec::new()
        } else {
            numbers(session.rows(sql, place()).await?)
        };
        match (found.first(), value) {
            (None, None) => {}
            (Some(_), None) => {
                session
                    .execute(format!("DELETE FROM {table} WHERE {here}"), place())
                    .await?;
            }
            (Some(id), Some(value)) => {
                let sql = format!("UPDATE {table} SET `value` = ? WHERE `id` = ?");
                let args = vec![Arg::Text(value.clone()), Arg::Int(*id)];
                session.execute(sql, args).await?;
            }
            (None, Some(value)) => {
                let set = vec![
                    ("relid", Cell::Int(at.key)),
                    ("fieldid", Cell::Int(*field)),
                    ("fieldto", Cell::text(of)),
                    ("value", Cell::text(value.as_str())),
                ];
                insert(session, snapshot, &CUSTOM_VALUES, set).await?;
            }
        }
    }
    Ok(())
}

/// Takes a value out of a list of lines, in each of them.
pub(super) fn strip(list: Option<&mut Value>, part: &str) {
    if let Some(Value::List(items)) = list {
        for item in items {
            if let Value::Map(map) = item {
                map.remove(part);
            }
        }
    }
}
