//! Whatever happened to a log, it verifies; whatever somebody changes in it is found.

use std::time::Duration;

use api_core::Timestamp;
use audit_log::{Level, Retention, Verify};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::history::{DAY, History, exchange};
use crate::support::{Place, at};

on_both!(any_past_verifies);

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

/// Something that happens to a log.
#[derive(Clone, Debug)]
enum Step {
    Append {
        second: bool,
        levels: Vec<u8>,
        late: u16,
    },
    Wait(u16),
    Prune {
        keep: [u16; 5],
        limit: Option<u64>,
    },
    EraseRun(u8),
    EraseRecord(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<bool>(), prop::collection::vec(0_u8..4, 1..8), 0_u16..200)
            .prop_map(|(second, levels, late)| Step::Append { second, levels, late }),
        2 => (0_u16..40).prop_map(Step::Wait),
        3 => (prop::array::uniform5(0_u16..60), prop::option::of(1_u64..12))
            .prop_map(|(keep, limit)| Step::Prune { keep, limit }),
        1 => (0_u8..4).prop_map(Step::EraseRun),
        1 => (0_u8..8).prop_map(Step::EraseRecord),
    ]
}

async fn take(history: &History, steps: Vec<Step>) {
    let mut number = 0;
    let mut clock = -40 * DAY;
    for step in steps {
        match step {
            Step::Append {
                second,
                levels,
                late,
            } => {
                let log = if second {
                    &history.second
                } else {
                    &history.main
                };
                let entries = levels
                    .into_iter()
                    .map(|level| {
                        number += 1;
                        let level = Level::ALL[usize::from(level)];
                        let mut entry = exchange(level, number)
                            .run(run(number))
                            .entity("client")
                            .record((number % 8).to_string())
                            .at(at(clock - i64::from(late % 20) * DAY));
                        if number % 3 == 0 {
                            entry.bodies = None;
                        }
                        entry
                    })
                    .collect();
                log.append_all(entries).await.unwrap();
            }
            Step::Wait(hours) => {
                clock += i64::from(hours) * 3_600 * 7;
                history.until(clock);
            }
            Step::Prune { keep, limit } => {
                let keep = keep.map(|value| days(u64::from(value)));
                let keep = Retention {
                    debug: keep[0],
                    info: keep[1],
                    warning: keep[2],
                    error: keep[3],
                    bodies: keep[4],
                };
                history.main.prune(&keep, limit).await.unwrap();
            }
            Step::EraseRun(of) => {
                let what = audit_log::Erase::Run(run(u32::from(of)));
                history.second.erase(&what, "piet").await.unwrap();
            }
            Step::EraseRecord(of) => {
                let what = audit_log::Erase::Record {
                    entity: "client".into(),
                    id: of.to_string(),
                };
                history.main.erase(&what, "piet").await.unwrap();
            }
        }
    }
}

fn run(number: u32) -> uuid::Uuid {
    uuid::Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 | u128::from(number % 4))
}

/// Whatever was appended, pruned and erased, the log verifies; one change of it is found.
async fn any_past_verifies(place: &Place) {
    // The same ones each time, unless more are asked for.
    let (mut runner, cases) = match std::env::var("AUDIT_PASTS") {
        Ok(cases) => (TestRunner::default(), cases.parse().unwrap()),
        Err(_) => (
            TestRunner::deterministic(),
            if place.is_file() { 24 } else { 8 },
        ),
    };
    for _ in 0..cases {
        let strategy = (
            prop::collection::vec(step(), 1..14),
            any::<u32>(),
            0_usize..CHANGES,
        );
        let (steps, pick, change) = strategy.new_tree(&mut runner).unwrap().current();
        let history = History::begin(place).await;
        take(&history, steps.clone()).await;
        let verified = history.main.verify(&Verify::default()).await.unwrap();
        assert_eq!(verified.problems, [], "{steps:?}");
        let first = place.ints("SELECT ts FROM audit_event ORDER BY ts").await;
        for from in first.iter().step_by(first.len() / 4 + 1) {
            let from = Timestamp::from_micros(from[0]);
            let recent = Verify::default().since(from);
            let verified = history.main.verify(&recent).await.unwrap();
            assert_eq!(verified.problems, [], "since {from}: {steps:?}");
        }
        if let Some(sql) = tampering(place, pick, change).await {
            place.run(&sql).await;
            let verified = history.main.verify(&Verify::default()).await.unwrap();
            assert!(!verified.is_sound(), "{sql}: {steps:?}");
        }
        history.close().await;
        empty(place).await;
    }
}

