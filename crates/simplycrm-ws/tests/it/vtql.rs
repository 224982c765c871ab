//! The server's query language, read independently of the builder: lexer,
//! grammar, and what the database makes of a literal.

/// One token with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token(String);

/// Why a text is no query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The lexer met something it does not know (`INTERNAL_SERVER_ERROR`).
    Lexer(usize),
    /// The parser did (`QUERY_SYNTAX_ERROR`).
    Syntax(String),
}

/// A query as the server reads it; literals are as they stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Parsed {
    pub(crate) columns: Vec<String>,
    pub(crate) module: String,
    /// Alternatives of conditions: `and` binds tighter than `or`.
    pub(crate) clauses: Vec<Vec<Cond>>,
    pub(crate) order: Vec<String>,
    pub(crate) descending: bool,
    pub(crate) limit: Vec<i64>,
}

/// One condition; `values` are the raw tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cond {
    pub(crate) field: String,
    pub(crate) operator: String,
    pub(crate) values: Vec<String>,
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The token at a place and where it ends; `None` at the end of the text.
///
/// Words, quoted texts, signed numbers, signs.
fn token(text: &str, mut at: usize) -> Result<Option<(Token, usize)>, Refusal> {
    let bytes = text.as_bytes();
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    let rest = &bytes[at..];
    let Some(first) = rest.first() else {
        return Ok(None);
    };
    let length = match first {
        byte if is_word(*byte) => rest.iter().take_while(|byte| is_word(**byte)).count(),
        b'\'' => quoted(rest).ok_or(Refusal::Lexer(at))?,
        b'+' | b'-' => {
            let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
            if digits == 0 {
                return Err(Refusal::Lexer(at));
            }
            1 + digits
        }
        b'<' | b'>' | b'!' if rest.get(1) == Some(&b'=') => 2,
        b'(' | b')' | b',' | b'*' | b'=' | b'<' | b'>' | b';' => 1,
        _ => return Err(Refusal::Lexer(at)),
    };
    let end = at + length;
    Ok(Some((Token(text[at..end].to_owned()), end)))
}

/// The length of a quoted text of at least one character; `''` inside is a
/// quote.
fn quoted(rest: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match (rest.get(at)?, rest.get(at + 1)) {
            (b'\'', Some(b'\'')) => at += 2,
            (b'\'', _) => return (at > 1).then_some(at + 1),
            _ => at += 1,
        }
    }
}

