//! Records of the mobile API: flat or in blocks, references with labels.

use std::collections::BTreeMap;
use std::fmt;

use api_core::{Error, Json, redact};

use super::wire;
use crate::record::is_secret_column;
use crate::{RecordId, decode_entities};

/// The value of a field.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Text almost always; inventory records hold numbers and lists too.
    Plain(Json),
    /// A reference, an owner or a choice with the text a person sees.
    Labelled(Labelled),
}

/// A value with its label: `{"value":"12x3","label":"Anna"}` on the wire.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Labelled {
    /// The value: an id such as `12x3`; empty without one, `None` where the
    /// field was not asked for.
    pub value: Option<String>,
    /// What a person sees, its HTML entities decoded.
    pub label: String,
}

impl Labelled {
    /// Reads `{value, label}`; `None` for anything else.
    pub(crate) fn read(json: &Json) -> Option<Self> {
        let members = json.as_map()?;
        let value = members.get("value")?;
        let label = members.get("label")?;
        if matches!(value, Json::List(_) | Json::Map(_)) {
            return None;
        }
        Some(Self {
            value: wire::text(Some(value)),
            label: decode_entities(&wire::text(Some(label)).unwrap_or_default()),
        })
    }

    /// The record that it refers to.
    #[must_use]
    pub fn id(&self) -> Option<RecordId> {
        self.value.as_deref()?.parse().ok()
    }
}

impl fmt::Debug for Labelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.value.as_deref().unwrap_or_default())?;
        write!(f, " ({})", self.label)
    }
}

impl Value {
    pub(crate) fn read(json: &Json) -> Self {
        match Labelled::read(json) {
            Some(labelled) => Self::Labelled(labelled),
            None => Self::Plain(json.clone()),
        }
    }

    /// The value as text: of a reference its id, `""` without one.
    ///
    /// A number is its own text, `true` is `1`; lists and objects are `""`.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Plain(Json::Text(text)) => text,
            Self::Plain(Json::Number(number)) => number.as_str(),
            Self::Plain(Json::Bool(true)) => "1",
            Self::Plain(Json::Bool(false)) => "0",
            Self::Plain(_) => "",
            Self::Labelled(labelled) => labelled.value.as_deref().unwrap_or_default(),
        }
    }

    /// The record that the value refers to.
    #[must_use]
    pub fn id(&self) -> Option<RecordId> {
        self.text().parse().ok()
    }

    /// What a person sees instead of a reference's id.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        match self {
            Self::Plain(_) => None,
            Self::Labelled(labelled) => Some(&labelled.label),
        }
    }

    /// Whether the server sent the field at all.
    ///
    /// A query that names some columns gets the references it did not name as
    /// pairs of `null` (recorded servers of both generations).
    #[must_use]
    pub fn was_read(&self) -> bool {
        match self {
            Self::Plain(_) => true,
            Self::Labelled(labelled) => labelled.value.is_some(),
        }
    }

    /// The value without its label, as the webservice would answer it.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Plain(json) => json.clone(),
            Self::Labelled(labelled) => match &labelled.value {
                Some(value) => Json::from(value.as_str()),
                None => Json::Null,
            },
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(json) => write!(f, "{json}"),
            Self::Labelled(labelled) => labelled.fmt(f),
        }
    }
}

/// A field's place in a block, and what the answer says of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Place {
    /// The field's name.
    pub name: String,
    /// What a person sees, its HTML entities decoded.
    pub label: String,
    /// The kind of input, where it is known: 10 for a reference, 53 for an owner.
    pub uitype: Option<u32>,
    /// The other members, such as `type`, `mandatory` and `default`; a
    /// template (`NNx0`) has most.
    pub info: BTreeMap<String, Json>,
}

impl Place {
    /// What a new record has in this field unless told otherwise.
    #[must_use]
    pub fn default_value(&self) -> Option<Value> {
        let default = self.info.get("type")?.get("defaultValue")?;
        (!default.is_null()).then(|| Value::read(default))
    }
}

/// Fields that a person sees together.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Block {
    /// The heading, its HTML entities decoded.
    pub label: String,
    /// The fields in their order.
    pub fields: Vec<Place>,
}

/// A record; flat or with the blocks that a person sees.
///
/// `Debug` shows no password and no access key, which the server sends along
/// with records of `Users` (recorded servers of both generations).
#[derive(Clone, PartialEq, Default)]
pub struct Record {
    id: Option<RecordId>,
    fields: BTreeMap<String, Value>,
    blocks: Vec<Block>,
    label_fields: Vec<String>,
    extra: BTreeMap<String, Json>,
}

impl Record {
    /// Reads a record in either shape.
    pub(crate) fn read(operation: &str, json: &Json) -> Result<Self, Error> {
        let Some(members) = json.as_map() else {
            return Err(wire::unreadable(
                operation,
                "a record that is no object",
                json,
            ));
        };
        match members.get("blocks") {
            Some(Json::List(blocks)) => Self::grouped(operation, members, blocks),
            _ => Ok(Self::flat(members)),
        }
    }

