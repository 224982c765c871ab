//! Search across everything (`/search`).

use api_core::{Error, Json};

use crate::client::Client;
use crate::model::model;
use crate::operations as ops;

model! {
    /// What a search found.
    ///
    /// The search behaves like an index of its own (inferred from its form),
    /// so a record that was just written may be missing.
    pub struct SearchAnswer, wire "search"/"searches" {
        /// One sure hit (`quick_result`).
        quick_result: Json = "quick_result" [read_only],
        /// Hits (`results`).
        results: Vec<SearchHit> = "results" [read_only],
        /// What went wrong (`error`).
        error: Json = "error" [read_only],
    }
}

model! {
    /// A hit of a search, in the envelope it comes in.
    pub struct SearchHit, wire "result"/"results" {
        /// What was found (`table`).
        table: SearchRow = "table" [read_only],
    }
}

model! {
    /// What was found.
    pub struct SearchRow, wire "table"/"tables" {
        /// Its id (`_id`), of the kind that `kind` names.
        id: i64 = "_id" [read_only],
        /// Its kind (`_type`), such as `customer`.
        kind: String = "_type" [read_only],
        /// The index it is in (`_index`), such as `customers`.
        index: String = "_index" [read_only],
        /// Some of its members (`_source`), by the names of its kind.
        source: Json = "_source" [read_only],
    }
}

impl Client {
    /// Searches everything the token may see (`/search`).
    ///
    /// Hits of a kind need the permission to list that kind.
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn search(&self, words: &str) -> Result<SearchAnswer, Error> {
        self.one(&ops::SEARCH, &[], &[("query", words.to_owned())])
            .await
    }
}
