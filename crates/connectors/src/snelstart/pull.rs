//! Reading: pages of changed relations, of all invoices, of what was booked on the debtors' ledger.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use api_core::{Error, ErrorKind, Guarded, SendOutcome, Timestamp};
use serde::{Deserialize, Serialize};
use snelstart_client::{Code, Filter, LedgerId, LedgerMutation, Relation, SalesInvoice, WallTime};
use sync_core::{Cursor, EntityKind, Page};

use super::SnelStart;
use super::decode::unreadable;
use super::window::Window;

/// How far a server's clock and zone may be ahead.
const A_DAY: Duration = Duration::from_secs(26 * 60 * 60);

/// Where a reading is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "lowercase")]
enum Place {
    /// Between two runs; the newest change that was seen.
    Rest { newest: Option<WallTime> },
    /// In a list of what changed since a moment, or of everything.
    List {
        since: Option<WallTime>,
        newest: Option<WallTime>,
        window: Window,
    },
}

impl Place {
    fn read(cursor: &Cursor) -> Result<Self, Error> {
        serde_json::from_str(cursor.as_str()).map_err(|error| {
            Error::new(ErrorKind::Internal, "The cursor is none of SnelStart's.")
                .operation("snelstart.pull")
                .outcome(SendOutcome::NotSent)
                .source(error)
        })
    }

    fn cursor(&self) -> Result<Cursor, Error> {
        serde_json::to_string(self)
            .map(Cursor::new)
            .map_err(|error| {
                Error::new(ErrorKind::Internal, "A cursor cannot be written.")
                    .operation("snelstart.pull")
                    .source(error)
            })
    }
}

/// What one turn of a page is asked for.
struct Turn {
    since: Option<WallTime>,
    newest: Option<WallTime>,
    window: Window,
    limit: usize,
}

