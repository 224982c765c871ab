#![doc = include_str!("../README.md")]

mod audit;
mod audited;
mod bare;
mod engine;
mod records;
mod server;
mod simplycrm;
mod snelstart;
mod syncro;
mod usage;
mod work;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures the sync engine against bare loops.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a mock SmartCRM; the first line printed is its address.
    Serve {
        /// How many customers it has.
        #[arg(long)]
        records: u64,
        /// How long every answer takes, in milliseconds.
        #[arg(long, default_value_t = 0)]
        latency_ms: u64,
    },
    /// Make a database of customers.
    Prepare {
        /// How many.
        #[arg(long)]
        records: u64,
        /// The file.
        #[arg(long)]
        db: PathBuf,
    },
    /// Serve a Simply CRM of the sandbox; the first line printed is its address.
    ServeSimplycrm {
        /// How many contacts it has.
        #[arg(long)]
        contacts: u32,
        /// How long every answer takes, in milliseconds.
        #[arg(long, default_value_t = 0)]
        latency_ms: u64,
    },
    /// Pull every contact of a Simply CRM and print what it took.
    PullSimplycrm {
        /// How.
        how: simplycrm::How,
        /// Its address.
        #[arg(long)]
        url: String,
        /// How many sessions work at once.
        #[arg(long, default_value_t = 1)]
        sessions: usize,
    },
    /// Serve a SnelStart of the sandbox; the first line printed is its address.
    ServeSnelstart {
        /// How many sales invoices it has.
        #[arg(long)]
        invoices: u32,
        /// How long every answer takes, in milliseconds.
        #[arg(long, default_value_t = 0)]
        latency_ms: u64,
    },
    /// Read every sales invoice of a SnelStart and print what it took.
    PullSnelstart {
        /// How.
        how: snelstart::How,
        /// Its address.
        #[arg(long)]
        url: String,
    },
    /// Serve a Syncro of the sandbox; the first line printed is its address.
    ServeSyncro {
        /// How many customers it has.
        #[arg(long)]
        customers: u32,
        /// How long every answer takes, in milliseconds.
        #[arg(long, default_value_t = 0)]
        latency_ms: u64,
    },
    /// Read every customer of a Syncro and print what it took.
    PullSyncro {
        /// How.
        how: syncro::How,
        /// Its address.
        #[arg(long)]
        url: String,
        /// The file that `trace` writes its requests to, and `bare` takes them from.
        #[arg(long)]
        requests: PathBuf,
    },
    /// Fill an audit log at the address in KOPPEL_BENCH_AUDIT_URL and print what it took.
    Audit {
        /// How many entries.
        #[arg(long)]
        rows: u64,
        /// How many runs are under way at any time; the more, the more scattered the entries.
        #[arg(long, default_value_t = 40)]
        active_runs: u64,
    },
    /// Do one piece of work and print what it took.
    Work {
        /// Which.
        job: work::Job,
        /// The mock's address.
        #[arg(long, default_value = "http://127.0.0.1:9")]
        url: String,
        /// The database of customers.
        #[arg(long)]
        source: PathBuf,
        /// An empty directory for what is written.
        #[arg(long)]
        dir: PathBuf,
        /// Whether the engine writes an audit log.
        #[arg(long, default_value = "off")]
        audit: work::Audit,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Serve {
            records,
            latency_ms,
        } => server::serve(records, Duration::from_millis(latency_ms)).await,
        Command::Prepare { records, db } => {
            let pool = records::open(&db).await?;
            records::create_table(&pool).await?;
            records::fill(&pool, records).await?;
            pool.close().await;
            Ok(())
        }
        Command::ServeSimplycrm {
            contacts,
            latency_ms,
        } => simplycrm::serve(contacts, Duration::from_millis(latency_ms)).await,
        Command::PullSimplycrm { how, url, sessions } => simplycrm::pull(&url, sessions, how).await,
        Command::ServeSnelstart {
            invoices,
            latency_ms,
        } => snelstart::serve(invoices, Duration::from_millis(latency_ms)).await,
        Command::PullSnelstart { how, url } => snelstart::pull(&url, how).await,
        Command::ServeSyncro {
            customers,
            latency_ms,
        } => syncro::serve(customers, Duration::from_millis(latency_ms)).await,
        Command::PullSyncro { how, url, requests } => syncro::pull(&url, how, &requests).await,
        Command::Audit { rows, active_runs } => audit::run(rows, active_runs).await,
        Command::Work {
            job,
            url,
            source,
            dir,
            audit,
        } => work::run(job, audit, &url, &source, &dir).await,
    }
}
