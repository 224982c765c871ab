//! Small changes to a TOML document that leave the rest of it alone.

use toml_edit::{Array, Decor, DocumentMut, InlineTable, Item, Key, Table, TableLike, Value};

/// A text.
pub(super) fn text(value: &str) -> Value {
    Value::from(value)
}

/// A list of texts.
pub(super) fn texts<'a>(values: impl Iterator<Item = &'a str>) -> Value {
    Value::Array(values.collect::<Array>())
}

/// What somebody typed: a value as TOML writes it, else a text.
pub(super) fn typed(value: &str) -> Value {
    match value.trim().parse::<Value>() {
        // Nobody means a date.
        Ok(Value::Datetime(_)) | Err(_) => text(value),
        Ok(mut parsed) => {
            parsed.decor_mut().clear();
            parsed
        }
    }
}

fn group<'a>(document: &'a DocumentMut, table: &str) -> Option<&'a dyn TableLike> {
    document.get(table)?.as_table_like()
}

/// The names in a group of tables.
pub(super) fn names(document: &DocumentMut, table: &str) -> Vec<String> {
    group(document, table)
        .into_iter()
        .flat_map(|group| group.iter().map(|(name, _)| name.to_owned()))
        .collect()
}

/// The keys of a table.
pub(super) fn keys(document: &DocumentMut, table: &str, name: &str) -> Vec<String> {
    let found = group(document, table).and_then(|group| group.get(name)?.as_table_like());
    found
        .into_iter()
        .flat_map(|found| found.iter().map(|(key, _)| key.to_owned()))
        .collect()
}

/// A value of a table.
pub(super) fn value<'a>(
    document: &'a DocumentMut,
    table: &str,
    name: &str,
    key: &str,
) -> Option<&'a Item> {
    group(document, table)?.get(name)?.as_table_like()?.get(key)
}

/// Begins `[table.name]` behind its siblings; what is no table is named.
pub(super) fn add(document: &mut DocumentMut, table: &str, name: &str) -> Result<(), String> {
    let empty = document.iter().next().is_none() && document.trailing().as_str() == Some("");
    if !document.contains_key(table) {
        let mut group = Table::new();
        group.set_implicit(true);
        document.insert(table, Item::Table(group));
    }
    let odd = || table.to_owned();
    match document.get_mut(table).ok_or_else(odd)? {
        Item::Table(group) => {
            let mut added = Table::new();
            if !empty {
                added.decor_mut().set_prefix("\n");
            }
            group.insert(name, Item::Table(added));
        }
        Item::Value(Value::InlineTable(group)) => {
            group.insert(name, Value::InlineTable(InlineTable::new()));
        }
        _ => return Err(odd()),
    }
    // What stands at the very end stays in front of what is new.
    let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
    let text = document.to_string();
    let last = text.lines().rfind(|line| line.starts_with('['));
    if !trailing.trim().is_empty()
        && last == Some(&format!("[{table}.{name}]"))
        && let Some(Item::Table(added)) = document
            .get_mut(table)
            .and_then(|group| group.get_mut(name))
    {
        added.decor_mut().set_prefix(format!("{trailing}\n"));
        document.set_trailing("");
    }
    Ok(())
}

