//! A configuration in a directory of its own, and what its audit log holds.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use koppel_app::audit_log::{AuditLog, EventName, Filter, Page, Stored};
use koppel_app::sync_core::store::{Claim, Claimed, Commit, FlowSetup, Lease};
use koppel_app::sync_core::{self, Event, FlowName, StateStore, Timestamp};
use koppel_app::{App, OnProgress};

/// Is told how a run gets on, and says nothing.
pub(crate) fn silent() -> OnProgress {
    Arc::new(|_| {})
}

/// Writes a secret as its owner's alone.
pub(crate) fn secret(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// A configuration with a flow that nobody runs.
pub(crate) fn config(dir: &Path, audit: &str) -> PathBuf {
    secret(&dir.join("token"), "demo\n");
    let path = dir.join("koppel.toml");
    let text = format!(
        r#"
[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"
[connections.smartcrm]
kind = "smartcrm"
api_url = "http://localhost:9"
token = "file:token"
[flows.push]
from = "crm"
to = "smartcrm"
entities = ["customer"]
{audit}
"#
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// Takes the flow, to commit in its name.
pub(crate) async fn claim(store: &Arc<dyn StateStore>) -> Lease {
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
        .claim(Claim::Flow(&name), "a test", now, Duration::from_secs(3600))
        .await
        .unwrap();
    match claimed {
        Claimed::Lease(lease) => lease,
        other => panic!("{other:?}"),
    }
}

/// So many events.
pub(crate) fn events(count: usize) -> Vec<Event> {
    let flow = FlowName::from("push");
    let (level, name) = (sync_core::Level::Info, sync_core::EventName::RecordCreate);
    (0..count)
        .map(|n| {
            let text = format!("Record {n} was created.");
            Event::new(Timestamp::now(), level, name, &flow, text)
                .connection(&"smartcrm".into())
                .record(
                    sync_core::EntityKind::Customer,
                    &n.to_string().as_str().into(),
                )
        })
        .collect()
}

/// Puts events into the outbox.
pub(crate) async fn put(store: &Arc<dyn StateStore>, lease: &Lease, events: &[Event]) {
    let mut commit = Commit::at(Timestamp::now());
    commit.events = events.to_vec();
    store.commit(lease, commit).await.unwrap();
}

/// How many events wait.
pub(crate) async fn waiting(app: &App) -> usize {
    let store = app.store().await.unwrap();
    store.events(100_000).await.unwrap().len()
}

/// All entries of a kind, the first that came in first.
pub(crate) async fn all(log: &AuditLog, event: Option<EventName>) -> Vec<Stored> {
    let mut filter = Filter::new();
    if let Some(event) = event {
        filter = filter.event(event);
    }
    let mut found = Vec::new();
    let mut page = Page::first(500);
    loop {
        let entries = log.search(&filter, &page).await.unwrap();
        found.extend(entries.entries);
        match entries.next {
            Some(next) => page = Page::after(next, 500),
            None => break,
        }
    }
    found.sort_by_key(|entry| entry.number);
    found
}

/// The `[audit]` of each kind of database that can be tested here.
pub(crate) fn places(dir: &Path, schema: &str) -> Vec<String> {
    let mut places = vec!["[audit]".to_owned()];
    if let Some(url) = postgres() {
        // The configuration takes no password in an address.
        let mut url = url::Url::parse(&url).unwrap();
        secret(&dir.join("password"), url.password().unwrap_or("none"));
        url.set_password(None).unwrap();
        let schema = format!("{schema}_{}", std::process::id());
        places.push(format!(
            "[audit]\nurl = \"{url}\"\npassword = \"file:password\"\nschema = \"{schema}\""
        ));
    }
    places
}

/// A PostgreSQL server to test on, if there is one.
fn postgres() -> Option<String> {
    let url = std::env::var("KOPPEL_TEST_POSTGRES_URL").ok();
    if url.is_none() {
        eprintln!("KOPPEL_TEST_POSTGRES_URL is not set: not tested on PostgreSQL");
    }
    url
}
