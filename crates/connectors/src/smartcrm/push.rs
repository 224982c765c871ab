//! Sends writes: many in one request where the installation has batches, else one by one.

use api_core::{Error, ErrorKind, SendOutcome};
use futures_util::stream::{self, BoxStream, StreamExt};
use smartcrm_client::{BatchRecord, PushMode, RecordId as WireId, Resource};
use sync_core::{Action, Answer, Batch, Op, OpId, Outcome, RecordId, context};
use tokio::task::JoinSet;

use super::codec::Codec;
use super::outcome::{of_delete, of_record, of_request};
use super::{SmartCrm, entity_of, perfex};

/// A write that can be sent.
enum Ready {
    /// A create or an update.
    Write(OpId, Box<BatchRecord>),
    /// A delete.
    Delete(OpId, RecordId),
    /// An update of fields that SmartCRM does not have.
    Nothing(OpId, RecordId),
}

/// A write, and the lines that it takes away, where it replaces lines.
struct Prepared {
    op: Op,
    lines: Option<Vec<String>>,
}

/// One request.
enum Request {
    /// Creates and updates, with the key under which a repetition is recognised.
    Together(Vec<(OpId, BatchRecord)>, String),
    /// A delete.
    Delete(OpId, RecordId),
}

impl SmartCrm {
    pub(super) fn send(&self, batch: Batch) -> BoxStream<'_, Answer> {
        stream::once(self.prepare_all(batch))
            .flat_map(|(at_once, sending)| {
                let sent = stream::iter(sending).flat_map(|(resource, requests)| {
                    stream::iter(requests)
                        .then(move |request| send_apart(resource.clone(), request))
                });
                answers(at_once).chain(sent)
            })
            .boxed()
    }

    /// What is known at once, and what has to be sent.
    async fn prepare_all(
        &self,
        batch: Batch,
    ) -> (Vec<(OpId, Outcome)>, Option<(Resource, Vec<Request>)>) {
        let profile = self.client.profile();
        let entity = entity_of(batch.entity).filter(|entity| profile.writes(*entity));
        let Some(entity) = entity else {
            let unknown = batch.ops.iter().map(|op| {
                let what = format!("SmartCRM has no {} to write.", op.entity.plural());
                refused(op.id, ErrorKind::Config, what)
            });
            return (unknown.collect(), None);
        };
        let codec = match self.codec(batch.entity).await {
            Ok(codec) => codec,
            Err(error) => {
                // Nothing was sent: the lists of names could not be read.
                let error = error.outcome(SendOutcome::NotSent);
                let deferred = |op: &Op| (op.id, Outcome::Deferred(error.clone()));
                return (batch.ops.iter().map(deferred).collect(), None);
            }
        };
        let mut at_once = Vec::new();
        let mut ready = Vec::new();
        for op in batch.ops {
            let write = match self.with_lines(&codec, op).await {
                Ok(write) => write,
                Err((op, outcome)) => {
                    at_once.push((op, outcome));
                    continue;
                }
            };
            match prepare(&codec, &write) {
                Ok(Ready::Nothing(op, id)) => at_once.push((op, Outcome::Written(id))),
                Ok(prepared) => ready.push(prepared),
                Err(error) => at_once.push((write.op.id, Outcome::Rejected(error))),
            }
        }
        let resource = self.client.resource(entity);
        (at_once, Some((resource, self.requests(ready, batch.key))))
    }

    /// An update of lines, as the lines that are there allow it.
    ///
    /// Where lines can only be added and taken away, those that are there are read first: when they
    /// are what they should be, an earlier attempt was applied and nothing is to be done.
    async fn with_lines(&self, codec: &Codec<'_>, mut op: Op) -> Result<Prepared, (OpId, Outcome)> {
        let (Action::Update { id }, true) = (&op.action, codec.replaces_lines(&op)) else {
            return Ok(Prepared { op, lines: None });
        };
        let read = async {
            let resource = self.resource(op.entity)?;
            let fields = resource.get(&WireId::new(id.as_str())).await?;
            let lines = perfex::line_ids(&fields);
            Ok::<_, Error>((lines, codec.read(fields)?))
        };
        match read.await {
            Ok((_, there))
                if there
                    .fields
                    .get("lines")
                    .same_content(op.fields.get("lines")) =>
            {
                if let Some(changed) = &mut op.changed {
                    changed.remove("lines");
                } else {
                    op.fields.remove("lines");
                }
                Ok(Prepared { op, lines: None })
            }
            Ok((lines, _)) => Ok(Prepared {
                op,
                lines: Some(lines),
            }),
            // Nothing was sent.
            Err(error) => {
                let error = match error.send_outcome() {
                    SendOutcome::Rejected => error,
                    _ => error.outcome(SendOutcome::NotSent),
                };
                Err((op.id, of_request(error, 1)))
            }
        }
    }

    fn requests(&self, ready: Vec<Ready>, key: String) -> Vec<Request> {
        let together = self.client.profile().push.mode != PushMode::Single;
        let mut requests = Vec::new();
        let mut writes = Vec::new();
        for write in ready {
            match write {
                Ready::Write(op, record) if together => writes.push((op, *record)),
                Ready::Write(op, record) => {
                    requests.push(Request::Together(vec![(op, *record)], op.to_string()));
                }
                Ready::Delete(op, id) => requests.push(Request::Delete(op, id)),
                Ready::Nothing(..) => {}
            }
        }
        if !writes.is_empty() {
            requests.insert(0, Request::Together(writes, key));
        }
        requests
    }
}

