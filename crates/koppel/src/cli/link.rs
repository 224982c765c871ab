//! `koppel link`.

use clap::{Args, Subcommand};
use koppel_app::sync_core::EntityKind;

/// What the commands about links have in common.
#[derive(Debug, Args)]
pub(crate) struct Of {
    /// The flow, if there is more than one.
    #[arg(long, value_name = "FLOW")]
    pub(crate) flow: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Link {
    /// List which record of the source is linked to which of the target.
    List(List),
    /// Show which records of the target may be which of the source.
    Suggest {
        #[command(flatten)]
        of: Of,
        /// Only of this kind; with --scan customers without it.
        #[arg(long, value_name = "ENTITY")]
        entity: Option<EntityKind>,
        /// At most so many [default: 500 on a terminal, else all].
        #[arg(long, value_name = "N")]
        limit: Option<u64>,
        /// Read all records on both sides and compare them; without it, show what was found
        /// before.
        #[arg(long)]
        scan: bool,
    },
    /// Link two records for ever, or let one be created.
    Set {
        /// The kind of record, such as customer.
        entity: EntityKind,
        /// Its id in the source.
        source: String,
        /// Its id in the target.
        #[arg(required_unless_present = "new", conflicts_with = "new")]
        target: Option<String>,
        /// The record is the same as the one that is linked there already: both become one.
        #[arg(long, conflicts_with = "new")]
        merge: bool,
        /// Leave the record that it is linked to now.
        #[arg(long, conflicts_with = "new")]
        replace: bool,
        /// It is none of the target's records: create it.
        #[arg(long)]
        new: bool,
        #[command(flatten)]
        of: Of,
    },
    /// Take a link away; the two are not linked again.
    Remove {
        /// The kind of record.
        entity: EntityKind,
        /// Its id in the source.
        source: String,
        #[command(flatten)]
        of: Of,
    },
    /// Never link these two; without a target, leave the record out altogether.
    Ignore {
        /// The kind of record.
        entity: EntityKind,
        /// Its id in the source.
        source: String,
        /// The record of the target that it is not.
        target: Option<String>,
        #[command(flatten)]
        of: Of,
    },
    /// Undo a decision: the last one, or the one of this number.
    Undo {
        /// Its number, as `koppel link list --decisions` shows it.
        number: Option<i64>,
        #[command(flatten)]
        of: Of,
    },
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) of: Of,
    /// Only of this kind.
    #[arg(long, value_name = "ENTITY")]
    pub(crate) entity: Option<EntityKind>,
    /// At most so many [default: 500 on a terminal, else all].
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// The records of the source that are not linked, and why.
    #[arg(long, conflicts_with = "decisions")]
    pub(crate) unlinked: bool,
    /// What was decided by hand, the newest first.
    #[arg(long, conflicts_with = "entity")]
    pub(crate) decisions: bool,
    /// Read the names of the records in both systems.
    #[arg(long)]
    pub(crate) names: bool,
}