/// Sets a key, and makes the tables on the way to it; what is no table is named.
pub(super) fn put(
    document: &mut DocumentMut,
    table: &str,
    name: &str,
    path: &[String],
    value: Value,
) -> Result<(), String> {
    let mut at: &mut dyn TableLike = document
        .get_mut(table)
        .and_then(Item::as_table_like_mut)
        .ok_or_else(|| table.to_owned())?
        .get_mut(name)
        .and_then(Item::as_table_like_mut)
        .ok_or_else(|| format!("{table}.{name}"))?;
    let Some((last, way)) = path.split_last() else {
        return Err(format!("{table}.{name}"));
    };
    for step in way {
        let told = || format!("{table}.{name}.{step}");
        let inner = at
            .entry(step)
            .or_insert_with(|| Item::Value(Value::InlineTable(InlineTable::new())));
        if inner.is_none() {
            *inner = Item::Value(Value::InlineTable(InlineTable::new()));
        }
        // `profile = "perfex"` is short for a table that says nothing else.
        if let (Some(base), "profile") = (inner.as_str().map(str::to_owned), step.as_str()) {
            let mut table = InlineTable::new();
            table.insert("base", base.into());
            *inner = Item::Value(Value::InlineTable(table));
        }
        at = inner.as_table_like_mut().ok_or_else(told)?;
    }
    match at.get_mut(last) {
        Some(Item::Value(old)) => {
            let decor: Decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        Some(other) => *other = Item::Value(value),
        None => {
            at.insert(last, Item::Value(value));
        }
    }
    Ok(())
}

/// Takes a key out; whether it was there.
pub(super) fn unset(document: &mut DocumentMut, table: &str, name: &str, path: &[String]) -> bool {
    let at = document
        .get_mut(table)
        .and_then(|group| group.as_table_like_mut()?.get_mut(name));
    let Some((last, way)) = path.split_last() else {
        return false;
    };
    let Some(mut at) = at.and_then(Item::as_table_like_mut) else {
        return false;
    };
    for step in way {
        match at.get_mut(step).and_then(Item::as_table_like_mut) {
            Some(inner) => at = inner,
            None => return false,
        }
    }
    at.remove(last).is_some()
}

/// Puts the items of `parsed` into a table; what is no table is named.
pub(super) fn merge(
    document: &mut DocumentMut,
    table: &str,
    name: &str,
    mut parsed: DocumentMut,
) -> Result<(), String> {
    let told = || format!("{table}.{name}");
    let into = document
        .get_mut(table)
        .and_then(|group| group.as_table_like_mut()?.get_mut(name))
        .and_then(Item::as_table_mut)
        .ok_or_else(told)?;
    let keys: Vec<Key> = (parsed.as_table().iter())
        .filter_map(|(key, _)| parsed.as_table().key(key).cloned())
        .collect();
    for key in keys {
        if let Some(mut item) = parsed.as_table_mut().remove(key.get()) {
            forget_place(&mut item);
            into.insert_formatted(&key, item);
        }
    }
    Ok(())
}

/// Lets tables stand where their parent does.
fn forget_place(item: &mut Item) {
    match item {
        Item::Table(table) => {
            table.set_position(None);
            for (_, inner) in table.iter_mut() {
                forget_place(inner);
            }
        }
        Item::ArrayOfTables(tables) => {
            for table in tables.iter_mut() {
                table.set_position(None);
                for (_, inner) in table.iter_mut() {
                    forget_place(inner);
                }
            }
        }
        Item::Value(_) | Item::None => {}
    }
}

/// Takes a table out, with the comment right above it. Comments further up, separated by an empty
/// line, are about the file and stay.
pub(super) fn remove(document: &mut DocumentMut, table: &str, name: &str) {
    let Some(group) = document.get_mut(table).and_then(Item::as_table_like_mut) else {
        return;
    };
    let Some(removed) = group.remove(name) else {
        return;
    };
    let Item::Table(removed) = removed else {
        return;
    };
    let prefix = |table: &Table| {
        let raw = table.decor().prefix();
        raw.and_then(|raw| raw.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    let above = prefix(&removed);
    let Some(end) = above.rfind("\n\n") else {
        return;
    };
    let kept = &above[..end + 1];
    if !kept.contains('#') {
        return;
    }
    let Some(place) = removed.position() else {
        return;
    };
    match next_table(document.as_table_mut(), place) {
        Some(next) => {
            let below = prefix(next);
            next.decor_mut().set_prefix(format!("{kept}{below}"));
        }
        None => {
            let below = document.trailing().as_str().unwrap_or_default().to_owned();
            document.set_trailing(format!("{kept}{below}"));
        }
    }
}

/// The first table that stands behind a place in the file.
fn next_table(root: &mut Table, place: isize) -> Option<&mut Table> {
    let nearest = nearest(root, place)?;
    at_place(root, nearest)
}

fn nearest(table: &Table, place: isize) -> Option<isize> {
    let inner = table.iter().filter_map(|(_, item)| match item {
        Item::Table(table) => nearest(table, place),
        Item::ArrayOfTables(tables) => tables.iter().filter_map(|t| nearest(t, place)).min(),
        _ => None,
    });
    let own = (table.position())
        .filter(|position| *position > place && !table.is_implicit() && !table.is_dotted());
    inner.chain(own).min()
}

fn at_place(table: &mut Table, place: isize) -> Option<&mut Table> {
    if table.position() == Some(place) && !table.is_implicit() {
        return Some(table);
    }
    table
        .iter_mut()
        .find_map(|(_, item)| at_place(item.as_table_mut()?, place))
}
