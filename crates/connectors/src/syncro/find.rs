//! Searching by natural key or mark. What the server finds is looked at again: its searches are
//! for words in any field, and filters take what is like what was asked for (OpenAPI document).

use api_core::{Error, ErrorKind, Guarded, SendOutcome};
use futures_util::TryStreamExt;
use sync_core::{EntityKind, FieldName, FindKey, Marker, Record, RecordId, Value, normal};
use syncro_client::{
    Contact, ContactFilter, Customer, CustomerFilter, CustomerId, InvoiceId, Json, Lead,
    LeadFilter, List, Model, Product, ProductFilter, Properties, Ticket, TicketFilter,
};

use super::Syncro;

pub(super) mod newest;

impl Syncro {
    pub(super) async fn found(
        &self,
        kind: EntityKind,
        key: &FindKey,
    ) -> Result<Vec<Record>, Error> {
        match (kind, key) {
            (EntityKind::Customer, FindKey::Marker(marker)) => self.marked_customers(marker).await,
            (EntityKind::Ticket, FindKey::Marker(marker)) => self.marked_tickets(marker).await,
            (_, FindKey::Marker(_)) => Err(unsearchable(&format!(
                "Syncro keeps no mark of Koppel's with {}",
                kind.plural()
            ))),
            (EntityKind::Customer, FindKey::Natural(pairs)) => self.find_customers(pairs).await,
            (EntityKind::Contact, FindKey::Natural(pairs)) => self.find_contacts(pairs).await,
            (EntityKind::Lead, FindKey::Natural(pairs)) => self.find_leads(pairs).await,
            (EntityKind::Product, FindKey::Natural(pairs)) => self.find_products(pairs).await,
            (EntityKind::Invoice, FindKey::Natural(pairs)) => self.find_invoices(pairs).await,
            (EntityKind::Payment, FindKey::Natural(pairs)) => self.find_payments(pairs).await,
            _ => Err(unsearchable("this kind of key is not known")),
        }
    }

    /// The customers with this mark: what the search finds, else what is among the newest.
    async fn marked_customers(&self, marker: &Marker) -> Result<Vec<Record>, Error> {
        let filter = CustomerFilter::new()
            .query(marker.as_str())
            .include_disabled(true);
        let list = self.client().customers().list(&filter);
        let has = |customer: &Customer| self.has_mark(customer.properties.as_ref(), marker);
        let found = kept(list, has).await?;
        if !found.is_empty() {
            return found.iter().map(|one| self.customer(one)).collect();
        }
        let ids = self.newest_customers(marker).await?;
        self.all_of(EntityKind::Customer, ids).await
    }

    /// As [`marked_customers`](Self::marked_customers), of tickets.
    async fn marked_tickets(&self, marker: &Marker) -> Result<Vec<Record>, Error> {
        let filter = TicketFilter::new().query(marker.as_str());
        let list = self.client().tickets().list(&filter);
        let has = |ticket: &Ticket| self.has_mark(ticket.properties.as_ref(), marker);
        let found = kept(list, has).await?;
        let ids: Vec<i64> = found.iter().filter_map(|one| Some(one.id?.get())).collect();
        let ids = match ids.is_empty() {
            true => self.newest_tickets(marker).await?,
            false => Some(ids),
        };
        self.all_of(EntityKind::Ticket, ids).await
    }

    /// The records with these ids, as they are now.
    async fn all_of(&self, kind: EntityKind, ids: Option<Vec<i64>>) -> Result<Vec<Record>, Error> {
        let Some(ids) = ids else {
            return Err(unsearchable(&format!(
                "Syncro does not tell the newest {} from the others",
                kind.plural()
            )));
        };
        let mut records = Vec::with_capacity(ids.len());
        for id in ids {
            let id = RecordId::new(id.to_string());
            records.extend(self.one(kind, &id).await?);
        }
        Ok(records)
    }

    fn has_mark(&self, properties: Option<&Properties>, marker: &Marker) -> bool {
        let mark = properties.and_then(|all| all.get(&self.inner.marker_field));
        let mark = mark.and_then(Json::as_str).map(str::trim);
        mark == Some(marker.as_str())
    }

    async fn find_customers(&self, pairs: &Pairs) -> Result<Vec<Record>, Error> {
        let filters = match pairs {
            [(name, Value::Text(text))] => customer_filters(name.as_str(), text)?,
            _ => return Err(unsearchable("customers are searched by one text")),
        };
        let mut found: Vec<Record> = Vec::new();
        for filter in filters {
            let list = self.client().customers().list(&filter);
            for customer in kept(list, |_| true).await? {
                add(&mut found, self.customer(&customer)?, pairs);
            }
        }
        Ok(found)
    }

    async fn find_contacts(&self, pairs: &Pairs) -> Result<Vec<Record>, Error> {
        let customer = pairs.iter().find_map(|(name, value)| match value {
            Value::Ref(to) if name.as_str() == "customer" => {
                to.id.as_str().parse::<CustomerId>().ok()
            }
            _ => None,
        });
        let customer =
            customer.ok_or_else(|| unsearchable("contacts are searched at their customer"))?;
        let filter = ContactFilter::new().customer_id(customer);
        let list = self.client().contacts().list(&filter);
        let of_it = |contact: &Contact| contact.customer_id == Some(customer);
        let mut found = Vec::new();
        for contact in kept(list, of_it).await? {
            add(&mut found, self.contact(&contact)?, pairs);
        }
        Ok(found)
    }

