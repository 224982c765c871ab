//! What `koppel errors` takes.

use audit_log::{IssueState, Lang};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Errors {
    /// List what goes wrong, alike errors as one, the latest first.
    List(List),
    /// Show one: advice, connections, days, and its newest entry with request and response.
    Show {
        /// Its id, or the beginning of it.
        id: String,
        /// The language of the advice, en or nl [default: of the environment].
        #[arg(long, value_name = "LANG")]
        lang: Option<Lang>,
    },
    /// Say that it is solved; when it comes again it is `regressed`.
    Resolve(Decision),
    /// Leave it out of the list; it is still counted.
    Ignore(Decision),
    /// Take a decision back.
    Reopen(Decision),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only in these states: open, resolved, ignored or regressed [default: open and regressed].
    #[arg(
        long,
        value_name = "STATE",
        value_delimiter = ',',
        conflicts_with = "all"
    )]
    pub(crate) state: Vec<IssueState>,
    /// In every state.
    #[arg(long)]
    pub(crate) all: bool,
    /// Only of this kind of system.
    #[arg(long, value_name = "SYSTEM")]
    pub(crate) system: Option<String>,
    /// Only of this connection.
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) connection: Option<String>,
    /// Only with this code.
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Decision {
    /// Its id, or the beginning of it.
    pub(crate) id: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
}
