//! Syncro as a side of a flow, over [`syncro_client`].
//!
//! Customers, contacts, leads, tickets, invoices with their lines, payments and products of one
//! account.

mod builder;
mod capabilities;
mod check;
mod connector;
mod decode;
mod encode;
mod fetch;
mod find;
mod hold;
mod invoices;
mod invoices_out;
mod model;
mod outcome;
mod payments;
mod payments_out;
mod place;
mod pull;
mod push;
mod rows;
mod statuses;
mod steps;
mod taxes;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use api_core::{Date, Error};
use sync_core::{Capabilities, EntityKind};
use syncro_client::Client;

use model::Models;
use pull::Listings;
use statuses::TicketWords;

pub use builder::{Sweep, SyncroBuilder, TicketDefaults};
pub use taxes::TaxRate;

/// The kinds of record that Syncro has here.
pub(super) const KINDS: [EntityKind; 7] = [
    EntityKind::Product,
    EntityKind::Customer,
    EntityKind::Contact,
    EntityKind::Lead,
    EntityKind::Ticket,
    EntityKind::Invoice,
    EntityKind::Payment,
];

/// One account of Syncro. Cheap to clone.
///
/// ```
/// use connectors::syncro::Syncro;
/// use sync_core::{Connector, EntityKind};
/// use syncro_client::{Client, SecretString};
///
/// let token = SecretString::from("from-the-admin-page".to_owned());
/// let syncro = Syncro::new(Client::builder("acme", token).build()?)?;
/// assert!(syncro.describe().can_create(EntityKind::Ticket));
/// # Ok::<(), syncro_client::Error>(())
/// ```
#[derive(Clone)]
pub struct Syncro {
    inner: Arc<Inner>,
}

/// What is shared between the clones of a [`Syncro`].
struct Inner {
    client: Client,
    capabilities: Capabilities,
    /// The label of the custom field that keeps the marker.
    marker_field: String,
    /// How far a reading of changes goes back behind the one before.
    overlap: Duration,
    /// How often the ids of everything are read, to see what is gone.
    sweep: Sweep,
    words: TicketWords,
    ticket_defaults: TicketDefaults,
    /// Invoices and payments from before this day are left out.
    invoice_start: Option<Date>,
    tax_rates: Vec<TaxRate>,
    /// The currency of all amounts, where the settings say it.
    currency: Option<String>,
    /// Whether what is written here may send mail to customers.
    notify_customers: bool,
    models: Models,
    /// What listings under way have brought so far.
    listings: Listings,
}

impl Syncro {
    /// Takes a client, with every setting as it is unless told.
    ///
    /// # Errors
    /// As [`SyncroBuilder::build`].
    pub fn new(client: Client) -> Result<Self, Error> {
        SyncroBuilder::new(client).build()
    }

    /// Starts with a client and settings of the connection.
    pub fn builder(client: Client) -> SyncroBuilder {
        SyncroBuilder::new(client)
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    /// From which day on invoices and payments are read; all of them without it.
    pub fn invoice_start(&self) -> Option<Date> {
        self.inner.invoice_start
    }
}

impl fmt::Debug for Syncro {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Syncro")
            .field("client", &self.inner.client)
            .finish_non_exhaustive()
    }
}
