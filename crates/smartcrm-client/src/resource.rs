//! The calls of a resource on plain JSON maps; the typed handles stand on them.

use api_core::{Error, ErrorKind, Guarded, Safety, SendOutcome};
use futures_util::stream::BoxStream;
use http::Method;
use serde_json::{Map, Value};

use crate::batch::{self, BatchRecord, BatchResult};
use crate::client::{Client, Operation};
use crate::error::{Answer, Asked};
use crate::list::{ListParams, Page};
use crate::model::RecordId;
use crate::profile::{Entity, ExternalIdMode, PushMode};
use crate::reading::records_of;
use crate::request::{Draft, check_id};

/// The fields of a record as a JSON map, numbers exact.
///
/// Numbers that are not 64-bit integers arrive as strings, so that no digit
/// of an amount is lost.
pub type Fields = Map<String, Value>;

/// What makes a create safe to repeat or its result possible to find.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CreateOptions {
    /// The caller's own key of the record.
    pub external_id: Option<String>,
    /// The key under which the server recognises a repeated request.
    pub idempotency_key: Option<String>,
}

impl CreateOptions {
    /// Neither key.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the caller's own key of the record.
    #[must_use]
    pub fn external_id(mut self, key: impl Into<String>) -> Self {
        self.external_id = Some(key.into());
        self
    }

    /// Sets the key under which the server recognises a repeated request.
    #[must_use]
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }
}

/// The server's confirmation of a create.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Created<I> {
    /// The new record's id; some servers confirm without one, and then the
    /// record has to be looked up.
    pub id: Option<I>,
    /// The server's words.
    pub message: Option<String>,
}

/// The calls of one entity on plain JSON maps.
///
/// Made by [`Client::resource`]; cheap to clone.
#[derive(Debug, Clone)]
pub struct Resource {
    pub(crate) client: Client,
    pub(crate) entity: Entity,
}

impl Resource {
    pub(crate) fn new(client: Client, entity: Entity) -> Self {
        Self { client, entity }
    }

    /// Which entity this is.
    #[must_use]
    pub fn entity(&self) -> Entity {
        self.entity
    }

    /// Reads one page.
    ///
    /// A record that cannot be read does not spoil its page. The server's
    /// `404 No data were found` is an empty page.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached, refuses, or answers with anything
    /// that is not a list.
    pub async fn list(&self, params: &ListParams) -> Result<Page<Guarded<Fields>>, Error> {
        Ok(self.list_as(params).await?.page)
    }

