//! The calls of a resource on plain JSON maps; the typed handles stand on them.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use api_core::paging::{self, paginate};
use api_core::{BadRecord, Error, ErrorKind, Guarded, Safety, SendOutcome, redact};
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use http::Method;
use rust_decimal::Decimal;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::batch::{self, BatchOutcome, BatchRecord, BatchResult};
use crate::client::{Client, Operation};
use crate::envelope::{id_of, text_of};
use crate::error::{Answer, Asked};
use crate::exact::RawMap;
use crate::list::{self, ListParams, Page};
use crate::model::{self, FromRecord, RecordId, RecordMembers};
use crate::profile::{Entity, ExternalIdMode, PushMode};
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

/// One page and what it is recognised by.
pub(crate) struct Listed<T> {
    pub(crate) page: Page<Guarded<T>>,
    fingerprint: Option<u64>,
}

/// The calls of one entity on plain JSON maps.
///
/// Made by [`Client::resource`]; cheap to clone.
#[derive(Debug, Clone)]
pub struct Resource {
    client: Client,
    entity: Entity,
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
    pub async fn create(
        &self,
        fields: &Fields,
        options: &CreateOptions,
    ) -> Result<Created<RecordId>, Error> {
        let profile = self.client.profile();
        let mut body = self.to_wire(fields);
        let key = options.idempotency_key.as_deref();
        let external_id = options.external_id.as_deref();
        if let Some(external_id) = external_id
            && profile.external_id != ExternalIdMode::Ignored
        {
            body.insert(
                profile.wire_name(self.entity, "external_id").to_owned(),
                Value::String(external_id.to_owned()),
            );
        }
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
                name: self.operation("create"),
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
        if fields.is_empty() {
            return Ok(());
        }
        let body = Value::Object(self.to_wire(fields));
        self.change(Method::PUT, "update", id.as_str(), Some(&body))
            .await
    }

    /// Deletes a record.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no such record.
    pub async fn delete(&self, id: &RecordId) -> Result<(), Error> {
        self.change(Method::DELETE, "delete", id.as_str(), None)
            .await
    }

