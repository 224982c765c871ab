//! From a filter's text to a condition on a model.

use super::lexer::{Token, tokens};
use super::{Compare, Expr, Function, Literal, OdataError, Operand, Path};
use crate::snelstart::schema::{Kind, Model, model};

/// Deepest nesting that is read.
const DEEPEST: usize = 50;
static BOOL: Kind = Kind::Bool;
static UUID: Kind = Kind::Uuid;

/// A filter on records of a model.
pub(crate) fn parse(text: &str, record: &'static Model) -> Result<Expr, OdataError> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        end: text.len(),
        record,
        variables: Vec::new(),
        depth: 0,
    };
    let expr = parser.or()?;
    if parser.at < tokens.len() {
        return Err(parser.syntax());
    }
    Ok(expr)
}

/// The property that an UpperCamelCase name stands for; addresses cannot be asked.
pub(crate) fn property(name: &str, model: &Model) -> Result<usize, OdataError> {
    let unknown = || OdataError::Property(name.to_owned(), model.name.to_owned());
    let mut letters = name.chars();
    let first = letters.next().ok_or_else(unknown)?;
    if !first.is_ascii_uppercase() {
        return Err(unknown());
    }
    let wire = format!("{}{}", first.to_ascii_lowercase(), letters.as_str());
    let at = model.index(&wire).ok_or_else(unknown)?;
    match model.props.get(at) {
        Some(prop) if prop.kind != Kind::Uri => Ok(at),
        _ => Err(unknown()),
    }
}

struct Parser<'a> {
    tokens: &'a [(usize, Token)],
    at: usize,
    end: usize,
    record: &'static Model,
    variables: Vec<(String, &'static Kind)>,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn syntax(&self) -> OdataError {
        OdataError::Syntax(self.tokens.get(self.at).map_or(self.end, |(at, _)| *at))
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(name)) if name == word);
        self.at += usize::from(found);
        found
    }

    fn take(&mut self, token: &Token) -> Result<(), OdataError> {
        if self.peek() != Some(token) {
            return Err(self.syntax());
        }
        self.at += 1;
        Ok(())
    }

    fn name(&mut self) -> Result<String, OdataError> {
        match self.peek() {
            Some(Token::Word(name)) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.syntax()),
        }
    }

    fn or(&mut self) -> Result<Expr, OdataError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.syntax());
        }
        let mut left = self.and()?;
        while self.word("or") {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, OdataError> {
        let mut left = self.not()?;
        while self.word("and") {
            left = Expr::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr, OdataError> {
        let mut negated = false;
        while self.word("not") {
            negated = !negated;
        }
        let expr = self.condition()?;
        Ok(if negated {
            Expr::Not(Box::new(expr))
        } else {
            expr
        })
    }

    fn condition(&mut self) -> Result<Expr, OdataError> {
        if self.peek() == Some(&Token::Open) {
            self.at += 1;
            let inner = self.or()?;
            self.take(&Token::Close)?;
            return Ok(inner);
        }
        let left = match self.operand()? {
            Found::Any(expr) => return Ok(expr),
            Found::Operand(operand) => operand,
        };
        let compare = match self.peek() {
            Some(Token::Word(word)) => match word.as_str() {
                "eq" => Some(Compare::Eq),
                "ne" => Some(Compare::Ne),
                "gt" => Some(Compare::Gt),
                "ge" => Some(Compare::Ge),
                "lt" => Some(Compare::Lt),
                "le" => Some(Compare::Le),
                _ => None,
            },
            _ => None,
        };
        let Some(compare) = compare else {
            return match edm(&left) {
                Some("Boolean") => Ok(Expr::Truth(left)),
                _ => Err(self.syntax()),
            };
        };
        self.at += 1;
        let Found::Operand(right) = self.operand()? else {
            return Err(self.syntax());
        };
        if let (Some(a), Some(b)) = (edm(&left), edm(&right))
            && a != b
        {
            return Err(OdataError::Types(a, b));
        }
        Ok(Expr::Compare(compare, left, right))
    }

    fn operand(&mut self) -> Result<Found, OdataError> {
        let literal = match self.peek() {
            Some(Token::Text(text)) => Some(Literal::Text(text.clone())),
            Some(Token::Number(number)) => Some(Literal::Number(*number)),
            Some(Token::Time(time)) => Some(Literal::Time(*time)),
            Some(Token::Id(id)) => Some(Literal::Id(*id)),
            Some(Token::Word(word)) => match word.as_str() {
                "null" => Some(Literal::Null),
                "true" => Some(Literal::Bool(true)),
                "false" => Some(Literal::Bool(false)),
                _ => None,
            },
            _ => return Err(self.syntax()),
        };
        if let Some(literal) = literal {
            self.at += 1;
            return Ok(Found::Operand(Operand::Literal(literal)));
        }
        let name = self.name()?;
        if self.peek() == Some(&Token::Open) {
            return self.call(&name).map(Found::Operand);
        }
        self.path(name)
    }

    fn call(&mut self, name: &str) -> Result<Operand, OdataError> {
        let (function, count) = match name {
            "startswith" => (Function::StartsWith, 2),
            "endswith" => (Function::EndsWith, 2),
            "substringof" => (Function::SubstringOf, 2),
            "tolower" => (Function::ToLower, 1),
            "toupper" => (Function::ToUpper, 1),
            "trim" => (Function::Trim, 1),
            "length" => (Function::Length, 1),
            "year" => (Function::Year, 1),
            "month" => (Function::Month, 1),
            "day" => (Function::Day, 1),
            _ => return Err(OdataError::Function(name.to_owned())),
        };
        self.take(&Token::Open)?;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.syntax());
        }
        let mut given = Vec::new();
        for at in 0..count {
            if at > 0 {
                self.take(&Token::Comma)?;
            }
            match self.operand()? {
                Found::Operand(operand) => given.push(operand),
                Found::Any(_) => return Err(self.syntax()),
            }
        }
        self.depth -= 1;
        self.take(&Token::Close)?;
        let wanted = match function {
            Function::Year | Function::Month | Function::Day => "DateTime",
            _ => "String",
        };
        for operand in &given {
            if let Some(found) = edm(operand)
                && found != wanted
            {
                return Err(OdataError::Types(found, wanted));
            }
        }
        Ok(Operand::Call(function, given))
    }

    /// A path, or `any` at the end of one.
    fn path(&mut self, first: String) -> Result<Found, OdataError> {
        let found = self.variables.iter().rposition(|(name, _)| *name == first);
        let mut path = match found {
            Some(at) => Path {
                variable: Some(at),
                steps: Vec::new(),
                kind: self.variables.get(at).map_or(&BOOL, |(_, kind)| kind),
            },
            None => {
                let at = property(&first, self.record)?;
                let kind = self.record.props.get(at).map_or(&BOOL, |prop| &prop.kind);
                Path {
                    variable: None,
                    steps: vec![at],
                    kind,
                }
            }
        };
        while self.peek() == Some(&Token::Slash) {
            self.at += 1;
            let name = self.name()?;
            if matches!(name.as_str(), "any" | "all") && self.peek() == Some(&Token::Open) {
                return self.any(path, name == "all").map(Found::Any);
            }
            step(&mut path, &name)?;
        }
        Ok(Found::Operand(Operand::Path(path)))
    }

    fn any(&mut self, path: Path, all: bool) -> Result<Expr, OdataError> {
        let Kind::List(inner) = path.kind else {
            return Err(self.syntax());
        };
        self.take(&Token::Open)?;
        let mut body = None;
        if self.peek() != Some(&Token::Close) {
            let variable = self.name()?;
            self.take(&Token::Colon)?;
            self.variables.push((variable, inner.as_ref()));
            body = Some(Box::new(self.or()?));
            self.variables.pop();
        }
        self.take(&Token::Close)?;
        Ok(Expr::Any { path, body, all })
    }
}

