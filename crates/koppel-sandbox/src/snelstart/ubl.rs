//! Invoices as UBL, and purchase bookings made from files.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::answer::Refusal;
use super::base64;
use super::chart;
use super::resource::Resource;
use super::row::{Cell, Row};
use super::sales::Side;
use super::store::{Ask, Store};
use crate::common::Action;

/// A sales invoice as XML, in short.
pub(crate) fn invoice(store: &Store, id: Uuid) -> Result<String, Refusal> {
    let row = store.find(Resource::SalesInvoices, id)?;
    let day = |name| {
        row.time(name)
            .map(|time| time.date().to_string())
            .unwrap_or_default()
    };
    let customer = row
        .id("relatie")
        .and_then(|id| store.get(Resource::Relations, id))
        .and_then(|relation| relation.text("naam"))
        .unwrap_or_default();
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\">\
         <ID>{}</ID><IssueDate>{}</IssueDate><DueDate>{}</DueDate>\
         <AccountingCustomerParty>{}</AccountingCustomerParty>\
         <PayableAmount currencyID=\"EUR\">{}</PayableAmount></Invoice>",
        escaped(row.text("factuurnummer").unwrap_or_default()),
        day("factuurDatum"),
        day("vervalDatum"),
        escaped(customer),
        row.money("factuurBedrag"),
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A purchase booking from a UBL file: number and amount are read, the rest is the supplier
/// nobody knows.
pub(crate) fn read_purchase(store: &mut Store, ask: &Ask<'_>) -> Result<Uuid, Refusal> {
    let member = |name: &str| {
        let object = ask.body.as_object()?;
        let found = object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.and_then(|(_, value)| value.as_str())
    };
    let text = member("content")
        .and_then(base64::decode)
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default();
    if text.is_empty() {
        return Refusal::rule("BLG-0011", "De inhoud ontbreekt");
    }
    let Some(number) = element(&text, "ID") else {
        return Refusal::rule("BLG-0015", "Het bestand is geen UBL");
    };
    let amount = element(&text, "PayableAmount")
        .and_then(|amount| amount.parse::<Decimal>().ok())
        .unwrap_or_default();
    let supplier = store.relation_by_code(-1);
    let persist = ask
        .body
        .as_object()
        .and_then(|object| object.get("forcePersist"))
        .and_then(serde_json::Value::as_bool)
        .unwrap_or(false);
    if !persist && store.purchase_by_number(supplier, &number).is_some() {
        return Refusal::rule("BOE-0021", "Dit factuurnummer is al in gebruik");
    }
    let id = purchase(store, &number, amount);
    store.note(ask, Resource::PurchaseBookings, Action::Create, id);
    Ok(id)
}

/// A purchase booking from a picture or a PDF, whose amount nobody could read.
pub(crate) fn from_attachment(store: &mut Store, name: &str) -> Uuid {
    let number: String = name.chars().take(25).collect();
    purchase(store, &number, Decimal::ZERO)
}

fn purchase(store: &mut Store, number: &str, amount: Decimal) -> Uuid {
    let mut row = Row::of(Resource::PurchaseBookings.model())
        .with_text("factuurnummer", number)
        .with("factuurbedrag", Cell::Money(amount));
    if let Some(supplier) = store.relation_by_code(-1) {
        row.set("leverancier", Cell::Id(supplier));
    }
    let line = Row::new("InkoopboekingRegelModel")
        .with("grootboek", Cell::Id(chart::ledger(4000)))
        .with("bedrag", Cell::Money(amount))
        .with_text("btwSoort", "Geen");
    row.set(
        "boekingsregels",
        Cell::List(vec![Cell::Object(Box::new(line))]),
    );
    store.book(Side::Purchase, row, None)
}

/// The text of the first element of that name, whatever its prefix.
fn element(xml: &str, name: &str) -> Option<String> {
    xml.split('<').skip(1).find_map(|part| {
        let (tag, text) = part.split_once('>')?;
        let tag = tag.split_whitespace().next()?;
        let local = tag.rsplit(':').next()?;
        (local == name).then(|| text.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_found_with_or_without_a_prefix() {
        let xml = "<a><cbc:ID x=\"1\"> 7 </cbc:ID><ID>8</ID></a>";
        assert_eq!(element(xml, "ID").as_deref(), Some("7"));
        assert_eq!(element(xml, "Nothing"), None);
        assert_eq!(escaped("A & B <c>"), "A &amp; B &lt;c&gt;");
    }
}
