//! Many writes in one request, and exactly one result for each.
//!
//! The answer of a batch is not trusted to be complete: a record the server does not mention, or
//! mentions twice, is [`BatchOutcome::Unknown`] and never a success.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use api_core::{Error, ErrorKind, SendOutcome};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::envelope::{ResultItem, collect_fields, flag_of, id_of, plain, text_of};
use crate::model::RecordId;

/// One write of a batch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BatchRecord {
    /// The caller's key of the record, such as `crmconnect:client:42`.
    pub external_id: Option<String>,
    /// The server's id: set to update that record, `None` to create one.
    pub id: Option<RecordId>,
    /// A hash of the content; the server may answer `unchanged` by it.
    pub hash: Option<String>,
    /// The fields.
    pub data: Map<String, Value>,
    /// Whether sending it twice does more than sending it once, although it is
    /// an update (it adds something). Its request is then not repeated when
    /// the answer gets lost.
    pub once: bool,
}

impl BatchRecord {
    /// A record to be created.
    #[must_use]
    pub fn create(external_id: impl Into<String>, data: Map<String, Value>) -> Self {
        Self {
            external_id: Some(external_id.into()),
            id: None,
            hash: None,
            data,
            once: false,
        }
    }

    /// A record to be changed.
    #[must_use]
    pub fn update(
        external_id: impl Into<String>,
        id: impl Into<RecordId>,
        data: Map<String, Value>,
    ) -> Self {
        Self {
            external_id: Some(external_id.into()),
            id: Some(id.into()),
            hash: None,
            data,
            once: false,
        }
    }
}

/// What the server did with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// It made a new record.
    Created,
    /// It changed a record.
    Updated,
    /// The record was already so.
    Unchanged,
    /// A word this crate does not know.
    Other(String),
}

impl Action {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Other(word) => word,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What became of one record.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum BatchOutcome {
    /// The server holds it under this id.
    Written {
        /// The server's id.
        id: RecordId,
        /// What the server did.
        action: Action,
    },
    /// The server said no to this record; the others are not affected.
    Rejected(Error),
    /// It may have been written: look it up before sending it again.
    Unknown(Error),
    /// It was not written, because its request, or one before it, failed for
    /// all of them.
    NotSent(Error),
}

impl BatchOutcome {
    /// The server's id of a record that was written.
    #[must_use]
    pub fn written(&self) -> Option<&RecordId> {
        match self {
            Self::Written { id, .. } => Some(id),
            _ => None,
        }
    }

    /// Why the record was not written, or not surely.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Written { .. } => None,
            Self::Rejected(error) | Self::Unknown(error) | Self::NotSent(error) => Some(error),
        }
    }

    pub(crate) fn of_error(error: Error) -> Self {
        match error.send_outcome() {
            SendOutcome::NotSent => Self::NotSent(error),
            // A wrong token says nothing of the record.
            SendOutcome::Rejected if concerns_all(error.kind()) => Self::NotSent(error),
            SendOutcome::Rejected => Self::Rejected(error),
            _ => Self::Unknown(error),
        }
    }
}

/// The result of one record of a batch, at the record's own place.
#[derive(Debug, Clone)]
pub struct BatchResult {
    /// The record's own key, as it was sent.
    pub external_id: Option<String>,
    /// What became of it.
    pub outcome: BatchOutcome,
}

/// Whether an error of one request would meet the next one, too.
pub(crate) fn concerns_all(kind: ErrorKind) -> bool {
    !matches!(
        kind,
        ErrorKind::NotFound | ErrorKind::Validation | ErrorKind::Conflict | ErrorKind::TooLarge
    )
}

/// The body of a batch.
pub(crate) fn body(records: &[BatchRecord], data: impl Fn(&BatchRecord) -> Value) -> Value {
    // Put together by hand: `json!` would copy every value it is given.
    let text = |text: Option<&str>| text.map_or(Value::Null, |text| Value::String(text.to_owned()));
    let records = records.iter().map(|record| {
        object([
            ("external_id", text(record.external_id.as_deref())),
            ("id", text(record.id.as_ref().map(RecordId::as_str))),
            ("hash", text(record.hash.as_deref())),
            ("data", data(record)),
        ])
    });
    object([("records", records.collect())])
}

