//! What to do about an error, in English and in Dutch.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use crate::error::UnknownWord;
use crate::issues::Issue;

/// A language for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Dutch.
    Nl,
}

impl Lang {
    /// Both languages.
    pub const ALL: [Self; 2] = [Self::En, Self::Nl];

    /// The code of ISO 639: `en` or `nl`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Nl => "nl",
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Lang {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|lang| lang.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownWord::new("language", text, Self::ALL.map(Self::as_str)))
    }
}

/// A text in both languages.
#[derive(Debug, Clone, Copy, Default)]
struct Advice {
    en: &'static str,
    nl: &'static str,
}

static TEXTS: LazyLock<HashMap<String, Advice>> =
    LazyLock::new(|| parse(include_str!("advice/texts.txt")));

fn parse(file: &'static str) -> HashMap<String, Advice> {
    let mut texts = HashMap::new();
    let mut codes: Vec<String> = Vec::new();
    let mut advice = Advice::default();
    for line in file.lines().map(str::trim) {
        if let Some(head) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            codes = head.split_whitespace().map(str::to_lowercase).collect();
            advice = Advice::default();
        } else if let Some(text) = line.strip_prefix("en ") {
            advice.en = text.trim();
        } else if let Some(text) = line.strip_prefix("nl ") {
            advice.nl = text.trim();
            texts.extend(codes.drain(..).map(|code| (code, advice)));
        }
    }
    texts
}

fn text(code: &str, lang: Lang) -> Option<&'static str> {
    let advice = TEXTS.get(code)?;
    Some(match lang {
        Lang::En => advice.en,
        Lang::Nl => advice.nl,
    })
}

/// Says what to do about a code, if it is a known one.
///
/// Codes are the words of `api_core::ErrorKind`, those of the engine and the connectors, and those
/// that the systems themselves use; case does not matter.
///
/// ```
/// use audit_log::{Lang, advice};
///
/// assert!(advice("BOE-0021", Lang::Nl).is_some_and(|text| text.contains("factuurnummer")));
/// assert_eq!(advice("a code of tomorrow", Lang::En), None);
/// ```
#[must_use]
pub fn advice(code: &str, lang: Lang) -> Option<&'static str> {
    let code = code.trim().to_lowercase();
    // The classes are no codes.
    if code.starts_with("http-") || code.starts_with("sqlstate-") {
        return None;
    }
    text(&code, lang).or_else(|| {
        // PostgreSQL's codes are five characters, of which two are the class.
        let state = code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let class = code.get(..2).filter(|_| state)?;
        text(&format!("sqlstate-{class}"), lang)
    })
}

/// Says what to do about an HTTP status: its own text, or that of its class.
#[must_use]
pub fn advice_for_status(status: u16, lang: Lang) -> Option<&'static str> {
    text(&format!("http-{status}"), lang).or_else(|| text(&format!("http-{}", status / 100), lang))
}

/// Says what to do about an issue: by its code, else by the status of its newest entry, else in
/// general.
#[must_use]
pub fn advice_for(issue: &Issue, lang: Lang) -> &'static str {
    let by_code = issue.code.as_deref().and_then(|code| advice(code, lang));
    by_code
        .or_else(|| {
            issue
                .status
                .and_then(|status| advice_for_status(status, lang))
        })
        .or_else(|| text("http-0", lang))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_in_both_languages_and_ends_as_a_sentence() {
        assert!(TEXTS.len() > 100, "{}", TEXTS.len());
        for (code, advice) in TEXTS.iter() {
            for text in [advice.en, advice.nl] {
                assert!(text.len() > 20 && text.ends_with('.'), "{code}: {text}");
            }
            assert_ne!(advice.en, advice.nl, "{code}");
        }
    }

    #[test]
    fn no_code_stands_in_the_file_twice() {
        let heads = include_str!("advice/texts.txt")
            .lines()
            .filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'));
        let codes: Vec<String> = heads
            .flat_map(str::split_whitespace)
            .map(str::to_lowercase)
            .collect();
        assert_eq!(codes.len(), TEXTS.len());
    }

    #[test]
    fn a_status_has_the_text_of_its_class_unless_it_has_its_own() {
        let say = |status| advice_for_status(status, Lang::En);
        assert_eq!(say(503), say(500));
        assert_ne!(say(429), say(422));
        assert_eq!(say(200), None);
    }

    #[test]
    fn a_code_of_a_server_is_known_by_its_class() {
        assert!(advice("23505", Lang::En).is_some());
        assert!(advice("57P03", Lang::Nl).is_some());
        assert_eq!(advice("http-404", Lang::En), None);
        assert_eq!(advice("é3505", Lang::En), None);
    }
}
