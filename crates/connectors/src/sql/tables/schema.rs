//! What the database says about its tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use api_core::Error;

use crate::sql::db::{Arg, Dialect, Session};
use crate::sql::row::Cell;

/// What a column takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// True or false, as a type of its own.
    Bool,
    /// Whole numbers.
    Int,
    /// Exact decimal numbers.
    Decimal,
    /// Binary floats.
    Float,
    /// Text.
    Text,
    /// Days.
    Date,
    /// Naive times.
    Time,
    /// Moments: the database knows the zone.
    Moment,
    /// Anything that is written and read as text of a form of its own.
    Other,
    /// Anything at all (SQLite).
    Any,
}

/// A column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) class: Class,
    /// The name of the type, to turn text into (PostgreSQL); with its schema, because a bare
    /// `character` or `bit` would cut the text to one letter.
    pub(crate) type_name: Arc<str>,
    /// Whether it has to be asked for as text.
    pub(crate) cast: bool,
    /// Whether spaces at the end are only padding.
    pub(crate) padded: bool,
    /// The most characters.
    pub(crate) max_chars: Option<u64>,
    /// The most bytes.
    pub(crate) max_bytes: Option<u64>,
    /// Digits behind the point.
    pub(crate) scale: Option<u32>,
    /// The least and the greatest whole number.
    pub(crate) range: Option<(i64, i64)>,
    pub(crate) nullable: bool,
    /// What it gets without a value, as SQL; empty where that is not known as SQL.
    pub(crate) default: Option<String>,
    /// Whether the database numbers new rows by it.
    pub(crate) auto: Auto,
    /// Whether the database computes it.
    pub(crate) generated: bool,
    /// Whether the database sets it anew with each update.
    pub(crate) touched: bool,
    /// Whether it is the primary key, or part of it.
    pub(crate) primary: bool,
    /// Whether times keep parts of a second.
    pub(crate) fraction: bool,
}

/// How the database numbers new rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Auto {
    /// It does not.
    No,
    /// One above the largest row id so far (SQLite); with `AUTOINCREMENT` also above all former.
    RowId { never_again: bool },
    /// `AUTO_INCREMENT`.
    Increment,
    /// An expression that gives the next key.
    Expression(String),
}

/// A table or view.
#[derive(Debug, Clone)]
pub(crate) struct TableInfo {
    pub(crate) name: String,
    /// Whether rows can be written.
    pub(crate) writable: bool,
    /// The storage engine where it knows no transactions.
    pub(crate) unsafe_engine: Option<String>,
    pub(crate) columns: Vec<Column>,
}

impl TableInfo {
    /// A column by name, whatever the case.
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns
            .iter()
            .find(|column| column.name == name)
            .or_else(|| {
                self.columns
                    .iter()
                    .find(|column| column.name.eq_ignore_ascii_case(name))
            })
    }

    /// What the database says; `None` where there is no such table.
    pub(crate) async fn load(
        session: &mut Session,
        dialect: Dialect,
        name: &str,
    ) -> Result<Option<Self>, Error> {
        let info = match dialect {
            #[cfg(feature = "sql-sqlite")]
            Dialect::Sqlite => sqlite(session, name).await?,
            #[cfg(feature = "sql-mysql")]
            Dialect::MySql => mysql(session, name).await?,
            #[cfg(feature = "sql-postgres")]
            Dialect::Postgres => postgres(session, dialect, name).await?,
        };
        Ok(info.filter(|info| !info.columns.is_empty()))
    }
}

fn text(cell: Option<&Cell>) -> Option<String> {
    match cell {
        Some(Cell::Text(text)) => Some(text.clone()),
        Some(Cell::Int(number)) => Some(number.to_string()),
        _ => None,
    }
}

fn number(cell: Option<&Cell>) -> Option<i64> {
    match cell {
        Some(Cell::Int(number)) => Some(*number),
        Some(Cell::Text(text)) => text.parse().ok(),
        _ => None,
    }
}

fn plain(name: String, class: Class) -> Column {
    Column {
        name,
        class,
        type_name: Arc::from(""),
        cast: false,
        padded: false,
        max_chars: None,
        max_bytes: None,
        scale: None,
        range: None,
        nullable: true,
        default: None,
        auto: Auto::No,
        generated: false,
        touched: false,
        primary: false,
        fraction: true,
    }
}

