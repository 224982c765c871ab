//! Customers, their phones, contacts and leads.

use serde_json::{Value, json};

use super::answer::Refusal;
use super::schema::{Resource, Shape};
use super::store::{Ask, Store};
use super::values::{Read as _, Record};

/// A phone number as Syncro keeps it: without its formatting.
pub(crate) fn bare_number(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn joined(first: &str, last: &str) -> String {
    format!("{first} {last}").trim().to_owned()
}

impl Store {
    pub(crate) fn prepare_customer(
        &mut self,
        record: &mut Record,
        before: Option<&Record>,
    ) -> Result<(), Refusal> {
        for name in ["phone", "mobile"] {
            if !record.blank(name) {
                let bare = bare_number(record.text(name));
                record.insert(name.into(), json!(bare));
            }
        }
        let full = joined(record.text("firstname"), record.text("lastname"));
        let business = record.text("business_name").trim().to_owned();
        let (then, both) = match (business.is_empty(), full.is_empty()) {
            (true, _) => (full.clone(), full.clone()),
            (false, true) => (business.clone(), business.clone()),
            (false, false) => (business.clone(), format!("{business} - {full}")),
        };
        record.insert("fullname".into(), json!(full));
        record.insert("business_then_name".into(), json!(then));
        record.insert("business_and_full_name".into(), json!(both));
        if before.is_none() && record.blank("online_profile_url") {
            let key: String = (0..20)
                .map(|_| self.rng.alphanumeric().to_ascii_lowercase())
                .collect();
            let url = format!(
                "https://{}.syncromsp.com/my_profile/v2/index?portal_key={key}",
                self.settings.account
            );
            record.insert("online_profile_url".into(), json!(url));
        }
        Ok(())
    }

    /// A customer's numbers are phones as well, and its name stands on other records.
    pub(crate) fn settle_customer(&mut self, id: i64, before: Option<&Record>, ask: &Ask<'_>) {
        let Some(record) = self.get(Resource::Customers, id).cloned() else {
            return;
        };
        for (name, label) in [("phone", "Phone"), ("mobile", "Mobile")] {
            let number = record.text(name).to_owned();
            let old = before
                .map(|before| before.text(name).to_owned())
                .unwrap_or_default();
            if number.is_empty() || number == old {
                continue;
            }
            let known = self
                .children(Resource::Phones, "customer_id", id)
                .into_iter()
                .find(|phone| phone.text("label") == label)
                .and_then(|phone| phone.number("id"));
            match known {
                Some(phone) => self.change(Resource::Phones, phone, |phone| {
                    phone.insert("number".into(), json!(number));
                }),
                None => {
                    let mut phone = Resource::Phones.model().blank.clone();
                    let phone_id = self.new_id();
                    let now = self.now();
                    for (key, value) in [
                        ("id", json!(phone_id)),
                        ("label", json!(label)),
                        ("number", json!(number)),
                        ("customer_id", json!(id)),
                        ("created_at", json!(now)),
                        ("updated_at", json!(now)),
                    ] {
                        phone.insert(key.into(), value);
                    }
                    self.put(Resource::Phones, phone_id, phone);
                }
            }
        }
        let name = record.text("business_then_name").to_owned();
        if before.is_some_and(|before| before.text("business_then_name") != name) {
            for resource in [Resource::Tickets, Resource::Invoices] {
                for other in self.by(resource, "customer_id", &id.to_string()) {
                    self.change(resource, other, |other| {
                        other.insert("customer_business_then_name".into(), json!(name));
                    });
                }
            }
        }
        // Contacts that come along with a customer a person makes.
        for contact in ask
            .get("contacts")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if !ask.rules && before.is_none() {
                let mut contact = contact.clone();
                contact["customer_id"] = json!(id);
                if self
                    .create(Resource::Contacts, None, &ask.with(&contact))
                    .is_err()
                {
                    tracing::debug!("A contact was not made.");
                }
            }
        }
    }

    pub(crate) fn prepare_contact(
        &mut self,
        record: &mut Record,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        // A title is kept as a custom field.
        if let Some(title) = ask.body.get("title") {
            let title = title.clone();
            let properties = record.entry("properties").or_insert_with(|| json!({}));
            if let Some(properties) = properties.as_object_mut() {
                properties.insert("title".into(), title);
            }
        }
        match record.number("customer_id") {
            Some(id) if ask.rules => self
                .find(Resource::Customers, id)
                .map(|_| ())
                .map_err(|_| Refusal::Missing(Some(Resource::Contacts))),
            None if ask.rules => Err(Refusal::Missing(Some(Resource::Contacts))),
            _ => Ok(()),
        }
    }

    pub(crate) fn prepare_lead(
        &mut self,
        record: &mut Record,
        before: Option<&Record>,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        if before.is_none() && record.blank("status") {
            record.insert("status".into(), json!("New"));
        }
        let full = joined(record.text("first_name"), record.text("last_name"));
        let business = record.text("business_name").trim();
        let name = if business.is_empty() {
            full
        } else {
            business.to_owned()
        };
        record.insert("business_then_name".into(), json!(name));
        let emptied = ask.body.get("ticket_description").is_some() && before.is_some();
        let wanted = record.flag("from_check_in") || emptied;
        if ask.rules && wanted && record.blank("ticket_description") {
            return Err(Refusal::blank(
                Shape::Messages,
                "ticket_description",
                "Ticket description",
            ));
        }
        Ok(())
    }
}
