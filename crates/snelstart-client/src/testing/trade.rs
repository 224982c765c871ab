//! The records of relations, articles and orders.

use crate::model::ModelInfo;

pub(super) const MODELS: &[ModelInfo] = &[];
