//! Writes a log, changes it behind its back, and lets verification say so.
//!
//! `cargo run -p audit-log --example tamper`

use std::error::Error;

use audit_log::{AuditLog, Entry, EventName, Level, Verify};
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("audit.db");
    let log = AuditLog::builder(&file.to_string_lossy()).open().await?;
    for number in 1..=5 {
        let message = format!("Invoice {number} was created.");
        let entry = Entry::new(Level::Info, EventName::RecordCreate, message)
            .connection("shop")
            .entity("invoice")
            .record(number.to_string());
        log.append(entry).await?;
    }
    // To be kept on another machine.
    let heads = log.head().await?;
    println!("{}", serde_json::to_string(&heads)?);
    println!(
        "sound: {}",
        log.verify(&Verify::default()).await?.is_sound()
    );

    let mut database = SqliteConnectOptions::new()
        .filename(&file)
        .connect()
        .await?;
    for sql in [
        "UPDATE audit_event SET record = '7' WHERE id = 2",
        "DELETE FROM audit_event WHERE id = 4",
    ] {
        sqlx::query(sql).execute(&mut database).await?;
    }
    for problem in log.verify(&Verify::default().heads(heads)).await?.problems {
        println!("{problem}");
    }
    log.close().await?;
    Ok(())
}
