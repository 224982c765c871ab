//! Creates, replacements and deletes, whoever asks.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::answer::Refusal;
use super::bind::{bind, limits};
use super::resource::Resource;
use super::row::{Cell, Row};
use super::sales::Side;
use super::schema::Kind;
use super::store::{Ask, Store};
use crate::common::Action;

impl Store {
    /// The record that a body stands for.
    pub(crate) fn bound(
        &self,
        resource: Resource,
        body: &Value,
        ask: &Ask<'_>,
    ) -> Result<Row, Refusal> {
        let empty = Map::new();
        let object = match body {
            Value::Object(object) => object,
            Value::Null if !ask.rules => &empty,
            _ => return Refusal::rule("ALG-0106", "De inhoud ontbreekt"),
        };
        let mut faults = Vec::new();
        let mut row = bind(resource.model(), object, !ask.rules, "", &mut faults);
        if !faults.is_empty() {
            return Err(Refusal::Fields(faults));
        }
        if ask.rules {
            // The server's own, whatever was sent.
            row.set("modifiedOn", Cell::Null);
            row.set("gewijzigdDoorAccountant", Cell::Bool(false));
        }
        refuse_bad(&row, ask)?;
        Ok(row)
    }

    /// Makes a record.
    pub(crate) fn create(
        &mut self,
        resource: Resource,
        body: &Value,
        ask: &Ask<'_>,
    ) -> Result<Uuid, Refusal> {
        let mut row = self.bound(resource, body, ask)?;
        if ask.rules {
            if row.id("id").is_some_and(|id| !id.is_nil()) {
                let code = match resource {
                    Resource::Relations => "REL-0063",
                    _ => "ALG-0100",
                };
                return Refusal::rule(code, "Het id moet leeg zijn");
            }
            row.set("id", Cell::Null);
        }
        let id = self.write(resource, row, None, ask)?;
        self.note(ask, resource, Action::Create, id);
        Ok(id)
    }

    /// Replaces a record: what is not sent is gone.
    pub(crate) fn replace(
        &mut self,
        resource: Resource,
        id: Uuid,
        body: &Value,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        let old = self.find(resource, id)?.clone();
        let mut row = self.bound(resource, body, ask)?;
        if row
            .id("id")
            .is_some_and(|sent| !sent.is_nil() && sent != id)
        {
            return Refusal::rule(
                "ALG-0101",
                "Het id in het adres is een ander dan in de inhoud",
            );
        }
        row.set("id", Cell::Id(id));
        if ask.rules {
            for (at, prop) in row.model.props.iter().enumerate() {
                if prop.read_only
                    && prop.kind != Kind::Uri
                    && let (Some(new), Some(old)) = (row.cells.get_mut(at), old.cells.get(at))
                {
                    *new = old.clone();
                }
            }
        }
        self.write(resource, row, Some(&old), ask)?;
        self.note(ask, resource, Action::Update, id);
        Ok(())
    }

    /// Changes the properties that are named, as a person does.
    pub(crate) fn edit(
        &mut self,
        resource: Resource,
        id: Uuid,
        patch: &Value,
    ) -> Result<(), Refusal> {
        let old = self.find(resource, id)?.clone();
        let change = self.bound(resource, patch, &Ask::DIRECT)?;
        let names = patch.as_object().into_iter().flat_map(Map::keys);
        let mut row = old.clone();
        row.set("modifiedOn", Cell::Null);
        for at in names
            .filter_map(|name| row.model.bound(name))
            .collect::<Vec<_>>()
        {
            if let (Some(slot), Some(cell)) = (row.cells.get_mut(at), change.cells.get(at)) {
                *slot = cell.clone();
            }
        }
        if matches!(
            resource,
            Resource::SalesInvoices | Resource::PurchaseInvoices
        ) {
            // A row of its own, which no booking is made for.
            row.set("id", Cell::Id(id));
            self.put(resource, row);
            return Ok(());
        }
        self.write(resource, row, Some(&old), &Ask::DIRECT)?;
        Ok(())
    }

    fn write(
        &mut self,
        resource: Resource,
        mut row: Row,
        old: Option<&Row>,
        ask: &Ask<'_>,
    ) -> Result<Uuid, Refusal> {
        let id = old.and_then(|old| old.id("id"));
        match resource {
            Resource::Relations => {
                if ask.rules {
                    self.check_relation(&row, old)?;
                    check_limits(&row)?;
                }
                let id = id.or_else(|| row.id("id")).unwrap_or_else(|| self.new_id());
                row.set("id", Cell::Id(id));
                if let (Some(old), None) = (old, row.int("relatiecode")) {
                    row.set("relatiecode", old.get("relatiecode").clone());
                }
                self.settle_relation(&mut row, id);
                Ok(self.put(resource, row))
            }
            Resource::SalesBookings | Resource::PurchaseBookings => {
                let side = match resource {
                    Resource::SalesBookings => Side::Sale,
                    _ => Side::Purchase,
                };
                if let (Some(old), true) = (old, ask.rules) {
                    self.check_open(old, ask)?;
                }
                if ask.rules {
                    self.check_booking(side, &row, id)?;
                    check_limits(&row)?;
                }
                Ok(self.book(side, row, id))
            }
            Resource::BankBookings | Resource::CashBookings | Resource::MemorialBookings => {
                if let (Some(old), true) = (old, ask.rules) {
                    self.check_open(old, ask)?;
                }
                if ask.rules {
                    self.check_money(resource, &row)?;
                    check_limits(&row)?;
                }
                Ok(self.book_money(resource, row, id))
            }
            _ => {
                if ask.rules {
                    self.check_other(resource, &row, old)?;
                    check_limits(&row)?;
                }
                self.complete(resource, &mut row, old);
                Ok(self.put(resource, row))
            }
        }
    }

    /// Takes a record away.
    pub(crate) fn delete(
        &mut self,
        resource: Resource,
        id: Uuid,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        self.find(resource, id)?;
        match resource {
            Resource::Relations => self.remove_relation(id, ask)?,
            Resource::SalesBookings => self.unbook(Side::Sale, id, ask)?,
            Resource::PurchaseBookings => self.unbook(Side::Purchase, id, ask)?,
            Resource::BankBookings | Resource::CashBookings | Resource::MemorialBookings => {
                self.unbook_money(resource, id, ask)?;
            }
            _ => {
                if ask.rules {
                    self.check_free(resource, id)?;
                }
                self.remove(resource, id);
            }
        }
        self.note(ask, resource, Action::Delete, id);
        Ok(())
    }
}

fn check_limits(row: &Row) -> Result<(), Refusal> {
    let mut faults = Vec::new();
    limits(row, "", &mut faults);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Fields(faults))
    }
}

/// The records that a test wants refused.
fn refuse_bad(row: &Row, ask: &Ask<'_>) -> Result<(), Refusal> {
    for rule in ask.bad {
        let value = row
            .model
            .bound(&rule.field)
            .and_then(|at| row.cells.get(at))
            .and_then(Cell::plain);
        if value.is_some_and(|value| rule.hits(&value)) {
            return Err(Refusal::Set("ALG-0102".into(), rule.message.clone()));
        }
    }
    Ok(())
}
