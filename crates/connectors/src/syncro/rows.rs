//! A list of Syncro that is being read: pages come out of a task of their own.
//!
//! The client reads a list to its end while records come and go: pages overlap, and no row comes
//! twice. That takes remembering what was read, so a listing lives in one process, and is begun
//! anew where that ended.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use api_core::{Error, ErrorKind, Guarded, Timestamp};
use futures_util::StreamExt;
use sync_core::{EntityKind, context};
use syncro_client::{
    Client, Contact, ContactFilter, Customer, CustomerFilter, Invoice, InvoiceFilter, Lead,
    LeadFilter, List, Model, Payment, PaymentFilter, Product, ProductFilter, Ticket, TicketFilter,
};
use tokio::sync::mpsc;

use super::place::Ids;
use super::pull::no_such_kind;

/// How many listings may be open at once; the oldest is given up first.
const OPEN: usize = 16;
/// The fewest rows asked for at a time: fewer leave pages nothing to overlap with.
const FEWEST: usize = 20;
/// How many rows at a time are left to the client.
const MANY: usize = 100;

/// One record as Syncro sends it.
#[derive(Debug)]
pub(super) enum Row {
    Customer(Box<Customer>),
    Contact(Box<Contact>),
    Lead(Box<Lead>),
    Ticket(Box<Ticket>),
    Invoice(Box<Invoice>),
    Payment(Box<Payment>),
    Product(Box<Product>),
}

impl Row {
    pub(super) fn id(&self) -> Option<i64> {
        match self {
            Row::Customer(row) => row.id.map(|id| id.get()),
            Row::Contact(row) => row.id.map(|id| id.get()),
            Row::Lead(row) => row.id.map(|id| id.get()),
            Row::Ticket(row) => row.id.map(|id| id.get()),
            Row::Invoice(row) => row.id.map(|id| id.get()),
            Row::Payment(row) => row.id.map(|id| id.get()),
            Row::Product(row) => row.id.map(|id| id.get()),
        }
    }

    pub(super) fn updated_at(&self) -> Option<Timestamp> {
        match self {
            Row::Customer(row) => row.updated_at,
            Row::Contact(row) => row.updated_at,
            Row::Lead(row) => row.updated_at,
            Row::Ticket(row) => row.updated_at,
            Row::Invoice(row) => row.updated_at,
            Row::Payment(row) => row.updated_at,
            Row::Product(_) => None,
        }
    }
}

/// A page; `None` at the end of the list, which is never just the end of the task.
type Turn = Result<Option<Vec<Guarded<Row>>>, Error>;

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ask {
    /// What changed since a moment, where that is to be told by the account.
    pub(super) since: Option<Timestamp>,
    /// How many rows at a time.
    pub(super) rows: Option<usize>,
    /// How many rows in all, if that is enough.
    pub(super) only: Option<u64>,
}

/// A listing under way.
#[derive(Debug)]
pub(super) struct Listing {
    turns: mpsc::Receiver<Turn>,
    /// The number of the page that comes next.
    pub(super) page: u32,
    /// From which change on records are of interest.
    pub(super) since: Option<Timestamp>,
    /// Whether the list has every record, whatever is of interest.
    pub(super) whole: bool,
    /// When it began.
    pub(super) started: Timestamp,
    /// The newest change that was seen.
    pub(super) newest: Option<Timestamp>,
    /// Every id that was seen.
    pub(super) seen: Ids,
    /// Why it cannot go on, for the next who asks.
    failed: Option<Error>,
}

impl Listing {
    /// Begins a list of a kind of record.
    pub(super) fn begin(client: &Client, kind: EntityKind, ask: Ask) -> Result<Self, Error> {
        Ok(Self {
            turns: open(client, kind, ask)?,
            page: 0,
            since: ask.since,
            whole: ask.since.is_none() && ask.only.is_none(),
            started: Timestamp::now(),
            newest: None,
            seen: Ids::default(),
            failed: None,
        })
    }

    /// Whether it broke off, and nobody else was told yet.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// The next page; `None` at the end.
    pub(super) async fn next(&mut self) -> Turn {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let turn = self.turns.recv().await.unwrap_or_else(|| {
            Err(Error::new(ErrorKind::Internal, "A listing broke off.").operation("syncro.pull"))
        });
        match turn {
            Err(error) => {
                self.failed = Some(error.clone());
                Err(error)
            }
            Ok(rows) => {
                self.page += 1;
                for row in rows.iter().flatten() {
                    let id = match row {
                        Guarded::Good(row) => {
                            self.newest = self.newest.max(row.updated_at());
                            row.id()
                        }
                        Guarded::Bad(bad) => bad.id.as_ref().and_then(|id| id.parse().ok()),
                    };
                    self.seen.0.extend(id.filter(|id| *id > 0));
                }
                Ok(rows)
            }
        }
    }
}

