//! For tests: what this crate knows of the API, as data.

use api_core::{Error, Guarded};
use bytes::Bytes;

use crate::model::{FilterInfo, Model, ModelInfo};
use crate::wire::Answer;

mod a;
mod b;

pub use crate::operations::Operation;

/// Every operation that has a typed call.
#[must_use]
pub fn operations() -> Vec<&'static Operation> {
    crate::operations::all().collect()
}

/// Every kind of record, with its fields.
#[must_use]
pub fn models() -> Vec<ModelInfo> {
    [a::models(), b::models()].concat()
}

/// The parameters of every list that has some.
#[must_use]
pub fn filters() -> Vec<FilterInfo> {
    [a::filters(), b::filters()].concat()
}

/// Reads a page as the client reads it.
///
/// # Errors
///
/// `Decode` when the body holds no list.
pub fn decode<M: Model>(body: &[u8]) -> Result<Vec<Guarded<M>>, Error> {
    let (rows, _) = answer(body).rows::<M>()?;
    Ok(rows.iter().map(crate::list::guarded).collect())
}

/// Reads the one record of an answer as the client reads it.
///
/// # Errors
///
/// `Decode` when the body holds no record, or one that cannot be read.
pub fn decode_one<M: Model>(body: &[u8]) -> Result<M, Error> {
    answer(body).one()
}

fn answer(body: &[u8]) -> Answer {
    Answer {
        operation: "testing",
        status: http::StatusCode::OK,
        headers: http::HeaderMap::new(),
        body: Bytes::copy_from_slice(body),
    }
}
