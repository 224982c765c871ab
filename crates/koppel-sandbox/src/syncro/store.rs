//! The records with their indexes, and what is noted of each write.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use serde::Serialize;
use serde_json::{Value, json};

use super::answer::Refusal;
use super::events::Outbox;
use super::list::{Drift, Drifted};
use super::schema::Resource;
use super::settings::Settings;
use super::values::{Read as _, Record, told};
pub(crate) use crate::common::Ask;
use crate::common::{Action, Clock};

/// One write that was applied.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Counted from 1.
    pub seq: u64,
    /// The resource, such as `customers`, `ticket_comments` or `line_items`.
    pub resource: &'static str,
    /// What was done.
    pub action: Action,
    /// The record's id.
    pub id: i64,
    /// The body as it was sent, without passwords.
    pub body: Value,
    /// The number of the request.
    pub request: u64,
}

/// A mail that the server would have sent to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Mail {
    /// What it is about: `ticket_comments`, `appointments`, `invoices` or `estimates`.
    pub about: &'static str,
    /// The id of that record.
    pub id: i64,
    /// The customer.
    pub customer: i64,
}

/// A record and when it was made.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) fields: Record,
    pub(crate) made: Instant,
}

/// The records of a resource.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: HashMap<i64, Row>,
    /// The ids as a list without filters tells them.
    pub(crate) order: VecDeque<i64>,
    index: HashMap<(&'static str, String), Vec<i64>>,
    /// How many records are switched off.
    disabled: usize,
}

impl Table {
    pub(crate) fn get(&self, id: i64) -> Option<&Record> {
        self.rows.get(&id).map(|row| &row.fields)
    }

    pub(crate) fn row(&self, id: i64) -> Option<&Row> {
        self.rows.get(&id)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn any_disabled(&self) -> bool {
        self.disabled > 0
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.order.iter().filter_map(|id| self.get(*id))
    }
}

/// Everything the server knows.
#[derive(Debug)]
pub(crate) struct Store {
    tables: Vec<Table>,
    journal: Vec<JournalEntry>,
    pub(crate) clock: Clock,
    pub(crate) rng: fastrand::Rng,
    pub(crate) settings: Settings,
    pub(crate) outbox: Outbox,
    pub(crate) mails: Vec<Mail>,
    /// The payments of each invoice.
    pub(crate) paid: HashMap<i64, Vec<i64>>,
    pub(crate) drift: Option<Drift>,
    pub(crate) drifted: Drifted,
    /// List requests since drift was set.
    pub(crate) listed: u64,
    next_id: i64,
    next_ticket: i64,
    next_invoice: i64,
}

impl Store {
    pub(crate) fn new(
        clock: Clock,
        seed: u64,
        first_id: i64,
        settings: Settings,
        outbox: Outbox,
    ) -> Store {
        Store {
            tables: Resource::ALL.iter().map(|_| Table::default()).collect(),
            journal: Vec::new(),
            clock,
            rng: fastrand::Rng::with_seed(seed),
            settings,
            outbox,
            mails: Vec::new(),
            paid: HashMap::new(),
            drift: None,
            drifted: Drifted::default(),
            listed: 0,
            next_id: first_id,
            next_ticket: 1_001,
            next_invoice: 1_001,
        }
    }

    pub(crate) fn table(&self, resource: Resource) -> &Table {
        &self.tables[resource as usize]
    }

    pub(crate) fn get(&self, resource: Resource, id: i64) -> Option<&Record> {
        self.table(resource).get(id)
    }

    /// The record, or why a request for it fails.
    pub(crate) fn find(&self, resource: Resource, id: i64) -> Result<&Record, Refusal> {
        self.get(resource, id)
            .ok_or(Refusal::Missing(Some(resource)))
    }

    /// The records whose indexed property has that value, oldest first.
    pub(crate) fn by(&self, resource: Resource, field: &'static str, value: &str) -> Vec<i64> {
        self.table(resource)
            .index
            .get(&(field, value.to_owned()))
            .cloned()
            .unwrap_or_default()
    }

    /// The records that hang on another one, oldest first.
    pub(crate) fn children(
        &self,
        resource: Resource,
        field: &'static str,
        id: i64,
    ) -> Vec<&Record> {
        self.by(resource, field, &id.to_string())
            .into_iter()
            .filter_map(|id| self.get(resource, id))
            .collect()
    }

    pub(crate) fn journal(&self) -> &[JournalEntry] {
        &self.journal
    }

    pub(crate) fn new_id(&mut self) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Sees that no id is given twice.
    pub(crate) fn claim(&mut self, id: i64) {
        self.next_id = self.next_id.max(id.saturating_add(1));
    }