/// Reads token by token, so that the first thing wrong decides.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Result<String, Refusal> {
        let (token, end) =
            token(self.text, self.at)?.ok_or_else(|| Refusal::Syntax("end of input".to_owned()))?;
        self.at = end;
        Ok(token.0)
    }

    fn is(&mut self, word: &str) -> bool {
        match token(self.text, self.at) {
            Ok(Some((token, end))) if token.0.eq_ignore_ascii_case(word) => {
                self.at = end;
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, word: &str) -> Result<(), Refusal> {
        let found = self.next()?;
        if found.eq_ignore_ascii_case(word) {
            Ok(())
        } else {
            Err(Refusal::Syntax(found))
        }
    }

    fn name(&mut self) -> Result<String, Refusal> {
        let found = self.next()?;
        if found.bytes().all(is_word) {
            Ok(found)
        } else {
            Err(Refusal::Syntax(found))
        }
    }

    fn value(&mut self) -> Result<String, Refusal> {
        let found = self.next()?;
        let first = found.as_bytes()[0];
        if is_word(first) || matches!(first, b'\'' | b'+' | b'-') {
            Ok(found)
        } else {
            Err(Refusal::Syntax(found))
        }
    }

    fn condition(&mut self) -> Result<Cond, Refusal> {
        let field = self.name()?;
        let operator = self.next()?.to_ascii_lowercase();
        let values = match operator.as_str() {
            "=" | "!=" | "<" | "<=" | ">" | ">=" | "like" => vec![self.value()?],
            "in" => {
                self.expect("(")?;
                let mut values = vec![self.value()?];
                while self.is(",") {
                    values.push(self.value()?);
                }
                self.expect(")")?;
                values
            }
            _ => return Err(Refusal::Syntax(operator)),
        };
        Ok(Cond {
            field,
            operator,
            values,
        })
    }

    fn number(&mut self) -> Result<i64, Refusal> {
        let found = self.next()?;
        found.parse().map_err(|_| Refusal::Syntax(found))
    }
}

/// Reads a query the way the server does.
pub(crate) fn parse(text: &str) -> Result<Parsed, Refusal> {
    let mut reader = Reader { text, at: 0 };
    let mut parsed = Parsed::default();
    reader.expect("select")?;
    if reader.is("*") {
        parsed.columns.push("*".to_owned());
    } else if reader.is("count") {
        reader.expect("(")?;
        reader.expect("*")?;
        reader.expect(")")?;
        parsed.columns.push("count(*)".to_owned());
    } else {
        parsed.columns.push(reader.name()?);
        while reader.is(",") {
            parsed.columns.push(reader.name()?);
        }
    }
    reader.expect("from")?;
    parsed.module = reader.name()?;
    if reader.is("where") {
        let mut clause = vec![reader.condition()?];
        loop {
            if reader.is("and") {
                clause.push(reader.condition()?);
            } else if reader.is("or") {
                parsed.clauses.push(std::mem::take(&mut clause));
                clause.push(reader.condition()?);
            } else {
                break;
            }
        }
        parsed.clauses.push(clause);
    }
    if reader.is("order") {
        reader.expect("by")?;
        parsed.order.push(reader.name()?);
        while reader.is(",") {
            parsed.order.push(reader.name()?);
        }
        parsed.descending = !reader.is("asc") && reader.is("desc");
    }
    if reader.is("limit") {
        parsed.limit.push(reader.number()?);
        if reader.is(",") {
            parsed.limit.push(reader.number()?);
        }
    }
    reader.expect(";")?;
    match token(text, reader.at)? {
        None => Ok(parsed),
        Some((token, _)) => Err(Refusal::Syntax(token.0)),
    }
}

/// What MySQL reads in a literal that it is handed as it stands; `None` when
/// the literal ends before its last quote, or does not end there.
pub(crate) fn database_text(raw: &str) -> Option<String> {
    let inner = raw.strip_prefix('\'')?;
    let mut out = String::new();
    let mut chars = inner.chars();
    loop {
        match chars.next()? {
            '\\' => match chars.next()? {
                c @ ('%' | '_') => out.extend(['\\', c]),
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                'b' => out.push('\u{8}'),
                'Z' => out.push('\u{1a}'),
                '0' => out.push('\0'),
                c => out.push(c),
            },
            '\'' => match chars.next() {
                None => return Some(out),
                Some('\'') => out.push('\''),
                Some(_) => return None,
            },
            c => out.push(c),
        }
    }
}

/// One piece of a LIKE pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    /// `%`
    Any,
    /// `_`
    One,
    /// A character that stands for itself.
    Char(char),
}

/// What LIKE reads in a pattern, its escape character being the backslash.
pub(crate) fn like(pattern: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '%' => Piece::Any,
            '_' => Piece::One,
            '\\' => Piece::Char(chars.next().unwrap_or('\\')),
            c => Piece::Char(c),
        });
    }
    out
}

/// Whether a text is like a pattern.
pub(crate) fn is_like(value: &str, pattern: &[Piece]) -> bool {
    match pattern.split_first() {
        None => value.is_empty(),
        Some((Piece::Any, rest)) => value
            .char_indices()
            .map(|(at, _)| at)
            .chain([value.len()])
            .any(|at| is_like(&value[at..], rest)),
        Some((piece, rest)) => value.chars().next().is_some_and(|c| {
            (*piece == Piece::One || *piece == Piece::Char(c))
                && is_like(&value[c.len_utf8()..], rest)
        }),
    }
}

#[test]
fn the_database_reads_escapes_in_literals_and_patterns() {
    assert_eq!(database_text(r"'O''B\\x'").as_deref(), Some(r"O'B\x"));
    assert_eq!(database_text(r"'x\'"), None);
    assert_eq!(database_text(r"'x' or 'y'"), None);
    assert_eq!(
        like(r"a\%\\_"),
        [
            Piece::Char('a'),
            Piece::Char('%'),
            Piece::Char('\\'),
            Piece::One
        ]
    );
}
