//! Reading in either sort of transaction.

use api_core::Error;
use async_trait::async_trait;

use crate::sql::db::{Arg, Session, WriteSession};
use crate::sql::row::Cell;

/// A transaction that can be read in.
#[async_trait]
pub(super) trait Query: Send {
    /// Runs a query, with `?` for each value.
    async fn rows(&mut self, sql: String, args: Vec<Arg>) -> Result<Vec<Vec<Cell>>, Error>;
}

#[async_trait]
impl Query for Session {
    async fn rows(&mut self, sql: String, args: Vec<Arg>) -> Result<Vec<Vec<Cell>>, Error> {
        Session::rows(self, sql, args).await
    }
}

#[async_trait]
impl Query for WriteSession {
    async fn rows(&mut self, sql: String, args: Vec<Arg>) -> Result<Vec<Vec<Cell>>, Error> {
        WriteSession::rows(self, sql, args).await
    }
}
