//! Time logs: when users came and went (`/timelogs`).

use api_core::{Error, Timestamp};

use crate::calls::handle;
use crate::filter::{Filter as _, filter};
use crate::id::{AccountId, TimelogId, UserId};
use crate::list::List;
use crate::model::model;
use crate::operations as ops;

model! {
    /// A time log: when a user came and went.
    pub struct Timelog, wire "timelog"/"timelogs" {
        /// Its id (`id`).
        id: TimelogId = "id" [read_only],
        /// When the user came (`in_at`).
        in_at: Timestamp = "in_at",
        /// When the user went (`out_at`).
        out_at: Timestamp = "out_at",
        /// The account (`account_id`).
        account_id: AccountId = "account_id" [read_only],
        /// The user (`user_id`).
        user_id: UserId = "user_id" [read_only],
        /// Note on coming (`in_note`).
        in_note: String = "in_note",
        /// Note on going (`out_note`).
        out_note: String = "out_note",
        /// When it was made (`created_at`).
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last (`updated_at`).
        updated_at: Timestamp = "updated_at" [read_only],
        /// Whether it is a break (`lunch`).
        lunch: bool = "lunch",
        /// Whether it was changed by hand (`manually_updated`).
        manually_updated: bool = "manually_updated" [read_only],
    }
}

filter! {
    /// What to list of the time logs.
    pub struct TimelogFilter for TIMELOGS_LIST {
        /// Of this user (`user_id`).
        user_id: UserId = "user_id",
    }
}

handle! {
    /// Time logs: when users came and went (`/timelogs`).
    pub fn timelogs -> Timelogs, "Time logs";
}

impl<'c> Timelogs<'c> {
    /// Lists time logs, the token's own ones without the permission to manage
    /// all.
    pub fn list(&self, filter: &TimelogFilter) -> List<'c, Timelog> {
        List::new(self.client, &ops::TIMELOGS_LIST).params(filter.query())
    }

    /// Fetches the last time log of a user, of the token's by default.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn last(&self, user: Option<UserId>) -> Result<Timelog, Error> {
        let query: Vec<_> = user.iter().map(|id| ("user_id", id.to_string())).collect();
        self.client.one(&ops::TIMELOGS_LAST, &[], &query).await
    }

    /// Changes the time log of the token's user that is under way; sent once.
    ///
    /// It names no id: which time log it means is not documented.
    ///
    /// # Errors
    ///
    /// `Validation`, and those of any call.
    pub async fn update(&self, change: &Timelog) -> Result<Timelog, Error> {
        self.client
            .put(&ops::TIMELOGS_UPDATE, &[], &change.to_json())
            .await
    }
}
