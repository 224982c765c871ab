//! One page of `sync`: what changed in a module after a second.

use std::fmt;

use api_core::{Error, Json, Timestamp};

use crate::operation::Operation;
use crate::params::Params;
use crate::rows::{records, unreadable};
use crate::{BodyFault, Client, Code, Record, RecordId};

/// A second after which `sync` answers changes; never 0.
///
/// `modifiedTime=0` is a fatal error on the server when nothing changed, and
/// milliseconds answer everything (recorded vtiger 5.4.0 and 7.1.0 servers);
/// neither can be made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SyncToken(i64);

/// The last second that is no time in milliseconds: the year 5138.
const LAST: i64 = 99_999_999_999;

impl SyncToken {
    /// The beginning of time: answers every record.
    pub const START: Self = Self(1);

    /// Changes after so many seconds since 1970, at least 1.
    #[must_use]
    pub fn seconds(seconds: i64) -> Self {
        Self(seconds.clamp(1, LAST))
    }

    /// Changes after an instant, cut to whole seconds.
    #[must_use]
    pub fn after(instant: Timestamp) -> Self {
        Self::seconds(instant.as_micros().div_euclid(1_000_000))
    }

    /// Returns the seconds since 1970.
    #[must_use]
    pub fn as_seconds(self) -> i64 {
        self.0
    }

    /// The token some seconds earlier.
    pub(crate) fn earlier(self, seconds: i64) -> Self {
        Self::seconds(self.0.saturating_sub(seconds))
    }
}

impl fmt::Display for SyncToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Whose records `sync` is asked for (`syncType`).
///
/// Servers that do not have the parameter registered ignore it and answer the
/// user's own records (recorded vtiger 5.4.0 server), so what comes must be
/// compared with a query; `Client::sync_support` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SyncScope {
    /// The parameter is not sent: records the user owns.
    #[default]
    Own,
    /// `userandgroup`: records the user or a group of the user's owns.
    OwnAndGroups,
    /// `application`: every record; only for administrators.
    Everything,
}

impl SyncScope {
    fn word(self) -> Option<&'static str> {
        match self {
            Self::Own => None,
            Self::OwnAndGroups => Some("userandgroup"),
            Self::Everything => Some("application"),
        }
    }
}

/// What one call of `sync` answers.
///
/// The server cuts pages by second: all changes of a second come together, so
/// a page may hold more than 100 records, in no order (recorded vtiger 5.4.0
/// and 7.1.0 servers).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SyncPage {
    /// Records that were made or changed; inventory records without lines.
    pub updated: Vec<Record>,
    /// Records that were deleted, and leads that were converted.
    pub deleted: Vec<RecordId>,
    /// Whether changes of a later second wait.
    pub more: bool,
    /// The second up to which this page goes; ask on from here.
    pub last: SyncToken,
}

impl Client {
    /// Asks `sync` for the changes of one module after a second.
    ///
    /// Changes of the second `last` that come after the answer are not in a
    /// page that is asked from `last` on: ask from a second before it and drop
    /// what is known. [`changes`](Self::changes) does, and loops on `more`.
    ///
    /// # Errors
    ///
    /// `NotAnApi` with [`BodyFault::ServerCrash`] or
    /// [`BodyFault::EmptyBody`] where the server dies of the module (Quotes on
    /// 5.4.0, Emails and PBXManager on 7.1.0, every module on a stock 8.3.0);
    /// `Permission` for modules without `sync` (Groups, Currency, LineItem).
    pub async fn sync_page(&self, module: &str, since: SyncToken) -> Result<SyncPage, Error> {
        self.sync_page_of(module, since, SyncScope::Own).await
    }

    /// Asks `sync` for the changes of one module, of whose records is said.
    ///
    /// # Errors
    ///
    /// As [`sync_page`](Self::sync_page); `Permission` also when a user who is
    /// no administrator asks for [`SyncScope::Everything`].
    pub async fn sync_page_of(
        &self,
        module: &str,
        since: SyncToken,
        scope: SyncScope,
    ) -> Result<SyncPage, Error> {
        let mut params = Params::new()
            .with("modifiedTime", since.to_string())
            .with("elementType", module);
        if let Some(word) = scope.word() {
            params = params.with("syncType", word);
        }
        let result = self.call_as(&Operation::SYNC, params).await?;
        read_page(result, since)
    }
}

