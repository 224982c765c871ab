//! Syncro as its user meets it: set up, looked into, synced from and to.

use koppel_sandbox::crm::{CrmSize, generate_sqlite};
use koppel_sandbox::syncro::{Size, Syncro, SyncroServer};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::databases;
use crate::support::{Done, finish, koppel, private};

mod by_hand;
mod listen;
mod syncs;
mod to_syncro;

/// The token; it must appear nowhere.
const TOKEN: &str = "TS3CRET0123456789-abcdef";

struct Msp {
    dir: TempDir,
    server: SyncroServer,
    runtime: Runtime,
}

impl Msp {
    /// An account with so many records, and a CRM that is empty.
    fn new(size: Size) -> Self {
        let runtime = databases::runtime();
        let dir = tempfile::tempdir().unwrap();
        let server = runtime.block_on(async {
            let crm = CrmSize {
                formatted_numbers: true,
                ..CrmSize::empty()
            };
            generate_sqlite(dir.path().join("crm.db"), &crm, 7, "tbl")
                .await
                .unwrap();
            Syncro::builder()
                .token(TOKEN)
                .account("acme")
                .unlimited()
                .seed(size)
                .start()
                .await
                .unwrap()
        });
        let msp = Self {
            dir,
            server,
            runtime,
        };
        // As it was pasted: with blanks around it.
        msp.token(&format!(" {TOKEN} \n"));
        msp.config("", "");
        msp
    }

    fn token(&self, secret: &str) {
        let path = self.dir.path().join("token");
        std::fs::write(&path, secret).unwrap();
        private(&path);
    }

    /// Writes `koppel.toml` with further keys of the connection and of the flow.
    fn config(&self, connection: &str, flow: &str) {
        let text = format!(
            r#"[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"

[connections.syncro]
kind = "syncro"
account = "acme"
token = "file:token"
url = "{}"
requests_per_minute = 10000
max_retries = 0
settle = "0s"
currency = "EUR"
{connection}

[flows.msp]
from = "syncro"
to = "crm"
{flow}
"#,
            self.server.url(),
        );
        std::fs::write(self.dir.path().join("koppel.toml"), text).unwrap();
    }

    fn koppel(&self, args: &[&str]) -> Done {
        let done = finish(koppel(self.dir.path()).args(args));
        for secret in [TOKEN, "portal_key=k"] {
            assert!(
                !done.stdout.contains(secret) && !done.stderr.contains(secret),
                "a secret is printed: {done:?}"
            );
        }
        done
    }

    /// Syncs, and gives the counts of each kind that was synced.
    fn sync(&self, args: &[&str], code: i32) -> serde_json::Value {
        let done = self.koppel(&[&["sync", "msp", "--json"], args].concat());
        assert_eq!(done.code, code, "{done:?}");
        done.object()["entities"].clone()
    }

    fn sql(&self, file: &str, statement: &str) {
        databases::sql(&self.runtime, &self.dir.path().join(file), statement);
    }

    fn number(&self, query: &str) -> i64 {
        databases::number(&self.runtime, &self.dir.path().join("crm.db"), query)
    }
}

#[test]
fn an_account_is_added_and_tested_by_command() {
    let msp = Msp::new(Size {
        customers: 2,
        tickets: 2,
        ..Size::default()
    });
    let url = format!("url={}", msp.server.url());
    let add = |name: &str, account: &str| {
        msp.koppel(&[
            "connection",
            "add",
            name,
            "--kind",
            "syncro",
            "--account",
            account,
            "--token",
            "file:token",
            "--set",
            &url,
            "--set",
            "marker_field=Koppel ID",
        ])
    };
    let done = add("mine", "https://www.acme.syncromsp.com/customers/5");
    assert_eq!(done.code, 0, "{done:?}");
    for said in ["the connection mine is added", "  ok   "] {
        assert!(done.stdout.contains(said), "{said}: {done:?}");
    }
    let doctor = msp.koppel(&["doctor"]);
    assert!(doctor.stdout.contains("syncro answers"), "{doctor:?}");

    // An account that cannot be one is told, with the key.
    let bad = add("other", "acme.example.com");
    assert_eq!(bad.code, 1, "{bad:?}");
    assert!(bad.stderr.contains("connections.other.account"), "{bad:?}");
}

#[test]
fn a_wrong_token_is_told_from_a_missing_permission_and_both_end_with_4() {
    let msp = Msp::new(Size {
        customers: 1,
        ..Size::default()
    });
    msp.token("Twrong0000000000");
    for args in [
        &["connection", "test", "syncro"][..],
        &["sync", "msp"],
        &["api", "syncro", "GET", "/me"],
    ] {
        let done = msp.koppel(args);
        assert_eq!(done.code, 4, "{done:?}");
        for said in [
            "the login is refused",
            "token_rejected",
            "`connections.syncro.token` is in `file:",
        ] {
            assert!(done.stderr.contains(said), "{said}: {done:?}");
        }
        assert!(!done.stderr.contains("Twrong"), "{done:?}");
    }
    msp.token(TOKEN);
    msp.server
        .set_missing_permissions(["Customers - List/Search"]);
    let done = msp.koppel(&["api", "syncro", "GET", "/customers"]);
    assert_eq!(done.code, 4, "{done:?}");
    assert!(done.stderr.contains("Customers - List/Search"), "{done:?}");
    let test = msp.koppel(&["connection", "test", "syncro"]);
    assert_eq!(test.code, 4, "{test:?}");
    let said = format!("{}{}", test.stdout, test.stderr);
    assert!(said.contains("Customers - List/Search"), "{test:?}");
}
