//! Sales orders: `estimates` with lines and taxes on lines.

use api_core::Error;
use sync_core::fields::Order;
use sync_core::{EntityKind, FieldName, Value};

use super::customers::unknown_currency;
use super::documents::{self, LINE_TAXES, LINES, line_queries};
use super::draft::{Cell, Draft};
use super::entity::{Built, ChildQuery, Children, Entity, Search, custom_fields, key, reference};
use super::lookups::{CURRENCIES, Names, Snapshot};
use super::schema::{Schema, Table};
use super::secret::hash32;
use crate::sql::row::{Flaw, Row};

/// Sales orders.
pub(super) struct Orders;

static TABLE: Table = Table {
    name: "estimates",
    key: "id",
    required: &[
        "clientid",
        "number",
        "prefix",
        "number_format",
        "date",
        "expirydate",
        "currency",
        "subtotal",
        "total_tax",
        "total",
        "adjustment",
        "status",
        "clientnote",
        "discount_total",
        "reference_no",
    ],
    optional: &["formatted_number"],
};

/// The `rel_type` of its lines.
const LINES_OF: &str = "estimate";

impl Entity for Orders {
    fn kind(&self) -> EntityKind {
        EntityKind::Order
    }

    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn needs(&self) -> Vec<&'static Table> {
        vec![&LINES, &LINE_TAXES, &CURRENCIES]
    }

    fn custom(&self) -> Option<&'static str> {
        Some("estimate")
    }

    fn children(&self, _: &[Row], _: &Schema) -> Vec<ChildQuery> {
        line_queries("`rel_type` = 'estimate'").into()
    }

    fn column(&self, field: &str) -> Option<&'static str> {
        match field {
            "reference" => Some("reference_no"),
            "customer" => Some("clientid"),
            _ => None,
        }
    }

    fn search(&self, snapshot: &Snapshot, key: &[(FieldName, Value)]) -> Option<Vec<Search>> {
        documents::search(snapshot, &TABLE, key)
    }

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        for field in ["number", "customer", "currency", "date", "status"] {
            draft.require(field)?;
        }
        draft.word("status", "status", status_number)?;
        let own = draft.snapshot.settings.estimates.clone();
        documents::draft_number(draft, &own)?;
        draft.reference("customer", "clientid", EntityKind::Customer)?;
        draft.text("reference", "reference_no")?;
        draft.date("date", "date")?;
        draft.date("expiry_date", "expirydate")?;
        draft.currency("currency", "currency")?;
        documents::draft_sums(draft)?;
        draft.text("note", "clientnote")?;
        documents::draft_lines(draft, LINES_OF)?;
        draft.custom_fields(self.custom_defined())?;
        if draft.is_new() {
            draft.default("datecreated", draft.now());
            draft.default("hash", Cell::Text(hash32()));
            draft.default("show_quantity_as", Cell::Int(1));
        }
        Ok(())
    }

    fn fields(&self, names: &mut Names<'_>, row: &Row, children: &Children) -> Result<Built, Flaw> {
        let id = key(row, &TABLE)?;
        let currency = row.int("currency")?;
        let Some(currency) = names.currency(currency) else {
            return Err(unknown_currency("currency", currency.unwrap_or_default()));
        };
        let date = row.date("date")?;
        Ok(Built::active(Order {
            number: documents::number(row, date, names.snapshot.settings.padding)?,
            customer: reference(row, "clientid", EntityKind::Customer)?,
            reference: row.text("reference_no")?,
            date,
            expiry_date: row.date("expirydate")?,
            currency: Some(currency),
            status: row.int("status")?.map(status_word),
            subtotal: row.decimal("subtotal")?,
            discount: row.decimal("discount_total")?,
            adjustment: row.decimal("adjustment")?,
            tax_total: row.decimal("total_tax")?,
            total: row.decimal("total")?,
            lines: documents::lines(id, children)?,
            note: row.text("clientnote")?,
            custom_fields: custom_fields(names, id, children)?,
        }))
    }
}

fn status_word(status: i64) -> String {
    match status {
        1 => "draft".to_owned(),
        2 => "sent".to_owned(),
        3 => "declined".to_owned(),
        4 => "accepted".to_owned(),
        5 => "expired".to_owned(),
        other => other.to_string(),
    }
}

fn status_number(word: &str) -> Option<i64> {
    super::draft::number_of(word, 5, status_word)
}
