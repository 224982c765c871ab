//! What MySQL says about its tables.

use api_core::Error;

use super::{Auto, Class, Column, TableInfo, number, plain, text};
use crate::sql::db::{Arg, Session};
use crate::sql::row::Cell;

pub(super) async fn load(session: &mut Session, name: &str) -> Result<Option<TableInfo>, Error> {
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
    let columns = rows.iter().filter_map(|row| column(row)).collect();
    Ok(Some(TableInfo {
        name: name.to_owned(),
        writable,
        unsafe_engine,
        columns,
    }))
}

fn column(row: &[Cell]) -> Option<Column> {
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
