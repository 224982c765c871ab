//! Reads pages of records: one query for the rows and one for each kind of child row.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use api_core::{Error, ErrorKind, SendOutcome};
use jiff::tz::TimeZone;
use sync_core::{EntityKind, FieldName, Record, RecordId, Unreadable, Value};
use tokio::sync::Mutex;

use super::convert::{self, Context};
use super::layout::{ChildRows, Layout};
use super::model::{Kind, Model};
use crate::sql::db::{Arg, Db, Session};
use crate::sql::error::config;
use crate::sql::row::{Cell, Flaw};

/// How many parents are asked for at once.
const PARENTS: usize = 4096;

/// Which rows are read.
pub(super) struct Wanted<'a> {
    /// A condition in SQL with `?` for each value.
    pub(super) condition: &'a str,
    pub(super) args: Vec<Arg>,
    /// The columns that they are sorted by.
    pub(super) order: &'a str,
    pub(super) limit: usize,
}

/// What was read.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) records: Vec<Record>,
    pub(super) unreadable: Vec<Unreadable>,
    /// How many rows there were.
    pub(super) rows: usize,
    /// The key of the last row.
    pub(super) last_key: Option<Cell>,
    /// The modified stamp of the last row, as the database spells it.
    pub(super) last_modified: Option<Cell>,
}

/// The database and what is known of it.
pub(super) struct Reader {
    pub(super) db: Db,
    pub(super) zone: TimeZone,
    pub(super) models: BTreeMap<EntityKind, Arc<Model>>,
    layouts: Mutex<BTreeMap<EntityKind, Arc<Layout>>>,
}

impl Reader {
    pub(super) fn new(db: Db, zone: TimeZone, models: BTreeMap<EntityKind, Arc<Model>>) -> Self {
        Self {
            db,
            zone,
            models,
            layouts: Mutex::new(BTreeMap::new()),
        }
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context {
            dialect: self.db.dialect(),
            zone: &self.zone,
        }
    }

    pub(super) fn model(&self, entity: EntityKind) -> Result<&Arc<Model>, Error> {
        self.models.get(&entity).ok_or_else(|| {
            config(format!(
                "The configuration names no table for {}.",
                entity.plural()
            ))
        })
    }

    /// What the database says about the tables of a kind; asked anew when `fresh`.
    pub(super) async fn layout(
        &self,
        session: &mut Session,
        entity: EntityKind,
        fresh: bool,
    ) -> Result<Arc<Layout>, Error> {
        let model = self.model(entity)?;
        if !fresh && let Some(layout) = self.layouts.lock().await.get(&entity) {
            return Ok(layout.clone());
        }
        let layout = Arc::new(Layout::load(session, self.db.dialect(), model).await?);
        self.layouts.lock().await.insert(entity, layout.clone());
        Ok(layout)
    }

    /// The layout, in a session of its own.
    pub(super) async fn known_layout(
        &self,
        operation: &'static str,
        entity: EntityKind,
    ) -> Result<Arc<Layout>, Error> {
        if let Some(layout) = self.layouts.lock().await.get(&entity) {
            return Ok(layout.clone());
        }
        let mut session = self.db.begin(operation).await?;
        let layout = self.layout(&mut session, entity, true).await;
        session.end().await?;
        layout
    }

    /// Reads records with all that belongs to them.
    pub(super) async fn load(
        &self,
        session: &mut Session,
        layout: &Layout,
        operation: &'static str,
        wanted: Wanted<'_>,
    ) -> Result<Loaded, Error> {
        let sql = format!(
            "{} WHERE {}{} ORDER BY {} LIMIT {}",
            layout.rows.select, wanted.condition, layout.rows.condition, wanted.order, wanted.limit
        );
        let rows = session.rows(sql, wanted.args).await?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in &rows {
            // Without a key there is no telling which record this is and where to go on.
            keys.push(layout.key.text(row).ok_or_else(|| {
                let flaw = layout.rows.flaw(
                    &layout.key.column,
                    "is empty or no text in some row".to_owned(),
                );
                flaw.into_error(operation)
            })?);
        }
        let mut children = HashMap::new();
        for child in &layout.children {
            children.insert(child.model.set, self.children(session, child, &keys).await?);
        }
        let mut loaded = Loaded {
            rows: rows.len(),
            records: Vec::with_capacity(rows.len()),
            ..Loaded::default()
        };
        if let Some(last) = rows.last() {
            loaded.last_key = last.get(layout.key.at).cloned();
            loaded.last_modified = layout
                .modified
                .as_ref()
                .and_then(|modified| last.get(modified.at).cloned());
        }
        for (row, id) in rows.iter().zip(keys) {
            match self.record(layout, row, &id, &mut children) {
                Ok(record) => loaded.records.push(record),
                Err(flaw) => loaded.unreadable.push(Unreadable {
                    id: RecordId::new(id),
                    error: flaw.into_error(operation),
                }),
            }
        }
        Ok(loaded)
    }

