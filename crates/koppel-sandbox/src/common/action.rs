//! What became of a record.

/// What an applied write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A record was made.
    Create,
    /// Fields of a record were changed.
    Update,
    /// A record was removed.
    Delete,
}
