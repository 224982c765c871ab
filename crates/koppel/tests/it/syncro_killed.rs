//! `kill -9` at every step of an invoice of five lines: the real program, a real server, a real
//! store. Syncro takes lines one by one and knows no key of a repeated one.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use koppel_sandbox::syncro::{HookAction, Phase, RequestEvent, Syncro, SyncroServer};
use tokio::runtime::Runtime;

use crate::databases;

const TOKEN: &str = "killed-token";
/// No single start may take longer than this.
const PATIENCE: Duration = Duration::from_secs(180);
/// A customer, an invoice without lines, its five lines.
const WRITES: u64 = 7;

/// Two of the five lines are alike: as many of them must be there.
const SHOP: &str = "
CREATE TABLE clients (id INTEGER PRIMARY KEY, company TEXT NOT NULL, mail TEXT);
CREATE TABLE invoices (id INTEGER PRIMARY KEY, number TEXT NOT NULL, client INTEGER NOT NULL,
  day TEXT, due TEXT, currency TEXT, total NUMERIC);
CREATE TABLE lines (id INTEGER PRIMARY KEY, invoice INTEGER NOT NULL, what TEXT, quantity NUMERIC,
  price NUMERIC);
INSERT INTO clients VALUES (1, 'Bakkerij de Ruijter', 'info@deruijter.example');
INSERT INTO invoices VALUES (1, '20260001', 1, '2026-10-05', '2026-10-19', 'EUR', 351.25);
INSERT INTO lines VALUES (1, 1, 'Course', 2, 100), (2, 1, 'Book', 1, 50.75), (3, 1, 'Cable', 1, 12.5),
  (4, 1, 'Cable', 1, 12.5), (5, 1, 'Travel', 1, 75.5);
";

const LINES: [&str; 5] = [
    "Book 1.0 x 50.75",
    "Cable 1.0 x 12.5",
    "Cable 1.0 x 12.5",
    "Course 2.0 x 100.0",
    "Travel 1.0 x 75.5",
];

/// What the server waits for to have the client killed.
#[derive(Default)]
struct Trap {
    armed: Option<(Phase, u64)>,
    seen: u64,
    sprung: Option<Sender<()>>,
}

struct World {
    dir: tempfile::TempDir,
    server: SyncroServer,
    trap: Arc<Mutex<Trap>>,
    // Ends last: the server runs on it.
    _runtime: Runtime,
}

