//! The generated CRM database, read back from SQLite.

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use koppel_sandbox::crm::{CrmSize, GenerateError, Summary, generate_sqlite};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection};

pub(crate) struct Crm {
    pub(crate) summary: Summary,
    pub(crate) db: SqliteConnection,
    _dir: tempfile::TempDir,
}

async fn open(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .connect()
        .await
        .unwrap()
}

impl Crm {
    pub(crate) async fn new(size: &CrmSize, seed: u64, prefix: &str) -> Crm {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("crm.sqlite");
        let summary = generate_sqlite(&path, size, seed, prefix).await.unwrap();
        let db = open(&path).await;
        Crm {
            summary,
            db,
            _dir: dir,
        }
    }

    pub(crate) async fn number(&mut self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut self.db)
            .await
            .unwrap_or_else(|e| panic!("{e}: {sql}"))
    }

    pub(crate) async fn texts(&mut self, sql: &str) -> Vec<String> {
        sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(&mut self.db)
            .await
            .unwrap_or_else(|e| panic!("{e}: {sql}"))
    }

    /// Every cell of every table, as text, in a fixed order.
    pub(crate) async fn dump(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
        for table in self.texts(sql).await {
            let info = format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid");
            let columns = self.texts(&info).await;
            let cells = columns
                .iter()
                .map(|c| format!("coalesce(CAST(`{c}` AS TEXT), '~')"))
                .collect::<Vec<_>>()
                .join(" || '|' || ");
            let sql = format!("SELECT {cells} FROM {table} ORDER BY {}", columns[0]);
            for line in self.texts(&sql).await {
                lines.push(format!("{table}|{line}"));
            }
        }
        lines
    }
}

pub(crate) fn small() -> CrmSize {
    CrmSize::scaled(600)
}

