//! Rows as multi-row INSERT statements, cut into pieces of bounded size.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use super::schema::{TABLES, Type};

/// A statement is closed once it is so long (bytes).
const FULL: usize = 200_000;

/// Where rows of one shape go: a table without prefix, and its columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static str,
}

/// Columns of a table without a default, and the values they get.
#[derive(Debug, Default)]
struct Missing {
    columns: String,
    values: String,
}

impl Missing {
    fn of(shape: Shape) -> Missing {
        let mut missing = Missing::default();
        let Some(table) = TABLES.iter().find(|table| table.name == shape.table) else {
            return missing;
        };
        let named: Vec<&str> = shape.columns.split(',').map(str::trim).collect();
        for column in table.columns() {
            let value = match column.kind {
                Type::Key => continue,
                _ if column.nullable || column.default => continue,
                _ if named.contains(&column.name) => continue,
                Type::Int | Type::Flag | Type::Decimal | Type::Percent => ",0",
                Type::Varchar(_) | Type::Text | Type::LongText => ",''",
                Type::Date => ",'0000-00-00'",
                Type::DateTime => ",'0000-00-00 00:00:00'",
            };
            missing.columns.push(',');
            missing.columns.push_str(column.name);
            missing.values.push_str(value);
        }
        missing
    }
}

/// Collects rows; full statements wait in `ready`.
#[derive(Debug)]
pub(crate) struct Rows {
    prefix: String,
    open: BTreeMap<&'static str, String>,
    /// What the shape of a table leaves out though no database would fill it in.
    missing: BTreeMap<&'static str, Missing>,
    ready: Vec<String>,
    counts: BTreeMap<&'static str, u64>,
}

impl Rows {
    pub(crate) fn new(prefix: &str) -> Rows {
        Rows {
            prefix: prefix.to_owned(),
            open: BTreeMap::new(),
            missing: BTreeMap::new(),
            ready: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Starts a row; its values follow in the order of the shape's columns.
    pub(crate) fn row(&mut self, shape: Shape) -> Row<'_> {
        *self.counts.entry(shape.table).or_default() += 1;
        let missing = self
            .missing
            .entry(shape.table)
            .or_insert_with(|| Missing::of(shape));
        let statement = self.open.entry(shape.table).or_default();
        if statement.len() > FULL {
            self.ready.push(std::mem::take(statement));
        }
        if statement.is_empty() {
            statement.reserve(FULL + 4_096);
            statement.push_str("INSERT INTO ");
            statement.push_str(&self.prefix);
            statement.push_str(shape.table);
            statement.push_str(" (");
            statement.push_str(shape.columns);
            statement.push_str(&missing.columns);
            statement.push_str(") VALUES\n(");
        } else {
            statement.push_str(",\n(");
        }
        Row {
            statement,
            rest: &missing.values,
            first: true,
        }
    }

    /// Statements that are full.
    pub(crate) fn take_ready(&mut self) -> Vec<String> {
        std::mem::take(&mut self.ready)
    }

    /// All statements that are left.
    pub(crate) fn take_rest(&mut self) -> Vec<String> {
        let mut rest = std::mem::take(&mut self.ready);
        rest.extend(std::mem::take(&mut self.open).into_values());
        rest
    }

    pub(crate) fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }
}

/// A row that is being written.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    statement: &'a mut String,
    rest: &'a str,
    first: bool,
}

impl Row<'_> {
    fn comma(&mut self) {
        if self.first {
            self.first = false;
        } else {
            self.statement.push(',');
        }
    }

    /// A value that needs no quotes: whole numbers.
    pub(crate) fn int(mut self, value: impl Into<i64>) -> Self {
        self.comma();
        // Writing to a String does not fail.
        if write!(self.statement, "{}", value.into()).is_err() {
            self.statement.push('0');
        }
        self
    }

    pub(crate) fn text(mut self, value: &str) -> Self {
        self.comma();
        self.statement.push('\'');
        if value.contains('\'') {
            self.statement.push_str(&value.replace('\'', "''"));
        } else {
            self.statement.push_str(value);
        }
        self.statement.push('\'');
        self
    }

    /// Text of something that holds no quotes itself: amounts and times.
    pub(crate) fn plain(mut self, value: impl Display) -> Self {
        self.comma();
        if write!(self.statement, "'{value}'").is_err() {
            self.statement.push_str("''");
        }
        self
    }

    pub(crate) fn null(mut self) -> Self {
        self.comma();
        self.statement.push_str("NULL");
        self
    }

    pub(crate) fn opt(self, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    pub(crate) fn opt_int(self, value: Option<u32>) -> Self {
        match value {
            Some(value) => self.int(value),
            None => self.null(),
        }
    }

    pub(crate) fn opt_plain(self, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.plain(value),
            None => self.null(),
        }
    }

    pub(crate) fn end(self) {
        self.statement.push_str(self.rest);
        self.statement.push(')');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        table: "t",
        columns: "a,b,c",
    };

    #[test]
    fn rows_become_statements_with_quotes_doubled() {
        let mut rows = Rows::new("x_");
        rows.row(SHAPE).int(1).text("'s-Hertogenbosch").null().end();
        rows.row(SHAPE).int(2).opt(None).plain("1.50").end();
        assert!(rows.take_ready().is_empty());
        assert_eq!(
            rows.take_rest(),
            ["INSERT INTO x_t (a,b,c) VALUES\n(1,'''s-Hertogenbosch',NULL),\n(2,NULL,'1.50')"]
        );
        assert_eq!(rows.counts()["t"], 2);
    }

    #[test]
    fn columns_without_a_default_are_filled_in() {
        const GROUP: Shape = Shape {
            table: "customer_groups",
            columns: "id, customer_id",
        };
        let mut rows = Rows::new("");
        rows.row(GROUP).int(1).int(7).end();
        assert_eq!(
            rows.take_rest(),
            ["INSERT INTO customer_groups (id, customer_id,groupid) VALUES\n(1,7,0)"]
        );
    }

    #[test]
    fn statements_stay_bounded() {
        let mut rows = Rows::new("");
        let long = "x".repeat(10_000);
        for n in 0..100 {
            rows.row(SHAPE).int(n).text(&long).null().end();
        }
        let ready = rows.take_ready();
        assert!(ready.len() >= 4);
        assert!(ready.iter().all(|sql| sql.len() < FULL + 20_000));
    }
}
