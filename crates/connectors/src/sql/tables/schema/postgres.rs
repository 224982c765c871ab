//! What PostgreSQL says about its tables.

use std::sync::Arc;

use api_core::Error;

use super::{Auto, Class, Column, TableInfo, number, plain, text};
use crate::sql::db::{Arg, Dialect, Session};
use crate::sql::row::Cell;

pub(super) async fn load(
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
        .filter_map(|row| column(&regclass, row))
        .collect();
    Ok(Some(TableInfo {
        name: name.to_owned(),
        writable,
        unsafe_engine: None,
        columns,
    }))
}

fn column(table: &str, row: &[Cell]) -> Option<Column> {
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
