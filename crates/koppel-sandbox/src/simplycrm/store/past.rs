//! What was done: the journal of writes and the history of records.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::{By, Row, Store, is_secret};
use crate::common::Action;

/// One write the server applied, whether or not anybody heard the answer.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// 1 for the first applied write, then without gaps.
    pub seq: u64,
    /// The module, such as `Contacts`.
    pub module: &'static str,
    /// What was done.
    pub action: Action,
    /// The record's id, such as `12x34`.
    pub id: String,
    /// Every field that has a value after a create, what changed after an update (empty =
    /// cleared), the last state after a delete. Columns with secrets are left out.
    pub fields: BTreeMap<String, String>,
    /// The number of the request that did it, counted from 1.
    pub request: u64,
    /// The name of the user who did it.
    pub user: String,
}

/// What the history tells of one change.
#[derive(Debug, Clone)]
pub(crate) struct Past {
    pub(crate) id: String,
    pub(crate) module: &'static str,
    pub(crate) at: i64,
    pub(crate) user: u64,
    /// A number and its word.
    pub(crate) status: (&'static str, &'static str),
    /// What was and what is, by field.
    pub(crate) changes: BTreeMap<String, (Option<String>, String)>,
}

/// Most entries of history kept.
const MAX_HISTORY: usize = 10_000;

impl Store {
    /// Does something without writing it down.
    pub(crate) fn quietly<T>(&mut self, what: impl FnOnce(&mut Store) -> T) -> T {
        let before = self.journal.len();
        let done = what(self);
        self.journal.truncate(before);
        done
    }

    pub(crate) fn journal(&self) -> &[JournalEntry] {
        &self.journal
    }

    pub(crate) fn history(&self) -> &VecDeque<Past> {
        &self.history
    }

    /// Adds to the history what became of a row.
    pub(crate) fn remember(
        &mut self,
        before: Option<&Row>,
        row: &Row,
        status: (&'static str, &'static str),
        by: &By,
    ) {
        let changes = row
            .values
            .iter()
            .map(|(field, value)| {
                let previous = before.map(|before| before.text(field).to_owned());
                (field.clone(), (previous, value.clone()))
            })
            .filter(|(field, (previous, value))| {
                previous.as_deref() != Some(value.as_str()) && !is_secret(field)
            })
            .collect();
        if self.history.len() >= MAX_HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(Past {
            id: self.id_of(row),
            module: row.module,
            at: self.clock.now(),
            user: by.user.id,
            status,
            changes,
        });
    }

    /// Writes down what was applied.
    pub(crate) fn note(
        &mut self,
        action: Action,
        module: &'static str,
        id: String,
        mut fields: BTreeMap<String, String>,
        by: &By,
    ) {
        fields.retain(|name, _| !is_secret(name));
        self.journal.push(JournalEntry {
            seq: self.journal.len() as u64 + 1,
            module,
            action,
            id,
            fields,
            request: by.request,
            user: by.user.name.clone(),
        });
    }
}
