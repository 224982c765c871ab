//! What SQLite says about its tables.

use api_core::Error;

use super::{Auto, Class, Column, TableInfo, number, plain, text};
use crate::sql::db::{Arg, Session};

pub(super) async fn load(session: &mut Session, name: &str) -> Result<Option<TableInfo>, Error> {
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