    fn record(
        &self,
        layout: &Layout,
        row: &[Cell],
        id: &str,
        children: &mut HashMap<&'static str, HashMap<String, Result<Vec<Value>, Flaw>>>,
    ) -> Result<Record, Flaw> {
        let context = self.context();
        let mut values = layout.rows.values(row, context)?;
        for child in &layout.children {
            let set = child.model.set;
            if let Some(items) = children.get_mut(set).and_then(|sets| sets.remove(id)) {
                let mut items = items?;
                if set == "groups" {
                    items = names(items);
                }
                if !items.is_empty() {
                    values.set(FieldName::known(set), items);
                }
            }
        }
        let mut record = Record::new(layout.entity(), id, values);
        if let Some(modified) = &layout.modified
            && let Some(cell) = row.get(modified.at)
            // A stamp that cannot be read says nothing; the record itself can be.
            && let Ok(Value::Timestamp(at)) = convert::read(
                cell,
                &modified.column,
                &"".into(),
                Kind::Timestamp,
                context,
            )
        {
            record = record.modified(at);
        }
        Ok(record)
    }

    /// The child rows of these parents, by parent.
    async fn children(
        &self,
        session: &mut Session,
        child: &ChildRows,
        parents: &[String],
    ) -> Result<HashMap<String, Result<Vec<Value>, Flaw>>, Error> {
        let mut found: HashMap<String, Result<Vec<Value>, Flaw>> = HashMap::new();
        let mut rows = Vec::new();
        for chunk in parents.chunks(PARENTS) {
            if let Some((sql, args)) = self.child_query(child, chunk) {
                rows.extend(session.rows(sql, args).await?);
            }
        }
        let mut taxes = match (&child.taxes, &child.rows.key) {
            (Some(taxes), Some(key)) => {
                let lines: Vec<String> = rows.iter().filter_map(|row| key.text(row)).collect();
                Box::pin(self.children(session, taxes, &lines)).await?
            }
            _ => HashMap::new(),
        };
        for row in &rows {
            let Some(parent) = child.parent.text(row) else {
                continue;
            };
            let own = child.rows.key.as_ref().and_then(|key| key.text(row));
            let taxes = own.and_then(|own| taxes.remove(&own));
            let value = self.child_value(child, row, taxes);
            let items = found.entry(parent).or_insert_with(|| Ok(Vec::new()));
            match (items, value) {
                (Ok(items), Ok(value)) => items.push(value),
                (items @ Ok(_), Err(flaw)) => *items = Err(flaw),
                (Err(_), _) => {}
            }
        }
        Ok(found)
    }

    /// The query for the child rows of these parents; `None` where no row can have such a parent.
    pub(super) fn child_query(
        &self,
        child: &ChildRows,
        parents: &[String],
    ) -> Option<(String, Vec<Arg>)> {
        let column = &child.parent.column;
        let mut args: Vec<Arg> = parents
            .iter()
            .filter_map(|parent| convert::key(parent, column, self.context()))
            .collect();
        // The last one repeated up to a power of two: few different statements to prepare.
        let last = args.last()?.clone();
        args.resize(args.len().next_power_of_two(), last);
        let dialect = self.db.dialect();
        let parent = dialect.quote(&column.name);
        let mut order = vec![parent.clone()];
        for extra in [&child.order, &child.rows.key].into_iter().flatten() {
            order.push(dialect.quote(&extra.column.name));
        }
        let marks = vec!["?"; args.len()].join(", ");
        let sql = format!(
            "{} WHERE {parent} IN ({marks}){} ORDER BY {}",
            child.rows.select,
            child.rows.condition,
            order.join(", ")
        );
        Some((sql, args))
    }

    /// A child row as part of its record.
    pub(super) fn child_value(
        &self,
        child: &ChildRows,
        row: &[Cell],
        taxes: Option<Result<Vec<Value>, Flaw>>,
    ) -> Result<Value, Flaw> {
        let mut map: BTreeMap<String, Value> = child
            .rows
            .values(row, self.context())?
            .into_iter()
            .map(|(name, value)| (name.as_str().to_owned(), value))
            .collect();
        if let Some(taxes) = taxes.transpose()?
            && !taxes.is_empty()
        {
            map.insert("taxes".to_owned(), Value::List(taxes));
        }
        if child.model.set == "groups" {
            return Ok(map.remove("name").unwrap_or_default());
        }
        Ok(Value::Map(map))
    }

    /// How many records there are.
    pub(super) async fn count(&self, entity: EntityKind) -> Result<u64, Error> {
        let operation = "sql.count";
        let mut session = self.db.begin(operation).await?;
        let layout = self.layout(&mut session, entity, false).await?;
        let rows = session
            .rows(
                format!(
                    "SELECT COUNT(*) FROM {} WHERE 1 = 1{}",
                    layout.rows.table, layout.rows.condition
                ),
                Vec::new(),
            )
            .await?;
        session.end().await?;
        match rows.first().and_then(|row| row.first()) {
            Some(Cell::Int(count)) => Ok(u64::try_from(*count).unwrap_or(0)),
            _ => Err(
                Error::new(ErrorKind::Decode, "The database cannot count its rows.")
                    .operation(operation)
                    .outcome(SendOutcome::NotSent),
            ),
        }
    }
}

/// Names in order, each once: the order of groups says nothing.
pub(super) fn names(items: Vec<Value>) -> Vec<Value> {
    let mut names: Vec<String> = items
        .into_iter()
        .filter_map(|item| match item {
            Value::Text(name) => Some(name),
            _ => None,
        })
        .collect();
    names.sort();
    names.dedup();
    names.into_iter().map(Value::Text).collect()
}
