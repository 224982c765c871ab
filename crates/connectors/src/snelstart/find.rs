//! Searching by natural key or mark. What the server finds is looked at again: some of its lists
//! leave filters aside (measured by client authors).

use api_core::{Date, Error, ErrorKind, Guarded, SendOutcome};
use futures_util::TryStreamExt;
use snelstart_client::{Filter, List, Model, Relation, SalesInvoice};
use sync_core::{EntityKind, FieldName, FindKey, Marker, Page, Record, Value};

use super::SnelStart;
use super::decode::invoice_record_id;
use super::encode::code_of;
use super::hold::vat_number;
use super::payments_out::not_yet;
use super::pull::{as_sent, is_bad_filter};

impl SnelStart {
    pub(super) async fn found(
        &self,
        kind: EntityKind,
        key: &FindKey,
    ) -> Result<Vec<Record>, Error> {
        match (kind, key) {
            (EntityKind::Customer, FindKey::Natural(pairs)) => self.find_relations(pairs).await,
            (EntityKind::Invoice, FindKey::Natural(pairs)) => self.find_invoices(pairs).await,
            (EntityKind::Payment, FindKey::Natural(pairs)) => self.find_payments(pairs).await,
            (EntityKind::Payment, FindKey::Marker(marker)) => self.find_marked(marker).await,
            (_, FindKey::Marker(_)) => Err(unsearchable(&format!(
                "SnelStart keeps no mark of Koppel's with {}",
                kind.plural()
            ))),
            _ => Err(unsearchable("this kind of key is not known")),
        }
    }

    async fn find_relations(&self, pairs: &[(FieldName, Value)]) -> Result<Vec<Record>, Error> {
        let mut filter: Option<Filter<Relation>> = None;
        for (name, value) in pairs {
            let part = relation_filter(name.as_str(), value)?;
            filter = Some(match filter {
                Some(before) => before.and(part),
                None => part,
            });
        }
        let filter = filter.ok_or_else(|| unsearchable("the key is empty"))?;
        let is_it = |relation: &Relation| {
            let same = |(name, value): &(FieldName, Value)| is_it(relation, name.as_str(), value);
            relation.is_customer() && pairs.iter().all(same)
        };
        let found = listed(self.inner.client.relations().list(), &filter, is_it).await?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let countries = self.countries().await?;
        let mut records = Vec::with_capacity(found.len());
        for relation in &found {
            records.extend(self.customer(relation, &countries)?);
        }
        Ok(records)
    }

    async fn find_invoices(&self, pairs: &[(FieldName, Value)]) -> Result<Vec<Record>, Error> {
        let [(name, Value::Text(number))] = pairs else {
            return Err(unsearchable("invoices are searched by their number"));
        };
        if name.as_str() != "number" || number.trim().is_empty() {
            return Err(unsearchable("invoices are searched by their number"));
        }
        let mut records = Vec::new();
        for invoice in self.invoices_numbered(number).await? {
            if let Some(id) = invoice_record_id(&invoice) {
                records.extend(self.one(EntityKind::Invoice, &id).await?);
            }
        }
        Ok(records)
    }

    /// The sales invoices that have this very number.
    async fn invoices_numbered(&self, number: &str) -> Result<Vec<SalesInvoice>, Error> {
        let number = number.trim();
        if number.is_empty() {
            return Ok(Vec::new());
        }
        let filter = SalesInvoice::fields().number().eq(number);
        let invoices = self.inner.client.sales_invoices();
        let is_it =
            |invoice: &SalesInvoice| invoice.number.as_deref().map(str::trim) == Some(number);
        listed(invoices.list(), &filter, is_it).await
    }

    async fn find_payments(&self, pairs: &[(FieldName, Value)]) -> Result<Vec<Record>, Error> {
        let date = pairs.iter().find_map(|(name, value)| match value {
            Value::Date(date) if name.as_str() == "date" => Some(*date),
            _ => None,
        });
        let date: Date = date.ok_or_else(|| unsearchable("payments are searched by their day"))?;
        let mutations = self.mutations_on(date).await?;
        let debtors = self.debtors().await?;
        let mut page = Page::default();
        self.payments(debtors, mutations, &mut page).await?;
        let is_it = |record: &Record| {
            pairs
                .iter()
                .all(|(name, value)| record.fields.get(name.as_str()).same_content(value))
        };
        page.records.retain(is_it);
        Ok(page.records)
    }

    async fn find_marked(&self, marker: &Marker) -> Result<Vec<Record>, Error> {
        let mut mutations = Vec::new();
        for booking in self.marked_bookings(marker).await? {
            // As long as it does not show, nobody may take it for absent.
            let mutation = self.mutation_behind(&booking, marker).await?;
            mutations.push(mutation.ok_or_else(|| not_yet(marker))?);
        }
        if mutations.is_empty() {
            return Ok(Vec::new());
        }
        let debtors = self.debtors().await?;
        let expected = mutations.len();
        let mut page = Page::default();
        self.payments(debtors, mutations, &mut page).await?;
        if page.records.len() < expected {
            return Err(page
                .unreadable
                .into_iter()
                .next()
                .map_or_else(|| not_yet(marker), |bad| bad.error));
        }
        Ok(page.records)
    }
}