    /// Sends many writes and gives exactly one result for each, in order.
    ///
    /// A record the answer does not mention, or mentions twice, is
    /// [`BatchOutcome::Unknown`]. A profile in `single` mode sends one request
    /// per record and gives the same kind of results.
    ///
    /// # Errors
    ///
    /// When the request as a whole failed; its
    /// [`send_outcome`](Error::send_outcome) then holds for every record.
    /// `TooLarge` when there are more records than the server (or this
    /// client's batch size) allows: send fewer at once.
    pub async fn push_batch(
        &self,
        records: &[BatchRecord],
        idempotency_key: Option<&str>,
    ) -> Result<Vec<BatchResult>, Error> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let name = self.operation("push_batch");
        let refuse = |kind, message: String| {
            Error::new(kind, message)
                .operation(name)
                .outcome(SendOutcome::NotSent)
        };
        if records.len() > self.client.batch_size() {
            return Err(refuse(
                ErrorKind::TooLarge,
                format!(
                    "{} records are more than a batch of {} holds.",
                    records.len(),
                    self.client.batch_size()
                ),
            ));
        }
        if let Some(fault) = batch::fault(records) {
            return Err(refuse(
                ErrorKind::Config,
                format!("The batch cannot be sent: {fault}."),
            ));
        }
        for record in records {
            if let Some(id) = &record.id {
                check_id(id.as_str()).map_err(|error| error.operation(name))?;
            }
        }
        match self.client.profile().push.mode {
            PushMode::Batch => self.push_together(name, records, idempotency_key).await,
            PushMode::Single => self.push_apart(name, records, idempotency_key).await,
        }
    }

    async fn push_together(
        &self,
        name: &'static str,
        records: &[BatchRecord],
        key: Option<&str>,
    ) -> Result<Vec<BatchResult>, Error> {
        let profile = self.client.profile();
        let upsert = profile.external_id == ExternalIdMode::Upsert;
        let safety = if key.is_some() && profile.honours_idempotency_keys() {
            Safety::IdempotentWithKey
        } else if records
            .iter()
            .all(|record| record.id.is_some() || (upsert && record.external_id.is_some()))
        {
            Safety::Idempotent
        } else {
            Safety::Create
        };
        let route = profile.push.route.replace("{entity}", &self.path());
        let body = batch::body(records, |data| Value::Object(self.to_wire(data)));
        let answer = self
            .client
            .call(Operation {
                name,
                template: route.clone(),
                method: Method::POST,
                safety,
                asked: Asked::Batch,
                draft: Draft {
                    path: Draft::route(&route),
                    body: Some(&body),
                    idempotency_key: key,
                    ..Draft::default()
                },
            })
            .await?;
        let results = match answer {
            Answer::Content(envelope) => envelope.results.unwrap_or_default(),
            Answer::Empty | Answer::NoBody => Vec::new(),
        };
        Ok(batch::match_up(name, records, &results))
    }

    async fn push_apart(
        &self,
        name: &'static str,
        records: &[BatchRecord],
        key: Option<&str>,
    ) -> Result<Vec<BatchResult>, Error> {
        let mut results: Vec<BatchResult> = Vec::with_capacity(records.len());
        let mut stopped: Option<Error> = None;
        for (index, record) in records.iter().enumerate() {
            let outcome = match &stopped {
                Some(error) => BatchOutcome::NotSent(error.clone().outcome(SendOutcome::NotSent)),
                None => match self.push_one(name, index, record, key).await {
                    Ok(outcome) => outcome,
                    Err(error) => {
                        let of_all = concerns_all(error.kind());
                        // Nothing has been written yet, and nothing will be.
                        if of_all && index == 0 && !error.send_outcome().may_be_applied() {
                            return Err(error);
                        }
                        if of_all {
                            stopped = Some(error.clone());
                        }
                        BatchOutcome::of_error(error)
                    }
                },
            };
            results.push(BatchResult {
                external_id: record.external_id.clone(),
                outcome,
            });
        }
        Ok(results)
    }

    async fn push_one(
        &self,
        name: &'static str,
        index: usize,
        record: &BatchRecord,
        key: Option<&str>,
    ) -> Result<BatchOutcome, Error> {
        if let Some(id) = &record.id {
            self.update(id, &record.data).await?;
            return Ok(BatchOutcome::Written {
                id: id.clone(),
                action: batch::Action::Updated,
            });
        }
        let options = CreateOptions {
            external_id: record.external_id.clone(),
            // One key per record: a shared one would replay the first answer for all.
            idempotency_key: key.map(|key| match &record.external_id {
                Some(external_id) => format!("{key}:{external_id}"),
                None => format!("{key}:{index}"),
            }),
        };
        let created = self.create(&record.data, &options).await?;
        Ok(match created.id {
            Some(id) => BatchOutcome::Written {
                id,
                action: batch::Action::Created,
            },
            None => BatchOutcome::Unknown(
                Error::new(
                    ErrorKind::Decode,
                    "The server confirmed the record without its id.",
                )
                .operation(name)
                .outcome(SendOutcome::Unknown)
                .help("Look the record up on the server before sending it again."),
            ),
        })
    }

    async fn change(
        &self,
        method: Method,
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
                safety: Safety::Idempotent,
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

    pub(crate) async fn get_as<T: FromRecord>(&self, id: &str) -> Result<T, Error> {
        let name = self.operation("get");
        check_id(id).map_err(|error| error.operation(name))?;
        let answer = self
            .client
            .call(Operation {
                name,
                template: format!("{}/{{id}}", self.path()),
                method: Method::GET,
                safety: Safety::Idempotent,
                asked: Asked::Get,
                draft: Draft {
                    path: self.record_path(id),
                    ..Draft::default()
                },
            })
            .await?;
        let raw = match &answer {
            Answer::Content(envelope) => envelope.record(),
            Answer::Empty | Answer::NoBody => None,
        };
        let members = raw.as_deref().map_or_else(
            || Err("the answer holds no record".to_owned()),
            model::members,
        );
        members
            .map_err(|message| (String::new(), message))
            .and_then(|members| T::from_members(self.to_own(members)))
            .map_err(|(path, message)| undecodable(name, &path, &message))
    }

    pub(crate) async fn list_as<T: FromRecord>(
        &self,
        params: &ListParams,
    ) -> Result<Listed<T>, Error> {
        let path = Draft::route(&self.path());
        self.list_at("list", path, self.path(), params).await
    }

    async fn list_at<T: FromRecord>(
        &self,
        what: &str,
        path: Vec<String>,
        template: String,
        params: &ListParams,
    ) -> Result<Listed<T>, Error> {
        let profile = self.client.profile();
        let page = params.page.unwrap_or(1).max(1);
        let default = u32::try_from(self.client.batch_size()).unwrap_or(u32::MAX);
        let per_page = params.per_page.unwrap_or(default).max(1);
        let name = self.operation(what);
        let answer = self
            .client
            .call(Operation {
                name,
                template,
                method: Method::GET,
                safety: Safety::Idempotent,
                asked: Asked::List,
                draft: Draft {
                    path,
                    query: params.query(profile, self.entity, page, per_page),
                    ..Draft::default()
                },
            })
            .await?;
        let Answer::Content(envelope) = answer else {
            return Ok(Listed {
                page: Page::empty(page, per_page),
                fingerprint: None,
            });
        };
        let raws = envelope.list().unwrap_or_default();
        let next = list::next_page(&profile.paging, &envelope.meta, page, per_page, raws.len())
            .map_err(|message| Error::new(ErrorKind::Decode, message).operation(name))?;
        if let Some(answered) = envelope.meta.page
            && answered != u64::from(page)
            && profile.paging.mode == crate::profile::PagingMode::Page
        {
            return Err(Error::new(
                ErrorKind::Decode,
                format!("Page {page} was asked for and page {answered} was sent."),
            )
            .operation(name));
        }
        let fingerprint = (!raws.is_empty()).then(|| {
            let mut hasher = DefaultHasher::new();
            for raw in &raws {
                raw.get().hash(&mut hasher);
            }
            hasher.finish()
        });
        let items = raws.iter().map(|raw| self.guard(raw)).collect();
        Ok(Listed {
            page: Page {
                items,
                page,
                per_page,
                total: envelope.meta.total,
                next,
            },
            fingerprint,
        })
    }

    pub(crate) fn pages_as<T: FromRecord>(
        &self,
        params: ListParams,
    ) -> BoxStream<'static, Result<Page<Guarded<T>>, Error>> {
        let resource = self.clone();
        let last = Arc::new(Mutex::new(None));
        // The shared paging loop, one of our pages at a time.
        paginate(params.page.unwrap_or(1).max(1), move |page| {
            let resource = resource.clone();
            let params = params.clone().page(page);
            let last = Arc::clone(&last);
            async move {
                let listed = resource.list_as::<T>(&params).await?;
                let before = std::mem::replace(
                    &mut *last.lock().unwrap_or_else(PoisonError::into_inner),
                    listed.fingerprint,
                );
                if listed.fingerprint.is_some() && listed.fingerprint == before {
                    return Err(resource.repeated(page));
                }
                let next = listed.page.next;
                Ok(paging::Page::new(vec![listed.page], next))
            }
        })
        .records()
    }

    pub(crate) async fn find_as<T: FromRecord>(
        &self,
        filters: &[(&str, &str)],
    ) -> Result<Vec<T>, Error> {
        const FIND: &str = "find";
        let name = self.operation(FIND);
        let profile = self.client.profile();
        let Some((_, first)) = filters.first() else {
            return Err(Error::new(ErrorKind::Config, "A search needs a filter.").operation(name));
        };
        let by_path = profile.search.route.contains("{value}");
        let template = profile.search.route.replace("{entity}", &self.path());
        let path = Draft::route(&template)
            .into_iter()
            .map(|part| part.replace("{value}", first))
            .collect::<Vec<_>>();
        let mut params = ListParams::new();
        if by_path {
            check_id(first).map_err(|error| error.operation(name))?;
        } else {
            for (field, value) in filters {
                params = params.filter(*field, *value);
            }
        }
        let mut found = Vec::new();
        let mut last = None;
        for _ in 0..profile.search.max_pages {
            let listed = self
                .list_at::<RecordMembers>(FIND, path.clone(), template.clone(), &params)
                .await?;
            if listed.fingerprint.is_some() && listed.fingerprint == last {
                return Err(self.repeated(listed.page.page));
            }
            last = listed.fingerprint;
            for item in listed.page.items {
                let members = item
                    .into_result()
                    .map_err(|bad| Error::from(bad).operation(name))?;
                if self.matches(name, &members.0, filters)? {
                    found.push(
                        T::from_members(members)
                            .map_err(|(path, message)| undecodable(name, &path, &message))?,
                    );
                }
            }
            match listed.page.next {
                None => return Ok(found),
                next => params.page = next,
            }
        }
        let fields: Vec<&str> = filters.iter().map(|(field, _)| *field).collect();
        Err(Error::new(
            ErrorKind::Config,
            format!(
                "A search by {} fills more than {} pages: the server ignores the filter.",
                fields.join(" and "),
                profile.search.max_pages
            ),
        )
        .operation(name)
        .help("Correct the profile's `search`, or search by a field the server knows."))
    }

    fn matches(
        &self,
        name: &'static str,
        members: &RawMap,
        filters: &[(&str, &str)],
    ) -> Result<bool, Error> {
        let mut all = true;
        for (field, wanted) in filters {
            let Some(raw) = members.get(*field) else {
                return Err(Error::new(
                    ErrorKind::Config,
                    format!("The server answers a search by `{field}` with records that lack it."),
                )
                .operation(name)
                .help("Nothing proves that the filter works: search by another field."));
            };
            all &= same(&text_of(raw).unwrap_or_default(), wanted);
        }
        Ok(all)
    }

    fn guard<T: FromRecord>(&self, raw: &RawValue) -> Guarded<T> {
        let bad = |id, path: String, message: String| {
            Guarded::Bad(BadRecord {
                id,
                path: if path.is_empty() {
                    ".".to_owned()
                } else {
                    path
                },
                message,
                excerpt: redact::excerpt(&redact::json_text(raw.get().as_bytes(), 2_000), 200),
            })
        };
        let members = match model::members(raw) {
            Ok(members) => self.to_own(members),
            Err(message) => return bad(None, String::new(), message),
        };
        let id = members.0.get("id").and_then(|raw| id_of(raw));
        match T::from_members(members) {
            Ok(record) => Guarded::Good(record),
            Err((path, message)) => bad(id, path, message),
        }
    }

    fn repeated(&self, page: u32) -> Error {
        Error::new(
            ErrorKind::Decode,
            format!("Page {page} holds the same records as the page before it."),
        )
        .operation(self.operation("list"))
        .help("The server ignores the page number: correct the profile's `paging`.")
    }

    fn to_wire(&self, fields: &Fields) -> Fields {
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

    fn to_own(&self, members: RawMap) -> RecordMembers {
        let profile = self.client.profile();
        if !profile.fields.contains_key(&self.entity) {
            return RecordMembers(members);
        }
        RecordMembers(
            members
                .into_iter()
                .map(|(name, raw)| (profile.own_name(self.entity, &name).to_owned(), raw))
                .collect(),
        )
    }

    fn operation(&self, what: &str) -> &'static str {
        operation(self.entity, what)
    }

    fn path(&self) -> String {
        self.client.profile().path(self.entity).to_owned()
    }

    fn record_path(&self, id: &str) -> Vec<String> {
        let mut path = Draft::route(&self.path());
        path.push(id.to_owned());
        path
    }
}

