//! For tests: what this crate knows of the API, as data.

use crate::model::ModelInfo;
use crate::operations::OPERATIONS;

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
