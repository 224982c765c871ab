//! Writes the rows that are part of a record.

use std::collections::BTreeMap;

use sync_core::Value;

use super::convert;
use super::keys::insert_rows;
use super::layout::ChildRows;
use super::reader::{Reader, names};
use super::schema::Auto;
use super::values::{new_value, updated_value, value_at};
use super::writer::PUSH;
use crate::sql::batch::RowError;
use crate::sql::db::{Arg, WriteSession};
use crate::sql::error::rejected;
use crate::sql::row::Cell;

/// Writes sets of rows.
pub(super) struct Sets<'a> {
    pub(super) reader: &'a Reader,
}

/// A row that is there.
struct Old {
    key: Option<String>,
    /// Its content; `None` where it cannot be read, which no new row is equal to.
    value: Option<Value>,
    /// Its place in the order, where a column keeps it.
    order: Option<String>,
}

/// New rows of the same columns, and which items they are.
struct Group<'c> {
    columns: Vec<&'c str>,
    places: Vec<usize>,
    rows: Vec<Vec<Arg>>,
}

/// What becomes of the old rows.
#[derive(Debug, Default, PartialEq, Eq)]
struct Change {
    /// Old row to new row: to be kept, and overwritten unless they are equal.
    kept: Vec<(usize, usize)>,
    /// Old rows to delete.
    gone: Vec<usize>,
    /// New rows to insert.
    new: Vec<usize>,
}

