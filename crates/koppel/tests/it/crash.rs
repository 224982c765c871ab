//! `kill -9` at drawn moments, on the real program, against a real server, with a real store.
//!
//! A draw is repeated by `KOPPEL_TEST_SEED=N`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use koppel_sandbox::crm::{CrmSize, generate_sqlite};
use koppel_sandbox::smartcrm::{
    Action, ExternalIdMode, Fault, FaultKind, HookAction, Phase, RequestEvent, SmartCrm,
    SmartCrmServer,
};
use sqlx::{Row, SqliteConnection};

use crate::{databases, support};

const TOKEN: &str = "crash-test-token";
/// How many kills each variant has to survive, and how many of each kind at least.
const KILLS: usize = 100;
const KILLS_OF_A_KIND: usize = 20;
/// No single start may take longer than this.
const PATIENCE: Duration = Duration::from_secs(120);

/// How the target can help to find a write again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variant {
    IdempotencyKey,
    ExternalId,
    NaturalKeys,
    SharedNaturalKeys,
}

/// Where the process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    AfterIntentBeforeSend,
    AfterRemoteCommitBeforeAnswer,
    AfterAnswerBeforeCommit,
    DuringRecovery,
}

const MOMENTS: [Moment; 4] = [
    Moment::AfterIntentBeforeSend,
    Moment::AfterRemoteCommitBeforeAnswer,
    Moment::AfterAnswerBeforeCommit,
    Moment::DuringRecovery,
];

/// What the server waits for to have the client killed.
#[derive(Default)]
struct Trap {
    armed: Option<(Phase, bool, u64)>,
    seen: u64,
    sprung: Option<Sender<()>>,
}

struct World {
    dir: tempfile::TempDir,
    server: SmartCrmServer,
    trap: Arc<Mutex<Trap>>,
    expected: BTreeMap<&'static str, i64>,
}

impl World {
    async fn new(variant: Variant, seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let shared = variant == Variant::SharedNaturalKeys;
        let size = CrmSize {
            customers: 100,
            contacts_per_customer: 2,
            leads: 40,
            projects: 30,
            tickets: 40,
            invoices: 100,
            duplicate_keys: if shared { 0.01 } else { 0.0 },
            drafts: 0.0,
            ..CrmSize::empty()
        };
        let database = dir.path().join("crm.db");
        generate_sqlite(&database, &size, seed, "tbl")
            .await
            .unwrap();
        let (idempotency, external_id) = match variant {
            Variant::IdempotencyKey => (true, ExternalIdMode::Ignored),
            Variant::ExternalId => (false, ExternalIdMode::Upsert),
            _ => (false, ExternalIdMode::Ignored),
        };
        let trap: Arc<Mutex<Trap>> = Arc::default();
        let watched = trap.clone();
        let server = SmartCrm::builder()
            .token(TOKEN)
            .idempotency(idempotency)
            .external_id(external_id)
            .seed(seed)
            .on_request(Arc::new(move |event: RequestEvent| {
                on_request(&watched, &event)
            }))
            .start()
            .await
            .unwrap();
        server
            .faults()
            .add(Fault::new(FaultKind::AnswerLost).writes().probability(0.03));
        let (honoured, mode) = match variant {
            Variant::IdempotencyKey => (true, "ignored"),
            Variant::ExternalId => (false, "upsert"),
            _ => (false, "ignored"),
        };
        let config = format!(
            "[store]\nurl = \"sqlite:koppel.db\"\n\n\
             [connections.crm]\nkind = \"crmconnect\"\nurl = \"sqlite:crm.db\"\n\n\
             [connections.smartcrm]\nkind = \"smartcrm\"\napi_url = \"{}\"\n\
             token = \"env:KOPPEL_CRASH_TOKEN\"\nbatch_size = 5\nmax_retries = 0\n\n\
             [connections.smartcrm.profile]\nidempotency_honoured = {honoured}\n\
             external_id = \"{mode}\"\nsettle_ms = 50\n\n\
             [flows.push]\nfrom = \"crm\"\nto = \"smartcrm\"\npage_size = 20\n",
            server.url()
        );
        std::fs::write(dir.path().join("koppel.toml"), config).unwrap();
        let expected = expected(&database).await;
        let world = Self {
            dir,
            server,
            trap,
            expected,
        };
        // Makes the store, for the witness of its events.
        let made = support::finish(support::koppel(world.dir.path()).args(["run", "list"]));
        assert_eq!(made.code, 0, "{made:?}");
        let witness = sqlx::raw_sql(support::WITNESS);
        witness.execute(&mut world.store().await).await.unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn start(&self, halt: Option<&str>) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_koppel"));
        command
            .current_dir(self.dir.path())
            .args(["sync", "push", "--json"])
            .env("KOPPEL_CRASH_TOKEN", TOKEN)
            .stdout(std::fs::File::create(self.path("stdout")).unwrap())
            .stderr(std::fs::File::create(self.path("stderr")).unwrap())
            .stdin(Stdio::null());
        if let Some(halt) = halt {
            command
                .env("KOPPEL_HALT", halt)
                .env("KOPPEL_HALT_FILE", self.path("halted"));
        }
        command.spawn().unwrap()
    }

