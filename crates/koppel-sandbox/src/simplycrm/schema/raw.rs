//! The modules of the recorded servers, as they are embedded.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use super::{Field, Kind, Module, Schema, uitype};
use crate::simplycrm::generation::Generation;

/// One value of a picklist: the value alone, or the value and its label.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Choice {
    Same(String),
    Labelled(String, String),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawField {
    name: String,
    label: String,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    mandatory: bool,
    #[serde(default = "yes")]
    nullable: bool,
    #[serde(default = "yes")]
    editable: bool,
    #[serde(default)]
    default: Option<Value>,
    #[serde(default)]
    unique: bool,
    #[serde(default)]
    values: Vec<Choice>,
    #[serde(default)]
    refers_to: Vec<String>,
    #[serde(default)]
    max_bytes: Option<u64>,
    #[serde(default)]
    scale: u32,
    #[serde(default)]
    width: Option<usize>,
    #[serde(default)]
    block: Option<String>,
    #[serde(default)]
    uitype: Option<u32>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawModule {
    name: &'static str,
    label: String,
    singular: String,
    prefix: u32,
    entity: bool,
    label_fields: String,
    #[serde(default)]
    unique: bool,
    fields: Vec<RawField>,
}

fn parse(text: &'static str, generation: Generation) -> Schema {
    let raw: Vec<RawModule> =
        serde_json::from_str(text).expect("the embedded modules are JSON of this shape");
    Schema {
        generation,
        modules: raw.into_iter().map(Module::from).collect(),
    }
}

pub(super) static OLD: LazyLock<Schema> =
    LazyLock::new(|| parse(include_str!("../data/v5_4.json"), Generation::V5_4));
pub(super) static NEW: LazyLock<Schema> =
    LazyLock::new(|| parse(include_str!("../data/v7_1.json"), Generation::V7_1));

impl From<RawModule> for Module {
    fn from(raw: RawModule) -> Module {
        let first = raw.fields.iter().find_map(|field| field.block.clone());
        let first = first.unwrap_or_else(|| format!("{} Information", raw.singular));
        let fields: Vec<Field> = raw
            .fields
            .into_iter()
            .map(|field| Field::from_raw(field, &first))
            .collect();
        let mut module = Module {
            name: raw.name,
            label: raw.label,
            singular: raw.singular,
            prefix: raw.prefix,
            entity: raw.entity,
            label_fields: raw.label_fields,
            unique: raw.unique,
            fields,
            by_name: HashMap::new(),
        };
        module.index();
        module
    }
}

impl Field {
    fn from_raw(raw: RawField, first_block: &str) -> Field {
        let block = raw.block.unwrap_or_else(|| {
            let name = raw.name.as_str();
            let address = ["street", "city", "state", "code", "zip", "country", "pobox"];
            if address.iter().any(|part| name.ends_with(part)) {
                "Address Information".to_owned()
            } else if name == "description" {
                "Description Information".to_owned()
            } else {
                first_block.to_owned()
            }
        });
        let uitype = raw.uitype.unwrap_or_else(|| uitype(raw.kind));
        Field {
            name: raw.name,
            label: raw.label,
            kind: raw.kind,
            mandatory: raw.mandatory,
            nullable: raw.nullable,
            editable: raw.editable,
            default: raw.default,
            unique: raw.unique,
            values: raw
                .values
                .into_iter()
                .map(|choice| match choice {
                    Choice::Same(value) => (value.clone(), value),
                    Choice::Labelled(value, label) => (value, label),
                })
                .collect(),
            refers_to: raw.refers_to,
            max_bytes: raw.max_bytes,
            scale: raw.scale,
            width: raw.width,
            block,
            uitype,
        }
    }
}
