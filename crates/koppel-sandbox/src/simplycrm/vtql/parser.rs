//! From tokens to a query.

use super::lexer::{Kind, Token, tokens};
use crate::simplycrm::reply::{Failure, database, error, internal};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Columns {
    All,
    Count,
    Fields(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Eq,
    Ne,
    Lt,
    Lte,
    Gt,
    Gte,
    Like,
    In,
}

/// One comparison; the values are as the lexer leaves them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) field: String,
    pub(crate) op: Op,
    pub(crate) values: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) columns: Columns,
    pub(crate) module: String,
    /// Any of these groups, all of a group: AND binds tighter.
    pub(crate) filter: Vec<Vec<Condition>>,
    pub(crate) order: Vec<String>,
    /// The direction, which MySQL takes for the last column alone.
    pub(crate) descending: bool,
    /// Offset and number.
    pub(crate) limit: Option<(usize, usize)>,
}

struct Parser {
    tokens: Vec<Token>,
    /// The lexer knows nothing of what comes behind the tokens.
    broken: bool,
    at: usize,
}

/// # Errors
/// `QUERY_SYNTAX_ERROR` with the token and what was expected, `INTERNAL_SERVER_ERROR` of the
/// lexer, `DATABASE_QUERY_ERROR` for a negative limit.
pub(crate) fn parse(query: &str) -> Result<Query, Failure> {
    let (tokens, broken) = tokens(query);
    Parser {
        tokens,
        broken,
        at: 0,
    }
    .query()
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, keyword: &str) -> bool {
        self.peek().is_some_and(|token| token.is(keyword))
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += 1;
        token
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let is = self.is(keyword);
        self.at += usize::from(is);
        is
    }

    fn take_kind(&mut self, kind: &Kind) -> bool {
        let is = self.peek().is_some_and(|token| token.kind == *kind);
        self.at += usize::from(is);
        is
    }

    /// `word` is what the lexer calls a word that stands here.
    fn unexpected(&self, word: &str, expected: &str) -> Failure {
        let (line, text, kind) = match self.peek() {
            Some(token) => {
                let name = match token.kind {
                    Kind::Word => keyword_name(&token.text).unwrap_or(word),
                    Kind::Text | Kind::Signed => "VALUE",
                    Kind::Star => "ASTERISK",
                    Kind::Open => "PARENOPEN",
                    Kind::Close => "PARENCLOSE",
                    Kind::Comma => "COMMA",
                    Kind::Semicolon => "SEMICOLON",
                    Kind::Eq => "EQ",
                    Kind::Ne => "NE",
                    Kind::Lt => "LT",
                    Kind::Lte => "LTE",
                    Kind::Gt => "GT",
                    Kind::Gte => "GTE",
                };
                let text = token.text.clone();
                (token.line, text.clone(), format!("{name}({text})"))
            }
            None if self.broken => return internal(),
            None => {
                let last = self.tokens.last();
                (
                    last.map_or(1, |token| token.line),
                    last.map_or(String::new(), |token| token.text.clone()),
                    "End of Input(0)".to_owned(),
                )
            }
        };
        let message = format!(
            "Syntax Error on line {line}: token '{text}' Unexpected {kind}, expected one of: {expected}"
        );
        error("QUERY_SYNTAX_ERROR", message)
    }

    fn name(&mut self, word: &str, expected: &str) -> Result<String, Failure> {
        match self.peek() {
            Some(token) if token.kind == Kind::Word => {
                let text = token.text.clone();
                self.at += 1;
                Ok(text)
            }
            _ => Err(self.unexpected(word, expected)),
        }
    }

    fn query(mut self) -> Result<Query, Failure> {
        if !self.take_keyword("select") {
            return Err(self.unexpected("Unknown", "SELECT"));
        }
        let columns = self.columns()?;
        if !self.take_keyword("from") {
            return Err(self.unexpected("COLUMNNAME", "SELECT"));
        }
        let module = self.name("TABLENAME", "TABLENAME")?;
        let filter = if self.take_keyword("where") {
            self.filter()?
        } else {
            Vec::new()
        };
        let (mut order, mut descending) = (Vec::new(), false);
        if self.is("order") {
            self.at += 1;
            if !self.take_keyword("by") {
                return Err(self.unexpected("COLUMNNAME", "SEMICOLON"));
            }
            loop {
                order.push(self.name("COLUMNNAME", "COLUMNNAME")?);
                if !self.take_kind(&Kind::Comma) {
                    break;
                }
            }
            if self.take_keyword("desc") {
                descending = true;
            } else {
                self.take_keyword("asc");
            }
        }
        let limit = if self.take_keyword("limit") {
            Some(self.limit()?)
        } else {
            None
        };
        if !self.take_kind(&Kind::Semicolon) || self.peek().is_some() || self.broken {
            return Err(self.unexpected("COLUMNNAME", "SEMICOLON"));
        }
        Ok(Query {
            columns,
            module,
            filter,
            order,
            descending,
            limit,
        })
    }

    fn columns(&mut self) -> Result<Columns, Failure> {
        if self.take_kind(&Kind::Star) {
            return Ok(Columns::All);
        }
        let counts = self.is("count")
            && [Kind::Open, Kind::Star, Kind::Close]
                .iter()
                .zip(self.tokens.iter().skip(self.at + 1))
                .filter(|(kind, token)| **kind == token.kind)
                .count()
                == 3;
        if counts {
            self.at += 4;
            return Ok(Columns::Count);
        }
        let mut fields = Vec::new();
        loop {
            fields.push(self.name("COLUMNNAME", "SELECT")?);
            if !self.take_kind(&Kind::Comma) {
                return Ok(Columns::Fields(fields));
            }
        }
    }

    fn filter(&mut self) -> Result<Vec<Vec<Condition>>, Failure> {
        let mut groups = Vec::new();
        let mut group = vec![self.condition()?];
        loop {
            if self.take_keyword("and") {
                group.push(self.condition()?);
            } else if self.take_keyword("or") {
                groups.push(group);
                group = vec![self.condition()?];
            } else {
                groups.push(group);
                return Ok(groups);
            }
        }
    }

    fn condition(&mut self) -> Result<Condition, Failure> {
        let field = self.name("COLUMNNAME", "COLUMNNAME")?;
        let op = match self.peek().map(|token| &token.kind) {
            Some(Kind::Eq) => Op::Eq,
            Some(Kind::Ne) => Op::Ne,
            Some(Kind::Lt) => Op::Lt,
            Some(Kind::Lte) => Op::Lte,
            Some(Kind::Gt) => Op::Gt,
            Some(Kind::Gte) => Op::Gte,
            _ if self.is("like") => Op::Like,
            _ if self.is("in") => Op::In,
            _ => return Err(self.unexpected("VALUE", "EQ,LT,GT,LTE,GTE,NE,IN,LIKE")),
        };
        self.at += 1;
        let mut values = Vec::new();
        if op == Op::In {
            if !self.take_kind(&Kind::Open) {
                return Err(self.unexpected("VALUE", "PARENOPEN"));
            }
            loop {
                values.push(self.value()?);
                if !self.take_kind(&Kind::Comma) {
                    break;
                }
            }
            if !self.take_kind(&Kind::Close) {
                return Err(self.unexpected("VALUE", "PARENCLOSE,COMMA"));
            }
        } else {
            values.push(self.value()?);
        }
        Ok(Condition { field, op, values })
    }

    fn value(&mut self) -> Result<String, Failure> {
        match self.peek() {
            Some(token) if matches!(token.kind, Kind::Text | Kind::Word | Kind::Signed) => {
                let text = token.text.clone();
                self.at += 1;
                Ok(text)
            }
            _ => Err(self.unexpected("VALUE", "VALUE")),
        }
    }

    /// `LIMIT number` or `LIMIT offset,number`.
    fn limit(&mut self) -> Result<(usize, usize), Failure> {
        let first = self.size()?;
        if !self.take_kind(&Kind::Comma) {
            return Ok((0, first));
        }
        Ok((first, self.size()?))
    }

    fn size(&mut self) -> Result<usize, Failure> {
        match self.take() {
            Some(token) if matches!(token.kind, Kind::Word | Kind::Signed) => token
                .text
                .trim_start_matches('+')
                .parse()
                .map_err(|_| database()),
            _ => {
                self.at -= 1;
                Err(self.unexpected("VALUE", "VALUE"))
            }
        }
    }
}