    /// Reads page after page until the last.
    ///
    /// The stream ends with an error when a page cannot be read, or when the
    /// server sends the same page twice.
    pub fn pages(
        &self,
        params: ListParams,
    ) -> BoxStream<'static, Result<Page<Guarded<Fields>>, Error>> {
        self.pages_as(params)
    }

    /// Reads record after record until the last.
    pub fn records(
        &self,
        params: ListParams,
    ) -> BoxStream<'static, Result<Guarded<Fields>, Error>> {
        records_of(self.pages_as(params))
    }

    /// Reads one record.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no such record; otherwise as
    /// [`list`](Self::list).
    pub async fn get(&self, id: &RecordId) -> Result<Fields, Error> {
        self.get_as(id.as_str()).await
    }

    /// Finds the records whose fields have exactly these values.
    ///
    /// What the server returns is checked on this side (text without regard
    /// to case, decimals by value), because a server that does not know a
    /// filter tends to ignore it and to return everything. Nothing found is
    /// an empty list.
    ///
    /// # Errors
    ///
    /// `Config` when the server visibly ignores the filter; otherwise as
    /// [`list`](Self::list). A record that matches but cannot be read is an
    /// error, too: leaving it out would look like "not found".
    pub async fn find(&self, filters: &[(&str, &str)]) -> Result<Vec<Fields>, Error> {
        self.find_as(filters).await
    }

    /// Makes a record.
    ///
    /// # Errors
    ///
    /// `Validation` with a message per field when the record is refused. When
    /// the error's [`send_outcome`](Error::send_outcome) is
    /// [`SendOutcome::Unknown`] the record may exist: look it up before
    /// sending it again.
    ///
    /// A server that confirms a create without the new id is searched by the
    /// profile's natural keys, and the id is `None` unless exactly one new
    /// record is found.
    pub async fn create(
        &self,
        fields: &Fields,
        options: &CreateOptions,
    ) -> Result<Created<RecordId>, Error> {
        let name = self.operation("create");
        self.writable(name)?;
        let before = self.known_before(name, fields).await?;
        let mut created = self.create_once(name, fields, options).await?;
        self.client.is_idless(created.id.is_none());
        if created.id.is_none() {
            created.id = self.find_back(fields, before.as_ref()).await;
        }
        Ok(created)
    }

    async fn create_once(
        &self,
        name: &'static str,
        fields: &Fields,
        options: &CreateOptions,
    ) -> Result<Created<RecordId>, Error> {
        let profile = self.client.profile();
        let key = options.idempotency_key.as_deref();
        let external_id = options.external_id.as_deref();
        let body = self.to_keyed_create(fields, external_id);
        let safety = if key.is_some() && profile.honours_idempotency_keys() {
            Safety::IdempotentWithKey
        } else if external_id.is_some() && profile.external_id == ExternalIdMode::Upsert {
            Safety::Idempotent
        } else {
            Safety::Create
        };
        let body = Value::Object(body);
        let answer = self
            .client
            .call(Operation {
                name,
                template: self.path(),
                method: Method::POST,
                safety,
                asked: Asked::Create,
                draft: Draft {
                    path: Draft::route(&self.path()),
                    body: Some(&body),
                    idempotency_key: key,
                    ..Draft::default()
                },
            })
            .await?;
        Ok(match answer {
            Answer::Content(envelope) => Created {
                id: envelope.id(&profile.id_fields).map(RecordId::from),
                message: envelope.message,
            },
            Answer::Empty | Answer::NoBody => Created {
                id: None,
                message: None,
            },
        })
    }

    /// Changes the fields given and no other.
    ///
    /// Without a field nothing is sent: the server answers an empty `PUT`
    /// with 406.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no such record, `Validation` with a message
    /// per field when the change is refused.
    pub async fn update(&self, id: &RecordId, fields: &Fields) -> Result<(), Error> {
        self.update_as(Safety::Idempotent, id, fields).await
    }

    pub(crate) async fn update_as(
        &self,
        safety: Safety,
        id: &RecordId,
        fields: &Fields,
    ) -> Result<(), Error> {
        self.writable(self.operation("update"))?;
        if fields.is_empty() {
            return Ok(());
        }
        let body = Value::Object(self.to_wire(fields));
        self.change(Method::PUT, safety, "update", id.as_str(), Some(&body))
            .await
    }

    /// Deletes a record.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no such record.
    pub async fn delete(&self, id: &RecordId) -> Result<(), Error> {
        self.writable(self.operation("delete"))?;
        let safety = Safety::Idempotent;
        self.change(Method::DELETE, safety, "delete", id.as_str(), None)
            .await
    }

    /// Sends many writes and gives exactly one result for each, in order.
    ///
    /// A record the answer does not mention, or mentions twice, is
    /// [`BatchOutcome::Unknown`](crate::BatchOutcome::Unknown). A profile in `single` mode sends one request
    /// per record and gives the same kind of results. More records than the
    /// client's [`batch_size`](Client::batch_size) go in several requests; a
    /// request the server calls too large is halved, down to one record.
    ///
    /// # Errors
    ///
    /// When the first request as a whole failed and nothing has been written;
    /// its [`send_outcome`](Error::send_outcome) then holds for every record.
    /// When a later one fails, each of its records says so.
    pub async fn push_batch(
        &self,
        records: &[BatchRecord],
        idempotency_key: Option<&str>,
    ) -> Result<Vec<BatchResult>, Error> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let name = self.operation("push_batch");
        self.writable(name)?;
        if let Some(fault) = batch::fault(records) {
            return Err(Error::new(
                ErrorKind::Config,
                format!("The batch cannot be sent: {fault}."),
            )
            .operation(name)
            .outcome(SendOutcome::NotSent));
        }
        for record in records {
            if let Some(id) = &record.id {
                check_id(id.as_str()).map_err(|error| error.operation(name))?;
            }
        }
        match self.client.profile().push.mode {
            PushMode::Batch | PushMode::PerfexBatch => {
                self.push_together(name, records, idempotency_key).await
            }
            PushMode::Single => self.push_apart(name, records, idempotency_key).await,
        }
    }

    async fn change(
        &self,
        method: Method,
        safety: Safety,
        what: &str,
        id: &str,
        body: Option<&Value>,
    ) -> Result<(), Error> {
        let name = self.operation(what);
        check_id(id).map_err(|error| error.operation(name))?;
        self.client
            .call(Operation {
                name,
                template: format!("{}/{{id}}", self.path()),
                method,
                safety,
                asked: Asked::Change,
                draft: Draft {
                    path: self.record_path(id),
                    body,
                    ..Draft::default()
                },
            })
            .await?;
        Ok(())
    }

    pub(crate) fn to_wire(&self, fields: &Fields) -> Fields {
        let profile = self.client.profile();
        if !profile.fields.contains_key(&self.entity) {
            return fields.clone();
        }
        fields
            .iter()
            .map(|(name, value)| {
                let name = profile.wire_name(self.entity, name);
                (name.to_owned(), value.clone())
            })
            .collect()
    }

    /// A record to be created: renamed, and with what the profile adds.
    pub(crate) fn to_create(&self, fields: &Fields) -> Fields {
        let mut body = self.to_wire(fields);
        if let Some(constants) = self.client.profile().constants.get(&self.entity) {
            for (name, value) in constants {
                body.entry(name.as_str()).or_insert_with(|| value.clone());
            }
        }
        body
    }

    /// A record to be created, with the caller's own key of it where the server keeps that.
    pub(crate) fn to_keyed_create(&self, fields: &Fields, external_id: Option<&str>) -> Fields {
        let profile = self.client.profile();
        let mut body = self.to_create(fields);
        if let Some(external_id) = external_id
            && profile.external_id != ExternalIdMode::Ignored
        {
            body.insert(
                profile.wire_name(self.entity, "external_id").to_owned(),
                Value::String(external_id.to_owned()),
            );
        }
        body
    }

    /// Refuses what this profile or these tokens have no way to ask for.
    pub(crate) fn usable(&self, name: &'static str) -> Result<(), Error> {
        self.client
            .usable(self.entity)
            .map_err(|error| error.operation(name))
    }

    fn writable(&self, name: &'static str) -> Result<(), Error> {
        self.usable(name)?;
        let profile = self.client.profile();
        if profile.writes(self.entity) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Config,
            format!(
                "The profile {} has {} for reading only.",
                profile.name, self.entity
            ),
        )
        .operation(name)
        .outcome(SendOutcome::NotSent))
    }

    pub(crate) fn operation(&self, what: &str) -> &'static str {
        operation(self.entity, what)
    }

    pub(crate) fn path(&self) -> String {
        self.client
            .profile()
            .path(self.entity)
            .unwrap_or(self.entity.as_str())
            .to_owned()
    }

    pub(crate) fn record_path(&self, id: &str) -> Vec<String> {
        let mut path = Draft::route(&self.path());
        path.push(id.to_owned());
        path
    }
}

