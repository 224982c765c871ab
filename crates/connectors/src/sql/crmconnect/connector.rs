//! The database as a side of a flow.

use std::time::Duration;

use api_core::{Error, ErrorKind, SendOutcome};
use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use sync_core::{
    Answer, Batch, BatchLimits, Capabilities, ChangeSource, CheckReport, Connector, Cursor,
    EntityCapabilities, EntityKind, FieldName, Fields, FindKey, Marker, MarkerSupport, Outcome,
    Page, Record, RecordId, Value,
};

use super::CrmConnect;
use super::contacts::{Contacts, without_stand_ins};
use super::customers::Customers;
use super::discounts::Discounts;
use super::entity::Entity;
use super::hold::hold;
use super::invoices::Invoices;
use super::leads::Leads;
use super::orders::Orders;
use super::payments::Payments;
use super::products::{ProductGroups, Products};
use super::projects::Projects;
use super::reader::Rows;
use super::stock::{self, Place};
use super::tickets::Tickets;
use super::writer::{OPERATION, Writer};
use crate::sql::applied;
use crate::sql::batch::apply_batch;
use crate::sql::db::Arg;

/// The most rows of a page.
const MAX_PAGE: usize = 1000;
/// The most rows that a search looks at.
const MAX_HITS: usize = 200;
/// The most records that a search gives.
const MAX_FOUND: usize = 20;

/// The kinds of record that the CRM has, in the order in which they are written elsewhere.
pub(super) const KINDS: [EntityKind; 12] = EntityKind::ALL;

/// The kinds whose tables every CRM has; others come with modules, or are not looked for at once.
pub(super) const CORE: [EntityKind; 6] = [
    EntityKind::Customer,
    EntityKind::Contact,
    EntityKind::Lead,
    EntityKind::Project,
    EntityKind::Ticket,
    EntityKind::Invoice,
];

/// The most writes of one transaction.
const MAX_BATCH: usize = 500;

pub(super) fn capabilities(zone: &str, writable: bool, search_delay: Duration) -> Capabilities {
    let can = || EntityCapabilities {
        create: writable,
        update: writable,
        ..EntityCapabilities::read_only(ChangeSource::FullScan)
    };
    use EntityKind as Kind;
    let mut capabilities = Capabilities::new("crmconnect")
        .entity(Kind::ProductGroup, can().natural_key(["name"]))
        .entity(
            Kind::Product,
            can().natural_key(["code"]).natural_key(["name"]),
        )
        .entity(
            Kind::Customer,
            can().natural_key(["vat_number"]).natural_key(["name"]),
        )
        .entity(Kind::Contact, can().natural_key(["email"]))
        .entity(
            Kind::Lead,
            can()
                .natural_key(["email"])
                .natural_key(["name", "company"]),
        )
        .entity(Kind::Project, can().natural_key(["name", "customer"]))
        .entity(Kind::Ticket, can().natural_key(["subject", "customer"]))
        .entity(
            Kind::Discount,
            can()
                .natural_key(["customer_group", "product"])
                .natural_key(["customer_group", "product_group"]),
        )
        .entity(Kind::Stock, can().natural_key(["product", "warehouse"]))
        .entity(
            Kind::Order,
            can()
                .natural_key(["number"])
                .natural_key(["reference", "customer"]),
        )
        .entity(Kind::Invoice, can().natural_key(["number"]))
        .entity(
            Kind::Payment,
            can().natural_key(["invoice", "transaction_id"]),
        );
    capabilities.max_in_flight = 2;
    if writable {
        capabilities.batch = BatchLimits {
            max_items: MAX_BATCH,
            ..BatchLimits::default()
        };
        // One transaction after the other: two at once could wait for each other's rows.
        capabilities.max_in_flight = 1;
        // A create whose marker is noted already updates the record that it made.
        capabilities.marker = MarkerSupport::Upsert;
        capabilities.search_delay = search_delay;
    }
    capabilities.zone = zone.to_owned();
    capabilities
}

