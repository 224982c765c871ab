//! How the three databases spell SQL.

#[cfg(feature = "sql-postgres")]
use super::Arg;

/// Which SQL is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    #[cfg(feature = "sql-sqlite")]
    Sqlite,
    #[cfg(feature = "sql-mysql")]
    MySql,
    #[cfg(feature = "sql-postgres")]
    Postgres,
}

impl Dialect {
    /// The column as text, whatever its type is.
    pub(crate) fn as_text(self, column: &str) -> String {
        let quoted = self.quote(column);
        match self {
            #[cfg(feature = "sql-sqlite")]
            Dialect::Sqlite => format!("CAST({quoted} AS TEXT)"),
            #[cfg(feature = "sql-mysql")]
            Dialect::MySql => format!("CAST({quoted} AS CHAR)"),
            #[cfg(feature = "sql-postgres")]
            Dialect::Postgres => format!("CAST({quoted} AS text)"),
        }
    }

    /// A name as an identifier; safe whatever is in it.
    pub(crate) fn quote(self, name: &str) -> String {
        let mark = match self {
            #[cfg(feature = "sql-sqlite")]
            Dialect::Sqlite => '`',
            #[cfg(feature = "sql-mysql")]
            Dialect::MySql => '`',
            #[cfg(feature = "sql-postgres")]
            Dialect::Postgres => '"',
        };
        let mut quoted = String::with_capacity(name.len() + 2);
        quoted.push(mark);
        for letter in name.chars().filter(|letter| *letter != '\0') {
            if letter == mark {
                quoted.push(mark);
            }
            quoted.push(letter);
        }
        quoted.push(mark);
        quoted
    }

    /// The name of a table, with its schema or database in front where it has one.
    pub(crate) fn table(self, name: &str) -> String {
        let parts: Vec<String> = name.split('.').map(|part| self.quote(part)).collect();
        parts.join(".")
    }

    /// A query for the name of every table and column.
    pub(crate) fn columns_query(self) -> &'static str {
        match self {
            #[cfg(feature = "sql-sqlite")]
            Dialect::Sqlite => {
                "SELECT CAST(m.name AS TEXT), CAST(c.name AS TEXT) \
                 FROM sqlite_master m, pragma_table_info(m.name) c \
                 WHERE m.type IN ('table', 'view')"
            }
            #[cfg(feature = "sql-mysql")]
            Dialect::MySql => {
                "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR) \
                 FROM information_schema.columns WHERE table_schema = DATABASE()"
            }
            #[cfg(feature = "sql-postgres")]
            Dialect::Postgres => {
                "SELECT CAST(table_name AS text), CAST(column_name AS text) \
                 FROM information_schema.columns WHERE table_schema = ANY (current_schemas(false))"
            }
        }
    }
}

/// Whether a name can be that of a table or column: printable, not long, no quotes.
pub(crate) fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 128
        && !name
            .chars()
            .any(|letter| letter.is_control() || matches!(letter, '"' | '`' | '\'' | '\\' | ';'))
}

/// The type that PostgreSQL is told for a value; text is turned into other types by the server.
#[cfg(feature = "sql-postgres")]
pub(super) fn postgres_type(arg: &Arg) -> &str {
    match arg {
        Arg::Null => "unknown",
        Arg::Bool(_) => "bool",
        Arg::Int(_) => "int8",
        Arg::Decimal(_) => "numeric",
        Arg::Text(_) => "text",
        Arg::Date(_) => "date",
        Arg::Time(_) => "timestamp",
        Arg::Moment(_) => "timestamptz",
        Arg::Typed(_, name) => name,
    }
}

/// Replaces each `?` outside quotes by `$n` with its type, and by `NULL` where there is nothing.
///
/// The type stands in the text, so that a statement that is kept for reuse never meets values of
/// other types than it was prepared for.
#[cfg(feature = "sql-postgres")]
pub(super) fn numbered(sql: &str, args: &[Arg]) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(sql.len() + args.len() * 12);
    let mut args = args.iter();
    let (mut bound, mut quote) = (0, None);
    for letter in sql.chars() {
        match (quote, letter) {
            (None, '?') => {
                match args.next() {
                    None | Some(Arg::Null) => out.push_str("NULL"),
                    Some(arg) => {
                        bound += 1;
                        // Writing to a string never fails.
                        let written = match arg {
                            Arg::Bool(_) | Arg::Int(_) | Arg::Text(_) => {
                                write!(out, "${bound}::{}", postgres_type(arg))
                            }
                            _ => write!(out, "${bound}::text::{}", postgres_type(arg)),
                        };
                        debug_assert!(written.is_ok());
                    }
                }
                continue;
            }
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
        out.push(letter);
    }
    out
}

#[cfg(all(test, feature = "sql-postgres", feature = "sql-mysql"))]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_whatever_is_in_them() {
        assert_eq!(Dialect::MySql.quote("a`; --"), "`a``; --`");
        assert_eq!(Dialect::Postgres.quote("a\"b\0"), "\"a\"\"b\"");
        assert_eq!(Dialect::Postgres.table("crm.order"), "\"crm\".\"order\"");
    }

    #[test]
    fn question_marks_become_numbers_with_types() {
        let args = [
            Arg::Int(1),
            Arg::Null,
            Arg::Date("2026-01-01".to_owned()),
            Arg::Text("x".to_owned()),
        ];
        assert_eq!(
            numbered("a = ? AND b = '?' AND \"?\" = ? OR d = ? OR e = ?", &args),
            "a = $1::int8 AND b = '?' AND \"?\" = NULL OR d = $2::text::date OR e = $3::text"
        );
    }

    #[test]
    fn an_identifier_has_no_quotes_and_no_control_characters() {
        assert!(is_identifier("Customer name (old)"));
        for bad in ["", "a`b", "a\"b", "a;b", "a\nb", &"a".repeat(129)] {
            assert!(!is_identifier(bad), "{bad}");
        }
    }
}