    fn arm(&self, phase: Phase, writes_only: bool, nth: u64) -> Receiver<()> {
        let (sprung, on_spring) = channel();
        *self.trap.lock().unwrap() = Trap {
            armed: Some((phase, writes_only, nth)),
            seen: 0,
            sprung: Some(sprung),
        };
        on_spring
    }

    fn disarm(&self) {
        *self.trap.lock().unwrap() = Trap::default();
    }

    /// Runs until it is killed at this moment (`true`) or ends by itself.
    fn run_and_kill(&self, moment: Moment, rng: &mut fastrand::Rng) -> bool {
        let nth = rng.u64(1..=4);
        let halt = match moment {
            Moment::AfterIntentBeforeSend => Some(format!("after:intents:{nth}")),
            Moment::AfterAnswerBeforeCommit => Some(format!("before:outcomes:{nth}")),
            Moment::DuringRecovery if rng.bool() => Some(format!(
                "{}:recovery:1",
                if rng.bool() { "before" } else { "after" }
            )),
            _ => None,
        };
        let on_spring = match (&halt, moment) {
            (None, Moment::DuringRecovery) => {
                let phase = if rng.bool() {
                    Phase::BeforeApply
                } else {
                    Phase::AfterApply
                };
                Some(self.arm(phase, false, 1))
            }
            (None, _) => Some(self.arm(Phase::AfterApply, true, nth)),
            _ => None,
        };
        let halted = self.path("halted");
        drop(std::fs::remove_file(&halted));
        let mut child = self.start(halt.as_deref());
        let started = Instant::now();
        let killed = loop {
            let sprung = on_spring
                .as_ref()
                .is_some_and(|spring| spring.recv_timeout(Duration::from_millis(2)).is_ok());
            if sprung || halted.exists() {
                child.kill().unwrap();
                break true;
            }
            if child.try_wait().unwrap().is_some() {
                break false;
            }
            assert!(
                started.elapsed() < PATIENCE,
                "a start hangs: {}",
                self.stderr()
            );
            if on_spring.is_none() {
                std::thread::yield_now();
            }
        };
        child.wait().unwrap();
        self.disarm();
        killed
    }

    /// Runs to the end; the exit code.
    fn run(&self) -> i32 {
        let mut child = self.start(None);
        let started = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status.code().unwrap();
            }
            assert!(
                started.elapsed() < PATIENCE,
                "a start hangs: {}",
                self.stderr()
            );
            std::thread::yield_now();
        }
    }

    fn stderr(&self) -> String {
        std::fs::read_to_string(self.path("stderr")).unwrap_or_default()
    }

    async fn store(&self) -> SqliteConnection {
        databases::open(&self.path("koppel.db")).await
    }

    async fn open_intents(&self) -> i64 {
        if !self.path("koppel.db").exists() {
            return 0;
        }
        count(&mut self.store().await, "SELECT COUNT(*) FROM intent").await
    }
}

fn on_request(trap: &Mutex<Trap>, event: &RequestEvent) -> HookAction {
    let mut trap = trap.lock().unwrap();
    let Some((phase, writes_only, nth)) = trap.armed else {
        return HookAction::Continue;
    };
    if event.phase != phase || (writes_only && !event.is_write) {
        return HookAction::Continue;
    }
    trap.seen += 1;
    if trap.seen < nth {
        return HookAction::Continue;
    }
    if let Some(sprung) = trap.sprung.take() {
        sprung.send(()).unwrap();
    }
    HookAction::Hang
}

async fn count(db: &mut SqliteConnection, sql: &'static str) -> i64 {
    sqlx::query(sql).fetch_one(db).await.unwrap().get(0)
}

/// How many records of each resource the database holds for SmartCRM.
async fn expected(database: &Path) -> BTreeMap<&'static str, i64> {
    let mut db = databases::open(database).await;
    let mut expected = BTreeMap::new();
    for (resource, sql) in [
        ("clients", "SELECT COUNT(*) FROM tblclients"),
        ("contacts", "SELECT COUNT(*) FROM tblcontacts"),
        ("leads", "SELECT COUNT(*) FROM tblleads"),
        (
            "projects",
            "SELECT COUNT(*) FROM tblprojects WHERE status NOT IN (4, 5)",
        ),
        (
            "tickets",
            "SELECT COUNT(*) FROM tbltickets WHERE merged_ticket_id IS NULL",
        ),
        (
            "invoices",
            "SELECT COUNT(*) FROM tblinvoices WHERE status <> 6",
        ),
    ] {
        expected.insert(resource, count(&mut db, sql).await);
    }
    expected
}

