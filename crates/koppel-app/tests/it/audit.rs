//! What a sync, a connection test and a change of settings leave in the audit log.

use koppel_app::App;
use koppel_app::audit_log::{EventName, IssueFilter, Level, Outcome, StatsQuery};
use koppel_app::edit::{ConfigFile, Part};
use koppel_app::sync_core::{Cancel, RunOptions};

use crate::app::{World, sync};
use crate::support::{all, secret, silent};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_written_down_from_its_start_to_its_end() {
    let world = World::new().await;
    let app = world.app("").await;
    let run = sync(&app).await.unwrap().run.unwrap().id.uuid();
    sync(&app).await.unwrap();
    let log = app.audit_reader().await.unwrap();
    let entries = all(log, None).await;
    let first: Vec<_> = (entries.iter())
        .filter(|entry| entry.run == Some(run))
        .collect();
    assert_eq!(first.first().unwrap().event, "run.start");
    let end = first.last().unwrap();
    assert_eq!(
        (end.event.as_str(), end.outcome),
        ("run.end", Some(Outcome::RunSucceeded))
    );
    assert_eq!(end.details["counts"]["customer"]["created"], 10);
    assert_eq!(first.len(), 12, "start, end and ten records: {first:?}");
    for entry in &entries {
        assert_eq!(entry.flow.as_deref(), Some("push"), "{entry:?}");
        assert_eq!(entry.system.as_deref(), Some("smartcrm"), "{entry:?}");
        assert_eq!(entry.connection.as_deref(), Some("smartcrm"), "{entry:?}");
    }
    // The second run had nothing to do: its records are counted, and have no entry each.
    let ends = all(log, Some(EventName::RunEnd)).await;
    assert_eq!(ends.len(), 2);
    let stats = log.stats(&StatsQuery::last(7)).await.unwrap();
    assert_eq!(stats.total.succeeded, 10);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_of_a_run_is_noted_with_its_flow_and_run() {
    let world = World::new().await;
    let app = world.app("[audit]\nlevel = \"DEBUG\"").await;
    let run = sync(&app).await.unwrap().run.unwrap().id.uuid();
    let sent = world.server.requests();
    app.close().await;

    let app = App::load(world.dir.path().join("koppel.toml")).unwrap();
    let log = app.audit_reader().await.unwrap();
    let exchanges = all(log, Some(EventName::HttpExchange)).await;
    assert_eq!(exchanges.len() as u64, sent as u64);
    let mut writes = 0;
    for entry in &exchanges {
        assert_eq!(entry.connection.as_deref(), Some("smartcrm"), "{entry:?}");
        assert_eq!(entry.flow.as_deref(), Some("push"), "{entry:?}");
        assert_eq!(entry.level, Level::Debug, "{entry:?}");
        assert!(entry.has_bodies && entry.status.is_some(), "{entry:?}");
        if entry.method.as_deref() == Some("POST") {
            writes += 1;
            assert_eq!(entry.run, Some(run), "{entry:?}");
        }
    }
    assert!(writes > 0, "nothing was sent: {exchanges:?}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_in_no_file_that_a_sync_writes() {
    const TOKEN: &str = "planted-9f27c1d44b6e";
    let world = World::new().await;
    let app = world.app("[audit]\nlevel = \"DEBUG\"").await;
    secret(&world.dir.path().join("token"), TOKEN);
    let report = sync(&app).await.unwrap();
    assert!(report.error.is_some(), "the sandbox refuses this token");
    app.close().await;
    let mut looked_at = 0;
    for file in std::fs::read_dir(world.dir.path()).unwrap() {
        let path = file.unwrap().path();
        if path.ends_with("token") {
            continue;
        }
        looked_at += 1;
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes
            .windows(TOKEN.len())
            .any(|part| part == TOKEN.as_bytes());
        assert!(!found, "the token stands in {}", path.display());
    }
    assert!(looked_at >= 4, "{looked_at} files");
    let app = App::load(world.dir.path().join("koppel.toml")).unwrap();
    let log = app.audit_reader().await.unwrap();
    let refused = all(log, Some(EventName::HttpExchange)).await;
    assert!(
        refused.iter().any(|entry| entry.level == Level::Error),
        "{refused:?}"
    );
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_test_is_written_down_with_its_steps_and_who_asked_for_it() {
    let world = World::new().await;
    let app = world.app("").await;
    assert!(app.test_connection("smartcrm").await.unwrap().is_ok());
    secret(&world.dir.path().join("token"), "not-the-token");
    let other = App::load(world.dir.path().join("koppel.toml")).unwrap();
    assert!(!other.test_connection("smartcrm").await.unwrap().is_ok());
    std::fs::remove_file(world.dir.path().join("token")).unwrap();
    let third = App::load(world.dir.path().join("koppel.toml")).unwrap();
    third.test_connection("smartcrm").await.unwrap_err();

    let log = app.audit_reader().await.unwrap();
    let tests = all(log, Some(EventName::ConnectionTest)).await;
    let levels: Vec<_> = tests.iter().map(|entry| entry.level).collect();
    assert_eq!(levels, [Level::Info, Level::Error, Level::Error]);
    for test in &tests {
        assert_eq!(test.connection.as_deref(), Some("smartcrm"));
        assert_eq!(test.actor.as_deref(), Some(app.user()));
    }
    let steps = tests[0].details["steps"].as_array().unwrap();
    assert!(
        steps.len() > 2 && steps.iter().all(|step| step["ok"] != false),
        "{steps:?}"
    );
    assert_eq!(steps[0]["name"], "Resolve the host name");
    assert!(tests[1].code.is_some(), "{:?}", tests[1]);
    assert_eq!(tests[2].code.as_deref(), Some("config"));
    for app in [app, other, third] {
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_settings_is_written_down_by_its_keys_and_never_by_a_value() {
    let world = World::new().await;
    let path = world.config("");
    // A secret that somebody wrote into the file, and that is mended now.
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("file:token", "hunter2-hunter2")).unwrap();
    let mut file = ConfigFile::open(&path).unwrap();
    file.set(Part::Connection, "smartcrm", "token", "file:token")
        .unwrap();
    file.set(Part::Connection, "smartcrm", "batch_size", "25")
        .unwrap();
    let app = App::new(file.save().unwrap());
    app.tell_settings(file.changes()).await;
    // What changes nothing is not told.
    let mut same = ConfigFile::open(&path).unwrap();
    same.save().unwrap();
    app.tell_settings(same.changes()).await;

    let log = app.audit_reader().await.unwrap();
    let told = all(log, Some(EventName::AdminSetting)).await;
    assert_eq!(told.len(), 1, "{told:?}");
    let told = &told[0];
    assert_eq!(told.actor.as_deref(), Some(app.user()));
    assert_eq!(told.connection.as_deref(), Some("smartcrm"));
    assert_eq!(
        told.details["changes"],
        serde_json::json!([
            { "name": "connections.smartcrm.batch_size", "change": "added" },
            { "name": "connections.smartcrm.token", "change": "changed", "note": "to file:token" },
        ])
    );
    assert!(!format!("{told:?}").contains("hunter2"), "{told:?}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cannot_begin_is_a_failed_run_and_an_error_of_the_overview() {
    let world = World::new().await;
    let path = world.config("");
    std::fs::remove_file(world.dir.path().join("token")).unwrap();
    let app = App::load(&path).unwrap();
    sync(&app).await.unwrap_err();
    let log = app.audit_reader().await.unwrap();
    let ends = all(log, Some(EventName::RunEnd)).await;
    assert_eq!(ends.len(), 1, "{ends:?}");
    let end = &ends[0];
    assert_eq!(
        (end.level, end.outcome),
        (Level::Error, Some(Outcome::RunFailed))
    );
    assert_eq!(
        (end.flow.as_deref(), end.connection.as_deref()),
        (Some("push"), Some("smartcrm"))
    );
    assert_eq!(
        (end.code.as_deref(), end.actor.as_deref()),
        (Some("config"), Some(app.user()))
    );
    assert!(
        end.message.starts_with("The run did not begin: "),
        "{end:?}"
    );
    let stats = log.stats(&StatsQuery::last(7)).await.unwrap();
    assert_eq!((stats.runs.failed, stats.total.failed), (1, 0));
    let issues = log.issues(&IssueFilter::unsolved()).await.unwrap().issues;
    assert_eq!(issues.len(), 1, "{issues:?}");

    // What makes no sense is none of the program's failures.
    let nobody = app
        .sync("pull", &RunOptions::default(), silent(), &Cancel::new())
        .await;
    assert!(nobody.is_err());
    assert_eq!(all(log, Some(EventName::RunEnd)).await.len(), 1);
    app.close().await;
}
