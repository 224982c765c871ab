//! Many tasks, handles and processes that write to one log.

use std::collections::BTreeSet;

use audit_log::Appended;

use crate::child::Writing;
use crate::support::{Place, created, is_whole, refused};

on_both!(
    tasks_that_append_at_once_each_get_a_number_of_their_own,
    handles_of_one_process_share_a_chain_or_have_one_each,
    processes_that_write_at_once_lose_nothing,
    one_event_from_several_writers_at_once_is_kept_once,
    calls_that_are_given_up_leave_a_log_that_is_whole,
);

fn numbers(done: &[Appended]) -> Vec<i64> {
    done.iter()
        .filter_map(|done| match done {
            Appended::Written { number } => Some(*number),
            _ => None,
        })
        .collect()
}

async fn tasks_that_append_at_once_each_get_a_number_of_their_own(place: &Place) {
    let log = place.open().await;
    let tasks: Vec<_> = (0..20)
        .map(|task| {
            let log = log.clone();
            tokio::spawn(async move {
                let mut done = Vec::new();
                for number in 0..25 {
                    done.push(log.append(created(task * 100 + number)).await.unwrap());
                    log.enqueue(refused(task * 100 + number)).await.unwrap();
                }
                numbers(&done)
            })
        })
        .collect();
    let mut all = BTreeSet::new();
    for task in tasks {
        let own = task.await.unwrap();
        assert!(own.is_sorted(), "{own:?}");
        all.extend(own);
    }
    assert_eq!(all.len(), 500);
    log.flush().await.unwrap();
    assert_eq!(place.int("SELECT COUNT(*) FROM audit_event").await, 1_000);
    is_whole(place, &log).await;
    log.close().await.unwrap();
}

async fn handles_of_one_process_share_a_chain_or_have_one_each(place: &Place) {
    let mut logs = Vec::new();
    for writer in ["main", "main", "second", "third"] {
        logs.push(place.builder().writer(writer).open().await.unwrap());
    }
    let tasks: Vec<_> = logs
        .iter()
        .zip(0..)
        .map(|(log, part)| {
            let log = log.clone();
            tokio::spawn(async move {
                for number in 0..40 {
                    let entry = created(number).connection(format!("shop {part} {}", number % 5));
                    log.append(entry).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    is_whole(place, &logs[0]).await;
    let heads = logs[0].head().await.unwrap();
    let ends: Vec<_> = heads
        .iter()
        .map(|head| (head.writer.as_str(), head.seq))
        .collect();
    assert_eq!(ends, [("main", 80), ("second", 40), ("third", 40)]);
    assert_eq!(place.int("SELECT COUNT(*) FROM audit_name").await, 20 + 3);
    for log in logs {
        log.close().await.unwrap();
    }
}

async fn processes_that_write_at_once_lose_nothing(place: &Place) {
    let log = place.open().await;
    let children: Vec<_> = ["main", "main", "second"]
        .map(|writer| Writing::start(place, writer, 60))
        .into_iter()
        .map(|child| tokio::task::spawn_blocking(move || child.finish()))
        .collect();
    let mut own = BTreeSet::new();
    for number in 0..60 {
        let done = log.append(created(number)).await.unwrap();
        own.extend(numbers(&[done]));
    }
    assert_eq!(own.len(), 60);
    for child in children {
        let said = child.await.unwrap();
        assert_eq!(said.len(), 60);
        for acknowledged in said {
            let number = acknowledged.number;
            assert!(own.insert(number), "number {number} was given twice");
        }
    }
    assert_eq!(own, (1..=240).collect());
    is_whole(place, &log).await;
    log.close().await.unwrap();
}

async fn one_event_from_several_writers_at_once_is_kept_once(place: &Place) {
    let entries: Vec<_> = (0..200).map(created).collect();
    let mut tasks = Vec::new();
    for writer in ["main", "second", "third"] {
        let log = place.builder().writer(writer).open().await.unwrap();
        let entries = entries.clone();
        tasks.push(tokio::spawn(async move {
            let mut written = 0;
            for part in entries.chunks(20) {
                let done = log.append_all(part.to_vec()).await.unwrap();
                written += numbers(&done).len();
            }
            log.close().await.unwrap();
            written
        }));
    }
    let mut written = 0;
    for task in tasks {
        written += task.await.unwrap();
    }
    assert_eq!(written, 200);
    let log = place.open().await;
    is_whole(place, &log).await;
    let sum = "SELECT CAST(SUM(n) AS BIGINT) FROM audit_stat_day";
    assert_eq!(place.int(sum).await, 200);
    log.close().await.unwrap();
}

async fn calls_that_are_given_up_leave_a_log_that_is_whole(place: &Place) {
    let log = place.builder().queue(16, 1 << 20).open().await.unwrap();
    let mut waited = BTreeSet::new();
    let mut given_up = Vec::new();
    for number in 0..300 {
        let entry = created(number);
        if number % 10 == 0 {
            log.append(entry.clone()).await.unwrap();
            waited.insert(number);
        }
        let task = tokio::spawn({
            let log = log.clone();
            async move { log.append_all(vec![entry, created(number + 1_000)]).await }
        });
        if number % 3 == 0 {
            tokio::task::yield_now().await;
        }
        task.abort();
        given_up.push(task);
    }
    for task in given_up {
        if let Ok(done) = task.await {
            assert_eq!(done.unwrap().len(), 2);
        }
    }
    log.flush().await.unwrap();
    assert_eq!((log.waiting(), log.lost()), (0, 0));
    is_whole(place, &log).await;
    let records = "SELECT CAST(record AS BIGINT), COUNT(*) FROM audit_event GROUP BY record";
    let rows = place.ints(records).await;
    assert!(rows.iter().all(|row| row[1] == 1), "{rows:?}");
    let there: BTreeSet<u32> = rows
        .iter()
        .map(|row| u32::try_from(row[0]).unwrap())
        .collect();
    assert!(waited.is_subset(&there));
    // All of a call or nothing.
    for number in there.iter().filter(|number| !waited.contains(number)) {
        let other = if *number < 1_000 {
            number + 1_000
        } else {
            number - 1_000
        };
        assert!(there.contains(&other), "{number} is there without {other}");
    }
    log.close().await.unwrap();
}
