//! Pushing many records: together in one request, or one by one.

use std::collections::VecDeque;
use std::ops::Range;

use api_core::redact::Known;
use api_core::{Error, ErrorKind, Safety, SendOutcome};
use http::Method;
use serde_json::Value;

use crate::batch::{self, BatchOutcome, BatchRecord, BatchResult, concerns_all};
use crate::client::Operation;
use crate::error::{Answer, Asked};
use crate::operations;
use crate::profile::{ExternalIdMode, PushMode};
use crate::request::Draft;
use crate::resource::{CreateOptions, Resource};
use crate::settle::Before;

impl Resource {
    pub(crate) async fn push_together(
        &self,
        name: &'static str,
        records: &[BatchRecord],
        key: Option<&str>,
    ) -> Result<Vec<BatchResult>, Error> {
        let mut todo: VecDeque<Range<usize>> = VecDeque::new();
        let size = self.client.batch_size();
        for start in (0..records.len()).step_by(size) {
            todo.push_back(start..records.len().min(start + size));
        }
        let mut done: Vec<BatchResult> = Vec::with_capacity(records.len());
        let mut stopped: Option<Error> = None;
        while let Some(range) = todo.pop_front() {
            let Some(part) = records.get(range.clone()) else {
                break;
            };
            if let Some(error) = &stopped {
                let unsent = || BatchOutcome::NotSent(error.clone().outcome(SendOutcome::NotSent));
                done.extend(part.iter().map(|record| result(record, unsent())));
                continue;
            }
            // A part is another request than the whole and needs a key of its own.
            let key = key.map(|key| match range.len() == records.len() {
                true => key.to_owned(),
                false => format!("{key}:{}-{}", range.start, range.end),
            });
            let error = match self.send_together(name, part, key.as_deref()).await {
                Ok(results) => {
                    done.extend(results);
                    continue;
                }
                Err(error) => error,
            };
            let refused = !error.send_outcome().may_be_applied();
            let alone = done.is_empty() && todo.is_empty();
            // Refused means not applied, so that halves do no harm; one record ends it.
            let halve = refused
                && part.len() > 1
                && (error.kind() == ErrorKind::TooLarge || (!alone && !concerns_all(error.kind())));
            if halve {
                let middle = range.start + part.len() / 2;
                todo.push_front(middle..range.end);
                todo.push_front(range.start..middle);
                continue;
            }
            if error.kind() == ErrorKind::TooLarge && refused {
                let outcome = BatchOutcome::Rejected(error);
                done.extend(part.iter().map(|record| result(record, outcome.clone())));
                continue;
            }
            let of_all = concerns_all(error.kind());
            if alone || (of_all && refused && done.is_empty()) {
                return Err(error);
            }
            let outcome = BatchOutcome::of_error(error.clone());
            done.extend(part.iter().map(|record| result(record, outcome.clone())));
            if of_all {
                stopped = Some(error);
            }
        }
        Ok(done)
    }

    async fn send_together(
        &self,
        name: &'static str,
        records: &[BatchRecord],
        key: Option<&str>,
    ) -> Result<Vec<BatchResult>, Error> {
        let profile = self.client.profile();
        let upsert = profile.external_id == ExternalIdMode::Upsert;
        let safety = if key.is_some() && profile.honours_idempotency_keys() {
            Safety::IdempotentWithKey
        } else if records.iter().all(|record| {
            !record.once && (record.id.is_some() || (upsert && record.external_id.is_some()))
        }) {
            Safety::Idempotent
        } else {
            Safety::Create
        };
        let before = self.all_before(name, records).await?;
        let path = self.path();
        let route = profile.push.route.replace("{entity}", &path);
        let named = profile.push.mode == PushMode::PerfexBatch;
        let body = if named {
            let tools = operations::Tools {
                create: profile.push.create_tool.replace("{entity}", &path),
                update: profile.push.update_tool.replace("{entity}", &path),
            };
            operations::body(records, &tools, |record| match record.id {
                Some(_) => self.to_wire(&record.data),
                None => self.to_keyed_create(&record.data, record.external_id.as_deref()),
            })
        } else {
            batch::body(records, |record| match record.id {
                Some(_) => Value::Object(self.to_wire(&record.data)),
                None => Value::Object(self.to_create(&record.data)),
            })
        };
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
        let mut results = if named {
            operations::match_in_order(name, records, &results)
        } else {
            batch::match_up(name, records, &results)
        };
        for result in &mut results {
            scrub(&mut result.outcome, self.client.known());
        }
        for ((record, before), result) in records.iter().zip(&before).zip(&mut results) {
            if record.id.is_some() || !batch::is_confirmed_without_id(&result.outcome) {
                continue;
            }
            self.client.is_idless(true);
            if let Some(id) = self.find_back(&record.data, before.as_ref()).await {
                let action = batch::Action::Created;
                result.outcome = BatchOutcome::Written { id, action };
            }
        }
        Ok(results)
    }

    async fn all_before(
        &self,
        name: &'static str,
        records: &[BatchRecord],
    ) -> Result<Vec<Option<Before>>, Error> {
        let mut before = Vec::with_capacity(records.len());
        for record in records {
            before.push(match record.id {
                Some(_) => None,
                None => self.known_before(name, &record.data).await?,
            });
        }
        Ok(before)
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
            results.push(result(record, outcome));
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
            let safety = match record.once {
                true => Safety::Create,
                false => Safety::Idempotent,
            };
            self.update_as(safety, id, &record.data).await?;
            return Ok(BatchOutcome::Written {
                id: id.clone(),
                action: batch::Action::Updated,
            });
        }
        let options = CreateOptions {
            external_id: record.external_id.clone(),
            // One key per record: a shared one would replay the first answer for all.
            idempotency_key: key.map(|key| match &record.external_id {
                Some(external_id) => format!("{key}:{}", in_header(external_id)),
                None => format!("{key}:{index}"),
            }),
        };
        let created = self.create(&record.data, &options).await?;
        Ok(match created.id {
            Some(id) => BatchOutcome::Written {
                id,
                action: batch::Action::Created,
            },
            None => batch::confirmed_without_id(name),
        })
    }
}

/// A key as a header can carry it: an id may be any text, and one odd id must not keep the others
/// from being sent.
fn in_header(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'%' => text.push_str("%25"),
            byte if byte.is_ascii_graphic() => text.push(char::from(byte)),
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

fn result(record: &BatchRecord, outcome: BatchOutcome) -> BatchResult {
    BatchResult {
        external_id: record.external_id.clone(),
        outcome,
    }
}

/// Takes secrets out of what the server said of one record: the answer as a whole was no failure.
fn scrub(outcome: &mut BatchOutcome, known: &Known) {
    if let BatchOutcome::Rejected(error) | BatchOutcome::Unknown(error) = outcome {
        *error = error.clone().scrubbed(known);
    }
}