/// One record after the other out of a stream of pages.
pub(crate) fn records_of<T: Send + 'static>(
    pages: BoxStream<'static, Result<Page<Guarded<T>>, Error>>,
) -> BoxStream<'static, Result<Guarded<T>, Error>> {
    pages
        .map_ok(|page| stream::iter(page.items.into_iter().map(Ok)))
        .try_flatten()
        .boxed()
}

/// Whether an error of one record's request would meet the next record, too.
fn concerns_all(kind: ErrorKind) -> bool {
    !matches!(
        kind,
        ErrorKind::NotFound | ErrorKind::Validation | ErrorKind::Conflict | ErrorKind::TooLarge
    )
}

/// Whether a field's text is the value that was searched for.
fn same(found: &str, wanted: &str) -> bool {
    let (found, wanted) = (found.trim(), wanted.trim());
    if found == wanted || found.to_lowercase() == wanted.to_lowercase() {
        return true;
    }
    let is_amount = |text: &str| text.contains('.');
    match (
        Decimal::from_str_exact(found),
        Decimal::from_str_exact(wanted),
    ) {
        (Ok(a), Ok(b)) => (is_amount(found) || is_amount(wanted)) && a == b,
        _ => false,
    }
}

fn undecodable(name: &'static str, path: &str, message: &str) -> Error {
    let message = if path.is_empty() {
        format!("The record cannot be read: {message}.")
    } else {
        format!("The record's field `{path}` cannot be read: {message}.")
    };
    Error::new(ErrorKind::Decode, message).operation(name)
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
        Tickets "tickets", Invoices "invoices"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_compares_text_without_case_and_amounts_by_value() {
        assert!(same("Info@Example.com ", "info@example.COM"));
        assert!(same("12.50", "12.5"));
        assert!(!same("0012", "12"));
        assert!(!same("", "12"));
        assert!(!same("NL123", "NL12"));
    }

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
