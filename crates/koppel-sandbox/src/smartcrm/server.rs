//! Asking, changing and ending a faked SmartCRM.

use std::sync::Arc;

use serde_json::Value;

use super::handler::App;
use super::record::JournalEntry;
use super::schema::{Resource, scalar};
use super::seed::CatalogueSize;
use super::store::{Ask, Refusal, parse_id};
use super::webhook::WebhookDelivery;
use crate::common::{Running, insert_error, shared_methods};

insert_error!(
    "Why a record was not put into the server directly.",
    "SmartCRM",
    "refuses the record"
);

/// A running server; it ends when this is dropped.
pub struct SmartCrmServer {
    pub(super) app: Arc<App>,
    pub(super) running: Running,
}

shared_methods!(SmartCrmServer, JournalEntry);

impl SmartCrmServer {
    /// The API's base, `http://127.0.0.1:PORT/index.php/api/`, with Perfex `…/api/`.
    #[must_use]
    pub fn url(&self) -> String {
        format!(
            "http://{}{}",
            self.running.address,
            self.app.face.dialect.base()
        )
    }

    /// All records of a resource as an answer would show them, by id.
    ///
    /// # Panics
    /// The server has no resource of that name.
    #[must_use]
    pub fn records(&self, entity: &str) -> Vec<Value> {
        let resource = self.known(entity);
        let store = self.app.store();
        store
            .all(resource)
            .map(|stored| store.shown(resource, stored))
            .collect()
    }

    /// One record as an answer would show it.
    ///
    /// # Panics
    /// The server has no resource of that name.
    #[must_use]
    pub fn record(&self, entity: &str, id: &str) -> Option<Value> {
        let resource = self.known(entity);
        let store = self.app.store();
        let stored = store.get(resource, id)?;
        Some(store.shown(resource, stored))
    }

    /// How many records of a resource there are.
    ///
    /// # Panics
    /// The server has no resource of that name.
    #[must_use]
    pub fn count(&self, entity: &str) -> usize {
        self.app.store().count(self.known(entity))
    }

    /// Puts a record in as if it had always been there; gives its id.
    ///
    /// Not journalled, but told to a webhook that is set. Checked as a create over HTTP is.
    ///
    /// # Errors
    /// The resource is unknown, or the record is refused.
    pub fn insert(&self, entity: &str, record: &Value) -> Result<String, InsertError> {
        let resource = self.resource(entity)?;
        let fields = object(record)?;
        let external = fields.get("external_id").and_then(scalar);
        self.app
            .store()
            .create(resource, external.as_deref(), fields, &Ask::DIRECT)
            .map(|outcome| outcome.id().to_string())
            .map_err(|refusal| refusal_error(entity, &refusal))
    }

    /// Changes a record as a person working in SmartCRM would.
    ///
    /// Not journalled; `updated_at` moves, and a webhook that is set is told. Fields that the API
    /// only shows can be set.
    ///
    /// # Errors
    /// The resource or the id is unknown, or the change is refused.
    pub fn edit(&self, entity: &str, id: &str, patch: &Value) -> Result<(), InsertError> {
        let resource = self.resource(entity)?;
        let fields = object(patch)?;
        let external = fields.get("external_id").and_then(scalar);
        let number = parse_id(id).ok_or_else(|| InsertError::Unknown(format!("{entity}/{id}")))?;
        self.app
            .store()
            .update(resource, number, external.as_deref(), fields, &Ask::DIRECT)
            .map(|_| ())
            .map_err(|refusal| refusal_error(&format!("{entity}/{id}"), &refusal))
    }

    /// Deletes a record as a person working in SmartCRM would; not journalled.
    ///
    /// # Errors
    /// The resource or the id is unknown.
    pub fn remove(&self, entity: &str, id: &str) -> Result<(), InsertError> {
        let resource = self.resource(entity)?;
        let number = parse_id(id).ok_or_else(|| InsertError::Unknown(format!("{entity}/{id}")))?;
        self.app
            .store()
            .delete(resource, number, &Ask::DIRECT)
            .map_err(|refusal| refusal_error(&format!("{entity}/{id}"), &refusal))
    }

    /// Sends webhooks to another address from now on, or to none.
    ///
    /// `target` is the address and the secret that signs.
    pub fn set_webhook(&self, target: Option<(&str, &str)>) {
        let target = target.map(|(url, secret)| (url.to_owned(), secret.to_owned()));
        self.app.outbox.point(target);
    }

    /// The webhooks that were sent, in the order of the changes, refused ones among them.
    #[must_use]
    pub fn webhooks(&self) -> Vec<WebhookDelivery> {
        self.app.outbox.sent()
    }

    /// Waits until every webhook that is due was sent or given up.
    pub async fn webhooks_sent(&self) {
        self.app.outbox.settled().await;
    }

    /// The addresses that a Perfex server wrote a welcome mail to, because a contact was made
    /// without `donotsendwelcomeemail`.
    #[must_use]
    pub fn welcome_mails(&self) -> Vec<String> {
        self.app.store().mails.clone()
    }

    /// Fills the catalogue: product groups, products, discounts, stock, orders, and the customers
    /// and paid invoices that belong to them.
    ///
    /// The same seed makes the same records (but for the server's own times). Customers that are
    /// there already are used; only missing ones are made. Not journalled.
    ///
    /// # Errors
    /// The dialect has no such resources, or refuses a record.
    pub fn seed_catalogue(&self, size: &CatalogueSize, seed: u64) -> Result<(), InsertError> {
        super::seed::fill(self, size, seed)
    }

    fn known(&self, entity: &str) -> Resource {
        let Some(resource) = self.app.face.dialect.meant(entity) else {
            panic!("{} has no resource {entity:?}", self.app.face.dialect);
        };
        resource
    }

    fn resource(&self, entity: &str) -> Result<Resource, InsertError> {
        let found = self.app.face.dialect.meant(entity);
        found.ok_or_else(|| InsertError::Unknown(format!("resource {entity}")))
    }
}

fn object(record: &Value) -> Result<&serde_json::Map<String, Value>, InsertError> {
    record
        .as_object()
        .ok_or_else(|| InsertError::Invalid("a record is a JSON object".into()))
}

fn refusal_error(what: &str, refusal: &Refusal) -> InsertError {
    match refusal {
        Refusal::Unknown => InsertError::Unknown(what.to_owned()),
        Refusal::Invalid(faults) => InsertError::Invalid(
            faults
                .iter()
                .map(|(_, reason)| reason.as_str())
                .collect::<Vec<_>>()
                .join(" "),
        ),
    }
}
