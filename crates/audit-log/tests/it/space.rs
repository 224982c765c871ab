//! The space of what was removed from a file.

use std::time::Duration;

use audit_log::{AuditLog, Entry, Level, Retention};

use crate::history::{exchange, sound};
use crate::support::{Place, at, created};

/// Exchanges of long ago, with ten kilobytes each that no compression makes less.
async fn large(place: &Place, log: &AuditLog, entries: u32) {
    let entries: Vec<Entry> = (0..entries)
        .map(|number| exchange(Level::Debug, number).at(at(-100 * 86_400)))
        .collect();
    log.append_all(entries).await.unwrap();
    place
        .run("UPDATE audit_body SET content = randomblob(10000) WHERE length(content) < 10000")
        .await;
}

async fn pages(place: &Place) -> (i64, i64) {
    let free = place.int("SELECT * FROM pragma_freelist_count").await;
    (place.int("SELECT * FROM pragma_page_count").await, free)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_gets_smaller_while_others_write() {
    let place = Place::sqlite();
    let log = place.open().await;
    large(&place, &log, 900).await;
    let (before, _) = pages(&place).await;
    // More than one step gives back.
    assert!(before > 2_000, "{before}");
    let other = place.builder().writer("second").open().await.unwrap();
    let writing = tokio::spawn(async move {
        for number in 0..50 {
            other.append(created(number)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        other.close().await.unwrap();
    });
    let pruned = log.prune(&Retention::default(), None).await.unwrap();
    assert_eq!(pruned.debug, 900);
    writing.await.unwrap();
    log.prune(&Retention::default(), None).await.unwrap();
    let (after, free) = pages(&place).await;
    assert!(
        after < before / 4 && free < after,
        "{before} {after} {free}"
    );
    let known = "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'";
    assert_eq!(place.int(known).await, 1);
    log.close().await.unwrap();
    let again = place.open().await;
    sound(&again).await;
    again.close().await.unwrap();
}

#[tokio::test]
async fn a_little_free_space_is_kept_for_the_next_entries() {
    let place = Place::sqlite();
    let log = place.open().await;
    large(&place, &log, 40).await;
    log.append_all((0..6_000).map(created).collect())
        .await
        .unwrap();
    log.prune(&Retention::default(), None).await.unwrap();
    let (all, free) = pages(&place).await;
    assert!(free > 20 && free <= all / 4, "{all} {free}");
    sound(&log).await;
    large(&place, &log, 10).await;
    assert_eq!(pages(&place).await.0, all);
    log.close().await.unwrap();
}
