//! Starting a faked Syncro.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::io;
use std::sync::Mutex;

use axum::Router;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::Value;

use super::account;
use super::events::{Outbox, WebhookFaults};
use super::form;
use super::handler::App;
use super::limit::Limit;
use super::list::Drift;
use super::schema::Resource;
use super::seed::{self, Size};
use super::server::SyncroServer;
use super::settings::{Permissions, Settings};
use super::store::Store;
use crate::common::{Clock, Setup, Tally, serve, shared_settings};

/// The faked Syncro; [`Syncro::builder`] is the way in.
#[derive(Debug)]
pub struct Syncro;

impl Syncro {
    /// A server of the account `demo` with token `demo-token`, all permissions, 180 requests per
    /// minute and address, and no customers.
    pub fn builder() -> SyncroBuilder {
        SyncroBuilder {
            token: "demo-token".into(),
            per_minute: Some(180),
            retry_after: false,
            first_id: 10_001,
            size: Size::default(),
            drift: None,
            webhook: None,
            webhook_faults: WebhookFaults::default(),
            settings: Settings {
                account: "demo".into(),
                permissions: Permissions::Without(HashSet::new()),
                page_sizes: BTreeMap::new(),
                per_page_honoured: true,
                pages_ignored: HashSet::new(),
                largest_page: 100,
                since: HashSet::from([Resource::Tickets, Resource::Invoices, Resource::Comments]),
                tax_rates: vec![
                    (1, Decimal::from(21)),
                    (2, Decimal::from(9)),
                    (3, Decimal::ZERO),
                ],
                shown: HashSet::new(),
                taken: HashSet::new(),
                settings: account::settings(),
                ticket_settings: account::ticket_settings(),
                payments_touch: true,
                callerid: true,
            },
            setup: Setup::default(),
        }
    }
}

/// Settings of a server that is to be started.
#[must_use]
pub struct SyncroBuilder {
    token: String,
    per_minute: Option<u32>,
    retry_after: bool,
    first_id: i64,
    size: Size,
    drift: Option<Drift>,
    webhook: Option<(String, BTreeSet<String>)>,
    webhook_faults: WebhookFaults,
    settings: Settings,
    setup: Setup,
}

impl fmt::Debug for SyncroBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncroBuilder")
            .field("account", &self.settings.account)
            .field("size", &self.size)
            .field("bind", &self.setup.bind)
            .finish_non_exhaustive()
    }
}

shared_settings!(SyncroBuilder);

