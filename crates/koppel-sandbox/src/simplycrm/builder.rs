//! Starting a faked Simply CRM.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use jiff::tz::TimeZone;

use super::clock::Clock;
use super::doors::Doors;
use super::generation::{Generation, SyncMode};
use super::handler::{App, serve};
use super::schema::{CustomField, Schema};
use super::server::SimplyCrmServer;
use super::store::{Store, User};
use crate::common::{Setup, shared_settings};

/// The custom text fields that [`SimplyCrmBuilder::marker_fields`] adds.
const MARKERS: [(&str, &str); 7] = [
    ("Accounts", "cf_901"),
    ("Contacts", "cf_903"),
    ("Leads", "cf_905"),
    ("Project", "cf_907"),
    ("HelpDesk", "cf_909"),
    ("Invoice", "cf_911"),
    ("Products", "cf_913"),
];

/// The faked Simply CRM or its kin; [`SimplyCrm::builder`] is the way in.
#[derive(Debug)]
pub struct SimplyCrm;

impl SimplyCrm {
    /// A server of the generation [`Generation::Simply`] with the administrator `admin`, whose
    /// access key is `demoAccessKey123` and whose password is `demo`.
    pub fn builder() -> SimplyCrmBuilder {
        SimplyCrmBuilder {
            generation: Generation::default(),
            users: vec![user("admin", "demoAccessKey123", "demo", true)],
            custom: Vec::new(),
            private: BTreeSet::new(),
            denials: Vec::new(),
            sync: None,
            converts: None,
            whitelisted: false,
            zone: TimeZone::UTC,
            setup: Setup::default(),
        }
    }
}

fn user(name: &str, key: &str, password: &str, admin: bool) -> User {
    User {
        id: 0,
        name: name.to_owned(),
        key: key.to_owned(),
        password: password.to_owned(),
        admin,
        groups: BTreeSet::new(),
        read_only: BTreeSet::new(),
        hidden: BTreeSet::new(),
    }
}

enum Denial {
    Write,
    Sight,
    Group(u64),
}

/// Settings of a server that is to be started. Requests of one session wait for each other.
#[must_use]
pub struct SimplyCrmBuilder {
    generation: Generation,
    users: Vec<User>,
    custom: Vec<(String, String, CustomField)>,
    private: BTreeSet<String>,
    denials: Vec<(String, String, Denial)>,
    sync: Option<SyncMode>,
    converts: Option<bool>,
    whitelisted: bool,
    zone: TimeZone,
    setup: Setup,
}

impl fmt::Debug for SimplyCrmBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimplyCrmBuilder")
            .field("generation", &self.generation)
            .field("bind", &self.setup.bind)
            .finish_non_exhaustive()
    }
}

shared_settings!(SimplyCrmBuilder);

impl SimplyCrmBuilder {
    /// Which server it fakes; Simply CRM if nothing is said.
    pub fn generation(mut self, generation: Generation) -> Self {
        self.generation = generation;
        self
    }

    /// The administrator `19x1`: name, access key and password.
    pub fn user(
        mut self,
        name: impl AsRef<str>,
        access_key: impl AsRef<str>,
        password: impl AsRef<str>,
    ) -> Self {
        if let Some(first) = self.users.first_mut() {
            *first = user(name.as_ref(), access_key.as_ref(), password.as_ref(), true);
        }
        self
    }

    /// Another user: `19x5`, then `19x6` and so on.
    pub fn add_user(
        mut self,
        name: impl AsRef<str>,
        access_key: impl AsRef<str>,
        password: impl AsRef<str>,
        admin: bool,
    ) -> Self {
        self.users.push(user(
            name.as_ref(),
            access_key.as_ref(),
            password.as_ref(),
            admin,
        ));
        self
    }

    /// Puts a user into a group: `20x2`, `20x3` or `20x4`.
    pub fn member(mut self, user: &str, group: u64) -> Self {
        self.denials
            .push((user.to_owned(), String::new(), Denial::Group(group)));
        self
    }

    /// A user may read this module but not write it.
    pub fn deny_write(mut self, user: &str, module: &str) -> Self {
        self.denials
            .push((user.to_owned(), module.to_owned(), Denial::Write));
        self
    }

