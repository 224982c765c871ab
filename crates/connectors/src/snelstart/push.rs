//! Writing: one record in one request, several records at once.

use api_core::{Error, ErrorKind, SendOutcome};
use futures_util::stream::{self, BoxStream, StreamExt};
use sync_core::{Action, Answer, Batch, EntityKind, Op, Outcome};

use super::outcome::conflict;
use super::{SnelStart, hold};

impl SnelStart {
    pub(super) fn send(&self, batch: Batch) -> BoxStream<'_, Answer> {
        let at_once = self.inner.capabilities.max_in_flight;
        stream::iter(batch.ops)
            .map(move |mut op| async move {
                // What was not held back before is here: the same rules, the same content.
                hold::hold(
                    &self.inner.rules,
                    &self.inner.currency,
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
        let can = self.inner.capabilities.of(op.entity);
        if !can.is_some_and(|can| can.create) {
            let what = format!("No {} are written to SnelStart here.", op.entity.plural());
            return Outcome::Rejected(unwritten(ErrorKind::Config, what));
        }
        match (&op.action, op.entity) {
            (Action::Create, EntityKind::Customer) => self.create_relation(op).await,
            (Action::Update { id }, EntityKind::Customer) => self.revise_relation(op, id).await,
            (Action::Create, EntityKind::Invoice) => self.book_invoice(op).await,
            (Action::Create, EntityKind::Payment) => self.book_payment(op).await,
            (Action::Update { id }, _) => Outcome::Rejected(conflict(
                "number",
                format!(
                    "The {} `{id}` is booked, and what is booked is not changed.",
                    op.entity
                ),
                "Correct it in SnelStart, or book a credit note.",
            )),
            (other, _) => {
                let what = format!("SnelStart has no write of the kind `{}`.", other.as_str());
                Outcome::Rejected(unwritten(ErrorKind::Internal, what))
            }
        }
    }
}

fn unwritten(kind: ErrorKind, what: String) -> Error {
    Error::new(kind, what)
        .operation("snelstart.push")
        .outcome(SendOutcome::NotSent)
}
