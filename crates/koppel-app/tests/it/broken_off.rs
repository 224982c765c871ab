//! A store that fails in the middle of a run or right after it: each run has one end, and one that
//! began is not told as one that did not.

use koppel_app::App;
use koppel_app::audit_log::{EventName, Outcome, StatsQuery, Stored};
use koppel_app::sync_core::RunId;
use koppel_app::sync_core::store::RunStatus;
use koppel_sandbox::smartcrm::Fault;
use sqlx::{Connection as _, SqliteConnection};

use crate::app::{World, sync};
use crate::support::all;

/// Runs SQL on a database of the directory.
async fn sql(world: &World, database: &str, statement: &str) {
    let path = world.dir.path().join(database);
    let address = format!("sqlite:{}", path.display());
    let mut connection = SqliteConnection::connect(&address).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned()))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

async fn told(app: &App, event: EventName) -> Vec<Stored> {
    all(app.audit_reader().await.unwrap(), Some(event)).await
}

/// The one end that a run has.
async fn end(app: &App, run: RunId) -> Stored {
    let mut ends = told(app, EventName::RunEnd).await;
    assert_eq!(ends.len(), 1, "{ends:?}");
    let end = ends.remove(0);
    assert_eq!(end.run, Some(run.uuid()), "{end:?}");
    end
}

/// The run that has begun.
async fn begun(app: &App) -> RunId {
    let starts = told(app, EventName::RunStart).await;
    assert_eq!(starts.len(), 1, "{starts:?}");
    RunId::from_uuid(starts[0].run.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_flow_cannot_be_let_go_of_has_its_own_end_alone() {
    let world = World::new().await;
    let app = world.app("").await;
    let keep = "CREATE TRIGGER keep BEFORE UPDATE OF lease_owner ON flow
                WHEN NEW.lease_owner IS NULL
                BEGIN SELECT RAISE(ABORT, 'refused by the test'); END";
    sql(&world, "koppel.db", keep).await;
    let report = sync(&app).await.unwrap();
    assert_eq!(report.error.as_ref().unwrap().kind(), "storage");
    let run = report.run.unwrap();
    assert_eq!(run.status, RunStatus::Succeeded);
    let end = end(&app, run.id).await;
    assert_eq!(end.outcome, Some(Outcome::RunSucceeded), "{end:?}");
    assert!(told(&app, EventName::LogMessage).await.is_empty());
    let log = app.audit_reader().await.unwrap();
    let runs = log.stats(&StatsQuery::last(7)).await.unwrap().runs;
    assert_eq!((runs.succeeded, runs.failed), (1, 0));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cannot_be_read_once_it_has_ended_has_its_own_end_alone() {
    let world = World::new().await;
    let app = world.app("").await;
    let spoil = "CREATE TRIGGER spoil AFTER UPDATE OF status ON run
                 WHEN NEW.status <> 'running' AND NEW.status <> 'odd'
                 BEGIN UPDATE run SET status = 'odd' WHERE id = NEW.id; END";
    sql(&world, "koppel.db", spoil).await;
    let report = sync(&app).await.unwrap();
    assert_eq!(report.error.as_ref().unwrap().kind(), "storage");
    assert!(report.run.is_none());
    let end = end(&app, begun(&app).await).await;
    assert_eq!(end.outcome, Some(Outcome::RunSucceeded), "{end:?}");
    assert!(told(&app, EventName::LogMessage).await.is_empty());
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_parked_records_cannot_be_listed_has_its_own_end_alone() {
    let world = World::new().await;
    let change = "UPDATE tblclients SET company = 'Banana' WHERE userid = 1";
    sql(&world, "crm.db", change).await;
    (world.server.faults()).add(Fault::bad_record("company", "Banana", "No."));
    let app = world.app("").await;
    let spoil = "CREATE TRIGGER spoil AFTER UPDATE OF status ON run WHEN NEW.status <> 'running'
                 BEGIN UPDATE parked SET reason = 'odd'; END";
    sql(&world, "koppel.db", spoil).await;
    let report = sync(&app).await.unwrap();
    assert!(report.error.is_none(), "{report:?}");
    assert_eq!(report.status(), RunStatus::Partial);
    let warned = |part: &str| report.warnings.iter().any(|warning| warning.contains(part));
    assert!(warned("cannot be listed"), "{report:?}");
    let end = end(&app, report.run.unwrap().id).await;
    assert_eq!(end.outcome, Some(Outcome::RunPartial), "{end:?}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_the_store_breaks_off_is_told_as_that_and_ends_when_it_goes_on() {
    let world = World::new().await;
    let app = world.app("").await;
    // The first answers cannot be stored, and the flow cannot be read any more.
    let spoil = "CREATE TRIGGER spoil AFTER INSERT ON intent
                 BEGIN UPDATE flow SET state = 'odd'; END;
                 CREATE TRIGGER refuse BEFORE INSERT ON link
                 BEGIN SELECT RAISE(ABORT, 'refused by the test'); END";
    sql(&world, "koppel.db", spoil).await;
    let report = sync(&app).await.unwrap();
    assert_eq!(report.error.as_ref().unwrap().kind(), "storage");
    let run = begun(&app).await;
    assert!(told(&app, EventName::RunEnd).await.is_empty());
    let broken = told(&app, EventName::LogMessage).await;
    assert_eq!(broken.len(), 1, "{broken:?}");
    assert_eq!(broken[0].run, Some(run.uuid()), "{broken:?}");
    assert!(broken[0].message.starts_with("The run broke off"));

    let mend = "DROP TRIGGER spoil; DROP TRIGGER refuse;
                UPDATE flow SET state = 'running', lease_owner = NULL, lease_until = NULL";
    sql(&world, "koppel.db", mend).await;
    let report = sync(&app).await.unwrap();
    assert_eq!(report.run.as_ref().unwrap().id, run, "{report:?}");
    end(&app, run).await;
    app.close().await;
}
