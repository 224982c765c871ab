//! Statuses, priorities and problem types of tickets: words of the account's own.
//!
//! They come from the account's settings and are never a fixed list. What is read is the account's
//! word, or what the settings of the connection call it; what is written must be one that the
//! account has, because Syncro takes a word that it does not know without a sign (assumed).

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, SendOutcome};

use super::Syncro;
use super::model::Account;
use crate::words::Words;

/// What the words of the account are called elsewhere.
#[derive(Debug, Clone, Default)]
pub(super) struct TicketWords {
    statuses: Words,
    priorities: Words,
}

impl TicketWords {
    /// Pairs of another system's word and the account's.
    pub(super) fn new(statuses: Vec<(String, String)>, priorities: Vec<(String, String)>) -> Self {
        let words = |pairs: Vec<(String, String)>| {
            let mut words = Words::default();
            for (ours, theirs) in pairs.iter().rev() {
                words.prefer(ours, theirs);
            }
            words
        };
        Self {
            statuses: words(statuses),
            priorities: words(priorities),
        }
    }

    fn of(&self, list: WordList) -> Option<&Words> {
        match list {
            WordList::Status => Some(&self.statuses),
            WordList::Priority => Some(&self.priorities),
            WordList::ProblemType => None,
        }
    }

    /// What a word of the account is called elsewhere.
    pub(super) fn ours<'a>(&'a self, list: WordList, theirs: &'a str) -> &'a str {
        self.of(list).map_or(theirs, |words| words.ours(theirs))
    }

    /// The word of the account that is meant by another system's, as far as the settings of the
    /// connection tell.
    pub(super) fn theirs<'a>(&'a self, list: WordList, ours: &'a str) -> &'a str {
        let words = self.of(list).and_then(|words| words.theirs(ours));
        words.unwrap_or(ours)
    }

    /// Another system's word as it is once it was written and is read again.
    pub(super) fn kept<'a>(&'a self, list: WordList, ours: &'a str) -> &'a str {
        self.of(list).map_or(ours, |words| words.kept(ours))
    }
}

/// A list of words of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WordList {
    Status,
    Priority,
    ProblemType,
}

impl WordList {
    /// The canonical field that holds a word of it.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Priority => "priority",
            Self::ProblemType => "service",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Status => "status of tickets",
            Self::Priority => "priority",
            Self::ProblemType => "problem type",
        }
    }

    fn known(self, account: &Account) -> &[String] {
        match self {
            Self::Status => &account.statuses,
            Self::Priority => &account.priorities,
            Self::ProblemType => &account.problem_types,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Status => "`statuses`",
            Self::Priority => "`priorities`",
            Self::ProblemType => "`problem_type`",
        }
    }
}

impl Syncro {
    /// The account's word for another system's, in the account's own spelling.
    ///
    /// # Errors
    /// `Validation`, naming the words that the account has, when it is none of them; nothing was
    /// sent then. Errors of reading the settings.
    pub(super) async fn own_word(&self, list: WordList, ours: &str) -> Result<String, Error> {
        let wanted = self.inner.words.theirs(list, ours.trim());
        let account = self.account().await?;
        if let Some(word) = found(list.known(&account), wanted) {
            return Ok(word);
        }
        // A word may have been added since the settings were read.
        let account = self.account_anew().await?;
        let known = list.known(&account);
        match found(known, wanted) {
            Some(word) => Ok(word),
            None => Err(unknown(list, ours, known)),
        }
    }
}

/// The word of a list that is meant, in the list's own spelling.
fn found(known: &[String], wanted: &str) -> Option<String> {
    let exact = known.iter().find(|word| *word == wanted);
    let same = || known.iter().find(|word| alike(word, wanted));
    // Priorities carry their rank in front: `1 High`.
    let ranked = || {
        let mut ranked = known
            .iter()
            .filter(|word| alike(without_rank(word), wanted));
        ranked.next().filter(|_| ranked.next().is_none())
    };
    exact.or_else(same).or_else(ranked).cloned()
}

fn alike(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

fn without_rank(word: &str) -> &str {
    match word.trim().split_once(' ') {
        Some((rank, rest)) if rank.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => word,
    }
}

fn unknown(list: WordList, ours: &str, known: &[String]) -> Error {
    let names: Vec<String> = known
        .iter()
        .filter(|word| !word.trim().is_empty())
        .map(|word| format!("`{word}`"))
        .collect();
    let has = match names.is_empty() {
        true => "none".to_owned(),
        false => names.join(", "),
    };
    let problem = format!("is `{ours}`, which is no {} of the account", list.name());
    Error::new(
        ErrorKind::Validation,
        format!("The field `{}` {problem}. It has {has}.", list.field()),
    )
    .code("unknown_word")
    .operation("syncro.push")
    .outcome(SendOutcome::NotSent)
    .fields(BTreeMap::from([(list.field().to_owned(), problem)]))
    .help(format!(
        "Say under {} of the connection which word of the account is meant, or add it in Syncro.",
        list.key()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_word_is_found_in_the_accounts_own_spelling() {
        let priorities = known(&["", "0 Urgent", "1 High", "2 Normal"]);
        assert_eq!(found(&priorities, "1 High").as_deref(), Some("1 High"));
        assert_eq!(found(&priorities, "1 high").as_deref(), Some("1 High"));
        assert_eq!(found(&priorities, "HIGH").as_deref(), Some("1 High"));
        assert_eq!(found(&priorities, "Immediate"), None);
        let twice = known(&["1 High", "2 High"]);
        assert_eq!(found(&twice, "High"), None);
        assert_eq!(found(&known(&["Waiting for Parts"]), "Parts"), None);
    }

    #[test]
    fn an_unknown_word_is_told_with_those_there_are() {
        let error = unknown(WordList::Status, "Parked", &known(&["New", "Resolved"]));
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.message().contains("`New`, `Resolved`"), "{error}");
        assert!(error.message().contains("`Parked`"), "{error}");
    }

    #[test]
    fn a_word_reads_as_the_first_that_the_settings_name() {
        let pair = |ours: &str, theirs: &str| (ours.to_owned(), theirs.to_owned());
        let words = TicketWords::new(
            vec![pair("Open", "New"), pair("Reopened", "New")],
            Vec::new(),
        );
        assert_eq!(words.ours(WordList::Status, "New"), "Open");
        assert_eq!(words.theirs(WordList::Status, "Reopened"), "New");
        assert_eq!(words.kept(WordList::Status, "Reopened"), "Open");
        assert_eq!(words.ours(WordList::Priority, "1 High"), "1 High");
        assert_eq!(words.ours(WordList::ProblemType, "New"), "New");
    }
}
