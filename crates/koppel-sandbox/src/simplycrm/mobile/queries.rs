//! Queries.

use serde_json::{Map, Value, json};

use super::{PAGE, Phone, told};
use crate::simplycrm::read::Wishes;
use crate::simplycrm::reply::{Failure, Outcome, fail, numbered};

impl Phone<'_, '_> {
    /// The text with a page's limit, unless it has one and a semicolon.
    fn paged(&self) -> Result<String, Failure> {
        let text = self.raw("query").unwrap_or_default().trim().to_owned();
        let lower = text.to_ascii_lowercase();
        let limited = lower.contains(" limit ");
        if limited && lower.ends_with(';') {
            return Ok(text);
        }
        if limited {
            let message = "Syntax Error on line 1: token '0' Unexpected VALUE(0), expected one \
                           of: SEMICOLON";
            return fail("QUERY_SYNTAX_ERROR", message);
        }
        let offset = self.page().saturating_mul(PAGE);
        let text = text.trim_end_matches(';');
        Ok(format!("{text} LIMIT {offset},{};", PAGE + 1))
    }

    fn found(&self) -> Result<(Vec<Map<String, Value>>, usize), Failure> {
        let text = self.paged()?;
        let wishes = Wishes {
            younger: self.desk.plan.search_delay,
        };
        let rows = self
            .desk
            .store
            .query(Some(&text), &self.by, wishes)
            .map_err(told)?;
        let mut rows: Vec<Map<String, Value>> = match rows {
            Value::Array(rows) => rows
                .into_iter()
                .filter_map(|row| match row {
                    Value::Object(map) => Some(map),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        let next = if rows.len() > PAGE {
            rows.truncate(PAGE);
            self.page() + 1
        } else {
            0
        };
        Ok((rows, next))
    }

    /// `query`.
    pub(super) fn query(&self) -> Outcome {
        let (rows, next) = self.found()?;
        let store = &self.desk.store;
        let text = self.raw("query").unwrap_or_default();
        let module = crate::simplycrm::vtql::module_of(text);
        let module = store.named(module, &self.by.user)?;
        let records: Vec<Value> = rows
            .into_iter()
            .map(|row| {
                if row.contains_key("count") {
                    return row.into();
                }
                self.flat(row, module).into()
            })
            .collect();
        Ok(json!({"records": records, "nextPage": next}))
    }

    /// `queryWithGrouping`: a module that does not fit makes nonsense of the records.
    pub(super) fn query_grouped(&self) -> Outcome {
        let Some(module) = self.module() else {
            return Err(numbered(1501, "Module not specified."));
        };
        let (rows, next) = self.found()?;
        let records: Vec<Value> = rows
            .into_iter()
            .map(|row| self.grouped(&self.flat(row, module), module).into())
            .collect();
        Ok(json!({"records": records, "nextPage": next}))
    }
}
