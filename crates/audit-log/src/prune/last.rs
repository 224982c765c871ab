//! When entries were removed the last time.

use api_core::Timestamp;

use super::state::State;
use crate::db::Value;
use crate::error::Error;
use crate::log::AuditLog;

impl AuditLog {
    /// When [`prune`](Self::prune) removed something the last time; `None` if it never did.
    ///
    /// # Errors
    ///
    /// If the log cannot be read.
    pub async fn last_prune(&self) -> Result<Option<Timestamp>, Error> {
        let db = &self.shared().db;
        let newest = State::read(db).await?.newest;
        let sql = "SELECT ts FROM audit_event WHERE id = ? AND event = 'log.prune'";
        let rows = db.read(sql, &[Value::Int(newest)]).await?;
        match rows.first() {
            Some(row) => Ok(Some(Timestamp::from_micros(row.int(0)?))),
            None => Ok(None),
        }
    }
}
