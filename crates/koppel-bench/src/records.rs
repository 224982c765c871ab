//! The records that are moved: customers with the fields that a small company's CRM fills in.

use std::fmt::Write as _;

use anyhow::Result;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{QueryBuilder, Sqlite, SqlitePool};

/// Columns of the table `customers`, behind its key `id`.
pub(crate) const COLUMNS: [&str; 12] = [
    "name", "vat", "phone", "website", "street", "city", "state", "zip", "country", "currency",
    "language", "active",
];

const CITIES: [&str; 8] = [
    "Utrecht",
    "Cluj-Napoca",
    "Gent",
    "Zwolle",
    "Iași",
    "Maastricht",
    "Ploiești",
    "Leeuwarden",
];

/// The values of customer `n`, in the order of [`COLUMNS`] without `active`.
pub(crate) fn values(n: u64) -> [String; 11] {
    let city = CITIES[(n % 8) as usize];
    [
        format!("Bakkerij {n} & Zonen \"De Oven\" B.V."),
        format!("NL{:09}B01", n % 1_000_000_000),
        format!("+31 30 {:07}", n % 10_000_000),
        format!("https://bakkerij-{n}.example"),
        format!("Lange Nieuwstraat {}", n % 400 + 1),
        city.to_owned(),
        "Utrecht".to_owned(),
        format!("{:04} AB", n % 9000 + 1000),
        "NL".to_owned(),
        "EUR".to_owned(),
        "dutch".to_owned(),
    ]
}

/// Adds customer `n` to `out` as the API answers it: every scalar a string.
pub(crate) fn write_wire(n: u64, out: &mut String) {
    let [
        name,
        vat,
        phone,
        website,
        street,
        city,
        state,
        zip,
        country,
        currency,
        language,
    ] = values(n);
    let name = name.replace('"', "\\\"");
    write!(
        out,
        "{{\"id\":\"{n}\",\"external_id\":null,\"company\":\"{name}\",\"vat\":\"{vat}\",\
         \"phonenumber\":\"{phone}\",\"website\":\"{website}\",\"address\":\"{street}\",\
         \"city\":\"{city}\",\"state\":\"{state}\",\"zip\":\"{zip}\",\"country\":\"{country}\",\
         \"currency\":\"{currency}\",\"default_language\":\"{language}\",\"active\":\"1\",\
         \"updated_at\":\"2026-03-01T10:00:00Z\"}}"
    )
    .ok();
}

/// Opens a database file of the size that the measured programs work on.
pub(crate) async fn open(path: &std::path::Path) -> Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    Ok(SqlitePoolOptions::new()
        .max_connections(2)
        .connect_with(options)
        .await?)
}

/// Makes the table `customers`, empty.
pub(crate) async fn create_table(pool: &SqlitePool) -> Result<()> {
    sqlx::query(
        "CREATE TABLE IF NOT EXISTS customers (
             id INTEGER PRIMARY KEY, name TEXT NOT NULL, vat TEXT, phone TEXT, website TEXT,
             street TEXT, city TEXT, state TEXT, zip TEXT, country TEXT, currency TEXT,
             language TEXT, active INTEGER NOT NULL)",
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Fills the table with customers 1 to `count`.
pub(crate) async fn fill(pool: &SqlitePool, count: u64) -> Result<()> {
    let mut next = 1;
    while next <= count {
        let end = (next + 500).min(count + 1);
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO customers (id, ");
        query.push(COLUMNS.join(", ")).push(") ");
        query.push_values(next..end, |mut row, n| {
            row.push_bind(n as i64);
            for value in values(n) {
                row.push_bind(value);
            }
            row.push_bind(1_i64);
        });
        query.build().execute(pool).await?;
        next = end;
    }
    Ok(())
}
