//! Starting a faked SnelStart.

use std::fmt;
use std::io;
use std::sync::Mutex;
use std::time::Duration;

use axum::Router;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::auth::Auth;
use super::handler::App;
use super::limit::Limits;
use super::resource::Resource;
use super::routes;
use super::seed::{self, SnelStartSize};
use super::server::SnelStartServer;
use super::store::{Settings, Store};
use crate::common::{Clock, Setup, Tally, serve, shared_settings};

/// The faked SnelStart; [`SnelStart::builder`] is the way in.
#[derive(Debug)]
pub struct SnelStart;

impl SnelStart {
    /// A server with subscription key `demo-subscription`, koppelsleutel `demo-koppelsleutel`, all
    /// scopes, no limits, and an administration without customers.
    pub fn builder() -> SnelStartBuilder {
        SnelStartBuilder {
            subscription_keys: vec!["demo-subscription".into()],
            connection_key: "demo-koppelsleutel".into(),
            scopes: None,
            scopes_as_list: false,
            token_life: Duration::from_secs(3_599),
            limits: None,
            quota: false,
            size: SnelStartSize::default(),
            zone: TimeZone::UTC,
            settings: Settings {
                ignores_filters: vec![Resource::Countries, Resource::Journals],
                ..Settings::default()
            },
            setup: Setup::default(),
        }
    }
}

/// Settings of a server that is to be started.
#[must_use]
pub struct SnelStartBuilder {
    subscription_keys: Vec<String>,
    connection_key: String,
    scopes: Option<Vec<String>>,
    scopes_as_list: bool,
    token_life: Duration,
    limits: Option<(u32, u32, u32)>,
    quota: bool,
    size: SnelStartSize,
    zone: TimeZone,
    settings: Settings,
    setup: Setup,
}

impl fmt::Debug for SnelStartBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnelStartBuilder")
            .field("size", &self.size)
            .field("limits", &self.limits)
            .field("bind", &self.setup.bind)
            .finish_non_exhaustive()
    }
}

shared_settings!(SnelStartBuilder);

impl SnelStartBuilder {
    /// The one subscription key that the gateway takes.
    pub fn subscription_key(mut self, key: impl Into<String>) -> Self {
        self.subscription_keys = vec![key.into()];
        self
    }

    /// The subscription's second key, which does the same.
    pub fn second_subscription_key(mut self, key: impl Into<String>) -> Self {
        self.subscription_keys.push(key.into());
        self
    }

    /// The koppelsleutel that the token host takes.
    pub fn connection_key(mut self, key: impl Into<String>) -> Self {
        self.connection_key = key.into();
        self
    }

    /// What the koppelsleutel allows, such as `relaties:read`; everything if nothing is said.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// The token's claim is a list instead of one text with blanks.
    pub fn scopes_as_list(mut self, list: bool) -> Self {
        self.scopes_as_list = list;
        self
    }

    /// How long a token holds; 3,599 s if nothing is said.
    pub fn token_life(mut self, life: Duration) -> Self {
        self.token_life = life;
        self
    }

    /// Calls per minute, per hour, and at a time; no limits if nothing is said.
    pub fn limits(mut self, per_minute: u32, per_hour: u32, at_once: u32) -> Self {
        self.limits = Some((per_minute, per_hour, at_once));
        self
    }

    /// The hour's limit is a quota: 403 with `Retry-After` instead of 429.
    pub fn hour_as_quota(mut self, quota: bool) -> Self {
        self.quota = quota;
        self
    }

    /// What the administration is filled with.
    pub fn seed(mut self, size: SnelStartSize) -> Self {
        self.size = size;
        self
    }

    /// The seed of ids, records, and faults with a probability.
    pub fn random(mut self, seed: u64) -> Self {
        self.setup.seed = seed;
        self
    }

    /// The zone of the times without a zone; UTC if nothing is said. The true one is unknown.
    pub fn time_zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }

    /// Whether a payment moves its invoice's `modifiedOn`; as measured by client authors it does
    /// not.
    pub fn payments_touch_invoices(mut self, touch: bool) -> Self {
        self.settings.touch = touch;
        self
    }

    /// Whether a relation that is customer and supplier is refused (REL-0065).
    pub fn single_kind(mut self, single: bool) -> Self {
        self.settings.single_kind = single;
        self
    }

    /// Whether bookings of more than five years ago are taken; they are refused (BOE-0033) if
    /// nothing is said.
    pub fn old_bookings(mut self, taken: bool) -> Self {
        self.settings.old_bookings = taken;
        self
    }

    /// Periods up to this day are blocked (BOE-0042).
    pub fn blocked_until(mut self, day: Date) -> Self {
        self.settings.blocked_until = Some(day);
        self
    }

    /// Lists that ignore `$filter` besides those of countries and journals, such as `relaties`.
    pub fn ignore_filters<'a>(mut self, resources: impl IntoIterator<Item = &'a str>) -> Self {
        let more = resources.into_iter().filter_map(Resource::named);
        self.settings.ignores_filters.extend(more);
        self
    }

    /// Starts to listen.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub async fn start(self) -> io::Result<SnelStartServer> {
        let mut store = Store::new(Clock::new(self.zone), self.setup.seed, self.settings);
        seed::fill(&mut store, &self.size, self.setup.seed);
        let scopes = self
            .scopes
            .unwrap_or_else(|| routes::scopes().into_iter().map(str::to_owned).collect());
        let build = |desk| App {
            auth: Auth::new(
                self.subscription_keys,
                self.connection_key,
                scopes,
                self.token_life,
                self.scopes_as_list,
            ),
            limits: Limits::new(self.limits, self.quota),
            store: Mutex::new(store),
            desk,
            asked: Tally::default(),
        };
        let route = |app| Router::new().fallback(serve).with_state(app);
        let (app, running) = self.setup.start(build, route).await?;
        Ok(SnelStartServer { app, running })
    }
}