fn map(value: &Value) -> Option<&BTreeMap<String, Value>> {
    match value {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

/// The items that a field asks for, without what has no column.
fn wanted(child: &ChildRows, value: &Value) -> Vec<Value> {
    let Value::List(items) = value else {
        return Vec::new();
    };
    if child.model.set == "groups" {
        return names(items.clone())
            .into_iter()
            .map(|name| Value::Map(BTreeMap::from([("name".to_owned(), name)])))
            .collect();
    }
    items
        .iter()
        .map(|item| {
            let mut item = item.clone();
            child.model.trim(&mut item);
            item
        })
        .collect()
}

/// Plans how old rows become new ones with the fewest writes.
///
/// Where a column keeps the order (or where none matters), equal rows are kept wherever they stand.
/// Otherwise rows are sorted by their keys, and a new row can only come after the others.
fn plan(old: &[Old], new: &[Value], free_order: bool) -> Change {
    let same = |old: &Old, new: &Value| {
        old.value
            .as_ref()
            .is_some_and(|value| value.same_content(new))
    };
    let mut change = Change::default();
    if free_order {
        let mut left: Vec<usize> = (0..old.len()).collect();
        let mut open = Vec::new();
        for (at, item) in new.iter().enumerate() {
            match left.iter().position(|row| same(&old[*row], item)) {
                Some(found) => change.kept.push((left.remove(found), at)),
                None => open.push(at),
            }
        }
        let mut left = left.into_iter();
        for at in open {
            match left.next() {
                Some(row) => change.kept.push((row, at)),
                None => change.new.push(at),
            }
        }
        change.gone.extend(left);
        return change;
    }
    let mut next = 0;
    for (at, item) in new.iter().enumerate() {
        let found = old
            .iter()
            .enumerate()
            .skip(next)
            .find(|(_, row)| same(row, item))
            .map(|(row, _)| row);
        match found {
            Some(row) => {
                change.gone.extend(next..row);
                change.kept.push((row, at));
                next = row + 1;
            }
            None if next < old.len() => {
                change.kept.push((next, at));
                next += 1;
            }
            None => change.new.push(at),
        }
    }
    change.gone.extend(next..old.len());
    change
}

impl Sets<'_> {
    /// The values of a child row: columns and what they get, without its key and parent.
    fn row<'c>(
        &self,
        child: &'c ChildRows,
        item: &Value,
        position: usize,
        fresh: bool,
    ) -> Result<Vec<(&'c str, Arg)>, RowError> {
        const NULL: &Value = &Value::Null;
        let context = self.reader.context();
        let mut values = Vec::new();
        let get = |name: &str| map(item).and_then(|map| map.get(name)).unwrap_or(NULL);
        for bound in child.rows.writable() {
            let column = &bound.column;
            if child
                .rows
                .key
                .as_ref()
                .is_some_and(|key| key.column.name == column.name)
            {
                continue;
            }
            let value = value_at(get, bound)?;
            let arg = convert::write(value, column, &bound.field.column, context)
                .map_err(|problem| rejected(PUSH, &column.name, &problem))?;
            let arg = if fresh {
                new_value(arg, column, false)?
            } else {
                match updated_value(arg, column)? {
                    Some(arg) => Some(arg),
                    // The row is written as a new one instead.
                    None => continue,
                }
            };
            values.extend(arg.map(|arg| (column.name.as_str(), arg)));
        }
        if fresh {
            for (column, constant) in &child.rows.defaults {
                values.push((column.name.as_str(), constant.clone()));
            }
        }
        if let Some(order) = self.kept_order(child) {
            let position = i64::try_from(position + 1).unwrap_or(i64::MAX);
            values.push((order, Arg::Int(position)));
        }
        Ok(values)
    }

    /// The column that keeps the order, where no field is behind it.
    fn kept_order<'c>(&self, child: &'c ChildRows) -> Option<&'c str> {
        let order = &child.order.as_ref()?.column;
        let is_key = child
            .rows
            .key
            .as_ref()
            .is_some_and(|key| key.column.name == order.name);
        let is_field = child
            .rows
            .fields
            .iter()
            .any(|bound| bound.column.name == order.name);
        (!is_key && !is_field && !order.generated && order.auto == Auto::No)
            .then_some(order.name.as_str())
    }

    /// Inserts the rows of new records.
    pub(super) async fn insert(
        &self,
        session: &mut WriteSession,
        child: &ChildRows,
        parents: &[(&str, &Value)],
    ) -> Result<(), RowError> {
        let wanted: Vec<(&str, Vec<Value>)> = parents
            .iter()
            .map(|(parent, value)| (*parent, wanted(child, value)))
            .collect();
        let items: Vec<(&str, usize, &Value)> = wanted
            .iter()
            .flat_map(|(parent, items)| {
                items
                    .iter()
                    .enumerate()
                    .map(move |(at, item)| (*parent, at, item))
            })
            .collect();
        self.insert_items(session, child, &items).await
    }

    async fn insert_items(
        &self,
        session: &mut WriteSession,
        child: &ChildRows,
        items: &[(&str, usize, &Value)],
    ) -> Result<(), RowError> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for (at, (parent, position, item)) in items.iter().enumerate() {
            let mut columns = vec![child.parent.column.name.as_str()];
            let key = convert::key(parent, &child.parent.column, self.reader.context());
            let mut args = vec![key.ok_or_else(|| {
                rejected(
                    PUSH,
                    &child.parent.column.name,
                    "takes other keys than those of its records",
                )
            })?];
            for (column, arg) in self.row(child, item, *position, true)? {
                columns.push(column);
                args.push(arg);
            }
            match groups.iter_mut().find(|group| group.columns == columns) {
                Some(group) => {
                    group.places.push(at);
                    group.rows.push(args);
                }
                None => groups.push(Group {
                    columns,
                    places: vec![at],
                    rows: vec![args],
                }),
            }
        }
        let mut keys: Vec<String> = vec![String::new(); items.len()];
        for group in groups {
            // Without taxes of their own nobody asks for the keys of the rows, and a database that
            // gives them does so by itself.
            let by_itself = child.taxes.is_none()
                && child
                    .rows
                    .key
                    .as_ref()
                    .is_some_and(|key| key.column.auto != Auto::No)
                && child.rows.new_key == super::config::NewKey::Auto;
            let brought = by_itself.then(Vec::new);
            let new =
                insert_rows(session, &child.rows, &group.columns, group.rows, brought).await?;
            for (at, key) in group.places.into_iter().zip(new) {
                if let Some(place) = keys.get_mut(at) {
                    *place = key;
                }
            }
        }
        if let Some(taxes) = &child.taxes {
            const NULL: &Value = &Value::Null;
            let parents: Vec<(&str, &Value)> = keys
                .iter()
                .zip(items)
                .map(|(key, (_, _, item))| {
                    let taxes = map(item).and_then(|map| map.get("taxes"));
                    (key.as_str(), taxes.unwrap_or(NULL))
                })
                .collect();
            Box::pin(self.insert(session, taxes, &parents)).await?;
        }
        Ok(())
    }

    async fn old(
        &self,
        session: &mut WriteSession,
        child: &ChildRows,
        parent: &str,
    ) -> Result<Vec<Old>, RowError> {
        let Some((sql, args)) = self.reader.child_query(child, &[parent.to_owned()]) else {
            return Ok(Vec::new());
        };
        let rows: Vec<Vec<Cell>> = session.rows(sql, args).await?;
        let mut old = Vec::with_capacity(rows.len());
        for row in &rows {
            let key = child.rows.key.as_ref().and_then(|key| key.text(row));
            let taxes = match (&child.taxes, &key) {
                (Some(taxes), Some(key)) => {
                    let rows = Box::pin(self.old(session, taxes, key)).await?;
                    let values: Option<Vec<Value>> =
                        rows.into_iter().map(|old| old.value).collect();
                    values.map(Ok)
                }
                _ => None,
            };
            let value = self.reader.child_value(child, row, taxes).ok();
            old.push(Old {
                value: value.map(|value| match value {
                    // The name of a group.
                    Value::Text(_) => Value::Map(BTreeMap::from([("name".to_owned(), value)])),
                    other => other,
                }),
                order: child.order.as_ref().and_then(|order| order.text(row)),
                key,
            });
        }
        Ok(old)
    }

    /// Makes the rows of a record those that `value` asks for; equal rows stay as they are.
    pub(super) async fn replace(
        &self,
        session: &mut WriteSession,
        child: &ChildRows,
        parent: &str,
        value: &Value,
    ) -> Result<(), RowError> {
        let new = wanted(child, value);
        let old = self.old(session, child, parent).await?;
        let equal = old.len() == new.len()
            && old.iter().zip(&new).all(|(old, new)| {
                old.value
                    .as_ref()
                    .is_some_and(|value| value.same_content(new))
            });
        if equal {
            return Ok(());
        }
        if old.iter().any(|row| row.key.is_none()) {
            // Rows that cannot be told apart are replaced whole.
            self.delete(session, child, parent, None).await?;
            let items: Vec<(&str, usize, &Value)> = new
                .iter()
                .enumerate()
                .map(|(at, item)| (parent, at, item))
                .collect();
            return self.insert_items(session, child, &items).await;
        }
        let kept_order = self.kept_order(child).is_some();
        let change = plan(&old, &new, kept_order || child.model.set == "groups");
        for at in &change.gone {
            self.delete(session, child, parent, old[*at].key.as_deref())
                .await?;
        }
        for (from, to) in &change.kept {
            let (row, item) = (&old[*from], &new[*to]);
            let equal = row
                .value
                .as_ref()
                .is_some_and(|value| value.same_content(item));
            let moved = kept_order && row.order.as_deref() != Some(&(to + 1).to_string());
            if equal && !moved {
                continue;
            }
            self.update(session, child, row, item, *to).await?;
        }
        let items: Vec<(&str, usize, &Value)> = change
            .new
            .iter()
            .map(|at| (parent, *at, &new[*at]))
            .collect();
        if items.is_empty() {
            return Ok(());
        }
        self.insert_items(session, child, &items).await
    }

    async fn update(
        &self,
        session: &mut WriteSession,
        child: &ChildRows,
        row: &Old,
        item: &Value,
        position: usize,
    ) -> Result<(), RowError> {
        let (Some(extra), Some(key)) = (&child.rows.key, &row.key) else {
            return Ok(());
        };
        let dialect = session.dialect();
        let (mut sets, mut args) = (Vec::new(), Vec::new());
        for (column, arg) in self.row(child, item, position, false)? {
            sets.push(format!("{} = ?", dialect.quote(column)));
            args.push(arg);
        }
        args.extend(convert::key(key, &extra.column, self.reader.context()));
        if !sets.is_empty() {
            let sql = format!(
                "UPDATE {} SET {} WHERE {} = ?",
                child.rows.table,
                sets.join(", "),
                dialect.quote(&extra.column.name)
            );
            session.execute(sql, args).await?;
        }
        if let Some(taxes) = &child.taxes {
            const NULL: &Value = &Value::Null;
            let value = map(item).and_then(|map| map.get("taxes")).unwrap_or(NULL);
            Box::pin(self.replace(session, taxes, key, value)).await?;
        }
        Ok(())
    }

    /// Deletes one row of a record, or all of them.
    async fn delete(
        &self,
        session: &mut WriteSession,
        child: &ChildRows,
        parent: &str,
        key: Option<&str>,
    ) -> Result<(), RowError> {
        let context = self.reader.context();
        if let (Some(taxes), Some(key)) = (&child.taxes, key) {
            Box::pin(self.replace(session, taxes, key, &Value::Null)).await?;
        }
        let dialect = session.dialect();
        let (column, id) = match (key, &child.rows.key) {
            (Some(key), Some(extra)) => (&extra.column, key),
            _ => (&child.parent.column, parent),
        };
        let Some(arg) = convert::key(id, column, context) else {
            return Ok(());
        };
        let sql = format!(
            "DELETE FROM {} WHERE {} = ?{}",
            child.rows.table,
            dialect.quote(&column.name),
            child.rows.condition
        );
        session.execute(sql, vec![arg]).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(names: &str) -> Vec<Old> {
        (names.chars())
            .map(|name| Old {
                key: Some(name.to_string()),
                value: Some(Value::from(name.to_string())),
                order: None,
            })
            .collect()
    }

    fn items(names: &str) -> Vec<Value> {
        names.chars().map(|c| Value::from(c.to_string())).collect()
    }

    fn planned(old: &str, new: &str, free: bool) -> (Vec<(usize, usize)>, Vec<usize>, Vec<usize>) {
        let change = plan(&rows(old), &items(new), free);
        (change.kept, change.gone, change.new)
    }

    #[test]
    fn rows_that_are_sorted_by_key_keep_their_places() {
        assert_eq!(
            planned("abc", "bc", false),
            (vec![(1, 0), (2, 1)], vec![0], vec![])
        );
        assert_eq!(
            planned("abc", "axc", false),
            (vec![(0, 0), (1, 1), (2, 2)], vec![], vec![])
        );
        assert_eq!(
            planned("ab", "abc", false),
            (vec![(0, 0), (1, 1)], vec![], vec![2])
        );
        // A new first row: what follows moves on by one.
        assert_eq!(
            planned("ab", "xab", false),
            (vec![(0, 0), (1, 1)], vec![], vec![2])
        );
        assert_eq!(planned("abc", "", false), (vec![], vec![0, 1, 2], vec![]));
    }

    #[test]
    fn rows_with_an_order_of_their_own_are_kept_wherever_they_stand() {
        assert_eq!(
            planned("ab", "xab", true),
            (vec![(0, 1), (1, 2)], vec![], vec![0])
        );
        assert_eq!(
            planned("abc", "cxb", true),
            (vec![(2, 0), (1, 2), (0, 1)], vec![], vec![])
        );
        assert_eq!(planned("aa", "a", true), (vec![(0, 0)], vec![1], vec![]));
    }
}
