//! What `koppel logs` and `koppel stats` take.

use std::path::PathBuf;

use audit_log::{EventName, Format, Level, Outcome, StatusRange};
use clap::{Args, Subcommand};
use koppel_app::api_core::Timestamp;

use super::moment;

/// How every filter of times is written.
const TIMES: &str = "\
Times: 90s, 15m, 24h or 7d ago, a day such as 2026-11-20, or a moment such as \
2026-11-20T14:30:00Z; all in UTC.";

#[derive(Debug, Subcommand)]
pub(crate) enum Logs {
    /// Print the newest entries, the newest last.
    Tail(Tail),
    /// Look for entries, the newest first.
    Search(Search),
    /// Show one entry, with its request and response.
    Show {
        /// Its number, or its id or the beginning of that.
        id: String,
    },
    /// Write entries out, the newest first.
    Export(Export),
    /// Check that nothing was changed, removed or reordered.
    Verify(VerifyLog),
    /// Remove what is older than the configuration keeps it.
    Prune {
        /// Only say what would be removed.
        #[arg(long)]
        dry_run: bool,
    },
    /// Remove the requests and responses of a record, a run or an entry for good.
    #[command(after_help = "The entries stay, so that the chain can still be checked.")]
    Erase(Erase),
}

#[derive(Debug, Args)]
#[command(after_help = TIMES)]
pub(crate) struct Tail {
    /// So many.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub(crate) lines: u32,
    /// Go on with those that come, until Ctrl-C.
    #[arg(short, long)]
    pub(crate) follow: bool,
    #[command(flatten)]
    pub(crate) filters: Filters,
}

#[derive(Debug, Args)]
#[command(after_help = TIMES)]
pub(crate) struct Search {
    /// A text in the message, code, path or ids; needs --since, --run, --record or --connection.
    pub(crate) text: Option<String>,
    #[command(flatten)]
    pub(crate) filters: Filters,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// Go on after this place, as the end of the last page names it.
    #[arg(long, value_name = "PLACE")]
    pub(crate) after: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = TIMES)]
pub(crate) struct Export {
    /// ndjson (a JSON object a line) or csv (for a spreadsheet).
    #[arg(long, value_name = "FORMAT", default_value = "ndjson")]
    pub(crate) format: Format,
    /// Where to; only its owner may read it [default: stdout].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// With requests and responses (ndjson only).
    #[arg(long)]
    pub(crate) bodies: bool,
    /// A text in the message, code, path or ids; needs --since, --run, --record or --connection.
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    #[command(flatten)]
    pub(crate) filters: Filters,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyLog {
    /// Heads that were kept elsewhere: a copy of the file of daily heads, or what `koppel logs
    /// verify --json` printed [default: the configured file].
    #[arg(long, value_name = "FILE")]
    pub(crate) heads: Option<PathBuf>,
    /// Only what arrived since then; without it, everything.
    #[arg(long, value_name = "TIME", value_parser = moment::since)]
    pub(crate) since: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub(crate) struct Erase {
    /// The kind of record.
    #[arg(requires = "id")]
    pub(crate) entity: Option<String>,
    /// Its id, in the source or in the target.
    pub(crate) id: Option<String>,
    /// All of this run.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["entity", "id", "entry"])]
    pub(crate) run: Option<String>,
    /// One entry.
    #[arg(long, value_name = "ID", conflicts_with_all = ["entity", "id"])]
    pub(crate) entry: Option<String>,
}

/// Which entries.
#[derive(Debug, Args)]
pub(crate) struct Filters {
    /// At least this level: DEBUG, INFO, WARNING or ERROR.
    #[arg(long, value_name = "LEVEL")]
    pub(crate) level: Option<Level>,
    /// Only these events, such as record.create,record.update.
    #[arg(long, value_name = "EVENT", value_delimiter = ',')]
    pub(crate) event: Vec<EventName>,
    /// Only this kind of system, such as smartcrm.
    #[arg(long, value_name = "SYSTEM")]
    pub(crate) system: Option<String>,
    /// Only this connection.
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) connection: Option<String>,
    /// Only this flow.
    #[arg(long, value_name = "FLOW")]
    pub(crate) flow: Option<String>,
    /// Only this run, or the beginning of its id.
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// Only this kind of record, such as customer.
    #[arg(long, value_name = "ENTITY")]
    pub(crate) entity: Option<String>,
    /// Only this record, by its id in the source or in the target.
    #[arg(long, value_name = "ID")]
    pub(crate) record: Option<String>,
    /// Only these HTTP statuses: 404, 4xx or 400-499.
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Option<StatusRange>,
    /// Only this outcome, such as failed.
    #[arg(long, value_name = "OUTCOME")]
    pub(crate) outcome: Option<Outcome>,
    /// Only this code of an error.
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
    /// Only this error, as `koppel errors list` names it.
    #[arg(long = "error", value_name = "ID")]
    pub(crate) error: Option<String>,
    /// Only what this person did.
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// Not before this.
    #[arg(long, value_name = "TIME", value_parser = moment::since)]
    pub(crate) since: Option<Timestamp>,
    /// Before this; with a day, before its end.
    #[arg(long, value_name = "TIME", value_parser = moment::until)]
    pub(crate) until: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// The last so many days, with today.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub(crate) days: u16,
    /// Only of this connection.
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) connection: Option<String>,
}
