//! Which index each query goes down, on both databases.

use api_core::{SecretString, Timestamp};
use uuid::Uuid;

use super::drive::{Drive, choose};
use super::walk::Walk;
use super::*;
use crate::db::{Row, Value};
use crate::entry::Entry;
use crate::event::EventName;
use crate::issues::{IssueFilter, IssueId};

/// Enough rows that no planner prefers to read the table.
const ROWS: u32 = 20_000;

fn run_of(number: u32) -> Uuid {
    Uuid::from_u128(u128::from(number / 500) + 1)
}

fn entry(number: u32) -> Entry {
    let level = match number % 100 {
        0 => Level::Error,
        1 | 2 => Level::Warning,
        n if n % 2 == 0 => Level::Info,
        _ => Level::Debug,
    };
    Entry::new(
        level,
        EventName::RecordUpdate,
        format!("Word {}.", number % 7),
    )
    .at(Timestamp::from_seconds(1_790_000_000 + i64::from(number)))
    .system("smartcrm")
    .connection(format!("shop-{}", number % 40))
    .flow(format!("flow-{}", number % 10))
    .entity(["client", "invoice", "contact"][number as usize % 3])
    .record((number % 5_000).to_string())
    .target(format!("t{}", number % 5_000))
    .code(format!("code-{}", number % 20))
    .run(run_of(number))
}