pub(super) fn entity(kind: EntityKind) -> Result<&'static dyn Entity, Error> {
    Ok(match kind {
        EntityKind::ProductGroup => &ProductGroups,
        EntityKind::Product => &Products,
        EntityKind::Customer => &Customers,
        EntityKind::Contact => &Contacts,
        EntityKind::Lead => &Leads,
        EntityKind::Project => &Projects,
        EntityKind::Ticket => &Tickets,
        EntityKind::Discount => &Discounts,
        EntityKind::Order => &Orders,
        EntityKind::Invoice => &Invoices,
        EntityKind::Payment => &Payments,
        other => {
            return Err(Error::new(
                ErrorKind::Config,
                format!("The CRM database gives no {}.", other.plural()),
            ));
        }
    })
}

const FIND: &str = "crmconnect.find";

impl CrmConnect {
    async fn find_by_marker(
        &self,
        kind: EntityKind,
        marker: &Marker,
    ) -> Result<Vec<Record>, Error> {
        if !applied::exists(&self.reader.db, FIND).await? {
            // Nothing was written yet; a search makes no table.
            return Ok(Vec::new());
        }
        let mut session = self.reader.db.begin(FIND).await?;
        let ids = applied::by_marker(&mut session, kind, marker).await?;
        session.end().await?;
        let mut records = Vec::new();
        for id in ids {
            records.extend(self.fetch(kind, &id).await?);
        }
        Ok(records)
    }

    async fn find_by_key(
        &self,
        kind: EntityKind,
        pairs: &[(FieldName, Value)],
    ) -> Result<Vec<Record>, Error> {
        if pairs.is_empty() {
            return Err(cannot_find(kind, "nothing"));
        }
        let reader = &self.reader;
        let mut session = reader.db.begin(FIND).await?;
        let snapshot = reader.snapshot(&mut session, false).await?;
        session.end().await?;
        if kind == EntityKind::Stock {
            let place = stock::place_by_key(&snapshot, pairs)?;
            return Ok(match place {
                Some(place) => stock::fetch(reader, FIND, place)
                    .await?
                    .into_iter()
                    .collect(),
                None => Vec::new(),
            });
        }
        let entity = entity(kind)?;
        if let Some(searches) = entity.search(&snapshot, pairs) {
            let mut records: Vec<Record> = Vec::new();
            for search in searches {
                let found = Rows::Found(search);
                let loaded = reader.load(FIND, entity, found, MAX_HITS, false).await?;
                for record in loaded.records {
                    let fits = pairs
                        .iter()
                        .all(|(name, value)| record.fields.get(name.as_str()).same_content(value));
                    if fits && records.iter().all(|known| known.id != record.id) {
                        records.push(record);
                    }
                }
            }
            records.truncate(MAX_FOUND);
            return Ok(records);
        }
        let mut columns = Vec::with_capacity(pairs.len());
        for (field, value) in pairs {
            let column = entity
                .column(field.as_str())
                .ok_or_else(|| cannot_find(kind, &format!("`{field}`")))?;
            let arg = match value {
                Value::Text(text) => Arg::Text(text.clone()),
                Value::Int(number) => Arg::Int(*number),
                Value::Ref(reference) => match reference.id.as_str().parse() {
                    Ok(id) => Arg::Int(id),
                    // No row has such an id.
                    Err(_) => return Ok(Vec::new()),
                },
                other => {
                    let by = format!("{} in `{field}`", other.type_name());
                    return Err(cannot_find(kind, &by));
                }
            };
            columns.push((column, arg));
        }
        let loaded = reader
            .load(FIND, entity, Rows::Equal(columns), MAX_FOUND, false)
            .await?;
        let mut records = loaded.records;
        if kind == EntityKind::Contact
            && reader.scope.writable
            && !records.is_empty()
            && applied::exists(&reader.db, FIND).await?
        {
            let mut session = reader.db.begin(FIND).await?;
            without_stand_ins(&mut session, &mut records).await?;
            session.end().await?;
        }
        Ok(records)
    }

    /// Logs in and looks for the tables.
    pub(super) async fn open(&self) -> Result<(), Error> {
        let reader = &self.reader;
        reader.db.try_connect().await?;
        let mut session = reader.db.begin("crmconnect.connect").await?;
        let snapshot = reader.snapshot(&mut session, true).await?;
        session.end().await?;
        // Without customers it is no CRM at all; other tables are missed when they are read.
        reader.require(&Customers, &snapshot)
    }
}

