//! Making, changing and removing records.

use serde_json::{Value, json};

use super::answer::Refusal;
use super::schema::{Resource, Shape};
use super::store::{Ask, Store};
use super::values::{Read as _, Record, taken};
use crate::common::Action;

impl Store {
    /// Makes a record; `parent` is the one it hangs on, from the path.
    pub(crate) fn create(
        &mut self,
        resource: Resource,
        parent: Option<i64>,
        ask: &Ask<'_>,
    ) -> Result<i64, Refusal> {
        let mut record = self.blank(resource);
        self.fill(resource, &mut record, ask);
        if let (Some((field, of)), Some(id)) = (resource.manner().parent, parent) {
            self.find(of, id)?;
            record.insert(field.into(), json!(id));
        }
        self.prepare(resource, &mut record, None, ask)?;
        self.check(resource, &record, None, ask)?;
        let id = self.place(resource, record);
        self.settle(resource, id, None, ask)?;
        self.note(ask, resource, Action::Create, id);
        self.tell_made(resource, id);
        Ok(id)
    }

    fn blank(&self, resource: Resource) -> Record {
        resource.model().blank.clone()
    }

    /// Puts a new record in, with its id and times unless it has some.
    fn place(&mut self, resource: Resource, mut record: Record) -> i64 {
        let id = match record.number("id").filter(|id| *id > 0) {
            Some(id) => {
                self.claim(id);
                id
            }
            None => self.new_id(),
        };
        record.insert("id".into(), json!(id));
        if resource.model().field("created_at").is_some() {
            let now = self.now();
            for name in ["created_at", "updated_at"] {
                if record.blank(name) {
                    record.insert(name.into(), json!(now));
                }
            }
        }
        self.put(resource, id, record);
        id
    }

    /// What the body says, as far as the API takes it.
    fn fill(&self, resource: Resource, record: &mut Record, ask: &Ask<'_>) {
        let model = resource.model();
        for (name, value) in ask.body.as_object().into_iter().flatten() {
            let Some(field) = model.field(name) else {
                continue;
            };
            let more = || self.settings.taken.contains(&(resource, name.clone()));
            if !ask.rules || field.taken || more() {
                record.insert(name.clone(), taken(field.holds, value));
            }
        }
    }

    /// Changes a record as a PUT does.
    pub(crate) fn update(
        &mut self,
        resource: Resource,
        id: i64,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        let before = self.find(resource, id)?.clone();
        let mut record = before.clone();
        if ask.rules {
            overwrite(resource, &mut record, ask);
        }
        self.fill(resource, &mut record, ask);
        record.insert("id".into(), json!(id));
        self.prepare(resource, &mut record, Some(&before), ask)?;
        self.check(resource, &record, Some(&before), ask)?;
        if resource.model().field("updated_at").is_some()
            && (ask.rules || ask.body.get("updated_at").is_none())
        {
            let now = self.now();
            record.insert("updated_at".into(), json!(now));
        }
        self.put(resource, id, record);
        self.settle(resource, id, Some(&before), ask)?;
        self.note(ask, resource, Action::Update, id);
        if resource == Resource::Tickets {
            self.tell_ticket(id, &before);
        }
        Ok(())
    }

