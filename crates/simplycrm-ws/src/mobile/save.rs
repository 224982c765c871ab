//! `saveRecord`: creating and changing records.

use std::collections::BTreeMap;

use api_core::{Error, ExposeSecret, Json, SecretString};

use super::client::Client;
use super::operations as op;
use super::record::Record;
use super::wire;
use crate::{Operation, Params, RecordId, Warning};

/// Fields whose value may be a list: lines of an invoice, members of a group.
const LISTS: &[&str] = &["LineItems", "members"];

/// A record as it is after saving.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Saved {
    /// The record as the server answered it, in blocks.
    pub record: Record,
    /// What was stored other than it was sent.
    pub warnings: Vec<Warning>,
}

/// Checks what the server would take silently and wrongly.
fn check(values: &BTreeMap<String, Json>) -> Result<(), Error> {
    let refused = |what: String| wire::refused("saveRecord", what);
    if values.is_empty() {
        return Err(refused("There are no values to save.".to_owned()));
    }
    for (name, value) in values {
        match value {
            _ if name == "id" => {
                return Err(refused("The values hold an `id`.".to_owned()).help(
                    "Name the record to change apart from its values: with an `id` inside them older servers blank every other field.",
                ));
            }
            Json::Map(members) if members.contains_key("value") => {
                return Err(
                    refused(format!("The field `{name}` is a reference with its label.")).help(
                        "Send the plain id, such as `12x3`: servers blank or ignore the pair.",
                    ),
                );
            }
            Json::Map(_) => {
                return Err(refused(format!("The field `{name}` holds an object.")));
            }
            Json::List(_) if !LISTS.contains(&name.as_str()) => {
                return Err(refused(format!("The field `{name}` holds a list."))
                    .help("Several choices are one text, joined by ` |##| `."));
            }
            _ => {}
        }
    }
    Ok(())
}

impl Client {
    /// Creates a record (`saveRecord`) of fields as they go on the wire.
    ///
    /// # Errors
    ///
    /// `Validation` when a mandatory field is missing, `Conflict` for a
    /// duplicate. With an unknown outcome when no readable answer came: look
    /// for the record before sending it again.
    pub async fn create_raw(
        &self,
        module: &str,
        values: BTreeMap<String, Json>,
    ) -> Result<Saved, Error> {
        self.create_secret(module, values, None).await
    }

    pub(crate) async fn create_secret(
        &self,
        module: &str,
        values: BTreeMap<String, Json>,
        secret: Option<SecretString>,
    ) -> Result<Saved, Error> {
        let params = Params::new().with("module", module);
        self.save(&op::CREATE, module, params, values, secret).await
    }

    /// Changes some fields of a record (`saveRecord`), as they go on the wire;
    /// the others stay.
    ///
    /// The server takes the record's module from its id; the name given here
    /// is sent and not looked at (recorded vtiger 5.4.0 server).
    ///
    /// # Errors
    ///
    /// `Permission` when the record does not exist or may not be changed.
    /// Refused locally: no values, an `id` among them, references with labels,
    /// and the id of a template (`NNx0`), with which the server would create.
    pub async fn update_raw(
        &self,
        module: &str,
        record: &RecordId,
        values: BTreeMap<String, Json>,
    ) -> Result<Saved, Error> {
        if record.number == 0 {
            return Err(wire::refused(
                "saveRecord",
                format!("The id {record} is that of a template."),
            )
            .help("The server would create a record; use `create` for that."));
        }
        let params = Params::new()
            .with("module", module)
            .with("record", record.to_string());
        self.save(&op::UPDATE, module, params, values, None).await
    }

    async fn save(
        &self,
        operation: &Operation,
        module: &str,
        params: Params,
        values: BTreeMap<String, Json>,
        secret: Option<SecretString>,
    ) -> Result<Saved, Error> {
        if !wire::is_name(module) {
            return Err(wire::refused(
                "saveRecord",
                "The module's name is empty or holds odd characters.",
            ));
        }
        check(&values)?;
        let mut params = params.with("values", wire::escaped(&Json::from(values)));
        if let Some(secret) = secret {
            // As it stands in JSON and as it is.
            let quoted = wire::escaped(&Json::from(secret.expose_secret()));
            params = params
                .hiding(quoted.trim_matches('"').to_owned().into())
                .hiding(secret);
        }
        let result = self.run(operation, params).await?;
        let record = super::fetch::record(operation.name(), &result)?;
        Ok(Saved {
            record,
            warnings: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> BTreeMap<String, Json> {
        Json::parse(text).unwrap().into_map().unwrap()
    }

    #[test]
    fn what_older_servers_take_silently_and_wrongly_is_refused() {
        for text in [
            "{}",
            r#"{"id":"12x3","title":"x"}"#,
            r#"{"account_id":{"value":"11x3","label":"x"}}"#,
            r#"{"title":{"a":"b"}}"#,
            r#"{"cf_1":["Golf","Tennis"]}"#,
        ] {
            assert!(check(&values(text)).is_err(), "{text}");
        }
        for text in [
            r#"{"account_id":"11x3","donotcall":true,"employees":7,"title":null}"#,
            r#"{"LineItems":[{"productid":"14x1"}]}"#,
            r#"{"members":["Users:5"]}"#,
        ] {
            assert!(check(&values(text)).is_ok(), "{text}");
        }
    }
}
