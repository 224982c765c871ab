//! Comparisons as MySQL makes them: collated texts, numbers of a text's start, patterns.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::parser::{Condition, Op};
use super::unescaped;
use crate::simplycrm::reply::{Failure, database, error, wrong_id};
use crate::simplycrm::schema::{Kind, Module};

/// What is compared with.
#[derive(Debug, Clone)]
enum Operand {
    /// The number of a record.
    Number(u64),
    Decimal(Decimal),
    /// Collated.
    Text(String),
}

#[derive(Debug, Clone)]
struct Test {
    field: String,
    kind: Option<Kind>,
    op: Op,
    operands: Vec<Operand>,
    pattern: Option<Vec<char>>,
}

/// A WHERE, checked against a module.
#[derive(Debug, Clone)]
pub(crate) struct Filter(Vec<Vec<Test>>);

impl Filter {
    /// # Errors
    /// A field that is not known, a reference that is none, a broken literal.
    pub(crate) fn new(groups: &[Vec<Condition>], module: &Module) -> Result<Filter, Failure> {
        let groups: Result<Vec<Vec<Test>>, Failure> = groups
            .iter()
            .map(|group| {
                group
                    .iter()
                    .map(|condition| Test::new(condition, module))
                    .collect()
            })
            .collect();
        groups.map(Filter)
    }

    /// `value` gives the stored text of a field, `id` as its number.
    pub(crate) fn fits<'a>(&self, value: &impl Fn(&str) -> std::borrow::Cow<'a, str>) -> bool {
        self.0.is_empty()
            || self
                .0
                .iter()
                .any(|group| group.iter().all(|test| test.fits(&value(&test.field))))
    }

    /// The number that ids are above, where the whole filter says so.
    pub(crate) fn ids_above(&self) -> Option<u64> {
        let [group] = self.0.as_slice() else {
            return None;
        };
        group
            .iter()
            .filter(|test| test.field == "id" && test.op == Op::Gt)
            .find_map(|test| match test.operands.first() {
                Some(Operand::Number(number)) => Some(*number),
                _ => None,
            })
    }
}

impl Test {
    fn new(condition: &Condition, module: &Module) -> Result<Test, Failure> {
        let name = condition.field.as_str();
        let kind = match module.field(name) {
            Some(field) => Some(field.kind),
            None if name == "id" => None,
            None => {
                let message = format!("Permission to access {name} attribute denied.");
                return Err(error("ACCESS_DENIED", message));
            }
        };
        let mut operands = Vec::new();
        let mut pattern = None;
        for raw in &condition.values {
            let text = unescaped(raw)?;
            operands.push(match kind {
                None => Operand::Number(record_number(&text).ok_or_else(database)?),
                Some(Kind::Reference | Kind::Owner) => {
                    Operand::Number(record_number(&text).ok_or_else(wrong_id)?)
                }
                Some(kind) if kind.is_number() && condition.op != Op::Like => {
                    Operand::Decimal(number_prefix(&text))
                }
                Some(_) => {
                    if condition.op == Op::Like {
                        pattern = Some(collated(&text).chars().collect());
                    }
                    Operand::Text(collated(text.trim_end_matches(' ')))
                }
            });
        }
        Ok(Test {
            field: name.to_owned(),
            kind,
            op: condition.op,
            operands,
            pattern,
        })
    }

    fn fits(&self, stored: &str) -> bool {
        // What was never set is NULL for days and times, and NULL fits nothing.
        if stored.is_empty() && matches!(self.kind, Some(Kind::Date | Kind::DateTime)) {
            return false;
        }
        if let Some(pattern) = &self.pattern {
            let text: Vec<char> = collated(stored).chars().collect();
            return like(pattern, &text);
        }
        let mut operands = self.operands.iter();
        match self.op {
            Op::In | Op::Like => operands.any(|operand| order(stored, operand).is_eq()),
            op => operands.all(|operand| {
                let order = order(stored, operand);
                match op {
                    Op::Eq | Op::In | Op::Like => order.is_eq(),
                    Op::Ne => order.is_ne(),
                    Op::Lt => order.is_lt(),
                    Op::Lte => order.is_le(),
                    Op::Gt => order.is_gt(),
                    Op::Gte => order.is_ge(),
                }
            }),
        }
    }
}

