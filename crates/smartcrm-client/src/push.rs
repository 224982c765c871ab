//! Pushing many records: together in one request, or one by one.

use api_core::{Error, ErrorKind, Safety, SendOutcome};
use http::Method;
use serde_json::Value;

use crate::batch::{self, BatchOutcome, BatchRecord, BatchResult};
use crate::client::Operation;
use crate::error::{Answer, Asked};
use crate::profile::ExternalIdMode;
use crate::request::Draft;
use crate::resource::{CreateOptions, Resource};

impl Resource {
    pub(crate) async fn push_together(
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

    pub(crate) async fn push_apart(
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
}

/// Whether an error of one record's request would meet the next record, too.
fn concerns_all(kind: ErrorKind) -> bool {
    !matches!(
        kind,
        ErrorKind::NotFound | ErrorKind::Validation | ErrorKind::Conflict | ErrorKind::TooLarge
    )
}
