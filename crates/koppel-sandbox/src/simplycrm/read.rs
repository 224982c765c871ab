//! `listtypes`, `describe` and `query`.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::reply::{Failure, Outcome, database, denied, denied_for, error};
use super::schema::{Field, Module};
use super::store::{By, Row, Store, User};
use super::vtql::{Columns, Filter, Query, collated, module_of, number_prefix, parse};

/// Rows of one answer, whatever the limit says.
const MOST: usize = 100;
/// How days look to users; what `describe` tells of it.
pub(crate) const DATE_FORMAT: &str = "yyyy-mm-dd";

/// What may be wished for in a query besides its text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wishes {
    /// Records younger than this are not found.
    pub(crate) younger: Duration,
}

/// A row of an answer: a record, or one of its lines.
struct Hit<'a> {
    row: &'a Row,
    line: Option<usize>,
}

impl Store {
    /// `listtypes`; only modules with a field of one of the kinds, if there are any.
    pub(crate) fn list_types(&self, kinds: Option<&str>, user: &User) -> Value {
        let kinds: Vec<String> = kinds
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let modules: Vec<&Module> = self
            .schema
            .modules
            .iter()
            .filter(|module| user.sees(module))
            .filter(|module| {
                kinds.is_empty()
                    || module.fields.iter().any(|field| {
                        let kind = field.type_json(DATE_FORMAT);
                        kind.get("name")
                            .and_then(Value::as_str)
                            .is_some_and(|name| kinds.iter().any(|kind| kind == name))
                    })
            })
            .collect();
        let names: Vec<&str> = modules.iter().map(|module| module.name).collect();
        let information: Map<String, Value> = modules
            .iter()
            .map(|module| {
                let told = json!({
                    "isEntity": module.entity,
                    "label": module.label,
                    "singular": module.singular,
                });
                (module.name.to_owned(), told)
            })
            .collect();
        if information.is_empty() {
            return json!({"types": [], "information": []});
        }
        json!({"types": names, "information": information})
    }

    /// The module of a name, as `describe` and `query` refuse it.
    pub(crate) fn named(&self, name: Option<&str>, user: &User) -> Result<&Module, Failure> {
        let name = name.unwrap_or_default();
        let found = self.schema.module(name).or_else(|| {
            // The old server did not mind capitals in queries.
            self.schema
                .modules
                .iter()
                .find(|module| self.generation.is_old() && module.name.eq_ignore_ascii_case(name))
        });
        match found {
            Some(module) if user.sees(module) => Ok(module),
            Some(_) => Err(denied()),
            None if self.generation.is_old() => Err(denied_for("name")),
            None => Err(denied_for(&format!("name : {name}"))),
        }
    }

    /// `describe`.
    pub(crate) fn describe(&self, name: Option<&str>, user: &User) -> Outcome {
        if name.is_some_and(|name| self.schema.module(name).is_none()) || name.is_none() {
            return Err(if self.generation.is_old() {
                denied_for("name")
            } else {
                denied_for(&format!("name : {}", name.unwrap_or_default()))
            });
        }
        let module = self.named(name, user)?;
        Ok(module.describe(self.generation, user.writes(module), DATE_FORMAT))
    }

    /// `query`.
    pub(crate) fn query(&self, text: Option<&str>, by: &By, wishes: Wishes) -> Outcome {
        let text = text.unwrap_or_default();
        let Some(name) = module_of(text) else {
            return Err(denied_for("query"));
        };
        let module = self.named(Some(name), &by.user)?;
        let query = parse(text)?;
        self.select(&query, module, by, wishes)
    }

