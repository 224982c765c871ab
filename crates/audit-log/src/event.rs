//! What happened: a closed list of names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::UnknownWord;
use crate::outcome::Outcome;

/// What happened; a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EventName {
    /// A run began.
    #[serde(rename = "run.start")]
    RunStart,
    /// A run went on after it was interrupted.
    #[serde(rename = "run.resume")]
    RunResume,
    /// A run ended, in whatever way.
    #[serde(rename = "run.end")]
    RunEnd,
    /// A record was created in the target.
    #[serde(rename = "record.create")]
    RecordCreate,
    /// A record was updated in the target.
    #[serde(rename = "record.update")]
    RecordUpdate,
    /// A record was deleted in the target.
    #[serde(rename = "record.delete")]
    RecordDelete,
    /// A record was found in the target and linked.
    #[serde(rename = "record.link")]
    RecordLink,
    /// A record was set aside with a reason.
    #[serde(rename = "record.park")]
    RecordPark,
    /// A record that was set aside got through, or is gone.
    #[serde(rename = "record.unpark")]
    RecordUnpark,
    /// A person lets a record be tried again that is set aside.
    #[serde(rename = "record.retry")]
    RecordRetry,
    /// A record was changed on both sides.
    #[serde(rename = "record.conflict")]
    RecordConflict,
    /// A value that somebody changed in the target was replaced.
    #[serde(rename = "record.drift")]
    RecordDrift,
    /// A person linked two records.
    #[serde(rename = "link.set")]
    LinkSet,
    /// A person merged a duplicate into the record that is linked.
    #[serde(rename = "link.merge")]
    LinkMerge,
    /// A person took a link away.
    #[serde(rename = "link.remove")]
    LinkRemove,
    /// A person left a record out, or said that two are not the same.
    #[serde(rename = "link.ignore")]
    LinkIgnore,
    /// A person said that a record is to be created.
    #[serde(rename = "link.create")]
    LinkCreate,
    /// A person undid a decision.
    #[serde(rename = "link.undo")]
    LinkUndo,
    /// A write whose answer was lost was looked up.
    #[serde(rename = "engine.recover")]
    EngineRecover,
    /// A flow that gets nothing done was stopped.
    #[serde(rename = "engine.broken")]
    EngineBroken,
    /// The program died in the middle of a run.
    #[serde(rename = "engine.crash")]
    EngineCrash,
    /// A request was sent to a remote system, and maybe answered.
    #[serde(rename = "http.exchange")]
    HttpExchange,
    /// A person called the API of a remote system by hand.
    #[serde(rename = "api.call")]
    ApiCall,
    /// A connection was tested.
    #[serde(rename = "connection.test")]
    ConnectionTest,
    /// A setting was changed.
    #[serde(rename = "admin.setting")]
    AdminSetting,
    /// A remote system sent a notice.
    #[serde(rename = "webhook.receive")]
    WebhookReceive,
    /// A person said that an issue is resolved.
    #[serde(rename = "issue.resolve")]
    IssueResolve,
    /// A person said that an issue is to be ignored.
    #[serde(rename = "issue.ignore")]
    IssueIgnore,
    /// A person opened an issue again.
    #[serde(rename = "issue.reopen")]
    IssueReopen,
    /// The program said something about its own working.
    #[serde(rename = "log.message")]
    LogMessage,
    /// Entries could not be kept.
    #[serde(rename = "log.lost")]
    LogLost,
    /// Old entries were removed.
    #[serde(rename = "log.prune")]
    LogPrune,
    /// Bodies were erased on request.
    #[serde(rename = "log.erase")]
    LogErase,
    /// Entries were exported.
    #[serde(rename = "log.export")]
    LogExport,
}

impl EventName {
    /// All names.
    pub const ALL: [Self; 34] = [
        Self::RunStart,
        Self::RunResume,
        Self::RunEnd,
        Self::RecordCreate,
        Self::RecordUpdate,
        Self::RecordDelete,
        Self::RecordLink,
        Self::RecordPark,
        Self::RecordUnpark,
        Self::RecordRetry,
        Self::RecordConflict,
        Self::RecordDrift,
        Self::LinkSet,
        Self::LinkMerge,
        Self::LinkRemove,
        Self::LinkIgnore,
        Self::LinkCreate,
        Self::LinkUndo,
        Self::EngineRecover,
        Self::EngineBroken,
        Self::EngineCrash,
        Self::HttpExchange,
        Self::ApiCall,
        Self::ConnectionTest,
        Self::AdminSetting,
        Self::WebhookReceive,
        Self::IssueResolve,
        Self::IssueIgnore,
        Self::IssueReopen,
        Self::LogMessage,
        Self::LogLost,
        Self::LogPrune,
        Self::LogErase,
        Self::LogExport,
    ];

    /// The dotted name, such as `record.create`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RunStart => "run.start",
            Self::RunResume => "run.resume",
            Self::RunEnd => "run.end",
            Self::RecordCreate => "record.create",
            Self::RecordUpdate => "record.update",
            Self::RecordDelete => "record.delete",
            Self::RecordLink => "record.link",
            Self::RecordPark => "record.park",
            Self::RecordUnpark => "record.unpark",
            Self::RecordRetry => "record.retry",
            Self::RecordConflict => "record.conflict",
            Self::RecordDrift => "record.drift",
            Self::LinkSet => "link.set",
            Self::LinkMerge => "link.merge",
            Self::LinkRemove => "link.remove",
            Self::LinkIgnore => "link.ignore",
            Self::LinkCreate => "link.create",
            Self::LinkUndo => "link.undo",
            Self::EngineRecover => "engine.recover",
            Self::EngineBroken => "engine.broken",
            Self::EngineCrash => "engine.crash",
            Self::HttpExchange => "http.exchange",
            Self::ApiCall => "api.call",
            Self::ConnectionTest => "connection.test",
            Self::AdminSetting => "admin.setting",
            Self::WebhookReceive => "webhook.receive",
            Self::IssueResolve => "issue.resolve",
            Self::IssueIgnore => "issue.ignore",
            Self::IssueReopen => "issue.reopen",
            Self::LogMessage => "log.message",
            Self::LogLost => "log.lost",
            Self::LogPrune => "log.prune",
            Self::LogErase => "log.erase",
            Self::LogExport => "log.export",
        }
    }

    /// Whether the entry is the log's own: it is kept whatever the minimum level is.
    #[must_use]
    pub fn is_about_the_log(self) -> bool {
        matches!(
            self,
            Self::LogLost | Self::LogPrune | Self::LogErase | Self::LogExport
        )
    }

    /// The outcome that an entry has unless another is given.
    #[must_use]
    pub fn default_outcome(self) -> Option<Outcome> {
        match self {
            Self::RecordCreate | Self::RecordUpdate | Self::RecordDelete => {
                Some(Outcome::Succeeded)
            }
            Self::RecordPark | Self::RecordConflict => Some(Outcome::Failed),
            _ => None,
        }
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for EventName {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|event| event.as_str() == text)
            .ok_or_else(|| UnknownWord::new("event", text, Self::ALL.map(Self::as_str)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_serialises_as_it_is_written() {
        for event in EventName::ALL {
            assert_eq!(event.as_str().parse(), Ok(event));
            let json = serde_json::to_string(&event).unwrap();
            assert_eq!(json, format!("\"{event}\""));
            assert_eq!(serde_json::from_str::<EventName>(&json).unwrap(), event);
        }
        assert!("record.created".parse::<EventName>().is_err());
    }
}