    /// Removes a record, with what hangs on it.
    pub(crate) fn delete(
        &mut self,
        resource: Resource,
        id: i64,
        ask: &Ask<'_>,
    ) -> Result<Record, Refusal> {
        self.find(resource, id)?;
        for child in Resource::ALL.iter().copied() {
            let Some((field, of)) = child.manner().parent else {
                continue;
            };
            if of == resource {
                for orphan in self.by(child, field, &id.to_string()) {
                    self.remove(child, orphan);
                }
            }
        }
        let more: &[(Resource, &'static str)] = match resource {
            Resource::Customers => &[(Resource::Contacts, "customer_id")],
            Resource::Invoices => &[(Resource::Lines, "invoice_id")],
            Resource::Estimates => &[(Resource::Lines, "estimate_id")],
            Resource::Tickets => &[(Resource::Timers, "ticket_id")],
            _ => &[],
        };
        for (child, field) in more {
            for orphan in self.by(*child, field, &id.to_string()) {
                self.remove(*child, orphan);
            }
        }
        let record = self
            .remove(resource, id)
            .ok_or(Refusal::Missing(Some(resource)))?;
        if resource == Resource::Lines {
            self.total_of_line(&record);
        }
        self.note(ask, resource, Action::Delete, id);
        Ok(record)
    }

    /// What the server fills in, or refuses before it looks at single properties.
    fn prepare(
        &mut self,
        resource: Resource,
        record: &mut Record,
        before: Option<&Record>,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        match resource {
            Resource::Customers => self.prepare_customer(record, before),
            Resource::Contacts => self.prepare_contact(record, ask),
            Resource::Leads => self.prepare_lead(record, before, ask),
            Resource::Tickets => self.prepare_ticket(record, before, ask),
            Resource::Comments => self.prepare_comment(record, before),
            Resource::Timers => self.prepare_timer(record, before, ask),
            Resource::TicketLines => self.prepare_ticket_line(record, ask),
            Resource::Invoices => self.prepare_invoice(record, before, ask),
            Resource::Estimates => self.prepare_estimate(record, before, ask),
            Resource::Lines => self.prepare_line(record, ask),
            Resource::Payments => self.prepare_payment(record, ask),
            resource => self.prepare_other(resource, record, before, ask),
        }
    }

    /// What follows when a record is in its place.
    fn settle(
        &mut self,
        resource: Resource,
        id: i64,
        before: Option<&Record>,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        match resource {
            Resource::Customers => {
                self.settle_customer(id, before, ask);
                Ok(())
            }
            Resource::Tickets => self.settle_ticket(id, ask),
            Resource::Comments if before.is_none() => {
                self.settle_comment(id);
                Ok(())
            }
            Resource::Invoices | Resource::Estimates => self.settle_bill(resource, id, ask),
            Resource::Lines => {
                if let Some(line) = self.get(Resource::Lines, id).cloned() {
                    self.total_of_line(&line);
                }
                Ok(())
            }
            Resource::Payments => {
                self.settle_payment(id);
                Ok(())
            }
            Resource::Products if before.is_none() => self.settle_product(id, ask),
            _ => Ok(()),
        }
    }

    /// What is wrong with single properties.
    pub(crate) fn check(
        &self,
        resource: Resource,
        record: &Record,
        before: Option<&Record>,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        if !ask.rules {
            return Ok(());
        }
        let manner = resource.manner();
        let shape = match (resource, before) {
            (Resource::Tickets, Some(_)) => Shape::Messages,
            _ => manner.shape,
        };
        let mut faults: Vec<(String, String)> = Vec::new();
        for rule in ask.bad {
            let value = ask
                .body
                .get(&rule.field)
                .or_else(|| record.get(&rule.field));
            let text = match value {
                Some(Value::String(text)) => text.clone(),
                Some(value) => value.to_string(),
                None => continue,
            };
            if rule.hits(&text) {
                faults.push((rule.field.clone(), rule.message.clone()));
            }
        }
        for (field, label) in manner.required {
            if record.blank(field) {
                let text = match (resource, shape) {
                    (Resource::Devices, _) => format!("Missing params {field}"),
                    (_, Shape::Bad) => format!("{label} is blank"),
                    _ => format!("{label} can't be blank"),
                };
                faults.push(((*field).to_owned(), text));
            }
        }
        if resource.model().field("email").is_some() && ask.says("email") {
            let email = record.text("email");
            if !looks_like_email(email) {
                faults.push(("email".into(), "Email is not an email".into()));
                if resource == Resource::Customers {
                    let text = format!("Email Only able to parse up to \"{email}\"");
                    faults.push(("email".into(), text));
                }
            }
        }
        self.check_other(resource, record, before, ask, &mut faults);
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Invalid(shape, faults))
        }
    }
}

fn looks_like_email(text: &str) -> bool {
    match text.split_once('@') {
        Some((name, host)) => {
            !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace)
        }
        None => false,
    }
}

/// A PUT of some resources resets what it does not name.
fn overwrite(resource: Resource, record: &mut Record, ask: &Ask<'_>) {
    let keeps: &[&str] = match resource {
        Resource::Invoices => &["customer_id", "number", "date"],
        Resource::Products => &[],
        _ => return,
    };
    for field in &resource.model().fields {
        let said = ask.body.get(field.name).is_some();
        if said || !field.taken || !field.shown || keeps.contains(&field.name) {
            continue;
        }
        let is_flag = record.get(field.name).is_some_and(Value::is_boolean);
        if is_flag {
            record.insert(field.name.to_owned(), json!(false));
        } else if resource == Resource::Invoices {
            record.insert(field.name.to_owned(), field.holds.unsaid());
        }
    }
}
