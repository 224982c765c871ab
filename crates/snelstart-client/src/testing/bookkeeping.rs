//! The records of the bookkeeping.

use crate::model::ModelInfo;

pub(super) const MODELS: &[ModelInfo] = &[];
