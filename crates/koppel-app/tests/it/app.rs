//! Syncs through [`App`], and what it says when something is wrong.

use std::path::PathBuf;
use std::time::Duration;

use koppel_app::audit_log::EventName;
use koppel_app::config::Config;
use koppel_app::sync_core::store::{Claim, Claimed, FlowSetup, Trigger};
use koppel_app::sync_core::{Cancel, EntityKind, FlowName, RunOptions, Timestamp};
use koppel_app::{App, AppError, Due, Exit, SyncReport, owner};
use koppel_sandbox::crm::{CrmSize, generate_sqlite};
use koppel_sandbox::smartcrm::{SmartCrm, SmartCrmServer};
use tempfile::TempDir;

use crate::support::{all, secret, silent, waiting};

pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) server: SmartCrmServer,
}

impl World {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let size = CrmSize::scaled(10);
        generate_sqlite(dir.path().join("crm.db"), &size, 1, "tbl")
            .await
            .unwrap();
        let server = SmartCrm::builder().start().await.unwrap();
        Self { dir, server }
    }

    pub(crate) fn config(&self, flow: &str) -> PathBuf {
        secret(&self.dir.path().join("token"), "demo\n");
        let path = self.dir.path().join("koppel.toml");
        let text = format!(
            r#"
[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"

[connections.smartcrm]
kind = "smartcrm"
api_url = "{}"
token = "file:token"
max_retries = 0

[flows.push]
from = "crm"
to = "smartcrm"
entities = ["customer"]
{flow}
"#,
            self.server.url()
        );
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) async fn app(&self, flow: &str) -> App {
        App::open(self.config(flow)).await.unwrap()
    }
}

pub(crate) async fn sync(app: &App) -> Result<SyncReport, AppError> {
    app.sync("push", &RunOptions::default(), silent(), &Cancel::new())
        .await
}

