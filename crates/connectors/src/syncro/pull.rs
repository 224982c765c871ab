//! Reading: all records of a kind, or what changed of it, page by page.

use std::collections::BTreeSet;
use std::time::Duration;

use api_core::{Error, ErrorKind, Guarded, SendOutcome, Timestamp};
use sync_core::{ChangeSource, Cursor, EntityKind, Page, Record, RecordId, Unreadable};
use syncro_client::{
    ContactFilter, InvoiceFilter, LeadFilter, Payment, PaymentFilter, Probe, ProductFilter,
    TicketFilter,
};
use uuid::Uuid;

use super::Syncro;
use super::builder::Sweep;
use super::decode::{record_id, unreadable};
use super::place::{Ids, Place, Probed, Rest};
use super::rows::{Ask, Listing, Row, all_customers};

pub(super) use super::rows::Listings;

/// How long it counts whether the account tells what changed since a moment.
const PROBED: Duration = Duration::from_secs(24 * 60 * 60);

impl Syncro {
    pub(super) async fn page(
        &self,
        kind: EntityKind,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, Error> {
        let (name, mut listing, from) = match cursor.map(Place::read).transpose()? {
            Some(Place::List {
                listing,
                page,
                from,
            }) => match self.inner.listings.take(&listing, page) {
                Some(found) => (listing, found, from),
                None => self.begin(kind, from, limit).await?,
            },
            Some(Place::Rest(from)) => self.begin(kind, from, limit).await?,
            None => self.begin(kind, Rest::default(), limit).await?,
        };
        let rows = match listing.next().await {
            Ok(Some(rows)) => rows,
            Ok(None) => return self.ended(kind, listing, from).await,
            Err(error) => {
                // Whoever asks for this page again meets the error again, and not a new listing.
                if listing.has_failed() {
                    self.inner.listings.keep(name, listing);
                }
                return Err(error);
            }
        };
        let mut page = self.decoded(kind, rows, listing.since).await?;
        let place = Place::List {
            listing: name.clone(),
            page: listing.page,
            from,
        };
        page.next = Some(place.cursor()?);
        self.inner.listings.keep(name, listing);
        Ok(page)
    }

    /// Begins a listing, of what changed where the account tells that.
    async fn begin(
        &self,
        kind: EntityKind,
        mut from: Rest,
        limit: usize,
    ) -> Result<(String, Listing, Rest), Error> {
        let since = from
            .newest
            .filter(|_| self.has_changes(kind))
            .map(|newest| newest.saturating_sub(self.inner.overlap));
        let mut asked = since;
        if since.is_some() {
            let now = Timestamp::now();
            let fresh = from
                .probe
                .filter(|probe| now.duration_since(probe.at) < PROBED);
            if fresh.is_none() {
                let probe = self.tells_changes(kind).await?;
                from.probe = (probe != Probe::Untold).then_some(Probed {
                    honoured: probe == Probe::Honoured,
                    at: now,
                });
            }
            let honoured = from.probe.is_some_and(|probe| probe.honoured);
            asked = since.filter(|_| honoured);
        }
        let ask = Ask {
            since: asked,
            rows: Some(limit),
            only: None,
        };
        let mut listing = Listing::begin(self.client(), kind, ask)?;
        listing.since = since;
        Ok((Uuid::new_v4().simple().to_string(), listing, from))
    }

    fn has_changes(&self, kind: EntityKind) -> bool {
        let can = self.inner.capabilities.of(kind);
        can.is_some_and(|can| can.changes == ChangeSource::ModifiedSince)
    }

    /// Whether the account tells what changed since a moment: asked for a moment to come, it must
    /// give nothing. Nothing tells it where there are no records.
    pub(super) async fn tells_changes(&self, kind: EntityKind) -> Result<Probe, Error> {
        let client = self.client();
        let operation = match kind {
            EntityKind::Ticket => client.tickets().list(&TicketFilter::new()).operation(),
            EntityKind::Invoice => client.invoices().list(&InvoiceFilter::new()).operation(),
            _ => return Ok(Probe::Ignored),
        };
        client.probe_changed_since(operation).await
    }

    /// The end of a listing: where the next run begins, and what is gone.
    async fn ended(&self, kind: EntityKind, listing: Listing, from: Rest) -> Result<Page, Error> {
        // What changed while the list was read is missed in it where it had been read by then: the
        // next run goes back to where this one began, by the server's clock, whatever ours says.
        let now = Timestamp::now();
        let took = now.duration_since(listing.started);
        let newest = listing.newest.map(|newest| {
            let began = newest.saturating_sub(took);
            began.min(listing.started)
        });
        let newest = newest.max(from.newest);
        let mut rest = Rest {
            newest,
            ..from.clone()
        };
        let mut deleted = Vec::new();
        if !self.has_changes(kind) {
            // The engine keeps no place of these between runs, and this process no more than ids.
            let seen = listing.seen.clone();
            let before = self.inner.listings.replace_seen(kind, seen);
            deleted = self.gone_since(kind, before, &listing.seen).await?;
        } else if listing.whole {
            deleted = self.gone_since(kind, from.known, &listing.seen).await?;
            rest.known = Some(listing.seen);
            rest.swept = Some(now);
        } else if self.is_due(from.swept, now) {
            let there = Ids(self.all_ids(kind).await?);
            deleted = self.gone_since(kind, from.known, &there).await?;
            rest.known = Some(there);
            rest.swept = Some(now);
        } else if let Some(known) = &mut rest.known {
            known.0.extend(&listing.seen.0);
        }
        if self.inner.sweep == Sweep::Never {
            rest.known = None;
        }
        Ok(Page {
            deleted,
            complete: true,
            next: Some(Place::Rest(rest).cursor()?),
            ..Page::default()
        })
    }

    fn is_due(&self, swept: Option<Timestamp>, now: Timestamp) -> bool {
        match self.inner.sweep {
            Sweep::Never => false,
            Sweep::Every(time) => swept.is_none_or(|swept| now.duration_since(swept) >= time),
        }
    }

    async fn gone_since(
        &self,
        kind: EntityKind,
        before: Option<Ids>,
        there: &Ids,
    ) -> Result<Vec<RecordId>, Error> {
        let Some(before) = before.filter(|_| self.inner.sweep != Sweep::Never) else {
            return Ok(Vec::new());
        };
        let lacking: Vec<RecordId> = before.0.difference(&there.0).map(record_id).collect();
        self.gone_of(kind, &lacking, &there.0).await
    }

    /// The ids of every record of a kind.
    pub(super) async fn all_ids(&self, kind: EntityKind) -> Result<BTreeSet<i64>, Error> {
        let client = self.client();
        match kind {
            EntityKind::Customer => client.customers().list(&all_customers()).ids().await,
            EntityKind::Contact => client.contacts().list(&ContactFilter::new()).ids().await,
            EntityKind::Lead => client.leads().list(&LeadFilter::new()).ids().await,
            EntityKind::Ticket => client.tickets().list(&TicketFilter::new()).ids().await,
            EntityKind::Invoice => client.invoices().list(&InvoiceFilter::new()).ids().await,
            EntityKind::Payment => client.payments().list(&PaymentFilter::new()).ids().await,
            EntityKind::Product => client.products().list(&ProductFilter::new()).ids().await,
            other => Err(no_such_kind(other)),
        }
    }

    /// The records of a page, without those that changed before a moment for certain.
    async fn decoded(
        &self,
        kind: EntityKind,
        rows: Vec<Guarded<Row>>,
        since: Option<Timestamp>,
    ) -> Result<Page, Error> {
        let mut page = Page::default();
        let mut payments: Vec<Payment> = Vec::new();
        for row in rows {
            let row = match row {
                Guarded::Good(row) => row,
                Guarded::Bad(bad) => {
                    page.unreadable.push(unreadable(kind, bad));
                    continue;
                }
            };
            if matches!((row.updated_at(), since), (Some(at), Some(since)) if at < since) {
                continue;
            }
            let id = row.id();
            let read = match row {
                Row::Payment(payment) => {
                    payments.push(*payment);
                    continue;
                }
                row => self.record(row).await?,
            };
            match read {
                Ok(record) => page.records.extend(record),
                Err(error) => page.unreadable.push(Unreadable {
                    id: id.map_or_else(|| RecordId::from("unknown"), record_id),
                    error,
                }),
            }
        }
        self.payments(payments, &mut page).await?;
        Ok(page)
    }

    /// The record of a row; nothing if it is left out. The outer error is of the account, the
    /// inner of the record.
    async fn record(&self, row: Row) -> Result<Result<Option<Record>, Error>, Error> {
        let read = match row {
            Row::Customer(row) => self.customer(&row),
            Row::Contact(row) => self.contact(&row),
            Row::Lead(row) => self.lead(&row),
            Row::Ticket(row) => {
                let user = self.user_of(&row).await?;
                self.ticket(&row, user.as_deref())
            }
            Row::Product(row) => {
                let currency = self.currency().await?;
                self.product(&row, currency.as_deref())
            }
            Row::Invoice(row) => {
                let is_old = self.starts_before(&row);
                if let Some(id) = row.id.filter(|_| self.inner.invoice_start.is_some()) {
                    self.inner.models.note_old(id, is_old);
                }
                if is_old {
                    return Ok(Ok(None));
                }
                let currency = self.currency().await?;
                let today = self.today().await?;
                self.invoice_part(&row, currency.as_deref(), today)
            }
            Row::Payment(row) => self.payment(&row, &self.zone().await?),
        };
        Ok(read.map(Some))
    }

    /// Reads the first records of a kind and no more; for the connection test.
    pub(super) async fn some(&self, kind: EntityKind, limit: usize) -> Result<Page, Error> {
        let ask = Ask {
            rows: Some(limit),
            only: u64::try_from(limit).ok(),
            ..Ask::default()
        };
        let mut listing = Listing::begin(self.client(), kind, ask)?;
        match listing.next().await? {
            Some(rows) => self.decoded(kind, rows, None).await,
            None => Ok(Page::default()),
        }
    }
}

pub(super) fn no_such_kind(kind: EntityKind) -> Error {
    Error::new(
        ErrorKind::Config,
        format!("Syncro has no {} here.", kind.plural()),
    )
    .operation("syncro.pull")
    .outcome(SendOutcome::NotSent)
}