    /// A user does not know this module.
    pub fn hide(mut self, user: &str, module: &str) -> Self {
        self.denials
            .push((user.to_owned(), module.to_owned(), Denial::Sight));
        self
    }

    /// Only owners and administrators see this module's records.
    pub fn private(mut self, module: &str) -> Self {
        self.private.insert(module.to_owned());
        self
    }

    /// Adds a custom field to a module.
    pub fn custom_field(mut self, module: &str, name: &str, what: CustomField) -> Self {
        self.custom.push((module.to_owned(), name.to_owned(), what));
        self
    }

    /// Adds a custom text field to each module that Koppel marks: Accounts `cf_901`, Contacts
    /// `cf_903`, Leads `cf_905`, Project `cf_907`, HelpDesk `cf_909`, Invoice `cf_911`, Products
    /// `cf_913`.
    pub fn marker_fields(mut self) -> Self {
        for (module, name) in MARKERS {
            self = self.custom_field(module, name, CustomField::Text);
        }
        self
    }

    /// How `sync` behaves; by default as on the recorded servers, and with Simply CRM as
    /// [`SyncMode::Own`].
    pub fn sync(mut self, mode: SyncMode) -> Self {
        self.sync = Some(mode);
        self
    }

    /// Whether `convertlead` works; with Simply CRM it does unless told otherwise.
    pub fn convert_lead(mut self, works: bool) -> Self {
        self.converts = Some(works);
        self
    }

    /// Refuses logins because of the address they come from, as the whitelist in a user's
    /// preferences does. The answer is assumed: no recorded server has the feature.
    pub fn whitelist(mut self, refuses: bool) -> Self {
        self.whitelisted = refuses;
        self
    }

    /// The zone of the server's times; UTC if nothing is said.
    pub fn time_zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }

    /// The seed of faults with a probability.
    pub fn seed(mut self, seed: u64) -> Self {
        self.setup.seed = seed;
        self
    }

    fn store(&self) -> io::Result<Store> {
        let bad = |what: String| io::Error::new(io::ErrorKind::InvalidInput, what);
        let mut schema = Schema::of(self.generation);
        for (module, name, what) in &self.custom {
            if !schema.add(module, name, what) {
                return Err(bad(format!("{module} cannot take a custom field {name}")));
            }
        }
        let clock = Arc::new(Clock::new(self.zone.clone()));
        let mode = self.sync.unwrap_or(SyncMode::of(self.generation));
        let mut store = Store::new(schema, clock, mode);
        store.whitelisted = self.whitelisted;
        store.private.clone_from(&self.private);
        if let Some(converts) = self.converts {
            store.converts = converts;
        }
        for (at, user) in (0_u64..).zip(&self.users) {
            let mut user = user.clone();
            user.id = if at == 0 { 1 } else { at + 4 };
            store.users.push(user);
        }
        for (name, module, denial) in &self.denials {
            let user = store.users.iter_mut().find(|user| user.name == *name);
            let user = user.ok_or_else(|| bad(format!("there is no user {name}")))?;
            match denial {
                Denial::Write => user.read_only.insert(module.clone()),
                Denial::Sight => user.hidden.insert(module.clone()),
                Denial::Group(group) => user.groups.insert(*group),
            };
        }
        for user in store.users.clone() {
            let values = [
                ("user_name", user.name.as_str()),
                ("is_admin", if user.admin { "on" } else { "off" }),
                ("last_name", user.name.as_str()),
                ("email1", "user@example.test"),
                ("status", "Active"),
                ("date_format", super::read::DATE_FORMAT),
                ("user_password", "$1$sandbox$0000000000000000000000"),
                ("confirm_password", "$1$sandbox$0000000000000000000000"),
                ("accesskey", user.key.as_str()),
            ];
            let values = values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            store.put("Users", user.id, values, 0);
        }
        Ok(store)
    }

    /// Starts to listen.
    ///
    /// # Errors
    /// The address cannot be bound, or a setting names a module or a user that is not there.
    pub async fn start(self) -> io::Result<SimplyCrmServer> {
        let store = self.store()?;
        let build = |desk| App {
            store: Mutex::new(store),
            doors: Mutex::new(Doors::default()),
            desk,
        };
        let route = |app| Router::new().fallback(serve).with_state(app);
        let (app, running) = self.setup.start(build, route).await?;
        Ok(SimplyCrmServer { app, running })
    }
}
