//! Batches of writes: one transaction each, one outcome for each row.

use api_core::{Error, ErrorKind, SendOutcome};
use async_trait::async_trait;
use sync_core::{Batch, Op, OpId, Outcome, RecordId};

use super::applied;
use super::db::{CommitFailed, Db, WriteSession};

/// Why a row was not written.
#[derive(Debug)]
pub(crate) enum RowError {
    /// For a reason that lies in the row: the others go on.
    Rejected(Error),
    /// For a reason that lies elsewhere: the whole batch is put off.
    Failed(Error),
}

impl From<Error> for RowError {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Validation
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::TooLarge => RowError::Rejected(error),
            _ => RowError::Failed(error),
        }
    }
}

/// Writes rows inside the transaction of a batch.
#[async_trait]
pub(crate) trait RowWriter: Send + Sync {
    /// Writes one record and all that belongs to it; gives its id.
    async fn write(&self, session: &mut WriteSession, op: &Op) -> Result<RecordId, RowError>;

    /// Writes several records; gives their ids in the same order. An error takes all of them back,
    /// and they are written again one by one.
    async fn write_all(
        &self,
        session: &mut WriteSession,
        ops: &[&Op],
    ) -> Result<Vec<RecordId>, RowError> {
        let mut ids = Vec::with_capacity(ops.len());
        for op in ops {
            ids.push(self.write(session, op).await?);
        }
        Ok(ids)
    }
}

type Outcomes = Vec<(OpId, Outcome)>;

/// Does a batch in one transaction that also notes each write in [`applied`].
///
/// A write that is noted already is answered from there and not done again. All rows are tried at
/// once; when one of them is refused everything is taken back and done again row by row, so that
/// each gets its own outcome and the good ones stay.
pub(crate) async fn apply_batch(
    db: &Db,
    operation: &'static str,
    batch: &Batch,
    writer: &dyn RowWriter,
) -> Outcomes {
    let ops: Vec<&Op> = batch.ops.iter().collect();
    apply_ops(db, operation, &ops, writer).await
}

/// Does writes of one kind as [`apply_batch`] does those of a batch.
pub(crate) async fn apply_ops(
    db: &Db,
    operation: &'static str,
    asked: &[&Op],
    writer: &dyn RowWriter,
) -> Outcomes {
    if asked.is_empty() {
        return Vec::new();
    }
    if let Err(error) = applied::ensure(db, operation).await {
        return all(asked.iter().copied(), |_| Outcome::Deferred(error.clone()));
    }
    let mut outcomes = Vec::with_capacity(asked.len());
    let mut ops = Vec::with_capacity(asked.len());
    for op in asked.iter().copied() {
        if op.marker.as_str().chars().count() > applied::MAX_TEXT {
            outcomes.push((op.id, Outcome::Rejected(too_long(operation, "marker"))));
        } else {
            ops.push(op);
        }
    }
    outcomes.extend(attempt(db, operation, &ops, writer).await);
    outcomes
}

async fn attempt(
    db: &Db,
    operation: &'static str,
    ops: &[&Op],
    writer: &dyn RowWriter,
) -> Outcomes {
    let every = |outcome: Outcome| all(ops.iter().copied(), |_| outcome.clone());
    let refused = match together(db, operation, ops, writer).await {
        Ok(outcomes) => return outcomes,
        Err(RowError::Failed(error)) => return every(Outcome::Deferred(error)),
        Err(RowError::Rejected(error)) => error,
    };
    if ops.len() == 1 {
        return every(Outcome::Rejected(refused));
    }
    match one_by_one(db, operation, ops, writer).await {
        Ok(outcomes) => return outcomes,
        Err(RowError::Failed(error)) => return every(Outcome::Deferred(error)),
        // Refused by a constraint that is checked at the end: nobody says of which row.
        Err(RowError::Rejected(_)) => {}
    }
    let mut outcomes = Vec::with_capacity(ops.len());
    for op in ops {
        outcomes.extend(Box::pin(attempt(db, operation, &[op], writer)).await);
    }
    outcomes
}

fn all<'a>(ops: impl Iterator<Item = &'a Op>, outcome: impl Fn(&Op) -> Outcome) -> Outcomes {
    ops.map(|op| (op.id, outcome(op))).collect()
}

fn too_long(operation: &'static str, what: &str) -> Error {
    Error::new(
        ErrorKind::Validation,
        format!(
            "The {what} of the record is longer than {} characters, and cannot be noted.",
            applied::MAX_TEXT
        ),
    )
    .operation(operation)
    .outcome(SendOutcome::Rejected)
}

/// Fails where the id of a record is longer than can be noted.
fn notable(operation: &'static str, id: &RecordId) -> Result<(), RowError> {
    if id.as_str().chars().count() > applied::MAX_TEXT {
        return Err(RowError::Rejected(too_long(operation, "key")));
    }
    Ok(())
}

