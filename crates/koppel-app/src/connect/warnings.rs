//! What a server does oddly, told once.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use sync_core::ConnectionName;

/// So many different oddities of a server are logged.
const MAX_WARNINGS: usize = 50;

/// The warnings of a connection that were logged already.
pub(super) struct Told {
    connection: String,
    told: Mutex<BTreeSet<String>>,
}

impl Told {
    pub(super) fn new(connection: &ConnectionName) -> Self {
        Self {
            connection: connection.to_string(),
            told: Mutex::default(),
        }
    }

    /// Logs a warning, unless the same was logged before.
    pub(super) fn once(&self, warning: &dyn Display) {
        let text = warning.to_string();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < MAX_WARNINGS && told.insert(text.clone()) {
            tracing::warn!(connection = self.connection, "{text}");
        }
    }
}