impl SyncroBuilder {
    /// The token that is accepted.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = token.into();
        self
    }

    /// The account's name, as it stands in the links of webhooks and in `/me`.
    pub fn account(mut self, name: impl Into<String>) -> Self {
        self.settings.account = name.into();
        self
    }

    /// What the account is filled with.
    pub fn seed(mut self, size: Size) -> Self {
        self.size = size;
        self
    }

    /// The seed of records, drift, webhooks, and faults with a probability.
    pub fn random(mut self, seed: u64) -> Self {
        self.setup.seed = seed;
        self
    }

    /// Requests per sliding minute of one address; 180 if nothing is said.
    pub fn requests_per_minute(mut self, requests: u32) -> Self {
        self.per_minute = Some(requests);
        self
    }

    /// No limit of requests.
    pub fn unlimited(mut self) -> Self {
        self.per_minute = None;
        self
    }

    /// Whether a 429 says when to come again; no such header is documented, so it does not.
    pub fn retry_after(mut self, said: bool) -> Self {
        self.retry_after = said;
        self
    }

    /// How many records a page of these resources has where the request does not say.
    pub fn page_sizes<'a>(mut self, sizes: impl IntoIterator<Item = (&'a str, usize)>) -> Self {
        for (name, size) in sizes {
            if let Some(resource) = Resource::named(name) {
                self.settings.page_sizes.insert(resource.name(), size);
            }
        }
        self
    }

    /// Whether `per_page` is heeded, as client authors measured; up to 100.
    pub fn per_page_honoured(mut self, honoured: bool) -> Self {
        self.settings.per_page_honoured = honoured;
        self
    }

    /// Lists that ignore `page` and give everything at once, such as `users`, besides those that the
    /// document does not call paginated.
    pub fn pages_ignored<'a>(mut self, resources: impl IntoIterator<Item = &'a str>) -> Self {
        let more = resources.into_iter().filter_map(Resource::named);
        self.settings.pages_ignored.extend(more);
        self
    }

    /// The largest page that `per_page` can ask for; 100 if nothing is said.
    pub fn largest_page(mut self, rows: usize) -> Self {
        self.settings.largest_page = rows.max(1);
        self
    }

    /// Whether `since_updated_at` works for a resource: it does for tickets and invoices, all
    /// others ignore it with 200.
    pub fn since_honoured(mut self, resource: &str, honoured: bool) -> Self {
        if let Some(resource) = Resource::named(resource) {
            if honoured {
                self.settings.since.insert(resource);
            } else {
                self.settings.since.remove(&resource);
            }
        }
        self
    }

    /// The token allows these permissions and no others, such as `Customers - List/Search`.
    pub fn permissions<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        self.settings.permissions = Permissions::Only(names);
        self
    }

    /// The token lacks this permission.
    pub fn without(mut self, permission: impl Into<String>) -> Self {
        match &mut self.settings.permissions {
            Permissions::Without(missing) => {
                missing.insert(permission.into());
            }
            Permissions::Only(given) => {
                given.remove(&permission.into());
            }
        }
        self
    }

    /// What `/settings` tells besides, or instead.
    pub fn settings(mut self, more: Value) -> Self {
        self.settings.settings = account::merged(self.settings.settings, &more);
        self
    }

    /// What `/tickets/settings` tells besides, or instead.
    pub fn ticket_settings(mut self, more: Value) -> Self {
        self.settings.ticket_settings = account::merged(self.settings.ticket_settings, &more);
        self
    }

    /// The tax rates by their id, in percent; the first holds where a customer has none. 1 is 21 %,
    /// 2 is 9 % and 3 is 0 % if nothing is said.
    pub fn tax_rates(mut self, rates: impl IntoIterator<Item = (i64, Decimal)>) -> Self {
        self.settings.tax_rates = rates.into_iter().collect();
        self
    }

    /// Shows a property that the API takes and does not show, such as `properties` of leads.
    pub fn shows(mut self, resource: &str, property: &str) -> Self {
        if let Some(resource) = Resource::named(resource) {
            self.settings.shown.insert((resource, property.to_owned()));
        }
        self
    }

    /// Takes a property that no write is documented to take, such as `properties` of contacts.
    pub fn takes(mut self, resource: &str, property: &str) -> Self {
        if let Some(resource) = Resource::named(resource) {
            self.settings.taken.insert((resource, property.to_owned()));
        }
        self
    }

    /// Whether a payment moves its invoice's `updated_at`; unknown, so that it does.
    pub fn payments_touch_invoices(mut self, touch: bool) -> Self {
        self.settings.payments_touch = touch;
        self
    }

    /// Whether `/callerid` is switched on; if not it answers the bare text `Disabled`.
    pub fn callerid(mut self, on: bool) -> Self {
        self.settings.callerid = on;
        self
    }

    /// The first id that is given; above 4,294,967,296 they need more than 32 bits.
    pub fn first_id(mut self, id: i64) -> Self {
        self.first_id = id.max(1);
        self
    }

    /// Lets rows come and go while pages are read.
    pub fn drift(mut self, drift: Drift) -> Self {
        self.drift = Some(drift);
        self
    }

    /// Where changes are told, and which of [`EVENTS`](super::EVENTS); none named: all.
    pub fn webhook<S: Into<String>>(
        mut self,
        url: impl Into<String>,
        events: impl IntoIterator<Item = S>,
    ) -> Self {
        self.webhook = Some((url.into(), events.into_iter().map(Into::into).collect()));
        self
    }

    /// What goes wrong with webhooks.
    pub fn webhook_faults(mut self, faults: WebhookFaults) -> Self {
        self.webhook_faults = faults;
        self
    }

    /// Starts to listen.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub async fn start(self) -> io::Result<SyncroServer> {
        let seed = self.setup.seed;
        let outbox = Outbox::start(seed);
        let clock = Clock::new(TimeZone::UTC);
        let mut store = Store::new(clock, seed, self.first_id, self.settings, outbox.clone());
        form::furnish(&mut store);
        seed::fill(&mut store, &self.size, seed);
        store.drift = self.drift;
        outbox.point(self.webhook);
        outbox.spoil(self.webhook_faults);
        let build = |desk| App {
            token: self.token,
            limit: Limit::new(self.per_minute),
            retry_after: self.retry_after,
            store: Mutex::new(store),
            desk,
            asked: Tally::default(),
        };
        let route = |app| Router::new().fallback(serve).with_state(app);
        let (app, running) = self.setup.start(build, route).await?;
        Ok(SyncroServer { app, running })
    }
}
