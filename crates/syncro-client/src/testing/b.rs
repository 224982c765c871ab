//! Money, stock, assets and the account.

use crate::model::{FilterInfo, ModelInfo};
use crate::vendors::Vendor;

pub(super) fn models() -> Vec<ModelInfo> {
    vec![ModelInfo::of::<Vendor>()]
}

pub(super) fn filters() -> Vec<FilterInfo> {
    vec![]
}
