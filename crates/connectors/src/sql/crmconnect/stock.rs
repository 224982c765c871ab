//! Stock: `inventory_manage` of the warehouse module, summed for each warehouse and item.
//!
//! A stock level has no row of its own: where lots or expiry dates are kept there are several rows
//! for one item in one warehouse. Its id is therefore `WAREHOUSE-ITEM`. Columns are those of the
//! public warehouse module; `inventory_number` is text there.

use std::collections::BTreeSet;
use std::sync::Arc;

use api_core::{Error, ErrorKind, SendOutcome};
use rust_decimal::Decimal;
use sync_core::fields::{Stock, View};
use sync_core::{
    Action, EntityKind, FieldName, Fields, Op, Record, RecordId, Ref, Unreadable, Value,
};

use super::draft::{id_of, refuse, shown};
use super::lookups::{Hit, Lookup, Miss, Names, Snapshot};
use super::query::Query;
use super::reader::{Reader, counted, flaw_error, of_module};
use super::schema::Table;
use crate::sql::batch::RowError;
use crate::sql::db::{Arg, WriteSession};
use crate::sql::row::{Flaw, Row};

pub(super) static TABLE: Table = Table {
    name: "inventory_manage",
    key: "id",
    required: &["warehouse_id", "commodity_id", "inventory_number"],
    optional: &[],
};

/// Rows that belong to no warehouse or no item are no stock.
const REAL: &str = "`warehouse_id` > 0 AND `commodity_id` > 0";

/// A warehouse and an item in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) warehouse: i64,
    pub(super) item: i64,
}

impl Place {
    /// Reads `WAREHOUSE-ITEM`.
    pub(super) fn parse(id: &str) -> Option<Self> {
        let (warehouse, item) = id.split_once('-')?;
        let place = Self {
            warehouse: warehouse.parse().ok()?,
            item: item.parse().ok()?,
        };
        (place.warehouse > 0 && place.item > 0).then_some(place)
    }

    pub(super) fn id(self) -> RecordId {
        RecordId::new(format!("{}-{}", self.warehouse, self.item))
    }

    fn args(self) -> [Arg; 3] {
        [
            Arg::Int(self.warehouse),
            Arg::Int(self.warehouse),
            Arg::Int(self.item),
        ]
    }
}

/// Stock levels that were read.
#[derive(Default)]
pub(super) struct Levels {
    pub(super) records: Vec<Record>,
    pub(super) unreadable: Vec<Unreadable>,
    pub(super) last: Option<Place>,
    pub(super) places: usize,
}

/// Fails when a table is missing.
pub(super) fn require(snapshot: &Snapshot) -> Result<(), Error> {
    snapshot
        .schema
        .require(&[&TABLE, Lookup::Warehouses.table()])
        .map_err(|error| of_module(EntityKind::Stock, error))
}

