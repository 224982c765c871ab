//! Fields that the owner added: `cf_901` on the wire, a slug of the label to us.

use std::collections::BTreeMap;

use api_core::Error;
use simplycrm_ws::{Describe, Field, FieldType, picklist};
use sync_core::Value;

use super::SimplyCrm;
use super::decode::decimal;
use super::encode::{Sheet, flag_text, listed, rejected};
use super::model::Model;
use crate::slug::slug;

/// The custom fields of a module by the names that we give them.
#[derive(Debug, Clone)]
pub(super) struct CustomFields {
    by_key: BTreeMap<String, Field>,
}

impl CustomFields {
    /// Those of a module, without the ones that have another use.
    pub(super) fn of(describe: &Describe, used: &[&str]) -> Self {
        let fields: Vec<&Field> = describe
            .fields
            .iter()
            .filter(|field| field.name.starts_with("cf_") && !used.contains(&field.name.as_str()))
            .collect();
        let mut slugs: BTreeMap<String, usize> = BTreeMap::new();
        for field in &fields {
            *slugs.entry(slug(&field.label)).or_default() += 1;
        }
        let by_key = fields
            .into_iter()
            .map(|field| {
                let key = slug(&field.label);
                // A label that two fields have, or that is no word, names none of them.
                let clear = !key.is_empty() && slugs.get(&key) == Some(&1);
                (if clear { key } else { field.name.clone() }, field.clone())
            })
            .collect();
        Self { by_key }
    }

    /// Each with the name that we give it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Field)> {
        self.by_key.iter().map(|(key, field)| (key.as_str(), field))
    }

    /// The field that a name of ours, a label or its own name means.
    pub(super) fn find(&self, key: &str) -> Option<&Field> {
        let named = || self.by_key.values().find(|field| field.name == key);
        self.by_key
            .get(key)
            .or_else(|| self.by_key.get(&slug(key)))
            .or_else(named)
    }
}

impl SimplyCrm {
    /// Puts the owner's own fields into their places.
    pub(super) fn custom(
        &self,
        model: &Model,
        sheet: &mut Sheet,
        value: &Value,
    ) -> Result<(), Error> {
        let map = match value {
            Value::Map(map) => map,
            Value::Null => return Ok(()),
            other => {
                let problem = format!("is {}, not a map", other.type_name());
                return Err(rejected("custom_fields", &problem));
            }
        };
        for (key, value) in map {
            let Some(field) = model.custom.find(key) else {
                if !value.is_empty() {
                    self.told_once(
                        model,
                        key,
                        "The module has no custom field of this name or label; it is left out.",
                    );
                }
                continue;
            };
            let text = match value {
                value if value.is_empty() => String::new(),
                value => self.custom_text(model, field, value)?,
            };
            sheet.values.insert(field.name.clone(), text);
        }
        Ok(())
    }

    fn custom_text(&self, model: &Model, field: &Field, value: &Value) -> Result<String, Error> {
        let wrong = |expected: &str| {
            let shown: String = plain(value).chars().take(32).collect();
            rejected(
                &field.name,
                &format!("({}) cannot hold `{shown}`: it is {expected}", field.label),
            )
        };
        Ok(match &field.field_type {
            FieldType::Boolean => match value {
                Value::Bool(flag) => flag_text(*flag),
                Value::Int(0 | 1) => plain(value),
                Value::Text(text) if ["1", "yes", "true", "on"].contains(&lower(text).as_str()) => {
                    flag_text(true)
                }
                Value::Text(text)
                    if ["0", "no", "false", "off"].contains(&lower(text).as_str()) =>
                {
                    flag_text(false)
                }
                _ => return Err(wrong("a checkbox")),
            },
            FieldType::Integer => match value {
                Value::Int(_) => plain(value),
                Value::Text(text) if text.trim().parse::<i64>().is_ok() => text.trim().to_owned(),
                _ => return Err(wrong("a whole number")),
            },
            FieldType::Double | FieldType::Currency | FieldType::Decimal => decimal(&plain(value))
                .ok_or_else(|| wrong("a number"))?
                .to_string(),
            FieldType::Date { .. } => match value {
                Value::Date(day) => day.to_string(),
                Value::Timestamp(at) => at.date_in(&self.inner.zone).to_string(),
                Value::Text(text) if text.parse::<sync_core::Date>().is_ok() => text.clone(),
                _ => return Err(wrong("a date")),
            },
            FieldType::DateTime => match value {
                Value::Timestamp(at) => self.civil(*at),
                _ => return Err(wrong("a time stamp")),
            },
            FieldType::MultiPicklist { .. } => {
                let words: Vec<String> = match value {
                    Value::List(items) => items.iter().map(plain).collect(),
                    Value::Text(text) => {
                        text.split(',').map(|word| word.trim().to_owned()).collect()
                    }
                    other => vec![plain(other)],
                };
                let chosen: Vec<String> = words
                    .iter()
                    .map(|word| listed(model, field, &field.name, word))
                    .collect::<Result<_, _>>()?;
                picklist::join(chosen)
            }
            _ => match value {
                Value::Map(_) => return Err(wrong("a single value")),
                Value::List(items) => {
                    let words: Vec<String> = items.iter().map(plain).collect();
                    listed(model, field, &field.name, &words.join(", "))?
                }
                value => listed(model, field, &field.name, &plain(value))?,
            },
        })
    }
}

fn lower(text: &str) -> String {
    text.trim().to_lowercase()
}

fn plain(value: &Value) -> String {
    match value.to_plain_json() {
        serde_json::Value::String(text) => text,
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    }
}