/// The listings that are under way, by their names, and what the last whole ones have seen.
#[derive(Debug, Default)]
pub(super) struct Listings(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    listings: Vec<(String, Listing)>,
    seen: BTreeMap<EntityKind, Ids>,
}

impl Listings {
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a listing that is about to read this page.
    pub(super) fn take(&self, name: &str, page: u32) -> Option<Listing> {
        let mut open = self.lock();
        let at = open.listings.iter().position(|(known, _)| known == name)?;
        let (_, listing) = open.listings.remove(at);
        (listing.page == page).then_some(listing)
    }

    /// Puts a listing back.
    pub(super) fn keep(&self, name: String, listing: Listing) {
        let mut open = self.lock();
        if open.listings.len() >= OPEN {
            open.listings.remove(0);
        }
        open.listings.push((name, listing));
    }

    /// What the last whole listing of this process has seen of a kind of record; what this one
    /// has seen takes its place.
    pub(super) fn replace_seen(&self, kind: EntityKind, seen: Ids) -> Option<Ids> {
        self.lock().seen.insert(kind, seen)
    }
}

fn open(client: &Client, kind: EntityKind, ask: Ask) -> Result<mpsc::Receiver<Turn>, Error> {
    let since = ask.since;
    let client = client.clone();
    Ok(match kind {
        EntityKind::Customer => read(client, ask, Row::Customer, |client| {
            client.customers().list(&all_customers())
        }),
        EntityKind::Contact => read(client, ask, Row::Contact, |client| {
            client.contacts().list(&ContactFilter::new())
        }),
        EntityKind::Lead => read(client, ask, Row::Lead, |client| {
            client.leads().list(&LeadFilter::new())
        }),
        EntityKind::Ticket => read(client, ask, Row::Ticket, move |client| {
            client.tickets().list(&changed_tickets(since))
        }),
        EntityKind::Invoice => read(client, ask, Row::Invoice, move |client| {
            client.invoices().list(&changed_invoices(since))
        }),
        EntityKind::Payment => read(client, ask, Row::Payment, |client| {
            client.payments().list(&PaymentFilter::new())
        }),
        EntityKind::Product => read(client, ask, Row::Product, |client| {
            client.products().list(&ProductFilter::new())
        }),
        other => return Err(no_such_kind(other)),
    })
}

/// Customers out of use as well: a list leaves them out by itself, as if they were gone (measured
/// by client authors).
pub(super) fn all_customers() -> CustomerFilter {
    CustomerFilter::new().include_disabled(true)
}

fn changed_tickets(since: Option<Timestamp>) -> TicketFilter {
    match since {
        Some(since) => TicketFilter::new().since_updated_at(since),
        None => TicketFilter::new(),
    }
}

fn changed_invoices(since: Option<Timestamp>) -> InvoiceFilter {
    match since {
        Some(since) => InvoiceFilter::new().updated_since(since),
        None => InvoiceFilter::new(),
    }
}

fn read<M: Model>(
    client: Client,
    ask: Ask,
    wrap: fn(Box<M>) -> Row,
    list: impl for<'a> FnOnce(&'a Client) -> List<'a, M> + Send + 'static,
) -> mpsc::Receiver<Turn> {
    let (turns, receiver) = mpsc::channel(1);
    tokio::spawn(context::carried(async move {
        let list = list(&client);
        let list = match ask.rows.filter(|rows| *rows < MANY) {
            Some(rows) => list.per_page(u32::try_from(rows.max(FEWEST)).unwrap_or(u32::MAX)),
            None => list,
        };
        let list = match ask.only {
            Some(rows) => list.limit(rows),
            None => list,
        };
        let mut pages = list.pages();
        while let Some(page) = pages.next().await {
            let failed = page.is_err();
            let rows = |page: Vec<Guarded<M>>| {
                let rows = page.into_iter().map(|row| match row {
                    Guarded::Good(record) => Guarded::Good(wrap(Box::new(record))),
                    Guarded::Bad(bad) => Guarded::Bad(bad),
                });
                Some(rows.collect())
            };
            // Whoever wanted them has gone.
            if turns.send(page.map(rows)).await.is_err() || failed {
                return;
            }
        }
        drop(turns.send(Ok(None)).await);
    }));
    receiver
}
