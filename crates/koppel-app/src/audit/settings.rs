//! What a change of the configuration file changes, by its keys.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::secrets::SecretRef;

/// A key of the configuration that was changed.
///
/// It holds no values, for a value may be anything; a reference to a secret says where it is
/// found, and is held.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingChange {
    /// The key with its tables: `connections.smartcrm.token`.
    pub key: String,
    /// What became of it: `added`, `changed` or `removed`.
    pub change: &'static str,
    /// The reference to a secret that it was.
    pub from: Option<SecretRef>,
    /// The reference to a secret that it is now.
    pub to: Option<SecretRef>,
}

impl SettingChange {
    pub(crate) fn to_json(&self) -> Json {
        let mut json = json!({ "name": self.key, "change": self.change });
        let references = [("from", &self.from), ("to", &self.to)];
        let note: Vec<String> = (references.iter())
            .filter_map(|(word, reference)| Some(format!("{word} {}", reference.as_ref()?)))
            .collect();
        if !note.is_empty() {
            json["note"] = Json::String(note.join(" "));
        }
        json
    }
}

/// What is different in the second text, by its keys; texts that are no TOML have none.
pub(crate) fn between(before: &str, after: &str) -> Vec<SettingChange> {
    let (before, after) = (leaves(before), leaves(after));
    let mut changes = Vec::new();
    for (key, was) in &before {
        let change = match after.get(key) {
            Some(is) if is == was => continue,
            Some(_) => "changed",
            None => "removed",
        };
        changes.push(SettingChange {
            key: key.clone(),
            change,
            from: reference(was),
            to: after.get(key).and_then(reference),
        });
    }
    for (key, is) in &after {
        if !before.contains_key(key) {
            changes.push(SettingChange {
                key: key.clone(),
                change: "added",
                from: None,
                to: reference(is),
            });
        }
    }
    changes.sort_by(|a, b| a.key.cmp(&b.key));
    changes
}

fn reference(value: &toml::Value) -> Option<SecretRef> {
    SecretRef::parse(value.as_str()?).ok()
}

/// All values that are no tables, by their full keys.
fn leaves(text: &str) -> BTreeMap<String, toml::Value> {
    let mut all = BTreeMap::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Ok(table) = text.parse::<toml::Table>() {
        collect("", table, &mut all);
    }
    all
}

fn collect(name: &str, table: toml::Table, into: &mut BTreeMap<String, toml::Value>) {
    for (key, value) in table {
        let full = match name {
            "" => key,
            name => format!("{name}.{key}"),
        };
        match value {
            toml::Value::Table(inner) if !inner.is_empty() => collect(&full, inner, into),
            value => {
                into.insert(full, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = r#"
[connections.smartcrm]
kind = "smartcrm"
token = "hunter2-hunter2"
batch_size = 10
[connections.smartcrm.profile]
base = "perfex"
"#;

    #[test]
    fn a_change_names_its_keys_and_of_values_only_references() {
        let after = r#"
# A comment is no change.
[connections.smartcrm]
kind = "smartcrm"
token = "env:SMARTCRM_TOKEN"
api_url = "https://user:hunter3-hunter3@crm.example.com"
batch_size = 10
"#;
        let changes = between(BEFORE, after);
        let told: Vec<(&str, &str)> = (changes.iter())
            .map(|change| (change.key.as_str(), change.change))
            .collect();
        assert_eq!(
            told,
            [
                ("connections.smartcrm.api_url", "added"),
                ("connections.smartcrm.profile.base", "removed"),
                ("connections.smartcrm.token", "changed"),
            ]
        );
        let json = Json::from_iter(changes.iter().map(SettingChange::to_json));
        assert_eq!(json[2]["note"], "to env:SMARTCRM_TOKEN");
        assert_eq!(json[0].get("note"), None);
        let shown = format!("{json} {changes:?}");
        assert!(
            !shown.contains("hunter") && !shown.contains("perfex"),
            "{shown}"
        );
    }

    #[test]
    fn the_same_settings_in_another_order_are_no_change() {
        let turned = "[connections.smartcrm.profile]\nbase = \"perfex\"\n[connections.smartcrm]\n\
                      batch_size = 0xA\ntoken = 'hunter2-hunter2'\nkind = \"smartcrm\"\n";
        assert_eq!(between(BEFORE, turned), []);
        assert_eq!(between(BEFORE, BEFORE), []);
    }
}
