//! SmartCRM as a side of a flow, over [`smartcrm_client`].
//!
//! SmartCRM's own API is not published; everything here follows the inferred contract that the
//! client's profile holds as data.

mod check;
mod connector;
mod decode;
mod encode;
mod outcome;
mod push;
#[cfg(test)]
mod round_trip;
mod table;

use std::fmt;
use std::time::Duration;

use smartcrm_client::{Client, Entity, ExternalIdMode, PushMode};
use sync_core::{
    BatchLimits, Capabilities, ChangeSource, EntityCapabilities, EntityKind, IdempotencySupport,
    MarkerSupport,
};

pub use decode::{from_wire, record_from_wire};
pub use encode::to_wire;
pub use table::dropped_fields;

/// How long SmartCRM is taken to remember an idempotency key (inferred contract).
const IDEMPOTENCY_TTL: Duration = Duration::from_secs(24 * 60 * 60);
/// The most bytes of a request: half of what PHP accepts unless told otherwise.
const MAX_BYTES: usize = 4 << 20;

/// The kinds of record that SmartCRM has.
const KINDS: [EntityKind; 6] = [
    EntityKind::Customer,
    EntityKind::Contact,
    EntityKind::Lead,
    EntityKind::Project,
    EntityKind::Ticket,
    EntityKind::Invoice,
];

/// A SmartCRM installation. Cheap to clone.
///
/// ```
/// use connectors::smartcrm::SmartCrm;
/// use smartcrm_client::{Client, SecretString};
/// use sync_core::{Connector, EntityKind};
///
/// let token = SecretString::from("from-the-admin-page".to_owned());
/// let client = Client::builder("https://crm.example.com", token).build()?;
/// let target = SmartCrm::new(client);
/// assert!(target.describe().can_create(EntityKind::Invoice));
/// # Ok::<(), smartcrm_client::Error>(())
/// ```
#[derive(Clone)]
pub struct SmartCrm {
    client: Client,
    capabilities: Capabilities,
}

impl SmartCrm {
    /// Takes a client; what it can do follows from the client's profile.
    pub fn new(client: Client) -> Self {
        let capabilities = capabilities(&client);
        Self {
            client,
            capabilities,
        }
    }

    /// Sets how long a request that was cut off may still be at work, or its record be missing from
    /// searches; the profile's `settle_ms` unless set.
    pub fn search_delay(mut self, delay: Duration) -> Self {
        self.capabilities.search_delay = delay;
        self
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl fmt::Debug for SmartCrm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmartCrm")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// The resource that holds records of a kind.
fn entity_of(kind: EntityKind) -> Option<Entity> {
    Some(match kind {
        EntityKind::Customer => Entity::Clients,
        EntityKind::Contact => Entity::Contacts,
        EntityKind::Lead => Entity::Leads,
        EntityKind::Project => Entity::Projects,
        EntityKind::Ticket => Entity::Tickets,
        EntityKind::Invoice => Entity::Invoices,
        _ => return None,
    })
}

fn capabilities(client: &Client) -> Capabilities {
    let profile = client.profile();
    // Edits leave a server stamp, but not every installation can be asked by it.
    let can = || EntityCapabilities::read_write(ChangeSource::FullScan);
    let mut capabilities = Capabilities::new("smartcrm")
        .entity(
            EntityKind::Customer,
            can().natural_key(["vat_number"]).natural_key(["name"]),
        )
        .entity(EntityKind::Contact, can().natural_key(["email"]))
        .entity(
            EntityKind::Lead,
            can()
                .natural_key(["email"])
                .natural_key(["name", "company"]),
        )
        .entity(EntityKind::Project, can().natural_key(["name", "customer"]))
        .entity(
            EntityKind::Ticket,
            can()
                .natural_key(["subject", "customer"])
                .natural_key(["subject", "requester_email"]),
        )
        .entity(EntityKind::Invoice, can().natural_key(["number"]));
    capabilities.batch = BatchLimits {
        max_items: match profile.push.mode {
            PushMode::Batch => client.batch_size(),
            _ => 1,
        },
        max_bytes: MAX_BYTES,
    };
    capabilities.max_in_flight = 4;
    capabilities.search_delay = Duration::from_millis(profile.settle_ms);
    capabilities.idempotency = profile
        .honours_idempotency_keys()
        .then_some(IdempotencySupport {
            ttl: IDEMPOTENCY_TTL,
        });
    capabilities.marker = match profile.external_id {
        ExternalIdMode::Upsert => MarkerSupport::Upsert,
        ExternalIdMode::Stored => MarkerSupport::Searchable,
        _ => MarkerSupport::None,
    };
    capabilities
}
