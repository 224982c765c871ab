//! Asking, changing and ending a faked SnelStart.

use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::answer::Refusal;
use super::handler::{App, BASE, TOKEN};
use super::people::PayBy;
use super::resource::Resource;
use super::row::Row;
use super::seed::{self, SnelStartSize};
use super::store::{Ask, JournalEntry};
use crate::common::{Running, api_methods, insert_error, shared_methods};

insert_error!(
    "Why something was not done in the administration directly.",
    "SnelStart",
    "refuses",
    Refusal
);

/// A running server; it ends when this is dropped.
///
/// A request for a token is no API request: only the counts by operation know it.
pub struct SnelStartServer {
    pub(super) app: Arc<App>,
    pub(super) running: Running,
}

shared_methods!(SnelStartServer, JournalEntry);
api_methods!(SnelStartServer, "`GET /verkoopboekingen/{id}`, or `token`");

impl SnelStartServer {
    /// The API's base, `http://127.0.0.1:PORT/v2`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{BASE}", self.running.address)
    }

    /// Where tokens are given, `http://127.0.0.1:PORT/b2b/token`.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("http://{}{TOKEN}", self.running.address)
    }

    /// How many tokens were given.
    #[must_use]
    pub fn tokens_given(&self) -> u64 {
        self.app.auth.given()
    }

    /// How many requests were over a limit.
    #[must_use]
    pub fn over_limit(&self) -> u64 {
        self.app.limits.refused()
    }

    /// Most requests that ran at a time.
    #[must_use]
    pub fn most_at_once(&self) -> u32 {
        self.app.limits.most_running()
    }

    /// All records of a resource as an answer would show them, oldest first.
    ///
    /// # Panics
    /// The server has no resource of that name.
    #[must_use]
    pub fn records(&self, resource: &str) -> Vec<Value> {
        let resource = known(resource);
        let store = self.app.store();
        let base = format!("/{}", resource.path());
        store
            .table(resource)
            .rows()
            .map(|(_, row)| row.json(&base))
            .collect()
    }

    /// One record as an answer would show it.
    ///
    /// # Panics
    /// The server has no resource of that name.
    #[must_use]
    pub fn record(&self, resource: &str, id: &str) -> Option<Value> {
        let resource = known(resource);
        let store = self.app.store();
        let row: &Row = store.get(resource, id.parse().ok()?)?;
        Some(row.json(&format!("/{}", resource.path())))
    }

    /// How many records of a resource there are.
    ///
    /// # Panics
    /// The server has no resource of that name.
    #[must_use]
    pub fn count(&self, resource: &str) -> usize {
        self.app.store().table(known(resource)).len()
    }

    /// The sales invoice with that number, as an answer would show it.
    #[must_use]
    pub fn invoice(&self, number: &str) -> Option<Value> {
        let store = self.app.store();
        let id = store.invoice_by_number(number)?;
        let row = store.get(Resource::SalesInvoices, id)?;
        Some(row.json("/verkoopfacturen"))
    }

    /// Puts a record in as if it had always been there; gives its id.
    ///
    /// Not journalled, and not held against the API's rules; `id`, `modifiedOn` and what else the
    /// API only shows can be set. A booking makes its invoice and its mutations, and settles what
    /// it names.
    ///
    /// # Errors
    /// The resource is unknown, or a value has a wrong type.
    pub fn insert(&self, resource: &str, record: &Value) -> Result<String, InsertError> {
        let resource = named(resource)?;
        let id = self.app.store().create(resource, record, &Ask::DIRECT)?;
        Ok(id.to_string())
    }

    /// Changes the named properties of a record as a person working in SnelStart would.
    ///
    /// Not journalled; `modifiedOn` moves unless it is named.
    ///
    /// # Errors
    /// The resource or the id is unknown, or a value has a wrong type.
    pub fn edit(&self, resource: &str, id: &str, patch: &Value) -> Result<(), InsertError> {
        let (resource, id) = (named(resource)?, parsed(id)?);
        Ok(self.app.store().edit(resource, id, patch)?)
    }

    /// Deletes a record as a person working in SnelStart would, with what hangs on it; not
    /// journalled.
    ///
    /// # Errors
    /// The resource or the id is unknown.
    pub fn delete(&self, resource: &str, id: &str) -> Result<(), InsertError> {
        let (resource, id) = (named(resource)?, parsed(id)?);
        Ok(self.app.store().delete(resource, id, &Ask::DIRECT)?)
    }

    /// Books a payment of a sales invoice (negative: paid back); the id of its mutation on the
    /// debtors ledger.
    ///
    /// The invoice's `openstaandSaldo` falls; its `modifiedOn` stays, unless the server was told
    /// otherwise.
    ///
    /// # Errors
    /// There is no such invoice, or the amount is zero.
    pub fn pay(
        &self,
        invoice_number: &str,
        amount: Decimal,
        date: Date,
        by: PayBy,
    ) -> Result<String, InsertError> {
        let id = self.app.store().pay(invoice_number, amount, date, by)?;
        Ok(id.to_string())
    }

    /// Books the opposite of a payment; the id of the new mutation.
    ///
    /// # Errors
    /// There is no such mutation, or it is of no invoice.
    pub fn reverse(&self, mutation: &str, date: Date) -> Result<String, InsertError> {
        let id = self.app.store().reverse(parsed(mutation)?, date)?;
        Ok(id.to_string())
    }

    /// Books a credit note of so much (positive, VAT among it) for an invoice; the id of its
    /// booking.
    ///
    /// # Errors
    /// There is no such invoice, or the credit note's number is taken.
    pub fn credit_note(
        &self,
        invoice_number: &str,
        credit_number: &str,
        amount: Decimal,
        date: Date,
    ) -> Result<String, InsertError> {
        let mut store = self.app.store();
        let id = store.credit_note(invoice_number, credit_number, amount, date)?;
        Ok(id.to_string())
    }

    /// Fills the administration further; the same seed makes the same records.
    pub fn fill(&self, size: &SnelStartSize, seed: u64) {
        seed::fill(&mut self.app.store(), size, seed);
    }

    /// From now on every token that was given is refused.
    pub fn expire_tokens(&self) {
        self.app.auth.expire();
    }

    /// What tokens given from now on allow.
    pub fn set_scopes<S: Into<String>>(&self, scopes: impl IntoIterator<Item = S>) {
        let scopes = scopes.into_iter().map(Into::into).collect();
        self.app.auth.set_scopes(scopes);
    }

    /// Another koppelsleutel; the one before is void.
    pub fn set_connection_key(&self, key: impl Into<String>) {
        self.app.auth.set_connection_key(key.into());
    }

    /// Whether a payment moves its invoice's `modifiedOn` from now on.
    pub fn payments_touch_invoices(&self, touch: bool) {
        self.app.store().settings.touch = touch;
    }
}

fn known(name: &str) -> Resource {
    let Some(resource) = Resource::named(name) else {
        panic!("SnelStart has no resource {name:?}");
    };
    resource
}

fn named(name: &str) -> Result<Resource, InsertError> {
    Resource::named(name).ok_or_else(|| InsertError::Unknown(format!("resource {name}")))
}

fn parsed(id: &str) -> Result<Uuid, InsertError> {
    id.parse()
        .map_err(|_| InsertError::Unknown(format!("record {id:?}")))
}
