//! `$apply`: sums and groups, on ledger mutations alone.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::parser::{parse, property};
use super::{Expr, OdataError};
use crate::snelstart::row::{Cell, Row, money, quote};
use crate::snelstart::schema::{Kind, Model};

/// One `PROPERTY with METHOD as ALIAS`.
#[derive(Debug, Clone, PartialEq)]
struct Sum {
    at: usize,
    method: Method,
    alias: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Sum,
    Min,
    Max,
    Average,
    Count,
    CountDistinct,
}

/// A `$apply` that was understood.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Apply {
    pub(crate) filter: Option<Expr>,
    /// Properties, and whether their id is asked for.
    by: Vec<(usize, bool)>,
    sums: Vec<Sum>,
}

impl Apply {
    /// Reads `filter(..)`, `groupby((..),aggregate(..))` and `aggregate(..)`, joined by `/`.
    pub(crate) fn parse(text: &str, model: &'static Model) -> Result<Apply, OdataError> {
        let mut apply = Apply::default();
        let mut rest = text.trim();
        loop {
            let bad = OdataError::Syntax(text.len() - rest.len());
            let (name, after) = rest.split_once('(').ok_or_else(|| bad.clone())?;
            let end = closing(after).ok_or_else(|| bad.clone())?;
            let inner = after.get(..end).ok_or_else(|| bad.clone())?;
            rest = after.get(end + 1..).unwrap_or_default();
            match name.trim() {
                "filter" => apply.filter = Some(parse(inner, model)?),
                "aggregate" => apply.sums = sums(inner, model)?,
                "groupby" => {
                    let inner = inner.trim().strip_prefix('(').ok_or_else(|| bad.clone())?;
                    let end = closing(inner).ok_or_else(|| bad.clone())?;
                    apply.by = names(inner.get(..end).unwrap_or_default(), model)?;
                    let more = inner.get(end + 1..).unwrap_or_default().trim();
                    if let Some(more) = more.strip_prefix(',') {
                        let more = more
                            .trim()
                            .strip_prefix("aggregate(")
                            .and_then(|more| more.strip_suffix(')'))
                            .ok_or_else(|| bad.clone())?;
                        apply.sums = sums(more, model)?;
                    }
                }
                _ => return Err(bad),
            }
            rest = match rest.trim().strip_prefix('/') {
                Some(more) => more,
                None if rest.trim().is_empty() => return Ok(apply),
                None => return Err(OdataError::Syntax(text.len() - rest.len())),
            };
        }
    }

    /// The groups as JSON.
    pub(crate) fn run<'a>(&self, rows: impl Iterator<Item = &'a Row>, model: &Model) -> String {
        let mut groups: BTreeMap<String, Vec<Tally>> = BTreeMap::new();
        for row in rows {
            let mut key = String::new();
            for (at, id) in &self.by {
                if let (Some(prop), Some(cell)) = (model.props.get(*at), row.cells.get(*at)) {
                    quote(prop.name, &mut key);
                    key.push(':');
                    show(&prop.kind, cell, *id, &mut key);
                    key.push(',');
                }
            }
            let tallies = groups
                .entry(key)
                .or_insert_with(|| vec![Tally::default(); self.sums.len()]);
            for (sum, tally) in self.sums.iter().zip(tallies) {
                if let Some(Cell::Money(amount)) = row.cells.get(sum.at) {
                    tally.add(*amount);
                }
            }
        }
        let mut out = String::from("[");
        for (at, (key, tallies)) in groups.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            let mut members = key.trim_end_matches(',').to_owned();
            for (sum, tally) in self.sums.iter().zip(tallies) {
                if !members.is_empty() {
                    members.push(',');
                }
                quote(&sum.alias, &mut members);
                members.push(':');
                money(tally.value(sum.method), &mut members);
            }
            out.push('{');
            out.push_str(&members);
            out.push('}');
        }
        out.push(']');
        out
    }
}

fn show(kind: &Kind, cell: &Cell, id: bool, out: &mut String) {
    match cell {
        // A group by the reference itself shows it whole, one by its id the id alone.
        Cell::Id(found) => {
            out.push_str("{\"id\":");
            quote(&found.to_string(), out);
            if !id && let Kind::Ref(base) = kind {
                out.push_str(",\"uri\":");
                quote(&format!("{base}/{found}"), out);
            }
            out.push('}');
        }
        cell => match cell.plain() {
            Some(text) => quote(&text, out),
            None => out.push_str("null"),
        },
    }
}

#[derive(Debug, Clone, Default)]
struct Tally {
    count: i64,
    sum: Decimal,
    min: Option<Decimal>,
    max: Option<Decimal>,
    seen: BTreeSet<Decimal>,
}

impl Tally {
    fn add(&mut self, amount: Decimal) {
        self.count += 1;
        self.sum += amount;
        self.seen.insert(amount);
        self.min = Some(self.min.map_or(amount, |min| min.min(amount)));
        self.max = Some(self.max.map_or(amount, |max| max.max(amount)));
    }

    fn value(&self, method: Method) -> Decimal {
        match method {
            Method::Sum => self.sum,
            Method::Min => self.min.unwrap_or_default(),
            Method::Max => self.max.unwrap_or_default(),
            Method::Count => self.count.into(),
            Method::CountDistinct => self.seen.len().into(),
            Method::Average if self.count > 0 => self.sum / Decimal::from(self.count),
            Method::Average => Decimal::ZERO,
        }
    }
}

/// Where the bracket that was opened before the text closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth == 0 => return Some(at),
            ')' if !quoted => depth -= 1,
            _ => {}
        }
    }
    None
}

fn names(text: &str, model: &Model) -> Result<Vec<(usize, bool)>, OdataError> {
    text.split(',')
        .map(|name| {
            let (name, id) = match name.trim().strip_suffix("/Id") {
                Some(name) => (name, true),
                None => (name.trim(), false),
            };
            property(name, model).map(|at| (at, id))
        })
        .collect()
}

fn sums(text: &str, model: &Model) -> Result<Vec<Sum>, OdataError> {
    text.split(',')
        .map(|part| {
            let words: Vec<&str> = part.split_whitespace().collect();
            let [name, "with", method, "as", alias] = words.as_slice() else {
                return Err(OdataError::Syntax(0));
            };
            let at = property(name, model)?;
            if model.props.get(at).map(|prop| &prop.kind) != Some(&Kind::Money) {
                return Err(OdataError::Types("Object", "Decimal"));
            }
            let method = match *method {
                "sum" => Method::Sum,
                "min" => Method::Min,
                "max" => Method::Max,
                "average" => Method::Average,
                "countdistinct" => Method::CountDistinct,
                "$count" => Method::Count,
                other => return Err(OdataError::Function(other.to_owned())),
            };
            Ok(Sum {
                at,
                method,
                alias: (*alias).to_owned(),
            })
        })
        .collect()
}
