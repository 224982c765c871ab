//! The generated CRM database in MySQL or MariaDB, where one is at hand.

use std::io::Write as _;

use koppel_sandbox::crm::{CrmSize, generate_mysql};
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, MySqlConnection};

use crate::crm_sqlite::Crm;

/// An empty database of its own, on the server the environment names.
struct Database {
    url: String,
    name: String,
    server: MySqlConnection,
}

impl Database {
    async fn new(name: &str) -> Option<Database> {
        let Ok(base) = std::env::var("KOPPEL_TEST_MYSQL_URL") else {
            // Written past the capture of passed tests' output.
            let notice = format!("NOT RUN ({name}): set KOPPEL_TEST_MYSQL_URL to a server.\n");
            std::io::stderr().write_all(notice.as_bytes()).unwrap();
            return None;
        };
        let options: MySqlConnectOptions = base.parse().unwrap();
        let mut server = options.connect().await.unwrap();
        let name = format!("koppel_sandbox_{name}_{}", std::process::id());
        let create = format!("CREATE DATABASE {name} CHARACTER SET utf8mb4");
        sqlx::raw_sql(AssertSqlSafe(create))
            .execute(&mut server)
            .await
            .unwrap();
        let (scheme, rest) = base.split_once("://").unwrap();
        let host = rest.split(['/', '?']).next().unwrap();
        let query = rest
            .split_once('?')
            .map_or(String::new(), |(_, q)| format!("?{q}"));
        Some(Database {
            url: format!("{scheme}://{host}/{name}{query}"),
            name,
            server,
        })
    }

    async fn drop(mut self) {
        let drop = format!("DROP DATABASE {}", self.name);
        sqlx::raw_sql(AssertSqlSafe(drop))
            .execute(&mut self.server)
            .await
            .unwrap();
    }
}

async fn dump(db: &mut MySqlConnection) -> Vec<String> {
    let mut lines = Vec::new();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT CAST(table_name AS CHAR) FROM information_schema.tables \
         WHERE table_schema = database() ORDER BY BINARY table_name",
    )
    .fetch_all(&mut *db)
    .await
    .unwrap();
    for table in tables {
        let columns: Vec<String> = sqlx::query_scalar(
            "SELECT CAST(column_name AS CHAR) FROM information_schema.columns \
             WHERE table_schema = database() AND table_name = ? ORDER BY ordinal_position",
        )
        .bind(&table)
        .fetch_all(&mut *db)
        .await
        .unwrap();
        let cells = columns
            .iter()
            .map(|c| format!("coalesce(CAST(`{c}` AS CHAR), '~')"))
            .collect::<Vec<_>>()
            .join(", '|', ");
        let sql = format!(
            "SELECT concat({cells}) FROM {table} ORDER BY {}",
            columns[0]
        );
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(&mut *db)
            .await
            .unwrap();
        lines.extend(rows.into_iter().map(|row| format!("{table}|{row}")));
    }
    lines
}

/// SQLite prints 12.50 as 12.5 and 12.00 as 12: both sides without such zeros.
fn plain(line: &str) -> String {
    line.split('|')
        .map(|cell| match cell.split_once('.') {
            Some((whole, part))
                if part.len() <= 2
                    && !part.is_empty()
                    && format!("{whole}{part}")
                        .trim_start_matches('-')
                        .bytes()
                        .all(|b| b.is_ascii_digit()) =>
            {
                cell.trim_end_matches('0').trim_end_matches('.')
            }
            _ => cell,
        })
        .collect::<Vec<_>>()
        .join("|")
}

#[tokio::test]
async fn mysql_gets_the_rows_sqlite_gets() {
    let Some(database) = Database::new("rows").await else {
        return;
    };
    let size = CrmSize::scaled(400);
    let summary = generate_mysql(&database.url, &size, 11, "tbl")
        .await
        .unwrap();
    let mut crm = Crm::new(&size, 11, "tbl").await;
    assert_eq!(summary, crm.summary);
    let options: MySqlConnectOptions = database.url.parse().unwrap();
    let mut db = options.connect().await.unwrap();
    let theirs = dump(&mut db).await;
    let ours = crm.dump().await;
    assert_eq!(theirs.len(), ours.len());
    for (mysql, sqlite) in theirs.iter().zip(&ours) {
        assert_eq!(plain(mysql), plain(sqlite));
    }
    let engines: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT CAST(concat(engine, ' ', table_collation) AS CHAR) \
         FROM information_schema.tables WHERE table_schema = database()",
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    assert!(
        engines
            .iter()
            .all(|engine| engine.starts_with("InnoDB utf8mb4")),
        "{engines:?}"
    );
    let zero: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM tblprojects WHERE CAST(deadline AS CHAR) = '0000-00-00'",
    )
    .fetch_one(&mut db)
    .await
    .unwrap();
    assert!(zero > 0);
    database.drop().await;
}

#[tokio::test]
async fn mysql_tables_that_are_there_already_are_not_touched() {
    let Some(database) = Database::new("again").await else {
        return;
    };
    let size = CrmSize::scaled(10);
    generate_mysql(&database.url, &size, 1, "tbl")
        .await
        .unwrap();
    assert!(
        generate_mysql(&database.url, &size, 2, "tbl")
            .await
            .is_err()
    );
    let options: MySqlConnectOptions = database.url.parse().unwrap();
    let mut db = options.connect().await.unwrap();
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM tblclients")
        .fetch_one(&mut db)
        .await
        .unwrap();
    assert_eq!(count, 10);
    database.drop().await;
}

#[tokio::test]
async fn an_empty_mysql_crm_takes_no_row_that_lacks_a_column() {
    let Some(database) = Database::new("empty").await else {
        return;
    };
    let size = CrmSize {
        formatted_numbers: true,
        ..CrmSize::empty()
    };
    let summary = generate_mysql(&database.url, &size, 1, "tbl")
        .await
        .unwrap();
    assert_eq!(summary.customers, 0);
    assert!(summary.rows["warehouse"] > 1);
    let options: MySqlConnectOptions = database.url.parse().unwrap();
    let mut db = options.connect().await.unwrap();
    sqlx::raw_sql("SET SESSION sql_mode = 'STRICT_ALL_TABLES'")
        .execute(&mut db)
        .await
        .unwrap();
    for (sql, column) in [
        ("INSERT INTO tblclients (company) VALUES ('A')", "country"),
        ("INSERT INTO tblestimates (clientid) VALUES (1)", "sent"),
    ] {
        let error = sqlx::raw_sql(sql).execute(&mut db).await.unwrap_err();
        let expected = format!("'{column}' doesn't have a default value");
        assert!(error.to_string().contains(&expected), "{error}");
    }
    let full = "INSERT INTO tblinventory_manage (warehouse_id, commodity_id) VALUES (1, 1)";
    sqlx::raw_sql(full).execute(&mut db).await.unwrap();
    database.drop().await;
}
