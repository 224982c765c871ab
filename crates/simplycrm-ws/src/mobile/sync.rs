//! `syncModuleRecords`: what changed in a module since a token.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use api_core::{Error, ErrorKind, Json};
use futures_util::Stream;

use super::client::Client;
use super::operations as op;
use super::record::Record;
use super::wire;
use crate::{Params, RecordId};

/// A place in the changes of a module: seconds of the server's clock.
///
/// Opaque text to store between runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SyncToken(u64);

/// A text that is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sync token is a number of seconds")]
pub struct ParseTokenError;

impl SyncToken {
    /// The longest overlap: changes of the same second as the last page are
    /// asked for again, since the server compares with "later than".
    const OVERLAP: u64 = 1;

    /// What is sent: a second earlier, never 0, which the server takes for
    /// no token at all.
    fn sent(self) -> String {
        self.0.saturating_sub(Self::OVERLAP).max(1).to_string()
    }
}

impl fmt::Display for SyncToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for SyncToken {
    type Err = ParseTokenError;

    fn from_str(text: &str) -> Result<Self, ParseTokenError> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = text.parse().map_err(|_| ParseTokenError)?;
        // The server takes milliseconds for a time far in the future.
        if !digits || seconds == 0 || seconds > 253_402_300_799 {
            return Err(ParseTokenError);
        }
        Ok(Self(seconds))
    }
}

/// Whose records to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SyncMode {
    /// The user's own (`PRIVATE`); what the server does unless told otherwise.
    Private,
    /// All that the user may read (`PUBLIC`).
    #[default]
    Public,
}

impl SyncMode {
    fn as_str(self) -> &'static str {
        match self {
            Self::Private => "PRIVATE",
            Self::Public => "PUBLIC",
        }
    }
}

/// A page of changes, as the server answers it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SyncPage {
    /// Records that are new or changed, in blocks.
    pub updated: Vec<Record>,
    /// Records that are deleted; only on the first page, and only with a token.
    pub deleted: Vec<RecordId>,
    /// The greatest time of *this page*: it decreases from page to page when
    /// there was no token (recorded servers of both generations).
    pub token: Option<SyncToken>,
    /// The next page; `None` on the last.
    pub next_page: Option<u32>,
}

impl SyncPage {
    pub(crate) fn read(result: &Json) -> Result<Self, Error> {
        let operation = op::SYNC.name();
        let sync = result
            .get("sync")
            .filter(|sync| sync.as_map().is_some())
            .ok_or_else(|| wire::unreadable(operation, "no `sync`", result))?;
        let updated = wire::rows(operation, sync, "updated")?
            .iter()
            .map(|record| Record::read(operation, record))
            .collect::<Result<_, _>>()?;
        let deleted = wire::rows(operation, sync, "deleted")?
            .iter()
            .map(|id| {
                wire::id(Some(id))
                    .ok_or_else(|| wire::unreadable(operation, "a deleted record without id", sync))
            })
            .collect::<Result<_, _>>()?;
        // A number, or a text where nothing changed; 0 or "" without any record.
        let token = wire::text(sync.get("nextSyncToken")).unwrap_or_default();
        let token = match token.as_str() {
            "" | "0" => None,
            text => Some(
                text.parse()
                    .map_err(|_| wire::unreadable(operation, "an odd `nextSyncToken`", sync))?,
            ),
        };
        let next_page = wire::whole(sync.get("nextPage")).filter(|page| *page != 0);
        Ok(Self {
            updated,
            deleted,
            token,
            next_page,
        })
    }
}

/// A part of the changes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Changes {
    /// Records that are new or changed.
    pub updated: Vec<Record>,
    /// Records that are deleted; none in a run without token.
    pub deleted: Vec<RecordId>,
    /// Where the next run starts: the token of the first page, as a record of
    /// it may change before a later page is read. Only in the last part, and
    /// `None` there too when a module has no records at all. Store it when all
    /// parts are dealt with.
    pub next: Option<SyncToken>,
}

