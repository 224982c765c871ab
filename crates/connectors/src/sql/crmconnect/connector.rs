//! The database as a side of a flow.

use api_core::{Error, ErrorKind, SendOutcome};
use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use sync_core::{
    Answer, Batch, BatchLimits, Capabilities, ChangeSource, CheckReport, Connector, Cursor,
    EntityCapabilities, EntityKind, FindKey, Outcome, Page, Record, RecordId, Value,
};

use super::CrmConnect;
use super::contacts::Contacts;
use super::customers::Customers;
use super::entity::Entity;
use super::invoices::Invoices;
use super::leads::Leads;
use super::projects::Projects;
use super::reader::Rows;
use super::tickets::Tickets;
use crate::sql::db::Arg;

/// The most rows of a page.
const MAX_PAGE: usize = 1000;
/// The most records that a search gives.
const MAX_FOUND: usize = 20;

/// The kinds of record that the CRM has, in the order in which they are written elsewhere.
pub(super) const KINDS: [EntityKind; 6] = [
    EntityKind::Customer,
    EntityKind::Contact,
    EntityKind::Lead,
    EntityKind::Project,
    EntityKind::Ticket,
    EntityKind::Invoice,
];

pub(super) fn capabilities(zone: &str) -> Capabilities {
    let read = || EntityCapabilities::read_only(ChangeSource::FullScan);
    let mut capabilities = Capabilities::new("crmconnect")
        .entity(
            EntityKind::Customer,
            read().natural_key(["vat_number"]).natural_key(["name"]),
        )
        .entity(EntityKind::Contact, read().natural_key(["email"]))
        .entity(
            EntityKind::Lead,
            read()
                .natural_key(["email"])
                .natural_key(["name", "company"]),
        )
        .entity(
            EntityKind::Project,
            read().natural_key(["name", "customer"]),
        )
        .entity(
            EntityKind::Ticket,
            read().natural_key(["subject", "customer"]),
        )
        .entity(EntityKind::Invoice, read());
    capabilities.batch = BatchLimits::default();
    capabilities.max_in_flight = 2;
    capabilities.zone = zone.to_owned();
    capabilities
}

pub(super) fn entity(kind: EntityKind) -> Result<&'static dyn Entity, Error> {
    Ok(match kind {
        EntityKind::Customer => &Customers,
        EntityKind::Contact => &Contacts,
        EntityKind::Lead => &Leads,
        EntityKind::Project => &Projects,
        EntityKind::Ticket => &Tickets,
        EntityKind::Invoice => &Invoices,
        other => {
            return Err(Error::new(
                ErrorKind::Config,
                format!("The CRM database gives no {}.", other.plural()),
            ));
        }
    })
}

impl CrmConnect {
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
        let entity = entity(kind)?;
        let after = match cursor {
            None => i64::MIN,
            Some(cursor) => cursor.as_str().parse().map_err(|_| {
                Error::new(
                    ErrorKind::Internal,
                    format!("The cursor `{cursor}` is no primary key."),
                )
                .operation(OPERATION)
                .outcome(SendOutcome::NotSent)
            })?,
        };
        let limit = limit.clamp(1, MAX_PAGE);
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
        let refused = batch.ops.into_iter().map(|op| {
            let error = Error::new(
                ErrorKind::Permission,
                "The connection to the CRM database is read only.",
            )
            .operation("crmconnect.push")
            .outcome(SendOutcome::NotSent)
            .help("Use this connection as the source of a flow, not as its target.");
            (op.id, Outcome::Rejected(error))
        });
        let outcomes: Vec<_> = refused.collect();
        stream::iter((!outcomes.is_empty()).then_some(Answer { outcomes })).boxed()
    }

    async fn find(&self, kind: EntityKind, key: &FindKey) -> Result<Vec<Record>, Error> {
        const OPERATION: &str = "crmconnect.find";
        let entity = entity(kind)?;
        let cannot = |what: String| {
            Error::new(
                ErrorKind::Config,
                format!(
                    "The CRM database cannot be searched for {} by {what}.",
                    kind.plural()
                ),
            )
            .operation(OPERATION)
        };
        let FindKey::Natural(pairs) = key else {
            return Err(cannot("marker: it keeps none".to_owned()));
        };
        if pairs.is_empty() {
            return Err(cannot("nothing".to_owned()));
        }
        let mut columns = Vec::with_capacity(pairs.len());
        for (field, value) in pairs {
            let column = entity
                .column(field.as_str())
                .ok_or_else(|| cannot(format!("`{field}`")))?;
            let arg = match value {
                Value::Text(text) => Arg::Text(text.clone()),
                Value::Int(number) => Arg::Int(*number),
                Value::Ref(reference) => match reference.id.as_str().parse() {
                    Ok(id) => Arg::Int(id),
                    // No row has such an id.
                    Err(_) => return Ok(Vec::new()),
                },
                other => return Err(cannot(format!("{} in `{field}`", other.type_name()))),
            };
            columns.push((column, arg));
        }
        let loaded = self
            .reader
            .load(OPERATION, entity, Rows::Equal(columns), MAX_FOUND, false)
            .await?;
        Ok(loaded.records)
    }

    async fn fetch(&self, kind: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        let entity = entity(kind)?;
        // No row has a key that is no number.
        let Ok(key) = id.as_str().parse() else {
            return Ok(None);
        };
        let loaded = self
            .reader
            .load("crmconnect.fetch", entity, Rows::Key(key), 1, false)
            .await?;
        if let Some(unreadable) = loaded.unreadable.into_iter().next() {
            return Err(unreadable.error);
        }
        Ok(loaded.records.into_iter().next())
    }

    async fn count(&self, kind: EntityKind) -> Option<u64> {
        self.reader.count(entity(kind).ok()?).await.ok()
    }
}