    fn flat(members: &BTreeMap<String, Json>) -> Self {
        let fields = members
            .iter()
            .map(|(name, json)| (name.clone(), Value::read(json)))
            .collect();
        Self {
            id: wire::id(members.get("id")),
            fields,
            ..Self::default()
        }
    }

    fn grouped(
        operation: &str,
        members: &BTreeMap<String, Json>,
        blocks: &[Json],
    ) -> Result<Self, Error> {
        let mut record = Self {
            id: wire::id(members.get("id")),
            ..Self::default()
        };
        for block in blocks {
            let fields = wire::rows(operation, block, "fields")?;
            let mut places = Vec::with_capacity(fields.len());
            for field in fields {
                let Some(name) = wire::filled(field.get("name")) else {
                    return Err(wire::unreadable(operation, "a field without name", field));
                };
                let value = field.get("value").map(Value::read);
                record.fields.insert(
                    name.clone(),
                    value.unwrap_or(Value::Plain(Json::Text(String::new()))),
                );
                let mut info = field.as_map().cloned().unwrap_or_default();
                for read in ["name", "value", "label", "uitype"] {
                    info.remove(read);
                }
                places.push(Place {
                    name,
                    label: decode_entities(&wire::text(field.get("label")).unwrap_or_default()),
                    uitype: wire::whole(field.get("uitype")),
                    info,
                });
            }
            record.blocks.push(Block {
                label: decode_entities(&wire::text(block.get("label")).unwrap_or_default()),
                fields: places,
            });
        }
        record.label_fields = match members.get("labelFields") {
            Some(Json::List(names)) => names
                .iter()
                .filter_map(|name| wire::filled(Some(name)))
                .collect(),
            Some(Json::Text(names)) => names
                .split(',')
                .map(|name| name.trim().to_owned())
                .filter(|name| !name.is_empty())
                .collect(),
            _ => Vec::new(),
        };
        for (name, json) in members {
            if !matches!(name.as_str(), "blocks" | "id" | "labelFields") {
                record.extra.insert(name.clone(), json.clone());
            }
        }
        Ok(record)
    }

    /// The record's id; `None` where the server did not send one.
    #[must_use]
    pub fn id(&self) -> Option<RecordId> {
        self.id
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.fields.get(field)
    }

    /// The text of a field, `""` where it is empty or missing.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.get(field).map_or("", Value::text)
    }

    /// The record that a field refers to.
    #[must_use]
    pub fn reference(&self, field: &str) -> Option<RecordId> {
        self.get(field)?.id()
    }

    /// Every field by name.
    #[must_use]
    pub fn fields(&self) -> &BTreeMap<String, Value> {
        &self.fields
    }

    /// The blocks that a person sees; none in a flat answer.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The fields that make up the record's title, where the answer says.
    #[must_use]
    pub fn label_fields(&self) -> &[String] {
        &self.label_fields
    }

    /// The lines of an invoice, quote or order, where the server has them.
    #[must_use]
    pub fn line_items(&self) -> &[Json] {
        let lines = self.extra.get("LineItems").and_then(Json::as_list);
        match (lines, self.fields.get("LineItems")) {
            (Some(lines), _) => lines,
            (None, Some(Value::Plain(Json::List(lines)))) => lines,
            _ => &[],
        }
    }

    /// What the answer holds beside the fields, such as `LineItems_FinalDetails`.
    #[must_use]
    pub fn extra(&self) -> &BTreeMap<String, Json> {
        &self.extra
    }

    /// The record as the webservice would answer it: flat, without labels.
    ///
    /// Its [`typed`](crate::Record::typed) view reads dates, numbers and
    /// choices by the module's description. Fields that were not asked for are left out.
    #[must_use]
    pub fn to_plain(&self) -> crate::Record {
        let mut plain: BTreeMap<String, Json> = self
            .fields
            .iter()
            .filter(|(_, value)| value.was_read())
            .map(|(name, value)| (name.clone(), value.to_json()))
            .collect();
        for (name, json) in &self.extra {
            plain.entry(name.clone()).or_insert_with(|| json.clone());
        }
        if let Some(id) = self.id {
            plain.insert("id".to_owned(), Json::from(id.to_string()));
        }
        crate::Record::new(plain)
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Record");
        out.field("id", &self.id);
        debug_fields(&mut out, &self.fields);
        out.finish_non_exhaustive()
    }
}

/// Shows fields, but of secret ones only that they are there.
pub(super) fn debug_fields(out: &mut fmt::DebugStruct<'_, '_>, fields: &BTreeMap<String, Value>) {
    for (name, value) in fields {
        if is_secret_column(name) || redact::is_secret_key(name) {
            out.field(name, &redact::REDACTED);
        } else {
            out.field(name, value);
        }
    }
}
