//! Relations between records, and what becomes of a lead.

use serde_json::{Map, Value, json};

use super::read::Wishes;
use super::reply::{Failure, Outcome, denied, denied_for, error, fail, internal};
use super::schema::{Field, Module};
use super::store::{By, Row, Store, User};
use super::vtql::{Columns, parse};
use crate::common::Action;

/// Records of one answer.
const MOST: usize = 100;
/// Modules that are linked by a table of pairs.
const LINKED: [(&str, &str); 8] = [
    ("Accounts", "Documents"),
    ("Accounts", "Products"),
    ("Accounts", "Campaigns"),
    ("Contacts", "Documents"),
    ("Contacts", "Products"),
    ("Contacts", "Campaigns"),
    ("Leads", "Campaigns"),
    ("Project", "Documents"),
];

/// A relation of a module: its label, where it leads, and by which field of the other.
pub(crate) struct Relation<'a> {
    pub(crate) label: String,
    pub(crate) module: &'a Module,
    pub(crate) field: Option<&'a Field>,
}

fn label_of(module: &Module) -> String {
    match module.name {
        "Calendar" => "Activities".into(),
        "SalesOrder" => "Sales Order".into(),
        "PurchaseOrder" => "Purchase Order".into(),
        "ServiceContracts" => "Service Contracts".into(),
        "Project" => "Projects".into(),
        "ProjectTask" => "Project Tasks".into(),
        "ProjectMilestone" => "Project Milestones".into(),
        name => name.into(),
    }
}

fn wrong_relation() -> Failure {
    error("UNKOWN_ENTITY", "Relation specified is incorrect")
}