/// Stored references are `NNxID`; a record's own number is bare.
fn order(stored: &str, operand: &Operand) -> Ordering {
    match operand {
        Operand::Number(number) => {
            let own = stored.split_once('x').map_or(stored, |(_, own)| own);
            own.parse::<u64>().unwrap_or_default().cmp(number)
        }
        Operand::Decimal(number) => number_prefix(stored).cmp(number),
        Operand::Text(text) => collated(stored.trim_end_matches(' ')).cmp(text),
    }
}

/// What stands after the x; the prefix is not looked at (recorded servers).
fn record_number(text: &str) -> Option<u64> {
    let (_, number) = text.split_once('x')?;
    Some(number.parse().unwrap_or_default())
}

/// The number a text starts with, else 0.
pub(crate) fn number_prefix(text: &str) -> Decimal {
    let text = text.trim_start();
    let mut end = 0;
    let mut point = false;
    for (at, c) in text.char_indices() {
        match c {
            '+' | '-' if at == 0 => {}
            '.' if !point => point = true,
            c if c.is_ascii_digit() => {}
            _ => break,
        }
        end = at + 1;
    }
    let number = text.get(..end).unwrap_or_default();
    let number = number.trim_start_matches('+').trim_end_matches('.');
    number.parse().unwrap_or_default()
}

/// What texts are compared by: small letters without accents.
pub(crate) fn collated(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
            'ç' | 'ć' | 'ĉ' | 'č' => 'c',
            'ď' => 'd',
            'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => 'e',
            'ğ' | 'ģ' => 'g',
            'ì'..='ï' | 'ī' | 'į' => 'i',
            'ķ' => 'k',
            'ĺ' | 'ļ' | 'ľ' => 'l',
            'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
            'ò'..='ö' | 'ō' | 'ő' => 'o',
            'ŕ' | 'ř' => 'r',
            'ś' | 'ş' | 'š' | 'ß' => 's',
            'ţ' | 'ť' => 't',
            'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
            'ý' | 'ÿ' => 'y',
            'ź' | 'ż' | 'ž' => 'z',
            c => c,
        })
        .collect()
}

/// LIKE with `%`, `_` and a backslash before either.
fn like(pattern: &[char], text: &[char]) -> bool {
    // Where to go on after the last %, without recursion.
    let (mut p, mut t) = (0, 0);
    let mut again: Option<(usize, usize)> = None;
    loop {
        let fits = match pattern.get(p) {
            Some('%') => {
                again = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some('_') if t < text.len() => Some(1),
            Some('\\') if pattern.get(p + 1).is_some() => {
                (pattern.get(p + 1) == text.get(t)).then_some(2)
            }
            Some(c) => (Some(c) == text.get(t)).then_some(1),
            None if t == text.len() => return true,
            None => None,
        };
        match (fits, again) {
            (Some(length), _) => {
                p += length;
                t += 1;
            }
            (None, Some((back, from))) if from < text.len() => {
                again = Some((back, from + 1));
                p = back;
                t = from + 1;
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likes(pattern: &str, text: &str) -> bool {
        let chars = |text: &str| collated(text).chars().collect::<Vec<_>>();
        like(&chars(pattern), &chars(text))
    }

    #[test]
    fn patterns_fit_as_in_mysql() {
        assert!(likes("%", ""));
        assert!(likes("o'b%", "O'Brien"));
        assert!(likes("%ien", "O'Brien"));
        assert!(likes("%r%e%", "O'Brien"));
        assert!(likes("_", "x"));
        assert!(!likes("_", ""));
        assert!(likes(r"100\%", "100%"));
        assert!(!likes(r"100\%", "1000"));
        assert!(likes(r"a\\b", r"a\b"));
        assert!(!likes("abc", "abcd"));
    }

    #[test]
    fn numbers_are_read_from_the_start_of_a_text() {
        assert_eq!(number_prefix("12.50abc"), Decimal::new(1250, 2));
        assert_eq!(number_prefix("abc"), Decimal::ZERO);
        assert_eq!(number_prefix("-3"), Decimal::from(-3));
        assert_eq!(number_prefix("1234,50"), Decimal::from(1234));
    }

    #[test]
    fn accents_and_capitals_do_not_count() {
        assert_eq!(collated("ÉTÉ"), collated("ete"));
        assert_ne!(collated("ø"), collated("o"));
    }
}
