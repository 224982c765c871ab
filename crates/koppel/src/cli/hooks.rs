//! What `koppel listen` and `koppel trigger` take.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use koppel_app::config::parse_duration;
use koppel_app::webhook::EventKind;

#[derive(Debug, Args)]
#[command(after_help = "\
Syncro posts webhooks to an address that is set up by hand: Admin > Notification Center > \
Notification Set. It has to reach this machine: put a reverse proxy or a tunnel with https in \
front, and paste its address with the path that is printed here.

Nothing of what a webhook says is believed: the record it names is read by its id. Webhooks get \
lost; the poll finds what no webhook told and says how many that were. Ctrl-C ends it.")]
pub(crate) struct Listen {
    /// The connection, of kind syncro.
    pub(crate) connection: String,
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8787")]
    pub(crate) bind: SocketAddr,
    /// Sync these flows: what webhooks name at once, and everything with each poll.
    #[arg(long, value_name = "FLOW", num_args = 1.., value_delimiter = ',')]
    pub(crate) sync: Vec<String>,
    /// How often everything is read, to repair what no webhook told.
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = span,
          conflicts_with = "no_poll")]
    pub(crate) poll: Duration,
    /// Do not poll: what no webhook told is left to `koppel sync`.
    #[arg(long)]
    pub(crate) no_poll: bool,
    /// How long after one run of webhooks the next begins at the earliest.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = span)]
    pub(crate) debounce: Duration,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  koppel trigger syncro ticket_created --id 4711
  koppel trigger syncro payment_received --url http://127.0.0.1:8787/hook/…")]
pub(crate) struct Trigger {
    /// The connection, of kind syncro.
    pub(crate) connection: String,
    /// The event, such as ticket_created.
    pub(crate) event: EventKind,
    /// The id of the record that it is about.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) id: i64,
    /// The address of the receiver, as `koppel listen` printed it, or - for stdin [default: the
    /// one on this machine, with the connection's `webhook_token`].
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
}

fn span(text: &str) -> Result<Duration, String> {
    parse_duration(text)
        .filter(|span| !span.is_zero())
        .ok_or_else(|| "write a number with its unit, such as 30s, 15m or 4h".to_owned())
}
