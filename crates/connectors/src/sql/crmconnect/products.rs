//! Products and their groups: `items`, `items_groups`.

use api_core::Error;
use sync_core::fields::{LineTax, Product, ProductGroup};
use sync_core::{EntityKind, FieldName, Value};

use super::draft::{Cell, Draft, refuse, shown};
use super::entity::{Built, Children, Entity, Search, custom_fields, key, reference};
use super::lookups::{CURRENCIES, Names, Snapshot, TAX_RATES};
use super::schema::Table;
use crate::sql::db::Arg;
use crate::sql::row::{Flaw, Row};

/// Groups of products.
pub(super) struct ProductGroups;

static GROUPS: Table = Table {
    name: "items_groups",
    key: "id",
    required: &["name"],
    optional: &[],
};

impl Entity for ProductGroups {
    fn kind(&self) -> EntityKind {
        EntityKind::ProductGroup
    }

    fn table(&self) -> &'static Table {
        &GROUPS
    }

    fn column(&self, field: &str) -> Option<&'static str> {
        (field == "name").then_some("name")
    }

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        draft.require("name")?;
        draft.text("name", "name")
    }

    fn fields(&self, _: &mut Names<'_>, row: &Row, _: &Children) -> Result<Built, Flaw> {
        Ok(Built::active(ProductGroup {
            name: row.text("name")?,
        }))
    }
}

/// Products.
pub(super) struct Products;

static ITEMS: Table = Table {
    name: "items",
    key: "id",
    required: &[
        "description",
        "long_description",
        "rate",
        "tax",
        "tax2",
        "unit",
        "group_id",
    ],
    // Of the warehouse module.
    optional: &["commodity_code", "sku_code", "active"],
};

/// Columns that the article code may be in; the first that is filled counts.
const CODES: [&str; 2] = ["commodity_code", "sku_code"];

/// The column that the article code is written to in this CRM.
pub(super) fn code_column(has: impl Fn(&str) -> bool) -> Option<&'static str> {
    CODES.into_iter().find(|column| has(column))
}

impl Entity for Products {
    fn kind(&self) -> EntityKind {
        EntityKind::Product
    }

    fn table(&self) -> &'static Table {
        &ITEMS
    }

    fn needs(&self) -> Vec<&'static Table> {
        vec![&TAX_RATES, &CURRENCIES]
    }

    fn custom(&self) -> Option<&'static str> {
        Some("items_pr")
    }

    fn custom_defined(&self) -> Option<&'static str> {
        Some("items")
    }

    fn column(&self, field: &str) -> Option<&'static str> {
        match field {
            "name" => Some("description"),
            "group" => Some("group_id"),
            _ => None,
        }
    }

    fn search(&self, snapshot: &Snapshot, pairs: &[(FieldName, Value)]) -> Option<Vec<Search>> {
        let [(field, Value::Text(code))] = pairs else {
            return None;
        };
        if field.as_str() != "code" {
            return None;
        }
        let there = CODES
            .into_iter()
            .filter(|name| snapshot.schema.has_column(&ITEMS, name));
        Some(
            there
                .map(|name| Search {
                    condition: format!("`{name}` = ?"),
                    args: vec![Arg::Text(code.clone())],
                })
                .collect(),
        )
    }

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        draft.require("name")?;
        let column = code_column(|name| draft.snapshot.schema.has_column(&ITEMS, name));
        if let Some(column) = column {
            draft.text("code", column)?;
        }
        draft.text("name", "description")?;
        draft.text("description", "long_description")?;
        draft.decimal("price", "rate")?;
        draft.text("unit", "unit")?;
        draft.reference("group", "group_id", EntityKind::ProductGroup)?;
        draft.flag("active", "active")?;
        base_currency(draft)?;
        taxes(draft)?;
        draft.custom_fields(self.custom_defined())?;
        draft.default("active", Cell::Int(1));
        draft.default("rate", Cell::Int(0));
        Ok(())
    }

    fn fields(&self, names: &mut Names<'_>, row: &Row, children: &Children) -> Result<Built, Flaw> {
        let id = key(row, &ITEMS)?;
        let mut taxes = Vec::new();
        for column in ["tax", "tax2"] {
            let tax = row.id(column)?;
            taxes.extend(names.tax(tax).map(|tax| LineTax {
                name: Some(tax.name),
                rate: Some(tax.rate),
            }));
        }
        let mut code = None;
        for column in CODES {
            if code.is_none() {
                code = row.text(column)?;
            }
        }
        Ok(Built::active(Product {
            code,
            name: row.text("description")?,
            description: row.text("long_description")?,
            price: row.decimal("rate")?,
            // Prices of the list have no currency of their own.
            currency: names.currency(None),
            unit: row.text("unit")?,
            group: reference(row, "group_id", EntityKind::ProductGroup)?,
            taxes: Some(taxes).filter(|taxes| !taxes.is_empty()),
            active: row.flag("active")?,
            custom_fields: custom_fields(names, id, children)?,
        }))
    }
}

/// The CRM's price list is in its base currency.
fn base_currency(draft: &Draft<'_>) -> Result<(), Error> {
    const FIELD: &str = "currency";
    let Some(Some(code)) = draft.wanted::<String>(FIELD)? else {
        return Ok(());
    };
    let base = draft.snapshot.base_currency();
    if base == Some(code.trim()) {
        return Ok(());
    }
    Err(refuse(
        FIELD,
        format!(
            "holds `{}`; the CRM keeps its prices in its base currency, {}",
            shown(&code),
            base.unwrap_or("which is not set")
        ),
    ))
}

/// A product has at most two taxes, which are in the CRM's list.
fn taxes(draft: &mut Draft<'_>) -> Result<(), Error> {
    const FIELD: &str = "taxes";
    let Some(taxes) = draft.wanted::<Vec<LineTax>>(FIELD)? else {
        return Ok(());
    };
    let taxes = taxes.unwrap_or_default();
    if taxes.len() > 2 {
        return Err(refuse(
            FIELD,
            format!("holds {} taxes; the CRM has room for two", taxes.len()),
        ));
    }
    let table = draft.snapshot.schema.quoted(&TAX_RATES);
    let mut ids = Vec::new();
    for tax in taxes {
        let (Some(name), Some(rate)) = (&tax.name, tax.rate) else {
            return Err(refuse(FIELD, "holds a tax without name or rate"));
        };
        let id = draft.snapshot.tax_of(name, rate).ok_or_else(|| {
            refuse(
                FIELD,
                format!(
                    "holds `{}` of {rate} %, which is not in the table {table}",
                    shown(name)
                ),
            )
            .code(super::draft::UNKNOWN)
            .help("Add the tax to the CRM, then sync again.")
        })?;
        ids.push(id);
    }
    let cell = |at: usize| ids.get(at).map_or(Cell::Int(0), |id| Cell::Int(*id));
    let (first, second) = (cell(0), cell(1));
    draft.set("tax", first);
    draft.set("tax2", second);
    Ok(())
}
