//! Finding back what a server confirmed without its id.

use std::collections::BTreeSet;

use api_core::{Error, SendOutcome};
use serde_json::Value;

use crate::model::RecordId;
use crate::request::check_id;
use crate::resource::{Fields, Resource};

/// The ids of the records that had a new record's natural key before it was sent.
#[derive(Debug)]
pub(crate) struct Before(BTreeSet<String>);

impl Resource {
    /// Who has the natural key of a record that is about to be created.
    ///
    /// Asked only where the server is known to confirm creates without an id; `None` where it does
    /// not, or where the record has no natural key.
    pub(crate) async fn known_before(
        &self,
        name: &'static str,
        fields: &Fields,
    ) -> Result<Option<Before>, Error> {
        if !self.client.may_be_idless() {
            return Ok(None);
        }
        let Some(key) = self.natural_key(fields) else {
            return Ok(None);
        };
        match self.ids_of(&key).await {
            Ok(ids) => Ok(Some(Before(ids))),
            Err(error) => Err(error.operation(name).outcome(SendOutcome::NotSent).help(
                "This server confirms new records without their id, so that they have to be \
                     searched: correct the profile's `search` and `natural_keys`.",
            )),
        }
    }

    /// The one record with this natural key that was not there before; `None` unless that is clear.
    pub(crate) async fn find_back(
        &self,
        fields: &Fields,
        before: Option<&Before>,
    ) -> Option<RecordId> {
        let Before(before) = before?;
        let key = self.natural_key(fields)?;
        let now = self.ids_of(&key).await.ok()?;
        let mut new = now.difference(before);
        let only = new.next()?;
        new.next().is_none().then(|| RecordId::new(only.as_str()))
    }

    /// The first natural key of the profile of which the record has every field, each with a text
    /// that a search can carry.
    fn natural_key(&self, fields: &Fields) -> Option<Vec<(String, String)>> {
        let keys = self.client.profile().natural_keys.get(&self.entity)?;
        keys.iter().find_map(|key| {
            key.iter()
                .map(|name| {
                    let value = text(fields.get(name)?)?;
                    check_id(&value).ok()?;
                    Some((name.clone(), value))
                })
                .collect()
        })
    }

    async fn ids_of(&self, key: &[(String, String)]) -> Result<BTreeSet<String>, Error> {
        let filters: Vec<(&str, &str)> = key
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let found: Vec<Fields> = self.find_as(&filters).await?;
        Ok(found
            .iter()
            .filter_map(|record| text(record.get("id")?))
            .collect())
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
