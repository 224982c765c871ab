//! A store in a directory of its own, and rows to put into it.

use std::path::PathBuf;
use std::time::Duration;

use api_core::{Error, ErrorKind, Timestamp};
use sync_core::store::{
    Base, Claim, Claimed, Commit, FlowSetup, Intent, IntentState, Lease, LinkOrigin, LinkUpdate,
    Park, ParkReason, Payload, RunRow, RunStatus, Trigger,
};
use sync_core::{
    Action, ConnectionName, EntityKind, Event, EventName, Fields, FlowName, Level, Lifecycle,
    Marker, OpId, RecordId, RunId, StateStore,
};
use sync_store::SqliteStore;

pub(crate) type Store = dyn StateStore;

pub(crate) const TTL: Duration = Duration::from_secs(60);

/// A place for a store that is removed at the end of a test.
pub(crate) struct File {
    pub(crate) dir: tempfile::TempDir,
}

impl File {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("store.db")
    }

    pub(crate) async fn open(&self) -> SqliteStore {
        SqliteStore::open(self.path()).await.unwrap()
    }
}

/// So many seconds after a fixed moment.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_767_225_600 + seconds)
}

pub(crate) fn name(flow: &str) -> FlowName {
    FlowName::new(flow)
}

pub(crate) fn ids(of: &[&str]) -> Vec<RecordId> {
    of.iter().map(|id| RecordId::new(*id)).collect()
}

pub(crate) fn setup(flow: &str) -> FlowSetup {
    FlowSetup {
        name: name(flow),
        source: ConnectionName::new("crm"),
        // Only one flow of a pair is held at a time: each has a target of its own.
        target: match flow {
            "sync" => ConnectionName::new("smart"),
            other => ConnectionName::new(format!("smart-{other}")),
        },
        every: Some(Duration::from_secs(3600)),
    }
}

pub(crate) async fn claim(store: &dyn StateStore, flow: &str, owner: &str, s: i64) -> Claimed {
    let name = name(flow);
    store
        .claim(Claim::Flow(&name), owner, at(s), TTL)
        .await
        .unwrap()
}

pub(crate) fn lease(claimed: Claimed) -> Lease {
    match claimed {
        Claimed::Lease(lease) => lease,
        other => panic!("no lease but {other:?}"),
    }
}

/// The source and the target of a [`setup`].
pub(crate) fn connections() -> (ConnectionName, ConnectionName) {
    ("crm".into(), "smart".into())
}

pub(crate) async fn commit(store: &Store, lease: &Lease, commit: Commit) {
    store.commit(lease, commit).await.unwrap();
}

/// A flow that is set up and claimed at second 0.
pub(crate) async fn claimed(store: &dyn StateStore, flow: &str) -> Lease {
    store.ensure_flow(&setup(flow), at(0)).await.unwrap();
    lease(claim(store, flow, "us", 0).await)
}

pub(crate) fn content(id: &str) -> Fields {
    Fields::new()
        .with("name", format!("Bakkerij {id} & zonen").as_str())
        .with("vat", sync_core::Value::Null)
}

pub(crate) fn base(id: &str, run: RunId) -> Base {
    let fields = content(id);
    Base {
        hash: fields.content_hash(),
        fields,
        lifecycle: Lifecycle::Active,
        part: Some(content("part").content_hash()),
        run,
    }
}

pub(crate) fn link(entity: EntityKind, source: &str, target: &str, run: RunId) -> LinkUpdate {
    LinkUpdate {
        entity,
        source_id: source.into(),
        target_id: target.into(),
        origin: LinkOrigin::Created,
        base: Some(base(source, run)),
    }
}

pub(crate) fn intent(entity: EntityKind, source: &str, run: RunId, s: i64) -> Intent {
    let source_id = RecordId::new(source);
    Intent {
        op: OpId::new(),
        run,
        entity,
        marker: Marker::of("crm", entity, &source_id),
        source_id,
        action: Action::Create,
        batch_key: "batch".to_owned(),
        payload: Payload {
            fields: content(source),
            changed: None,
            before: None,
            lifecycle: Lifecycle::Active,
            part: None,
            events: Vec::new(),
        },
        state: IntentState::Open,
        at: at(s),
    }
}

pub(crate) fn park(entity: EntityKind, source: &str, reason: ParkReason, run: RunId) -> Park {
    let error = Error::new(ErrorKind::Validation, "the e-mail address is wrong");
    Park::new(entity, &source.into(), reason, &error, run)
}

pub(crate) fn event(message: &str, s: i64) -> Event {
    Event::new(
        at(s),
        Level::Info,
        EventName::RecordCreate,
        &name("sync"),
        message,
    )
}

pub(crate) fn run_row(id: RunId, flow: &str, s: i64) -> RunRow {
    RunRow {
        id,
        flow: name(flow),
        trigger: Trigger::Manual,
        started_at: at(s),
        ended_at: None,
        status: RunStatus::Running,
        message: None,
        counts: Default::default(),
        repaired: None,
    }
}

/// A commit that has something of everything.
pub(crate) fn everything(entity: EntityKind, source: &str, target: &str, run: RunId) -> Commit {
    Commit {
        run: Some(run),
        start_run: Some(run_row(run, "sync", 1)),
        open: vec![intent(entity, source, run, 1)],
        links: vec![link(entity, source, target, run)],
        park: vec![park(entity, "bad", ParkReason::Rejected, run)],
        events: vec![event("created", 1)],
        counts: vec![(
            entity,
            sync_core::store::Counts {
                read: 2,
                created: 1,
                parked: 1,
                ..Default::default()
            },
        )],
        cursors: vec![(entity, Some("after-2".into()))],
        ..Commit::at(at(1))
    }
}
