//! What follows when much was removed from a file.

use std::time::Duration;

use crate::db::Db;
use crate::error::Error;

/// How many pages one transaction gives back: so many that it takes a fraction of a second.
const GIVE_BACK: &str = "PRAGMA incremental_vacuum(1000)";
/// How long others have between two of them to take the lock, for which they do not queue.
const PAUSE: Duration = Duration::from_millis(10);

/// Gives space back to the disk, and takes what was removed out of the file for good.
pub(crate) async fn tidy(db: &Db) -> Result<(), Error> {
    if !db.pick(true, false) {
        return Ok(());
    }
    // Some free space is kept: the next entries need it.
    let mut free = number(db, "PRAGMA freelist_count").await?;
    if free > number(db, "PRAGMA page_count").await? / 4 {
        while free > 0 {
            db.run(GIVE_BACK).await?;
            let left = number(db, "PRAGMA freelist_count").await?;
            if left >= free {
                // Others remove, too, or need it: the next time goes on.
                break;
            }
            free = left;
            tokio::time::sleep(PAUSE).await;
        }
    }
    db.run("PRAGMA wal_checkpoint(TRUNCATE)").await
}

/// Lets SQLite look at how the rows are spread now, at a bounded number of them.
pub(super) async fn optimize(db: &Db) -> Result<(), Error> {
    if !db.pick(true, false) {
        return Ok(());
    }
    // As without a number, and of all tables: those that read have connections of their own.
    db.run("PRAGMA optimize = 0x1fffe").await
}

async fn number(db: &Db, sql: &'static str) -> Result<i64, Error> {
    let rows = db.read(sql, &[]).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}
