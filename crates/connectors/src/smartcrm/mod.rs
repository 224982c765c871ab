//! SmartCRM as a side of a flow, over [`smartcrm_client`].
//!
//! SmartCRM's own API is not published; everything here follows the inferred contract that the
//! client's profile holds as data. The profiles `perfex` and `rise` speak to its public relatives.

mod builder;
mod check;
mod codec;
mod connector;
mod currency;
mod decode;
mod encode;
mod names;
mod outcome;
mod perfex;
mod push;
#[cfg(test)]
mod round_trip;
mod table;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use api_core::{Error, ErrorKind, SendOutcome};
use jiff::tz::TimeZone;
use smartcrm_client::{Client, Entity, ExternalIdMode, Profile, PushMode};
use sync_core::{
    BatchLimits, Capabilities, ChangeSource, EntityCapabilities, EntityKind, FieldName,
    IdempotencySupport, MarkerSupport,
};

use codec::Codec;
use currency::Currencies;
use names::NameCache;

pub use builder::SmartCrmBuilder;
pub use decode::{from_wire, record_from_wire};
pub use encode::to_wire;
pub use table::dropped_fields;

/// How long SmartCRM is taken to remember an idempotency key (inferred contract).
const IDEMPOTENCY_TTL: Duration = Duration::from_secs(24 * 60 * 60);
/// The most bytes of a request: half of what PHP accepts unless told otherwise.
const MAX_BYTES: usize = 4 << 20;

/// The kinds of record that this family of systems has, in the order references need.
const KINDS: [EntityKind; 12] = [
    EntityKind::ProductGroup,
    EntityKind::Product,
    EntityKind::Customer,
    EntityKind::Contact,
    EntityKind::Lead,
    EntityKind::Project,
    EntityKind::Ticket,
    EntityKind::Discount,
    EntityKind::Stock,
    EntityKind::Order,
    EntityKind::Invoice,
    EntityKind::Payment,
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
    currencies: Arc<Currencies>,
    names: Arc<NameCache>,
    /// The zone of times that come without one; `None` where the profile names no zone there is.
    zone: Option<TimeZone>,
}

impl SmartCrm {
    /// Takes a client; what it can do follows from the client's profile.
    pub fn new(client: Client) -> Self {
        let capabilities = capabilities(&client);
        let zone = TimeZone::get(&client.profile().time_zone).ok();
        Self {
            client,
            capabilities,
            currencies: Arc::default(),
            names: Arc::default(),
            zone,
        }
    }

    /// Starts with a client and settings of the connection.
    pub fn builder(client: Client) -> SmartCrmBuilder {
        SmartCrmBuilder::new(client)
    }

    /// Sets how long a request that was cut off may still be at work, or its record be missing from
    /// searches; the profile's `settle_ms` unless set.
    pub fn search_delay(mut self, delay: Duration) -> Self {
        self.capabilities.search_delay = delay;
        self
    }

    /// Sets how many requests may be under way at once; 4 unless set.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.capabilities.max_in_flight = requests.max(1);
        self
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whether records of this kind can be asked for here; sends nothing.
    ///
    /// # Errors
    /// `Config` when the profile has none, or when they need a client token and none is set.
    pub fn usable(&self, kind: EntityKind) -> Result<(), Error> {
        let resource = self.resource(kind)?;
        self.client
            .usable(resource.entity())
            .map_err(|error| error.operation("smartcrm.configure"))
    }

    /// The canonical fields of a kind of record that this installation has no place for.
    pub fn dropped(&self, kind: EntityKind) -> Vec<&'static str> {
        table::dropped_by(self.client.profile(), kind)
    }

    /// What reads and writes records of a kind, with the names this installation has.
    async fn codec(&self, kind: EntityKind) -> Result<Codec<'_>, Error> {
        let profile = self.client.profile();
        let zone = self
            .zone
            .as_ref()
            .ok_or_else(|| unknown_zone(&profile.time_zone))?;
        let names = if entity_of(kind).is_some_and(|entity| profile.named.contains_key(&entity)) {
            self.names.get(&self.client).await?
        } else {
            Arc::default()
        };
        Ok(Codec {
            profile,
            kind,
            names,
            currencies: &self.currencies,
            zone,
        })
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
        EntityKind::ProductGroup => Entity::ProductGroups,
        EntityKind::Product => Entity::Products,
        EntityKind::Discount => Entity::Discounts,
        EntityKind::Stock => Entity::Stock,
        EntityKind::Order => Entity::Orders,
        EntityKind::Payment => Entity::Payments,
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
    let mut capabilities = Capabilities::new("smartcrm");
    for kind in KINDS {
        let Some(entity) = entity_of(kind).filter(|entity| profile.offers(*entity)) else {
            continue;
        };
        let mut can = if profile.writes(entity) {
            EntityCapabilities::read_write(ChangeSource::FullScan)
        } else {
            EntityCapabilities::read_only(ChangeSource::FullScan)
        };
        can.natural_keys = natural_keys(profile, kind, entity);
        capabilities.entities.insert(kind, can);
    }
    capabilities.batch = BatchLimits {
        max_items: match profile.push.mode {
            PushMode::Batch | PushMode::PerfexBatch => client.batch_size(),
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

/// The profile's natural keys in our words, without those that hold what we have no word for.
fn natural_keys(profile: &Profile, kind: EntityKind, entity: Entity) -> Vec<Vec<FieldName>> {
    let ours = |wire: &String| {
        let entry = table::entries(kind)
            .iter()
            .find(|entry| entry.wire == wire)?;
        Some(FieldName::known(entry.ours))
    };
    let keys = profile.natural_keys.get(&entity).into_iter().flatten();
    keys.filter_map(|key| key.iter().map(ours).collect())
        .collect()
}

fn unknown_zone(name: &str) -> Error {
    Error::new(
        ErrorKind::Config,
        format!("The profile's `time_zone` is `{name}`, which is no zone there is."),
    )
    .operation("smartcrm.configure")
    .outcome(SendOutcome::NotSent)
    .help("Zones are called such as Europe/Bucharest.")
}