#[tokio::test]
async fn the_demo_has_its_numbers_and_is_made_quickly() {
    let started = Instant::now();
    let mut crm = Crm::new(&CrmSize::demo(), 42, "tbl").await;
    let elapsed = started.elapsed();
    // Seconds on an idle machine; the bound leaves room for a busy one.
    assert!(elapsed < Duration::from_secs(30), "{elapsed:?}");
    for (table, rows) in [
        ("clients", 5_000),
        ("leads", 2_000),
        ("projects", 1_000),
        ("tickets", 3_000),
        ("invoices", 10_000),
    ] {
        assert_eq!(
            crm.number(&format!("SELECT count(*) FROM tbl{table}"))
                .await,
            rows
        );
    }
    let contacts = crm.number("SELECT count(*) FROM tblcontacts").await;
    assert!((7_700..8_300).contains(&contacts), "{contacts}");
    assert_eq!(crm.summary.contacts, contacts as u64);
    let active = crm
        .number("SELECT count(*) FROM tblprojects WHERE status NOT IN (4, 5)")
        .await;
    assert!((550..650).contains(&active), "{active}");
    assert_eq!(crm.summary.active_projects, active as u64);
    let merged = "SELECT count(*) FROM tbltickets WHERE merged_ticket_id IS NOT NULL";
    assert_eq!(crm.number(merged).await as u64, crm.summary.merged_tickets);
    let persons = "SELECT count(*) FROM tblclients WHERE coalesce(company, '') = ''";
    assert_eq!(crm.number(persons).await as u64, crm.summary.persons);
    for (table, rows) in crm.summary.rows.clone() {
        let counted = crm
            .number(&format!("SELECT count(*) FROM tbl{table}"))
            .await;
        assert_eq!(counted as u64, rows, "{table}");
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_rows_and_another_seed_others() {
    let mut first = Crm::new(&small(), 7, "tbl").await;
    let mut second = Crm::new(&small(), 7, "tbl").await;
    let mut third = Crm::new(&small(), 8, "tbl").await;
    let rows = first.dump().await;
    assert!(rows.len() > 5_000);
    assert_eq!(rows, second.dump().await);
    assert_eq!(first.summary, second.summary);
    assert_ne!(rows, third.dump().await);
    assert_eq!(first.summary.timezone, "Europe/Bucharest");
    assert_eq!(third.summary.timezone, "Europe/Amsterdam");
}

#[tokio::test]
async fn natural_keys_are_unique_unless_doubles_are_asked_for() {
    let mut crm = Crm::new(&CrmSize::demo(), 1, "tbl").await;
    for sql in [
        "SELECT vat FROM tblclients WHERE vat IS NOT NULL",
        "SELECT company FROM tblclients WHERE coalesce(company, '') <> ''",
        "SELECT email FROM tblcontacts",
        "SELECT email FROM tblleads",
        "SELECT name FROM tblprojects",
        "SELECT subject FROM tbltickets",
        "SELECT CAST(number AS TEXT) FROM tblinvoices WHERE status <> 6",
        // A person's name is the primary contact's.
        "SELECT firstname || ' ' || lastname FROM tblcontacts JOIN tblclients USING (userid) \
         WHERE is_primary = 1 AND coalesce(company, '') = ''",
    ] {
        let values = crm.texts(sql).await;
        assert!(values.len() > 100, "{sql}");
        let mut seen = HashSet::new();
        for value in &values {
            assert!(seen.insert(value), "{sql}: {value}");
        }
    }
}

#[tokio::test]
async fn a_share_of_records_shares_its_keys_on_request() {
    let size = CrmSize {
        duplicate_keys: 0.1,
        ..CrmSize::demo()
    };
    let mut crm = Crm::new(&size, 1, "tbl").await;
    for (table, key, rows) in [
        ("clients", "vat || company", 4_500),
        ("contacts", "email", 8_000),
        ("leads", "email || name", 2_000),
        ("projects", "name || clientid", 1_000),
        ("tickets", "subject || userid", 3_000),
    ] {
        let sql = format!(
            "SELECT coalesce(sum(n), 0) FROM (SELECT count(*) n FROM tbl{table} \
             WHERE {key} <> '' GROUP BY {key} HAVING count(*) > 1)"
        );
        let sharing = crm.number(&sql).await;
        assert!(
            (rows / 20..rows / 5).contains(&sharing),
            "{table}: {sharing}"
        );
    }
}

#[tokio::test]
async fn a_prefix_is_used_and_a_bad_one_refused() {
    let mut crm = Crm::new(&CrmSize::scaled(10), 2, "crm_").await;
    assert_eq!(crm.number("SELECT count(*) FROM crm_clients").await, 10);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.sqlite");
    let size = CrmSize::scaled(1);
    for prefix in ["a b", "x;drop", "ü", &"x".repeat(33)] {
        let error = generate_sqlite(&path, &size, 1, prefix).await.unwrap_err();
        assert!(matches!(error, GenerateError::Prefix(_)), "{prefix}");
    }
    assert!(!path.exists());
}

#[tokio::test]
async fn a_database_that_is_there_already_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.sqlite");
    let size = CrmSize::scaled(10);
    generate_sqlite(&path, &size, 1, "tbl").await.unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(generate_sqlite(&path, &size, 2, "tbl").await.is_err());
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn sizes_of_nothing_work() {
    let size = CrmSize {
        customers: 0,
        ..CrmSize::scaled(50)
    };
    let mut crm = Crm::new(&size, 2, "").await;
    assert_eq!(crm.number("SELECT count(*) FROM tickets").await, 30);
    assert_eq!(crm.number("SELECT count(*) FROM invoices").await, 0);
    assert_eq!(
        crm.number("SELECT count(*) FROM tickets WHERE userid <> 0")
            .await,
        0
    );
}

#[tokio::test]
async fn an_empty_crm_has_its_lists_and_no_records() {
    let mut crm = Crm::new(&CrmSize::empty(), 2, "tbl").await;
    for table in [
        "clients",
        "contacts",
        "leads",
        "projects",
        "tickets",
        "invoices",
        "invoicepaymentrecords",
        "itemable",
        "item_tax",
        "estimates",
        "items",
        "items_groups",
        "inventory_manage",
        "group_discounts",
        "customer_groups",
        "customfieldsvalues",
    ] {
        let all = format!("SELECT count(*) FROM tbl{table}");
        assert_eq!(crm.number(&all).await, 0, "{table}");
    }
    for table in [
        "currencies",
        "countries",
        "leads_status",
        "leads_sources",
        "tickets_status",
        "tickets_priorities",
        "departments",
        "staff",
        "payment_modes",
        "taxes",
        "customers_groups",
        "warehouse",
        "customfields",
    ] {
        let all = format!("SELECT count(*) FROM tbl{table}");
        assert!(crm.number(&all).await > 1, "{table}");
    }
    let options = "SELECT name FROM tbloptions WHERE name LIKE 'smartcrm_%' ORDER BY name";
    assert_eq!(
        crm.texts(options).await,
        [
            "smartcrm_api_timeout",
            "smartcrm_api_url",
            "smartcrm_auth_token",
            "smartcrm_batch_size",
            "smartcrm_client_token",
            "smartcrm_cron",
            "smartcrm_currency_mapping",
            "smartcrm_interval",
            "smartcrm_max_retries",
        ]
    );
}

#[tokio::test]
async fn a_later_version_keeps_the_printed_number_and_an_older_one_no_product_of_a_line() {
    let later = CrmSize {
        formatted_numbers: true,
        line_products: false,
        ..small()
    };
    let mut crm = Crm::new(&later, 5, "tbl").await;
    for (sql, format) in [
        ("number_format = 1", "INV-______"),
        ("number_format = 2", "INV-____/______"),
        ("number_format = 3", "INV-______-__"),
        ("number_format = 4", "INV-______/__/____"),
    ] {
        let of = format!("SELECT count(*) FROM tblinvoices WHERE status <> 6 AND {sql}");
        let all = crm.number(&of).await;
        let like = format!("{of} AND formatted_number LIKE '{format}'");
        assert!(all > 0);
        assert_eq!(crm.number(&like).await, all, "{sql}");
    }
    let orders = "SELECT count(*) FROM tblestimates WHERE formatted_number LIKE 'SO-%'";
    assert_eq!(crm.number(orders).await as u64, crm.summary.orders);
    let columns = "SELECT name FROM pragma_table_info('tblitemable')";
    assert!(!crm.texts(columns).await.contains(&"product_id".to_owned()));
    let mut usual = Crm::new(&small(), 5, "tbl").await;
    assert!(
        usual
            .texts(columns)
            .await
            .contains(&"product_id".to_owned())
    );
    for table in ["invoices", "estimates"] {
        let columns = format!("SELECT name FROM pragma_table_info('tbl{table}')");
        let columns = usual.texts(&columns).await;
        assert!(!columns.contains(&"formatted_number".to_owned()), "{table}");
    }
}

#[tokio::test]
async fn no_default_helps_a_writer_that_forgets_a_column() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("crm.sqlite");
    generate_sqlite(&path, &CrmSize::empty(), 1, "tbl")
        .await
        .unwrap();
    let mut db = SqliteConnectOptions::new()
        .filename(&path)
        .connect()
        .await
        .unwrap();
    for (sql, column) in [
        (
            "INSERT INTO tblclients (company) VALUES ('A')",
            "tblclients.",
        ),
        (
            "INSERT INTO tblinvoicepaymentrecords (invoiceid, amount, date) \
             VALUES (1, 1, '2026-01-01')",
            "tblinvoicepaymentrecords.daterecorded",
        ),
        (
            "INSERT INTO tblitems (description) VALUES ('A')",
            "tblitems.",
        ),
        (
            "INSERT INTO tblinventory_manage (warehouse_id) VALUES (1)",
            "tblinventory_manage.commodity_id",
        ),
        (
            "INSERT INTO tblgroup_discounts (percent) VALUES (1)",
            "tblgroup_discounts.groupid",
        ),
    ] {
        let error = sqlx::raw_sql(sql).execute(&mut db).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("NOT NULL") && text.contains(column), "{text}");
    }
}