    pub(crate) fn ticket_number(&mut self) -> i64 {
        let number = self.next_ticket;
        self.next_ticket += 1;
        number
    }

    /// The next invoice number that nobody has.
    pub(crate) fn invoice_number(&mut self) -> String {
        loop {
            let number = self.next_invoice.to_string();
            self.next_invoice += 1;
            if self.by(Resource::Invoices, "number", &number).is_empty() {
                return number;
            }
        }
    }

    pub(crate) fn now(&mut self) -> String {
        told(self.clock.tick())
    }

    /// Puts a record in, or another version of it.
    pub(crate) fn put(&mut self, resource: Resource, id: i64, fields: Record) {
        let table = &mut self.tables[resource as usize];
        let indexed = resource.manner().indexed;
        table.disabled += usize::from(fields.flag("disabled"));
        if let Some(old) = table.rows.get_mut(&id) {
            for name in indexed {
                if old.fields.get(*name) != fields.get(*name) {
                    unindex(&mut table.index, name, &old.fields, id);
                    index(&mut table.index, name, &fields, id);
                }
            }
            table.disabled -= usize::from(old.fields.flag("disabled"));
            old.fields = fields;
            return;
        }
        for name in indexed {
            index(&mut table.index, name, &fields, id);
        }
        let made = Instant::now();
        table.rows.insert(id, Row { fields, made });
        if resource.manner().newest_first {
            table.order.push_front(id);
        } else {
            table.order.push_back(id);
        }
    }

    /// Changes a record in place; its `updated_at` stays.
    pub(crate) fn change(&mut self, resource: Resource, id: i64, change: impl FnOnce(&mut Record)) {
        if let Some(mut fields) = self.get(resource, id).cloned() {
            change(&mut fields);
            self.put(resource, id, fields);
        }
    }

    /// Moves a record's `updated_at`.
    pub(crate) fn touch(&mut self, resource: Resource, id: i64) {
        let now = self.now();
        self.change(resource, id, |record| {
            record.insert("updated_at".into(), json!(now));
        });
    }

    /// Takes a record out.
    pub(crate) fn remove(&mut self, resource: Resource, id: i64) -> Option<Record> {
        let table = &mut self.tables[resource as usize];
        let row = table.rows.remove(&id)?;
        table.disabled -= usize::from(row.fields.flag("disabled"));
        for name in resource.manner().indexed {
            unindex(&mut table.index, name, &row.fields, id);
        }
        table.order.retain(|other| *other != id);
        Some(row.fields)
    }

    /// Moves a record to the front of its list.
    pub(crate) fn bring_forward(&mut self, resource: Resource, id: i64) {
        let table = &mut self.tables[resource as usize];
        table.order.retain(|other| *other != id);
        table.order.push_front(id);
    }

    /// Notes a write that came over HTTP.
    pub(crate) fn note(&mut self, ask: &Ask<'_>, resource: Resource, action: Action, id: i64) {
        if ask.request == 0 {
            return;
        }
        let mut body = ask.body.clone();
        if let Some(body) = body.as_object_mut() {
            body.remove("password");
            body.remove("password_confirmation");
        }
        self.journal.push(JournalEntry {
            seq: self.journal.len() as u64 + 1,
            resource: resource.name(),
            action,
            id,
            body,
            request: ask.request,
        });
    }

    /// Writes what the customer is called onto a ticket, an invoice or an estimate.
    pub(crate) fn name_customer(&self, record: &mut Record) {
        let name = record
            .number("customer_id")
            .and_then(|id| self.get(Resource::Customers, id))
            .map_or(Value::Null, |customer| {
                json!(customer.text("business_then_name"))
            });
        record.insert("customer_business_then_name".into(), name);
    }
}

type Index = HashMap<(&'static str, String), Vec<i64>>;

fn key(name: &'static str, fields: &Record) -> Option<(&'static str, String)> {
    match fields.get(name)? {
        Value::String(text) => Some((name, text.clone())),
        Value::Number(number) => Some((name, number.to_string())),
        _ => None,
    }
}

fn index(index: &mut Index, name: &'static str, fields: &Record, id: i64) {
    if let Some(key) = key(name, fields) {
        index.entry(key).or_default().push(id);
    }
}

fn unindex(index: &mut Index, name: &'static str, fields: &Record, id: i64) {
    if let Some(key) = key(name, fields)
        && let Some(ids) = index.get_mut(&key)
    {
        ids.retain(|other| *other != id);
        if ids.is_empty() {
            index.remove(&key);
        }
    }
}
