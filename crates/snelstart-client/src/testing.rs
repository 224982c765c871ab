//! For tests: what this crate knows of the API, as data.

use api_core::{Error, Guarded};
use bytes::Bytes;

use crate::model::{Model, ModelInfo};
use crate::operations::OPERATIONS;
use crate::wire::Answer;

mod bookkeeping;
mod trade;

pub use crate::operations::Operation;

/// Every operation that has a typed call.
#[must_use]
pub fn operations() -> &'static [Operation] {
    OPERATIONS
}

/// Every kind of record, with its fields.
#[must_use]
pub fn models() -> Vec<ModelInfo> {
    [bookkeeping::MODELS, trade::MODELS].concat()
}

/// Reads a page as the client reads it.
///
/// # Errors
///
/// `Decode` when the body is no JSON list.
pub fn decode<M: Model>(body: &[u8]) -> Result<Vec<Guarded<M>>, Error> {
    let answer = Answer {
        operation: "testing",
        status: http::StatusCode::OK,
        body: Bytes::copy_from_slice(body),
    };
    Ok(answer.rows()?.iter().map(crate::list::guarded).collect())
}
