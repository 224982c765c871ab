//! From the settings of an administration of SnelStart to its connector.

use std::sync::Arc;

use sync_core::Connector;

use crate::config::{ConnectionConfig, SnelStartSettings};
use crate::error::AppError;

/// The connector of an administration.
pub(super) fn connector(
    connection: &ConnectionConfig,
    _settings: &SnelStartSettings,
    _writable: bool,
) -> Result<Arc<dyn Connector>, AppError> {
    let message = "this build reads the settings of SnelStart, and cannot reach it";
    Err(connection.problem("kind", message).into())
}
