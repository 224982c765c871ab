//! Asking, changing and ending a faked Syncro.

use std::borrow::Borrow;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::answer::Refusal;
use super::events::{Delivery, WebhookFaults};
use super::handler::{App, BASE};
use super::list::{Drift, Drifted};
use super::schema::Resource;
use super::seed::{self, Size};
use super::settings::Permissions;
use super::store::{Ask, JournalEntry, Mail};
use crate::common::{Running, api_methods, insert_error, shared_methods};

insert_error!(
    "Why something was not done in the account directly.",
    "Syncro",
    "refuses",
    Refusal
);

/// A running server; it ends when this is dropped.
///
/// Resources are named as in the paths: `customers`, `contacts`, `leads`, `tickets`, `invoices`,
/// `estimates`, `payments`, `products`, `assets`, `rmm_alerts`, `appointments`, `contracts` and the
/// like; what hangs on another record `ticket_comments`, `ticket_timers`, `ticket_line_items`,
/// `attachments`, `line_items` (of invoices and estimates), `phones`, `schedule_lines`,
/// `po_line_items`.
pub struct SyncroServer {
    pub(super) app: Arc<App>,
    pub(super) running: Running,
}

shared_methods!(SyncroServer, JournalEntry);
api_methods!(SyncroServer, "`GET /invoices/{id}`");