/// Takes the flow in the name of somebody else.
async fn hold(app: &App, owner: &str) {
    let store = app.store().await.unwrap();
    let name = FlowName::from("push");
    let setup = FlowSetup {
        name: name.clone(),
        source: "crm".into(),
        target: "smartcrm".into(),
        every: None,
    };
    let now = Timestamp::now();
    store.ensure_flow(&setup, now).await.unwrap();
    let claimed = store
        .claim(Claim::Flow(&name), owner, now, Duration::from_secs(3600))
        .await
        .unwrap();
    assert!(matches!(claimed, Claimed::Lease(_)), "{claimed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_is_synced_and_its_counts_are_those_of_the_remote() {
    let world = World::new().await;
    let app = world.app("").await;
    let report = sync(&app).await.unwrap();
    assert_eq!(report.exit(), Exit::Ok);
    assert!(report.total().reconcile());
    assert_eq!(report.total().created, 10);
    assert_eq!(world.server.applied(), 10);
    let json = serde_json::to_value(report.to_json()).unwrap();
    assert_eq!(json["entities"]["customer"]["created"], 10);
    assert_eq!(json["trigger"], "manual");
    assert_eq!(json["error"], serde_json::Value::Null);
    // Everything that happened is in the audit log, nothing waits.
    assert_eq!(waiting(&app).await, 0);
    let log = app.audit_reader().await.unwrap();
    assert_eq!(all(log, Some(EventName::RecordCreate)).await.len(), 10);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_flow_whose_owner_died_is_taken_over_at_once() {
    let world = World::new().await;
    let app = world.app("").await;
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    let own = owner::current();
    let host = own.split(':').next().unwrap();
    hold(&app, &format!("{host}:{}:1", child.id())).await;
    let report = sync(&app).await.unwrap();
    assert_eq!(report.total().created, 10);
    let log = app.audit_reader().await.unwrap();
    let crashes = all(log, Some(EventName::EngineCrash)).await;
    assert_eq!(crashes.len(), 1, "{crashes:?}");
    let (crash, process) = (&crashes[0], format!("process {}", child.id()));
    assert!(crash.message.contains(&process), "{crash:?}");
    assert_eq!(crash.flow.as_deref(), Some("push"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_that_somebody_is_at_work_on_is_refused_by_name() {
    let world = World::new().await;
    let app = world.app("").await;
    hold(&app, "elsewhere:12:99").await;
    let error = sync(&app).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`push` is being synced already, by process 12 on elsewhere"),
        "{error}"
    );
    assert_eq!((error.exit(), error.kind()), (Exit::Failed, "busy"));
    assert_eq!(world.server.requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_living_owner_on_this_host_keeps_the_flow() {
    let world = World::new().await;
    let app = world.app("").await;
    hold(&app, &owner::current()).await;
    assert!(matches!(sync(&app).await, Err(AppError::Busy { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_synced_once() {
    let world = World::new().await;
    let app = world.app("every = \"1h\"").await;
    assert_eq!(app.due().await.unwrap(), [("push".into(), Due::Now)]);
    let mut reports = Vec::new();
    app.sync_due(silent(), &Cancel::new(), &mut |report| reports.push(report))
        .await
        .unwrap();
    assert_eq!(reports.len(), 1);
    let run = reports[0].run.as_ref().unwrap();
    assert_eq!(run.trigger, Trigger::Schedule);
    let due = app.due().await.unwrap();
    assert!(
        matches!(due[..], [(_, Due::At(at))] if at > Timestamp::now()),
        "{due:?}"
    );
    app.sync_due(silent(), &Cancel::new(), &mut |report| reports.push(report))
        .await
        .unwrap();
    assert_eq!(reports.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_without_a_schedule_is_never_due() {
    let world = World::new().await;
    let app = world.app("").await;
    assert_eq!(app.due().await.unwrap(), [("push".into(), Due::OnDemand)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_filled_by_the_expressions_of_the_file() {
    let world = World::new().await;
    let app = world
        .app("[flows.push.map.customer]\nname = \"name | upper\"")
        .await;
    let report = sync(&app).await.unwrap();
    assert_eq!(report.total().created, 10);
    for record in world.server.records("clients") {
        let name = record["company"].as_str().unwrap();
        assert_eq!(name, name.to_uppercase());
    }
}

#[test]
fn an_expression_that_cannot_be_read_is_named_with_its_line() {
    let text = r#"
[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"
[connections.smartcrm]
kind = "smartcrm"
api_url = "https://crm.example.com"
token = "env:TOKEN"
[flows.push]
from = "crm"
to = "smartcrm"
[flows.push.map.customer]
name = "{{ name | "
"#;
    let error = Config::parse(text, "koppel.toml").unwrap_err().to_string();
    let start = "koppel.toml:13: flows.push.map.customer.name: the expression cannot be read";
    assert!(error.starts_with(start), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_connected_names_file_line_and_key() {
    let world = World::new().await;
    let path = world.config("");
    let text = std::fs::read_to_string(&path).unwrap();
    for (from, to, key, said) in [
        ("file:token", "file:gone", "token", "there is no such file"),
        (
            "max_retries = 0",
            "ca_file = \"gone.pem\"",
            "ca_file",
            "gone.pem cannot be read",
        ),
    ] {
        std::fs::write(&path, text.replace(from, to)).unwrap();
        let app = App::load(&path).unwrap();
        let error = app.connector(&"smartcrm".into()).await.err().unwrap();
        let start = format!("{}:6: connections.smartcrm.{key}: ", path.display());
        let shown = error.to_string();
        assert!(shown.starts_with(&start) && shown.contains(said), "{shown}");
        assert_eq!(error.exit(), Exit::Failed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_what_the_flow_does_not_sync_is_a_usage_error() {
    let world = World::new().await;
    let app = world.app("").await;
    let options = RunOptions {
        entities: Some(vec![EntityKind::Invoice]),
        ..RunOptions::default()
    };
    let error = app
        .sync("push", &options, silent(), &Cancel::new())
        .await
        .unwrap_err();
    assert_eq!(error.exit(), Exit::Usage);
    assert!(
        error.to_string().contains("`push` syncs no invoices"),
        "{error}"
    );
    let error = app.flow("pull").await.unwrap_err();
    assert_eq!((error.exit(), error.kind()), (Exit::Usage, "usage"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_found_by_the_beginning_of_its_id() {
    let world = World::new().await;
    let app = world.app("").await;
    let first = sync(&app).await.unwrap().run.unwrap().id;
    let id = first.to_string();
    assert_eq!(app.run_by_id(&id).await.unwrap().id, first);
    assert_eq!(app.run_by_id(&id[..20]).await.unwrap().id, first);
    sync(&app).await.unwrap();
    let shared = app.run_by_id(&id[..2]).await.unwrap_err();
    assert!(shared.to_string().contains("more than one"), "{shared}");
    assert!(app.run_by_id("zz").await.is_err());
    assert!(app.run_by_id("").await.is_err());
}

/// The kinds that the configuration gives a flow by default are those that its connectors can do.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_configuration_says_of_a_system_is_what_its_connector_can_do() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("koppel.toml");
    let token = dir.path().join("token");
    std::fs::write(&token, "t").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let smartcrm = |profile: &str| {
        format!(
            "[connections.{profile}]\nkind = \"smartcrm\"\napi_url = \"http://localhost:9\"\n\
             token = \"file:token\"\nclient_token = \"file:token\"\nprofile = \"{profile}\"\n\n"
        )
    };
    let text = format!(
        "{}{}{}[connections.crm]\nkind = \"crmconnect\"\nurl = \"sqlite:crm.db\"\n\n\
         [connections.syncro]\nkind = \"syncro\"\naccount = \"acme\"\ntoken = \"file:token\"\n\n\
         [flows.import]\nfrom = \"smartcrm\"\nto = \"crm\"\n\n\
         [flows.out]\nfrom = \"crm\"\nto = \"syncro\"\nentities = [\"customer\"]\n",
        smartcrm("smartcrm"),
        smartcrm("perfex"),
        smartcrm("rise"),
    );
    std::fs::write(&path, text).unwrap();
    let app = App::load(&path).unwrap();
    for (name, connection) in &app.config().connections {
        let connector = app.connector(name).await.unwrap();
        let can = connector.describe();
        let reads: Vec<EntityKind> = (EntityKind::ALL.into_iter())
            .filter(|kind| can.of(*kind).is_some_and(|can| can.read))
            .collect();
        let writes: Vec<EntityKind> = (EntityKind::ALL.into_iter())
            .filter(|kind| can.can_create(*kind))
            .collect();
        assert_eq!(connection.reads(), reads, "read from {name}");
        assert_eq!(connection.writes(), writes, "written to {name}");
    }
}
