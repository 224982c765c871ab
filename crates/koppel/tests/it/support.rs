//! A CRM database, a sandbox SmartCRM, and the program between them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use koppel_sandbox::crm::{CrmSize, Summary, generate_sqlite};
use koppel_sandbox::smartcrm::{
    ExternalIdMode, HookAction, RequestEvent, SmartCrm, SmartCrmServer,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::databases;

/// The token; it must appear nowhere.
pub(crate) const TOKEN: &str = "S3CRET-token-of-the-sandbox";

type Hook = Arc<Mutex<Option<Box<dyn Fn(RequestEvent) -> HookAction + Send + Sync>>>>;

pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) server: SmartCrmServer,
    pub(crate) made: Summary,
    runtime: Runtime,
    hook: Hook,
}

/// What the program did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    /// All lines of stdout as JSON.
    pub(crate) fn json(&self) -> Vec<Value> {
        (self.stdout.lines())
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
            .collect()
    }

    /// The one line of stdout as JSON.
    pub(crate) fn object(&self) -> Value {
        let mut all = self.json();
        assert_eq!(all.len(), 1, "{self:?}");
        all.remove(0)
    }
}

/// Runs the program; nothing of the environment gets in its way.
pub(crate) fn koppel(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_koppel"));
    command.current_dir(dir).stdin(Stdio::null());
    for name in [
        "KOPPEL_CONFIG",
        "KOPPEL_LOG",
        "KOPPEL_HALT",
        "KOPPEL_HALT_FILE",
        "NO_COLOR",
    ] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn finish(command: &mut Command) -> Done {
    let output = command.output().unwrap();
    let done = Done {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(
        !done.stdout.contains(TOKEN) && !done.stderr.contains(TOKEN),
        "the token is printed: {done:?}"
    );
    assert!(!done.stderr.contains("panicked"), "{done:?}");
    done
}

/// All of the audit log of the configuration in this directory, the oldest first.
pub(crate) fn exported(dir: &Path) -> Vec<Value> {
    let done = finish(koppel(dir).args(["logs", "export", "--format", "ndjson"]));
    assert_eq!(done.code, 0, "{done:?}");
    let mut entries = done.json();
    entries.reverse();
    entries
}

/// Makes the store write down the id of each event that it commits, in a table of the test's own.
pub(crate) const WITNESS: &str = "
CREATE TABLE witness (id BLOB NOT NULL);
CREATE TRIGGER witness_of_events AFTER INSERT ON event_outbox
BEGIN INSERT INTO witness VALUES (new.id); END;";

/// The ids of the events that the store of this world has committed since [`WITNESS`].
pub(crate) fn committed(world: &World) -> BTreeSet<String> {
    let query = "SELECT lower(hex(id)) FROM witness";
    let ids = databases::texts(&world.runtime, &world.path("koppel.db"), query);
    let all: BTreeSet<String> = ids.iter().cloned().collect();
    assert_eq!(all.len(), ids.len(), "an id was given twice");
    all
}

/// Each event that was committed is in the audit log exactly once, and no other of the engine's.
pub(crate) fn each_once(committed: &BTreeSet<String>, entries: &[Value]) {
    assert!(!committed.is_empty(), "nothing was committed");
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for entry in entries {
        let id = entry["id"].as_str().unwrap().replace('-', "");
        *times.entry(id).or_default() += 1;
    }
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "more than once: {twice:?}");
    let lost: Vec<_> = committed
        .iter()
        .filter(|id| !times.contains_key(*id))
        .collect();
    assert!(
        lost.is_empty(),
        "{} are not in the audit log: {lost:?}",
        lost.len()
    );
    let of_the_engine = |entry: &&Value| {
        let event = entry["event"].as_str().unwrap();
        ["run.", "record.", "link."]
            .iter()
            .any(|area| event.starts_with(area))
    };
    for entry in entries.iter().filter(of_the_engine) {
        let id = entry["id"].as_str().unwrap().replace('-', "");
        assert!(committed.contains(&id), "it was never committed: {entry}");
    }
}

impl World {
    /// So many customers, and the other records in proportion.
    pub(crate) fn new(customers: u32) -> Self {
        let runtime = databases::runtime();
        let dir = tempfile::tempdir().unwrap();
        let hook: Hook = Arc::default();
        let asked = Arc::clone(&hook);
        let on_request = move |event: RequestEvent| match &*asked.lock().unwrap() {
            Some(hook) => hook(event),
            None => HookAction::Continue,
        };
        let (made, server) = runtime.block_on(async {
            let size = CrmSize::scaled(customers);
            let made = generate_sqlite(dir.path().join("crm.db"), &size, 7, "tbl")
                .await
                .unwrap();
            let server = SmartCrm::builder()
                .token(TOKEN)
                .external_id(ExternalIdMode::Stored)
                .on_request(Arc::new(on_request))
                .start()
                .await
                .unwrap();
            (made, server)
        });
        let world = Self {
            dir,
            server,
            made,
            runtime,
            hook,
        };
        world.token(TOKEN);
        world.config(|text| text);
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn token(&self, token: &str) {
        let path = self.path("token");
        std::fs::write(&path, token).unwrap();
        private(&path);
    }

    /// Writes `koppel.toml`, changed as the test wants it.
    pub(crate) fn config(&self, change: impl FnOnce(String) -> String) {
        let text = format!(
            r#"[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"

[connections.smartcrm]
kind = "smartcrm"
api_url = "{}"
token = "file:token"
max_retries = 0
profile = {{ settle_ms = 0 }}

[flows.push]
from = "crm"
to = "smartcrm"
"#,
            self.server.url()
        );
        std::fs::write(self.path("koppel.toml"), change(text)).unwrap();
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = koppel(self.dir.path());
        command.args(args);
        command
    }

    pub(crate) fn koppel(&self, args: &[&str]) -> Done {
        finish(&mut self.command(args))
    }

    pub(crate) fn start(&self, args: &[&str]) -> Child {
        self.command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub(crate) fn on_request(
        &self,
        hook: impl Fn(RequestEvent) -> HookAction + Send + Sync + 'static,
    ) {
        *self.hook.lock().unwrap() = Some(Box::new(hook));
    }

    pub(crate) fn go_on(&self) {
        *self.hook.lock().unwrap() = None;
    }

    /// All of the audit log, as it is exported, the oldest first.
    pub(crate) fn audit(&self) -> Vec<Value> {
        exported(self.dir.path())
    }

    /// The entries of the audit log with this event.
    pub(crate) fn events(&self, name: &str) -> Vec<Value> {
        let mut all = self.audit();
        all.retain(|entry| entry["event"] == name);
        all
    }

    /// Runs SQL on a database of the directory.
    pub(crate) fn sql(&self, database: &str, statement: &str) {
        databases::sql(&self.runtime, &self.path(database), statement);
    }

    /// Asks a database of the directory for a number.
    pub(crate) fn number(&self, database: &str, query: &str) -> i64 {
        databases::number(&self.runtime, &self.path(database), query)
    }
}

pub(crate) fn private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}
