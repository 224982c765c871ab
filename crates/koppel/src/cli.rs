//! What the command line takes.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};
use koppel_app::config::{ConnectionKind, LogLevel};
use koppel_app::sync_core::EntityKind;

mod ask;
mod errors;
mod hooks;
mod link;
mod logs;
mod moment;

pub(crate) use ask::{Api, Describe, Query};
pub(crate) use errors::{Decision, Errors, List as ErrorList};
pub(crate) use hooks::{Listen, Trigger};
pub(crate) use link::{Link, List as LinkList};
pub(crate) use logs::{Erase, Export, Filters, Logs, Search, Stats, Tail, VerifyLog};

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
    /// How much to log on stderr: ERROR, WARNING, INFO or DEBUG [default: WARNING, or as the
    /// configuration says].
    #[arg(long, global = true, value_name = "LEVEL", conflicts_with_all = ["quiet", "verbose"])]
    pub(crate) log_level: Option<LogLevel>,
    /// Use no colours (NO_COLOR does the same).
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a first koppel.toml, with comments.
    Init,
    /// Show it all at once: CRM databases and sandbox systems, synced on this machine only.
    Demo(Demo),
    /// Say what is wrong with the set-up, and what to type next.
    Doctor,
    /// List, add, change and test the connections.
    #[command(subcommand)]
    Connection(Connection),
    /// List, add and change the flows.
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
    /// Show what was done in the last days, and the newest errors.
    Stats(Stats),
    /// Look into the audit log: what happened.
    #[command(subcommand)]
    Logs(Box<Logs>),
    /// List what goes wrong, alike errors as one, and say what is solved.
    #[command(subcommand)]
    Errors(Errors),
    /// Show what a system has: modules, fields and rights, or kinds of record.
    Describe(Describe),
    /// Ask a system in its own query language, and print the rows.
    Query(Query),
    /// Call a system's API by hand, with the connection's login.
    Api(Api),
    /// Listen for webhooks, print them, and sync what they name.
    Listen(Listen),
    /// Send a sample webhook to a receiver, and print its answer.
    Trigger(Trigger),
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
    /// Write a connection into the configuration, and test it at once.
    Add(Box<AddConnection>),
    /// Change keys of a connection in the configuration, and test it at once.
    Set {
        /// The connection.
        name: String,
        #[command(flatten)]
        changes: Changes,
    },
    /// Take a connection out of the configuration.
    Remove {
        /// The connection.
        name: String,
        /// Take the flows that use it out as well.
        #[arg(long)]
        with_flows: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddConnection {
    /// Its name.
    pub(crate) name: String,
    /// The kind of system.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub(crate) kind: ConnectionKind,
    /// The address of a database (sqlite:PATH, mysql://USER@HOST/DATABASE, …) or of a Simply CRM.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The account of Syncro, such as acme of acme.syncromsp.com.
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// The user of a Simply CRM that logs in.
    #[arg(long, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Where that user's access key is: env:NAME, file:PATH, or - to give it on stdin.
    #[arg(long, value_name = "WHERE")]
    pub(crate) access_key: Option<String>,
    /// The address of a SmartCRM.
    #[arg(long, value_name = "URL")]
    pub(crate) api_url: Option<String>,
    /// Where the token is: env:NAME, file:PATH, or - to give it on stdin.
    #[arg(long, value_name = "WHERE")]
    pub(crate) token: Option<String>,
    /// Where the second token is, likewise.
    #[arg(long, value_name = "WHERE")]
    pub(crate) client_token: Option<String>,
    /// Where the subscription key ("API key") of SnelStart is: env:NAME, file:PATH, or - to give
    /// it on stdin.
    #[arg(long, value_name = "WHERE")]
    pub(crate) api_key: Option<String>,
    /// Where the koppelsleutel of a SnelStart administration is, likewise.
    #[arg(long, value_name = "WHERE")]
    pub(crate) connection_key: Option<String>,
    /// The first day whose invoices and payments are read from SnelStart or Syncro, such as
    /// 28-05-2019.
    #[arg(long, value_name = "DAY")]
    pub(crate) start_date: Option<String>,
    /// Where the password of a database user is, likewise (or that of a Simply CRM's user, for its
    /// mobile API).
    #[arg(long, value_name = "WHERE")]
    pub(crate) password: Option<String>,
    /// Which relative of SmartCRM it is: smartcrm, perfex or rise.
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Any other key, such as batch_size=25; dots lead into tables.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment)]
    pub(crate) set: Vec<(String, String)>,
}

/// Changes of keys.
#[derive(Debug, Args)]
pub(crate) struct Changes {
    /// What to set, such as batch_size=25; dots lead into tables, a secret may be - for stdin.
    #[arg(value_name = "KEY=VALUE", value_parser = assignment, required_unless_present = "unset")]
    pub(crate) set: Vec<(String, String)>,
    /// A key to take out.
    #[arg(long, value_name = "KEY")]
    pub(crate) unset: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Flow {
    /// List the flows, and when each is due.
    List,
    /// Write a flow into the configuration.
    Add {
        /// Its name.
        name: String,
        /// The connection that is read.
        #[arg(long, value_name = "CONNECTION")]
        from: String,
        /// The connection that is written.
        #[arg(long, value_name = "CONNECTION")]
        to: String,
        #[command(flatten)]
        entities: Entities,
        /// How often it is due, such as 4h.
        #[arg(long, value_name = "TIME")]
        every: Option<String>,
        /// Any other key, such as page_size=100; dots lead into tables.
        #[arg(long = "set", value_name = "KEY=VALUE", value_parser = assignment)]
        set: Vec<(String, String)>,
    },
    /// Change keys of a flow in the configuration.
    Set {
        /// The flow.
        name: String,
        #[command(flatten)]
        changes: Changes,
    },
    /// Take a flow out of the configuration, and end its run if that was interrupted.
    Remove {
        /// The flow.
        name: String,
    },
    /// Switch a flow's schedule off; it can still be synced by hand.
    Pause {
        /// The flow.
        name: String,
    },
    /// Switch a flow's schedule on again.
    Resume {
        /// The flow.
        name: String,
    },
}

fn kind(word: &str) -> Result<ConnectionKind, String> {
    ConnectionKind::parse(word).ok_or_else(|| {
        let all = ConnectionKind::ALL.map(ConnectionKind::as_str);
        format!("there are {}", all.join(", "))
    })
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        }
        // Not repeated by us: it may hold a secret.
        _ => Err("write KEY=VALUE".to_owned()),
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        // Not repeated by us: it may hold a secret.
        _ => Err("write NAME: VALUE".to_owned()),
    }
}

/// Kinds of record.
#[derive(Debug, Args)]
pub(crate) struct Entities {
    /// Only these kinds of record, such as `customer`; in whatever order they are named, what is
    /// referred to goes first (customers, then invoices, then payments).
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
pub(crate) enum Db {
    /// Show where the store is, its version and how much it holds.
    Info,
}
