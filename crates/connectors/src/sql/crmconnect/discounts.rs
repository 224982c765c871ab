//! Discounts for groups of customers: `group_discounts`.
//!
//! What CRMConnect calls the table is not published. Name and columns are inferred: `id`,
//! `groupid` (a group of customers), `product_id` and `item_group_id` (either may be empty),
//! `percent`, `valid_from`, `valid_until`.

use api_core::Error;
use sync_core::fields::Discount;
use sync_core::{EntityKind, FieldName, Ref, Value};

use super::draft::{Draft, id_of};
use super::entity::{Built, Children, Entity, Search, named, reference};
use super::lookups::{Hit, Lookup, Names, Snapshot};
use super::schema::Table;
use crate::sql::db::Arg;
use crate::sql::row::{Flaw, Row};

/// Discounts for groups of customers.
pub(super) struct Discounts;

static TABLE: Table = Table {
    name: "group_discounts",
    key: "id",
    required: &["groupid", "percent"],
    optional: &["product_id", "item_group_id", "valid_from", "valid_until"],
};

impl Entity for Discounts {
    fn kind(&self) -> EntityKind {
        EntityKind::Discount
    }

    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn needs(&self) -> Vec<&'static Table> {
        vec![Lookup::CustomerGroups.table()]
    }

    fn column(&self, field: &str) -> Option<&'static str> {
        match field {
            "product" => Some("product_id"),
            "product_group" => Some("item_group_id"),
            _ => None,
        }
    }

    fn search(&self, snapshot: &Snapshot, key: &[(FieldName, Value)]) -> Option<Vec<Search>> {
        let mut conditions = Vec::new();
        let mut args = Vec::new();
        for (field, value) in key {
            let (column, kind) = match field.as_str() {
                "customer_group" => ("groupid", None),
                "product" => ("product_id", Some(EntityKind::Product)),
                "product_group" => ("item_group_id", Some(EntityKind::ProductGroup)),
                _ => return None,
            };
            let id = match (value, kind) {
                (Value::Text(name), None) => match snapshot.id_of(Lookup::CustomerGroups, name) {
                    Hit::One(id) => Some(id),
                    Hit::None | Hit::Several => None,
                },
                (Value::Ref(reference), Some(kind)) => id_of(field.as_str(), reference, kind).ok(),
                _ => return None,
            };
            match id {
                Some(id) if snapshot.schema.has_column(&TABLE, column) => {
                    conditions.push(format!("`{column}` = ?"));
                    args.push(Arg::Int(id));
                }
                // No row can be of it.
                _ => return Some(Vec::new()),
            }
        }
        Some(vec![Search {
            condition: conditions.join(" AND "),
            args,
        }])
    }

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        draft.require("customer_group")?;
        draft.require("percent")?;
        draft.named("customer_group", "groupid", Lookup::CustomerGroups)?;
        for (field, column, kind) in [
            ("product", "product_id", EntityKind::Product),
            ("product_group", "item_group_id", EntityKind::ProductGroup),
        ] {
            if draft.wanted::<Ref>(field)?.flatten().is_some() || !draft.is_new() {
                draft.reference(field, column, kind)?;
            }
        }
        draft.decimal("percent", "percent")?;
        draft.date("valid_from", "valid_from")?;
        draft.date("valid_until", "valid_until")
    }

    fn fields(&self, names: &mut Names<'_>, row: &Row, _: &Children) -> Result<Built, Flaw> {
        Ok(Built::active(Discount {
            customer_group: named(names, row, "groupid", Lookup::CustomerGroups)?,
            product: reference(row, "product_id", EntityKind::Product)?,
            product_group: reference(row, "item_group_id", EntityKind::ProductGroup)?,
            percent: row.decimal("percent")?,
            valid_from: row.date("valid_from")?,
            valid_until: row.date("valid_until")?,
        }))
    }
}