impl SnelStart {
    pub(super) async fn page(
        &self,
        kind: EntityKind,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, Error> {
        let place = match cursor {
            None => Place::Rest { newest: None },
            Some(cursor) => Place::read(cursor)?,
        };
        let turn = match place {
            // The server's own stamp and a margin behind it: its clock and its zone are not ours.
            Place::Rest { newest } => Turn {
                since: newest.map(|newest| newest.saturating_sub(self.inner.overlap)),
                newest,
                window: Window::default(),
                limit,
            },
            Place::List {
                since,
                newest,
                window,
            } => Turn {
                since,
                newest,
                window,
                limit,
            },
        };
        match kind {
            EntityKind::Customer => self.customers_page(turn).await,
            EntityKind::Invoice => self.invoices_page(turn).await,
            EntityKind::Payment => self.payments_page(turn).await,
            other => Err(no_such_kind(other)),
        }
    }

    async fn customers_page(&self, turn: Turn) -> Result<Page, Error> {
        let since = turn.since;
        let id = |relation: &Relation| relation.id.map(|id| id.to_string());
        let turned = turn
            .window
            .turn(turn.limit, id, |top, skip| {
                self.relation_rows(since, top, skip)
            })
            .await?;
        let countries = self.countries().await?;
        let mut page = Page::default();
        let mut newest = turn.newest;
        for row in turned.rows {
            match row {
                Guarded::Good(relation) => {
                    newest = newest.max(self.sane(relation.modified_on));
                    if is_older(relation.modified_on, since) {
                        continue;
                    }
                    match self.customer(&relation, &countries) {
                        Ok(record) => page.records.extend(record),
                        Err(error) => return Err(error),
                    }
                }
                Guarded::Bad(bad) => page.unreadable.push(unreadable(bad, "a relation")),
            }
        }
        ended(page, turned.complete, since, newest, turned.next)
    }

    async fn invoices_page(&self, turn: Turn) -> Result<Page, Error> {
        let id = |invoice: &SalesInvoice| invoice.id.map(|id| id.to_string());
        let turned = turn
            .window
            .turn(turn.limit, id, |top, skip| self.invoice_rows(top, skip))
            .await?;
        let mut page = Page::default();
        let today = self.today();
        for row in turned.rows {
            match row {
                Guarded::Good(invoice) => {
                    self.note(&invoice);
                    if !self.starts_before(&invoice) {
                        page.records.extend(self.invoice_part(&invoice, today)?);
                    }
                }
                Guarded::Bad(bad) => page.unreadable.push(unreadable(bad, "a sales invoice")),
            }
        }
        ended(page, turned.complete, None, None, turned.next)
    }

    async fn payments_page(&self, turn: Turn) -> Result<Page, Error> {
        let since = turn.since;
        let debtors = self.debtors().await?;
        let id = |mutation: &LedgerMutation| mutation.id.map(|id| id.to_string());
        let turned = turn
            .window
            .turn(turn.limit, id, |top, skip| {
                self.mutation_rows(debtors, since, top, skip)
            })
            .await?;
        let mut page = Page::default();
        let mut newest = turn.newest;
        let mut rows = Vec::with_capacity(turned.rows.len());
        for row in turned.rows {
            match row {
                Guarded::Good(mutation) => {
                    newest = newest.max(self.sane(mutation.modified_on));
                    if !is_older(mutation.modified_on, since) {
                        rows.push(mutation);
                    }
                }
                Guarded::Bad(bad) => page.unreadable.push(unreadable(bad, "a mutation")),
            }
        }
        self.payments(debtors, rows, &mut page).await?;
        ended(page, turned.complete, since, newest, turned.next)
    }

    /// A stamp that can be: one of a time to come, in whatever zone, would hide every change until
    /// then.
    fn sane(&self, stamp: Option<WallTime>) -> Option<WallTime> {
        let now = WallTime::from_timestamp(Timestamp::now(), &self.inner.zone);
        stamp.filter(|stamp| *stamp <= now.saturating_add(A_DAY))
    }

    /// Relations that changed since a moment, as the server sends them.
    async fn relation_rows(
        &self,
        since: Option<WallTime>,
        top: usize,
        skip: usize,
    ) -> Result<Vec<Guarded<Relation>>, Error> {
        let relations = self.client().relations();
        let mut list = relations.list().top(rows(top)).skip(skip as u64);
        if let Some(since) = since {
            let filter = Relation::fields().modified_on().ge(since);
            list = list.filter(as_sent(&filter));
        }
        list.page().await
    }

    /// Invoices from the start date on, as the server sends them.
    pub(super) async fn invoice_rows(
        &self,
        top: usize,
        skip: usize,
    ) -> Result<Vec<Guarded<SalesInvoice>>, Error> {
        let invoices = self.client().sales_invoices();
        let start = self.inner.start_date;
        let Some(start) = start.filter(|_| !self.inner.no_date_filter.load(Ordering::Relaxed))
        else {
            return self.all_invoice_rows(top, skip).await;
        };
        // No such filter is documented: where it is refused, the day is looked at here alone.
        let filter = SalesInvoice::fields().date().ge(WallTime::from(start));
        let list = invoices.list().top(rows(top)).skip(skip as u64);
        match list.filter(as_sent(&filter)).page().await {
            Err(error) if skip == 0 && is_bad_filter(&error) => {
                self.inner.no_date_filter.store(true, Ordering::Relaxed);
                tracing::warn!(%error, "SnelStart takes no filter on the day of invoices.");
                self.all_invoice_rows(top, skip).await
            }
            answer => answer,
        }
    }

    /// Invoices of any day, as the server sends them.
    pub(super) async fn all_invoice_rows(
        &self,
        top: usize,
        skip: usize,
    ) -> Result<Vec<Guarded<SalesInvoice>>, Error> {
        let invoices = self.client().sales_invoices();
        let list = invoices.list().top(rows(top)).skip(skip as u64);
        list.page().await
    }

    /// What was booked on a ledger since a moment, as the server sends it.
    async fn mutation_rows(
        &self,
        ledger: LedgerId,
        since: Option<WallTime>,
        top: usize,
        skip: usize,
    ) -> Result<Vec<Guarded<LedgerMutation>>, Error> {
        let fields = LedgerMutation::fields();
        let mut filter = fields.ledger().id().eq(ledger);
        if let Some(since) = since {
            filter = filter.and(fields.modified_on().ge(since));
        } else if let Some(start) = self.payments_from() {
            filter = filter.and(fields.date().ge(WallTime::from(start)));
        }
        let mutations = self.client().ledger_mutations();
        let list = mutations.list().filter(as_sent(&filter));
        list.top(rows(top)).skip(skip as u64).page().await
    }

    pub(super) fn note(&self, invoice: &SalesInvoice) {
        let mut known = match self.inner.known.lock() {
            Ok(known) => known,
            Err(poisoned) => poisoned.into_inner(),
        };
        known.note(invoice);
    }
}

/// A filter whose rows come as the server sends them: how many it sent tells where the next page
/// begins. What it let through is looked at here.
pub(super) fn as_sent<M>(filter: &Filter<M>) -> Filter<M> {
    Filter::raw(filter.to_string())
}

/// How many rows, as the client takes it.
pub(super) fn rows(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Whether the server refused a filter.
pub(super) fn is_bad_filter(error: &Error) -> bool {
    error.kind() == ErrorKind::Validation || Code::of(error) == Some(Code::BadFilter)
}

/// Whether a record changed for certain before a moment: the server may ignore filters.
fn is_older(modified: Option<WallTime>, since: Option<WallTime>) -> bool {
    matches!((modified, since), (Some(modified), Some(since)) if modified < since)
}

fn ended(
    mut page: Page,
    complete: bool,
    since: Option<WallTime>,
    newest: Option<WallTime>,
    window: Window,
) -> Result<Page, Error> {
    let mut seen = HashSet::new();
    page.records.retain(|record| seen.insert(record.id.clone()));
    let place = match complete {
        true => Place::Rest { newest },
        false => Place::List {
            since,
            newest,
            window,
        },
    };
    page.complete = complete;
    page.next = Some(place.cursor()?);
    Ok(page)
}

pub(super) fn no_such_kind(kind: EntityKind) -> Error {
    Error::new(
        ErrorKind::Config,
        format!("SnelStart has no {} here.", kind.plural()),
    )
    .operation("snelstart.pull")
    .outcome(SendOutcome::NotSent)
}
