//! Queries: what the server's query language can say, checked before it is sent.

use std::fmt;

use crate::{Describe, FieldType};

mod condition;
mod error;
mod filter;
mod split;
#[cfg(test)]
mod tests;
mod text;
mod value;

pub(crate) use condition::Operator;
pub use error::QueryError;
pub use filter::{FieldRef, Filter, field};
pub use value::QueryValue;

pub(crate) use split::{encoded_len, split};
pub(crate) use text::is_name;
pub(crate) use value::civil;

/// The most rows one query answers (recorded vtiger 5.4.0 and 7.1.0 servers).
pub(crate) const PAGE: u32 = 100;

/// What a query selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Columns {
    All,
    Count,
    Fields(Vec<String>),
}

/// A query in the server's language: one module, no joins, no parentheses.
///
/// Values are quoted and escaped; what the language cannot express is an error
/// of [`build`](Self::build), before anything is sent.
///
/// ```
/// use simplycrm_ws::{Query, field};
///
/// let query = Query::select(["lastname", "email"])
///     .from("Contacts")
///     .filter(field("lastname").like("O'B%"))
///     .and(field("mailingcity").eq(r"Back\slash"))
///     .order_by("id")
///     .limit(10);
/// assert_eq!(
///     query.build()?,
///     r"select lastname,email from Contacts where lastname like 'O''B%' and mailingcity = 'Back\\slash' order by id limit 10;"
/// );
/// # Ok::<(), simplycrm_ws::QueryError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a query does nothing until it is sent"]
pub struct Query {
    pub(crate) columns: Columns,
    pub(crate) module: String,
    pub(crate) filter: Option<Filter>,
    pub(crate) order: Vec<String>,
    pub(crate) descending: bool,
    pub(crate) limit: Option<u32>,
    pub(crate) offset: Option<u32>,
}

impl Query {
    fn new(columns: Columns) -> Self {
        Self {
            columns,
            module: String::new(),
            filter: None,
            order: Vec::new(),
            descending: false,
            limit: None,
            offset: None,
        }
    }

    /// Selects columns; the server adds `id` to them.
    pub fn select<I>(columns: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self::new(Columns::Fields(
            columns.into_iter().map(Into::into).collect(),
        ))
    }

    /// Selects every column (`*`).
    ///
    /// On Invoice, Quotes, SalesOrder and PurchaseOrder `*` answers one row for
    /// each line item (recorded vtiger 7.1.0 server); `Client::rows` selects
    /// their header fields instead.
    pub fn all() -> Self {
        Self::new(Columns::All)
    }

    /// Counts the rows (`count(*)`); see `Client::count`.
    pub fn count() -> Self {
        Self::new(Columns::Count)
    }

    /// Names the module; upper and lower case matter.
    pub fn from(mut self, module: impl Into<String>) -> Self {
        self.module = module.into();
        self
    }

    /// Adds a condition that must hold besides those already there.
    pub fn filter(self, filter: impl Into<Filter>) -> Self {
        self.and(filter)
    }

    /// Adds a condition that must hold besides those already there.
    pub fn and(mut self, filter: impl Into<Filter>) -> Self {
        let filter = filter.into();
        self.filter = Some(match self.filter.take() {
            Some(before) => before.and(filter),
            None => filter,
        });
        self
    }

    /// Adds a condition that may hold instead of those already there.
    pub fn or(mut self, filter: impl Into<Filter>) -> Self {
        let filter = filter.into();
        self.filter = Some(match self.filter.take() {
            Some(before) => before.or(filter),
            None => filter,
        });
        self
    }

    /// Orders by a field, ascending, after those already named.
    ///
    /// One direction holds for all of them; without an order the rows come in
    /// the order of some index (recorded vtiger 5.4.0 server).
    pub fn order_by(mut self, field: impl Into<String>) -> Self {
        self.order.push(field.into());
        self.descending = false;
        self
    }

    /// Orders by a field, descending; all fields named so far turn too.
    pub fn order_by_desc(mut self, field: impl Into<String>) -> Self {
        self.order.push(field.into());
        self.descending = true;
        self
    }

    /// Limits the rows; one query answers at most 100.
    ///
    /// For `Client::rows` this is how many rows the stream brings in all.
    pub fn limit(mut self, rows: u32) -> Self {
        self.limit = Some(rows);
        self
    }

    /// Skips rows.
    pub fn offset(mut self, rows: u32) -> Self {
        self.offset = Some(rows);
        self
    }

    /// Returns the module the query reads; empty before [`from`](Self::from).
    #[must_use]
    pub fn module(&self) -> &str {
        &self.module
    }

    /// Writes the query, with the `;` that the server insists on.
    ///
    /// # Errors
    /// What the language cannot express; nothing has been sent then.
    pub fn build(&self) -> Result<String, QueryError> {
        let mut out = self.head("where")?;
        self.tail(&mut out)?;
        out.push(';');
        Ok(out)
    }

