//! Imports into real servers: a CRM on MariaDB, described tables on PostgreSQL.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use koppel_sandbox::crm::{CrmSize, generate_mysql};
use koppel_sandbox::smartcrm::{CatalogueSize, SmartCrm, SmartCrmServer};
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, PgConnection};

use crate::support::{Done, finish, koppel, private};

const TOKEN: &str = "S3CRET-token-of-the-sandbox";
const SECOND: &str = "S3CRET-second-token";
/// No single start may take longer than this.
const PATIENCE: Duration = Duration::from_secs(120);

/// The server of a variable; `None` where it is left out by choice.
fn server_url(variable: &str, service: &str) -> Option<String> {
    if let Ok(url) = std::env::var(variable) {
        return Some(url);
    }
    let required = std::env::var("KOPPEL_TEST_REQUIRE").unwrap_or_default();
    assert!(!required.contains(service), "{variable} is not set");
    println!("left out: {variable} names no server");
    None
}

/// A directory with a configuration, and a sandbox to import from.
struct Place {
    dir: tempfile::TempDir,
    server: SmartCrmServer,
}

impl Place {
    async fn new(products: u32, password: &str) -> Self {
        let server = SmartCrm::builder()
            .token(TOKEN)
            .client_token(SECOND)
            .start()
            .await
            .unwrap();
        server
            .seed_catalogue(&CatalogueSize::scaled(products), 5)
            .unwrap();
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("token", TOKEN), ("second", SECOND), ("password", password)] {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            private(&path);
        }
        let place = Self { dir, server };
        place.write(&format!(
            "[connections.smartcrm]\nkind = \"smartcrm\"\napi_url = \"{}\"\n\
             token = \"file:token\"\nclient_token = \"file:second\"\nbatch_size = 5\n",
            place.server.url()
        ));
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes more behind the configuration.
    fn write(&self, more: &str) {
        let path = self.path("koppel.toml");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        std::fs::write(path, format!("{text}{more}")).unwrap();
    }

    fn koppel(&self, args: &[&str]) -> Done {
        finish(koppel(self.dir.path()).args(args))
    }

    /// Syncs to the end: how many records were created, updated and left as they are.
    fn sync(&self) -> [i64; 3] {
        let done = self.koppel(&["sync", "--json"]);
        assert_eq!(done.code, 0, "{done:?}");
        let report = done.object();
        ["created", "updated", "unchanged"].map(|count| {
            let entities = report["entities"].as_object().unwrap();
            entities
                .values()
                .map(|counts| counts[count].as_i64().unwrap())
                .sum()
        })
    }

