//! The part of OData version 3 that the API speaks.

mod apply;
mod eval;
mod lexer;
mod parser;

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use uuid::Uuid;

pub(crate) use apply::Apply;
pub(crate) use parser::{parse, property};

use super::schema::Kind;

/// Why a query option was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OdataError {
    /// No property of that name, and the type it was looked for on.
    Property(String, String),
    /// A function that version 3 does not have.
    Function(String),
    /// Operands of types that do not go together.
    Types(&'static str, &'static str),
    Syntax(usize),
}

impl OdataError {
    /// What the server says of it.
    pub(crate) fn message(&self) -> String {
        match self {
            OdataError::Property(name, model) => format!(
                "Could not find a property named '{name}' on type \
                 'SnelStart.B2B.Api.V2.Models.{model}'."
            ),
            OdataError::Function(name) => {
                format!("An unknown function with name '{name}' was found.")
            }
            OdataError::Types(left, right) => format!(
                "A binary operator with incompatible types was detected. \
                 Found operand types 'Edm.{left}' and 'Edm.{right}'."
            ),
            OdataError::Syntax(at) => format!("Syntax error at position {at}."),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    StartsWith,
    EndsWith,
    SubstringOf,
    ToLower,
    ToUpper,
    Trim,
    Length,
    Year,
    Month,
    Day,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(String),
    Time(DateTime),
    Id(Uuid),
}

/// A way from the record, or from a variable of `any`, to a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    /// How many variables further out; none for the record itself.
    pub(crate) variable: Option<usize>,
    pub(crate) steps: Vec<usize>,
    pub(crate) kind: &'static Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Literal(Literal),
    Path(Path),
    Call(Function, Vec<Operand>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    Or(Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Compare(Compare, Operand, Operand),
    /// A boolean that stands alone.
    Truth(Operand),
    /// `any` (or `all`) over a list; without a condition: is there one?
    Any {
        path: Path,
        body: Option<Box<Expr>>,
        all: bool,
    },
}
