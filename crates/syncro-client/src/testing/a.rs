//! Customers, leads, tickets, appointments, and what belongs to them.

use crate::model::{FilterInfo, ModelInfo};

pub(super) fn models() -> Vec<ModelInfo> {
    vec![]
}

pub(super) fn filters() -> Vec<FilterInfo> {
    vec![]
}