    /// Starts a sync, and kills it where it halts.
    fn killed_at(&self, halt: &str) -> bool {
        let halted = self.path("halted");
        drop(std::fs::remove_file(&halted));
        let mut child = koppel(self.dir.path())
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
}

/// User, password, and the rest of an address (host and port).
fn parts(url: &str) -> (String, String, String) {
    let rest = url.split_once("://").unwrap().1;
    let (login, rest) = rest.rsplit_once('@').unwrap();
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let place = rest.split('/').next().unwrap_or_default();
    (user.to_owned(), password.to_owned(), place.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_after_mariadb_has_committed_doubles_nothing() {
    let Some(url) = server_url("KOPPEL_TEST_MYSQL_URL", "mariadb") else {
        return;
    };
    let database = format!("koppel_import_{}", std::process::id());
    let mut admin = MySqlConnection::connect(&url).await.unwrap();
    let mut run = async |sql: String| {
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut admin)
            .await
            .unwrap();
    };
    run(format!("CREATE DATABASE {database} CHARACTER SET utf8mb4")).await;
    let (user, password, place) = parts(&url);
    let whole = format!("mysql://{user}:{password}@{place}/{database}");
    generate_mysql(&whole, &CrmSize::empty(), 8, "tbl")
        .await
        .unwrap();

    let import = Place::new(12, &password).await;
    import.write(&format!(
        "\n[connections.crm]\nkind = \"crmconnect\"\nurl = \"mysql://{user}@{place}/{database}\"\n\
         password = \"file:password\"\n\n[flows.import]\nfrom = \"smartcrm\"\nto = \"crm\"\n\
         page_size = 7\n"
    ));
    let kills = (1..=8)
        .filter(|n| import.killed_at(&format!("before:outcomes:{}", 1 + n % 2)))
        .count();
    assert!(kills >= 6, "{kills}");
    import.sync();
    let [created, updated, unchanged] = import.sync();
    assert_eq!((created, updated), (0, 0), "a second run writes nothing");
    assert!(unchanged > 40, "{unchanged}");

    let mut crm = MySqlConnection::connect(&whole).await.unwrap();
    for (entity, table) in [
        ("products", "tblitems"),
        ("clients", "tblclients"),
        ("contacts", "tblcontacts"),
        ("orders", "tblestimates"),
        ("invoices", "tblinvoices"),
        ("payments", "tblinvoicepaymentrecords"),
    ] {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut crm)
            .await
            .unwrap();
        assert_eq!(
            rows,
            i64::try_from(import.server.count(entity)).unwrap(),
            "{entity}"
        );
    }
    let twice: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM (SELECT 1 FROM koppel_applied GROUP BY entity, marker \
         HAVING COUNT(DISTINCT record_id) > 1) twice",
    )
    .fetch_one(&mut crm)
    .await
    .unwrap();
    assert_eq!(twice, 0, "a record was created twice");
    crm.close().await.unwrap();
    run(format!("DROP DATABASE {database}")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tables_of_a_postgresql_are_proposed_and_imported_into() {
    let Some(url) = server_url("KOPPEL_TEST_POSTGRES_URL", "postgres") else {
        return;
    };
    let database = format!("koppel_import_{}", std::process::id());
    let mut admin = PgConnection::connect(&url).await.unwrap();
    let mut run = async |sql: String| {
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut admin)
            .await
            .unwrap();
    };
    run(format!("CREATE DATABASE {database}")).await;
    let (user, password, place) = parts(&url);
    let whole = format!("postgres://{user}:{password}@{place}/{database}");
    let mut erp = PgConnection::connect(&whole).await.unwrap();
    sqlx::raw_sql(
        "CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL, vat_number text,
             currency char(3), active boolean DEFAULT true);
         CREATE TABLE contacts (id serial PRIMARY KEY, customer_id int, first_name text,
             last_name text, email text);
         CREATE TABLE products (id serial PRIMARY KEY, sku text, title text, price numeric(12,2))",
    )
    .execute(&mut erp)
    .await
    .unwrap();

    let import = Place::new(12, &password).await;
    let address = format!("postgres://{user}@{place}/{database}");
    let added = import.koppel(&[
        "connection",
        "add",
        "erp",
        "--kind",
        "sql",
        "--url",
        &address,
        "--password",
        "file:password",
    ]);
    assert_eq!(added.code, 0, "{added:?}");
    assert!(!format!("{added:?}").contains(&password) || password.is_empty());
    let flow = import.koppel(&["flow", "add", "import", "--from", "smartcrm", "--to", "erp"]);
    assert_eq!(flow.code, 0, "{flow:?}");
    assert!(import.killed_at("before:outcomes:2"));
    import.sync();
    let [created, updated, unchanged] = import.sync();
    assert_eq!((created, updated), (0, 0), "a second run writes nothing");
    assert!(unchanged >= 20, "{unchanged}");
    for (entity, table) in [
        ("products", "products"),
        ("clients", "customers"),
        ("contacts", "contacts"),
    ] {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut erp)
            .await
            .unwrap();
        assert_eq!(
            rows,
            i64::try_from(import.server.count(entity)).unwrap(),
            "{entity}"
        );
    }
    erp.close().await.unwrap();
    run(format!("DROP DATABASE {database}")).await;
}