    /// The records a query finds, without columns; `LIMIT` and its cap are `most`.
    pub(crate) fn find<'a>(
        &'a self,
        query: &Query,
        module: &'a Module,
        by: &By,
        wishes: Wishes,
        most: usize,
    ) -> Result<Vec<&'a Row>, Failure> {
        let hits = self.hits(query, module, by, wishes, false)?;
        Ok(cut(hits, query, most)
            .into_iter()
            .map(|hit| hit.row)
            .collect())
    }

    fn hits<'a>(
        &'a self,
        query: &Query,
        module: &'a Module,
        by: &By,
        wishes: Wishes,
        by_line: bool,
    ) -> Result<Vec<Hit<'a>>, Failure> {
        let filter = Filter::new(&query.filter, module)?;
        for name in &query.order {
            if name != "id" && module.field(name).is_none() {
                return Err(database());
            }
        }
        let by_number = matches!(query.order.as_slice(), [] | [_])
            && query.order.first().is_none_or(|name| name == "id")
            && !query.descending;
        let enough = match query.limit {
            Some((offset, size)) => offset.saturating_add(size.min(MOST)),
            None => MOST,
        };
        let counts = query.columns == Columns::Count;
        let mut hits = Vec::new();
        for row in self.above(module.name, filter.ids_above().unwrap_or(0)) {
            if by_number && !counts && hits.len() >= enough {
                break;
            }
            if !row.is_live()
                || !self.may_read(&by.user, row)
                || (!wishes.younger.is_zero() && row.made.elapsed() < wishes.younger)
            {
                continue;
            }
            let starred = if row.stars.contains(&by.user.id) {
                "1"
            } else {
                "0"
            };
            let head = |name: &str| -> Cow<'a, str> {
                if name == "starred" {
                    return Cow::Borrowed(starred);
                }
                self.stored(row, module, name)
            };
            if !by_line || row.lines.is_empty() {
                if filter.fits(&head) {
                    hits.push(Hit { row, line: None });
                }
                continue;
            }
            for (at, line) in row.lines.iter().enumerate() {
                let value = |name: &str| -> Cow<'a, str> {
                    if super::inventory::is_line_column(name) {
                        let text = line.column(name);
                        return Cow::Owned(text.as_str().unwrap_or_default().to_owned());
                    }
                    head(name)
                };
                if filter.fits(&value) {
                    hits.push(Hit {
                        row,
                        line: Some(at),
                    });
                }
            }
        }
        if !by_number || query.descending {
            self.sort(&mut hits, query, module);
        }
        Ok(hits)
    }

    fn sort(&self, hits: &mut [Hit<'_>], query: &Query, module: &Module) {
        enum Key {
            Number(rust_decimal::Decimal),
            Text(String),
        }
        let key = |row: &Row, name: &str| {
            let stored = self.stored(row, module, name);
            let numeric = name == "id" || module.field(name).is_some_and(|f| f.kind.is_number());
            if numeric {
                Key::Number(number_prefix(&stored))
            } else {
                Key::Text(collated(&stored))
            }
        };
        let last = query.order.len().saturating_sub(1);
        hits.sort_by_cached_key(|hit| {
            let keys = query.order.iter().enumerate().map(|(at, name)| {
                let turned = query.descending && at == last;
                match key(hit.row, name) {
                    Key::Number(number) => Sorting::number(number, turned),
                    Key::Text(text) => Sorting::text(text, turned),
                }
            });
            (keys.collect::<Vec<_>>(), hit.row.number)
        });
    }

    fn select(&self, query: &Query, module: &Module, by: &By, wishes: Wishes) -> Outcome {
        let fields: Option<Vec<&Field>> = match &query.columns {
            Columns::Fields(names) => Some(self.chosen(module, names)?),
            _ => None,
        };
        match module.name {
            "LineItem" => return self.select_lines(query, module),
            // A table without a column for ids.
            "ProductTaxes" => return Err(database()),
            _ => {}
        }
        let with_lines = module.has_lines() && !self.generation.is_old();
        let by_line = with_lines
            && query.columns != Columns::Count
            && match &fields {
                Some(fields) => fields
                    .iter()
                    .any(|field| super::inventory::is_line_column(&field.name)),
                None => true,
            };
        let hits = self.hits(query, module, by, wishes, by_line)?;
        if query.columns == Columns::Count {
            // With PHP 8 the count gets lost (recorded vtiger 8.3.0 server).
            return Ok(if self.generation.is_newest() {
                json!([])
            } else {
                json!([{"count": hits.len().to_string()}])
            });
        }
        let rows: Vec<Value> = cut(hits, query, MOST)
            .into_iter()
            .map(|hit| {
                self.row_of(&hit, module, fields.as_deref(), &by.user)
                    .into()
            })
            .collect();
        Ok(rows.into())
    }

    fn chosen<'a>(&self, module: &'a Module, names: &[String]) -> Result<Vec<&'a Field>, Failure> {
        let mut fields = Vec::new();
        for name in names.iter().filter(|name| *name != "id") {
            let field = module.field(name).ok_or_else(|| {
                error(
                    "ACCESS_DENIED",
                    format!("Permission to access '.{name}.' attribute denied."),
                )
            })?;
            fields.push(field);
        }
        Ok(fields)
    }

    fn row_of(
        &self,
        hit: &Hit<'_>,
        module: &Module,
        fields: Option<&[&Field]>,
        user: &User,
    ) -> Map<String, Value> {
        let line = hit.line.and_then(|at| hit.row.lines.get(at));
        let mut map = match fields {
            None => {
                let mut map = self.columns(hit.row, user);
                if module.has_lines() && !self.generation.is_old() {
                    map.remove("hdnDiscountPercent");
                    map.remove("hdnDiscountAmount");
                }
                map
            }
            Some(fields) => fields
                .iter()
                .filter(|field| self.is_column(module, field))
                .map(|field| {
                    let value = self.shown(hit.row, module, field, user);
                    (field.name.clone(), value)
                })
                .collect(),
        };
        if let Some(line) = line {
            for name in super::inventory::LINE_COLUMNS {
                if fields.is_none_or(|fields| fields.iter().any(|field| field.name == name)) {
                    map.insert(name.into(), line.column(name));
                }
            }
        }
        map.insert("id".into(), self.id_of(hit.row).into());
        map
    }

    fn select_lines(&self, query: &Query, module: &Module) -> Outcome {
        let filter = Filter::new(&query.filter, module)?;
        let mut found = Vec::new();
        for (row, line) in self.lines() {
            let shown = line.alone(&self.id_of(row));
            let value = |name: &str| -> Cow<'static, str> {
                if name == "id" {
                    return Cow::Owned(line.number.to_string());
                }
                let text = shown.get(name).and_then(Value::as_str);
                Cow::Owned(text.unwrap_or_default().to_owned())
            };
            if filter.fits(&value) {
                found.push(shown);
            }
        }
        if query.columns == Columns::Count {
            return Ok(json!([{"count": found.len().to_string()}]));
        }
        let (offset, size) = query.limit.unwrap_or((0, MOST));
        let rows: Vec<Value> = found
            .into_iter()
            .skip(offset)
            .take(size.min(MOST))
            .collect();
        Ok(rows.into())
    }
}

fn cut<'a>(hits: Vec<Hit<'a>>, query: &Query, most: usize) -> Vec<Hit<'a>> {
    let (offset, size) = query.limit.unwrap_or((0, most));
    hits.into_iter().skip(offset).take(size.min(most)).collect()
}

/// One column of an order, turned round where it descends.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Sorting {
    Up(rust_decimal::Decimal),
    Down(std::cmp::Reverse<rust_decimal::Decimal>),
    Text(String),
    Turned(std::cmp::Reverse<String>),
}

impl Sorting {
    fn number(number: rust_decimal::Decimal, turned: bool) -> Sorting {
        if turned {
            Sorting::Down(std::cmp::Reverse(number))
        } else {
            Sorting::Up(number)
        }
    }

    fn text(text: String, turned: bool) -> Sorting {
        if turned {
            Sorting::Turned(std::cmp::Reverse(text))
        } else {
            Sorting::Text(text)
        }
    }
}
