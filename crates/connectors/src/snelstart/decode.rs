//! From relations and what all records share to the shared vocabulary.

use api_core::{BadRecord, Error, ErrorKind, SendOutcome};
use snelstart_client::{Address, Relation, SalesInvoice, WallTime};
use sync_core::{EntityKind, FieldName, Fields, Record, RecordId, Unreadable, Value};

use super::SnelStart;
use super::model::Countries;

/// The id of a record that has one of its own.
pub(super) fn record_id(id: impl std::fmt::Display) -> RecordId {
    RecordId::new(id.to_string())
}

/// The id of an invoice: that of its booking, which payments name; of one without a booking its
/// own, marked `f:`.
pub(super) fn invoice_record_id(invoice: &SalesInvoice) -> Option<RecordId> {
    let booking = invoice.sales_booking.as_ref().and_then(|to| to.id);
    match (booking, invoice.id) {
        (Some(booking), _) => Some(record_id(booking)),
        (None, Some(id)) => Some(RecordId::new(format!("f:{id}"))),
        (None, None) => None,
    }
}

/// What is left of a text without blanks at its ends; nothing if that is nothing.
pub(super) fn text(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// Sets a field, empty where there is nothing.
pub(super) fn set<V: Into<Value>>(fields: &mut Fields, name: &'static str, value: Option<V>) {
    let value = value.map_or(Value::Null, Into::into);
    fields.set(FieldName::known(name), value);
}

/// A Dutch VAT number with its country, which the server leaves out (measured by client authors).
pub(super) fn vat_number(text: &str) -> String {
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_uppercase();
    let digits = |part: Option<&str>| {
        part.is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let dutch = plain.len() == 12
        && digits(plain.get(..9))
        && plain.get(9..10) == Some("B")
        && digits(plain.get(10..));
    if dutch {
        format!("NL{plain}")
    } else {
        text.trim().to_owned()
    }
}

/// A record of a list that could not be read.
pub(super) fn unreadable(bad: BadRecord, what: &str) -> Unreadable {
    let error = Error::new(
        ErrorKind::Decode,
        format!("SnelStart sent {what} that cannot be read: {bad}"),
    )
    .operation("snelstart.pull");
    Unreadable {
        id: RecordId::new(bad.id.unwrap_or_else(|| "unknown".to_owned())),
        error,
    }
}

/// What is wrong with one record.
pub(super) fn flaw(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Decode, message.into())
        .operation("snelstart.pull")
        .outcome(SendOutcome::Rejected)
}

impl SnelStart {
    /// A customer out of a relation; nothing if it is none of the administration's own making.
    pub(super) fn customer(
        &self,
        relation: &Relation,
        countries: &Countries,
    ) -> Result<Option<Record>, Error> {
        if !relation.is_customer() {
            return Ok(None);
        }
        let Some(id) = relation.id else {
            return Err(flaw("SnelStart sent a relation without an id."));
        };
        let mut fields = Fields::new();
        set(
            &mut fields,
            "number",
            relation.code.map(|code| code.to_string()),
        );
        set(&mut fields, "name", text(relation.name.as_deref()));
        // Several addresses stand in one field; the first is the one that is written to.
        let email = relation.email.as_deref().and_then(|all| {
            let first = all.split([';', ',']).map(str::trim);
            first.into_iter().find(|one| !one.is_empty())
        });
        set(&mut fields, "email", email);
        let phone = text(relation.phone.as_deref()).or(text(relation.mobile.as_deref()));
        set(&mut fields, "phone", phone);
        set(&mut fields, "website", text(relation.website.as_deref()));
        let vat = text(relation.vat_number.as_deref()).map(vat_number);
        set(&mut fields, "vat_number", vat);
        let registration = text(relation.registration_number.as_deref());
        set(&mut fields, "registration_number", registration);
        let address =
            |from: &Option<Address>| from.as_ref().and_then(|from| place(from, countries));
        set(&mut fields, "address", address(&relation.address));
        set(
            &mut fields,
            "billing_address",
            address(&relation.postal_address),
        );
        set(&mut fields, "active", Some(relation.inactive != Some(true)));
        let own: std::collections::BTreeMap<String, Value> = relation
            .extra_fields
            .iter()
            .flatten()
            .filter_map(|field| {
                let name = text(field.name.as_deref())?;
                let value = field.value.as_ref().map(json_value)?;
                (!value.is_empty()).then(|| (name.to_owned(), value))
            })
            .collect();
        let own = (!own.is_empty()).then_some(Value::Map(own));
        set(&mut fields, "custom_fields", own);
        let record = Record::new(EntityKind::Customer, record_id(id), fields);
        Ok(Some(self.stamped(record, relation.modified_on)))
    }

    /// A record with the server's time of its last change, if that can be told.
    pub(super) fn stamped(&self, record: Record, modified: Option<WallTime>) -> Record {
        match modified.and_then(|at| at.in_zone(&self.inner.zone)) {
            Some(at) => record.modified(at),
            None => record,
        }
    }
}

/// The value of an extra field, which servers send as text, number or boolean.
fn json_value(json: &api_core::Json) -> Value {
    match json {
        api_core::Json::Text(text) => Value::Text(text.trim().to_owned()),
        api_core::Json::Bool(flag) => Value::Bool(*flag),
        api_core::Json::Number(number) => match number.as_str().parse() {
            Ok(number) => Value::Decimal(number),
            Err(_) => Value::Text(number.as_str().to_owned()),
        },
        _ => Value::Null,
    }
}

/// An address; nothing where no part of it is filled in.
fn place(from: &Address, countries: &Countries) -> Option<Value> {
    let country = from.country.as_ref().and_then(|to| to.id);
    let parts = [
        ("street", text(from.street.as_deref())),
        ("postal_code", text(from.postal_code.as_deref())),
        ("city", text(from.city.as_deref())),
    ];
    let filled = parts.iter().any(|(_, part)| part.is_some());
    let country = country.and_then(|id| countries.code(id));
    let all = parts.into_iter().chain([("country", country)]);
    let map = all.filter_map(|(name, part)| Some((name.to_owned(), Value::from(part?))));
    // The country stands there although nobody filled in an address.
    filled.then(|| Value::Map(map.collect()))
}
