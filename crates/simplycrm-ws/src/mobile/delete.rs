//! `deleteRecords`: with a yes or no per record.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, Json, SendOutcome};

use super::client::Client;
use super::operations as op;
use super::{Generation, wire};
use crate::{BodyFault, Params, RecordId};

/// What became of records that were to be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Deleted {
    /// Deleted.
    pub deleted: Vec<RecordId>,
    /// Not deleted: there is no such record, or no right to delete it.
    pub refused: Vec<RecordId>,
    /// The server said nothing of these.
    pub unanswered: Vec<RecordId>,
}

impl Deleted {
    /// Whether every record was deleted.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.refused.is_empty() && self.unanswered.is_empty()
    }

    pub(crate) fn read(result: &Json, asked: &[RecordId]) -> Result<Self, Error> {
        let operation = op::DELETE.name();
        let answers = wire::members(operation, result.get("deleted"), "deleted", result)?;
        let Some(answers) = answers else {
            // The list was not read: nothing was deleted (recorded servers of
            // both generations).
            return Err(Error::new(
                ErrorKind::Validation,
                "The server read no list of records and deleted nothing.",
            )
            .operation("mobile.deleteRecords")
            .outcome(SendOutcome::Rejected));
        };
        // Keys are ids as they were sent: with or without prefix.
        let answers: BTreeMap<u64, bool> = answers
            .iter()
            .filter_map(|(id, answer)| {
                let number = match id.split_once('x') {
                    Some((_, number)) => number,
                    None => id,
                };
                Some((number.parse().ok()?, wire::flag(Some(answer))?))
            })
            .collect();
        let mut out = Self::default();
        for id in asked {
            match answers.get(&id.number) {
                Some(true) => out.deleted.push(*id),
                Some(false) => out.refused.push(*id),
                None => out.unanswered.push(*id),
            }
        }
        Ok(out)
    }
}

impl Client {
    /// Deletes records (`deleteRecords`); they go to the bin.
    ///
    /// The old generation is sent the ids, the new one their numbers only. A
    /// server that names itself old and dies of the ids, which deletes nothing
    /// (recorded vtiger 7.1.0 server), is sent the numbers then.
    ///
    /// A delete whose answer was lost is not sent again by itself: the server
    /// would refuse the records that are gone.
    ///
    /// # Errors
    ///
    /// With an unknown outcome when no readable answer came, so also when the new generation dies of a
    /// number it does not know: those before it may be deleted (recorded vtiger
    /// 7.1.0 server).
    pub async fn delete(&self, ids: &[RecordId]) -> Result<Deleted, Error> {
        if ids.is_empty() {
            return Ok(Deleted::default());
        }
        let generation = self.delete_generation().await?;
        let first = self.send_delete(ids, generation).await;
        match first {
            Err(error)
                if generation == Generation::Old
                    && BodyFault::of(&error) == Some(BodyFault::TextDeath) =>
            {
                let second = self.send_delete(ids, Generation::New).await;
                if second.is_ok() {
                    self.learn_delete(Generation::New);
                }
                second
            }
            other => other,
        }
    }

    async fn send_delete(
        &self,
        ids: &[RecordId],
        generation: Generation,
    ) -> Result<Deleted, Error> {
        let mut sent = ids.iter().map(|id| match generation {
            Generation::Old => id.to_string(),
            Generation::New => id.number.to_string(),
        });
        let params = match ids {
            [_] => Params::new().with("record", sent.next().unwrap_or_default()),
            _ => {
                let list = Json::from(sent.map(Json::from).collect::<Vec<_>>());
                Params::new().with("records", wire::escaped(&list))
            }
        };
        let result = self.run(&op::DELETE, params).await.map_err(|error| {
            if BodyFault::of(&error) == Some(BodyFault::TextDeath) {
                error.help("The server dies of a record that it does not know; look which of them are still there.")
            } else {
                error
            }
        })?;
        Deleted::read(&result, ids)
    }
}