#[async_trait]
impl Connector for CrmConnect {
    fn describe(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> CheckReport {
        super::check::check(&self.reader).await
    }

    async fn pull(
        &self,
        kind: EntityKind,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, Error> {
        const OPERATION: &str = "crmconnect.pull";
        let wrong = |cursor: &Cursor| {
            Error::new(
                ErrorKind::Internal,
                format!("The cursor `{cursor}` is no primary key."),
            )
            .operation(OPERATION)
            .outcome(SendOutcome::NotSent)
        };
        let limit = limit.clamp(1, MAX_PAGE);
        if kind == EntityKind::Stock {
            let after = match cursor {
                None => None,
                Some(cursor) => Some(Place::parse(cursor.as_str()).ok_or_else(|| wrong(cursor))?),
            };
            let levels = stock::page(&self.reader, OPERATION, after, limit).await?;
            let complete = levels.places < limit;
            let last = levels
                .last
                .map(|place| Cursor::new(place.id().into_string()));
            return Ok(Page {
                records: levels.records,
                unreadable: levels.unreadable,
                deleted: Vec::new(),
                next: last.filter(|_| !complete),
                complete,
            });
        }
        let entity = entity(kind)?;
        let after = match cursor {
            None => i64::MIN,
            Some(cursor) => cursor.as_str().parse().map_err(|_| wrong(cursor))?,
        };
        let fresh = cursor.is_none();
        let loaded = self
            .reader
            .load(OPERATION, entity, Rows::After(after), limit, fresh)
            .await?;
        let complete = loaded.rows < limit;
        let last = loaded.last.map(|key| Cursor::new(key.to_string()));
        Ok(Page {
            records: loaded.records,
            unreadable: loaded.unreadable,
            deleted: Vec::new(),
            // A run starts anew each time: there is nothing to go on from at the end.
            next: last.filter(|_| !complete),
            complete,
        })
    }

    fn push(&self, batch: Batch) -> BoxStream<'_, Answer> {
        if batch.ops.is_empty() {
            return stream::empty().boxed();
        }
        if !self.reader.scope.writable {
            let refused = batch.ops.into_iter().map(|op| {
                let error = Error::new(
                    ErrorKind::Permission,
                    "The connection to the CRM database is read only.",
                )
                .operation(OPERATION)
                .outcome(SendOutcome::NotSent)
                .help("Use this connection as the source of a flow, not as its target.");
                (op.id, Outcome::Rejected(error))
            });
            let outcomes = refused.collect();
            return stream::once(async { Answer { outcomes } }).boxed();
        }
        let answer = async move {
            let writer = Writer::new(&self.reader);
            let outcomes = apply_batch(&self.reader.db, OPERATION, &batch, &writer).await;
            Answer { outcomes }
        };
        stream::once(answer).boxed()
    }

    async fn find(&self, kind: EntityKind, key: &FindKey) -> Result<Vec<Record>, Error> {
        match key {
            FindKey::Natural(pairs) => self.find_by_key(kind, pairs).await,
            FindKey::Marker(marker) if self.reader.scope.writable => {
                self.find_by_marker(kind, marker).await
            }
            _ => Err(cannot_find(kind, "marker: the connection is read only")),
        }
    }

    async fn fetch(&self, kind: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        if kind == EntityKind::Stock {
            return match Place::parse(id.as_str()) {
                Some(place) => stock::fetch(&self.reader, "crmconnect.fetch", place).await,
                None => Ok(None),
            };
        }
        let entity = entity(kind)?;
        // No row has a key that is no number.
        let Ok(key) = id.as_str().parse() else {
            return Ok(None);
        };
        let loaded = self
            .reader
            .load("crmconnect.fetch", entity, Rows::Keys(vec![key]), 1, false)
            .await?;
        if let Some(unreadable) = loaded.unreadable.into_iter().next() {
            return Err(unreadable.error);
        }
        Ok(loaded.records.into_iter().next())
    }

    async fn count(&self, kind: EntityKind) -> Option<u64> {
        if kind == EntityKind::Stock {
            return stock::count(&self.reader).await.ok();
        }
        self.reader.count(entity(kind).ok()?).await.ok()
    }

    fn hold(&self, kind: EntityKind, fields: &mut Fields) {
        let known = self.reader.known();
        hold(kind, fields, &self.reader.scope, known.as_deref());
    }
}

fn cannot_find(kind: EntityKind, by: &str) -> Error {
    Error::new(
        ErrorKind::Config,
        format!(
            "The CRM database cannot be searched for {} by {by}.",
            kind.plural()
        ),
    )
    .operation(FIND)
}