/// The plan as one text.
async fn plan(db: &Db, sql: &str, values: &[Value]) -> String {
    let explain = db.pick("EXPLAIN QUERY PLAN ", "EXPLAIN ");
    let rows = db.read(&format!("{explain}{sql}"), values).await.unwrap();
    let line = |row: &Row| row.text(db.pick(3, 0)).unwrap().to_owned();
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Asserts that a plan goes down an index in its order, and reads no table from end to end.
fn assert_walks(db: &Db, plan: &str, index: &str, what: &str) {
    assert!(plan.contains(index), "{what} goes another way:\n{plan}");
    for word in db.pick(
        ["SCAN e", "TEMP B-TREE", "SCAN i"],
        ["Seq Scan on audit_event", "Sort", "Bitmap"],
    ) {
        let known = word == "SCAN e" && plan.contains("SCAN e USING");
        assert!(
            known || !plan.contains(word),
            "{what} has `{word}`:\n{plan}"
        );
    }
}

async fn drives(db: &Db, filter: &Filter) -> (Vec<Drive>, drive::Names) {
    let names = names(db, filter).await.unwrap().expect("names are known");
    (choose(db, filter, &names).await.unwrap(), names)
}

async fn every_query_goes_down_its_index(log: &AuditLog) {
    log.append_all((0..ROWS).map(entry).collect())
        .await
        .unwrap();
    let db = &log.shared().db;
    db.run(db.pick("ANALYZE", "VACUUM ANALYZE audit_event"))
        .await
        .unwrap();
    let found = log.recent_errors(1).await.unwrap();
    let issue = found[0].fingerprint.unwrap_or(IssueId(0));
    let cases: [(&str, Filter, &[&str]); 12] = [
        ("the newest", Filter::new(), &["audit_event_ts"]),
        (
            "by system",
            Filter::new().system("smartcrm"),
            &["audit_event_ts"],
        ),
        ("by flow", Filter::new().flow("flow-3"), &["audit_event_ts"]),
        (
            "info",
            Filter::new().level(Level::Info),
            &["audit_event_ts"],
        ),
        (
            "errors",
            Filter::new().level(Level::Error),
            &["audit_event_error"],
        ),
        (
            "warnings",
            Filter::new().level(Level::Warning),
            &["audit_event_warning"],
        ),
        (
            "a connection",
            Filter::new().connection("shop-7"),
            &["audit_event_connection"],
        ),
        (
            "warnings of a connection",
            Filter::new().connection("shop-0").level(Level::Warning),
            &["audit_event_connection_warning"],
        ),
        (
            "errors of a connection",
            Filter::new().connection("shop-0").level(Level::Error),
            &["audit_event_connection_warning"],
        ),
        ("a run", Filter::new().run(run_of(9)), &["audit_event_run"]),
        (
            "a record",
            Filter::new().entity("client").record("17"),
            &["audit_event_record", "audit_event_target"],
        ),
        (
            "an issue",
            Filter::new().fingerprint(issue),
            &["audit_event_fingerprint"],
        ),
    ];
    for (what, filter, indices) in cases {
        let since = Timestamp::from_seconds(1_790_000_100);
        for filter in [
            filter.clone(),
            filter.clone().since(since),
            filter.code("code-3"),
        ] {
            let (drives, names) = drives(db, &filter).await;
            assert_eq!(drives.len(), indices.len());
            let walk = Walk {
                db,
                filter: &filter,
                rest: rest(db, &filter, &names),
                floor: filter.since.map(Timestamp::as_micros),
                want: 51,
            };
            let middle = Key {
                ts: since.as_micros() + 10_000_000_000,
                id: 10_100,
            };
            let low = Key {
                ts: 1_790_000_300_000_000,
                id: 301,
            };
            let end = Key {
                ts: middle.ts - 500_000_000,
                id: 9_600,
            };
            for (drive, index) in drives.iter().zip(indices) {
                // Where something is left to check, a page is read slice by slice.
                let whole = walk.rest.beyond(Some(drive)).0.is_empty();
                for start in [Key::NEWEST, middle].into_iter().filter(|_| whole) {
                    let (sql, values) = walk.page_statement(drive, start, None, 51);
                    assert_walks(db, &plan(db, &sql, &values).await, index, what);
                }
                let (sql, values) = walk.page_statement(drive, low, None, 51);
                assert_walks(db, &plan(db, &sql, &values).await, index, what);
                let (sql, values) = walk.page_statement(drive, middle, Some(end), 51);
                let both = plan(db, &sql, &values).await;
                assert_walks(db, &both, index, what);
                // Both ends of a slice bound the walk: nothing outside is looked at.
                for bound in db.pick(["ts>?", "ts<?"], ["ROW(ts, id) >=", "ROW(ts, id) <"]) {
                    assert!(both.contains(bound), "{what} misses {bound}:\n{both}");
                }
                let (sql, values) = walk.end_statement(drive, middle, 1_000);
                let edge = plan(db, &sql, &values).await;
                assert_walks(db, &edge, index, what);
                // SQLite looks at the level of the row even where the index is about it.
                let partial = db.pick(drive.condition.contains("level"), false);
                assert!(
                    partial || edge.contains(db.pick("COVERING INDEX", "Index Only Scan")),
                    "{edge}"
                );
            }
        }
    }
}

/// Statistics read roll-ups alone, and the overview of errors goes down its own index.
async fn the_overviews_read_no_entries(log: &AuditLog) {
    let db = &log.shared().db;
    for (sql, values) in [
        (crate::totals::OF_DAYS, crate::totals::ids(0, 6).to_vec()),
        (crate::stats::BY_SYSTEM, vec![0.into(), 6.into()]),
    ] {
        let plan = plan(db, sql, &values).await;
        let index = db.pick("SEARCH audit_stat_", "using audit_stat_");
        assert!(
            plan.to_lowercase().contains(&index.to_lowercase()),
            "{plan}"
        );
        assert!(!plan.contains("audit_event"), "{plan}");
        assert!(
            !plan.contains(db.pick("SCAN audit_stat", "Seq Scan")),
            "{plan}"
        );
    }
    let names = drive::Names {
        system: Some(1),
        connection: Some(2),
        ..drive::Names::default()
    };
    let filter = IssueFilter::unsolved().code("code-0");
    for (filter, names) in [
        (IssueFilter::new(), drive::Names::default()),
        (filter, names),
    ] {
        let (sql, values) = crate::issues::statement(&filter, &names);
        let plan = plan(db, &sql, &values).await;
        assert!(plan.contains("audit_issue_last"), "{plan}");
        assert!(
            !plan.contains(db.pick("SCAN c", "Seq Scan on audit_issue_connection")),
            "{plan}"
        );
    }
}

#[tokio::test]
async fn every_query_goes_down_its_index_on_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("audit.db");
    let log = AuditLog::builder(&path.display().to_string())
        .level(Level::Debug)
        .open()
        .await
        .unwrap();
    every_query_goes_down_its_index(&log).await;
    the_overviews_read_no_entries(&log).await;
    log.close().await.unwrap();
}

#[tokio::test]
async fn every_query_goes_down_its_index_on_postgresql() {
    let Ok(url) = std::env::var("KOPPEL_TEST_POSTGRES_URL") else {
        println!("left out: KOPPEL_TEST_POSTGRES_URL names no server");
        return;
    };
    let (login, place) = url.rsplit_once('@').unwrap();
    let (user, password) = login.rsplit_once(':').unwrap();
    let schema = format!("plans_{}", std::process::id());
    let log = AuditLog::builder(&format!("{user}@{place}"))
        .password(SecretString::from(password.to_owned()))
        .schema(&schema)
        .level(Level::Debug)
        .open()
        .await
        .unwrap();
    every_query_goes_down_its_index(&log).await;
    the_overviews_read_no_entries(&log).await;
    let remove = format!("DROP SCHEMA {schema} CASCADE");
    log.shared().db.run(remove.leak()).await.unwrap();
    log.close().await.unwrap();
}
