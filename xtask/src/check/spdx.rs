//! Whether an SPDX licence expression can be satisfied with allowed licences.

use anyhow::{Result, bail};

/// Evaluates the expression: `OR` needs one side, `AND` both.
///
/// The old `MIT/Apache-2.0` reads as `OR`. A licence with an exception passes
/// when the licence itself is allowed, as an exception only adds permissions.
pub(crate) fn satisfied(expression: &str, allow: &[String]) -> Result<bool> {
    let tokens = tokens(expression);
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        allow,
    };
    let ok = parser.any()?;
    if parser.at != tokens.len() {
        bail!("`{}` is not expected here", tokens[parser.at]);
    }
    Ok(ok)
}

fn tokens(expression: &str) -> Vec<String> {
    let mut spaced = String::new();
    for c in expression.chars() {
        match c {
            '(' | ')' => {
                spaced.push(' ');
                spaced.push(c);
                spaced.push(' ');
            }
            '/' => spaced.push_str(" OR "),
            other => spaced.push(other),
        }
    }
    spaced.split_whitespace().map(str::to_owned).collect()
}

struct Parser<'a> {
    tokens: &'a [String],
    at: usize,
    allow: &'a [String],
}

impl Parser<'_> {
    fn take(&mut self, word: &str) -> bool {
        let found = self
            .tokens
            .get(self.at)
            .is_some_and(|token| token.eq_ignore_ascii_case(word));
        if found {
            self.at += 1;
        }
        found
    }

    fn any(&mut self) -> Result<bool> {
        let mut ok = self.all()?;
        while self.take("OR") {
            ok |= self.all()?;
        }
        Ok(ok)
    }

    fn all(&mut self) -> Result<bool> {
        let mut ok = self.one()?;
        while self.take("AND") {
            ok &= self.one()?;
        }
        Ok(ok)
    }

    fn one(&mut self) -> Result<bool> {
        if self.take("(") {
            let ok = self.any()?;
            if !self.take(")") {
                bail!("a `)` is missing");
            }
            return Ok(ok);
        }
        let license = self.name()?;
        if self.take("WITH") {
            self.name()?;
        }
        Ok(self.allow.contains(&license))
    }

    fn name(&mut self) -> Result<String> {
        match self.tokens.get(self.at) {
            Some(token) if !["(", ")", "AND", "OR", "WITH"].contains(&token.as_str()) => {
                self.at += 1;
                Ok(token.clone())
            }
            Some(token) => bail!("a licence is expected before `{token}`"),
            None => bail!("a licence is expected at the end"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(expression: &str) -> bool {
        let allow = ["MIT", "Apache-2.0", "ISC"].map(str::to_owned);
        satisfied(expression, &allow).unwrap()
    }

    #[test]
    fn one_side_of_an_or_is_enough() {
        assert!(ok("GPL-3.0-only OR MIT"));
        assert!(ok("GPL-3.0-only/MIT"));
        assert!(ok("Unlicense / MIT"));
        assert!(!ok("GPL-3.0-only OR LGPL-3.0-only"));
    }

    #[test]
    fn both_sides_of_an_and_are_needed() {
        assert!(ok("MIT AND ISC"));
        assert!(!ok("MIT AND OpenSSL"));
    }

    #[test]
    fn and_binds_tighter_than_or() {
        assert!(ok("MIT OR GPL-3.0-only AND OpenSSL"));
        assert!(!ok("(MIT OR GPL-3.0-only) AND OpenSSL"));
        assert!(ok("ISC AND (Apache-2.0 OR GPL-2.0-only)"));
    }

    #[test]
    fn an_exception_does_not_hide_the_licence() {
        assert!(ok("Apache-2.0 WITH LLVM-exception"));
        assert!(!ok("GPL-2.0-only WITH Classpath-exception-2.0"));
    }

    #[test]
    fn a_broken_expression_is_an_error() {
        let allow = ["MIT".to_owned()];
        for broken in [
            "", "MIT OR", "(MIT", "MIT)", "MIT ISC", "AND MIT", "MIT WITH",
        ] {
            assert!(satisfied(broken, &allow).is_err(), "{broken}");
        }
    }
}
