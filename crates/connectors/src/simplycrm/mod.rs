//! Simply CRM and its relatives of the vtiger family as a side of a flow, over [`simplycrm_ws`].
//!
//! Organisations (`Accounts`) are customers, `Contacts` contacts, `Leads` leads, `Project`
//! projects, `HelpDesk` tickets, `Invoice` invoices and `Products` products.

mod builder;
mod check;
mod complete;
mod connector;
mod countries;
mod currency;
mod custom;
mod decode;
mod encode;
mod find;
mod hold;
mod invoice;
mod model;
mod outcome;
mod pull;
mod push;
#[cfg(test)]
mod round_trip;
mod sums;
mod table;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use api_core::Error;
use jiff::tz::TimeZone;
use simplycrm_ws::{Client, RecordId as WireId};
use sync_core::{
    BatchLimits, Capabilities, ChangeSource, DeleteVisibility, EntityCapabilities, EntityKind,
    FieldName, MarkerSupport,
};

use currency::CurrencyCache;
use table::Table;

pub use builder::{ChangesMode, SimplyCrmBuilder, TaxMode};

/// The most bytes of a request: half of what PHP accepts unless told otherwise.
const MAX_BYTES: usize = 4 << 20;

/// A Simply CRM installation, or another of its family. Cheap to clone.
///
/// ```
/// use connectors::simplycrm::SimplyCrm;
/// use simplycrm_ws::{Client, SecretString};
/// use sync_core::{Connector, EntityKind};
///
/// let key = SecretString::from("from-my-preferences".to_owned());
/// let client = Client::builder("https://crm.example.com", "api", key).build()?;
/// let target = SimplyCrm::new(client)?;
/// assert!(target.describe().can_create(EntityKind::Ticket));
/// # Ok::<(), simplycrm_ws::Error>(())
/// ```
#[derive(Clone)]
pub struct SimplyCrm {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    capabilities: Capabilities,
    table: Table,
    markers: BTreeMap<String, String>,
    owner: Option<WireId>,
    defaults: BTreeMap<(String, String), String>,
    default_product: Option<WireId>,
    taxes: BTreeMap<String, String>,
    tax_mode: TaxMode,
    zone: TimeZone,
    changes: ChangesMode,
    overlap: Duration,
    currencies: CurrencyCache,
    writable: bool,
    /// When each module was asked for last.
    asked: Mutex<BTreeMap<&'static str, Instant>>,
    /// What was said once already.
    told: Mutex<BTreeSet<String>>,
}

impl SimplyCrm {
    /// Takes a client, with every setting as it is unless told.
    ///
    /// # Errors
    /// As [`SimplyCrmBuilder::build`].
    pub fn new(client: Client) -> Result<Self, Error> {
        SimplyCrmBuilder::new(client).build()
    }

    /// Starts with a client and settings of the connection.
    pub fn builder(client: Client) -> SimplyCrmBuilder {
        SimplyCrmBuilder::new(client)
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    /// The canonical fields of a kind of record that are not written here.
    pub fn dropped(&self, kind: EntityKind) -> Vec<&'static str> {
        self.inner.table.dropped(kind)
    }

    /// The custom field that keeps Koppel's mark in the module of this kind of record.
    pub fn marker_of(&self, kind: EntityKind) -> Option<&str> {
        let module = table::module_of(kind)?;
        self.inner.markers.get(module).map(String::as_str)
    }
}

impl fmt::Debug for SimplyCrm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimplyCrm")
            .field("client", &self.inner.client)
            .finish_non_exhaustive()
    }
}

fn capabilities(
    table: &Table,
    used: Option<&[EntityKind]>,
    markers: &BTreeMap<String, String>,
    changes: ChangesMode,
) -> Capabilities {
    let mut capabilities = Capabilities::new("simplycrm");
    let (source, deletes) = match changes {
        ChangesMode::Sync => (ChangeSource::Feed, DeleteVisibility::Feed),
        // Whether the feed is of use shows only when it is asked: deletes are not promised.
        _ => (
            ChangeSource::ModifiedSince,
            DeleteVisibility::CompleteListing,
        ),
    };
    let mut marked = true;
    for (kind, module) in table::MODULES {
        if used.is_some_and(|used| !used.contains(&kind)) {
            continue;
        }
        let mut can = EntityCapabilities::read_write(source);
        can.deletes = deletes;
        can.natural_keys = natural_keys(table, kind);
        capabilities.entities.insert(kind, can);
        marked &= markers.contains_key(module);
    }
    capabilities.batch = BatchLimits {
        max_items: 1,
        max_bytes: MAX_BYTES,
    };
    // Every module that is written must keep the mark, or a search by it proves nothing.
    capabilities.marker = if marked && !capabilities.entities.is_empty() {
        MarkerSupport::Searchable
    } else {
        MarkerSupport::None
    };
    capabilities
}

/// What identifies a record, best first, as far as it has a place.
fn natural_keys(table: &Table, kind: EntityKind) -> Vec<Vec<FieldName>> {
    let keys: &[&[&'static str]] = match kind {
        EntityKind::Customer => &[&["vat_number"], &["name"]],
        EntityKind::Contact => &[&["email"], &["first_name", "last_name", "customer"]],
        EntityKind::Lead => &[&["email"], &["name", "company"]],
        EntityKind::Project => &[&["name", "customer"]],
        EntityKind::Ticket => &[&["subject", "customer"]],
        EntityKind::Invoice => &[&["number"]],
        EntityKind::Product => &[&["code"], &["name"]],
        _ => &[],
    };
    keys.iter()
        .filter(|key| key.iter().all(|name| table.entry(kind, name).is_some()))
        .map(|key| key.iter().map(|name| FieldName::known(name)).collect())
        .collect()
}
