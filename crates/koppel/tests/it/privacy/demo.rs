//! A demo that runs, with a person in it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::runtime::Runtime;

use crate::databases;
use crate::support::{Done, finish, koppel};

/// The files that hold the credentials of a demo.
pub(super) const SECRET_FILES: [&str; 7] = [
    "smartcrm-token",
    "simply-key",
    "snel-api-key",
    "snel-koppelsleutel",
    "syncro-token",
    "ledger-api-key",
    "ledger-koppelsleutel",
];
/// The generator writes it into each column of a CRM database that Koppel may not read.
pub(super) const FORBIDDEN: &str = "PLANTED-SECRET-";
pub(super) const WRONG_TOKEN: &str = "WrongTokenThatIsSecretToo4711";

/// A person that nobody has by chance.
pub(super) const COMPANY: &str = "Zwaluwenburg Quintessenz";
pub(super) const FIRST: &str = "Quirinius";
pub(super) const LAST: &str = "Zwaluwenburg";
pub(super) const MAIL: &str = "quirinius@zwaluwenburg.example";
pub(super) const PHONE: &str = "+31 6 98765432";
pub(super) const STREET: &str = "Kwartelhofkade 481";
pub(super) const IBAN: &str = "NL91ABNA0417164300";
/// Passes the 11-test.
pub(super) const BSN: &str = "111222333";
/// How long the demo may take to be ready, or to end.
const PATIENCE: Duration = Duration::from_secs(240);

/// A demo whose sandboxes are running.
pub(super) struct Demo {
    pub(super) dir: PathBuf,
    pub(super) root: tempfile::TempDir,
    child: Child,
    runtime: Runtime,
    pub(super) outputs: Vec<(String, Vec<u8>)>,
}

impl Demo {
    pub(super) fn start() -> Self {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("demo");
        let child = koppel(root.path())
            .args(["demo", "--small", "--serve", "--dir", "demo"])
            .stdout(File::create(root.path().join("stdout")).unwrap())
            .stderr(File::create(root.path().join("stderr")).unwrap())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut demo = Self {
            dir,
            root,
            child,
            runtime: databases::runtime(),
            outputs: Vec::new(),
        };
        demo.wait("the demo is never ready", |demo| {
            demo.printed("stderr").contains("Ctrl-C ends them")
        });
        demo
    }

    fn printed(&self, what: &str) -> String {
        fs::read_to_string(self.root.path().join(what)).unwrap_or_default()
    }

    fn wait(&mut self, or_else: &str, mut ready: impl FnMut(&mut Self) -> bool) {
        let began = Instant::now();
        while !ready(self) {
            let (stdout, stderr) = (self.printed("stdout"), self.printed("stderr"));
            assert!(began.elapsed() < PATIENCE, "{or_else}: {stdout}{stderr}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the sandboxes as Ctrl-C does.
    pub(super) fn end(&mut self) {
        let pid = self.child.id().to_string();
        let told = std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status();
        assert!(told.unwrap().success());
        let mut code = None;
        self.wait("the demo does not end", |demo| {
            code = demo.child.try_wait().unwrap();
            code.is_some()
        });
        assert!(code.unwrap().success(), "{}", self.printed("stderr"));
        for what in ["stdout", "stderr"] {
            let text = self.printed(what).into_bytes();
            self.outputs.push((format!("{what} of the demo"), text));
        }
    }

    /// Runs a command of the program, and keeps what it prints.
    pub(super) fn run(&mut self, args: &[&str]) -> Done {
        let config = self.dir.join("koppel.toml");
        let mut command = koppel(self.root.path());
        let done = finish(command.arg("--config").arg(config).args(args));
        let name = args.join(" ");
        (self.outputs).push((
            format!("stdout of {name}"),
            done.stdout.clone().into_bytes(),
        ));
        (self.outputs).push((
            format!("stderr of {name}"),
            done.stderr.clone().into_bytes(),
        ));
        done
    }

    /// Runs it, and demands that it is done.
    pub(super) fn ok(&mut self, args: &[&str]) -> Done {
        let done = self.run(args);
        assert_eq!(done.code, 0, "{args:?}: {done:?}");
        done
    }

    pub(super) fn secrets(&self) -> BTreeSet<String> {
        let read = |name| fs::read_to_string(self.dir.join(name)).unwrap();
        let secrets = SECRET_FILES.map(|name| read(name).trim().to_owned());
        secrets.into_iter().collect()
    }

    /// Puts the person into the CRM.
    pub(super) fn plant(&self) {
        let note = format!("Mijn BSN is {BSN}, IBAN {IBAN}; mail {MAIL} of bel {PHONE}.");
        let statements = format!(
            "UPDATE tblclients SET company = '{COMPANY}', phonenumber = '{PHONE}',
               address = '{STREET}', billing_street = '{STREET}' WHERE userid = 2;
             UPDATE tblcontacts SET firstname = '{FIRST}', lastname = '{LAST}', email = '{MAIL}',
               phonenumber = '{PHONE}' WHERE id = 1;
             UPDATE tblleads SET name = '{FIRST} {LAST}', company = '{COMPANY}', email = '{MAIL}',
               description = '{note}' WHERE id = 2;
             UPDATE tbltickets SET message = '{note}', subject = 'Vraag van {FIRST} {LAST}';"
        );
        for crm in ["crm.db", "crm-small.db"] {
            databases::sql(&self.runtime, &self.dir.join(crm), &statements);
        }
    }

    /// All people, companies and their addresses that passed through a sync.
    pub(super) fn people(&self) -> BTreeSet<String> {
        let mut people: BTreeSet<String> = [COMPANY, FIRST, LAST, MAIL, PHONE, STREET, IBAN, BSN]
            .map(str::to_owned)
            .into();
        let query = "SELECT fields FROM base WHERE entity IN ('customer', 'contact', 'lead')";
        for fields in databases::texts(&self.runtime, &self.dir.join("koppel.db"), query) {
            personal(&serde_json::from_str(&fields).unwrap(), "", &mut people);
        }
        people
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Collects the texts under keys that hold people's data.
fn personal(value: &Value, key: &str, into: &mut BTreeSet<String>) {
    const KEYS: [&str; 8] = [
        "name",
        "first_name",
        "last_name",
        "company",
        "email",
        "phone",
        "mobile",
        "street",
    ];
    match value {
        Value::String(text) if KEYS.contains(&key) && text.chars().count() >= 6 => {
            into.insert(text.clone());
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                // A map or a list of the store is wrapped: `{"map": {…}}`.
                let key = if ["map", "list"].contains(&name.as_str()) {
                    key
                } else {
                    name
                };
                personal(value, key, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| personal(item, key, into)),
        _ => {}
    }
}

pub(super) fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    (fs::read_dir(dir).unwrap().map(Result::unwrap))
        .map(|file| {
            let name = file.file_name().into_string().unwrap();
            (name, fs::read(file.path()).unwrap())
        })
        .collect()
}
