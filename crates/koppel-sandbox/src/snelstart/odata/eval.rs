//! Whether a record meets a filter.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Compare, Expr, Function, Literal, Operand, Path};
use crate::snelstart::row::{Cell, Row};

enum Value<'a> {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(Cow<'a, str>),
    Time(DateTime),
    Id(Uuid),
    /// Something that is there and has no order.
    Other,
}

impl Expr {
    /// Whether the record meets it.
    pub(crate) fn holds(&self, row: &Row) -> bool {
        self.within(row, &mut Vec::new())
    }

    fn within<'a>(&self, row: &'a Row, variables: &mut Vec<&'a Cell>) -> bool {
        match self {
            Expr::Or(a, b) => a.within(row, variables) || b.within(row, variables),
            Expr::And(a, b) => a.within(row, variables) && b.within(row, variables),
            Expr::Not(inner) => !inner.within(row, variables),
            Expr::Truth(operand) => matches!(operand.value(row, variables), Value::Bool(true)),
            Expr::Compare(compare, left, right) => {
                compare.holds(&left.value(row, variables), &right.value(row, variables))
            }
            Expr::Any { path, body, all } => {
                let cells: &'a [Cell] = match path.cell(row, variables) {
                    Some(Cell::List(cells)) => cells,
                    _ => &[],
                };
                let Some(body) = body else {
                    return !cells.is_empty();
                };
                let mut met = |cell: &'a Cell| {
                    variables.push(cell);
                    let met = body.within(row, variables);
                    variables.pop();
                    met
                };
                if *all {
                    cells.iter().all(&mut met)
                } else {
                    cells.iter().any(&mut met)
                }
            }
        }
    }
}

impl Path {
    fn cell<'a>(&self, row: &'a Row, variables: &[&'a Cell]) -> Option<&'a Cell> {
        let mut steps = self.steps.iter();
        let mut cell = match self.variable {
            Some(at) => *variables.get(at)?,
            None => row.cells.get(*steps.next()?)?,
        };
        for step in steps {
            let Cell::Object(inner) = cell else {
                return None;
            };
            cell = inner.cells.get(*step)?;
        }
        Some(cell)
    }
}

impl Operand {
    fn value<'a>(&'a self, row: &'a Row, variables: &[&'a Cell]) -> Value<'a> {
        match self {
            Operand::Literal(literal) => match literal {
                Literal::Null => Value::Null,
                Literal::Bool(is) => Value::Bool(*is),
                Literal::Number(number) => Value::Number(*number),
                Literal::Text(text) => Value::Text(text.into()),
                Literal::Time(time) => Value::Time(*time),
                Literal::Id(id) => Value::Id(*id),
            },
            Operand::Path(path) => match path.cell(row, variables) {
                None | Some(Cell::Null) => Value::Null,
                Some(Cell::Bool(is)) => Value::Bool(*is),
                Some(Cell::Int(number)) => Value::Number((*number).into()),
                Some(Cell::Money(amount)) => Value::Number(*amount),
                Some(Cell::Text(text)) => Value::Text(text.as_ref().into()),
                Some(Cell::Time(time)) => Value::Time(*time),
                Some(Cell::Id(id)) => Value::Id(*id),
                Some(_) => Value::Other,
            },
            Operand::Call(function, given) => {
                let mut values = given.iter().map(|operand| operand.value(row, variables));
                let first = values.next().unwrap_or(Value::Null);
                let second = values.next().unwrap_or(Value::Null);
                function.value(first, &second)
            }
        }
    }
}

impl Function {
    fn value<'a>(self, first: Value<'a>, second: &Value<'a>) -> Value<'a> {
        match (self, first, second) {
            (Function::StartsWith, Value::Text(a), Value::Text(b)) => Value::Bool(begins(&a, b)),
            (Function::EndsWith, Value::Text(a), Value::Text(b)) => {
                Value::Bool(a.to_lowercase().ends_with(&b.to_lowercase()))
            }
            // The text that is looked for stands first.
            (Function::SubstringOf, Value::Text(a), Value::Text(b)) => {
                Value::Bool(b.to_lowercase().contains(&a.to_lowercase()))
            }
            (Function::ToLower, Value::Text(a), _) => Value::Text(a.to_lowercase().into()),
            (Function::ToUpper, Value::Text(a), _) => Value::Text(a.to_uppercase().into()),
            (Function::Trim, Value::Text(a), _) => Value::Text(a.trim().to_owned().into()),
            (Function::Length, Value::Text(a), _) => Value::Number(a.chars().count().into()),
            (Function::Year, Value::Time(at), _) => Value::Number(at.year().into()),
            (Function::Month, Value::Time(at), _) => Value::Number(at.month().into()),
            (Function::Day, Value::Time(at), _) => Value::Number(at.day().into()),
            _ => Value::Null,
        }
    }
}

fn begins(text: &str, start: &str) -> bool {
    text.to_lowercase().starts_with(&start.to_lowercase())
}

impl Compare {
    fn holds(self, left: &Value<'_>, right: &Value<'_>) -> bool {
        let order = match (left, right) {
            (Value::Null, Value::Null) => Some(Ordering::Equal),
            (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
            (Value::Text(a), Value::Text(b)) => Some(text_order(a, b)),
            (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
            (Value::Id(a), Value::Id(b)) => Some(a.cmp(b)),
            _ => None,
        };
        let none = matches!((left, right), (Value::Null, _) | (_, Value::Null));
        match self {
            Compare::Eq => order == Some(Ordering::Equal),
            Compare::Ne => order != Some(Ordering::Equal),
            _ if none => false,
            Compare::Gt => order == Some(Ordering::Greater),
            Compare::Ge => order.is_some_and(Ordering::is_ge),
            Compare::Lt => order == Some(Ordering::Less),
            Compare::Le => order.is_some_and(Ordering::is_le),
        }
    }
}

/// The database behind the API compares without regard to case.
fn text_order(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    if a.is_ascii() && b.is_ascii() {
        let lower = |text: &str| {
            text.bytes()
                .map(|b| b.to_ascii_lowercase())
                .collect::<Vec<_>>()
        };
        return if a.eq_ignore_ascii_case(b) {
            Ordering::Equal
        } else {
            lower(a).cmp(&lower(b))
        };
    }
    a.to_lowercase().cmp(&b.to_lowercase())
}