#[cfg(feature = "sql-sqlite")]
async fn sqlite(session: &mut Session, name: &str) -> Result<Option<TableInfo>, Error> {
    let found = session
        .rows(
            "SELECT type, COALESCE(sql, '') FROM sqlite_master \
             WHERE lower(name) = lower(?) AND type IN ('table', 'view')",
            vec![Arg::Text(name.to_owned())],
        )
        .await?;
    let Some(table) = found.first() else {
        return Ok(None);
    };
    let writable = text(table.first()).is_some_and(|kind| kind == "table");
    let sql = text(table.get(1)).unwrap_or_default().to_ascii_uppercase();
    let rows = session
        .rows(
            "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?)",
            vec![Arg::Text(name.to_owned())],
        )
        .await?;
    let keys = rows
        .iter()
        .filter(|row| number(row.get(4)).is_some_and(|pk| pk > 0))
        .count();
    let mut columns = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some(column) = text(row.first()) else {
            continue;
        };
        let hidden = number(row.get(5)).unwrap_or(0);
        if hidden == 1 {
            continue;
        }
        let declared = text(row.get(1)).unwrap_or_default().to_ascii_uppercase();
        let has = |word: &str| declared.contains(word);
        let class = if has("INT") || has("BOOL") {
            Class::Int
        } else if has("CHAR") || has("CLOB") || has("TEXT") {
            Class::Text
        } else if has("DATETIME") || has("TIMESTAMP") {
            Class::Time
        } else if has("DATE") {
            Class::Date
        } else if has("REAL") || has("FLOA") || has("DOUB") {
            Class::Float
        } else if has("DEC") || has("NUM") {
            Class::Decimal
        } else {
            Class::Any
        };
        let primary = number(row.get(4)).is_some_and(|pk| pk > 0);
        let rowid = primary && keys == 1 && declared == "INTEGER" && !sql.contains("WITHOUT ROWID");
        columns.push(Column {
            nullable: number(row.get(2)) == Some(0) && !primary,
            default: text(row.get(3)).filter(|default| !default.eq_ignore_ascii_case("NULL")),
            auto: if rowid {
                Auto::RowId {
                    never_again: sql.contains("AUTOINCREMENT"),
                }
            } else {
                Auto::No
            },
            generated: hidden > 1,
            primary,
            ..plain(column, class)
        });
    }
    Ok(Some(TableInfo {
        name: name.to_owned(),
        writable,
        unsafe_engine: None,
        columns,
    }))
}

#[cfg(feature = "sql-mysql")]
async fn mysql(session: &mut Session, name: &str) -> Result<Option<TableInfo>, Error> {
    let (condition, args) = match name.split_once('.') {
        None => (
            "table_schema = DATABASE() AND table_name = ?",
            vec![Arg::Text(name.to_owned())],
        ),
        Some((schema, table)) => (
            "table_schema = ? AND table_name = ?",
            vec![Arg::Text(schema.to_owned()), Arg::Text(table.to_owned())],
        ),
    };
    let found = session
        .rows(
            format!("SELECT table_type, engine FROM information_schema.tables WHERE {condition}"),
            args.clone(),
        )
        .await?;
    let Some(table) = found.first() else {
        return Ok(None);
    };
    let writable = text(table.first()).is_some_and(|kind| kind == "BASE TABLE");
    let unsafe_engine = text(table.get(1)).filter(|engine| {
        writable
            && !["InnoDB", "ndbcluster", "RocksDB", "TokuDB"]
                .iter()
                .any(|safe| safe.eq_ignore_ascii_case(engine))
    });
    let rows = session
        .rows(
            format!(
                "SELECT column_name, data_type, column_type, character_maximum_length, \
                 numeric_scale, is_nullable, column_default, extra, datetime_precision, \
                 column_key FROM information_schema.columns WHERE {condition} \
                 ORDER BY ordinal_position"
            ),
            args,
        )
        .await?;
    let columns = rows.iter().filter_map(|row| mysql_column(row)).collect();
    Ok(Some(TableInfo {
        name: name.to_owned(),
        writable,
        unsafe_engine,
        columns,
    }))
}

#[cfg(feature = "sql-mysql")]
fn mysql_column(row: &[Cell]) -> Option<Column> {
    let name = text(row.first())?;
    let kind = text(row.get(1))?.to_ascii_lowercase();
    let whole = text(row.get(2)).unwrap_or_default().to_ascii_lowercase();
    let length = number(row.get(3)).and_then(|length| u64::try_from(length).ok());
    let nullable = text(row.get(5)).is_some_and(|word| word.eq_ignore_ascii_case("yes"));
    let default = text(row.get(6)).filter(|default| default != "NULL");
    let extra = text(row.get(7)).unwrap_or_default().to_ascii_lowercase();
    let unsigned = whole.contains("unsigned");
    let class = match kind.as_str() {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" | "bit" => Class::Int,
        "decimal" => Class::Decimal,
        "float" | "double" => Class::Float,
        "date" => Class::Date,
        "datetime" => Class::Time,
        "timestamp" => Class::Moment,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set"
        | "json" => Class::Text,
        _ => Class::Other,
    };
    let range = match (kind.as_str(), unsigned) {
        ("tinyint", false) => Some((-128, 127)),
        ("tinyint", true) => Some((0, 255)),
        ("smallint", false) => Some((-32_768, 32_767)),
        ("smallint", true) => Some((0, 65_535)),
        ("mediumint", false) => Some((-8_388_608, 8_388_607)),
        ("mediumint", true) => Some((0, 16_777_215)),
        ("int", false) => Some((i32::MIN.into(), i32::MAX.into())),
        ("int", true) => Some((0, u32::MAX.into())),
        ("bigint", true) => Some((0, i64::MAX)),
        _ => None,
    };
    Some(Column {
        cast: kind == "time" || kind == "geometry",
        // A TEXT column counts bytes, a VARCHAR characters.
        max_chars: length.filter(|_| matches!(kind.as_str(), "char" | "varchar")),
        max_bytes: length.filter(|_| kind.ends_with("text")),
        scale: number(row.get(4))
            .filter(|_| class == Class::Decimal)
            .and_then(|scale| u32::try_from(scale).ok()),
        range,
        nullable,
        default,
        auto: if extra.contains("auto_increment") {
            Auto::Increment
        } else {
            Auto::No
        },
        generated: extra.contains("generated") && !extra.contains("default_generated")
            || extra.contains("virtual")
            || extra.contains("stored generated"),
        touched: extra.contains("on update"),
        primary: text(row.get(9)).is_some_and(|key| key == "PRI"),
        fraction: number(row.get(8)).is_some_and(|digits| digits > 0),
        ..plain(name, class)
    })
}

