//! Invoices: `invoices` with lines, taxes on lines and payments. Drafts are left out.

use api_core::{Date, Error};
use sync_core::fields::{Invoice, InvoicePayment};
use sync_core::{EntityKind, FieldName, Value};

use super::Scope;
use super::customers::unknown_currency;
use super::documents::{self, LINE_TAXES, LINES, line_queries};
use super::draft::{Cell, Draft, number_of};
use super::entity::{Built, ChildQuery, Children, Entity, Search, custom_fields, key, reference};
use super::lookups::{CURRENCIES, Lookup, Names, Snapshot};
use super::payments::{PAYMENTS, mode};
use super::schema::{Schema, Table};
use super::secret::hash32;
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

const DRAFT: i64 = 6;
/// What the CRM keeps as the number of every draft.
const DRAFT_NUMBER: i64 = 1_000_000_000;
/// The `rel_type` of its lines.
const LINES_OF: &str = "invoice";

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
            &LINE_TAXES,
            &PAYMENTS,
            &CURRENCIES,
            Lookup::PaymentModes.table(),
        ]
    }

    fn custom(&self) -> Option<&'static str> {
        Some("invoice")
    }

    fn filter(&self, scope: &Scope, _: &Schema) -> Option<&'static str> {
        (!scope.include_drafts).then_some("`status` <> 6")
    }

    fn children(&self, _: &[Row], _: &Schema) -> Vec<ChildQuery> {
        let mut queries = Vec::from(line_queries("`rel_type` = 'invoice'"));
        queries.push(ChildQuery {
            set: "payments",
            table: &PAYMENTS,
            parent: "invoiceid",
            condition: None,
            // Ids follow the order of entry, which differs from system to system.
            order: "`date`, `id`",
            only: None,
        });
        queries
    }

    fn column(&self, field: &str) -> Option<&'static str> {
        match field {
            "customer" => Some("clientid"),
            _ => None,
        }
    }

    fn search(&self, snapshot: &Snapshot, key: &[(FieldName, Value)]) -> Option<Vec<Search>> {
        documents::search(snapshot, &TABLE, key)
    }

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        for field in ["customer", "currency", "date", "status"] {
            draft.require(field)?;
        }
        draft.word("status", "status", status_number)?;
        if draft.value::<String>("status")?.as_deref() == Some("draft") {
            draft.default("number", Cell::Int(DRAFT_NUMBER));
            draft.default(
                "prefix",
                Cell::text(draft.snapshot.settings.invoices.prefix.clone()),
            );
            draft.default(
                "number_format",
                Cell::Int(draft.snapshot.settings.invoices.format),
            );
        } else {
            draft.require("number")?;
            let own = draft.snapshot.settings.invoices.clone();
            documents::draft_number(draft, &own)?;
        }
        draft.reference("customer", "clientid", EntityKind::Customer)?;
        draft.reference("project", "project_id", EntityKind::Project)?;
        draft.date("date", "date")?;
        draft.date("due_date", "duedate")?;
        draft.currency("currency", "currency")?;
        documents::draft_sums(draft)?;
        draft.text("note", "clientnote")?;
        draft.text("terms", "terms")?;
        draft.moment("created_at", "datecreated")?;
        documents::draft_lines(draft, LINES_OF)?;
        draft.custom_fields(self.custom_defined())?;
        if draft.is_new() {
            draft.default("datecreated", draft.now());
            draft.default("hash", Cell::Text(hash32()));
            draft.default("show_quantity_as", Cell::Int(1));
            // An empty PHP array: no way of paying is offered on the CRM's page of the invoice.
            draft.default("allowed_payment_modes", Cell::text("a:0:{}"));
        }
        Ok(())
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
            // The CRM counts it from the payments when it is shown.
            balance: None,
            lines: documents::lines(id, children)?,
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

fn status_number(word: &str) -> Option<i64> {
    number_of(word, DRAFT, status_word)
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
    documents::number(row, date, padding)
}

fn payments(
    names: &mut Names<'_>,
    id: i64,
    children: &Children,
) -> Result<Vec<InvoicePayment>, Flaw> {
    let rows = children.of("payments", id).iter();
    rows.map(|row| {
        let place = |flaw: Flaw| flaw.within(PAYMENTS.name);
        Ok(InvoicePayment {
            id: Some(key(row, &PAYMENTS).map_err(place)?.to_string()),
            amount: row.decimal("amount").map_err(place)?,
            date: row.date("date").map_err(place)?,
            mode: mode(names, row).map_err(place)?,
            transaction_id: row.text("transactionid").map_err(place)?,
            note: row.text("note").map_err(place)?,
        })
    })
    .collect()
}