/// Reads the `result` of a sync.
fn read_page(result: Json, since: SyncToken) -> Result<SyncPage, Error> {
    const SYNC: &Operation = &Operation::SYNC;
    let Json::Map(mut members) = result else {
        return Err(unreadable(SYNC, "something that is no page"));
    };
    let updated = members
        .remove("updated")
        .ok_or_else(|| unreadable(SYNC, "a page without `updated`"))?;
    let updated = records(SYNC, updated)?;
    let deleted = match members.remove("deleted") {
        Some(Json::List(ids)) => ids
            .iter()
            .map(|id| id.as_str().and_then(|text| text.parse().ok()))
            .collect::<Option<Vec<RecordId>>>()
            .ok_or_else(|| unreadable(SYNC, "a deleted record that is no id"))?,
        _ => return Err(unreadable(SYNC, "a page without `deleted`")),
    };
    let more = members
        .get("more")
        .and_then(Json::as_bool)
        .ok_or_else(|| unreadable(SYNC, "a page without `more`"))?;
    // Users answers `""` or `"1"`, a text, and nothing changed leaves the token.
    let last = match members.get("lastModifiedTime") {
        Some(Json::Number(number)) => number.as_i64(),
        Some(Json::Text(text)) if text.is_empty() => Some(since.as_seconds()),
        Some(Json::Text(text)) => text.parse().ok(),
        Some(Json::Null) | None => Some(since.as_seconds()),
        Some(_) => None,
    };
    let last = last.ok_or_else(|| unreadable(SYNC, "a `lastModifiedTime` that is no time"))?;
    let last = SyncToken::seconds(last);
    if more && last <= since {
        return Err(unreadable(
            SYNC,
            "more changes, but none after the second asked for; it would never end",
        ));
    }
    Ok(SyncPage {
        updated,
        deleted,
        more,
        last,
    })
}

/// Whether an error says that the server cannot answer `sync` at all, rather
/// than not now.
pub(crate) fn is_dead(error: &Error) -> bool {
    let died = matches!(
        BodyFault::of(error),
        Some(
            BodyFault::EmptyBody
                | BodyFault::ServerCrash
                | BodyFault::TextDeath
                | BodyFault::HtmlFatal
                | BodyFault::NullError
        )
    );
    let refused = matches!(
        Code::of(error),
        Some(
            Code::DatabaseQueryError
                | Code::InternalServerError
                | Code::OperationNotSupported
                | Code::UnknownOperation
        )
    );
    died || refused
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(json: &str) -> Result<SyncPage, Error> {
        read_page(Json::parse(json).unwrap(), SyncToken::seconds(7))
    }

    #[test]
    fn zero_and_milliseconds_are_never_asked_for() {
        assert_eq!(SyncToken::seconds(0), SyncToken::START);
        assert_eq!(SyncToken::seconds(-5).to_string(), "1");
        assert_eq!(SyncToken::START.earlier(10), SyncToken::START);
        assert_eq!(
            SyncToken::seconds(1_795_291_822_000).as_seconds(),
            99_999_999_999
        );
        let at = Timestamp::from_micros(1_500_000);
        assert_eq!(SyncToken::after(at).as_seconds(), 1);
    }

    #[test]
    fn the_last_second_may_be_a_text_or_nothing() {
        let last = |text: &str| {
            page(&format!(
                r#"{{"updated":[],"deleted":[],"more":false,"lastModifiedTime":{text}}}"#
            ))
            .map(|page| page.last.as_seconds())
        };
        assert_eq!(last("1795291989").unwrap(), 1_795_291_989);
        assert_eq!(last("\"1\"").unwrap(), 1);
        assert_eq!(last("\"\"").unwrap(), 7);
        assert_eq!(last("null").unwrap(), 7);
        assert!(last("\"soon\"").is_err());
        assert!(last("true").is_err());
    }

    #[test]
    fn a_page_that_is_none_is_no_empty_page() {
        for json in [
            "[]",
            "null",
            "{}",
            r#"{"updated":null,"deleted":[],"more":false,"lastModifiedTime":1}"#,
            r#"{"updated":[],"more":false,"lastModifiedTime":1}"#,
            r#"{"updated":[],"deleted":["x"],"more":false,"lastModifiedTime":1}"#,
            r#"{"updated":[1],"deleted":[],"more":false,"lastModifiedTime":1}"#,
            r#"{"updated":[],"deleted":[],"lastModifiedTime":1}"#,
            r#"{"updated":[],"deleted":[],"more":true,"lastModifiedTime":7}"#,
        ] {
            assert!(page(json).is_err(), "{json}");
        }
    }
}
