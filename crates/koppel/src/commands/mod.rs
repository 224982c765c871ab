//! One module per command.

mod ask;
mod change;
mod connection;
mod db;
mod demo;
mod doctor;
mod errors;
mod flow;
mod init;
mod link;
mod listen;
mod logs;
mod parked;
mod plan;
mod run;
mod stats;
mod summary;
mod sync;
mod trigger;

use clap::CommandFactory as _;
use koppel_app::sync_core::EntityKind;
use koppel_app::{App, AppError, Exit};

use crate::cli::{Cli, Command, Connection, Flow};
use crate::logs::Logs;
use crate::out::Out;

/// The most rows that a terminal is shown unless asked for more.
const ON_TERMINAL: u64 = 500;

/// Does what was asked.
pub(crate) async fn run(cli: &Cli, logs: &Logs, out: &mut Out) -> Result<Exit, AppError> {
    match &cli.command {
        Command::Init => return init::run(&cli.global.config, out).await,
        Command::Demo(options) => return demo::run(options, logs, out).await,
        Command::Doctor => return doctor::run(&cli.global.config, out).await,
        Command::Connection(Connection::List | Connection::Test { .. }) => {}
        Command::Connection(command) => {
            return change::connection(&cli.global.config, command, out).await;
        }
        Command::Flow(Flow::List) => {}
        Command::Flow(command) => return change::flow(&cli.global.config, command, out).await,
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "koppel", &mut text);
            out.line(String::from_utf8_lossy(&text).trim_end());
            return Ok(Exit::Ok);
        }
        _ => {}
    }
    let app = App::load(&cli.global.config)?;
    logs.set(app.config());
    if matches!(cli.command, Command::Sync(_) | Command::Listen(_)) {
        attach(&app, logs).await;
    }
    let done = match &cli.command {
        Command::Connection(command) => connection::run(&app, command, out).await,
        Command::Flow(_) => flow::list(&app, out).await,
        Command::Plan(options) => plan::run(&app, options, out).await,
        Command::Sync(options) => sync::run(&app, options, out).await,
        Command::Run(command) => run::run(&app, command, out).await,
        Command::Parked(command) => parked::run(&app, command, out).await,
        Command::Link(command) => link::run(&app, command, out).await,
        Command::Stats(options) => stats::run(&app, options, out).await,
        Command::Logs(command) => logs::run(&app, command, out).await,
        Command::Errors(command) => errors::run(&app, command, out).await,
        Command::Describe(options) => ask::describe(&app, options, out).await,
        Command::Query(options) => ask::query(&app, options, out).await,
        Command::Api(options) => ask::api(&app, options, out).await,
        Command::Listen(options) => listen::run(&app, options, out).await,
        Command::Trigger(options) => trigger::run(&app, options, out).await,
        Command::Db(_) => db::info(&app, out).await,
        Command::Init | Command::Demo(_) | Command::Doctor | Command::Completions { .. } => {
            Ok(Exit::Ok)
        }
    };
    app.close().await;
    done
}

/// Writes diagnostics into the audit log as well. Where that cannot be opened, the report of the
/// sync says so.
async fn attach(app: &App, logs: &Logs) {
    if let Ok(log) = app.audit().await {
        logs.attach(log);
    }
}

/// The flow that was asked for or all of them, each with the kinds of record to take (`None` is
/// all of the flow's).
type Chosen = Vec<(String, Option<Vec<EntityKind>>)>;

fn choose(app: &App, flow: Option<&str>, entities: &[EntityKind]) -> Result<Chosen, AppError> {
    let config = app.config();
    let wanted = (!entities.is_empty()).then(|| entities.to_vec());
    if let Some(flow) = flow {
        return Ok(vec![(config.flow(flow)?.name.to_string(), wanted)]);
    }
    if config.flows.is_empty() {
        return Err(AppError::Asked {
            message: format!("there is no flow in {}", config.path.display()),
            help: "add `[flows.NAME]` with `from` and `to`; `koppel init` shows how".to_owned(),
        });
    }
    let Some(wanted) = wanted else {
        return Ok(config
            .flows
            .keys()
            .map(|name| (name.to_string(), None))
            .collect());
    };
    for entity in &wanted {
        if !config
            .flows
            .values()
            .any(|flow| flow.entities.contains(entity))
        {
            return Err(AppError::Asked {
                message: format!("no flow syncs {}", entity.plural()),
                help: "`koppel flow list` shows what each flow syncs".to_owned(),
            });
        }
    }
    let has = |kinds: &[EntityKind]| -> Vec<EntityKind> {
        (wanted.iter().copied())
            .filter(|kind| kinds.contains(kind))
            .collect()
    };
    Ok((config.flows.values())
        .map(|flow| (flow.name.to_string(), has(&flow.entities)))
        .filter(|(_, kinds)| !kinds.is_empty())
        .map(|(name, kinds)| (name, Some(kinds)))
        .collect())
}

/// The limit of a list: what was asked for, or what a terminal can bear.
fn limit(asked: Option<u64>, out: &Out) -> u64 {
    match asked {
        Some(limit) => limit,
        None if out.terminal && !out.json => ON_TERMINAL,
        None => u64::MAX,
    }
}
