//! Asking, changing and ending a faked Simply CRM.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::doors::Door;
use super::generation::Generation;
use super::handler::App;
use super::reply::{Code, Failure};
use super::seed::SimplySize;
use super::store::{By, JournalEntry, Store};
use super::write::Change;
use crate::common::{Running, shared_methods};

/// Why a record was not put into the server or changed directly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Simply CRM refuses: {0}")]
pub struct Refused(pub String);

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Refused {
        Refused(match failure {
            Failure::Error(Code::Word(code), message) => format!("{code}: {message}"),
            Failure::Error(Code::Number(code), message) => format!("{code}: {message}"),
            Failure::Null => "null".into(),
            Failure::Empty(status) => format!("status {status} and no body"),
            Failure::Text(text) => text,
        })
    }
}

/// A running server; it ends when this is dropped.
pub struct SimplyCrmServer {
    pub(super) app: Arc<App>,
    pub(super) running: Running,
}

shared_methods!(SimplyCrmServer, JournalEntry);

impl SimplyCrmServer {
    /// The host's root, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.running.address)
    }

    /// Which server it fakes.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.app.store().generation
    }

    /// How many sessions are open, of both APIs.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.app.doors().len()
    }

    fn admin(store: &Store) -> Result<By, Refused> {
        let user = store.users.first().cloned();
        let user = user.ok_or_else(|| Refused("the server has no user".into()))?;
        Ok(By { user, request: 0 })
    }

    /// All live records of a module as the administrator's `retrieve` shows them, by number.
    ///
    /// # Panics
    /// The server has no module of that name.
    #[must_use]
    pub fn records(&self, module: &str) -> Vec<Value> {
        let store = self.app.store();
        assert!(
            store.schema.module(module).is_some(),
            "there is no module {module:?}"
        );
        let Some(user) = store.users.first() else {
            return Vec::new();
        };
        store
            .all(module)
            .filter(|row| row.is_live())
            .map(|row| store.whole(row, user).into())
            .collect()
    }

    /// How many live records a module has.
    #[must_use]
    pub fn count(&self, module: &str) -> usize {
        let store = self.app.store();
        store.all(module).filter(|row| row.is_live()).count()
    }

    /// One record as the administrator's `retrieve` shows it; none if it is deleted.
    #[must_use]
    pub fn record(&self, id: &str) -> Option<Value> {
        let store = self.app.store();
        let by = SimplyCrmServer::admin(&store).ok()?;
        store.retrieve(id, &by).ok()
    }

    /// Puts a record in as if it had always been there; gives its id, such as `12x34`.
    ///
    /// Checked as a create over HTTP is, but without an owner it is the administrator's. Not
    /// journalled.
    ///
    /// # Errors
    /// The server would refuse the record.
    pub fn insert(&self, module: &str, fields: &Value) -> Result<String, Refused> {
        let mut store = self.app.store();
        let by = SimplyCrmServer::admin(&store)?;
        let mut element = object(fields)?;
        element
            .entry("assigned_user_id")
            .or_insert_with(|| by.user.ws_id().into());
        let made = store.quietly(|store| store.create(module, &element, &[], &by, &[]))?;
        Ok(made
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned())
    }

    /// Changes a record as a person working in Simply CRM would; not journalled.
    ///
    /// # Errors
    /// There is no such record, or the server would refuse the change.
    pub fn edit(&self, id: &str, fields: &Value) -> Result<(), Refused> {
        let mut store = self.app.store();
        let by = SimplyCrmServer::admin(&store)?;
        let mut element = object(fields)?;
        element.insert("id".into(), id.into());
        if let Some(row) = store.target(id)
            && store
                .schema
                .module(row.module)
                .is_some_and(|m| m.has_lines())
            && !store.generation.is_old()
        {
            let kind = row.text("hdnTaxType").to_owned();
            element.entry("hdnTaxType").or_insert_with(|| kind.into());
        }
        store.quietly(|store| store.change(Change::Revise, &element, &by, &[]))?;
        Ok(())
    }

    /// Deletes a record as a person working in Simply CRM would; not journalled.
    ///
    /// # Errors
    /// There is no such record.
    pub fn delete(&self, id: &str) -> Result<(), Refused> {
        let mut store = self.app.store();
        let by = SimplyCrmServer::admin(&store)?;
        store.quietly(|store| store.remove(id, &by))?;
        Ok(())
    }

    /// Fills the server with plausible Dutch data; the same seed makes the same records.
    ///
    /// Not journalled. Their times go back one minute a record, so that syncs have pages.
    ///
    /// # Errors
    /// The server refuses a record.
    pub fn fill(&self, size: &SimplySize, seed: u64) -> Result<(), Refused> {
        super::seed::fill(self, size, seed)
    }

    /// When a record was last changed.
    ///
    /// # Errors
    /// There is no such record.
    pub fn set_modified(&self, id: &str, at: Timestamp) -> Result<(), Refused> {
        let mut store = self.app.store();
        let found = store.target(id).map(|row| (row.module, row.number));
        let row = match found {
            Some((module, number)) => store.row_mut(module, number),
            None => None,
        };
        let row = row.ok_or_else(|| Refused(format!("there is no record {id}")))?;
        row.modified = at.as_second();
        row.created = row.created.min(row.modified);
        Ok(())
    }

    /// The server's time, with the grain of its records.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = self.app.store().clock.now();
        Timestamp::from_second(now).unwrap_or_default()
    }

    /// Stops the server's clock at a second: all that is written carries it.
    pub fn freeze(&self, at: Timestamp) {
        self.app.store().clock.freeze(at.as_second());
    }

    /// Lets the server's clock run from a second on.
    pub fn run_clock_from(&self, at: Timestamp) {
        self.app.store().clock.run_from(at.as_second());
    }

    /// Puts the server's clock forward by whole seconds, also a stopped one.
    pub fn advance(&self, by: Duration) {
        self.app.store().clock.advance(by);
    }

    /// Ends all sessions of both APIs, as PHP's collector does.
    pub fn expire_sessions(&self) {
        self.app.doors().close_all();
    }

    /// Takes a challenge as another client of that user would: one that was given and not
    /// answered yet is void.
    pub fn overtake_challenge(&self, user: &str) {
        let store = self.app.store();
        let now = store.clock.now();
        let user = store.users.iter().find(|u| u.name == user);
        self.app.doors().challenge(user, now);
    }

    /// A session of a browser, for `extendsession`.
    ///
    /// # Errors
    /// There is no such user.
    pub fn open_web_session(&self, user: &str) -> Result<String, Refused> {
        let store = self.app.store();
        let found = store.users.iter().find(|u| u.name == user);
        let found = found.ok_or_else(|| Refused(format!("there is no user {user}")))?;
        Ok(self.app.doors().open(found.id, Door::Web))
    }

    /// Whether logins are refused because of the address they come from.
    pub fn set_whitelist(&self, refuses: bool) {
        self.app.store().whitelisted = refuses;
    }
}

fn object(fields: &Value) -> Result<Map<String, Value>, Refused> {
    fields
        .as_object()
        .cloned()
        .ok_or_else(|| Refused("a record is a JSON object".into()))
}
