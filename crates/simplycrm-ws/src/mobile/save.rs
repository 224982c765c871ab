//! `saveRecord`: creating and changing records.

use std::collections::BTreeMap;
use std::time::Duration;

use api_core::{Error, ErrorKind, ExposeSecret, Json, SecretString, SendOutcome};

use super::client::Client;
use super::operations as op;
use super::record::Record;
use super::wire;
use crate::compare::compare;
use crate::write::create::{is_older, was_there};
use crate::{Operation, Params, Query, RecordId, Values, Warning};

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
    /// Whether the answer was lost and the record found afterwards.
    pub adopted: bool,
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

/// How long a record whose create was lost is looked for.
const SETTLE: Duration = Duration::from_secs(10);

/// How often it is looked for in that time.
const LOOKS: u32 = 5;

/// How a record is refused that may not be read. The server saves first and
/// reads what it answers with afterwards (source only), so that a record given
/// to somebody else may be refused so although it was saved.
const UNREADABLE: &str = "Permission to read given object is denied";

impl Client {
    /// Creates a record (`saveRecord`).
    ///
    /// What the server stored other than it was sent is told in
    /// [`Saved::warnings`].
    ///
    /// # Errors
    ///
    /// `Validation` when a mandatory field is missing, `Conflict` for a
    /// duplicate. With an unknown outcome when no readable answer came: look
    /// for the record before sending it again, or use
    /// [`create_looked_up`](Self::create_looked_up).
    pub async fn create(&self, module: &str, values: &Values) -> Result<Saved, Error> {
        let saved = self.create_raw(module, self.encoded(values)?).await?;
        Ok(self.compared(module, values, saved))
    }

    /// Creates a record, and looks for it by a field when no readable answer
    /// came.
    ///
    /// The field must hold a value of this one record, such as a mark made for
    /// the purpose. One hit is adopted, several are an error, and without a
    /// hit the first error is returned, its outcome still unknown. Nothing is
    /// sent twice.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create); `Conflict` when several records hold the
    /// value, or one that was made more than a day before; refused locally when the field has no text to look for.
    pub async fn create_looked_up(
        &self,
        module: &str,
        values: &Values,
        field: &str,
    ) -> Result<Saved, Error> {
        let members = self.encoded(values)?;
        let key = match members.get(field) {
            Some(Json::Text(text)) if !text.trim().is_empty() => text.clone(),
            _ => {
                return Err(wire::refused(
                    "saveRecord",
                    format!(
                        "The new record has no text in `{field}`, by which it is to be looked up."
                    ),
                ));
            }
        };
        let query = Query::select(["id"])
            .from(module)
            .filter(crate::field(field).eq(key.as_str()))
            .limit(2)
            .build()
            .map_err(|error| wire::refused("saveRecord", error.to_string()))?;
        // A login first, so that a lost answer is one to the create.
        self.generation().await?;
        let begun = self.now();
        let saved = match self.create_raw(module, members).await {
            Err(error) if error.send_outcome() == SendOutcome::Unknown => {
                let id = self.find(&query, field, error).await?;
                let record = self.fetch_with_grouping(&id).await;
                let record = record.map_err(|error| error.outcome(SendOutcome::Unknown))?;
                if is_older(record.text("createdtime"), self.zone(), begun) {
                    return Err(was_there("mobile.saveRecord", field, id));
                }
                Saved {
                    record,
                    warnings: Vec::new(),
                    adopted: true,
                }
            }
            other => other?,
        };
        Ok(self.compared(module, values, saved))
    }

    /// Finds the one record of a query; the first error when it does not appear.
    async fn find(&self, query: &str, field: &str, lost: Error) -> Result<RecordId, Error> {
        for look in 0..LOOKS {
            if look > 0 {
                self.clock().sleep(SETTLE / (LOOKS - 1)).await;
            }
            let found = match self.query_page(query, 0).await {
                Ok(page) => page.records,
                Err(error) => {
                    tracing::debug!(
                        error.kind = error.kind().as_str(),
                        "A lost create cannot be looked up yet."
                    );
                    continue;
                }
            };
            let mut ids = found.iter().filter_map(Record::id);
            match (ids.next(), ids.next()) {
                (Some(id), None) => return Ok(id),
                (Some(_), Some(_)) => {
                    return Err(Error::new(
                        ErrorKind::Conflict,
                        format!("The answer to a create was lost, and several records hold its `{field}`."),
                    )
                    .operation("mobile.saveRecord")
                    .outcome(SendOutcome::Unknown)
                    .source(lost)
                    .help("Look up records by a field that only one can have."));
                }
                _ => {}
            }
        }
        Err(lost.help(
            "No record with the value it is looked up by has appeared; the server may still be at work. Look again before sending it again.",
        ))
    }

    /// Changes some fields of a record (`saveRecord`); the others stay.
    ///
    /// The record is named apart from its values. The server takes the module
    /// from the id; the name given here is sent and not looked at (recorded
    /// vtiger 5.4.0 server).
    ///
    /// # Errors
    ///
    /// `Permission` when the record does not exist or may not be changed.
    /// Refused locally: no values, an `id` among them, and the id of a
    /// template (`NNx0`), with which the server would create.
    pub async fn update(
        &self,
        module: &str,
        record: &RecordId,
        values: &Values,
    ) -> Result<Saved, Error> {
        let saved = self
            .update_raw(module, record, self.encoded(values)?)
            .await?;
        Ok(self.compared(module, values, saved))
    }

    fn encoded(&self, values: &Values) -> Result<BTreeMap<String, Json>, Error> {
        values
            .encode(self.zone())
            .map_err(|error| error.operation("mobile.saveRecord"))
    }

    /// Tells what was stored other than it was sent.
    fn compared(&self, module: &str, values: &Values, mut saved: Saved) -> Saved {
        let stored = saved.record.to_plain();
        let warnings = compare(module, values, self.zone(), &stored, None);
        for warning in &warnings {
            self.warn(warning);
        }
        saved.warnings.extend(warnings);
        saved
    }

    /// Creates a record of fields as they go on the wire; see
    /// [`create`](Self::create).
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create). Refused locally: no values, an `id` among
    /// them, references with their labels, lists and objects where the server
    /// takes none.
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

    /// Changes fields as they go on the wire; see [`update`](Self::update).
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update). Refused locally besides: references with
    /// their labels, lists and objects where the server takes none.
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
        let may_be_hidden = values.contains_key("assigned_user_id");
        let secrets = values
            .iter()
            .filter(|(name, _)| crate::record::is_secret_column(name))
            .filter_map(|(_, value)| wire::filled(Some(value)))
            .map(SecretString::from)
            .chain(secret)
            .collect::<Vec<_>>();
        let mut params = params.with("values", wire::escaped(&Json::from(values)));
        for secret in secrets {
            // As it stands in JSON and as it is.
            let quoted = wire::escaped(&Json::from(secret.expose_secret()));
            params = params
                .hiding(quoted.trim_matches('"').to_owned().into())
                .hiding(secret);
        }
        let result = self.run(operation, params).await.map_err(|error| {
            if may_be_hidden && error.message().starts_with(UNREADABLE) {
                error.outcome(SendOutcome::Unknown).help(
                    "The record may be saved and belong to somebody whose records this user may not read; look before sending it again.",
                )
            } else {
                error
            }
        })?;
        Ok(Saved {
            record: super::fetch::record(operation.name(), &result)?,
            warnings: Vec::new(),
            adopted: false,
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
