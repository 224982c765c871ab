//! Asks a log what happened: `cargo run -p audit-log --example ask -- koppel-audit.db`

use std::error::Error;

use audit_log::{AuditLog, Filter, IssueFilter, Lang, Level, Page, StatsQuery, advice_for};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let place = std::env::args().nth(1).ok_or("name a log")?;
    let log = AuditLog::builder(&place)
        .read_only(true)
        .open_existing()
        .await?;
    let stats = log.stats(&StatsQuery::last(7)).await?;
    println!(
        "{} to {}: {} records succeeded, {} failed",
        stats.from, stats.to, stats.total.succeeded, stats.total.failed
    );
    for issue in log.issues(&IssueFilter::unsolved().limit(5)).await?.issues {
        println!("{} times: {}", issue.count, issue.title);
        println!("  {}", advice_for(&issue, Lang::En));
    }
    // Page by page, the newest first.
    let filter = Filter::new().level(Level::Warning);
    let mut page = Page::first(100);
    loop {
        let found = log.search(&filter, &page).await?;
        for entry in &found.entries {
            println!(
                "{:>8} {} {} {}",
                entry.number, entry.at, entry.event, entry.message
            );
        }
        match found.next {
            Some(cursor) => page = Page::after(cursor, 100),
            None => break,
        }
    }
    log.close().await?;
    Ok(())
}