fn prepare(codec: &Codec<'_>, Prepared { op, lines }: &Prepared) -> Result<Ready, Error> {
    let id = match &op.action {
        Action::Create => None,
        Action::Update { id } => Some(WireId::new(id.as_str())),
        Action::Delete { id } => return Ok(Ready::Delete(op.id, id.clone())),
        other => {
            return Err(Error::new(
                ErrorKind::Internal,
                format!("SmartCRM has no write of the kind `{}`.", other.as_str()),
            )
            .operation("smartcrm.push")
            .outcome(SendOutcome::NotSent));
        }
    };
    let data = codec.write(op, lines.as_deref())?;
    if let Action::Update { id } = &op.action
        && data.is_empty()
    {
        return Ok(Ready::Nothing(op.id, id.clone()));
    }
    let record = BatchRecord {
        external_id: Some(op.marker.as_str().to_owned()),
        id,
        hash: None,
        data,
        once: lines.is_some(),
    };
    Ok(Ready::Write(op.id, Box::new(record)))
}

/// Sends as a task of its own: writing and reading JSON is most of the work, and the engine goes on
/// meanwhile. It ends when nobody waits for it any more.
async fn send_apart(resource: Resource, request: Request) -> Answer {
    let mut task = JoinSet::new();
    task.spawn(context::carried(async move {
        send_one(&resource, request).await
    }));
    match task.join_next().await {
        Some(Ok(answer)) => answer,
        // What has no answer is unknown to the engine, and looked up.
        _ => Answer {
            outcomes: Vec::new(),
        },
    }
}

async fn send_one(resource: &Resource, request: Request) -> Answer {
    let (writes, key) = match request {
        Request::Together(writes, key) => (writes, key),
        Request::Delete(op, id) => {
            let result = resource.delete(&WireId::new(id.as_str())).await;
            return Answer {
                outcomes: vec![(op, of_delete(result, &id))],
            };
        }
    };
    let (ops, records): (Vec<OpId>, Vec<BatchRecord>) = writes.into_iter().unzip();
    let outcomes = match resource.push_batch(&records, Some(&key)).await {
        Ok(results) => {
            let mut results = results.into_iter();
            ops.into_iter()
                .map(|op| {
                    let outcome = results
                        .next()
                        .map_or_else(missing, |r| of_record(r.outcome));
                    (op, outcome)
                })
                .collect()
        }
        Err(error) => {
            let count = ops.len();
            ops.into_iter()
                .map(|op| (op, of_request(error.clone(), count)))
                .collect()
        }
    };
    Answer { outcomes }
}

fn missing() -> Outcome {
    Outcome::Unknown(
        Error::new(ErrorKind::Decode, "There is no result for this record.")
            .operation("smartcrm.push")
            .outcome(SendOutcome::Unknown),
    )
}

fn refused(op: OpId, kind: ErrorKind, message: String) -> (OpId, Outcome) {
    let error = Error::new(kind, message)
        .operation("smartcrm.push")
        .outcome(SendOutcome::NotSent);
    (op, Outcome::Rejected(error))
}

fn answers(outcomes: Vec<(OpId, Outcome)>) -> BoxStream<'static, Answer> {
    stream::iter((!outcomes.is_empty()).then_some(Answer { outcomes })).boxed()
}