/// An object of these fields.
pub(crate) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let fields = fields.into_iter();
    Value::Object(
        fields
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// What cannot be sent because its results could not be told apart.
pub(crate) fn fault(records: &[BatchRecord]) -> Option<String> {
    let mut keys = HashSet::new();
    let mut ids = HashSet::new();
    for record in records {
        if let Some(key) = &record.external_id
            && !keys.insert(key)
        {
            return Some(format!("the external_id {key:?} occurs twice in one batch"));
        }
        if let Some(id) = &record.id
            && !ids.insert(id)
        {
            return Some(format!(
                "the id {:?} occurs twice in one batch",
                id.as_str()
            ));
        }
    }
    None
}

/// Gives every record its result, in the order the records were sent.
pub(crate) fn match_up(
    operation: &str,
    records: &[BatchRecord],
    results: &[Box<RawValue>],
) -> Vec<BatchResult> {
    let items: Vec<Option<ResultItem>> = results
        .iter()
        .map(|raw| serde_json::from_str(raw.get()).ok())
        .collect();
    let key_of = |item: &Option<ResultItem>| {
        let raw = item.as_ref()?.external_id.as_deref()?;
        text_of(raw).filter(|key| !key.is_empty())
    };
    let keys: Vec<Option<String>> = items.iter().map(key_of).collect();
    let mut by_key: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, key) in keys.iter().enumerate() {
        if let Some(key) = key {
            by_key.entry(key).or_default().push(index);
        }
    }
    // Positions mean something only where no result is missing or too many, and where every key
    // that did come back stands at its own record's place.
    let in_place = results.len() == records.len()
        && keys
            .iter()
            .zip(records)
            .all(|(key, record)| key.is_none() || *key == record.external_id);
    records
        .iter()
        .enumerate()
        .map(|(index, record)| {
            let found = match record
                .external_id
                .as_deref()
                .and_then(|key| by_key.get(key))
            {
                Some(places) if places.len() > 1 => {
                    Err("The answer holds more than one result for this record.")
                }
                Some(places) => places.first().copied().ok_or(MISSING),
                None if in_place => Ok(index),
                None => Err(MISSING),
            };
            let outcome = match found.map(|place| items.get(place).and_then(Option::as_ref)) {
                Ok(Some(item)) => judge(operation, record, item),
                Ok(None) => unknown(operation, "The result of this record is not a JSON object."),
                Err(reason) => unknown(operation, reason),
            };
            BatchResult {
                external_id: record.external_id.clone(),
                outcome,
            }
        })
        .collect()
}

const MISSING: &str = "The answer holds no result for this record.";

pub(crate) fn unknown(operation: &str, reason: &str) -> BatchOutcome {
    BatchOutcome::Unknown(
        Error::new(ErrorKind::Decode, reason)
            .operation(operation)
            .outcome(SendOutcome::Unknown)
            .help("Look the record up on the server before sending it again."),
    )
}

/// The code of a create that was confirmed without the new id.
const WITHOUT_ID: &str = "confirmed_without_id";

/// A create the server confirmed without the new id: it is there, but nobody knows where.
pub(crate) fn confirmed_without_id(operation: &str) -> BatchOutcome {
    BatchOutcome::Unknown(
        Error::new(
            ErrorKind::Decode,
            "The server confirmed the record without its id.",
        )
        .code(WITHOUT_ID)
        .operation(operation)
        .outcome(SendOutcome::Unknown)
        .help("Look the record up on the server before sending it again."),
    )
}

/// Whether that is what became of a record.
pub(crate) fn is_confirmed_without_id(outcome: &BatchOutcome) -> bool {
    matches!(outcome, BatchOutcome::Unknown(error) if error.code_str() == Some(WITHOUT_ID))
}

