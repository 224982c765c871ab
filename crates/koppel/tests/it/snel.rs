//! SnelStart as its user meets it: set up, looked into, synced from and to, customers linked by hand.

use koppel_sandbox::crm::{CrmSize, generate_sqlite};
use koppel_sandbox::snelstart::{SnelStart, SnelStartServer, SnelStartSize};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::databases;
use crate::support::{Done, finish, koppel, private};

mod by_hand;
mod linking;
mod syncs;
mod to_books;

/// The two keys; they must appear nowhere.
const API_KEY: &str = "S3CRETsubscription0";
const CONNECTION_KEY: &str = "S3CRET+koppel/sleutel==";

struct Snel {
    dir: TempDir,
    server: SnelStartServer,
    runtime: Runtime,
}

impl Snel {
    /// An administration with so many customers and invoices, three in ten of them paid, and a CRM
    /// that is empty.
    fn new(customers: u32, invoices: u32) -> Self {
        let runtime = databases::runtime();
        let dir = tempfile::tempdir().unwrap();
        let size = SnelStartSize {
            customers,
            invoices,
            paid_percent: invoices * 3 / 10,
            articles: 0,
        };
        let server = runtime.block_on(async {
            let crm = CrmSize {
                formatted_numbers: true,
                ..CrmSize::empty()
            };
            generate_sqlite(dir.path().join("crm.db"), &crm, 7, "tbl")
                .await
                .unwrap();
            SnelStart::builder()
                .subscription_key(API_KEY)
                .connection_key(CONNECTION_KEY)
                .seed(size)
                .start()
                .await
                .unwrap()
        });
        let snel = Self {
            dir,
            server,
            runtime,
        };
        snel.key("api-key", API_KEY);
        // As it was pasted: with blanks around it.
        snel.key("koppelsleutel", &format!(" {CONNECTION_KEY} \n"));
        snel.config("", "");
        snel
    }

    fn key(&self, name: &str, secret: &str) {
        let path = self.dir.path().join(name);
        std::fs::write(&path, secret).unwrap();
        private(&path);
    }

    /// Writes `koppel.toml` with further keys of the connection and of the flow.
    fn config(&self, connection: &str, flow: &str) {
        let text = format!(
            r#"[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"

[connections.snel]
kind = "snelstart"
api_key = "file:api-key"
connection_key = "file:koppelsleutel"
url = "{}"
token_url = "{}"
max_retries = 0
settle = "0s"
{connection}

[flows.books]
from = "snel"
to = "crm"
{flow}
"#,
            self.server.url(),
            self.server.token_url()
        );
        std::fs::write(self.dir.path().join("koppel.toml"), text).unwrap();
    }

    fn koppel(&self, args: &[&str]) -> Done {
        let done = finish(koppel(self.dir.path()).args(args));
        for secret in [API_KEY, CONNECTION_KEY, "S3CRET%2B"] {
            assert!(
                !done.stdout.contains(secret) && !done.stderr.contains(secret),
                "a key is printed: {done:?}"
            );
        }
        done
    }

    /// Syncs, and gives the counts of each kind that was synced.
    fn sync(&self, args: &[&str], code: i32) -> serde_json::Value {
        let done = self.koppel(&[&["sync", "books", "--json"], args].concat());
        assert_eq!(done.code, code, "{done:?}");
        done.object()["entities"].clone()
    }

    fn sql(&self, file: &str, statement: &str) {
        databases::sql(&self.runtime, &self.dir.path().join(file), statement);
    }

    fn number(&self, query: &str) -> i64 {
        databases::number(&self.runtime, &self.dir.path().join("crm.db"), query)
    }

    /// How many customers, invoices and payments the CRM holds.
    fn held(&self) -> [i64; 3] {
        ["tblclients", "tblinvoices", "tblinvoicepaymentrecords"]
            .map(|table| self.number(&format!("SELECT COUNT(*) FROM {table}")))
    }
}

#[test]
fn an_administration_is_added_and_tested_by_command() {
    let snel = Snel::new(2, 2);
    let (url, token_url) = (
        format!("url={}", snel.server.url()),
        format!("token_url={}", snel.server.token_url()),
    );
    let add = |name: &str, day: &str| {
        snel.koppel(&[
            "connection",
            "add",
            name,
            "--kind",
            "snelstart",
            "--api-key",
            "file:api-key",
            "--connection-key",
            "file:koppelsleutel",
            "--start-date",
            day,
            "--set",
            &url,
            "--set",
            &token_url,
        ])
    };
    let done = add("mine", "28-05-2019");
    assert_eq!(done.code, 0, "{done:?}");
    for said in [
        "the connection mine is added",
        "  ok   Log in with the koppelsleutel",
        "Zandbak administratie",
        "1300 Debiteuren",
    ] {
        assert!(done.stdout.contains(said), "{said}: {done:?}");
    }
    let text = std::fs::read_to_string(snel.dir.path().join("koppel.toml")).unwrap();
    assert!(text.contains("start_date = \"28-05-2019\""), "{text}");
    let doctor = snel.koppel(&["doctor"]);
    assert!(doctor.stdout.contains("snelstart answers"), "{doctor:?}");

    // What would be wrong is not written.
    let bad = add("other", "31-02-2019");
    assert_eq!(bad.code, 1, "{bad:?}");
    assert!(bad.stderr.contains("`31-02-2019` is no day"), "{bad:?}");
    let after = std::fs::read_to_string(snel.dir.path().join("koppel.toml")).unwrap();
    assert_eq!(after, text);
}

#[test]
fn each_key_that_is_refused_is_told_from_the_other_and_ends_with_4() {
    let snel = Snel::new(1, 0);
    for (file, key, code) in [
        ("api-key", "api_key", "subscription_rejected"),
        ("koppelsleutel", "connection_key", "connection_key_rejected"),
    ] {
        let right = std::fs::read_to_string(snel.dir.path().join(file)).unwrap();
        snel.key(file, "aWrongKey");
        for args in [
            &["connection", "test", "snel"][..],
            &["sync", "books"],
            &["api", "snel", "GET", "/companyInfo"],
        ] {
            let done = snel.koppel(args);
            assert_eq!(done.code, 4, "{done:?}");
            for said in [
                "the login is refused",
                code,
                &format!("`connections.snel.{key}` is in `file:"),
            ] {
                assert!(done.stderr.contains(said), "{said}: {done:?}");
            }
            assert!(!done.stderr.contains("aWrongKey"), "{done:?}");
        }
        snel.key(file, &right);
    }
    assert_eq!(snel.koppel(&["connection", "test", "snel"]).code, 0);

    // One that cannot be a key is told without asking anybody.
    let before = snel.server.requests();
    snel.key("koppelsleutel", "half a key");
    let done = snel.koppel(&["connection", "test", "snel"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(
        done.stderr.contains("connections.snel.connection_key") && done.stderr.contains("blank"),
        "{done:?}"
    );
    assert_eq!(snel.server.requests(), before);
}

#[test]
fn a_right_that_the_key_lacks_is_named_by_the_test() {
    let snel = Snel::new(1, 0);
    snel.server.set_scopes(["relaties:read", "settings:read"]);
    let done = snel.koppel(&["connection", "test", "snel"]);
    assert_eq!(done.code, 4, "{done:?}");
    let said = format!("{}{}", done.stdout, done.stderr);
    assert!(
        said.contains("orders:read") && said.contains("boekhouden:read"),
        "{done:?}"
    );
}