fn keyword_name(word: &str) -> Option<&'static str> {
    const KEYWORDS: [&str; 10] = [
        "SELECT", "FROM", "WHERE", "LIMIT", "AND", "OR", "IN", "LIKE", "ASC", "DESC",
    ];
    KEYWORDS
        .into_iter()
        .find(|keyword| keyword.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(query: &str) -> String {
        match parse(query) {
            Err(Failure::Error(_, message)) => message,
            other => panic!("{query}: {other:?}"),
        }
    }

    #[test]
    fn a_whole_query_is_parsed() {
        let query = parse(
            "select id, a from M where a = 'x' and b in ('1','2') or c like '%y' \
             order by a, b desc limit 5, 10 ; ",
        );
        let Ok(query) = query else {
            panic!("{query:?}");
        };
        assert_eq!(
            query.columns,
            Columns::Fields(vec!["id".into(), "a".into()])
        );
        assert_eq!(
            query.filter.iter().map(Vec::len).collect::<Vec<_>>(),
            [2, 1]
        );
        assert_eq!(query.order, ["a", "b"]);
        assert!(query.descending);
        assert_eq!(query.limit, Some((5, 10)));
        assert_eq!(
            parse("SELECT count(*) FROM M;").map(|q| q.columns),
            Ok(Columns::Count)
        );
    }

    #[test]
    fn syntax_errors_name_the_token_and_what_was_expected_as_recorded() {
        let said = "Syntax Error on line 1: token ";
        for (query, told) in [
            (
                "select * from Contacts",
                "'Contacts' Unexpected End of Input(0), expected one of: SEMICOLON",
            ),
            (
                "select lastname from Contacts order by lastname asc, firstname desc limit 3;",
                "',' Unexpected COMMA(,), expected one of: SEMICOLON",
            ),
            (
                "select lastname from Contacts where leadsource <> 'Partner' limit 2;",
                "'>' Unexpected GT(>), expected one of: VALUE",
            ),
            (
                "select lastname from Contacts where lastname not like 'M%' limit 3;",
                "'not' Unexpected VALUE(not), expected one of: EQ,LT,GT,LTE,GTE,NE,IN,LIKE",
            ),
            (
                r"select lastname from Contacts where lastname = 'O\'Brien 000';",
                "'Brien' Unexpected COLUMNNAME(Brien), expected one of: SEMICOLON",
            ),
            (
                "select lastname as l from Contacts limit 1;",
                "'as' Unexpected COLUMNNAME(as), expected one of: SELECT",
            ),
            (
                "select max(modifiedtime) from Contacts;",
                "'(' Unexpected PARENOPEN((), expected one of: SELECT",
            ),
            (
                "delete from Contacts;",
                "'delete' Unexpected Unknown(delete), expected one of: SELECT",
            ),
        ] {
            assert_eq!(message(query), format!("{said}{told}"), "{query}");
        }
    }

    #[test]
    fn parentheses_and_text_after_the_end_are_syntax_errors() {
        for query in [
            "select id from M where (a = 'x');",
            "select id from M; select id from M;",
            "select id from M where a in ();",
        ] {
            assert!(message(query).starts_with("Syntax Error"), "{query}");
        }
        assert_eq!(parse("select id from M limit -1;"), Err(database()));
    }
}
