//! The records with their indexes, and what is noted of each write.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use jiff::civil::{Date, DateTime};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::answer::Refusal;
use super::resource::Resource;
use super::row::{Cell, Row};
pub(crate) use crate::common::Ask;
use crate::common::{Action, Clock};

/// One write that was applied.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Counted from 1.
    pub seq: u64,
    /// The resource, such as `verkoopboekingen`.
    pub resource: &'static str,
    /// What was done.
    pub action: Action,
    /// The record's id.
    pub id: String,
    /// The body as it was sent.
    pub body: Value,
    /// The number of the request.
    pub request: u64,
}

/// A record and when it was made.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) id: Uuid,
    pub(crate) row: Row,
    pub(crate) made: Instant,
}

/// The records of a resource, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Table {
    slots: Vec<Option<Stored>>,
    index: HashMap<Uuid, usize>,
    /// Moves with every change.
    pub(crate) version: u64,
}

impl Table {
    pub(crate) fn get(&self, id: Uuid) -> Option<&Row> {
        let at = *self.index.get(&id)?;
        self.slots.get(at)?.as_ref().map(|stored| &stored.row)
    }

    pub(crate) fn at(&self, at: usize) -> Option<&Stored> {
        self.slots.get(at)?.as_ref()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Stored)> {
        self.slots
            .iter()
            .enumerate()
            .filter_map(|(at, slot)| slot.as_ref().map(|stored| (at, stored)))
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = (Uuid, &Row)> {
        self.iter().map(|(_, stored)| (stored.id, &stored.row))
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }
}

/// Answers to lists that were asked just now.
type Found = (Resource, String, u64, Arc<Vec<usize>>);

/// Everything the server knows.
#[derive(Debug)]
pub(crate) struct Store {
    tables: Vec<Table>,
    journal: Vec<JournalEntry>,
    pub(crate) clock: Clock,
    rng: fastrand::Rng,
    pub(crate) settings: Settings,
    found: Vec<Found>,
    /// Relations by their code.
    codes: HashMap<i64, Uuid>,
    /// Sales invoices by their number.
    numbers: HashMap<String, Uuid>,
    /// Purchase invoices by supplier and number.
    purchases: HashMap<(Option<Uuid>, String), Uuid>,
    /// Invoices, of either kind, by their booking.
    invoices: HashMap<Uuid, Uuid>,
    /// Mutations by the booking that made them.
    pub(super) mutations: HashMap<Uuid, Vec<Uuid>>,
    /// How often a booking was settled.
    pub(super) settled: HashMap<Uuid, usize>,
    pub(super) custom_fields: HashMap<Uuid, Value>,
    pub(super) attachments: HashMap<String, Uuid>,
    pub(super) statements: HashSet<String>,
    pub(super) last_document: u64,
}

/// What a test can set of the bookkeeping's behaviour.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// A payment moves the invoice's `modifiedOn`.
    pub(crate) touch: bool,
    /// No relation is customer and supplier.
    pub(crate) single_kind: bool,
    /// Bookings of more than five years ago are taken.
    pub(crate) old_bookings: bool,
    /// Periods up to this day are blocked.
    pub(crate) blocked_until: Option<Date>,
    /// Resources that ignore `$filter` besides those that always do.
    pub(crate) ignores_filters: Vec<Resource>,
}

impl Store {
    pub(crate) fn new(clock: Clock, seed: u64, settings: Settings) -> Store {
        let mut store = Store {
            tables: Resource::all().map(|_| Table::default()).collect(),
            journal: Vec::new(),
            clock,
            rng: fastrand::Rng::with_seed(seed),
            settings,
            found: Vec::new(),
            codes: HashMap::new(),
            numbers: HashMap::new(),
            purchases: HashMap::new(),
            invoices: HashMap::new(),
            mutations: HashMap::new(),
            settled: HashMap::new(),
            custom_fields: HashMap::new(),
            attachments: HashMap::new(),
            statements: HashSet::new(),
            last_document: 0,
        };
        super::chart::fill(&mut store);
        store
    }

    pub(crate) fn table(&self, resource: Resource) -> &Table {
        &self.tables[resource as usize]
    }

    pub(crate) fn get(&self, resource: Resource, id: Uuid) -> Option<&Row> {
        self.table(resource).get(id)
    }

    /// The record, or why a request for it fails.
    pub(crate) fn find(&self, resource: Resource, id: Uuid) -> Result<&Row, Refusal> {
        self.get(resource, id)
            .ok_or(Refusal::Missing(resource.missing()))
    }

    pub(crate) fn journal(&self) -> &[JournalEntry] {
        &self.journal
    }