pub(crate) fn judge(operation: &str, record: &BatchRecord, item: &ResultItem) -> BatchOutcome {
    let is = |raw: &Option<Box<RawValue>>| {
        raw.as_deref().is_some_and(|raw| {
            let empty = matches!(raw.get(), "null" | "\"\"" | "[]" | "{}");
            !empty && flag_of(raw) != Some(false)
        })
    };
    let no = [&item.status, &item.success]
        .into_iter()
        .any(|flag| flag.as_deref().and_then(flag_of) == Some(false));
    if is(&item.error) || is(&item.errors) || no {
        return BatchOutcome::Rejected(rejection(item).operation(operation));
    }
    let id = [&item.id, &item.record_id]
        .into_iter()
        .find_map(|raw| raw.as_deref().and_then(id_of));
    let action = item.action.as_deref().and_then(text_of).map(|word| {
        match word.to_ascii_lowercase().as_str() {
            "created" => Action::Created,
            "updated" => Action::Updated,
            "unchanged" => Action::Unchanged,
            _ => Action::Other(word),
        }
    });
    // Only a result's own "yes" confirms a record without its id.
    let yes = action.is_some()
        || [&item.status, &item.success]
            .into_iter()
            .any(|flag| flag.as_deref().and_then(flag_of) == Some(true));
    match (id, &record.id) {
        (Some(answered), Some(sent)) if answered != sent.as_str() => unknown(
            operation,
            &format!("The update of {sent} was answered with another id, {answered}."),
        ),
        (Some(answered), sent) => BatchOutcome::Written {
            id: RecordId::new(answered),
            action: action.unwrap_or(if sent.is_some() {
                Action::Updated
            } else {
                Action::Created
            }),
        },
        (None, Some(sent)) if yes => BatchOutcome::Written {
            id: sent.clone(),
            action: action.unwrap_or(Action::Updated),
        },
        (None, None) if yes => confirmed_without_id(operation),
        _ => unknown(operation, "The result of this record carries no id."),
    }
}

fn rejection(item: &ResultItem) -> Error {
    let mut code = None;
    let mut message = item.message.as_deref().and_then(text_of);
    let mut fields = BTreeMap::new();
    if let Some(raw) = item.error.as_deref() {
        match serde_json::from_str::<crate::exact::RawMap>(raw.get()) {
            Ok(members) if members.contains_key("message") || members.contains_key("code") => {
                let word = |name: &str| members.get(name).and_then(|raw| text_of(raw));
                code = word("code");
                message = word("message").or(message);
                for name in ["fields", "errors"] {
                    if let Some(raw) = members.get(name) {
                        collect_fields(raw, &mut fields);
                    }
                }
            }
            // `"error":{"vat":"too long"}`
            Ok(_) => collect_fields(raw, &mut fields),
            Err(_) => match text_of(raw) {
                Some(text) if message.is_some() => code = Some(text),
                text => message = text,
            },
        }
    }
    if let Some(raw) = item.errors.as_deref() {
        collect_fields(raw, &mut fields);
    }
    let kind = match code.as_deref() {
        Some("not_found") => ErrorKind::NotFound,
        Some("conflict" | "duplicate" | "already_exists") => ErrorKind::Conflict,
        Some("forbidden" | "permission_denied") => ErrorKind::Permission,
        Some("rate_limited" | "too_many_requests") => ErrorKind::RateLimited,
        _ => ErrorKind::Validation,
    };
    let message = message
        .map(|text| plain(&text))
        .filter(|text| !text.is_empty());
    let message = message.unwrap_or_else(|| {
        let said: Vec<String> = fields
            .iter()
            .map(|(field, message)| format!("{field}: {message}"))
            .collect();
        if said.is_empty() {
            "The server refused the record without a reason.".to_owned()
        } else {
            said.join("; ")
        }
    });
    let error = Error::new(kind, message)
        .outcome(SendOutcome::Rejected)
        .fields(fields);
    match code {
        Some(code) => error.code(plain(&code)),
        None => error,
    }
}

#[cfg(test)]
mod tests;
