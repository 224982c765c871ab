//! Invoices: `invoices` with lines, taxes on lines and payments. Drafts are left out.

use std::collections::HashMap;

use api_core::Date;
use sync_core::EntityKind;
use sync_core::fields::{Invoice, InvoicePayment, Line, LineTax};

use super::Scope;
use super::customers::unknown_currency;
use super::entity::{Built, ChildQuery, Children, Entity, custom_fields, key, reference};
use super::lookups::{CURRENCIES, Lookup, Names};
use super::schema::{Schema, Table};
use crate::sql::row::{Flaw, Row};

/// Invoices.
pub(super) struct Invoices;

static TABLE: Table = Table {
    name: "invoices",
    key: "id",
    required: &[
        "clientid",
        "number",
        "prefix",
        "number_format",
        "datecreated",
        "date",
        "duedate",
        "currency",
        "subtotal",
        "total_tax",
        "total",
        "adjustment",
        "status",
        "clientnote",
        "discount_total",
        "terms",
    ],
    optional: &["formatted_number", "project_id"],
};

static LINES: Table = Table {
    name: "itemable",
    key: "id",
    required: &[
        "rel_id",
        "rel_type",
        "description",
        "long_description",
        "qty",
        "rate",
        "unit",
        "item_order",
    ],
    optional: &[],
};

static TAXES: Table = Table {
    name: "item_tax",
    key: "id",
    required: &["itemid", "rel_id", "rel_type", "taxrate", "taxname"],
    optional: &[],
};

static PAYMENTS: Table = Table {
    name: "invoicepaymentrecords",
    key: "id",
    required: &[
        "invoiceid",
        "amount",
        "paymentmode",
        "date",
        "note",
        "transactionid",
    ],
    optional: &[],
};

const DRAFT: i64 = 6;

impl Entity for Invoices {
    fn kind(&self) -> EntityKind {
        EntityKind::Invoice
    }

    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn needs(&self) -> Vec<&'static Table> {
        vec![
            &LINES,
            &TAXES,
            &PAYMENTS,
            &CURRENCIES,
            Lookup::PaymentModes.table(),
        ]
    }

    fn custom(&self) -> &'static str {
        "invoice"
    }

    fn filter(&self, scope: &Scope, _: &Schema) -> Option<&'static str> {
        (!scope.include_drafts).then_some("`status` <> 6")
    }

    fn children(&self, _: &[Row], _: &Schema) -> Vec<ChildQuery> {
        let query = |set, table, parent, condition, order| ChildQuery {
            set,
            table,
            parent,
            condition,
            order,
            only: None,
        };
        let invoice = Some("`rel_type` = 'invoice'");
        vec![
            query("lines", &LINES, "rel_id", invoice, "`item_order`, `id`"),
            query("taxes", &TAXES, "rel_id", invoice, "`id`"),
            query("payments", &PAYMENTS, "invoiceid", None, "`id`"),
        ]
    }

    fn column(&self, field: &str) -> Option<&'static str> {
        match field {
            "customer" => Some("clientid"),
            _ => None,
        }
    }

    fn fields(&self, names: &mut Names<'_>, row: &Row, children: &Children) -> Result<Built, Flaw> {
        let id = key(row, &TABLE)?;
        let status = row.int("status")?;
        let currency = row.int("currency")?;
        let Some(currency) = names.currency(currency) else {
            return Err(unknown_currency("currency", currency.unwrap_or_default()));
        };
        let date = row.date("date")?;
        let padding = names.snapshot.settings.padding;
        Ok(Built::active(Invoice {
            number: number(row, id, status, date, padding)?,
            customer: reference(row, "clientid", EntityKind::Customer)?,
            project: reference(row, "project_id", EntityKind::Project)?,
            date,
            due_date: row.date("duedate")?,
            currency: Some(currency),
            status: status.map(status_word),
            subtotal: row.decimal("subtotal")?,
            discount: row.decimal("discount_total")?,
            adjustment: row.decimal("adjustment")?,
            tax_total: row.decimal("total_tax")?,
            total: row.decimal("total")?,
            lines: Some(lines(id, children)?).filter(|lines| !lines.is_empty()),
            payments: Some(payments(names, id, children)?).filter(|list| !list.is_empty()),
            note: row.text("clientnote")?,
            terms: row.text("terms")?,
            created_at: row.moment("datecreated", &names.snapshot.settings.zone)?,
            custom_fields: custom_fields(names, id, children)?,
        }))
    }
}