impl Store {
    /// The relations of a module: those that refer to it, and the linked ones.
    pub(crate) fn relations(&self, module: &Module) -> Vec<Relation<'_>> {
        let mut found = Vec::new();
        for other in self
            .schema
            .modules
            .iter()
            .filter(|m| m.entity && !matches!(m.name, "Users" | "Events"))
        {
            let field = other.fields.iter().find(|field| {
                field.refers_to.iter().any(|name| name == module.name)
                    && !(other.name == module.name && field.name == "account_id")
            });
            let linked = LINKED.contains(&(module.name, other.name))
                || LINKED.contains(&(other.name, module.name));
            if field.is_some() || linked {
                found.push(Relation {
                    label: label_of(other),
                    module: other,
                    field,
                });
            }
        }
        found
    }

    /// `relatedtypes`.
    pub(crate) fn related_types(&self, name: Option<&str>, user: &User) -> Outcome {
        let module = self.named(name, user)?;
        let relations = self.relations(module);
        let types: Vec<&str> = relations.iter().map(|r| r.module.name).collect();
        let information: Map<String, Value> = relations
            .iter()
            .map(|relation| {
                let told = json!({
                    "name": relation.module.name,
                    "label": relation.label,
                    "isEntity": "1",
                });
                (relation.label.clone(), told)
            })
            .collect();
        Ok(json!({"types": types, "information": information}))
    }

    /// The records on the other side of a relation.
    pub(crate) fn related<'a>(
        &'a self,
        row: &Row,
        relation: &Relation<'a>,
        by: &'a By,
    ) -> impl Iterator<Item = &'a Row> {
        let id = self.id_of(row);
        let number = row.number;
        let field = relation.field.map(|field| field.name.clone());
        self.all(relation.module.name).filter(move |other| {
            other.is_live()
                && self.may_read(&by.user, other)
                && (field
                    .as_deref()
                    .is_some_and(|field| other.text(field) == id)
                    || self.links.contains(&(number, other.number))
                    || self.links.contains(&(other.number, number)))
        })
    }

    fn relation<'a>(
        &'a self,
        id: Option<&str>,
        label: Option<&str>,
        by: &By,
    ) -> Result<(&'a Row, Relation<'a>), Failure> {
        let id = id.ok_or_else(|| {
            denied_for(if self.generation.is_old() {
                "id"
            } else {
                "name : "
            })
        })?;
        let id = Store::id(&self.schema, id)?;
        let row = self.readable(&id, by)?;
        let module = self.schema.module(row.module).ok_or_else(denied)?;
        let relation = self
            .relations(module)
            .into_iter()
            .find(|relation| Some(relation.label.as_str()) == label)
            .ok_or_else(wrong_relation)?;
        Ok((row, relation))
    }

    /// `retrieve_related`: 100 records at most, without lines.
    pub(crate) fn retrieve_related(
        &self,
        id: Option<&str>,
        kind: Option<&str>,
        label: Option<&str>,
        by: &By,
    ) -> Outcome {
        let (row, relation) = self.relation(id, label, by)?;
        if kind.is_some_and(|kind| kind != relation.module.name) {
            return Err(wrong_relation());
        }
        let rows: Vec<Value> = self
            .related(row, &relation, by)
            .take(MOST)
            .map(|row| self.columns(row, &by.user).into())
            .collect();
        Ok(rows.into())
    }

    /// `query_related`: a query without a semicolon whose WHERE is in capitals.
    pub(crate) fn query_related(
        &self,
        query: Option<&str>,
        id: Option<&str>,
        label: Option<&str>,
        by: &By,
    ) -> Outcome {
        let text = query.unwrap_or_default();
        if text.contains(';') {
            return Err(wrong_relation());
        }
        let (row, relation) = self.relation(id, label, by)?;
        if text.contains(" where ") {
            let message = "Syntax Error on line 1: token 'WHERE' Unexpected WHERE(WHERE), \
                           expected one of: SEMICOLON";
            return fail("QUERY_SYNTAX_ERROR", message);
        }
        let query = parse(&format!("{text};"))?;
        let found = self.find(&query, relation.module, by, Wishes::default(), usize::MAX)?;
        let related: Vec<u64> = self
            .related(row, &relation, by)
            .map(|row| row.number)
            .collect();
        let rows = found
            .into_iter()
            .filter(|row| related.contains(&row.number))
            .take(MOST)
            .map(|row| {
                let mut map = self.columns(row, &by.user);
                if let Columns::Fields(names) = &query.columns {
                    map.retain(|name, _| name == "id" || names.contains(name));
                }
                Value::from(map)
            })
            .collect::<Vec<_>>();
        Ok(rows.into())
    }

    fn pair(
        &self,
        from: Option<&str>,
        to: Option<&str>,
        by: &By,
    ) -> Result<(u64, u64, bool), Failure> {
        // A list of ids is not read, and a missing record is an exception.
        let number = |id: Option<&str>| -> Result<(u64, &'static str), Failure> {
            let id = Store::id(&self.schema, id.unwrap_or_default()).map_err(|_| internal())?;
            let row = self.readable(&id, by).map_err(|_| internal())?;
            Ok((row.number, row.module))
        };
        let ((from, one), (to, other)) = (number(from)?, number(to)?);
        let known = self.schema.module(one).is_some_and(|module| {
            self.relations(module)
                .iter()
                .any(|r| r.module.name == other)
        });
        Ok((from, to, known))
    }

    /// `add_related`: a success also where the modules have no relation and nothing is done.
    pub(crate) fn add_related(&mut self, from: Option<&str>, to: Option<&str>, by: &By) -> Outcome {
        let (from, to, known) = self.pair(from, to, by)?;
        if known {
            self.links.insert((from, to));
        }
        Ok(json!({"message": "successfull"}))
    }

    /// `delete_related`.
    pub(crate) fn delete_related(
        &mut self,
        from: Option<&str>,
        to: Option<&str>,
        by: &By,
    ) -> Outcome {
        let (from, to, _) = self.pair(from, to, by)?;
        self.links.remove(&(from, to));
        self.links.remove(&(to, from));
        Ok(json!({"message": "successfull"}))
    }

    /// `convertlead` with an element, where the server is one on which it works.
    pub(crate) fn convert_lead(&mut self, element: Option<&str>, by: &By) -> Outcome {
        if self.generation.is_newest() {
            return Err(Failure::Empty(500));
        }
        let Some(element) = element.filter(|_| self.converts) else {
            return Err(denied_for("id"));
        };
        let element = self.element(Some(element))?;
        let lead = element
            .get("leadId")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let schema = self.schema.clone();
        let id = Store::id(&schema, lead)?;
        if id.module.name != "Leads" {
            return Err(super::reply::wrong_id());
        }
        let row = self.readable(&id, by)?.clone();
        if row.converted {
            return fail("LEAD_ALREADY_CONVERTED", "Lead is already converted");
        }
        let wanted = element.get("entities").and_then(Value::as_object);
        let mut made = Map::new();
        for name in ["Accounts", "Contacts", "Potentials"] {
            let Some(wish) = wanted
                .and_then(|wanted| wanted.get(name))
                .and_then(Value::as_object)
                .filter(|wish| wish.get("create").and_then(Value::as_bool) == Some(true))
            else {
                continue;
            };
            let new = self.out_of_lead(name, wish, &element, &row, &made);
            let record = self.create(name, &new, &[], by, &[])?;
            if let Some(id) = record.get("id") {
                made.insert(name.into(), id.clone());
            }
        }
        if made.is_empty() {
            return Ok(Value::Null);
        }
        let now = self.clock.now();
        if let Some(lead) = self.row_mut("Leads", row.number) {
            lead.converted = true;
            lead.modified = now;
        }
        self.note(
            Action::Update,
            "Leads",
            self.id_of(&row),
            [("converted".to_owned(), "1".to_owned())].into(),
            by,
        );
        Ok(made.into())
    }

    fn out_of_lead(
        &self,
        name: &str,
        wish: &Map<String, Value>,
        element: &Map<String, Value>,
        lead: &Row,
        made: &Map<String, Value>,
    ) -> Map<String, Value> {
        let mut new = Map::new();
        let own: &[(&str, &str)] = match name {
            "Accounts" => &[
                ("accountname", "company"),
                ("phone", "phone"),
                ("email1", "email"),
            ],
            "Contacts" => &[
                ("lastname", "lastname"),
                ("firstname", "firstname"),
                ("email", "email"),
                ("phone", "phone"),
                ("mobile", "mobile"),
            ],
            _ => &[("potentialname", "company")],
        };
        for (field, from) in own {
            new.insert((*field).into(), lead.text(from).into());
        }
        let owner = element.get("assignedTo").and_then(Value::as_str);
        let owner = owner.map_or_else(|| lead.owner().into_owned(), str::to_owned);
        new.insert("assigned_user_id".into(), owner.into());
        if let Some(account) = made.get("Accounts") {
            let field = if name == "Potentials" {
                "related_to"
            } else {
                "account_id"
            };
            new.insert(field.into(), account.clone());
        }
        if let Some(contact) = made.get("Contacts") {
            new.insert("contact_id".into(), contact.clone());
        }
        for (field, value) in wish {
            if field != "create" && field != "name" {
                new.insert(field.clone(), value.clone());
            }
        }
        new
    }
}
