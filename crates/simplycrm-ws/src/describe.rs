//! What a module looks like: its rights and its fields.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, Json};

use crate::picklist::PicklistValue;

mod field_type;
mod list_types;
mod operations;

pub use field_type::FieldType;
pub use list_types::{ListTypes, TypeInfo};
pub(crate) use operations::Described;

/// A module as the logged-in user sees it.
///
/// Fields hidden from the user do not appear, and naming one in a query is
/// refused (recorded vtiger 5.4.0 server). Picklists depend on the user's
/// role, labels on the server's default language.
///
/// ```
/// use simplycrm_ws::{Describe, FieldType};
///
/// let json = api_core::Json::parse(
///     r#"{"name":"Contacts","label":"Contacts","createable":true,"updateable":true,
///         "deleteable":false,"retrieveable":true,"idPrefix":"12","isEntity":true,
///         "labelFields":"firstname,lastname","fields":[
///           {"name":"lastname","label":"Last Name","mandatory":true,
///            "type":{"name":"string"},"nullable":false,"editable":true,"default":""}]}"#,
/// )?;
/// let contacts = Describe::from_json(&json)?;
/// assert_eq!(contacts.id_prefix, Some(12));
/// assert!(!contacts.deleteable);
/// let lastname = contacts.field("lastname").ok_or("no such field")?;
/// assert!(lastname.mandatory && lastname.field_type == FieldType::String);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Describe {
    /// The module's name, such as `Contacts`; case matters.
    pub name: String,
    /// The module's name for people.
    pub label: String,
    /// Whether the user may make records.
    pub createable: bool,
    /// Whether the user may change records.
    pub updateable: bool,
    /// Whether the user may delete records.
    pub deleteable: bool,
    /// Whether the user may read records.
    pub retrieveable: bool,
    /// The number before the `x` in the ids of this module's records.
    pub id_prefix: Option<u32>,
    /// Whether the module's records are entities: false for `Groups`,
    /// `Currency`, `DocumentFolders` and the like.
    pub is_entity: bool,
    /// What makes up a record's label; column names for some modules.
    pub label_fields: Vec<String>,
    /// Whether two records may be alike in the unique fields; `None` where
    /// the server does not say (before 7.x).
    pub allow_duplicates: Option<bool>,
    /// The fields, in the server's order.
    pub fields: Vec<Field>,
    /// Members this list does not name.
    pub extra: BTreeMap<String, Json>,
}

/// A field of a module.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Field {
    /// The name on the wire.
    pub name: String,
    /// The name for people, in the server's default language.
    pub label: String,
    /// Whether a record must have a value here.
    pub mandatory: bool,
    /// Whether the column can be empty.
    pub nullable: bool,
    /// Whether the field can be written.
    pub editable: bool,
    /// The value of a new record; `None` where the server gives none.
    pub default: Option<String>,
    /// Whether two records may not share a value; `None` before 7.x.
    pub unique: Option<bool>,
    /// What the field holds.
    pub field_type: FieldType,
    /// Members this list does not name, such as `uitype`.
    pub extra: BTreeMap<String, Json>,
}

impl Describe {
    /// Reads a module's description.
    ///
    /// # Errors
    /// `Decode` when it has no name or no list of fields. A field without a
    /// name is left out, one of an unknown type becomes [`FieldType::Other`].
    pub fn from_json(json: &Json) -> Result<Self, Error> {
        let map = json.as_map();
        let name = json.get("name").and_then(Json::as_str);
        let fields = json.get("fields").and_then(Json::as_list);
        let (Some(map), Some(name), Some(fields)) = (map, name, fields) else {
            return Err(Error::new(
                ErrorKind::Decode,
                "The description of the module has no name or no fields.",
            )
            .excerpt(json.to_string()));
        };
        let known = [
            "name",
            "label",
            "createable",
            "updateable",
            "deleteable",
            "retrieveable",
            "idPrefix",
            "isEntity",
            "labelFields",
            "allowDuplicates",
            "fields",
        ];
        Ok(Self {
            name: name.to_owned(),
            label: text(json, "label").unwrap_or_else(|| name.to_owned()),
            createable: flag(json, "createable").unwrap_or(false),
            updateable: flag(json, "updateable").unwrap_or(false),
            deleteable: flag(json, "deleteable").unwrap_or(false),
            retrieveable: flag(json, "retrieveable").unwrap_or(false),
            id_prefix: text(json, "idPrefix").and_then(|prefix| prefix.parse().ok()),
            is_entity: flag(json, "isEntity").unwrap_or(true),
            label_fields: text(json, "labelFields")
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            allow_duplicates: flag(json, "allowDuplicates"),
            fields: fields.iter().filter_map(Field::from_json).collect(),
            extra: rest(map, &known),
        })
    }

    /// Returns the field of this name; case matters.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Returns the fields a record must have.
    pub fn mandatory(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.mandatory)
    }

    /// Tells whether an id belongs to this module.
    #[must_use]
    pub fn has_id(&self, id: crate::RecordId) -> bool {
        self.id_prefix == Some(id.prefix)
    }
}

impl Field {
    fn from_json(json: &Json) -> Option<Self> {
        let map = json.as_map()?;
        let name = json.get("name")?.as_str()?;
        let known = [
            "name",
            "label",
            "mandatory",
            "nullable",
            "editable",
            "default",
            "isunique",
            "type",
        ];
        Some(Self {
            name: name.to_owned(),
            label: text(json, "label").unwrap_or_else(|| name.to_owned()),
            mandatory: flag(json, "mandatory").unwrap_or(false),
            nullable: flag(json, "nullable").unwrap_or(true),
            editable: flag(json, "editable").unwrap_or(true),
            default: text(json, "default"),
            unique: flag(json, "isunique"),
            field_type: FieldType::from_json(json.get("type")),
            extra: rest(map, &known),
        })
    }

    /// Returns the values of a picklist of either sort; empty for others.
    #[must_use]
    pub fn picklist_values(&self) -> &[PicklistValue] {
        match &self.field_type {
            FieldType::Picklist { values, .. } | FieldType::MultiPicklist { values, .. } => values,
            _ => &[],
        }
    }
}

/// A member as text, numbers by their own text.
pub(crate) fn text(json: &Json, name: &str) -> Option<String> {
    match json.get(name)? {
        Json::Text(text) => Some(text.clone()),
        Json::Number(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

/// A member as a boolean: servers mix `true`, `"1"` and `""`.
pub(crate) fn flag(json: &Json, name: &str) -> Option<bool> {
    match json.get(name)? {
        Json::Bool(flag) => Some(*flag),
        Json::Number(number) => Some(number.as_i64() != Some(0)),
        Json::Text(text) => Some(!matches!(
            text.trim().to_ascii_lowercase().as_str(),
            "" | "0" | "false" | "no" | "off"
        )),
        _ => None,
    }
}

fn rest(map: &BTreeMap<String, Json>, known: &[&str]) -> BTreeMap<String, Json> {
    map.iter()
        .filter(|(name, _)| !known.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
