//! The modules a user sees.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, Json};

use super::{flag, text};

/// The modules the logged-in user sees, in the server's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListTypes {
    /// The modules' names.
    pub types: Vec<String>,
    /// What is known about them, by name.
    pub information: BTreeMap<String, TypeInfo>,
}

/// A module in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TypeInfo {
    /// Whether its records are entities.
    pub is_entity: bool,
    /// Its name for people.
    pub label: String,
    /// The name of one record for people.
    pub singular: String,
}

impl ListTypes {
    /// Reads the answer to `listtypes`.
    ///
    /// # Errors
    /// `Decode` when there is no list of types. `information` may be an empty
    /// list (recorded vtiger 5.4.0 and 7.1.0 servers) or missing.
    pub fn from_json(json: &Json) -> Result<Self, Error> {
        let Some(types) = json.get("types").and_then(Json::as_list) else {
            return Err(
                Error::new(ErrorKind::Decode, "The answer has no list of types.")
                    .excerpt(json.to_string()),
            );
        };
        let information = json
            .get("information")
            .and_then(Json::as_map)
            .map(|map| {
                map.iter()
                    .map(|(name, info)| (name.clone(), TypeInfo::read(name, info)))
                    .collect()
            })
            .unwrap_or_default();
        Ok(Self {
            types: types
                .iter()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
            information,
        })
    }

    /// Tells whether the user sees a module; case matters.
    #[must_use]
    pub fn contains(&self, module: &str) -> bool {
        self.types.iter().any(|name| name == module)
    }
}

impl TypeInfo {
    fn read(name: &str, json: &Json) -> Self {
        let label = text(json, "label").unwrap_or_else(|| name.to_owned());
        Self {
            is_entity: flag(json, "isEntity").unwrap_or(true),
            singular: text(json, "singular").unwrap_or_else(|| label.clone()),
            label,
        }
    }
}