#[cfg(feature = "sql-postgres")]
async fn postgres(
    session: &mut Session,
    dialect: Dialect,
    name: &str,
) -> Result<Option<TableInfo>, Error> {
    let regclass = dialect.table(name);
    let rows = session
        .rows(
            "SELECT CAST(c.relkind AS text), CAST(a.attname AS text), \
             CAST(COALESCE(b.typname, t.typname) AS text), \
             format('%I.%I', n.nspname, COALESCE(b.typname, t.typname)), \
             CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE t.typtypmod END, a.attnotnull, \
             pg_get_expr(d.adbin, d.adrelid), CAST(a.attidentity AS text), \
             CAST(a.attgenerated AS text), \
             EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary \
             AND a.attnum = ANY (i.indkey)) \
             FROM pg_class c \
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             JOIN pg_type t ON t.oid = a.atttypid \
             LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype \
             JOIN pg_namespace n ON n.oid = COALESCE(b.typnamespace, t.typnamespace) \
             LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
             WHERE c.oid = to_regclass(?) ORDER BY a.attnum",
            vec![Arg::Text(regclass.clone())],
        )
        .await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let writable = matches!(text(first.first()).as_deref(), Some("r" | "p"));
    let columns = rows
        .iter()
        .filter_map(|row| postgres_column(&regclass, row))
        .collect();
    Ok(Some(TableInfo {
        name: name.to_owned(),
        writable,
        unsafe_engine: None,
        columns,
    }))
}

#[cfg(feature = "sql-postgres")]
fn postgres_column(table: &str, row: &[Cell]) -> Option<Column> {
    let name = text(row.get(1))?;
    let kind = text(row.get(2))?;
    let type_name = text(row.get(3))?;
    let modifier = number(row.get(4)).unwrap_or(-1);
    let default = text(row.get(6));
    let identity = text(row.get(7)).is_some_and(|word| !word.trim().is_empty());
    let generated = text(row.get(8)).is_some_and(|word| !word.trim().is_empty());
    let class = match kind.as_str() {
        "bool" => Class::Bool,
        "int2" | "int4" | "int8" => Class::Int,
        "numeric" => Class::Decimal,
        "float4" | "float8" => Class::Float,
        "text" | "varchar" | "bpchar" | "name" | "citext" => Class::Text,
        "date" => Class::Date,
        "timestamp" => Class::Time,
        "timestamptz" => Class::Moment,
        _ => Class::Other,
    };
    let range = match kind.as_str() {
        "int2" => Some((i16::MIN.into(), i16::MAX.into())),
        "int4" => Some((i32::MIN.into(), i32::MAX.into())),
        _ => None,
    };
    let sized = modifier.checked_sub(4).filter(|size| *size >= 0);
    let auto = match &default {
        _ if identity => Auto::Expression(format!(
            "nextval(pg_get_serial_sequence('{}', '{}'))",
            table.replace('\'', "''"),
            name.replace('\'', "''")
        )),
        Some(default) if !generated => Auto::Expression(default.clone()),
        _ => Auto::No,
    };
    Some(Column {
        class,
        cast: !crate::sql::db::is_native(&kind),
        padded: kind == "bpchar",
        max_chars: sized
            .filter(|_| matches!(kind.as_str(), "varchar" | "bpchar"))
            .and_then(|size| u64::try_from(size).ok()),
        scale: sized
            .filter(|_| kind == "numeric")
            .and_then(|size| u32::try_from(size & 0x7ff).ok()),
        range,
        nullable: number(row.get(5)) == Some(0),
        default: default.filter(|_| !generated),
        auto,
        generated,
        primary: number(row.get(9)) == Some(1),
        type_name: Arc::from(type_name),
        ..plain(name, Class::Other)
    })
}

/// The names of all tables and views, each with its columns in order.
pub(crate) async fn all_tables(
    session: &mut Session,
    dialect: Dialect,
) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in session.rows(dialect.columns_query(), Vec::new()).await? {
        if let (Some(table), Some(column)) = (text(row.first()), text(row.get(1))) {
            tables.entry(table).or_default().push(column);
        }
    }
    Ok(tables)
}
