//! Reading one record by its id, and which records are gone.

use std::collections::BTreeSet;

use api_core::{Error, ErrorKind};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use sync_core::{EntityKind, Record, RecordId};
use syncro_client::{ContactId, CustomerId, InvoiceId, LeadId, PaymentId, ProductId, TicketId};

use super::Syncro;
use super::invoices::number_of;
use super::payments::invoice_of;
use super::pull::no_such_kind;

/// What was found, or nothing where it is not there.
fn there<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Syncro {
    pub(super) async fn one(
        &self,
        kind: EntityKind,
        id: &RecordId,
    ) -> Result<Option<Record>, Error> {
        let Some(id) = number_of(id) else {
            return match super::KINDS.contains(&kind) {
                true => Ok(None),
                false => Err(no_such_kind(kind)),
            };
        };
        let client = self.client();
        let record = match kind {
            EntityKind::Customer => there(client.customers().get(CustomerId::new(id)).await)?
                .map(|customer| self.customer(&customer)),
            EntityKind::Contact => there(client.contacts().get(ContactId::new(id)).await)?
                .map(|contact| self.contact(&contact)),
            EntityKind::Lead => {
                there(client.leads().get(LeadId::new(id)).await)?.map(|lead| self.lead(&lead))
            }
            EntityKind::Ticket => match there(client.tickets().get(TicketId::new(id)).await)? {
                Some(ticket) => {
                    let user = self.user_of(&ticket).await?;
                    Some(self.ticket(&ticket, user.as_deref()))
                }
                None => None,
            },
            EntityKind::Product => match there(client.products().get(ProductId::new(id)).await)? {
                Some(product) => {
                    let currency = self.currency().await?;
                    Some(self.product(&product, currency.as_deref()))
                }
                None => None,
            },
            EntityKind::Invoice => self.invoice_of(InvoiceId::new(id)).await?.map(Ok),
            EntityKind::Payment => self.payment_of(PaymentId::new(id)).await?.map(Ok),
            other => return Err(no_such_kind(other)),
        };
        record.transpose()
    }

    async fn invoice_of(&self, id: InvoiceId) -> Result<Option<Record>, Error> {
        let Some(invoice) = there(self.client().invoices().get(id).await)? else {
            return Ok(None);
        };
        // The path takes numbers of invoices, too: another invoice may have this one for number.
        if invoice.id.is_some_and(|found| found != id) || self.starts_before(&invoice) {
            return Ok(None);
        }
        let currency = self.currency().await?;
        let today = self.today().await?;
        self.invoice_whole(&invoice, currency.as_deref(), today)
            .map(Some)
    }

    async fn payment_of(&self, id: PaymentId) -> Result<Option<Record>, Error> {
        let Some(payment) = there(self.client().payments().get(id).await)? else {
            return Ok(None);
        };
        if self.is_left_out(&payment).await? {
            return Ok(None);
        }
        let payments = [payment];
        let old = self.old_invoices(&payments).await?;
        let [payment] = payments;
        if let Some(invoice) = invoice_of(&payment)?
            && old.get(&invoice).copied().unwrap_or_default()
        {
            return Ok(None);
        }
        let zone = self.zone().await?;
        self.payment(&payment, &zone).map(Some)
    }

    /// Which of these records are gone: a listing of all ids does not name them, and asking for
    /// each finds nothing either.
    ///
    /// Syncro tells of no deletion. Costs the requests of a whole listing, and one for each
    /// record that it lacks.
    ///
    /// # Errors
    /// Those of the requests; nothing is concluded then.
    pub async fn gone(&self, kind: EntityKind, known: &[RecordId]) -> Result<Vec<RecordId>, Error> {
        let there = self.all_ids(kind).await?;
        self.gone_of(kind, known, &there).await
    }

    /// Which of these records neither a complete listing nor a request for each of them finds.
    pub(super) async fn gone_of(
        &self,
        kind: EntityKind,
        known: &[RecordId],
        listed: &BTreeSet<i64>,
    ) -> Result<Vec<RecordId>, Error> {
        let missing: BTreeSet<RecordId> = known
            .iter()
            .filter(|id| number_of(id).is_none_or(|id| !listed.contains(&id)))
            .cloned()
            .collect();
        let gone: Vec<Option<RecordId>> = stream::iter(missing)
            .map(|id| async move {
                let there = self.is_there(kind, &id).await?;
                Ok::<_, Error>((!there).then_some(id))
            })
            .buffered(self.inner.capabilities.max_in_flight)
            .try_collect()
            .await?;
        Ok(gone.into_iter().flatten().collect())
    }

    /// Whether a record can be had by its id, whatever is in it.
    async fn is_there(&self, kind: EntityKind, id: &RecordId) -> Result<bool, Error> {
        let Some(id) = number_of(id) else {
            return Ok(false);
        };
        let client = self.client();
        let answer = match kind {
            EntityKind::Customer => client.customers().get(CustomerId::new(id)).await.map(drop),
            EntityKind::Contact => client.contacts().get(ContactId::new(id)).await.map(drop),
            EntityKind::Lead => client.leads().get(LeadId::new(id)).await.map(drop),
            EntityKind::Ticket => client.tickets().get(TicketId::new(id)).await.map(drop),
            EntityKind::Product => client.products().get(ProductId::new(id)).await.map(drop),
            EntityKind::Payment => client.payments().get(PaymentId::new(id)).await.map(drop),
            EntityKind::Invoice => {
                let id = InvoiceId::new(id);
                let invoice = there(client.invoices().get(id).await)?;
                return Ok(invoice.is_some_and(|found| found.id.is_none_or(|found| found == id)));
            }
            other => return Err(no_such_kind(other)),
        };
        match answer {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            // It is there, and cannot be read.
            Err(error) if error.kind() == ErrorKind::Decode => Ok(true),
            Err(error) => Err(error),
        }
    }
}