fn status_word(status: i64) -> String {
    match status {
        1 => "unpaid".to_owned(),
        2 => "paid".to_owned(),
        3 => "partially_paid".to_owned(),
        4 => "overdue".to_owned(),
        5 => "cancelled".to_owned(),
        DRAFT => "draft".to_owned(),
        other => other.to_string(),
    }
}

/// The printed number. A draft has none yet (the CRM stores 1000000000), so it gets one of its own.
fn number(
    row: &Row,
    id: i64,
    status: Option<i64>,
    date: Option<Date>,
    padding: usize,
) -> Result<Option<String>, Flaw> {
    if status == Some(DRAFT) {
        return Ok(Some(format!("DRAFT-{id}")));
    }
    if let Some(formatted) = row.text("formatted_number")? {
        return Ok(Some(formatted));
    }
    let Some(number) = row.int("number")? else {
        return Ok(None);
    };
    let prefix = row.text("prefix")?.unwrap_or_default();
    let format = row.int("number_format")?.unwrap_or(1);
    Ok(Some(printed(&prefix, number, format, date, padding)))
}

/// Formats 2, 3 and 4 carry year and month of the invoice date; without a date they cannot.
fn printed(prefix: &str, number: i64, format: i64, date: Option<Date>, padding: usize) -> String {
    let digits = format!("{number:0padding$}");
    match (format, date) {
        (2, Some(date)) => format!("{prefix}{}/{digits}", date.year()),
        (3, Some(date)) => format!("{prefix}{digits}-{:02}", date.year() % 100),
        (4, Some(date)) => format!("{prefix}{digits}/{:02}/{}", date.month(), date.year()),
        _ => format!("{prefix}{digits}"),
    }
}

fn lines(id: i64, children: &Children) -> Result<Vec<Line>, Flaw> {
    let mut taxes: HashMap<i64, Vec<LineTax>> = HashMap::new();
    for row in children.of("taxes", id) {
        let place = |flaw: Flaw| flaw.within(TAXES.name);
        if let Some(line) = row.id("itemid").map_err(place)? {
            taxes.entry(line).or_default().push(LineTax {
                name: row.text("taxname").map_err(place)?,
                rate: row.decimal("taxrate").map_err(place)?,
            });
        }
    }
    let rows = children.of("lines", id).iter();
    rows.map(|row| {
        let place = |flaw: Flaw| flaw.within(LINES.name);
        let line = key(row, &LINES).map_err(place)?;
        Ok(Line {
            description: row.text("description").map_err(place)?,
            long_description: row.text("long_description").map_err(place)?,
            quantity: row.decimal("qty").map_err(place)?,
            unit_price: row.decimal("rate").map_err(place)?,
            unit: row.text("unit").map_err(place)?,
            product: None,
            taxes: taxes.remove(&line),
        })
    })
    .collect()
}

fn payments(
    names: &mut Names<'_>,
    id: i64,
    children: &Children,
) -> Result<Vec<InvoicePayment>, Flaw> {
    let rows = children.of("payments", id).iter();
    rows.map(|row| {
        let place = |flaw: Flaw| flaw.within(PAYMENTS.name);
        // Either the id of a payment mode or the name of a gateway.
        let mode = row.text("paymentmode").map_err(place)?;
        let mode = match mode.as_deref().map(|text| text.trim().parse::<i64>()) {
            Some(Ok(number)) => names.name(Lookup::PaymentModes, Some(number)).or(mode),
            _ => mode,
        };
        Ok(InvoicePayment {
            id: Some(key(row, &PAYMENTS).map_err(place)?.to_string()),
            amount: row.decimal("amount").map_err(place)?,
            date: row.date("date").map_err(place)?,
            mode,
            transaction_id: row.text("transactionid").map_err(place)?,
            note: row.text("note").map_err(place)?,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_number_formats_print_as_the_crm_prints_them() {
        let date = Date::new(2024, 3, 9);
        let print = |format| printed("INV-", 123, format, date, 6);
        assert_eq!(print(1), "INV-000123");
        assert_eq!(print(2), "INV-2024/000123");
        assert_eq!(print(3), "INV-000123-24");
        assert_eq!(print(4), "INV-000123/03/2024");
        assert_eq!(printed("", 1_234_567, 1, date, 4), "1234567");
        assert_eq!(printed("A", 7, 2, None, 3), "A007");
    }
}
