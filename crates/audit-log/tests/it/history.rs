//! A log with a past: two writers, pruned, with an erased body and heads.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use api_core::{ManualClock, Timestamp};
use audit_log::{
    AuditLog, Bodies, Entry, Erase, EventName, Level, Problem, ProblemKind, Retention, Verified,
    Verify,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

use crate::support::{Place, at, created, refused};

/// A day in seconds.
pub(crate) const DAY: i64 = 86_400;

/// The run whose body is erased.
pub(crate) const ERASED_RUN: Uuid = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001);

/// The tables that hold evidence.
pub(crate) const TABLES: [&str; 7] = [
    "audit_meta",
    "audit_name",
    "audit_writer",
    "audit_event",
    "audit_body",
    "audit_gap",
    "audit_head",
];

/// A log, its writers and what time it is.
pub(crate) struct History {
    pub(crate) clock: ManualClock,
    pub(crate) main: AuditLog,
    pub(crate) second: AuditLog,
}

/// Request and response that tell which entry they are of.
pub(crate) fn bodies(number: u32) -> Bodies {
    Bodies {
        url: format!("https://example.test/clients/{number}"),
        request: format!("{{\"id\":{number}}}"),
        response: format!("{{\"status\":\"ok\",\"count\":{number}}}"),
        ..Bodies::default()
    }
}

/// An exchange with request and response.
pub(crate) fn exchange(level: Level, number: u32) -> Entry {
    Entry::new(level, EventName::HttpExchange, "The remote answered.")
        .system("smartcrm")
        .connection("shop")
        .method("GET")
        .path("/clients/{id}")
        .status(200)
        .duration(Duration::from_millis(12))
        .attempt(1)
        .bodies(bodies(number))
}

/// An entry that has something in every column.
pub(crate) fn full(number: u32) -> Entry {
    refused(number)
        .run(Uuid::from_u128(
            0x0192_0000_0000_7000_8000_0000_0000_0000 | u128::from(number),
        ))
        .actor("piet")
        .target(format!("t{number}"))
        .operation("clients.create")
        .method("POST")
        .path("/clients/{id}")
        .duration(Duration::from_millis(12))
        .attempt(2)
        .request_id("r-1")
        .detail("fields", 3)
        .bodies(bodies(number))
}

impl History {
    /// Opens the log for both writers, at the beginning of its past.
    pub(crate) async fn begin(place: &Place) -> Self {
        let clock = ManualClock::new(at(-40 * DAY));
        let builder = place
            .builder()
            .clock(clock.clone())
            .heads_file(place.file("heads.jsonl"));
        let main = builder.clone().open().await.unwrap();
        let second = builder.writer("second").open().await.unwrap();
        Self {
            clock,
            main,
            second,
        }
    }

    /// Lets time pass until so many seconds after the beginning of 22 November 2026.
    pub(crate) fn until(&self, seconds: i64) {
        self.clock.set(at(seconds));
    }

    pub(crate) fn now(&self) -> Timestamp {
        api_core::Clock::now(&self.clock)
    }

    /// Appends entries that happen now, each in a transaction of its own.
    pub(crate) async fn append(&self, log: &AuditLog, entries: Vec<Entry>) {
        for entry in entries {
            log.append(entry.at(self.now())).await.unwrap();
        }
    }