impl SyncroServer {
    /// The API's base, `http://127.0.0.1:PORT/api/v1`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{BASE}", self.running.address)
    }

    /// How many requests were over the limit.
    #[must_use]
    pub fn over_limit(&self) -> u64 {
        self.app.limit.refused()
    }

    /// Most requests of one address that were let through within any minute.
    #[must_use]
    pub fn most_per_minute(&self) -> usize {
        self.app.limit.most()
    }

    /// All records of a resource as an answer to one of them would show it, in the order of their
    /// list.
    ///
    /// # Panics
    /// The server has no resource of that name.
    #[must_use]
    pub fn records(&self, resource: &str) -> Vec<Value> {
        let resource = known(resource);
        let store = self.app.store();
        store
            .table(resource)
            .records()
            .map(|record| store.detail(resource, record))
            .collect()
    }

    /// The ids of a resource, ascending.
    ///
    /// # Panics
    /// The server has no resource of that name.
    #[must_use]
    pub fn ids(&self, resource: &str) -> Vec<i64> {
        let store = self.app.store();
        let mut ids: Vec<i64> = store.table(known(resource)).order.iter().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// One record as an answer would show it.
    ///
    /// # Panics
    /// The server has no resource of that name.
    #[must_use]
    pub fn record(&self, resource: &str, id: i64) -> Option<Value> {
        let resource = known(resource);
        let store = self.app.store();
        let record = store.get(resource, id)?;
        Some(store.detail(resource, record))
    }

    /// One record with everything the server keeps of it, also what no answer shows: `likelihood`
    /// of a lead, `parts` of a payment (the cents by invoice), `estimate_id` of a line.
    ///
    /// # Panics
    /// The server has no resource of that name.
    #[must_use]
    pub fn kept(&self, resource: &str, id: i64) -> Option<Value> {
        let store = self.app.store();
        store
            .get(known(resource), id)
            .map(|record| Value::Object(record.clone()))
    }

    /// How many records of a resource there are.
    ///
    /// # Panics
    /// The server has no resource of that name.
    #[must_use]
    pub fn count(&self, resource: &str) -> usize {
        self.app.store().table(known(resource)).len()
    }

    /// The invoices with that number.
    #[must_use]
    pub fn invoices_numbered(&self, number: &str) -> Vec<Value> {
        let store = self.app.store();
        store
            .by(Resource::Invoices, "number", number)
            .into_iter()
            .filter_map(|id| store.get(Resource::Invoices, id))
            .map(|invoice| store.detail(Resource::Invoices, invoice))
            .collect()
    }

    /// Puts a record in as a person working in Syncro would; gives its id.
    ///
    /// Not journalled, but told to a webhook that is set. Everything can be set that the server
    /// keeps, `id`, `created_at` and `updated_at` among it; `line_items` of an invoice or an
    /// estimate, `comments_attributes` of a ticket and `contacts` of a customer come along.
    ///
    /// # Panics
    /// The server has no resource of that name, or cannot keep the record.
    pub fn insert(&self, resource: &str, record: impl Borrow<Value>) -> i64 {
        match self.try_insert(resource, record) {
            Ok(id) => id,
            Err(error) => panic!("{resource}: {error}"),
        }
    }

    /// The same, with an error where it cannot be kept.
    ///
    /// # Errors
    /// The resource is unknown, or the record hangs on one that is not there.
    pub fn try_insert(
        &self,
        resource: &str,
        record: impl Borrow<Value>,
    ) -> Result<i64, InsertError> {
        let resource = named(resource)?;
        let record = record.borrow();
        let parent = resource
            .manner()
            .parent
            .and_then(|(field, _)| record.get(field)?.as_i64());
        Ok(self
            .app
            .store()
            .create(resource, parent, &Ask::direct(record))?)
    }

    /// Changes the named properties of a record as a person working in Syncro would.
    ///
    /// Not journalled, but told to a webhook that is set; `updated_at` moves unless it is named.
    ///
    /// # Panics
    /// The resource or the id is unknown.
    pub fn edit(&self, resource: &str, id: i64, patch: impl Borrow<Value>) {
        let resource = known(resource);
        let ask = Ask::direct(patch.borrow());
        if let Err(refusal) = self.app.store().update(resource, id, &ask) {
            panic!("{}/{id}: {}", resource.name(), InsertError::from(refusal));
        }
    }

    /// Deletes a record as a person working in Syncro would, with what hangs on it; not journalled.
    ///
    /// # Panics
    /// The resource or the id is unknown.
    pub fn delete(&self, resource: &str, id: i64) {
        let resource = known(resource);
        let ask = Ask::direct(&Value::Null);
        if let Err(refusal) = self.app.store().delete(resource, id, &ask) {
            panic!("{}/{id}: {}", resource.name(), InsertError::from(refusal));
        }
    }

    /// Books a payment of an invoice, in cents; gives its id. Not journalled.
    ///
    /// # Panics
    /// There is no such invoice.
    pub fn pay(&self, invoice: i64, cents: i64) -> i64 {
        let payment = json!({
            "invoice_id": invoice, "amount_cents": cents, "payment_method": "Bank Transfer",
        });
        self.insert("payments", payment)
    }

    /// Fills the account further; the same seed makes the same records.
    pub fn fill(&self, size: &Size, seed: u64) {
        seed::fill(&mut self.app.store(), size, seed);
    }

    /// The mails that customers would have got, oldest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.app.store().mails.clone()
    }

    /// From now on the token lacks exactly these permissions.
    pub fn set_missing_permissions<S: Into<String>>(&self, names: impl IntoIterator<Item = S>) {
        let missing: HashSet<String> = names.into_iter().map(Into::into).collect();
        self.app.store().settings.permissions = Permissions::Without(missing);
    }

    /// Whether `since_updated_at` works for a resource from now on.
    ///
    /// # Panics
    /// The server has no resource of that name.
    pub fn set_since_honoured(&self, resource: &str, honoured: bool) {
        let resource = known(resource);
        let since = &mut self.app.store().settings.since;
        if honoured {
            since.insert(resource);
        } else {
            since.remove(&resource);
        }
    }

    /// Lets rows come and go while pages are read, from the next list on, or no longer.
    pub fn set_drift(&self, drift: Option<Drift>) {
        let mut store = self.app.store();
        store.drift = drift;
        store.listed = 0;
    }

    /// What drift did so far.
    #[must_use]
    pub fn drifted(&self) -> Drifted {
        self.app.store().drifted.clone()
    }

    /// Tells changes to another address from now on, or to none; no events named: all.
    pub fn set_webhook(&self, target: Option<(&str, &[&str])>) {
        let target = target.map(|(url, events)| {
            let events: BTreeSet<String> = events.iter().map(|event| (*event).to_owned()).collect();
            (url.to_owned(), events)
        });
        self.app.store().outbox.point(target);
    }

    /// What goes wrong with webhooks from now on.
    pub fn set_webhook_faults(&self, faults: WebhookFaults) {
        self.app.store().outbox.spoil(faults);
    }

    /// The webhooks that were sent, in that order, refused ones among them.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.app.store().outbox.sent()
    }

    /// The webhooks that a fault swallowed.
    #[must_use]
    pub fn dropped_deliveries(&self) -> Vec<Delivery> {
        self.app.store().outbox.dropped()
    }

    /// Sends what is held back, and waits until every webhook was sent or given up.
    pub async fn webhooks_sent(&self) {
        let outbox = self.app.store().outbox.clone();
        outbox.settled().await;
    }
}

fn known(name: &str) -> Resource {
    let Some(resource) = Resource::named(name) else {
        panic!("Syncro has no resource {name:?}");
    };
    resource
}

fn named(name: &str) -> Result<Resource, InsertError> {
    Resource::named(name).ok_or_else(|| InsertError::Unknown(format!("resource {name}")))
}
