//! Leads (`/leads`).

use api_core::{Error, Timestamp};

use crate::calls::handle;
use crate::changed::Changed;
use crate::filter::{Filter as _, filter};
use crate::id::{LeadId, UserId};
use crate::list::List;
use crate::operations as ops;

mod model;

pub use model::Lead;

filter! {
    /// What to list of the leads.
    pub struct LeadFilter for LEADS_LIST {
        /// With one of these statuses (`statuses[]`).
        statuses: Vec<String> = "statuses[]",
        /// As `statuses`, in one text, separated by commas (`status_list`).
        status_list: String = "status_list",
        /// Assigned to one of these users (`users[]`).
        users: Vec<UserId> = "users[]",
        /// Through one of these mailboxes (`mailbox_ids[]`).
        mailbox_ids: Vec<i64> = "mailbox_ids[]",
        /// With or without a ticket (`has_ticket`).
        has_ticket: bool = "has_ticket",
        /// Words to search for (`query`).
        query: String = "query",
    }
}

handle! {
    /// Leads: people who may become customers (`/leads`).
    pub fn leads -> Leads, "Leads";
}

impl<'c> Leads<'c> {
    /// Lists leads.
    pub fn list(&self, filter: &LeadFilter) -> List<'c, Lead> {
        List::new(self.client, &ops::LEADS_LIST).params(filter.query())
    }

    /// Lists the leads that changed since a moment.
    ///
    /// The API has no filter for it: all of them are read, and compared here.
    pub fn changed_since(&self, since: Timestamp) -> Changed<'c, Lead> {
        Changed::new(self.list(&LeadFilter::new()), since)
    }

    /// Fetches a lead.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn get(&self, id: LeadId) -> Result<Lead, Error> {
        self.client
            .one(&ops::LEADS_GET, &[&id.to_string()], &[])
            .await
    }

    /// Makes a lead; sent once.
    ///
    /// # Errors
    ///
    /// `Validation`, and those of any call.
    pub async fn create(&self, lead: &Lead) -> Result<Lead, Error> {
        self.client
            .post(&ops::LEADS_CREATE, &[], &lead.to_json())
            .await
    }

    /// Changes what is set, and empties what [`Lead::clear`] named.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation`, and those of any call.
    pub async fn update(&self, id: LeadId, change: &Lead) -> Result<Lead, Error> {
        self.client
            .put(&ops::LEADS_UPDATE, &[&id.to_string()], &change.to_json())
            .await
    }

    /// Disables a lead: the API has no way to delete one.
    ///
    /// It is a change of `disabled` and of nothing else. Whether lists leave a
    /// disabled lead out is not documented.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub async fn disable(&self, id: LeadId) -> Result<Lead, Error> {
        let change = Lead {
            disabled: Some(true),
            ..Lead::default()
        };
        self.update(id, &change).await
    }
}
