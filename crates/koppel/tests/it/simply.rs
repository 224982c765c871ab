//! Simply CRM as its user meets it: set up, looked into, synced to and from, killed in the middle.

use std::process::Command;

use koppel_sandbox::crm::{CrmSize, generate_sqlite};
use koppel_sandbox::simplycrm::{SimplyCrm, SimplyCrmBuilder, SimplyCrmServer};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::databases;
use crate::support::{Done, finish, koppel, private};

mod by_hand;
mod syncs;

/// The access key and the password; they must appear nowhere.
const KEY: &str = "S3CRETaccessKey0";
const PASSWORD: &str = "S3CRET-password";

struct Simply {
    dir: TempDir,
    server: SimplyCrmServer,
    runtime: Runtime,
}

impl Simply {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(change: impl FnOnce(SimplyCrmBuilder) -> SimplyCrmBuilder) -> Self {
        let runtime = databases::runtime();
        let builder = SimplyCrm::builder()
            .user("admin", KEY, PASSWORD)
            .marker_fields();
        let server = runtime.block_on(change(builder).start()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        for (name, secret) in [("key", KEY), ("password", PASSWORD)] {
            std::fs::write(dir.path().join(name), secret).unwrap();
            private(&dir.path().join(name));
        }
        let simply = Self {
            dir,
            server,
            runtime,
        };
        simply.config("");
        simply
    }

    /// Writes `koppel.toml` with further keys of the connection.
    fn config(&self, keys: &str) {
        let text = format!(
            r#"[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"

[connections.simply]
kind = "simplycrm"
url = "{}"
username = "admin"
access_key = "file:key"
password = "file:password"
max_retries = 0
settle = "0s"
marker_fields = {{ Accounts = "cf_901", Contacts = "cf_903", Leads = "cf_905", HelpDesk = "cf_909" }}
modules = ["Accounts", "Contacts", "Leads", "HelpDesk"]
{keys}

[connections.simply.words.Leads.source]
Google = "Web Site"
Website = "Web Site"
Facebook = "Web Site"
Referral = "Word of mouth"
Beurs = "Trade Show"
"Târg" = "Trade Show"

[connections.simply.words.Leads.status]
New = "Not Contacted"
Customer = "Qualified"
"Proposal sent" = "Hot"
"În negociere" = "Warm"

[connections.simply.words.HelpDesk]
status = {{ Answered = "Wait For Response", "On Hold" = "Wait For Response", "Wacht op klant" = "Wait For Response" }}
priority = {{ Medium = "Normal" }}

[flows.push]
from = "crm"
to = "simply"
page_size = 20
"#,
            self.server.url()
        );
        std::fs::write(self.dir.path().join("koppel.toml"), text).unwrap();
    }

    fn crm(&self, customers: u32) {
        let size = CrmSize {
            projects: 0,
            invoices: 0,
            products: 0,
            drafts: 0.0,
            ..CrmSize::scaled(customers)
        };
        let path = self.dir.path().join("crm.db");
        self.runtime
            .block_on(generate_sqlite(path, &size, 7, "tbl"))
            .unwrap();
    }

    fn sql(&self, statement: &str) {
        databases::sql(&self.runtime, &self.dir.path().join("crm.db"), statement);
    }

    fn number(&self, file: &str, query: &str) -> i64 {
        databases::number(&self.runtime, &self.dir.path().join(file), query)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = koppel(self.dir.path());
        command.args(args);
        command
    }

    fn koppel(&self, args: &[&str]) -> Done {
        let done = finish(&mut self.command(args));
        no_secret(&done);
        done
    }

    fn contacts(&self, count: usize) {
        for n in 0..count {
            let fields = json!({
                "lastname": format!("Contact {n:04}"),
                "email": format!("c{n}@example.com"),
                "assigned_user_id": "19x1",
            });
            self.server.insert("Contacts", &fields).unwrap();
        }
    }
}

fn no_secret(done: &Done) {
    for secret in [KEY, PASSWORD] {
        assert!(
            !done.stdout.contains(secret) && !done.stderr.contains(secret),
            "a secret is printed: {done:?}"
        );
    }
}

#[test]
fn a_connection_is_added_and_tested_by_command() {
    let simply = Simply::new();
    let url = simply.server.url();
    std::fs::remove_file(simply.dir.path().join("koppel.toml")).unwrap();
    let add = [
        "connection",
        "add",
        "mine",
        "--kind",
        "simplycrm",
        "--url",
        &url,
        "--username",
        "admin",
        "--access-key",
        "file:key",
    ];
    let done = simply.koppel(&add);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.stdout.contains("the connection mine is added"),
        "{done:?}"
    );
    assert!(done.stdout.contains("  ok   Log in"), "{done:?}");
    let text = std::fs::read_to_string(simply.dir.path().join("koppel.toml")).unwrap();
    assert!(
        text.contains("username = \"admin\"\naccess_key = \"file:key\"\n"),
        "{text}"
    );

    let set = simply.koppel(&[
        "connection",
        "set",
        "mine",
        "marker_fields.Accounts=cf_901",
        "changes=query",
    ]);
    assert_eq!(set.code, 0, "{set:?}");
    let doctor = simply.koppel(&["doctor"]);
    assert!(doctor.stdout.contains("simplycrm answers"), "{doctor:?}");
    let list = simply.koppel(&["connection", "list"]);
    assert!(
        list.stdout
            .starts_with("mine\tsimplycrm\thttp://127.0.0.1:")
    );

    for (args, said) in [
        (
            &["--access-key", KEY][..],
            "expected a reference to the secret",
        ),
        (&["--set", "changes=sometimes"], "is no way to find changes"),
        (
            &["--set", "marker_field.Accounts=cf_1"],
            "did you mean `marker_fields`?",
        ),
    ] {
        let args = [
            &["connection", "add", "other", "--kind", "simplycrm"][..],
            args,
        ]
        .concat();
        let bad = simply.koppel(&args);
        assert_ne!(bad.code, 0, "{bad:?}");
        assert!(bad.stderr.contains(said), "{bad:?}");
    }
}

#[test]
fn a_key_that_is_refused_names_the_likely_causes_and_ends_with_4() {
    let simply = Simply::new();
    std::fs::write(simply.dir.path().join("key"), "aWrongKey").unwrap();
    for args in [
        &["connection", "test", "simply"][..],
        &["describe", "simply"],
        &["query", "simply", "select id from Contacts"],
    ] {
        let done = simply.koppel(args);
        assert_eq!(done.code, 4, "{done:?}");
        assert!(done.stderr.contains("the login is refused"), "{done:?}");
        assert!(
            done.stderr.contains("`connections.simply.access_key`"),
            "{done:?}"
        );
        assert!(done.stderr.contains("hitelist"), "{done:?}");
        assert!(!done.stderr.contains("aWrongKey"), "{done:?}");
    }
}
