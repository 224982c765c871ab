//! Making a record, and finding it when nobody says whether it was made.

use std::collections::BTreeSet;
use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use api_core::{Error, ErrorKind, Json, SendOutcome, Timestamp};
use futures_util::future::BoxFuture;
use jiff::tz::TimeZone;

use super::operations::{SETTLE, send};
use super::{Values, Written};
use crate::compare::compare;
use crate::describe::Describe;
use crate::params::Upload;
use crate::query::{self, Query};
use crate::record::FieldValue;
use crate::{Client, Operation, Params, RecordId};

/// How often a lost create is looked up within the settling time.
const LOOKS: u32 = 5;

/// A record to be made; await it.
#[must_use = "nothing is sent until this is awaited"]
pub struct Create<'a> {
    client: Client,
    module: &'a str,
    values: &'a Values,
    describe: Option<&'a Describe>,
    look_up_by: Option<&'a str>,
    settle: Duration,
    file: Option<Upload>,
}

impl fmt::Debug for Create<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Create")
            .field("module", &self.module)
            .field("look_up_by", &self.look_up_by)
            .finish_non_exhaustive()
    }
}

impl<'a> Create<'a> {
    pub(super) fn new(client: Client, module: &'a str, values: &'a Values) -> Self {
        Self {
            client,
            module,
            values,
            describe: None,
            look_up_by: None,
            settle: SETTLE,
            file: None,
        }
    }

    /// Checks the values against this description before anything is sent,
    /// and compares the answer by its types.
    pub fn checked(mut self, describe: &'a Describe) -> Self {
        self.describe = Some(describe);
        self
    }

    /// Looks the record up by this field when the outcome stays unknown.
    ///
    /// The field must hold a value of this one record, such as a mark made for
    /// the purpose: whatever holds it is taken for the record, unless it was
    /// made more than a day before, which is a `Conflict`. After a
    /// time-out, an empty body or a lost connection the record is searched a
    /// few times within the settling time. One hit is adopted, several are an
    /// error, and without a hit the first error is returned, its outcome still
    /// unknown: the create is **never** sent again, as the server may still be
    /// at work on it.
    ///
    /// Characters outside the basic plane (emoji) are stored as `????` on the
    /// recorded servers and never found.
    pub fn look_up_by(mut self, field: &'a str) -> Self {
        self.look_up_by = Some(field);
        self
    }

    /// Sets how long a lost create is looked for; 10 s unless set.
    pub fn settle(mut self, time: Duration) -> Self {
        self.settle = time;
        self
    }

    pub(crate) fn with_file(mut self, file: Upload) -> Self {
        self.file = Some(file);
        self
    }

    async fn run(self) -> Result<Written, Error> {
        let zone = self.client.time_zone();
        let known = self.client.descriptions().get(self.module);
        let describe = self.describe.or(known.as_deref());
        if let Some(describe) = self.describe {
            self.values
                .check_new(describe)
                .map_err(|error| error.operation(NAME))?;
        }
        let element = self
            .values
            .encode(zone)
            .map_err(|error| error.operation(NAME))?;
        let key = self.key()?;
        let mut params = Params::new()
            .with("elementType", self.module)
            .with_json("element", &Json::Map(element))
            .hiding_all(self.values.secrets());
        if let Some(file) = &self.file {
            params = params.with_file("filename", file.clone());
        }
        let begun = self.client.server_now();
        let (record, adopted) = match send(&self.client, &Operation::CREATE, params).await {
            Ok(record) => (record, false),
            Err(error) => match key {
                Some(key) if error.send_outcome() == SendOutcome::Unknown => {
                    let id = self.find(&key, error).await?;
                    let record = self.client.retrieve(&id).await.map_err(in_doubt)?;
                    if is_older(&record.text("createdtime"), zone, begun) {
                        return Err(was_there(NAME, key.field, id));
                    }
                    (record, true)
                }
                _ => return Err(error),
            },
        };
        let warnings = compare(self.module, self.values, zone, &record, describe);
        Ok(Written::told(&self.client, record, warnings, adopted))
    }

