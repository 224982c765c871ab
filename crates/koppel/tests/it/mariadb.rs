//! The main job from a real MariaDB.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use koppel_sandbox::crm::{CrmSize, generate_mysql, generate_sqlite};
use koppel_sandbox::smartcrm::{ExternalIdMode, SmartCrm, SmartCrmServer};
use sqlx::{Connection, Executor, MySqlConnection};

const TOKEN: &str = "mariadb-test-token";
const SEED: u64 = 8;

fn size() -> CrmSize {
    CrmSize {
        customers: 150,
        contacts_per_customer: 3,
        leads: 60,
        projects: 40,
        tickets: 80,
        invoices: 200,
        ..CrmSize::default()
    }
}

/// The server that `cargo xtask test` starts; `None` where it is left out by choice.
fn server_url() -> Option<String> {
    if let Ok(url) = std::env::var("KOPPEL_TEST_MYSQL_URL") {
        return Some(url);
    }
    let required = std::env::var("KOPPEL_TEST_REQUIRE").unwrap_or_default();
    assert!(
        !required.contains("mariadb"),
        "KOPPEL_TEST_MYSQL_URL is not set"
    );
    println!("left out: KOPPEL_TEST_MYSQL_URL names no MariaDB");
    None
}

async fn smartcrm() -> SmartCrmServer {
    SmartCrm::builder()
        .token(TOKEN)
        .external_id(ExternalIdMode::Upsert)
        .start()
        .await
        .unwrap()
}

struct Place {
    dir: tempfile::TempDir,
    password: String,
}

impl Place {
    fn new(database: &str, password: &str, server: &SmartCrmServer) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let secret = if password.is_empty() {
            ""
        } else {
            "password = \"env:CRM_PASSWORD\"\n"
        };
        let config = format!(
            "[connections.crm]\nkind = \"crmconnect\"\nurl = \"{database}\"\n{secret}\n\
             [connections.smartcrm]\nkind = \"smartcrm\"\napi_url = \"{}\"\n\
             token = \"env:SMARTCRM_TOKEN\"\nprofile = {{ external_id = \"upsert\" }}\n\n\
             [flows.push]\nfrom = \"crm\"\nto = \"smartcrm\"\n",
            server.url()
        );
        std::fs::write(dir.path().join("koppel.toml"), config).unwrap();
        Self {
            dir,
            password: password.to_owned(),
        }
    }

    fn koppel(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_koppel"))
            .current_dir(self.dir.path())
            .args(args)
            .env("SMARTCRM_TOKEN", TOKEN)
            .env("CRM_PASSWORD", &self.password)
            .output()
            .unwrap()
    }

    /// Syncs; the counts of all kinds of record together.
    fn sync(&self) -> BTreeMap<String, i64> {
        let output = self.koppel(&["sync", "push", "--json"]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut total = BTreeMap::new();
        for counts in report["entities"].as_object().unwrap().values() {
            for (name, count) in counts.as_object().unwrap() {
                *total.entry(name.clone()).or_default() += count.as_i64().unwrap();
            }
        }
        total
    }
}

/// SQLite keeps `8.00` as 8: amounts are compared by value.
fn without_trailing_zeros(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(text) if text.contains('.') && text.parse::<f64>().is_ok() => {
            Value::String(text.trim_end_matches('0').trim_end_matches('.').to_owned())
        }
        Value::Array(items) => items.into_iter().map(without_trailing_zeros).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(name, value)| (name, without_trailing_zeros(value)))
            .collect(),
        other => other,
    }
}

/// What the server was sent, by resource and source record.
fn sent(server: &SmartCrmServer) -> BTreeMap<(String, String), serde_json::Value> {
    server
        .journal()
        .iter()
        .map(|entry| {
            let key = (entry.entity.to_string(), entry.external_id.clone().unwrap());
            let mut fields = entry.fields.to_json();
            // Ids and moments are the server's own: batches arrive in any order.
            for own in [
                "id",
                "client_id",
                "contact_id",
                "project_id",
                "created_at",
                "updated_at",
            ] {
                fields.as_object_mut().unwrap().remove(own);
            }
            (key, without_trailing_zeros(fields))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crm_on_mariadb_is_pushed_as_the_same_crm_on_sqlite_is() {
    let Some(url) = server_url() else { return };
    let name = format!("koppel_main_job_{}", std::process::id());
    let mut admin = MySqlConnection::connect(&url).await.unwrap();
    admin
        .execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .await
        .unwrap();
    let database = format!("{}/{name}", url.trim_end_matches('/'));
    generate_mysql(&database, &size(), SEED, "tbl")
        .await
        .unwrap();

    let (credentials, host) = url.trim_start_matches("mysql://").split_once('@').unwrap();
    let (user, password) = credentials.split_once(':').unwrap();
    let without_password = format!("mysql://{user}@{}/{name}", host.trim_end_matches('/'));
    let maria = smartcrm().await;
    let place = Place::new(&without_password, password, &maria);
    let first = place.sync();
    assert_eq!(first["parked"] + first["failed"], 0);
    assert_eq!(first["created"], maria.journal().len() as i64);
    assert_eq!(first["read"], first["created"] + first["skipped"]);

    let lite = smartcrm().await;
    let there = Place::new("sqlite:crm.db", "", &lite);
    generate_sqlite(there.dir.path().join("crm.db"), &size(), SEED, "tbl")
        .await
        .unwrap();
    assert_eq!(there.sync(), first);
    let (from_maria, from_lite) = (sent(&maria), sent(&lite));
    assert_eq!(from_maria.len(), from_lite.len());
    for (key, fields) in &from_maria {
        assert_eq!(Some(fields), from_lite.get(key), "{key:?}");
    }

    let writes = maria.write_requests();
    let second = place.sync();
    assert_eq!(second["unchanged"], first["created"]);
    assert_eq!(
        maria.write_requests(),
        writes,
        "a second sync wrote something"
    );

    let mut crm = MySqlConnection::connect(&database).await.unwrap();
    crm.execute("UPDATE tblclients SET city = 'Delft' WHERE userid IN (3, 40, 90)")
        .await
        .unwrap();
    let third = place.sync();
    assert_eq!(
        (third["updated"], third["unchanged"]),
        (3, first["created"] - 3)
    );
    assert_eq!(maria.journal().len() as i64, first["created"] + 3);
    admin
        .execute(sqlx::AssertSqlSafe(format!("DROP DATABASE {name}")))
        .await
        .unwrap();
}