/// The operation's name in errors, logs and exchanges.
fn operation(entity: Entity, what: &str) -> &'static str {
    macro_rules! names {
        ($($entity:ident $word:literal),+) => {
            match (entity, what) {
                $(
                    (Entity::$entity, "list") => concat!($word, ".list"),
                    (Entity::$entity, "get") => concat!($word, ".get"),
                    (Entity::$entity, "find") => concat!($word, ".find"),
                    (Entity::$entity, "create") => concat!($word, ".create"),
                    (Entity::$entity, "update") => concat!($word, ".update"),
                    (Entity::$entity, "delete") => concat!($word, ".delete"),
                    (Entity::$entity, "push_batch") => concat!($word, ".push_batch"),
                    (Entity::$entity, _) => $word,
                )+
            }
        };
    }
    names!(
        Clients "clients", Contacts "contacts", Leads "leads", Projects "projects",
        Tickets "tickets", Invoices "invoices", Payments "payments",
        ProductGroups "product_groups", Products "products", Discounts "discounts",
        Stock "stock", Orders "orders"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_name() {
        assert_eq!(
            operation(Entity::Invoices, "push_batch"),
            "invoices.push_batch"
        );
        for entity in Entity::ALL {
            for what in [
                "list",
                "get",
                "find",
                "create",
                "update",
                "delete",
                "push_batch",
            ] {
                assert_eq!(operation(entity, what), format!("{entity}.{what}"));
            }
        }
    }
}