impl Client {
    /// Reads one page of changes (`syncModuleRecords`), pages from 0.
    ///
    /// Asks from a second before the token, for the server compares with
    /// "later than" and would miss changes of the token's own second; what is
    /// answered a second time is the caller's to recognise.
    ///
    /// # Errors
    ///
    /// When the call fails or the answer cannot be read; for `Users` always.
    pub async fn sync_page(
        &self,
        module: &str,
        since: Option<SyncToken>,
        mode: SyncMode,
        page: u32,
    ) -> Result<SyncPage, Error> {
        if !wire::is_name(module) {
            return Err(wire::refused(
                op::SYNC.name(),
                "The module's name is empty or holds odd characters.",
            ));
        }
        let params = Params::new()
            .with("module", module)
            .with("syncToken", since.map(SyncToken::sent).unwrap_or_default())
            .with("mode", mode.as_str())
            .with("page", page.to_string());
        SyncPage::read(&self.run(&op::SYNC, params).await?)
    }

    /// Follows the changes of a module since a token, page after page.
    ///
    /// Without a token all records come, the newest first. Each record comes
    /// once in a run unless it changed meanwhile. Changes of the token's own
    /// second come again in the next run: the server keeps no finer time.
    ///
    /// Deleted records are told only with a token; records that were given to
    /// somebody else are not told of at all (recorded servers of both
    /// generations).
    ///
    /// # Errors
    ///
    /// The stream ends after an error; the token of the last run then holds.
    pub fn changes(
        &self,
        module: &str,
        since: Option<SyncToken>,
        mode: SyncMode,
    ) -> impl Stream<Item = Result<Changes, Error>> + Send + 'static {
        let client = self.clone();
        let module = module.to_owned();
        // Calendar merges two modules, and its `nextPage` cannot be trusted.
        let merged = matches!(module.as_str(), "Calendar" | "Events");
        async_stream::try_stream! {
            let mut token = since;
            let mut seen = HashSet::new();
            let mut gone = HashSet::new();
            let mut page = 0_u32;
            loop {
                let answer = client.sync_page(&module, since, mode, page).await?;
                if page == 0 {
                    // Later pages are read later: what a record of this page
                    // became meanwhile may be older than their tokens.
                    token = token.max(answer.token);
                }
                let empty = answer.updated.is_empty();
                let updated: Vec<Record> = answer
                    .updated
                    .into_iter()
                    .filter(|record| match record.id() {
                        Some(id) => seen.insert((id, record.text("modifiedtime").to_owned())),
                        None => true,
                    })
                    .collect();
                let deleted: Vec<RecordId> = answer
                    .deleted
                    .into_iter()
                    .filter(|id| gone.insert(*id))
                    .collect();
                let next = match answer.next_page {
                    Some(next) if next <= page => Err(Error::new(
                        ErrorKind::Decode,
                        format!("The server names page {next} as the one after page {page}."),
                    )
                    .operation("mobile.syncModuleRecords"))?,
                    Some(_) if empty => Err(super::list::endless(op::SYNC.name()))?,
                    Some(next) => Some(next),
                    None if merged && !empty && !updated.is_empty() => Some(page.saturating_add(1)),
                    None => None,
                };
                yield Changes {
                    updated,
                    deleted,
                    next: if next.is_none() { token } else { None },
                };
                match next {
                    Some(next) => page = next,
                    None => break,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_sent_a_second_early_and_never_as_zero() {
        let token: SyncToken = "1795290405".parse().unwrap();
        assert_eq!(token.sent(), "1795290404");
        assert_eq!("1".parse::<SyncToken>().unwrap().sent(), "1");
        assert_eq!(token.to_string(), "1795290405");
    }

    #[test]
    fn what_is_no_number_of_seconds_is_no_token() {
        for text in ["", "0", "-1", "+1", "abc", "1795290405000", "1.5", " 1"] {
            assert_eq!(text.parse::<SyncToken>(), Err(ParseTokenError), "{text:?}");
        }
    }
}