    /// The query by which a lost create is looked up.
    fn key(&self) -> Result<Option<Key<'a>>, Error> {
        let Some(field) = self.look_up_by else {
            return Ok(None);
        };
        let value = self
            .values
            .get(field)
            .filter(|value| !matches!(value, FieldValue::Json(_) | FieldValue::Choices(_)))
            .map(|value| value.encode(self.client.time_zone()))
            .and_then(|json| json.as_str().map(str::to_owned))
            .filter(|text| !text.trim().is_empty());
        let Some(value) = value else {
            return Err(Error::new(
                ErrorKind::Config,
                format!(
                    "The new record has no value in `{field}`, by which it is to be looked up."
                ),
            )
            .operation(NAME));
        };
        let vtql = Query::select(["id"])
            .from(self.module)
            .filter(query::field(field).eq(value))
            .order_by("id")
            .limit(3)
            .build()
            .map_err(|error| {
                Error::from(error)
                    .operation(NAME)
                    .outcome(SendOutcome::NotSent)
            })?;
        Ok(Some(Key { field, vtql }))
    }

    /// Searches a record whose create was lost; the first error when it does
    /// not appear.
    async fn find(&self, key: &Key<'_>, lost: Error) -> Result<RecordId, Error> {
        let clock = self.client.clock();
        for look in 0..LOOKS {
            if look > 0 {
                clock.sleep(self.settle / (LOOKS - 1)).await;
            }
            let found = match self.client.find_ids(&key.vtql).await {
                Ok(found) => found,
                Err(error) => {
                    tracing::debug!(
                        error.kind = error.kind().as_str(),
                        "A lost create cannot be looked up yet."
                    );
                    continue;
                }
            };
            let mut ids = found.iter();
            match (ids.next(), ids.next()) {
                (Some(id), None) => {
                    tracing::debug!(module = self.module, "Found the record of a lost create.");
                    return Ok(*id);
                }
                (Some(one), Some(other)) => {
                    return Err(Error::new(
                        ErrorKind::Conflict,
                        format!(
                            "The answer to a create was lost, and several records hold its `{}`, among them {one} and {other}.",
                            key.field,
                        ),
                    )
                    .operation(NAME)
                    .outcome(SendOutcome::Unknown)
                    .source(lost)
                    .help("Look up records by a field that only one can have."));
                }
                _ => {}
            }
        }
        Err(lost.outcome(SendOutcome::Unknown).help(
            "No record with the value it is looked up by has appeared; the server may still be at work. Look again before sending it again.",
        ))
    }
}

/// How much older than its create a record must be to be another one for sure:
/// a zone that is set wrong moves times by up to 26 hours.
const SURELY_OLDER: Duration = Duration::from_secs(26 * 60 * 60);

/// Whether a record was made long before a create began.
pub(crate) fn is_older(created: &str, zone: &TimeZone, begun: Timestamp) -> bool {
    Timestamp::from_civil(created, zone)
        .is_ok_and(|created| created < begun.saturating_sub(SURELY_OLDER))
}

/// The error of a lost create whose value another record has held for long.
pub(crate) fn was_there(operation: &str, field: &str, id: RecordId) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!("The answer to a create was lost, and {id}, which holds its `{field}`, was there long before."),
    )
    .operation(operation)
    .outcome(SendOutcome::Unknown)
    .help("Look up records by a field that only one can have.")
}

/// How a lost create is looked up.
struct Key<'a> {
    field: &'a str,
    vtql: String,
}

const NAME: &str = "simplycrm.create";

fn in_doubt(error: Error) -> Error {
    error.operation(NAME).outcome(SendOutcome::Unknown)
}

impl<'a> IntoFuture for Create<'a> {
    type Output = Result<Written, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl Client {
    /// The ids a query of ids finds.
    async fn find_ids(&self, vtql: &str) -> Result<BTreeSet<RecordId>, Error> {
        let params = Params::new().with("query", vtql);
        let answer = self.call_as(&Operation::QUERY, params).await?;
        let rows = answer.as_list().ok_or_else(|| {
            Error::new(ErrorKind::Decode, "The answer to a query is no list.")
                .operation("simplycrm.query")
        })?;
        Ok(rows
            .iter()
            .filter_map(|row| row.get("id")?.as_str()?.parse().ok())
            .collect())
    }
}
