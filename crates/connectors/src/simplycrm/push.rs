//! Writing: one record in one request, several requests at once in sessions of their own.

use api_core::{Error, ErrorKind, SendOutcome};
use futures_util::stream::{self, BoxStream, StreamExt};
use rust_decimal::Decimal;
use simplycrm_ws::{Record as Wire, RecordId as WireId, Warning, Written};
use sync_core::{Action, Answer, Batch, EntityKind, Op, Outcome, RecordId, Value};

use super::decode::{decimal, text};
use super::invoice::same_money;
use super::model::Model;
use super::outcome::{not_allowed, not_found, of_delete, of_error, unsent};
use super::{SimplyCrm, find};

impl SimplyCrm {
    pub(super) fn send(&self, batch: Batch) -> BoxStream<'_, Answer> {
        let at_once = self.inner.capabilities.max_in_flight;
        stream::iter(batch.ops)
            .map(move |mut op| async move {
                // What was not held back before is here: the same rules, the same content.
                super::hold::hold(
                    &self.inner.table,
                    &self.inner.zone,
                    op.entity,
                    &mut op.fields,
                );
                let outcome = self.write(&op).await;
                Answer {
                    outcomes: vec![(op.id, outcome)],
                }
            })
            .buffer_unordered(at_once.max(1))
            .boxed()
    }

    async fn write(&self, op: &Op) -> Outcome {
        let model = match self.model(op.entity).await {
            Ok(model) => model,
            Err(error) => return unsent(error),
        };
        match &op.action {
            Action::Create => self.create(&model, op).await,
            Action::Update { id } => self.update(&model, op, id).await,
            Action::Delete { id } => self.delete(&model, id).await,
            other => Outcome::Rejected(
                Error::new(
                    ErrorKind::Internal,
                    format!("Simply CRM has no write of the kind `{}`.", other.as_str()),
                )
                .operation("simplycrm.push")
                .outcome(SendOutcome::NotSent),
            ),
        }
    }

    async fn create(&self, model: &Model, op: &Op) -> Outcome {
        if !model.describe.createable {
            return Outcome::Deferred(not_allowed(model, "create"));
        }
        let sheet = match self.sheet(model, op).await {
            Ok(sheet) => sheet,
            Err(error) => return unsent(error),
        };
        let client = &self.inner.client;
        let written = match &sheet.invoice {
            Some(invoice) => client.create_inventory(invoice, None).await,
            None => client.create(model.module, &sheet.values()).await,
        };
        match written {
            Ok(written) => match written.id() {
                Some(id) if id.prefix == model.prefix() => {
                    self.tell(model, op, &id.to_string(), &written);
                    Outcome::Written(RecordId::new(id.to_string()))
                }
                _ => Outcome::Unknown(
                    Error::new(
                        ErrorKind::Decode,
                        "The answer to a create names no record of the module.",
                    )
                    .operation("simplycrm.push")
                    .outcome(SendOutcome::Unknown),
                ),
            },
            Err(error) => of_error(model, error),
        }
    }

    async fn update(&self, model: &Model, op: &Op, id: &RecordId) -> Outcome {
        let Some(wire) = model.id(id) else {
            return Outcome::Rejected(not_found(model, id));
        };
        if !model.describe.updateable {
            return Outcome::Deferred(not_allowed(model, "change"));
        }
        let sheet = match self.sheet(model, op).await {
            Ok(sheet) => sheet,
            Err(error) => return unsent(error),
        };
        let client = &self.inner.client;
        let written = match &sheet.invoice {
            Some(invoice) => client.revise_inventory(&wire, invoice).await,
            // Only what the server computes itself has changed.
            None if sheet.values.is_empty() => return Outcome::Written(id.clone()),
            None => {
                let values = sheet.values();
                client.revise(&wire, &values).module(model.module).await
            }
        };
        match written {
            Ok(written) => {
                self.tell(model, op, id.as_str(), &written);
                Outcome::Written(id.clone())
            }
            Err(error) => self.refused(model, wire, id, error).await,
        }
    }

    async fn delete(&self, model: &Model, id: &RecordId) -> Outcome {
        let Some(wire) = model.id(id) else {
            return Outcome::Written(id.clone());
        };
        if !model.describe.deleteable {
            return Outcome::Deferred(not_allowed(model, "delete"));
        }
        match self.inner.client.delete(&wire).await {
            Ok(()) => Outcome::Written(id.clone()),
            Err(error) => match self.refused(model, wire, id, error).await {
                Outcome::Rejected(error) => of_delete(model, Err(error), id),
                other => other,
            },
        }
    }

    /// A record that is missing and one that may not be touched look the same (recorded servers of
    /// both generations); a query tells them apart.
    async fn refused(&self, model: &Model, wire: WireId, id: &RecordId, error: Error) -> Outcome {
        let denied =
            error.kind() == ErrorKind::Permission && !error.send_outcome().may_be_applied();
        if denied && let Ok(false) = find::exists(self, model, wire).await {
            return Outcome::Rejected(not_found(model, id));
        }
        of_error(model, error)
    }

    /// Tells what the server stored otherwise than it was sent; values are not logged.
    fn tell(&self, model: &Model, op: &Op, id: &str, written: &Written) {
        for warning in &written.warnings {
            if let Warning::Changed { field, what, .. } = warning {
                if self.inner.markers.get(model.module) == Some(field) {
                    tracing::error!(
                        module = model.module,
                        id,
                        field = field.as_str(),
                        "Koppel's mark was not kept whole: give it a longer field."
                    );
                    continue;
                }
                tracing::warn!(
                    module = model.module,
                    id,
                    field = field.as_str(),
                    what = %what,
                    "The server stored a value otherwise than it was sent."
                );
            }
        }
        if op.entity == EntityKind::Invoice
            && let Value::Decimal(total) = op.fields.get("total")
            && let Some(made) = total_of(&written.record)
            && !same_money(made, *total)
        {
            tracing::warn!(
                module = model.module,
                id,
                "The server made another total of the invoice's lines."
            );
        }
    }

    /// Says something about a module once, not for every record.
    pub(super) fn told_once(&self, model: &Model, field: &str, what: &'static str) {
        let key = format!("{}.{field}", model.module);
        let news = self
            .inner
            .told
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(key);
        if news {
            tracing::warn!(module = model.module, field, "{what}");
        }
    }
}

fn total_of(record: &Wire) -> Option<Decimal> {
    let json = record.get("hdnGrandTotal")?;
    decimal(&text("hdnGrandTotal", json).ok()??)
}
