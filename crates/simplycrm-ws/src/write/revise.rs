//! Changing a record.

use std::fmt;
use std::future::IntoFuture;

use api_core::{Error, ErrorKind, Json, SendOutcome};
use futures_util::future::BoxFuture;
use jiff::tz::TimeZone;

use super::Values;
use super::operations::{check_id, send};
use crate::compare::compare;
use crate::describe::Describe;
use crate::inventory::InventoryModule;
use crate::record::{Record, is_secret_column};
use crate::warning::Warning;
use crate::{Client, Operation, Params, RecordId};

/// What a write left behind.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Written {
    /// The record as the server says it stored it.
    pub record: Record,
    /// What was stored other than it was sent.
    pub warnings: Vec<Warning>,
    /// Whether the answer was lost and a look at the server showed that the
    /// write was applied.
    pub adopted: bool,
}

impl Written {
    /// A write's result, its warnings told to the client's listener.
    pub(crate) fn told(
        client: &Client,
        record: Record,
        warnings: Vec<Warning>,
        adopted: bool,
    ) -> Self {
        for warning in &warnings {
            client.warn(warning);
        }
        Self {
            record,
            warnings,
            adopted,
        }
    }

    /// Returns the record's id; a write always has one.
    #[must_use]
    pub fn id(&self) -> Option<RecordId> {
        self.record.id()
    }
}

/// A change to be made; await it.
#[must_use = "nothing is sent until this is awaited"]
pub struct Revise<'a> {
    client: Client,
    operation: Operation,
    id: RecordId,
    values: &'a Values,
    module: Option<&'a str>,
    describe: Option<&'a Describe>,
}

impl fmt::Debug for Revise<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revise")
            .field("operation", &self.operation.name())
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl<'a> Revise<'a> {
    pub(super) fn new(
        client: Client,
        operation: Operation,
        id: RecordId,
        values: &'a Values,
    ) -> Self {
        Self {
            client,
            operation,
            id,
            values,
            module: None,
            describe: None,
        }
    }

    /// Names the record's module, for warnings and for what it demands.
    ///
    /// A change to an invoice, a quote or an order must send `hdnTaxType`, or
    /// a 7.1.0 server dies (recorded): with the module known it is read first
    /// where the values do not have it. Without, the module is known only if
    /// its description was asked for before.
    pub fn module(mut self, module: &'a str) -> Self {
        self.module = Some(module);
        self
    }

    /// Checks the values against this description before anything is sent,
    /// and compares the answer by its types.
    pub fn checked(mut self, describe: &'a Describe) -> Self {
        self.describe = Some(describe);
        self.module.get_or_insert(&describe.name);
        self
    }

    async fn run(self) -> Result<Written, Error> {
        let name = format!("simplycrm.{}", self.operation.name());
        let named = |error: Error| error.operation(name.clone());
        if self.values.is_empty() {
            return Err(named(
                Error::new(ErrorKind::Validation, "The change has no field.")
                    .outcome(SendOutcome::NotSent),
            ));
        }
        if let Some(describe) = self.describe {
            self.values.check_change(describe).map_err(named)?;
        }
        let known = match self.module {
            Some(module) => self.client.descriptions().get(module),
            None => self.client.descriptions().by_prefix(self.id.prefix),
        };
        let describe = self.describe.or(known.as_deref());
        let id = self.id.to_string();
        let module = self
            .module
            .or(describe.map(|describe| describe.name.as_str()))
            .unwrap_or(&id);
        let zone = self.client.time_zone();
        let mut element = self.values.encode(zone).map_err(named)?;
        element.insert("id".to_owned(), Json::from(self.id));
        if InventoryModule::from_name(module).is_some() && !self.values.contains(TAX_TYPE) {
            let stored = self.client.retrieve(&self.id).await;
            let tax_type = stored
                .map_err(|error| error.outcome(SendOutcome::NotSent))?
                .text(TAX_TYPE)
                .into_owned();
            if !tax_type.is_empty() {
                element.insert(TAX_TYPE.to_owned(), Json::from(tax_type));
            }
        }
        let params = Params::new()
            .with_json("element", &Json::Map(element))
            .hiding_all(self.values.secrets());
        let sent = send(&self.client, &self.operation, params)
            .await
            .and_then(|record| check_id(&record, self.id).map(|()| record).map_err(named));
        let (record, adopted) = match sent {
            Ok(record) => (record, false),
            Err(error) if error.send_outcome() == SendOutcome::Unknown => {
                (self.look(module, describe, error).await?, true)
            }
            Err(error) => return Err(error),
        };
        let warnings = compare(module, self.values, zone, &record, describe);
        Ok(Written::told(&self.client, record, warnings, adopted))
    }

    /// Reads the record of a change whose answer was lost: the record, when
    /// all of the change is in it, or else the first error.
    async fn look(
        &self,
        module: &str,
        describe: Option<&Describe>,
        lost: Error,
    ) -> Result<Record, Error> {
        let zone = self.client.time_zone();
        match self.client.retrieve(&self.id).await {
            Ok(record) if holds(module, self.values, zone, &record, describe) => {
                tracing::debug!(module, "Found a change whose answer was lost.");
                Ok(record)
            }
            _ => Err(lost.help(
                "The record does not show the change; the server may still be at work. Look again before sending it again.",
            )),
        }
    }
}

/// Whether a record holds every value of a change, and each can be told.
fn holds(
    module: &str,
    sent: &Values,
    zone: &TimeZone,
    stored: &Record,
    describe: Option<&Describe>,
) -> bool {
    /// Fields that are the server's own: they tell nothing.
    const OWN: &[&str] = &["createdtime", "id", "label", "modifiedby", "modifiedtime"];
    sent.iter().all(|(name, value)| {
        !OWN.contains(&name)
            && !is_secret_column(name)
            && stored.get(name).is_some()
            && !matches!(value.encode(zone), Json::List(_) | Json::Map(_))
    }) && compare(module, sent, zone, stored, describe).is_empty()
}

/// The tax mode of inventory records.
const TAX_TYPE: &str = "hdnTaxType";

impl<'a> IntoFuture for Revise<'a> {
    type Output = Result<Written, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