impl World {
    fn new() -> Self {
        let runtime = databases::runtime();
        let dir = tempfile::tempdir().unwrap();
        databases::sql(&runtime, &dir.path().join("shop.db"), SHOP);
        let trap: Arc<Mutex<Trap>> = Arc::default();
        let watched = trap.clone();
        let hook = Arc::new(move |event: RequestEvent| on_request(&watched, &event));
        let server = Syncro::builder()
            .token(TOKEN)
            .account("acme")
            .unlimited()
            .on_request(hook);
        let server = runtime.block_on(server.start()).unwrap();
        let config = format!(
            r#"[store]
url = "sqlite:koppel.db"

[connections.syncro]
kind = "syncro"
account = "acme"
token = "env:KOPPEL_KILLED_TOKEN"
url = "{}"
requests_per_minute = 10000
max_retries = 0
settle = "0s"
currency = "EUR"

[connections.shop]
kind = "sql"
url = "sqlite:shop.db"

[connections.shop.tables.customer]
table = "clients"
key = "id"
fields = {{ name = "company", email = "mail" }}

[connections.shop.tables.invoice]
table = "invoices"
key = "id"
fields = {{ number = "number", customer = "client", date = "day", due_date = "due", currency = "currency", total = "total" }}

[connections.shop.tables.invoice.lines]
table = "lines"
parent = "invoice"
fields = {{ description = "what", quantity = "quantity", unit_price = "price" }}

[flows.sales]
from = "shop"
to = "syncro"
"#,
            server.url(),
        );
        std::fs::write(dir.path().join("koppel.toml"), config).unwrap();
        Self {
            dir,
            server,
            trap,
            _runtime: runtime,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn start(&self, halt: Option<&str>) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_koppel"));
        command
            .current_dir(self.dir.path())
            .args(["sync", "sales", "--json"])
            .env("KOPPEL_KILLED_TOKEN", TOKEN)
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

    /// Has the server wait with the write of this number, and tell of it.
    fn arm(&self, phase: Phase, nth: u64) -> Receiver<()> {
        let (sprung, on_spring) = channel();
        *self.trap.lock().unwrap() = Trap {
            armed: Some((phase, nth)),
            seen: 0,
            sprung: Some(sprung),
        };
        on_spring
    }

    /// Kills a start while the server holds back a write; whether it came to that.
    fn killed_at_write(&self, phase: Phase, nth: u64) -> bool {
        let on_spring = self.arm(phase, nth);
        let killed = self.killed_when(self.start(None), || {
            on_spring.recv_timeout(Duration::from_millis(5)).is_ok()
        });
        *self.trap.lock().unwrap() = Trap::default();
        killed
    }

    /// Kills a start around a commit of its store; whether it came to that.
    fn killed_at_commit(&self, halt: &str) -> bool {
        let halted = self.path("halted");
        drop(std::fs::remove_file(&halted));
        self.killed_when(self.start(Some(halt)), || halted.exists())
    }

    fn killed_when(&self, mut child: Child, mut is_there: impl FnMut() -> bool) -> bool {
        let started = Instant::now();
        let killed = loop {
            if is_there() {
                // SIGKILL: nothing is tidied up.
                child.kill().unwrap();
                break true;
            }
            if child.try_wait().unwrap().is_some() {
                break false;
            }
            assert!(started.elapsed() < PATIENCE, "{}", self.stderr());
            std::thread::yield_now();
        };
        child.wait().unwrap();
        killed
    }

    fn stderr(&self) -> String {
        std::fs::read_to_string(self.path("stderr")).unwrap_or_default()
    }

    /// Runs to the end, until nothing is left to be done.
    fn finishes(&self, what: &str) {
        let mut code = None;
        for _ in 0..4 {
            code = self.start(None).wait().unwrap().code();
            if code == Some(0) {
                break;
            }
        }
        assert_eq!(code, Some(0), "{what}: {}", self.stderr());
        let writes = self.server.write_requests();
        assert_eq!(self.start(None).wait().unwrap().code(), Some(0), "{what}");
        assert_eq!(
            self.server.write_requests(),
            writes,
            "{what}: a second run wrote something"
        );

        assert_eq!(self.server.records("customers").len(), 1, "{what}");
        let invoices = self.server.records("invoices");
        assert_eq!(invoices.len(), 1, "{what}");
        assert_eq!(invoices[0]["number"], "20260001", "{what}");
        assert_eq!(invoices[0]["total"], "351.25", "{what}");
        let mut lines: Vec<String> = self
            .server
            .records("line_items")
            .iter()
            .map(|line| {
                let part = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
                format!("{} {} x {}", part("item"), part("quantity"), part("price"))
            })
            .collect();
        lines.sort();
        assert_eq!(lines, LINES, "{what}");
    }
}

fn on_request(trap: &Mutex<Trap>, event: &RequestEvent) -> HookAction {
    let mut trap = trap.lock().unwrap();
    let Some((phase, nth)) = trap.armed else {
        return HookAction::Continue;
    };
    if event.phase != phase || !event.is_write {
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

#[test]
fn a_kill_after_any_write_was_applied_leaves_five_lines() {
    for nth in 1..=WRITES {
        let world = World::new();
        assert!(world.killed_at_write(Phase::AfterApply, nth), "{nth}");
        world.finishes(&format!("after write {nth}"));
    }
}

#[test]
fn a_kill_before_any_write_was_applied_leaves_five_lines() {
    for nth in 1..=WRITES {
        let world = World::new();
        assert!(world.killed_at_write(Phase::BeforeApply, nth), "{nth}");
        world.finishes(&format!("before write {nth}"));
    }
}

#[test]
fn a_kill_around_any_commit_of_the_store_leaves_five_lines() {
    for when in ["after:intents", "before:outcomes"] {
        for nth in 1..=WRITES {
            let world = World::new();
            let halt = format!("{when}:{nth}");
            assert!(world.killed_at_commit(&halt), "{halt}: {}", world.stderr());
            world.finishes(&halt);
        }
    }
}

#[test]
fn a_kill_at_every_step_of_one_and_the_same_invoice_leaves_five_lines() {
    let world = World::new();
    // Each start is killed at the first write that it gets to, or while it looks at what the one
    // before left.
    let mut kills = 0;
    for round in 0..60 {
        let killed = match round % 3 {
            0 => world.killed_at_write(Phase::AfterApply, 1),
            1 => world.killed_at_commit("before:recovery:1"),
            _ => world.killed_at_write(Phase::BeforeApply, 1),
        };
        kills += usize::from(killed);
        let lines = world.server.records("line_items").len();
        assert!(lines <= 5, "{lines} lines after {kills} kills");
    }
    assert!(kills > 7, "{kills} kills show little");
    world.finishes("after all of them");
}
