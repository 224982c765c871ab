//! Heads on their way out of the log.

use std::path::Path;
use std::time::Duration;

use api_core::ManualClock;
use audit_log::{AuditLog, Error, Head};

use crate::history::{DAY, blob};
use crate::support::{Place, at, created};

on_both!(
    a_file_that_does_not_answer_holds_nobody_up_for_long,
    a_head_that_somebody_damaged_holds_no_other_back,
    a_clock_that_goes_back_and_forth_loses_no_head,
);

async fn open(place: &Place, clock: &ManualClock, file: &Path) -> AuditLog {
    let builder = place.builder().clock(clock.clone()).heads_file(file);
    builder.open().await.unwrap()
}

fn days(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| serde_json::from_str::<Head>(line).unwrap())
        .filter_map(|head| head.day)
        .collect()
}

/// A file that nobody reads, on a system that is gone.
async fn a_file_that_does_not_answer_holds_nobody_up_for_long(place: &Place) {
    let file = place.file("heads.jsonl");
    let made = std::process::Command::new("mkfifo").arg(&file).status();
    assert!(made.unwrap().success());
    let clock = ManualClock::new(at(0));
    let log = open(place, &clock, &file).await;
    log.append(created(1)).await.unwrap();
    clock.set(at(DAY));
    for number in 2..8 {
        log.append(created(number)).await.unwrap();
    }
    let Some(Error::Unavailable(message)) = log.heads_problem() else {
        panic!("{:?}", log.heads_problem());
    };
    assert!(message.contains("heads.jsonl"), "{message}");
    assert_eq!(log.heads_waiting(), 1);

    // A pipe keeps nothing: what it took is written once more.
    let reader = std::thread::spawn({
        let file = file.clone();
        move || std::fs::read_to_string(file).unwrap()
    });
    let text = tokio::task::spawn_blocking(move || reader.join().unwrap());
    assert_eq!(days(&text.await.unwrap()), ["2026-11-22"]);
    clock.set(at(2 * DAY));
    let mut number = 8;
    std::fs::remove_file(&file).unwrap();
    while log.heads_waiting() > 0 {
        log.append(created(number)).await.unwrap();
        number += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(log.heads_problem(), None);
    log.close().await.unwrap();
    assert_eq!(
        days(&std::fs::read_to_string(&file).unwrap()),
        ["2026-11-22", "2026-11-23"]
    );
}

async fn a_head_that_somebody_damaged_holds_no_other_back(place: &Place) {
    let clock = ManualClock::new(at(0));
    let none = place.file("none/heads.jsonl");
    let log = open(place, &clock, &none).await;
    for day in 0..3 {
        clock.set(at(day * DAY));
        log.append(created(1)).await.unwrap();
    }
    log.close().await.unwrap();
    let wrong = blob(place, "07");
    place
        .run(&format!(
            "UPDATE audit_head SET hash = {wrong} WHERE day = 20779"
        ))
        .await;
    let file = place.file("heads.jsonl");
    let log = open(place, &clock, &file).await;
    log.append(created(4)).await.unwrap();
    log.flush().await.unwrap();
    assert_eq!((log.heads_waiting(), log.heads_problem()), (0, None));
    log.close().await.unwrap();
    assert_eq!(
        days(&std::fs::read_to_string(&file).unwrap()),
        ["2026-11-23"]
    );
}

async fn a_clock_that_goes_back_and_forth_loses_no_head(place: &Place) {
    let clock = ManualClock::new(at(0));
    let file = place.file("heads.jsonl");
    let log = open(place, &clock, &file).await;
    for day in [0, 9, 3, 3, 4, 2, 9, 10] {
        clock.set(at(day * DAY));
        log.append(created(1)).await.unwrap();
    }
    log.flush().await.unwrap();
    log.close().await.unwrap();
    // Of each day after which the log went on with a later one.
    assert_eq!(
        days(&std::fs::read_to_string(&file).unwrap()),
        ["2026-11-22", "2026-11-25", "2026-11-24", "2026-12-01"]
    );
}
