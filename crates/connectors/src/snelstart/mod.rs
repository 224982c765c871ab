//! SnelStart as a side of a flow, over [`snelstart_client`].
//!
//! Relations (`relaties`) are customers, sales invoices (`verkoopfacturen`) with their bookings
//! (`verkoopboekingen`) invoices, and what was booked on the debtors' ledger through the journals of
//! bank and cash (`grootboekmutaties`) payments.

mod bookings_out;
mod builder;
mod check;
mod connector;
mod decode;
mod encode;
mod fetch;
mod figures;
mod find;
mod hold;
mod invoices;
mod known;
mod ledgers;
mod lines;
mod model;
mod outcome;
mod payments;
mod payments_out;
mod pull;
mod push;
mod relations_out;
mod rules;
mod vat;
mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_core::{Date, Error};
use jiff::tz::TimeZone;
use snelstart_client::{Client, JournalKind};
use sync_core::{
    BatchLimits, Capabilities, ChangeSource, DeleteVisibility, EntityCapabilities, EntityKind,
    MarkerSupport,
};

use known::KnownInvoices;
use model::Models;

pub use builder::SnelStartBuilder;
pub use ledgers::{JournalChoice, LedgerChoice, LedgerRules};
pub use rules::{IncompleteAddress, Rounding, WriteRules};
pub use vat::{VatKind, VatRules};

/// The kinds of record that SnelStart has here.
pub(super) const KINDS: [EntityKind; 3] = [
    EntityKind::Customer,
    EntityKind::Invoice,
    EntityKind::Payment,
];

/// One administration in SnelStart. Cheap to clone.
///
/// ```
/// use connectors::snelstart::SnelStart;
/// use snelstart_client::{Client, SecretString};
/// use sync_core::{Connector, EntityKind};
///
/// let api_key = SecretString::from("from-the-developer-portal".to_owned());
/// let connection_key = SecretString::from("from-snelstart-web".to_owned());
/// let client = Client::builder(api_key, connection_key).build()?;
/// let books = SnelStart::new(client)?;
/// assert!(books.describe().can_create(EntityKind::Invoice));
/// # Ok::<(), snelstart_client::Error>(())
/// ```
#[derive(Clone)]
pub struct SnelStart {
    inner: Arc<Inner>,
}

/// What is shared between the clones of a [`SnelStart`].
struct Inner {
    client: Client,
    capabilities: Capabilities,
    start_date: Option<Date>,
    debtors: LedgerChoice,
    payment_journals: BTreeSet<JournalKind>,
    payment_modes: BTreeMap<JournalKind, String>,
    overlap: Duration,
    /// The zone of the server's times, which it does not tell.
    zone: TimeZone,
    /// The zone that a day ends in.
    home: TimeZone,
    currency: String,
    rules: WriteRules,
    /// What changes seldom: countries, journals, ledgers, VAT rates.
    models: Models,
    /// Invoices that were seen, by their numbers.
    known: Mutex<KnownInvoices>,
    /// Held while a payment is booked: each must see what the one before left open.
    paying: tokio::sync::Mutex<()>,
    /// Whether the server refused the filter for the start date once.
    no_date_filter: AtomicBool,
}

impl SnelStart {
    /// Takes a client, with every setting as it is unless told.
    ///
    /// # Errors
    /// As [`SnelStartBuilder::build`].
    pub fn new(client: Client) -> Result<Self, Error> {
        SnelStartBuilder::new(client).build()
    }

    /// Starts with a client and settings of the connection.
    pub fn builder(client: Client) -> SnelStartBuilder {
        SnelStartBuilder::new(client)
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    /// From which day on invoices and payments are read; all of them without it.
    pub fn start_date(&self) -> Option<Date> {
        self.inner.start_date
    }
}

impl fmt::Debug for SnelStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnelStart")
            .field("client", &self.inner.client)
            .finish_non_exhaustive()
    }
}

/// What can be done with an administration.
fn capabilities(writable: bool) -> Capabilities {
    let mut capabilities = Capabilities::new("snelstart");
    let read = |source, deletes| EntityCapabilities {
        create: writable,
        deletes,
        ..EntityCapabilities::read_only(source)
    };
    // There is no feed of deletions: relations go out of use, bookings are just gone.
    let mut customers = read(ChangeSource::ModifiedSince, DeleteVisibility::None)
        .natural_key(["registration_number"])
        .natural_key(["vat_number"])
        .natural_key(["number"])
        .natural_key(["email"])
        .natural_key(["name"]);
    customers.update = writable;
    let mut invoices =
        read(ChangeSource::FullScan, DeleteVisibility::CompleteListing).natural_key(["number"]);
    invoices.append_only = true;
    let mut payments = read(ChangeSource::ModifiedSince, DeleteVisibility::None)
        .natural_key(["invoice", "amount", "date"]);
    payments.append_only = true;
    // Bookings of payments keep Koppel's mark in their description; nothing else has room for it.
    customers.marked = false;
    invoices.marked = false;
    capabilities.marker = MarkerSupport::Searchable;
    capabilities = capabilities
        .entity(EntityKind::Customer, customers)
        .entity(EntityKind::Invoice, invoices)
        .entity(EntityKind::Payment, payments);
    capabilities.batch = BatchLimits {
        max_items: 1,
        ..BatchLimits::default()
    };
    capabilities.stamp_precision = Duration::from_millis(1);
    capabilities
}
