//! SmartCRM imported into a CRM database, by the program: everything arrives once and stays as it
//! is, whatever is killed meanwhile.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use koppel_sandbox::crm::{CrmSize, generate_sqlite};
use koppel_sandbox::smartcrm::{CatalogueSize, SmartCrm, SmartCrmServer};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::databases;
use crate::support::{Done, finish, koppel, private};

const TOKEN: &str = "S3CRET-token-of-the-sandbox";
const SECOND: &str = "S3CRET-second-token";
/// No single start may take longer than this.
const PATIENCE: Duration = Duration::from_secs(120);

struct Import {
    dir: tempfile::TempDir,
    server: SmartCrmServer,
    runtime: Runtime,
}

impl Import {
    fn new(products: u32) -> Self {
        let runtime = databases::runtime();
        let dir = tempfile::tempdir().unwrap();
        let server = runtime.block_on(async {
            generate_sqlite(dir.path().join("crm.db"), &CrmSize::empty(), 8, "tbl")
                .await
                .unwrap();
            SmartCrm::builder()
                .token(TOKEN)
                .client_token(SECOND)
                .start()
                .await
                .unwrap()
        });
        server
            .seed_catalogue(&CatalogueSize::scaled(products), 11)
            .unwrap();
        // The CRM keeps its prices in its base currency.
        for product in server.records("products") {
            let id = product["id"].as_str().unwrap();
            let euros = json!({ "currency": "EUR" });
            server.edit("products", id, &euros).unwrap();
        }
        for (name, text) in [("token", TOKEN), ("second", SECOND)] {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            private(&path);
        }
        let import = Self {
            dir,
            server,
            runtime,
        };
        import.config(|text| text);
        import
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn config(&self, change: impl FnOnce(String) -> String) {
        let text = format!(
            "[connections.crm]\nkind = \"crmconnect\"\nurl = \"sqlite:crm.db\"\n\n\
             [connections.smartcrm]\nkind = \"smartcrm\"\napi_url = \"{}\"\n\
             token = \"file:token\"\nclient_token = \"file:second\"\n\n\
             [flows.import]\nfrom = \"smartcrm\"\nto = \"crm\"\n",
            self.server.url()
        );
        std::fs::write(self.path("koppel.toml"), change(text)).unwrap();
    }

    fn koppel(&self, args: &[&str]) -> Done {
        finish(koppel(self.dir.path()).args(args))
    }

    fn number(&self, database: &str, query: &str) -> i64 {
        databases::number(&self.runtime, &self.path(database), query)
    }

    fn sql(&self, statement: &str) {
        databases::sql(&self.runtime, &self.path("crm.db"), statement);
    }

    /// Each kind that the sandbox holds has as many rows in the CRM, no more and no fewer.
    fn everything_is_there_once(&self) {
        for (entity, table) in [
            ("product_groups", "tblitems_groups"),
            ("products", "tblitems"),
            ("clients", "tblclients"),
            ("contacts", "tblcontacts"),
            ("orders", "tblestimates"),
            ("invoices", "tblinvoices"),
            ("payments", "tblinvoicepaymentrecords"),
        ] {
            let rows = self.number("crm.db", &format!("SELECT COUNT(*) FROM {table}"));
            let there = i64::try_from(self.server.count(entity)).unwrap();
            assert!(there > 0, "the sandbox has no {entity}");
            assert_eq!(rows, there, "{entity}");
        }
        let markers = "SELECT COUNT(*) FROM (SELECT 1 FROM koppel_applied GROUP BY entity, marker \
                       HAVING COUNT(DISTINCT record_id) > 1)";
        assert_eq!(
            self.number("crm.db", markers),
            0,
            "a record was created twice"
        );
    }
}

fn total(report: &Value, count: &str) -> i64 {
    let entities = report["entities"].as_object().unwrap();
    entities
        .values()
        .map(|counts| counts[count].as_i64().unwrap())
        .sum()
}

#[test]
fn everything_is_imported_once_and_a_second_run_writes_nothing() {
    let import = Import::new(20);
    let test = import.koppel(&["connection", "test"]);
    assert_eq!(test.code, 0, "{test:?}");
    let first = import.koppel(&["sync", "--json"]);
    assert_eq!(first.code, 0, "{first:?}");
    let report = first.object();
    assert!(total(&report, "created") > 60, "{report}");
    assert_eq!(total(&report, "parked"), 0, "{report}");
    import.everything_is_there_once();

    let applied = "SELECT COUNT(*) FROM koppel_applied";
    let before = import.number("crm.db", applied);
    let second = import.koppel(&["sync", "--json"]).object();
    assert_eq!(
        total(&second, "read"),
        total(&second, "unchanged"),
        "{second}"
    );
    assert_eq!(import.number("crm.db", applied), before);
    assert_eq!(import.koppel(&["plan"]).code, 0, "nothing is left to do");

    let id = import.server.records("products")[3]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let patch = json!({ "name": "Another name", "price": "19.95" });
    import.server.edit("products", &id, &patch).unwrap();
    let third = import.koppel(&["sync", "--json"]).object();
    assert_eq!(
        (total(&third, "created"), total(&third, "updated")),
        (0, 1),
        "{third}"
    );
    let named = "SELECT COUNT(*) FROM tblitems WHERE description = 'Another name' AND rate = 19.95";
    assert_eq!(import.number("crm.db", named), 1);
    import.everything_is_there_once();
}

#[test]
fn the_second_token_is_missed_at_the_start() {
    let import = Import::new(4);
    let without = |text: String| text.replace("client_token = \"file:second\"\n", "");
    import.config(|text| format!("{}entities = [\"product\"]\n", without(text)));
    let missed = import.koppel(&["sync"]);
    assert_eq!(missed.code, 1, "{missed:?}");
    assert!(
        missed.stderr.contains(
            "koppel.toml:5: connections.smartcrm.client_token: `client_token` is missing: the flow \
             `import` syncs products"
        ),
        "{missed:?}"
    );
    assert_eq!(import.server.requests(), 0);

    import.config(without);
    let fewer = import.koppel(&["sync", "--json"]);
    assert_eq!(fewer.code, 0, "{fewer:?}");
    assert!(
        fewer.object()["entities"].get("product").is_none(),
        "{fewer:?}"
    );
    let doctor = import.koppel(&["doctor"]);
    assert!(
        doctor
            .stdout
            .contains("products, discounts, stock levels, orders are left out")
            && doctor
                .stdout
                .contains("next: koppel connection set smartcrm client_token=-"),
        "{doctor:?}"
    );

    std::fs::write(import.path("second"), "wrong").unwrap();
    import.config(|text| text);
    let wrong = import.koppel(&["connection", "test", "smartcrm"]);
    assert_eq!(wrong.code, 4, "{wrong:?}");
    assert!(
        wrong.stdout.contains("Client token is not valid"),
        "{wrong:?}"
    );
    assert_eq!(import.koppel(&["sync"]).code, 4);
}

#[test]
fn a_currency_that_is_not_mapped_sets_its_records_aside_and_no_others() {
    let import = Import::new(8);
    let odd = import.server.records("products")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    import
        .server
        .edit("products", &odd, &json!({ "currency": "XYZ" }))
        .unwrap();
    let with = |mapping: &str| {
        let line = format!("currency_mapping = {{ {mapping} }}\n\n[flows");
        import.config(|text| {
            format!(
                "{}entities = [\"product\"]\n",
                text.replace("\n[flows", &line)
            )
        });
    };
    with("EUR = \"EUR\"");
    let first = import.koppel(&["sync", "--json"]);
    assert_eq!(first.code, 3, "{first:?}");
    let report = first.object();
    let errors = report["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{report}");
    assert_eq!(errors[0]["reason"], "unreadable");
    let message = errors[0]["message"].as_str().unwrap();
    assert!(
        message.contains("XYZ") && message.contains("currency_mapping"),
        "{message}"
    );
    let there = "SELECT COUNT(*) FROM tblitems";
    assert_eq!(import.number("crm.db", there), 7);
    with("EUR = \"EUR\", XYZ = \"EUR\"");
    assert_eq!(import.koppel(&["sync"]).code, 0);
    assert_eq!(import.number("crm.db", there), 8);
}

#[test]
fn settings_are_taken_from_the_options_of_the_crm() {
    let import = Import::new(4);
    let options = [
        ("api_url", import.server.url()),
        ("auth_token", TOKEN.to_owned()),
        ("client_token", SECOND.to_owned()),
        ("cron", "yes".to_owned()),
        ("interval", "4".to_owned()),
        ("batch_size", "25".to_owned()),
        ("max_retries", String::new()),
    ];
    import.sql("DELETE FROM tbloptions WHERE name LIKE 'smartcrm%'");
    for (name, value) in options {
        import.sql(&format!(
            "INSERT INTO tbloptions (name, value, autoload) VALUES ('smartcrm_{name}', '{value}', 1)"
        ));
    }
    let url = import.server.url();
    import.config(|text| {
        text.replace(
            &format!(
                "api_url = \"{url}\"\ntoken = \"file:token\"\nclient_token = \"file:second\"\n"
            ),
            "settings_from = \"crm\"\ntimeout = \"20s\"\n",
        )
    });
    let listed = import.koppel(&["connection", "list"]);
    for said in [
        "token = set (from the option `smartcrm_auth_token` of `crm`)",
        "batch_size = 25 (from the option `smartcrm_batch_size` of `crm`)",
        "timeout = 20s (from the file)",
        "max_retries = 3 (from the default)",
    ] {
        assert!(listed.stderr.contains(said), "{said}: {listed:?}");
    }
    assert!(!format!("{listed:?}").contains(SECOND));
    let flows = import.koppel(&["flow", "list"]);
    assert!(flows.stdout.ends_with("\t4h\tnow\n"), "{flows:?}");
    let due = import.koppel(&["sync", "--due", "--json"]);
    assert_eq!(due.code, 0, "{due:?}");
    import.everything_is_there_once();

    import.sql("UPDATE tbloptions SET value = 'no' WHERE name = 'smartcrm_cron'");
    let off = import.koppel(&["flow", "list"]);
    assert!(off.stdout.ends_with("\t4h\toff\n"), "{off:?}");
    import.sql("UPDATE tbloptions SET value = '3' WHERE name = 'smartcrm_interval'");
    let odd = import.koppel(&["sync", "--due"]);
    assert_eq!(odd.code, 1, "{odd:?}");
    assert!(
        odd.stderr
            .contains("the option `smartcrm_interval` of `crm` is `3`; expected 1, 2, 4, 12"),
        "{odd:?}"
    );
    import.sql("UPDATE tbloptions SET value = '4' WHERE name = 'smartcrm_interval'");
    import.sql("DELETE FROM tbloptions WHERE name = 'smartcrm_client_token'");
    let token = import.koppel(&["sync"]);
    assert_eq!(token.code, 1, "{token:?}");
    assert!(
        token
            .stderr
            .contains("`client_token` is missing, here and among"),
        "{token:?}"
    );
}

/// Starts a sync that halts at this commit of the store, and kills it there; whether it came so far.
fn killed_at(import: &Import, halt: &str) -> bool {
    let halted = import.path("halted");
    drop(std::fs::remove_file(&halted));
    let mut command: Command = koppel(import.dir.path());
    let mut child = command
        .args(["sync", "--quiet"])
        .env("KOPPEL_HALT", halt)
        .env("KOPPEL_HALT_FILE", &halted)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let killed = loop {
        if halted.exists() {
            child.kill().unwrap();
            break true;
        }
        if child.try_wait().unwrap().is_some() {
            break false;
        }
        assert!(started.elapsed() < PATIENCE, "a start hangs");
        std::thread::yield_now();
    };
    child.wait().unwrap();
    killed
}

#[test]
fn a_kill_after_the_crm_has_committed_doubles_nothing() {
    let import = Import::new(12);
    import.config(|text| {
        let text = text.replace("to = \"crm\"\n", "to = \"crm\"\npage_size = 7\n");
        text.replace("client_token", "batch_size = 5\nclient_token")
    });
    let (mut after_commit, mut kills) = (0, 0);
    for n in 0..40 {
        // `before:outcomes`: the CRM has committed, and Koppel's store does not know it yet.
        let in_doubt = kills > 0 && import.number("koppel.db", "SELECT COUNT(*) FROM intent") > 0;
        let halt = match n % 5 {
            1 => "after:intents:1",
            3 if in_doubt => "before:recovery:1",
            _ => "before:outcomes:1",
        };
        if !killed_at(&import, halt) {
            break;
        }
        kills += 1;
        after_commit += i32::from(halt.starts_with("before:outcomes"));
    }
    assert!(
        after_commit >= 8 && kills > after_commit,
        "{after_commit} of {kills}"
    );
    let end = import.koppel(&["sync", "--json"]);
    assert_eq!(end.code, 0, "{end:?}");
    import.everything_is_there_once();
    assert_eq!(import.number("koppel.db", "SELECT COUNT(*) FROM intent"), 0);
    assert_eq!(import.number("koppel.db", "SELECT COUNT(*) FROM parked"), 0);
    let again = import.koppel(&["sync", "--json"]).object();
    assert_eq!(total(&again, "read"), total(&again, "unchanged"), "{again}");
}
