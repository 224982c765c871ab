//! Timers of tickets (`/ticket_timers`, `/tickets/{id}/timer_entry`).

use std::collections::BTreeMap;

use api_core::{Error, Json, Timestamp};
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::changed::Changed;
use crate::filter::{Filter as _, filter};
use crate::id::{CommentId, ProductId, TicketId, TicketLineItemId, TimerId, UserId};
use crate::list::List;
use crate::model::model;
use crate::operations as ops;
use crate::wire::Acknowledged;

model! {
    /// A timer of a ticket: work that somebody did.
    ///
    /// What is written as `start_at` and `end_at` comes back as `start_time`
    /// and `end_time`.
    pub struct TicketTimer, wire "ticket_timer"/"ticket_timers" {
        /// Its id (`id`).
        id: TimerId = "id" [read_only],
        /// Its ticket (`ticket_id`).
        ticket_id: TicketId = "ticket_id" [read_only],
        /// Who worked (`user_id`).
        user_id: UserId = "user_id" [read_only],
        /// When it began (`start_time`).
        start_time: Timestamp = "start_time" [read_only],
        /// When it ended (`end_time`).
        end_time: Timestamp = "end_time" [read_only],
        /// Whether it was charged (`recorded`).
        recorded: bool = "recorded" [read_only],
        /// When it was made (`created_at`).
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last (`updated_at`).
        updated_at: Timestamp = "updated_at" [read_only],
        /// Whether it is billed (`billable`).
        billable: bool = "billable" [read_only],
        /// Notes (`notes`).
        notes: String = "notes" [read_only],
        /// Its id at Toggl (`toggl_id`).
        toggl_id: i64 = "toggl_id" [read_only],
        /// The product it is billed as (`product_id`).
        product_id: ProductId = "product_id" [read_only],
        /// Its comment (`comment_id`).
        comment_id: CommentId = "comment_id" [read_only],
        /// The line that charging it made (`ticket_line_item_id`).
        ticket_line_item_id: TicketLineItemId = "ticket_line_item_id" [read_only],
        /// Time that ran (`active_duration`), in seconds.
        active_duration: i64 = "active_duration" [read_only],
        /// Time to bill (`billable_time`); its unit is not documented.
        billable_time: Decimal = "billable_time" [read_only],
        /// Time to bill instead (`billable_override`).
        billable_override: Json = "billable_override" [read_only],
        /// As `updated_at` (`since_updated_at`), in one answer of the OpenAPI
        /// document.
        since_updated_at: Timestamp = "since_updated_at" [read_only],
    }
}

model! {
    /// What a timer is made from or changed to.
    ///
    /// Whether the times of an existing timer follow a changed duration is
    /// doubtful: the end stayed as it was (measured by client authors).
    pub struct TimerEntry, wire "timer_entry"/"timer_entries" {
        /// When the work began (`start_at`); needed to make one (measured by
        /// client authors).
        start_at: Timestamp = "start_at" [write_only],
        /// When it ended (`end_at`).
        end_at: Timestamp = "end_at" [write_only],
        /// How long it took (`duration_minutes`), in minutes, instead of an
        /// end.
        duration_minutes: i64 = "duration_minutes" [write_only],
        /// Who worked (`user_id`), the token's user by default.
        user_id: UserId = "user_id" [write_only],
        /// Notes (`notes`).
        notes: String = "notes" [write_only],
        /// The product it is billed as (`product_id`).
        product_id: ProductId = "product_id" [write_only],
    }
}

filter! {
    /// What to list of the timers. There is no filter by ticket.
    pub struct TimerFilter for TIMERS_LIST {
        /// Made before (`created_at_lt`).
        created_before: Timestamp = "created_at_lt",
        /// Made after (`created_at_gt`).
        created_after: Timestamp = "created_at_gt",
    }
}

handle! {
    /// Timers of tickets (`/ticket_timers`).
    pub fn timers -> Timers, "Timers of tickets";
}

impl<'c> Timers<'c> {
    /// Lists timers of all tickets.
    pub fn list(&self, filter: &TimerFilter) -> List<'c, TicketTimer> {
        List::new(self.client, &ops::TIMERS_LIST).params(filter.query())
    }

    /// Lists the timers that changed since a moment.
    ///
    /// The API has no filter for it: all of them are read, and compared here.
    pub fn changed_since(&self, since: Timestamp) -> Changed<'c, TicketTimer> {
        Changed::new(self.list(&TimerFilter::new()), since)
    }

    /// Says whether a timer is billed.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation`, and those of any call.
    pub async fn set_billable(&self, id: TimerId, billable: bool) -> Result<TicketTimer, Error> {
        let query = [("billable", billable.to_string())];
        self.client
            .send(&ops::TIMERS_SET_BILLABLE, &[&id.to_string()], &query, None)
            .await?
            .one()
    }

    /// Adds a timer to a ticket; sent once.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation` where it has no start, and those of any call.
    pub async fn create(&self, ticket: TicketId, timer: &TimerEntry) -> Result<TicketTimer, Error> {
        self.client
            .post(
                &ops::TIMERS_CREATE,
                &[&ticket.to_string()],
                &timer.to_json(),
            )
            .await
    }

    /// Changes a timer of a ticket.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn update(
        &self,
        ticket: TicketId,
        id: TimerId,
        change: &TimerEntry,
    ) -> Result<TicketTimer, Error> {
        let body = named(change.to_json(), id);
        self.client
            .put(&ops::TIMERS_UPDATE, &[&ticket.to_string()], &body)
            .await
    }

    /// Removes a timer from a ticket.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete(&self, ticket: TicketId, id: TimerId) -> Result<Acknowledged, Error> {
        let body = named(Json::Map(BTreeMap::new()), id);
        self.client
            .act(
                &ops::TIMERS_DELETE,
                &[&ticket.to_string()],
                &[],
                Some(&body),
            )
            .await
    }

    /// Charges a timer: its time becomes a line of the ticket; sent once.
    ///
    /// A timer that is charged twice makes two lines (measured by client
    /// authors), so look at `recorded` first.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn charge(&self, ticket: TicketId, id: TimerId) -> Result<TicketTimer, Error> {
        let body = named(Json::Map(BTreeMap::new()), id);
        self.client
            .post(&ops::TIMERS_CHARGE, &[&ticket.to_string()], &body)
            .await
    }
}

/// Names the timer in a body.
fn named(mut body: Json, id: TimerId) -> Json {
    if let Json::Map(members) = &mut body {
        members.insert("timer_entry_id".to_owned(), Json::from(id.get()));
    }
    body
}