enum Found {
    Operand(Operand),
    Any(Expr),
}

fn step(path: &mut Path, name: &str) -> Result<(), OdataError> {
    match path.kind {
        Kind::Object(inner) => {
            let inner = model(inner);
            let at = property(name, inner)?;
            path.steps.push(at);
            path.kind = inner.props.get(at).map_or(&BOOL, |prop| &prop.kind);
            Ok(())
        }
        Kind::Ref(_) if name == "Id" => {
            path.kind = &UUID;
            Ok(())
        }
        kind => Err(OdataError::Property(name.to_owned(), format!("{kind:?}"))),
    }
}

/// The type an operand has; none where it goes with all.
fn edm(operand: &Operand) -> Option<&'static str> {
    match operand {
        Operand::Literal(literal) => match literal {
            Literal::Null => None,
            Literal::Bool(_) => Some("Boolean"),
            Literal::Number(_) => Some("Decimal"),
            Literal::Text(_) => Some("String"),
            Literal::Time(_) => Some("DateTime"),
            Literal::Id(_) => Some("Guid"),
        },
        Operand::Path(path) => match path.kind {
            Kind::Text | Kind::Word(_) | Kind::Bytes | Kind::Uri => Some("String"),
            Kind::Time => Some("DateTime"),
            Kind::Money | Kind::Int => Some("Decimal"),
            Kind::Bool => Some("Boolean"),
            Kind::Uuid => Some("Guid"),
            Kind::Ref(_) | Kind::Object(_) | Kind::List(_) => Some("Object"),
            Kind::Any => None,
        },
        Operand::Call(function, _) => Some(match function {
            Function::StartsWith | Function::EndsWith | Function::SubstringOf => "Boolean",
            Function::ToLower | Function::ToUpper | Function::Trim => "String",
            Function::Length | Function::Year | Function::Month | Function::Day => "Decimal",
        }),
    }
}