/// How many kinds of changes there are.
const CHANGES: usize = 16;

/// One change of something that is there.
async fn tampering(place: &Place, pick: u32, change: usize) -> Option<String> {
    let some = async |table: &str, column: &str| {
        let rows = place
            .ints(&format!("SELECT {column} FROM {table} ORDER BY {column}"))
            .await;
        let at = usize::try_from(pick).unwrap() % rows.len().max(1);
        rows.get(at).map(|row| row[0])
    };
    Some(match change {
        0 => format!(
            "UPDATE audit_event SET message = message || '.' WHERE id = {}",
            some("audit_event", "id").await?
        ),
        1 => format!(
            "DELETE FROM audit_event WHERE id = {}",
            some("audit_event", "id").await?
        ),
        2 => format!(
            "UPDATE audit_event SET id = id + 10000 WHERE id = {}",
            some("audit_event", "id").await?
        ),
        3 => format!(
            "UPDATE audit_event SET ts = ts - 1, level = 17 WHERE id = {}",
            some("audit_event", "id").await?
        ),
        4 => format!(
            "DELETE FROM audit_body WHERE event = {}",
            some("audit_body", "event").await?
        ),
        5 => format!(
            "UPDATE audit_gap SET last_seq = last_seq + 1 WHERE first_seq = {}",
            some("audit_gap", "first_seq").await?
        ),
        6 => format!(
            "UPDATE audit_writer SET last_seq = last_seq - 1 WHERE id = {}",
            some("audit_writer", "id").await?
        ),
        7 => format!(
            "UPDATE audit_body SET ts = ts + 1 WHERE event = {}",
            some("audit_body", "event").await?
        ),
        8 => format!(
            "DELETE FROM audit_gap WHERE first_seq = {}",
            some("audit_gap", "first_seq").await?
        ),
        9 => {
            let last = some("audit_event", "id").await?;
            format!("DELETE FROM audit_event WHERE id >= {last}")
        }
        10 => {
            let first = some("audit_event", "id").await?;
            format!("DELETE FROM audit_event WHERE id <= {first}")
        }
        11 => format!(
            "UPDATE audit_head SET seq = seq + 1 WHERE day = {}",
            some("audit_head", "day").await?
        ),
        12 => format!(
            "UPDATE audit_event SET seq = seq + 1 WHERE id = {}",
            some("audit_event", "id").await?
        ),
        13 => format!(
            "UPDATE audit_event SET writer = 3 - writer WHERE id = {}",
            some("audit_event", "id").await?
        ),
        14 => format!(
            "DELETE FROM audit_event WHERE writer = {}",
            some("audit_event", "writer").await?
        ),
        _ => format!(
            "DELETE FROM audit_writer WHERE id = {}",
            some("audit_event", "writer").await?
        ),
    })
}

/// Takes everything out of the log, for the next case.
async fn empty(place: &Place) {
    if place.is_file() {
        for suffix in ["", "-wal", "-shm"] {
            let path = format!("{}{suffix}", place.database().display());
            drop(std::fs::remove_file(path));
        }
    } else {
        place.remove().await;
    }
    drop(std::fs::remove_file(place.file("heads.jsonl")));
}
