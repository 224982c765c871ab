//! The settings of a connection.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_core::{Error, ErrorKind, SendOutcome};
use jiff::tz::TimeZone;
use simplycrm_ws::{Client, RecordId as WireId};
use sync_core::EntityKind;

use super::currency::CurrencyCache;
use super::table::{Table, kind_of};
use super::{Inner, SimplyCrm, capabilities};

/// How changes are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ChangesMode {
    /// By `sync` where the server's is of use, else by a query.
    #[default]
    Auto,
    /// By the operation `sync`, which names deleted records too; records of other users are seen
    /// only where the server was changed to show them (recorded vtiger 7.1.0 server).
    Sync,
    /// By a query on the time of the last change; deletes do not show.
    Query,
}

/// How the taxes of an invoice are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TaxMode {
    /// On the whole document; lines with different taxes are refused, because what the server
    /// counts line by line depends on taxes of its products that nobody tells.
    #[default]
    Auto,
    /// On the whole document (`group`); lines with different taxes are refused.
    Group,
    /// Line by line (`individual`); the server counts only taxes that the product has.
    Individual,
}

/// Settings of a [`SimplyCrm`].
///
/// ```
/// use connectors::simplycrm::SimplyCrm;
/// use simplycrm_ws::{Client, SecretString};
/// use sync_core::{Connector, EntityKind, MarkerSupport};
///
/// let key = SecretString::from("from-my-preferences".to_owned());
/// let client = Client::builder("https://crm.example.com", "api", key).build()?;
/// let target = SimplyCrm::builder(client)
///     .modules([EntityKind::Customer, EntityKind::Contact])
///     .marker_field("Accounts", "cf_901")
///     .marker_field("Contacts", "cf_903")
///     .build()?;
/// assert_eq!(target.describe().marker, MarkerSupport::Searchable);
/// # Ok::<(), simplycrm_ws::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct SimplyCrmBuilder {
    client: Client,
    table: Table,
    modules: Option<Vec<EntityKind>>,
    markers: BTreeMap<String, String>,
    owner: Option<WireId>,
    defaults: BTreeMap<(String, String), String>,
    default_product: Option<WireId>,
    taxes: BTreeMap<String, String>,
    tax_mode: TaxMode,
    zone: Option<String>,
    search_delay: Duration,
    max_in_flight: Option<usize>,
    changes: ChangesMode,
    overlap: Duration,
    writable: bool,
    wrong: Option<String>,
}

/// How long a write that was cut off may still be at work: a stuck transaction holds the next
/// ones up for 150 s (recorded vtiger 7.1.0 server).
const SEARCH_DELAY: Duration = Duration::from_secs(180);
/// How far a reading goes back behind the one before: stamps are whole seconds, and a slow write
/// has an older one than what was read meanwhile.
const OVERLAP: Duration = Duration::from_secs(180);

