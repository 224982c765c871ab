//! Records as answers show them.

use serde_json::{Map, Value};

use super::fold::at_scale;
use super::html::escaped;
use super::reply::php_float;
use super::schema::{Field, Kind, Module};
use super::store::{Row, Store, User};
use super::vtql::number_prefix;

impl Store {
    /// A field of a record as the webservice shows it.
    pub(crate) fn shown(&self, row: &Row, module: &Module, field: &Field, user: &User) -> Value {
        let name = field.name.as_str();
        let newer = !self.generation.is_old();
        let text = match name {
            "starred" if newer && module.entity => {
                return if row.stars.contains(&user.id) {
                    "1"
                } else if row.creator == user.id {
                    "0"
                } else {
                    ""
                }
                .into();
            }
            "currency1" | "currency2" if newer => {
                let price = if name == "currency1" {
                    number_prefix(row.text("unit_price"))
                } else {
                    rust_decimal::Decimal::ZERO
                };
                return php_float(price);
            }
            "is_admin" => return if user_is_admin(row) { "on" } else { "off" }.into(),
            "creator" => format!("19x{}", row.creator),
            _ => self.stored(row, module, name).into_owned(),
        };
        // Amounts of whole documents that nothing was put into are empty, other numbers are zero.
        let empty: &[&str] = if newer {
            &["hdnDiscountPercent", "hdnDiscountAmount"]
        } else {
            &["hdnSubTotal", "hdnGrandTotal", "hdnS_H_Amount"]
        };
        if text.is_empty() && module.has_lines() && empty.contains(&name) {
            return text.into();
        }
        match field.kind {
            Kind::Reference | Kind::Owner if text.is_empty() => self.nothing(),
            Kind::Reference if !self.leads_somewhere(&text) => self.nothing(),
            Kind::Boolean if text.is_empty() => "0".into(),
            kind if kind.is_number() && text.is_empty() && row.is_numbered() => {
                at_scale(rust_decimal::Decimal::ZERO, field.scale).into()
            }
            _ => text.into(),
        }
    }

    /// What stands where no reference is.
    fn nothing(&self) -> Value {
        if self.generation.is_newest() {
            Value::Null
        } else {
            "".into()
        }
    }

    /// Every column of a record, as queries and syncs show it.
    pub(crate) fn columns(&self, row: &Row, user: &User) -> Map<String, Value> {
        let Some(module) = self.schema.module(row.module) else {
            return Map::new();
        };
        let mut map: Map<String, Value> = module
            .fields
            .iter()
            .filter(|field| self.is_column(module, field))
            .map(|field| (field.name.clone(), self.shown(row, module, field, user)))
            .collect();
        map.insert("id".into(), self.id_of(row).into());
        map
    }

    /// Whether a field is one of the record's own columns.
    pub(crate) fn is_column(&self, module: &Module, field: &Field) -> bool {
        let old = self.generation.is_old();
        if old && field.kind == Kind::File {
            return false;
        }
        if old {
            return true;
        }
        // Taxes and prices in other currencies are no columns.
        let name = field.name.as_str();
        match module.name {
            "Products" | "Services" => !matches!(name, "tax1" | "tax2" | "tax3") && !is_price(name),
            _ => !module.has_lines() || !super::inventory::is_line_field(name),
        }
    }

    /// The record as `retrieve` shows it.
    pub(crate) fn whole(&self, row: &Row, user: &User) -> Map<String, Value> {
        let mut map = self.columns(row, user);
        let Some(module) = self.schema.module(row.module) else {
            return map;
        };
        match module.name {
            "Groups" => {
                map.insert("groupid".into(), row.number.to_string().into());
            }
            "CompanyDetails" => {
                map.insert("organization_id".into(), row.number.to_string().into());
                map.insert("logoname".into(), "".into());
            }
            "Users" => return map,
            _ => {}
        }
        if self.generation.is_old() || !module.entity {
            return map;
        }
        if matches!(module.name, "Products" | "Services") {
            for field in module.fields.iter().filter(|field| is_price(&field.name)) {
                map.insert(field.name.clone(), self.shown(row, module, field, user));
            }
            map.insert("currency_id".into(), "21x1".into());
        }
        map.insert("label".into(), escaped(&self.label_of(row)).into());
        if module.has_lines() {
            self.add_lines(row, &mut map);
        }
        map
    }
}

/// Prices in each of the currencies.
fn is_price(name: &str) -> bool {
    matches!(name, "currency1" | "currency2")
}

fn user_is_admin(row: &Row) -> bool {
    row.text("is_admin") == "on"
}

impl Row {
    /// Rows of the lookup tables show what they hold and no more.
    fn is_numbered(&self) -> bool {
        self.created != 0
    }
}
