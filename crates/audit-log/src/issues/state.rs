//! Whether somebody has to do something about an issue.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::db::Value;
use crate::entry::Entry;
use crate::error::{Error, UnknownWord};
use crate::event::EventName;
use crate::filter::check_text;
use crate::level::Level;
use crate::log::AuditLog;
use crate::write::append_in;

use super::IssueId;

/// The longest note, in bytes.
const LONGEST_NOTE: usize = 2_000;

/// Whether somebody has to do something about an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IssueState {
    /// Nobody has said anything about it yet.
    Open = 1,
    /// Somebody said that it is resolved, and it was not seen since.
    Resolved = 2,
    /// Somebody said that it does not matter; it is only counted.
    Ignored = 3,
    /// It was seen again after it was resolved.
    Regressed = 4,
}

impl IssueState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Open, Self::Resolved, Self::Ignored, Self::Regressed];

    /// The word, such as `open`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
            Self::Ignored => "ignored",
            Self::Regressed => "regressed",
        }
    }

    /// The number that is stored.
    #[must_use]
    pub fn number(self) -> i64 {
        self as i64
    }

    /// The state of a number; open for any that is none, since that is the one people look at.
    pub(super) fn from_number(number: i64) -> Self {
        Self::ALL
            .into_iter()
            .find(|state| state.number() == number)
            .unwrap_or(Self::Open)
    }

    /// The event of a change to this state.
    fn event(self) -> EventName {
        match self {
            Self::Resolved => EventName::IssueResolve,
            Self::Ignored => EventName::IssueIgnore,
            Self::Open | Self::Regressed => EventName::IssueReopen,
        }
    }
}

impl fmt::Display for IssueState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for IssueState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownWord::new("state", text, Self::ALL.map(Self::as_str)))
    }
}

/// A change of state that is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changed {
    /// The state before.
    pub from: IssueState,
    /// The state now.
    pub to: IssueState,
}

/// Changes the state of an issue, and writes into the log who did, in one transaction.
pub(super) async fn change(
    log: &AuditLog,
    issue: IssueId,
    to: IssueState,
    actor: &str,
    note: Option<&str>,
) -> Result<Changed, Error> {
    check_text("actor", Some(actor))?;
    if note.is_some_and(|note| note.len() > LONGEST_NOTE || note.contains('\0')) {
        return Err(Error::Invalid(format!(
            "a note holds up to {LONGEST_NOTE} bytes and no NUL character"
        )));
    }
    let shared = log.shared();
    let mut tx = shared.db.begin().await?;
    let rows = tx
        .fetch(
            "SELECT i.state, i.title, i.code, n.name FROM audit_issue AS i \
             LEFT JOIN audit_name AS n ON n.id = i.system WHERE i.fingerprint = ?",
            &[issue.0.into()],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Err(Error::Invalid(format!("there is no issue {issue}")));
    };
    let from = IssueState::from_number(row.int(0)?);
    // A note is masked as a message is; it stands in one, too.
    let note = note.map(|note| {
        let note = Entry::new(Level::Info, to.event(), note);
        shared.prepare(note).entry.message
    });
    let mut message = format!("Issue {issue} ({}) was {}.", row.text(1)?, verb(to));
    if let Some(note) = &note {
        message = format!("{message} {note}");
    }
    let mut entry = Entry::new(Level::Info, to.event(), message)
        .at(shared.settings.clock.now())
        .actor(actor)
        .detail("issue", issue.to_string())
        .detail("old_status", from.as_str())
        .detail("status", to.as_str());
    if let Some(code) = row.text_or_none(2)? {
        entry = entry.code(code);
    }
    if let Some(system) = row.text_or_none(3)? {
        entry = entry.system(system);
    }
    let at = entry.at;
    // Whatever the minimum level is: who says what about an error is never left out.
    let prepared = shared.prepare(entry);
    let written = append_in(shared, &mut tx, &[&prepared]).await?;
    tx.execute(
        "UPDATE audit_issue SET state = ?, state_ts = ?, state_by = ?, note = ? \
         WHERE fingerprint = ?",
        &[
            to.number().into(),
            at.as_micros().into(),
            actor.into(),
            Value::from(note),
            issue.0.into(),
        ],
    )
    .await?;
    tx.commit().await?;
    shared.committed(&written);
    Ok(Changed { from, to })
}

fn verb(to: IssueState) -> &'static str {
    match to {
        IssueState::Resolved => "resolved",
        IssueState::Ignored => "ignored",
        IssueState::Open | IssueState::Regressed => "opened again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_reads_back() {
        for state in IssueState::ALL {
            assert_eq!(state.to_string().parse(), Ok(state));
            assert_eq!(IssueState::from_number(state.number()), state);
        }
        assert!("closed".parse::<IssueState>().is_err());
        assert_eq!(IssueState::from_number(99), IssueState::Open);
    }
}