/// What of a list is looked for. The server's answer is looked at here, because some lists leave
/// filters aside; where it refuses the filter, the whole list is.
///
/// A row that cannot be read may be what is looked for: then nobody can tell.
pub(super) async fn listed<M: Model + Clone>(
    list: List<'_, M>,
    filter: &Filter<M>,
    is_it: impl Fn(&M) -> bool,
) -> Result<Vec<M>, Error> {
    match kept(list.clone().filter(as_sent(filter)), &is_it).await {
        Err(error) if is_bad_filter(&error) => {
            tracing::warn!(%error, "SnelStart refuses a filter; the whole list is looked through.");
            kept(list, &is_it).await
        }
        answer => answer,
    }
}

async fn kept<M: Model>(list: List<'_, M>, is_it: &impl Fn(&M) -> bool) -> Result<Vec<M>, Error> {
    let mut rows = list.records();
    let mut found = Vec::new();
    while let Some(row) = rows.try_next().await? {
        match row {
            Guarded::Good(record) if is_it(&record) => found.push(record),
            Guarded::Good(_) => {}
            Guarded::Bad(bad) => return Err(Error::from(bad).operation("snelstart.find")),
        }
    }
    Ok(found)
}

fn relation_filter(name: &str, value: &Value) -> Result<Filter<Relation>, Error> {
    let fields = Relation::fields();
    let text = match value {
        Value::Text(text) if !text.trim().is_empty() => text.trim(),
        _ => {
            return Err(unsearchable(&format!(
                "`{name}` cannot be searched by {}",
                value.type_name()
            )));
        }
    };
    Ok(match name {
        "name" => fields.name().eq(text),
        // One of several addresses in one field.
        "email" => fields.email().contains(text),
        "registration_number" => fields.registration_number().eq(text),
        "vat_number" => {
            let whole = vat_number(text);
            let bare = whole.strip_prefix("NL").map(str::to_owned);
            let filter = fields.vat_number().eq(whole.as_str());
            match bare {
                // A Dutch one is kept without its letters (measured by client authors).
                Some(bare) => filter.or(fields.vat_number().eq(bare.as_str())),
                None => filter,
            }
        }
        "number" => {
            let code = code_of(text).ok_or_else(|| unsearchable("`number` is no relation code"))?;
            fields.code().eq(code)
        }
        other => return Err(unsearchable(&format!("relations have no `{other}`"))),
    })
}

/// Whether a relation is what was looked for.
fn is_it(relation: &Relation, name: &str, wanted: &Value) -> bool {
    let Some(wanted) = wanted.as_text().map(str::trim) else {
        return false;
    };
    let same = |stored: Option<&str>, form: &dyn Fn(&str) -> String| {
        stored.is_some_and(|stored| form(stored) == form(wanted))
    };
    match name {
        "name" => same(relation.name.as_deref(), &words),
        "email" => {
            let all = relation.email.as_deref().unwrap_or_default();
            all.split([';', ',']).any(|one| words(one) == words(wanted))
        }
        "registration_number" => same(relation.registration_number.as_deref(), &|text| {
            text.chars().filter(char::is_ascii_alphanumeric).collect()
        }),
        "vat_number" => same(relation.vat_number.as_deref(), &vat_number),
        "number" => code_of(wanted).is_some_and(|code| relation.code == Some(code)),
        _ => false,
    }
}

/// A text in small letters with one blank between its words.
fn words(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

fn unsearchable(why: &str) -> Error {
    Error::new(
        ErrorKind::Config,
        format!("It cannot be searched for: {why}."),
    )
    .operation("snelstart.find")
    .outcome(SendOutcome::NotSent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(name: &str, value: &str) -> String {
        relation_filter(name, &Value::from(value))
            .unwrap()
            .to_string()
    }

    #[test]
    fn each_key_is_asked_for_as_the_server_has_it() {
        assert_eq!(filter("name", "O'Brien"), "Naam eq 'O''Brien'");
        assert_eq!(filter("number", "1000"), "Relatiecode eq 1000");
        assert_eq!(
            filter("vat_number", "NL123456789B01"),
            "(BtwNummer eq 'NL123456789B01') or (BtwNummer eq '123456789B01')"
        );
        assert!(filter("email", "a@example.test").contains("substringof('a@example.test'"));
        for (name, value) in [
            ("number", Value::from("K1")),
            ("name", Value::from(" ")),
            ("email", Value::Int(1)),
            ("phone", Value::from("1")),
        ] {
            assert!(relation_filter(name, &value).is_err(), "{name}");
        }
    }

    #[test]
    fn what_was_found_is_compared_on_this_side() {
        let relation = Relation {
            code: Some(7),
            name: Some("Bakkerij  Jansen".to_owned()),
            email: Some("a@example.test; B@example.test".to_owned()),
            vat_number: Some("123456789B01".to_owned()),
            registration_number: Some("1234 5678".to_owned()),
            ..Relation::default()
        };
        let is = |name: &str, value: &str| is_it(&relation, name, &Value::from(value));
        assert!(is("name", "bakkerij jansen"));
        assert!(is("email", "b@example.test"));
        assert!(!is("email", "example.test"));
        assert!(is("vat_number", "NL123456789B01"));
        assert!(is("registration_number", "12345678"));
        assert!(is("number", "7"));
        assert!(!is("number", "8"));
        assert!(!is("name", "Jansen"));
        assert!(!is("phone", "1"));
        assert!(!is_it(&Relation::default(), "name", &Value::from("x")));
    }
}