    async fn find_leads(&self, pairs: &Pairs) -> Result<Vec<Record>, Error> {
        let [(name, Value::Text(text))] = pairs else {
            return Err(unsearchable("leads are searched by one text"));
        };
        // First and last name are two fields: what is searched for must be in one.
        let words = match name.as_str() {
            "name" => super::decode::split_name(text).1.unwrap_or(text),
            _ => text,
        };
        let filter = LeadFilter::new().query(words.trim());
        let mut found = Vec::new();
        for lead in kept::<Lead>(self.client().leads().list(&filter), |_| true).await? {
            add(&mut found, self.lead(&lead)?, pairs);
        }
        Ok(found)
    }

    async fn find_products(&self, pairs: &Pairs) -> Result<Vec<Record>, Error> {
        let filters = match pairs {
            [(name, Value::Text(text))] if name.as_str() == "code" => vec![
                ProductFilter::new().upc_code(text.trim()),
                ProductFilter::new().sku(text.trim()),
            ],
            [(name, Value::Text(text))] if name.as_str() == "name" => {
                vec![ProductFilter::new().name(text.trim())]
            }
            _ => return Err(unsearchable("products are searched by code or name")),
        };
        let currency = self.currency().await?;
        let mut found = Vec::new();
        for filter in filters {
            let list = self.client().products().list(&filter);
            for product in kept::<Product>(list, |_| true).await? {
                add(
                    &mut found,
                    self.product(&product, currency.as_deref())?,
                    pairs,
                );
            }
        }
        Ok(found)
    }

    async fn find_invoices(&self, pairs: &Pairs) -> Result<Vec<Record>, Error> {
        let [(name, Value::Text(number))] = pairs else {
            return Err(unsearchable("invoices are searched by their number"));
        };
        if name.as_str() != "number" || number.trim().is_empty() {
            return Err(unsearchable("invoices are searched by their number"));
        }
        // One from before the first day that is read counts, too: its number is taken.
        let Some(invoice) = self.client().invoices().find_by_number(number).await? else {
            return Ok(Vec::new());
        };
        let (currency, today) = (self.currency().await?, self.today().await?);
        Ok(vec![self.invoice_whole(
            &invoice,
            currency.as_deref(),
            today,
        )?])
    }

    async fn find_payments(&self, pairs: &Pairs) -> Result<Vec<Record>, Error> {
        let invoice = pairs.iter().find_map(|(name, value)| match value {
            Value::Ref(to) if name.as_str() == "invoice" => Some(to.id.clone()),
            _ => None,
        });
        let invoice =
            invoice.ok_or_else(|| unsearchable("payments are searched at their invoice"))?;
        let Ok(of) = invoice.as_str().parse::<InvoiceId>() else {
            return Ok(Vec::new());
        };
        let payments = match self.invoice_now(&invoice).await {
            Ok(invoice) => invoice.payments.unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut found = Vec::new();
        for payment in payments {
            let Some(id) = payment.id else { continue };
            // What the invoice tells of its payments may be no more than their ids (OpenAPI
            // document).
            let payment = self.client().payments().get(id).await?;
            let only = payment.invoice_ids.iter().flatten().all(|id| *id == of);
            if payment.success == Some(false) || !only {
                continue;
            }
            let zone = self.zone().await?;
            add(&mut found, self.payment(&payment, &zone)?, pairs);
        }
        Ok(found)
    }
}

type Pairs = [(FieldName, Value)];

/// Adds what is it, once.
fn add(found: &mut Vec<Record>, record: Record, pairs: &Pairs) {
    let is_it = pairs
        .iter()
        .all(|(name, value)| normal::same(name.as_str(), record.fields.get(name.as_str()), value));
    if is_it && found.iter().all(|other| other.id != record.id) {
        found.push(record);
    }
}

/// What of a list is looked for.
///
/// A row that cannot be read may be it: then nobody can tell.
async fn kept<M: Model>(list: List<'_, M>, is_it: impl Fn(&M) -> bool) -> Result<Vec<M>, Error> {
    let mut rows = list.records();
    let mut found = Vec::new();
    while let Some(row) = rows.try_next().await? {
        match row {
            Guarded::Good(record) if is_it(&record) => found.push(record),
            Guarded::Good(_) => {}
            Guarded::Bad(bad) => return Err(Error::from(bad).operation("syncro.find")),
        }
    }
    Ok(found)
}

/// Where a customer may be listed under a value: a person is under the first and the last name.
fn customer_filters(name: &str, text: &str) -> Result<Vec<CustomerFilter>, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(unsearchable(&format!("`{name}` is empty")));
    }
    let all = || CustomerFilter::new().include_disabled(true);
    match name {
        "email" => Ok(vec![all().email(text)]),
        "name" => {
            let (_, last) = super::decode::split_name(text);
            let mut filters = vec![all().business_name(text)];
            filters.extend(last.map(|last| all().last_name(last)));
            Ok(filters)
        }
        other => Err(unsearchable(&format!("customers have no `{other}`"))),
    }
}

fn unsearchable(why: &str) -> Error {
    Error::new(
        ErrorKind::Config,
        format!("It cannot be searched for: {why}."),
    )
    .operation("syncro.find")
    .outcome(SendOutcome::NotSent)
}
