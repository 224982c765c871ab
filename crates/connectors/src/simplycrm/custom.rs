//! Fields that the owner added: `cf_901` on the wire, a slug of the label to us.

use std::collections::BTreeMap;

use simplycrm_ws::{Describe, Field};

/// Letters and digits in lower case, everything between them one line.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for word in text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        if !slug.is_empty() {
            slug.push('_');
        }
        slug.extend(word.chars().flat_map(char::to_lowercase));
    }
    slug
}

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
