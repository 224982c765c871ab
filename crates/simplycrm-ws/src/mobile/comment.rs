//! `addRecordComment`, and looking for a comment whose answer was lost.

use std::collections::BTreeMap;
use std::time::Duration;

use api_core::{Error, Json, SendOutcome, Timestamp};

use super::client::Client;
use super::operations as op;
use super::record::Record;
use super::related::Related;
use super::wire;
use crate::{BodyFault, Params, RecordId};

/// How far the server's clock may be from ours when a comment is looked for.
const CLOCKS: Duration = Duration::from_secs(5 * 60);

/// How many comments of a record are looked at, the newest first.
const LOOK_AT: usize = 50;

/// A comment that was added.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Comment {
    /// The comment as a record of `ModComments`.
    pub record: Record,
    /// Whether the answer was lost and the comment found afterwards.
    pub adopted: bool,
}

impl Client {
    /// Comments on a record (`addRecordComment`).
    ///
    /// The old generation answers nothing at all when the record is a ticket,
    /// although it adds the comment (recorded vtiger 5.4.0 server). After such
    /// an answer, and after none, the comments of the record are read and one
    /// with this text of the last minutes is taken for the one that was sent.
    /// Nothing is sent twice. The zone of the server's times must be right for
    /// that ([`time_zone`](super::ClientBuilder::time_zone)).
    ///
    /// # Errors
    ///
    /// `Validation` without a text; refused locally. With an unknown outcome
    /// when no readable answer came and the comment was not found: the old
    /// generation keeps comments on tickets where no operation reads them.
    pub async fn add_comment(&self, on: &RecordId, text: &str) -> Result<Comment, Error> {
        let operation = op::COMMENT.name();
        if text.trim().is_empty() {
            return Err(wire::refused(operation, "The comment has no text."));
        }
        let values = Json::from(BTreeMap::from([
            ("related_to".to_owned(), Json::from(on.to_string())),
            ("commentcontent".to_owned(), Json::from(text)),
        ]));
        let params = Params::new().with("values", wire::escaped(&values));
        // A login first, so that a lost answer is one to the comment.
        self.generation().await?;
        let sent_at = self.now();
        let lost = match self.run(&op::COMMENT, params).await {
            Ok(result) => {
                return Ok(Comment {
                    record: super::fetch::record(operation, &result)?,
                    adopted: false,
                });
            }
            Err(error) if error.send_outcome() == SendOutcome::Unknown => error,
            Err(error) => return Err(error),
        };
        match self.find_comment(on, text, sent_at).await {
            Some(found) => {
                // The row of a query has some of the fields only.
                let whole = match found.id() {
                    Some(id) => self.fetch_with_grouping(&id).await.ok(),
                    None => None,
                };
                Ok(Comment {
                    record: whole.unwrap_or(found),
                    adopted: true,
                })
            }
            None if BodyFault::of(&lost) == Some(BodyFault::EmptyBody) => Err(lost.help(
                "Older servers answer nothing to a comment on a ticket although they add it; look at the ticket before sending it again.",
            )),
            None => Err(lost.help("Look at the record's comments before sending it again.")),
        }
    }

    /// Finds the newest comment with this text that is not older than `since`.
    async fn find_comment(&self, on: &RecordId, text: &str, since: Timestamp) -> Option<Record> {
        let query = format!(
            "select id, commentcontent, related_to, createdtime from ModComments \
             where related_to = '{on}' order by id desc limit {LOOK_AT};"
        );
        let mut comments = match self.query_page(&query, 0).await {
            Ok(page) => page.records,
            Err(_) => Vec::new(),
        };
        if comments.is_empty() {
            comments = match self.related(on, "ModComments", 0).await {
                Ok(Related::Page(page)) => page.records,
                _ => return None,
            };
        }
        // A zone that is set wrong must not make an old comment look new.
        let possible = since.saturating_sub(CLOCKS)..=self.now().saturating_add(CLOCKS);
        comments
            .into_iter()
            .filter(|comment| same_text(comment.text("commentcontent"), text))
            .filter(|comment| {
                Timestamp::from_civil(comment.text("createdtime"), self.zone())
                    .is_ok_and(|at| possible.contains(&at))
            })
            .max_by_key(|comment| comment.id().map(|id| id.number))
    }
}

/// Whether a stored text is the one that was sent, but for its line ends.
fn same_text(stored: &str, sent: &str) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
    plain(stored) == plain(sent)
}