/// Draws a moment, those that still have few kills more often.
fn draw(kills: &BTreeMap<Moment, usize>, rng: &mut fastrand::Rng, in_doubt: bool) -> Moment {
    let fewest = MOMENTS
        .into_iter()
        .filter(|moment| in_doubt || *moment != Moment::DuringRecovery)
        .min_by_key(|moment| kills.get(moment).copied().unwrap_or(0));
    match fewest {
        Some(moment) if rng.f64() < 0.6 => moment,
        _ if in_doubt => MOMENTS[rng.usize(0..4)],
        _ => MOMENTS[rng.usize(0..3)],
    }
}

async fn survives(variant: Variant) {
    let seed = std::env::var("KOPPEL_TEST_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap();
        u64::try_from(since.as_micros() % 1_000_000_000).unwrap()
    });
    println!("{variant:?}: KOPPEL_TEST_SEED={seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut kills: BTreeMap<Moment, usize> = BTreeMap::new();
    let mut worlds = 0;
    while kills.values().sum::<usize>() < KILLS
        || MOMENTS
            .iter()
            .any(|moment| kills.get(moment).copied().unwrap_or(0) < KILLS_OF_A_KIND)
    {
        worlds += 1;
        let world = World::new(variant, seed.wrapping_add(worlds)).await;
        for _ in 0..14 {
            let moment = draw(&kills, &mut rng, world.open_intents().await > 0);
            if world.run_and_kill(moment, &mut rng) {
                *kills.entry(moment).or_default() += 1;
            }
        }
        finishes_well(&world, variant).await;
    }
    println!("{variant:?}: {kills:?} in {worlds} worlds");
}

/// Runs on without kills until nothing changes any more, and looks at what came of it.
async fn finishes_well(world: &World, variant: Variant) {
    let mut codes = String::new();
    for _ in 0..8 {
        let writes = world.server.write_requests();
        let code = world.run();
        write!(codes, "{code} ").unwrap();
        if code == 0 || (code == 3 && world.server.write_requests() == writes) {
            break;
        }
    }
    let shared = variant == Variant::SharedNaturalKeys;
    let code = codes.trim_end().rsplit(' ').next().unwrap();
    assert!(
        code == "0" || (shared && code == "3"),
        "exit codes {codes}: {}",
        world.stderr()
    );

    let mut creates: BTreeMap<(String, String), usize> = BTreeMap::new();
    for entry in world.server.journal() {
        if entry.action == Action::Create {
            let source = entry.external_id.clone().unwrap();
            *creates
                .entry((entry.entity.to_string(), source))
                .or_default() += 1;
        }
    }
    let twice: Vec<_> = creates.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "created more than once: {twice:?}");

    let mut store = world.store().await;
    assert_eq!(
        count(&mut store, "SELECT COUNT(*) FROM intent").await,
        0,
        "open intents"
    );
    let linked = count(&mut store, "SELECT COUNT(*) FROM link").await;
    let people = count(&mut store, "SELECT COUNT(*) FROM parked").await;
    let all: i64 = world.expected.values().sum();
    if shared {
        let persons = count(
            &mut store,
            "SELECT COUNT(*) FROM parked WHERE reason = 'needs_person'",
        )
        .await;
        let waits = count(
            &mut store,
            "SELECT COUNT(*) FROM parked WHERE reason = 'waits'",
        )
        .await;
        assert_eq!(persons + waits, people, "parked for another reason");
    } else {
        assert_eq!(people, 0, "parked records");
        for (resource, expected) in &world.expected {
            let created = creates
                .keys()
                .filter(|(entity, _)| entity == resource)
                .count();
            assert_eq!(created as i64, *expected, "{resource}");
        }
    }
    assert_eq!(
        linked + people,
        all,
        "records that are neither linked nor in the list"
    );

    // What the store told in all of its commits, kill or not, is in the audit log, once.
    let told = sqlx::query_scalar("SELECT lower(hex(id)) FROM witness");
    let told: Vec<String> = told.fetch_all(&mut store).await.unwrap();
    let waiting = count(&mut store, "SELECT COUNT(*) FROM event_outbox").await;
    assert_eq!(waiting, 0, "events that are not in the audit log yet");
    let entries = support::exported(world.dir.path());
    support::each_once(&told.into_iter().collect(), &entries);
    let verified = support::finish(support::koppel(world.dir.path()).args(["logs", "verify"]));
    assert_eq!(verified.code, 0, "{verified:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_kills_double_nothing_where_the_remote_honours_an_idempotency_key() {
    survives(Variant::IdempotencyKey).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_kills_double_nothing_where_the_remote_honours_the_external_id() {
    survives(Variant::ExternalId).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_kills_double_nothing_where_only_natural_keys_can_be_searched() {
    survives(Variant::NaturalKeys).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_kills_double_nothing_where_some_records_share_their_natural_keys() {
    survives(Variant::SharedNaturalKeys).await;
}