    /// A past of forty days in two dozen entries, pruned as by default.
    pub(crate) async fn make(place: &Place) -> Self {
        use Level::{Debug, Error, Info};
        let history = Self::begin(place).await;
        let (main, second) = (history.main.clone(), history.second.clone());
        history
            .append(
                &main,
                vec![
                    created(1),
                    exchange(Debug, 2),
                    full(3),
                    exchange(Debug, 4),
                    created(5),
                ],
            )
            .await;
        history
            .append(&second, vec![created(6), refused(7), created(8)])
            .await;
        history.until(-39 * DAY);
        history
            .append(&main, vec![created(9), exchange(Error, 10), created(11)])
            .await;
        history.until(-10 * DAY);
        history
            .append(&second, vec![created(12), exchange(Debug, 13)])
            .await;
        history
            .append(
                &main,
                vec![
                    exchange(Debug, 14),
                    full(15),
                    exchange(Debug, 16),
                    created(17),
                ],
            )
            .await;
        history.until(100);
        main.prune(&Retention::default(), None).await.unwrap();
        history
            .append(
                &main,
                vec![
                    full(18),
                    exchange(Debug, 19),
                    exchange(Debug, 20).run(ERASED_RUN),
                    created(21),
                ],
            )
            .await;
        history
            .append(&second, vec![full(22), created(23), exchange(Info, 24)])
            .await;
        main.erase(&Erase::Run(ERASED_RUN), "piet").await.unwrap();
        history.append(&second, vec![created(25)]).await;
        history
            .append(&main, vec![created(26), full(27), created(28)])
            .await;
        history
    }

    pub(crate) async fn close(self) {
        self.main.close().await.unwrap();
        self.second.close().await.unwrap();
    }
}

/// Connections to the schemas of tests that change a log again and again: logging in takes long.
static CONNECTIONS: Mutex<BTreeMap<String, PgConnection>> = Mutex::new(BTreeMap::new());

/// Runs statements behind the log's back, like [`Place::run`].
pub(crate) async fn change(place: &Place, sql: &str) {
    let Place::Schema { url, schema, .. } = place else {
        return place.run(sql).await;
    };
    let kept = CONNECTIONS.lock().unwrap().remove(schema);
    let mut conn = match kept {
        Some(conn) => conn,
        None => PgConnection::connect(url).await.unwrap(),
    };
    sqlx::raw_sql(AssertSqlSafe(format!("SET search_path TO {schema}; {sql}")))
        .execute(&mut conn)
        .await
        .unwrap();
    CONNECTIONS.lock().unwrap().insert(schema.clone(), conn);
}

/// Keeps a copy of everything, for [`restore`].
pub(crate) async fn save(place: &Place) {
    for table in TABLES {
        let sql = format!("CREATE TABLE saved_{table} AS SELECT * FROM {table}");
        change(place, &sql).await;
    }
}

/// Puts everything back as it was at [`save`].
pub(crate) async fn restore(place: &Place) {
    let all: String = TABLES
        .map(|table| {
            format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM saved_{table};")
        })
        .concat();
    change(place, &all).await;
}

/// What verification finds after these statements, which are undone again.
pub(crate) async fn after(place: &Place, log: &AuditLog, sql: &str) -> Vec<Problem> {
    change(place, sql).await;
    let verified = log.verify(&Verify::default()).await.unwrap();
    restore(place).await;
    assert_eq!(verified.more, 0);
    verified.problems
}

/// All of them on SQLite; on PostgreSQL, where each change takes longer, some of them.
pub(crate) fn some<T>(place: &Place, all: Vec<T>) -> Vec<T> {
    let (every, last) = (
        if place.is_file() { 1 } else { 6 },
        all.len().saturating_sub(1),
    );
    all.into_iter()
        .enumerate()
        .filter(|(at, _)| at % every == 0 || *at == last)
        .map(|(_, one)| one)
        .collect()
}

/// Verifies the log, which must be sound.
pub(crate) async fn sound(log: &AuditLog) -> Verified {
    let verified = log.verify(&Verify::default()).await.unwrap();
    assert_eq!(verified.problems, []);
    assert!(verified.is_sound());
    verified
}

/// What a problem is about: kind, number, first and last place.
pub(crate) type Told = (ProblemKind, Option<i64>, Option<i64>, Option<i64>);

/// What the problems are about, in their order.
pub(crate) fn told(problems: &[Problem]) -> Vec<Told> {
    problems
        .iter()
        .map(|one| (one.kind, one.number, one.seq, one.last_seq))
        .collect()
}

/// Bytes as the database writes them.
pub(crate) fn blob(place: &Place, hex: &str) -> String {
    if place.is_file() {
        format!("X'{hex}'")
    } else {
        format!("'\\x{hex}'::bytea")
    }
}
