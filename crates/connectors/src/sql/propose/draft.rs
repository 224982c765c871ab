//! A proposal in the making.

use std::collections::{BTreeMap, BTreeSet};

use api_core::Error;
use sync_core::EntityKind;
use sync_core::fields::schema;

use super::{Proposal, place, plain, words};
use crate::sql::db::{Dialect, Session};
use crate::sql::tables::schema::{Auto, Class, Column, TableInfo};
use crate::sql::tables::{ChildConfig, FieldMap, NewKey, TableConfig};

/// The column that fits one of the names best; a column may start with a word for its table.
fn column<'c>(
    columns: &'c [Column],
    words: &[&str],
    taken: &BTreeSet<String>,
) -> Option<&'c Column> {
    let free = || {
        columns
            .iter()
            .filter(|column| !taken.contains(&column.name))
    };
    let own = |name: &str| {
        words::OWN
            .iter()
            .filter_map(|word| name.strip_prefix(word))
            .find(|rest| !rest.is_empty())
            .map(str::to_owned)
    };
    for word in words {
        if let Some(found) = free().find(|column| plain(&column.name) == *word) {
            return Some(found);
        }
    }
    for word in words {
        let found = free().find(|column| own(&plain(&column.name)).as_deref() == Some(*word));
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Whether a column can hold what a field is.
fn fits(expected: &str, class: Class) -> bool {
    let number = matches!(
        class,
        Class::Int | Class::Decimal | Class::Float | Class::Any
    );
    let time = matches!(
        class,
        Class::Date | Class::Time | Class::Moment | Class::Text | Class::Any
    );
    match expected {
        "a decimal number" | "a whole number" => number,
        "a boolean" => number || class == Class::Bool,
        "a date" => time,
        "a time stamp" => time || class == Class::Int,
        "a reference" => number || matches!(class, Class::Text | Class::Other),
        _ => true,
    }
}

/// A proposal in the making.
pub(super) struct Draft {
    entity: EntityKind,
    info: TableInfo,
    sure: bool,
    config: TableConfig,
    fields: BTreeMap<String, String>,
    taken: BTreeSet<String>,
    pub(super) remarks: Vec<String>,
}

impl Draft {
    pub(super) fn new(entity: EntityKind, info: TableInfo, sure: bool) -> Self {
        Self {
            config: TableConfig {
                table: info.name.clone(),
                ..TableConfig::default()
            },
            entity,
            info,
            sure,
            fields: BTreeMap::new(),
            taken: BTreeSet::new(),
            remarks: Vec::new(),
        }
    }

    fn column(&self, words: &[&str]) -> Option<&Column> {
        column(&self.info.columns, words, &self.taken)
    }

    pub(super) fn fill(&mut self, dialect: Dialect) {
        self.key();
        for (name, expected) in wanted(self.entity) {
            let words = match expected {
                "a reference" => reference_words(self.entity, &name),
                _ => words::columns(self.entity, &name),
            };
            let Some(column) = self.column(words).cloned() else {
                continue;
            };
            if !fits(expected, column.class) {
                self.remarks.push(format!(
                    "The column `{}` does not look like {expected} and is left out as `{name}`.",
                    column.name
                ));
                continue;
            }
            let numbered = matches!(column.class, Class::Int | Class::Bool);
            let by_name = [
                "status",
                "priority",
                "department",
                "source",
                "currency",
                "address.country",
            ];
            if numbered && by_name.contains(&name.as_str()) {
                self.remarks.push(format!(
                    "The column `{}` holds numbers: to use it as `{name}`, say in `values` what \
                     each means.",
                    column.name
                ));
                continue;
            }
            self.taken.insert(column.name.clone());
            self.fields.insert(name, column.name);
        }
        let modified = self.column(&words::MODIFIED).filter(|column| {
            matches!(
                column.class,
                Class::Time | Class::Moment | Class::Int | Class::Text | Class::Any
            )
        });
        self.config.modified = modified.map(|column| column.name.clone());
        if let Some(name) = &self.config.modified {
            self.remarks.push(format!(
                "`modified`: every change of a row has to set the column `{name}`; if not, leave \
                 it out."
            ));
        }
        self.deleted(dialect);
        self.keys_of_new_rows();
        self.required();
    }

    fn key(&mut self) {
        let mut primary = self.info.columns.iter().filter(|column| column.primary);
        match (primary.next(), primary.next()) {
            (Some(key), None) => self.config.key.clone_from(&key.name),
            (Some(_), Some(_)) => {}
            (None, _) => {
                // A view has no primary key.
                let guess = ["id", "nr", "number", "nummer"];
                if let Some(column) = self.column(&guess) {
                    self.config.key = column.name.clone();
                    self.remarks.push(format!(
                        "`key`: the database does not say that `{}` tells rows apart.",
                        self.config.key
                    ));
                }
            }
        }
        // The row's own number is no field, but a code is.
        let numbered = self
            .info
            .column(&self.config.key)
            .is_some_and(|key| key.auto != Auto::No || key.class == Class::Int);
        if numbered {
            self.taken.insert(self.config.key.clone());
        }
    }

    fn deleted(&mut self, dialect: Dialect) {
        let words = [
            "deletedat",
            "isdeleted",
            "deleted",
            "verwijderd",
            "verwijderdop",
        ];
        let Some(column) = self.column(&words) else {
            return;
        };
        let quoted = dialect.quote(&column.name);
        let condition = match column.class {
            Class::Bool => format!("NOT {quoted}"),
            Class::Int if !column.nullable => format!("{quoted} = 0"),
            Class::Int => format!("({quoted} IS NULL OR {quoted} = 0)"),
            _ => format!("{quoted} IS NULL"),
        };
        self.remarks.push(format!(
            "`where`: rows with something in `{}` are taken to be deleted.",
            column.name
        ));
        self.config.condition = Some(condition);
    }

    fn keys_of_new_rows(&mut self) {
        if !self.info.writable {
            self.config.read_only = true;
            self.remarks
                .push("It is a view: it can be read and not written.".to_owned());
            return;
        }
        if let Some(engine) = &self.info.unsafe_engine {
            self.config.read_only = true;
            self.remarks.push(format!(
                "It is kept by {engine}, which has no transactions: it can be read and not \
                 written."
            ));
            return;
        }
        let Some(key) = self.info.column(&self.config.key) else {
            return;
        };
        if key.auto != Auto::No {
            return;
        }
        let field = self
            .fields
            .iter()
            .find(|(_, column)| **column == key.name)
            .map(|(field, _)| field.clone());
        let is_uuid = &*key.type_name == "pg_catalog.uuid" || key.max_chars == Some(36);
        match field {
            Some(field) => self.config.new_key = NewKey::Field(field),
            None if is_uuid => self.config.new_key = NewKey::Uuid,
            None => {
                self.config.read_only = true;
                self.remarks.push(format!(
                    "`read_only`: the database gives new rows no `{}`; set `new_key` to write.",
                    key.name
                ));
            }
        }
    }

    /// Columns that a new row cannot do without.
    fn required(&mut self) {
        let stamped = self.config.modified.clone();
        let needed: Vec<&str> = self
            .info
            .columns
            .iter()
            .filter(|column| {
                !column.nullable
                    && column.default.is_none()
                    && column.auto == Auto::No
                    && !column.generated
                    && column.name != self.config.key
                    && stamped.as_ref() != Some(&column.name)
                    && !self.fields.values().any(|used| *used == column.name)
            })
            .map(|column| column.name.as_str())
            .collect();
        if !needed.is_empty() && !self.config.read_only {
            self.remarks.push(format!(
                "New rows need a value for {}: give it under `defaults`.",
                needed
                    .iter()
                    .map(|name| format!("`{name}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ));
        }
    }

    pub(super) async fn lines(
        &mut self,
        session: &mut Session,
        dialect: Dialect,
        names: &[&str],
        prefixes: &[String],
    ) -> Result<(), Error> {
        let words = words::line_tables(self.entity);
        let best = names
            .iter()
            .filter_map(|name| place(name, prefixes, words).map(|at| (at, *name)))
            .min();
        let Some((_, name)) = best else {
            return Ok(());
        };
        let Some(info) = TableInfo::load(session, dialect, name).await? else {
            return Ok(());
        };
        let mut taken = BTreeSet::new();
        let mut parents = words::reference(self.entity).to_vec();
        let own = format!("{}id", plain(&self.info.name));
        parents.push(&own);
        let Some(parent) = column(&info.columns, &parents, &taken) else {
            return Ok(());
        };
        taken.insert(parent.name.clone());
        let key = (info.columns.iter()).find(|column| column.primary && column.auto != Auto::No);
        taken.extend(key.map(|key| key.name.clone()));
        let mut fields = FieldMap::default();
        for (field, words) in words::LINES {
            let Some(found) = column(&info.columns, words, &taken) else {
                continue;
            };
            let expected = match field {
                "quantity" | "unit_price" | "taxes.rate" => "a decimal number",
                "product" => "a reference",
                _ => "text",
            };
            if fits(expected, found.class) {
                taken.insert(found.name.clone());
                fields
                    .0
                    .insert(field.to_owned(), found.name.as_str().into());
            }
        }
        if fields.0.is_empty() {
            return Ok(());
        }
        self.config.lines = Some(ChildConfig {
            table: info.name.clone(),
            parent: parent.name.clone(),
            key: key.map(|key| key.name.clone()),
            order: column(&info.columns, &words::ORDER, &taken).map(|order| order.name.clone()),
            fields,
            ..ChildConfig::default()
        });
        Ok(())
    }

    /// The proposal, if there is anything in it.
    pub(super) fn finish(mut self) -> Option<Proposal> {
        if self.config.key.is_empty() || self.fields.is_empty() {
            return None;
        }
        let has = |name: &&str| self.fields.contains_key(*name);
        let essential = essential(self.entity)
            .iter()
            .any(|all| all.iter().all(&has));
        let mut confidence = if self.sure { 55 } else { 35 };
        confidence += 3 * self.fields.len().min(8);
        if essential {
            confidence += 15;
        } else {
            confidence = confidence.min(30);
            self.remarks.push(
                "What matters most in such a record was not found among the columns.".to_owned(),
            );
        }
        if self.config.lines.is_some() {
            confidence += 5;
        }
        for (field, column) in std::mem::take(&mut self.fields) {
            self.config.fields.0.insert(field, column.as_str().into());
        }
        Some(Proposal {
            entity: self.entity,
            config: self.config,
            confidence: u8::try_from(confidence.min(95)).unwrap_or(95),
            remarks: self.remarks,
        })
    }
}

/// The fields that a column is looked for, and what each holds.
fn wanted(entity: EntityKind) -> Vec<(String, &'static str)> {
    let mut wanted = Vec::new();
    for spec in schema(entity) {
        match (spec.name, spec.expected) {
            ("address", _) => wanted.extend(
                ["street", "city", "state", "postal_code", "country"]
                    .map(|part| (format!("address.{part}"), "text")),
            ),
            (_, "a map" | "a list") => {}
            (name, expected) => wanted.push((name.to_owned(), expected)),
        }
    }
    // A reference is the surest: `customer_id` must not be taken for another field.
    wanted.sort_by_key(|(_, expected)| *expected != "a reference");
    wanted
}

fn reference_words(entity: EntityKind, field: &str) -> &'static [&'static str] {
    words::reference(match (entity, field) {
        (_, "customer") => EntityKind::Customer,
        (_, "contact") => EntityKind::Contact,
        (_, "project") => EntityKind::Project,
        (_, "product") => EntityKind::Product,
        (_, "group" | "product_group") => EntityKind::ProductGroup,
        (_, "invoice") => EntityKind::Invoice,
        _ => return &[],
    })
}

/// Sets of fields without which it is hardly such a record; one set is enough.
fn essential(entity: EntityKind) -> &'static [&'static [&'static str]] {
    match entity {
        EntityKind::Contact => &[&["email"], &["last_name"]],
        EntityKind::Lead => &[&["email"], &["name"]],
        EntityKind::Ticket => &[&["subject"]],
        EntityKind::Invoice | EntityKind::Order => &[&["number"], &["customer", "date"]],
        EntityKind::Payment => &[&["invoice", "amount"]],
        EntityKind::Stock => &[&["product", "quantity"]],
        EntityKind::Discount => &[&["percent"]],
        EntityKind::Product => &[&["name"], &["code"]],
        _ => &[&["name"]],
    }
}
