//! What the command line takes.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};
use koppel_app::sync_core::EntityKind;

const AFTER: &str = "\
Exit codes: 0 done, 1 failed, 2 changes pending (plan), 3 done but some records are set aside, \
4 a login was refused, 5 a rate limit is used up, 64 the command makes no sense, 130 interrupted.

Try `koppel demo` first: it syncs a whole CRM to a sandbox, on this machine only.";

/// Keeps records in step between business systems.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, after_help = AFTER)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The configuration file.
    #[arg(
        long,
        global = true,
        env = "KOPPEL_CONFIG",
        default_value = "koppel.toml",
        value_name = "PATH"
    )]
    pub(crate) config: PathBuf,
    /// Print JSON, one object a line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print no progress and no remarks.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more on stderr; twice for everything.
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Use no colours (NO_COLOR does the same).
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a first koppel.toml, with comments.
    Init,
    /// Show it all at once: a CRM database, a sandbox SmartCRM, three syncs.
    Demo(Demo),
    /// List and test the connections.
    #[command(subcommand)]
    Connection(Connection),
    /// List the flows.
    #[command(subcommand)]
    Flow(Flow),
    /// Show what a sync would change, without changing anything.
    Plan(Plan),
    /// Sync one flow, all of them, or those that are due.
    Sync(Sync),
    /// List and show runs.
    #[command(subcommand)]
    Run(Run),
    /// List records that are set aside, and try them again.
    #[command(subcommand)]
    Parked(Parked),
    /// List which record is linked to which.
    #[command(subcommand)]
    Link(Link),
    /// Look at the state store.
    #[command(subcommand)]
    Db(Db),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where to make it [default: koppel-demo in the directory for temporary files].
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// A fiftieth of the records.
    #[arg(long)]
    pub(crate) small: bool,
    /// Keep the sandbox running afterwards, until Ctrl-C.
    #[arg(long)]
    pub(crate) serve: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Connection {
    /// List the connections.
    List,
    /// Test one connection, or all of them, step by step.
    Test {
        /// The connection.
        name: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Flow {
    /// List the flows, and when each is due.
    List,
}

/// Kinds of record.
#[derive(Debug, Args)]
pub(crate) struct Entities {
    /// Only these kinds of record, such as `customer`.
    #[arg(long = "entity", value_name = "ENTITY", value_delimiter = ',', num_args = 1..)]
    pub(crate) entities: Vec<EntityKind>,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The flow; all of them without it.
    pub(crate) flow: Option<String>,
    #[command(flatten)]
    pub(crate) entities: Entities,
    /// Show at most so many changes of each flow [default: 100; all with --json].
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// The flow; all of them, one after the other, without it.
    #[arg(conflicts_with = "due")]
    pub(crate) flow: Option<String>,
    #[command(flatten)]
    pub(crate) entities: Entities,
    /// Only the flows whose time has come (for cron or a timer).
    #[arg(long, conflicts_with = "entities")]
    pub(crate) due: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Run {
    /// List the runs, the newest first.
    List {
        /// Only of this flow.
        #[arg(long, value_name = "FLOW")]
        flow: Option<String>,
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
    },
    /// Show one run.
    Show {
        /// Its id, or the beginning of it.
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Parked {
    /// List the records that are set aside, with the reason.
    List {
        /// Only of this flow.
        #[arg(long, value_name = "FLOW")]
        flow: Option<String>,
        /// Only of this kind.
        #[arg(long, value_name = "ENTITY")]
        entity: Option<EntityKind>,
        /// At most so many [default: 500 on a terminal, else all].
        #[arg(long, value_name = "N")]
        limit: Option<u64>,
    },
    /// Let the next sync take a record as if it were new.
    Retry {
        /// The kind of record.
        #[arg(required_unless_present = "all", requires = "id")]
        entity: Option<EntityKind>,
        /// Its id in the source.
        id: Option<String>,
        /// All that are set aside.
        #[arg(long, conflicts_with_all = ["entity", "id"])]
        all: bool,
        /// The flow, if there is more than one.
        #[arg(long, value_name = "FLOW")]
        flow: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Link {
    /// List which record of the source is linked to which of the target.
    List {
        /// The flow, if there is more than one.
        #[arg(long, value_name = "FLOW")]
        flow: Option<String>,
        /// Only of this kind.
        #[arg(long, value_name = "ENTITY")]
        entity: Option<EntityKind>,
        /// At most so many [default: 500 on a terminal, else all].
        #[arg(long, value_name = "N")]
        limit: Option<u64>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Db {
    /// Show where the store is, its version and how much it holds.
    Info,
}