/// Reads a page of stock levels.
pub(super) async fn page(
    reader: &Reader,
    operation: &'static str,
    after: Option<Place>,
    limit: usize,
) -> Result<Levels, Error> {
    let mut session = reader.db.begin(operation).await?;
    let snapshot = reader.snapshot(&mut session, after.is_none()).await?;
    require(&snapshot).map_err(|error| error.operation(operation))?;
    let (condition, mut args) = match after {
        None => (String::new(), Vec::new()),
        Some(place) => (
            " AND (`warehouse_id` > ? OR (`warehouse_id` = ? AND `commodity_id` > ?))".to_owned(),
            place.args().to_vec(),
        ),
    };
    args.push(Arg::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
    let dialect = reader.db.dialect();
    let sql = format!(
        "SELECT {}, {} FROM {} WHERE {REAL}{condition} GROUP BY `warehouse_id`, `commodity_id` \
         ORDER BY `warehouse_id`, `commodity_id` LIMIT ?",
        dialect.as_text("warehouse_id"),
        dialect.as_text("commodity_id"),
        snapshot.schema.quoted(&TABLE)
    );
    let columns: Arc<[&'static str]> = Arc::from(["warehouse_id", "commodity_id"]);
    let mut places = Vec::new();
    for cells in session.rows(sql, args).await? {
        let row = Row::new(columns.clone(), cells);
        places.push(place_of(&row).map_err(|flaw| flaw_error(flaw, TABLE.name, operation))?);
    }
    let (Some(first), Some(last)) = (places.first().copied(), places.last().copied()) else {
        session.end().await?;
        return Ok(Levels::default());
    };
    let rows = rows_between(&mut session, reader, &snapshot, first, last).await?;
    let (mut levels, misses) = build(operation, &snapshot, &rows);
    if misses.difference(&snapshot.dangling).next().is_some() {
        // A warehouse that is new since the snapshot, or one that is gone.
        let mut learnt = reader.load_snapshot(&mut session).await?;
        learnt.dangling = snapshot.dangling.union(&misses).copied().collect();
        (levels, _) = build(operation, &learnt, &rows);
        reader.remember(Arc::new(learnt));
    }
    session.end().await?;
    levels.last = Some(last);
    levels.places = places.len();
    Ok(levels)
}

/// Reads the stock of an item in a warehouse in a transaction that is open.
pub(super) async fn level(
    session: &mut dyn Query,
    reader: &Reader,
    operation: &'static str,
    snapshot: &Snapshot,
    place: Place,
) -> Result<Option<Record>, Error> {
    require(snapshot).map_err(|error| error.operation(operation))?;
    let rows = rows_between(session, reader, snapshot, place, place).await?;
    let (mut levels, _) = build(operation, snapshot, &rows);
    if let Some(unreadable) = levels.unreadable.pop() {
        return Err(unreadable.error);
    }
    Ok(levels.records.pop())
}

/// Reads one stock level.
pub(super) async fn fetch(
    reader: &Reader,
    operation: &'static str,
    place: Place,
) -> Result<Option<Record>, Error> {
    let mut session = reader.db.begin(operation).await?;
    let snapshot = reader.snapshot(&mut session, false).await?;
    let found = level(&mut session, reader, operation, &snapshot, place).await;
    session.end().await?;
    found
}

/// How many stock levels there are.
pub(super) async fn count(reader: &Reader) -> Result<u64, Error> {
    let operation = "crmconnect.count";
    let mut session = reader.db.begin(operation).await?;
    let snapshot = reader.snapshot(&mut session, false).await?;
    require(&snapshot)?;
    let sql = format!(
        "SELECT CAST(COUNT(*) AS CHAR) FROM (SELECT `warehouse_id` FROM {} WHERE {REAL} \
         GROUP BY `warehouse_id`, `commodity_id`) AS places",
        snapshot.schema.quoted(&TABLE)
    );
    let rows = session.rows(sql, Vec::new()).await?;
    session.end().await?;
    counted(operation, rows)
}

/// The place that a natural key names; nothing if there can be no stock under it.
pub(super) fn place_by_key(
    snapshot: &Snapshot,
    key: &[(FieldName, Value)],
) -> Result<Option<Place>, Error> {
    let of = |field: &str| {
        let found = key.iter().find(|(name, _)| name.as_str() == field);
        found.map(|(_, value)| value)
    };
    match (of("product"), of("warehouse")) {
        (Some(Value::Ref(product)), Some(Value::Text(name))) if key.len() == 2 => {
            let Ok(item) = id_of("product", product, EntityKind::Product) else {
                return Ok(None);
            };
            Ok(match snapshot.id_of(Lookup::Warehouses, name) {
                Hit::One(warehouse) => Some(Place { warehouse, item }),
                Hit::None | Hit::Several => None,
            })
        }
        _ => Err(Error::new(
            ErrorKind::Config,
            "The CRM database can be searched for stock levels by product and warehouse only.",
        )),
    }
}

async fn rows_between(
    session: &mut dyn Query,
    reader: &Reader,
    snapshot: &Snapshot,
    first: Place,
    last: Place,
) -> Result<Vec<Row>, Error> {
    let select = snapshot.schema.select(reader.db.dialect(), &TABLE);
    let sql = format!(
        "{} WHERE {REAL} AND (`warehouse_id` > ? OR (`warehouse_id` = ? AND `commodity_id` >= ?)) \
         AND (`warehouse_id` < ? OR (`warehouse_id` = ? AND `commodity_id` <= ?)) \
         ORDER BY `warehouse_id`, `commodity_id`, `id`",
        select.sql
    );
    let args = first.args().into_iter().chain(last.args()).collect();
    let rows = session.rows(sql, args).await?;
    Ok(rows
        .into_iter()
        .map(|cells| Row::new(select.columns.clone(), cells))
        .collect())
}

fn place_of(row: &Row) -> Result<Place, Flaw> {
    let id = |column: &str| {
        row.int(column)?
            .ok_or_else(|| Flaw::new(column, "is empty"))
    };
    Ok(Place {
        warehouse: id("warehouse_id")?,
        item: id("commodity_id")?,
    })
}

/// Sums the rows of each place; they are in order.
fn build(operation: &'static str, snapshot: &Snapshot, rows: &[Row]) -> (Levels, BTreeSet<Miss>) {
    let mut names = Names::new(snapshot);
    let mut levels = Levels::default();
    let mut sums: Vec<(Place, Result<Decimal, Flaw>)> = Vec::new();
    for row in rows {
        let Ok(place) = place_of(row) else { continue };
        let amount = row
            .decimal("inventory_number")
            .map(|amount| amount.unwrap_or_default());
        match sums.last_mut() {
            Some((last, sum)) if *last == place => {
                let before = std::mem::replace(sum, Ok(Decimal::ZERO));
                *sum = before.and_then(|sum| {
                    let together = sum.checked_add(amount?);
                    together.ok_or_else(|| Flaw::new("inventory_number", "is too large to add up"))
                });
            }
            _ => sums.push((place, amount)),
        }
    }
    for (place, sum) in sums {
        match sum {
            Ok(quantity) => {
                let stock = Stock {
                    product: Some(Ref::new(EntityKind::Product, place.item.to_string())),
                    warehouse: names.name(Lookup::Warehouses, Some(place.warehouse)),
                    quantity: Some(quantity),
                };
                let record = Record::new(EntityKind::Stock, place.id(), stock.into_fields());
                levels.records.push(record);
            }
            Err(flaw) => levels.unreadable.push(Unreadable {
                id: place.id(),
                error: flaw_error(flaw, TABLE.name, operation),
            }),
        }
    }
    (levels, names.misses)
}

/// Writes a stock level. One row takes the new quantity; a stock that stands in several lots can
/// only be confirmed, because nothing says which of the lots changed.
pub(super) async fn write(
    session: &mut WriteSession,
    reader: &Reader,
    snapshot: &Snapshot,
    op: &Op,
) -> Result<RecordId, RowError> {
    const OPERATION: &str = "crmconnect.push";
    require(snapshot)
        .and_then(|()| snapshot.schema.require_transactions(&[&TABLE]))
        .map_err(|error| RowError::Failed(error.operation(OPERATION)))?;
    let wanted = Stock::from_fields(&op.fields)
        .map_err(|error| refuse(&error.field, format!("should be {}", error.expected)))?;
    let (Some(product), Some(warehouse), Some(quantity)) =
        (&wanted.product, &wanted.warehouse, wanted.quantity)
    else {
        return Err(refuse("quantity", "needs a product and a warehouse beside it").into());
    };
    let item = id_of("product", product, EntityKind::Product)?;
    let warehouse = warehouse_id(snapshot, warehouse)?;
    let place = Place { warehouse, item };
    if let Action::Update { id } = &op.action
        && *id != place.id()
    {
        return match Place::parse(id.as_str()) {
            Some(old)
                if level(session, reader, OPERATION, snapshot, old)
                    .await?
                    .is_some() =>
            {
                Err(refuse(
                    "warehouse",
                    format!("or product is not that of the stock level {id} any more"),
                )
                .into())
            }
            _ => Err(gone(id).into()),
        };
    }
    let rows = rows_between(session, reader, snapshot, place, place).await?;
    let table = snapshot.schema.full(&TABLE);
    match rows.as_slice() {
        [] => {
            if let Action::Update { id } = &op.action {
                return Err(gone(id).into());
            }
            insert(session, snapshot, &table, place, quantity).await?;
        }
        [row] => {
            let key = row.int(TABLE.key).ok().flatten().unwrap_or_default();
            if !matches!(row.decimal("inventory_number"), Ok(Some(now)) if now == quantity) {
                let sql = format!(
                    "UPDATE {} SET `inventory_number` = ? WHERE `id` = ?",
                    snapshot.schema.quoted(&TABLE)
                );
                let args = vec![Arg::Text(number(quantity)), Arg::Int(key)];
                session.execute(sql, args).await?;
            }
        }
        lots => {
            let (levels, _) = build(OPERATION, snapshot, lots);
            let same = levels.records.first().is_some_and(|record| {
                let now = record.fields.get("quantity");
                now.same_content(&Value::Decimal(quantity))
            });
            if !same {
                return Err(refuse(
                    "quantity",
                    format!(
                        "cannot be set to {quantity}: the stock stands in {} lots, and nothing \
                         says which of them changed",
                        lots.len()
                    ),
                )
                .help("Book the difference in the CRM.")
                .into());
            }
        }
    }
    let now = level(session, reader, OPERATION, snapshot, place).await?;
    let kept = now.is_some_and(|record| {
        let now: &Fields = &record.fields;
        now.get("quantity").same_content(&Value::Decimal(quantity))
    });
    if kept {
        Ok(place.id())
    } else {
        Err(refuse("quantity", format!("is not kept as {quantity}")).into())
    }
}

async fn insert(
    session: &mut WriteSession,
    snapshot: &Snapshot,
    table: &str,
    place: Place,
    quantity: Decimal,
) -> Result<(), RowError> {
    let no_fields = Fields::new();
    let mut draft = super::draft::Draft::new(snapshot, &TABLE, &no_fields, Vec::new(), None);
    draft.set("warehouse_id", super::draft::Cell::Int(place.warehouse));
    draft.set("commodity_id", super::draft::Cell::Int(place.item));
    draft.set(
        "inventory_number",
        super::draft::Cell::Text(number(quantity)),
    );
    draft.fill();
    let (columns, args) = draft.row();
    let columns: Vec<&str> = columns.iter().map(AsRef::as_ref).collect();
    session.insert(table, &columns, args, TABLE.key).await?;
    Ok(())
}

fn warehouse_id(snapshot: &Snapshot, name: &str) -> Result<i64, Error> {
    let table = snapshot.schema.quoted(Lookup::Warehouses.table());
    let problem = match snapshot.id_of(Lookup::Warehouses, name) {
        Hit::One(id) => return Ok(id),
        Hit::None => "is not",
        Hit::Several => "is more than once",
    };
    Err(refuse(
        "warehouse",
        format!(
            "holds `{}`, which {problem} in the table {table}",
            shown(name)
        ),
    )
    .code(super::draft::UNKNOWN)
    .help("Add the warehouse to the CRM, then sync again."))
}

fn number(quantity: Decimal) -> String {
    quantity.normalize().to_string()
}

/// The record that is to be changed is not there.
pub(super) fn gone(id: &RecordId) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("The CRM has no record {id} any more."),
    )
    .operation("crmconnect.push")
    .outcome(SendOutcome::Rejected)
}