impl SimplyCrmBuilder {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            table: Table::standard(),
            modules: None,
            markers: BTreeMap::new(),
            owner: None,
            defaults: BTreeMap::new(),
            default_product: None,
            taxes: BTreeMap::new(),
            tax_mode: TaxMode::default(),
            zone: None,
            search_delay: SEARCH_DELAY,
            max_in_flight: None,
            changes: ChangesMode::default(),
            overlap: OVERLAP,
            writable: true,
            wrong: None,
        }
    }

    /// Names the kinds of record that will be asked for; all seven unless set.
    ///
    /// The others are not offered, and the connection test leaves their modules alone.
    pub fn modules(mut self, kinds: impl IntoIterator<Item = EntityKind>) -> Self {
        let kinds: Vec<EntityKind> = kinds.into_iter().collect();
        for kind in &kinds {
            if super::table::module_of(*kind).is_none() {
                self.is_wrong(format!("Simply CRM has no {} here.", kind.plural()));
            }
        }
        self.modules = Some(kinds);
        self
    }

    /// Says which custom field of a module (`Accounts`, `cf_901`) keeps Koppel's mark.
    ///
    /// The field has to be text, long enough for a mark such as `crmconnect:customer:12345`, and
    /// writable by the user. Records can be searched by their mark only when every module that is
    /// used has such a field; else they are searched by their natural keys.
    pub fn marker_field(mut self, module: &str, field: impl Into<String>) -> Self {
        self.known(module);
        self.markers.insert(module.to_owned(), field.into());
        self
    }

    /// Sets who owns new records, a user (`19x1`) or a group (`20x3`); the user that logs in
    /// unless set.
    pub fn owner(mut self, owner: WireId) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Says what statuses are called in a module: our word → theirs.
    ///
    /// Words that are the same but for capitals need no mention.
    pub fn statuses(self, module: &str, words: &BTreeMap<String, String>) -> Self {
        self.words(module, "status", words)
    }

    /// Says what the words of a canonical field (`priority`, `source`, `unit` …) are called in a
    /// module: our word → theirs.
    pub fn words(mut self, module: &str, field: &str, words: &BTreeMap<String, String>) -> Self {
        if let Some(kind) = self.known(module) {
            for (ours, theirs) in words.iter().rev() {
                self.table.word(kind, field, ours, theirs);
            }
        }
        self
    }

    /// Says which field of a module holds a canonical field, such as a custom field for the VAT
    /// number: `("Accounts", "vat_number", "cf_907")`.
    pub fn field(mut self, module: &str, ours: &str, theirs: &str) -> Self {
        if let Some(kind) = self.known(module)
            && !self.table.place(kind, ours, theirs)
        {
            self.is_wrong(format!(
                "`{ours}` is no field of {} that one field of {module} can hold.",
                kind.plural()
            ));
        }
        self
    }

    /// Sets the value of a field of a module for new records that have none:
    /// `("HelpDesk", "ticketpriorities", "Normal")`.
    pub fn default_value(mut self, module: &str, field: &str, value: impl Into<String>) -> Self {
        self.known(module);
        self.defaults
            .insert((module.to_owned(), field.to_owned()), value.into());
        self
    }

    /// Sets the product or service of invoice lines that have none (`14x542`); without it, an
    /// invoice with such a line is refused.
    pub fn default_product(mut self, product: WireId) -> Self {
        self.default_product = Some(product);
        self
    }

    /// Says which tax of the installation (`tax1`) a tax of ours is, by its name; those that are
    /// called the same need no mention.
    pub fn tax(mut self, name: impl Into<String>, field: impl Into<String>) -> Self {
        self.taxes.insert(name.into(), field.into());
        self
    }

    /// Sets how the taxes of invoices are kept.
    pub fn tax_mode(mut self, mode: TaxMode) -> Self {
        self.tax_mode = mode;
        self
    }

    /// Sets the zone of the server's times, an IANA name; that of the client unless set. The user's
    /// own zone does not count (recorded vtiger 5.4.0 server).
    pub fn time_zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// Sets how long a request that was cut off may still be at work; 180 s unless set.
    pub fn search_delay(mut self, delay: Duration) -> Self {
        self.search_delay = delay;
        self
    }

    /// Sets how many requests may be under way at once; as many as the client has sessions unless
    /// set, because the server answers the requests of one session one after the other.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.max_in_flight = Some(requests.max(1));
        self
    }

    /// Sets how changes are found.
    pub fn changes(mut self, mode: ChangesMode) -> Self {
        self.changes = mode;
        self
    }

    /// Sets how far a reading of changes goes back behind the one before; 180 s unless set, and
    /// never less than the second that the server's stamps are exact to.
    pub fn overlap(mut self, overlap: Duration) -> Self {
        self.overlap = overlap.max(Duration::from_secs(1));
        self
    }

    /// Says whether records are written here; if not, the connection test does not ask whether
    /// the user may. Yes unless set.
    pub fn writable(mut self, writable: bool) -> Self {
        self.writable = writable;
        self
    }

    /// Checks the settings; sends nothing.
    ///
    /// # Errors
    /// `Config` when a module, a field, a tax or the time zone is none that there can be.
    pub fn build(self) -> Result<SimplyCrm, Error> {
        if let Some(wrong) = self.wrong {
            return Err(config(wrong));
        }
        let zone = match &self.zone {
            None => self.client.time_zone().clone(),
            Some(name) => TimeZone::get(name).map_err(|_| {
                config(format!("`{name}` is no time zone there is."))
                    .help("Zones are called such as Europe/Amsterdam.")
            })?,
        };
        let max_in_flight = self.max_in_flight.unwrap_or_else(|| self.client.sessions());
        let mut capabilities = capabilities(
            &self.table,
            self.modules.as_deref(),
            &self.markers,
            self.changes,
        );
        capabilities.max_in_flight = max_in_flight;
        capabilities.search_delay = self.search_delay;
        capabilities.zone = zone.iana_name().unwrap_or("UTC").to_owned();
        Ok(SimplyCrm {
            inner: Arc::new(Inner {
                client: self.client,
                capabilities,
                table: self.table,
                markers: self.markers,
                owner: self.owner,
                defaults: self.defaults,
                default_product: self.default_product,
                taxes: self.taxes,
                tax_mode: self.tax_mode,
                zone,
                changes: self.changes,
                overlap: self.overlap,
                currencies: CurrencyCache::default(),
                writable: self.writable,
                asked: Mutex::default(),
                told: Mutex::default(),
            }),
        })
    }

    fn known(&mut self, module: &str) -> Option<EntityKind> {
        let kind = kind_of(module);
        if kind.is_none() {
            self.is_wrong(format!(
                "`{module}` is no module that Koppel syncs: there are Accounts, Contacts, Leads, \
                 Project, HelpDesk, Invoice and Products."
            ));
        }
        kind
    }

    fn is_wrong(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }
}

fn config(message: String) -> Error {
    Error::new(ErrorKind::Config, message)
        .operation("simplycrm.configure")
        .outcome(SendOutcome::NotSent)
}