    pub(crate) fn new_id(&mut self) -> Uuid {
        let bytes: [u8; 16] = self.rng.u128(..).to_be_bytes();
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// The next number of a booking's document.
    pub(crate) fn document_number(&mut self) -> String {
        self.last_document += 1;
        format!("{:06}", self.last_document)
    }

    pub(crate) fn now(&mut self) -> DateTime {
        self.clock.tick()
    }

    pub(crate) fn relation_by_code(&self, code: i64) -> Option<Uuid> {
        self.codes.get(&code).copied()
    }

    pub(crate) fn highest_code(&self) -> i64 {
        self.codes.keys().copied().max().unwrap_or(0)
    }

    pub(crate) fn invoice_by_number(&self, number: &str) -> Option<Uuid> {
        self.numbers.get(&number.to_lowercase()).copied()
    }

    pub(crate) fn purchase_by_number(&self, supplier: Option<Uuid>, number: &str) -> Option<Uuid> {
        self.purchases
            .get(&(supplier, number.to_lowercase()))
            .copied()
    }

    /// The invoice that a booking made.
    pub(crate) fn invoice_of(&self, booking: Uuid) -> Option<Uuid> {
        self.invoices.get(&booking).copied()
    }

    /// Puts a record in; its id and, unless it has one, its `modifiedOn` are given here.
    pub(crate) fn put(&mut self, resource: Resource, row: Row) -> Uuid {
        let id = row.id("id").unwrap_or_else(|| self.new_id());
        self.put_at(resource, id, row);
        id
    }

    fn put_at(&mut self, resource: Resource, id: Uuid, mut row: Row) {
        row.set("id", Cell::Id(id));
        if row.model.index("modifiedOn").is_some() && row.time("modifiedOn").is_none() {
            let now = self.now();
            row.set("modifiedOn", Cell::Time(now));
        }
        self.forget(resource, id);
        self.learn(resource, id, &row);
        let table = &mut self.tables[resource as usize];
        table.version += 1;
        let made = Instant::now();
        match table.index.get(&id).copied() {
            Some(at) => {
                if let Some(Some(stored)) = table.slots.get_mut(at) {
                    stored.row = row;
                }
            }
            None => {
                table.index.insert(id, table.slots.len());
                table.slots.push(Some(Stored { id, row, made }));
            }
        }
    }

    /// Changes a record in place; its `modifiedOn` stays.
    pub(crate) fn change(&mut self, resource: Resource, id: Uuid, change: impl FnOnce(&mut Row)) {
        if let Some(mut row) = self.get(resource, id).cloned() {
            change(&mut row);
            self.put_at(resource, id, row);
        }
    }

    /// Takes a record out.
    pub(crate) fn remove(&mut self, resource: Resource, id: Uuid) -> Option<Row> {
        self.forget(resource, id);
        let table = &mut self.tables[resource as usize];
        let at = table.index.remove(&id)?;
        table.version += 1;
        table.slots.get_mut(at)?.take().map(|stored| stored.row)
    }

    fn learn(&mut self, resource: Resource, id: Uuid, row: &Row) {
        match resource {
            Resource::Relations => {
                if let Some(code) = row.int("relatiecode") {
                    self.codes.insert(code, id);
                }
            }
            Resource::SalesInvoices => {
                if let Some(number) = row.text("factuurnummer") {
                    self.numbers.insert(number.to_lowercase(), id);
                }
                if let Some(booking) = row.id("verkoopBoeking") {
                    self.invoices.insert(booking, id);
                }
            }
            Resource::PurchaseInvoices => {
                if let Some(number) = row.text("factuurnummer") {
                    let key = (row.id("relatie"), number.to_lowercase());
                    self.purchases.insert(key, id);
                }
                if let Some(booking) = row.id("inkoopBoeking") {
                    self.invoices.insert(booking, id);
                }
            }
            _ => {}
        }
    }

    fn forget(&mut self, resource: Resource, id: Uuid) {
        let Some(row) = self.tables[resource as usize].get(id) else {
            return;
        };
        match resource {
            Resource::Relations => {
                if let Some(code) = row.int("relatiecode")
                    && self.codes.get(&code) == Some(&id)
                {
                    self.codes.remove(&code);
                }
            }
            Resource::SalesInvoices => {
                let number = row.text("factuurnummer").map(str::to_lowercase);
                let booking = row.id("verkoopBoeking");
                if let Some(number) = number
                    && self.numbers.get(&number) == Some(&id)
                {
                    self.numbers.remove(&number);
                }
                if let Some(booking) = booking {
                    self.invoices.remove(&booking);
                }
            }
            Resource::PurchaseInvoices => {
                let number = row.text("factuurnummer").unwrap_or_default().to_lowercase();
                let (key, booking) = ((row.id("relatie"), number), row.id("inkoopBoeking"));
                self.purchases.remove(&key);
                if let Some(booking) = booking {
                    self.invoices.remove(&booking);
                }
            }
            _ => {}
        }
    }

    /// Notes a write that came over HTTP.
    pub(crate) fn note(&mut self, ask: &Ask<'_>, resource: Resource, action: Action, id: Uuid) {
        if ask.request == 0 {
            return;
        }
        self.journal.push(JournalEntry {
            seq: self.journal.len() as u64 + 1,
            resource: resource.path(),
            action,
            id: id.to_string(),
            body: ask.body.clone(),
            request: ask.request,
        });
    }

    /// The places of the records that meet a condition; kept until the resource changes.
    pub(crate) fn places(
        &mut self,
        resource: Resource,
        filter: &str,
        meets: impl Fn(&Row) -> bool,
    ) -> Arc<Vec<usize>> {
        const KEPT: usize = 8;
        let version = self.table(resource).version;
        let known = self
            .found
            .iter()
            .find(|(r, f, v, _)| *r == resource && f == filter && *v == version);
        if let Some((_, _, _, places)) = known {
            return Arc::clone(places);
        }
        let places: Vec<usize> = self
            .table(resource)
            .iter()
            .filter(|(_, stored)| meets(&stored.row))
            .map(|(at, _)| at)
            .collect();
        let places = Arc::new(places);
        self.found
            .retain(|(r, f, _, _)| *r != resource || f != filter);
        if self.found.len() >= KEPT {
            self.found.remove(0);
        }
        self.found
            .push((resource, filter.to_owned(), version, Arc::clone(&places)));
        places
    }
}
