//! Canned responses (`/canned_responses`).

use api_core::Error;

use crate::calls::handle;
use crate::filter::{Filter as _, filter};
use crate::id::{CannedResponseCategoryId, CannedResponseId};
use crate::model::model;
use crate::operations as ops;

model! {
    /// A text to answer tickets with.
    pub struct CannedResponse, wire "canned_response"/"canned_responses" {
        /// Its id (`id`).
        id: CannedResponseId = "id" [read_only],
        /// Title (`title`).
        title: String = "title",
        /// Text (`body`).
        body: String = "body",
        /// Subject (`subject`).
        subject: String = "subject",
        /// Its category (`canned_response_category_id`).
        category_id: CannedResponseCategoryId = "canned_response_category_id",
        /// Name of its category (`category_name`).
        category_name: String = "category_name" [read_only],
    }
}

model! {
    /// What the account has for canned responses.
    pub struct CannedResponseSettings, wire "settings"/"settings" {
        /// Categories (`canned_response_categories`).
        categories: Vec<CannedResponseCategory> = "canned_response_categories" [read_only],
        /// Subjects (`subjects`).
        subjects: Vec<String> = "subjects" [read_only],
        /// Whether the token may change them (`can_manage`).
        can_manage: bool = "can_manage" [read_only],
    }
}

model! {
    /// A category of canned responses.
    pub struct CannedResponseCategory, wire "canned_response_category"/"canned_response_categories" {
        /// Its id (`id`).
        id: CannedResponseCategoryId = "id" [read_only],
        /// Name (`name`).
        name: String = "name" [read_only],
    }
}

filter! {
    /// What to list of the canned responses.
    pub struct CannedResponseFilter for CANNED_RESPONSES_LIST {
        /// Words to search for (`query`).
        query: String = "query",
    }
}

handle! {
    /// Canned responses: texts to answer tickets with (`/canned_responses`).
    ///
    /// Even reading them needs the permission to manage them.
    pub fn canned_responses -> CannedResponses, "Canned responses";
}

impl CannedResponses<'_> {
    /// Lists canned responses; one answer, no pages.
    ///
    /// # Errors
    ///
    /// Those of any call; `Decode` where one cannot be read.
    pub async fn list(&self, filter: &CannedResponseFilter) -> Result<Vec<CannedResponse>, Error> {
        let params = filter.query();
        let query: Vec<_> = params
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        self.client
            .rows(&ops::CANNED_RESPONSES_LIST, &[], &query)
            .await
    }

    /// Makes a canned response; sent once.
    ///
    /// What it answers is not documented: the response, where it is in there.
    ///
    /// # Errors
    ///
    /// `Validation`, and those of any call.
    pub async fn create(&self, response: &CannedResponse) -> Result<Option<CannedResponse>, Error> {
        let body = response.to_json();
        let answer = self
            .client
            .send(&ops::CANNED_RESPONSES_CREATE, &[], &[], Some(&body))
            .await?;
        Ok(answer.one().ok())
    }

    /// Changes what is set.
    ///
    /// What it answers is not documented: the response, where it is in there.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation`, and those of any call.
    pub async fn update(
        &self,
        id: CannedResponseId,
        change: &CannedResponse,
    ) -> Result<Option<CannedResponse>, Error> {
        let (id, body) = (id.to_string(), change.to_json());
        let answer = self
            .client
            .send(&ops::CANNED_RESPONSES_UPDATE, &[&id], &[], Some(&body))
            .await?;
        Ok(answer.one().ok())
    }

    /// Deletes a canned response.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete(&self, id: CannedResponseId) -> Result<(), Error> {
        self.client
            .delete(&ops::CANNED_RESPONSES_DELETE, &[&id.to_string()])
            .await
    }

    /// Reads what the account has for canned responses: categories, subjects.
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn settings(&self) -> Result<CannedResponseSettings, Error> {
        self.client
            .one(&ops::CANNED_RESPONSES_SETTINGS, &[], &[])
            .await
    }
}