    /// Writes the query the way `query_related` joins it with a relation.
    ///
    /// The server cuts the text at `WHERE`, in capitals, puts the ids of the
    /// related records in front of the conditions and adds the `;` itself
    /// (recorded vtiger 7.1.0 server; the cutting is source only). So there may
    /// be no `or`, no order or limit without a condition, and the word may not
    /// occur in a value.
    ///
    /// # Errors
    /// What the language, or this joining, cannot express.
    pub fn build_related(&self) -> Result<String, QueryError> {
        if self.columns == Columns::Count {
            return Err(QueryError::NotRelated("it counts rows."));
        }
        let mut out = self.head("WHERE")?;
        self.tail(&mut out)?;
        match &self.filter {
            None => {
                if !self.order.is_empty() || self.limit.is_some() || self.offset.is_some() {
                    return Err(QueryError::NotRelated(
                        "an order or a limit needs a condition in front of it.",
                    ));
                }
                if out.to_ascii_lowercase().contains("where") {
                    return Err(QueryError::NotRelated("a name in it contains `where`."));
                }
            }
            Some(filter) => {
                if filter.clauses()?.len() > 1 {
                    return Err(QueryError::NotRelated(
                        "an `or` would reach beyond the related records.",
                    ));
                }
                if out.matches("WHERE").count() != 1 {
                    return Err(QueryError::NotRelated("a value contains `WHERE`."));
                }
            }
        }
        Ok(out)
    }

    fn head(&self, keyword: &str) -> Result<String, QueryError> {
        if self.module.is_empty() {
            return Err(QueryError::NoModule);
        }
        text::name(&self.module)?;
        let mut out = String::from("select ");
        match &self.columns {
            Columns::All => out.push('*'),
            Columns::Count => out.push_str("count(*)"),
            Columns::Fields(fields) => {
                if fields.is_empty() {
                    return Err(QueryError::NoColumns);
                }
                let mut named: Vec<&str> = Vec::with_capacity(fields.len());
                for field in fields {
                    text::name(field)?;
                    if !named.contains(&field.as_str()) {
                        named.push(field);
                    }
                }
                // The server takes the word after the first `from` with white space for
                // the module, be it the end of a column's name (source only).
                let ends_in_from = |name: &&str| name.to_ascii_lowercase().ends_with("from");
                if named.last().is_some_and(ends_in_from) {
                    named.retain(|name| *name != "id");
                    named.push("id");
                }
                out.push_str(&named.join(","));
            }
        }
        out.push_str(" from ");
        out.push_str(&self.module);
        if let Some(filter) = &self.filter {
            out.push(' ');
            out.push_str(keyword);
            out.push(' ');
            filter.write(&mut out)?;
        }
        Ok(out)
    }

    fn tail(&self, out: &mut String) -> Result<(), QueryError> {
        for (at, field) in self.order.iter().enumerate() {
            text::name(field)?;
            out.push_str(if at == 0 { " order by " } else { "," });
            out.push_str(field);
        }
        if self.descending && !self.order.is_empty() {
            out.push_str(" desc");
        }
        if let Some(limit) = self.limit.filter(|limit| *limit > PAGE) {
            return Err(QueryError::Limit(limit));
        }
        match (self.offset, self.limit) {
            (None, None) => {}
            (None, Some(limit)) => out.push_str(&format!(" limit {limit}")),
            (Some(offset), limit) => {
                out.push_str(&format!(" limit {offset},{}", limit.unwrap_or(PAGE)));
            }
        }
        Ok(())
    }

    /// Checks the query against what the module is described with.
    ///
    /// # Errors
    /// A field that the module does not have, and a reference compared with
    /// something that is no record id: the server would put that into its SQL
    /// unquoted (source only).
    pub fn check(&self, describe: &Describe) -> Result<(), QueryError> {
        let conditions: Vec<_> = self.filter.iter().flat_map(Filter::conditions).collect();
        for condition in &conditions {
            let reference = describe.field(&condition.field).is_some_and(|field| {
                matches!(
                    field.field_type,
                    FieldType::Reference { .. } | FieldType::Owner { .. }
                )
            });
            if reference && !condition.compares_ids() {
                return Err(QueryError::NotAnId(condition.field.clone()));
            }
        }
        let selected: &[String] = match &self.columns {
            Columns::Fields(fields) => fields,
            Columns::All | Columns::Count => &[],
        };
        let compared = conditions.iter().map(|condition| &condition.field);
        for name in selected.iter().chain(&self.order).chain(compared) {
            if describe.field(name).is_none() && name != "id" {
                return Err(QueryError::UnknownField {
                    module: describe.name.clone(),
                    field: name.clone(),
                });
            }
        }
        Ok(())
    }
}

impl fmt::Display for Query {
    /// Writes the query, or why there is none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.build() {
            Ok(text) => f.write_str(&text),
            Err(error) => write!(f, "(no query: {error})"),
        }
    }
}