/// Divides the writes into those that are done already and those that are not.
async fn split<'a>(
    session: &mut WriteSession,
    ops: &[&'a Op],
) -> Result<(Outcomes, Vec<&'a Op>), Error> {
    let ids: Vec<OpId> = ops.iter().map(|op| op.id).collect();
    let mut done = applied::already(session, &ids).await?;
    let mut outcomes = Vec::new();
    let mut left = Vec::with_capacity(ops.len());
    for op in ops {
        match done.remove(&op.id) {
            Some(id) => outcomes.push((op.id, Outcome::Written(id))),
            None => left.push(*op),
        }
    }
    Ok((outcomes, left))
}

async fn together(
    db: &Db,
    operation: &'static str,
    ops: &[&Op],
    writer: &dyn RowWriter,
) -> Result<Outcomes, RowError> {
    let mut session = db.begin_write(operation).await.map_err(RowError::Failed)?;
    let (mut outcomes, left) = split(&mut session, ops).await.map_err(RowError::Failed)?;
    let written = match writer.write_all(&mut session, &left).await {
        Ok(ids) => (ids.iter())
            .try_for_each(|id| notable(operation, id))
            .map(|()| ids),
        Err(error) => Err(error),
    };
    let ids = match written {
        Ok(ids) if ids.len() == left.len() => ids,
        Ok(_) => {
            return Err(RowError::Failed(Error::new(
                ErrorKind::Internal,
                "The rows of a batch were not all answered.",
            )));
        }
        Err(error) => {
            // What cannot be rolled back is cut off, which comes to the same.
            drop(session.rollback().await);
            return Err(error);
        }
    };
    let done: Vec<(&Op, &RecordId)> = left.iter().copied().zip(&ids).collect();
    let commits = finish(session, &done).await.map_err(RowError::Failed)?;
    outcomes.extend(settle(commits, &done)?);
    Ok(outcomes)
}

async fn one_by_one(
    db: &Db,
    operation: &'static str,
    ops: &[&Op],
    writer: &dyn RowWriter,
) -> Result<Outcomes, RowError> {
    let failed = RowError::Failed;
    let mut session = db.begin_write(operation).await.map_err(failed)?;
    let (mut outcomes, left) = split(&mut session, ops).await.map_err(failed)?;
    let mut written = Vec::with_capacity(left.len());
    for op in left {
        session.savepoint().await.map_err(failed)?;
        let row = match writer.write(&mut session, op).await {
            Ok(id) => notable(operation, &id).map(|()| id),
            Err(error) => Err(error),
        };
        match row {
            Ok(id) => {
                session.release().await.map_err(failed)?;
                written.push((op, id));
            }
            Err(RowError::Rejected(error)) => {
                session.rollback_to().await.map_err(failed)?;
                outcomes.push((op.id, Outcome::Rejected(error)));
            }
            Err(RowError::Failed(error)) => return Err(RowError::Failed(error)),
        }
    }
    let done: Vec<(&Op, &RecordId)> = written.iter().map(|(op, id)| (*op, id)).collect();
    let commits = finish(session, &done).await.map_err(failed)?;
    outcomes.extend(settle(commits, &done)?);
    Ok(outcomes)
}

/// Notes the writes and commits.
async fn finish(
    mut session: WriteSession,
    done: &[(&Op, &RecordId)],
) -> Result<Result<(), CommitFailed>, Error> {
    if done.is_empty() {
        return session.rollback().await.map(Ok);
    }
    if let Err(error) = applied::record(&mut session, done).await {
        drop(session.rollback().await);
        // Noted meanwhile through another connection: the next try finds it.
        if error.kind() == ErrorKind::Validation {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "The same writes are being done through another connection.",
            )
            .outcome(SendOutcome::NotSent)
            .source(error));
        }
        return Err(error);
    }
    Ok(session.commit().await)
}

/// What a commit means for each write; an error where it refused them for what is in them.
fn settle(
    commit: Result<(), CommitFailed>,
    done: &[(&Op, &RecordId)],
) -> Result<Outcomes, RowError> {
    let outcome = |id: &RecordId| match &commit {
        Ok(()) => Outcome::Written(id.clone()),
        Err(failed) if failed.unknown => Outcome::Unknown(failed.error.clone()),
        Err(failed) => Outcome::Deferred(failed.error.clone()),
    };
    if let Err(failed) = &commit
        && !failed.unknown
        && failed.error.kind() == ErrorKind::Validation
    {
        return Err(RowError::Rejected(failed.error.clone()));
    }
    Ok(done.iter().map(|(op, id)| (op.id, outcome(id))).collect())
}
