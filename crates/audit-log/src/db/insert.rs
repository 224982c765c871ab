//! Statements that write many rows.

use std::sync::{Arc, OnceLock};

use sqlx::Arguments as _;
use sqlx::postgres::PgArguments;

use super::Arg;

/// How many rows one statement of SQLite writes: as many as fit of these. At most 32,766 values
/// go into one; a task that waits for each statement is better off with few.
const ROWS: [usize; 5] = [500, 100, 25, 5, 1];

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Text,
    Blob,
}

/// `INSERT INTO table (columns) ... tail`, for any number of rows with few texts to prepare.
///
/// SQLite gets lists of values, many rows a statement; PostgreSQL an array for each column.
pub(crate) struct Insert {
    table: &'static str,
    columns: &'static [(&'static str, Kind)],
    tail: &'static str,
    sqlite: [OnceLock<Arc<str>>; ROWS.len()],
    postgres: OnceLock<Arc<str>>,
}

impl Insert {
    /// `tail` is what follows the values, such as `ON CONFLICT ...`.
    pub(crate) const fn new(
        table: &'static str,
        columns: &'static [(&'static str, Kind)],
        tail: &'static str,
    ) -> Self {
        Self {
            table,
            columns,
            tail,
            sqlite: [const { OnceLock::new() }; ROWS.len()],
            postgres: OnceLock::new(),
        }
    }

    fn head(&self, insert: &str) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        format!("{insert} INTO {} ({}) ", self.table, names.join(", "))
    }

    fn sqlite_text(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        let rows = vec![row.as_str(); rows].join(", ");
        // Whatever fails, the whole transaction is given up: SQLite need not keep what it would
        // take to undo the statement alone.
        format!("{}VALUES {rows} {}", self.head("INSERT OR FAIL"), self.tail)
    }

    /// The statements for these cells of rows.
    pub(super) fn sqlite<'a, 'b>(
        &'a self,
        cells: &'a [Arg<'b>],
    ) -> impl Iterator<Item = (Arc<str>, &'a [Arg<'b>])> {
        let width = self.columns.len();
        let mut left = cells;
        std::iter::from_fn(move || {
            let (size, text) = ROWS
                .iter()
                .zip(&self.sqlite)
                .find(|(size, _)| **size * width <= left.len())?;
            let (chunk, rest) = left.split_at(size * width);
            left = rest;
            let text = text.get_or_init(|| self.sqlite_text(*size).into());
            Some((Arc::clone(text), chunk))
        })
    }

    fn postgres_text(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let arrays: Vec<String> = self
            .columns
            .iter()
            .zip(1..)
            .map(|((_, kind), number)| match kind {
                Kind::Int => format!("${number}::int8[]"),
                Kind::Text => format!("${number}::text[]"),
                Kind::Blob => format!("${number}::bytea[]"),
            })
            .collect();
        format!(
            "{}SELECT * FROM UNNEST({}) AS given({}) {}",
            self.head("INSERT"),
            arrays.join(", "),
            names.join(", "),
            self.tail
        )
    }

    /// The one statement for these cells of rows.
    pub(super) fn postgres(
        &self,
        cells: &[Arg<'_>],
    ) -> Result<(Arc<str>, PgArguments), sqlx::Error> {
        let width = self.columns.len();
        let mut bound = PgArguments::default();
        for (at, (_, kind)) in self.columns.iter().enumerate() {
            let column = cells.iter().skip(at).step_by(width);
            match kind {
                Kind::Int => bound.add(
                    column
                        .map(|cell| match cell {
                            Arg::Int(number) => Some(*number),
                            _ => None,
                        })
                        .collect::<Vec<_>>(),
                ),
                Kind::Text => bound.add(
                    column
                        .map(|cell| match cell {
                            Arg::Text(text) => Some(*text),
                            _ => None,
                        })
                        .collect::<Vec<_>>(),
                ),
                Kind::Blob => bound.add(
                    column
                        .map(|cell| match cell {
                            Arg::Blob(bytes) => Some(*bytes),
                            _ => None,
                        })
                        .collect::<Vec<_>>(),
                ),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        let text = self.postgres.get_or_init(|| self.postgres_text().into());
        Ok((Arc::clone(text), bound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_statements_of_few_sizes() {
        static INTO: Insert = Insert::new("t", &[("a", Kind::Int), ("b", Kind::Text)], "");
        let cells: Vec<Arg<'_>> = (0..633)
            .flat_map(|n| [Arg::Int(n), Arg::Text("x")])
            .collect();
        let sizes: Vec<usize> = INTO.sqlite(&cells).map(|(_, c)| c.len() / 2).collect();
        assert_eq!(sizes, [500, 100, 25, 5, 1, 1, 1]);
        let (one, _) = INTO.sqlite(&cells[..2]).next().unwrap();
        assert_eq!(&*one, "INSERT OR FAIL INTO t (a, b) VALUES (?, ?) ");
        assert_eq!(INTO.sqlite(&[]).count(), 0);
    }

    #[test]
    fn postgresql_gets_an_array_for_each_column() {
        static INTO: Insert = Insert::new(
            "t",
            &[("a", Kind::Int), ("b", Kind::Blob)],
            "ON CONFLICT DO NOTHING",
        );
        let (sql, bound) = INTO.postgres(&[Arg::Int(1), Arg::Blob(b"x")]).unwrap();
        assert_eq!(
            &*sql,
            "INSERT INTO t (a, b) SELECT * FROM UNNEST($1::int8[], $2::bytea[]) \
             AS given(a, b) ON CONFLICT DO NOTHING"
        );
        assert_eq!(bound.len(), 2);
    }
}
