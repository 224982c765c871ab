//! Which event a delivery tells of: rules, tried one after the other.

use super::delivery::Delivery;
use super::event::{link_of, record_of};
use super::kind::{EventKind, Resource};
use super::table;

/// How a first line is compared; without case, and without marks at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Text {
    Is(String),
    Starts(String),
    Contains(String),
}

/// A condition on a delivery, and the event that it tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    text: Option<Text>,
    link: Option<Resource>,
    has: Vec<String>,
    kind: EventKind,
    assumed: bool,
}

fn folded(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ").to_lowercase();
    line.trim_end_matches(['!', '.', ':', ' ']).to_owned()
}

impl Rule {
    /// Deliveries of this kind; a condition must follow.
    fn of(kind: EventKind) -> Self {
        Self {
            text: None,
            link: None,
            has: Vec::new(),
            kind,
            assumed: false,
        }
    }

    /// The first line is this text. Case and marks at the end do not count.
    pub fn text(line: &str, kind: EventKind) -> Self {
        Self {
            text: Some(Text::Is(folded(line))),
            ..Self::of(kind)
        }
    }

    /// The first line starts with this text. For a change of status the rest of the line is the
    /// status.
    pub fn starts(line: &str, kind: EventKind) -> Self {
        Self {
            text: Some(Text::Starts(folded(line))),
            ..Self::of(kind)
        }
    }

    /// The first line contains this text.
    pub fn contains(words: &str, kind: EventKind) -> Self {
        Self {
            text: Some(Text::Contains(folded(words))),
            ..Self::of(kind)
        }
    }

    /// The link leads to this.
    pub fn link(resource: Resource, kind: EventKind) -> Self {
        Self {
            link: Some(resource),
            ..Self::of(kind)
        }
    }

    /// The attributes have all of these members.
    pub fn attributes(names: &[&str], kind: EventKind) -> Self {
        Self {
            has: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Self::of(kind)
        }
    }

    /// And the first line contains this text as well.
    pub fn and_contains(mut self, words: &str) -> Self {
        self.text = Some(Text::Contains(folded(words)));
        self
    }

    /// Says that nobody has seen such a delivery: the rule follows from what is known of others.
    pub fn assumed(mut self) -> Self {
        self.assumed = true;
        self
    }

    /// Whether nobody has seen such a delivery.
    pub fn is_assumed(&self) -> bool {
        self.assumed
    }

    /// The event that it tells of.
    pub fn kind(&self) -> &EventKind {
        &self.kind
    }

    fn holds(&self, delivery: &Delivery, line: &str) -> bool {
        let text = self.text.as_ref().is_none_or(|text| match text {
            Text::Is(wanted) => line == wanted,
            Text::Starts(wanted) => line.starts_with(wanted.as_str()),
            Text::Contains(wanted) => line.contains(wanted.as_str()),
        });
        let link = self.link.is_none_or(|wanted| {
            let link = delivery.link.as_deref().and_then(link_of);
            link.and_then(|link| record_of(&link))
                .is_some_and(|(resource, _)| resource == wanted)
        });
        let has = |name: &String| {
            let value = delivery.attributes.get(name);
            value.is_some_and(|value| !value.is_null())
        };
        text && link && self.has.iter().all(has)
    }

    /// What follows the text that this rule starts with.
    fn rest(&self, line: &str) -> Option<String> {
        let Some(Text::Starts(wanted)) = &self.text else {
            return None;
        };
        // Case may change the length of a text, so words are counted and not bytes.
        let words = wanted.split_whitespace().count();
        let rest: Vec<&str> = line.split_whitespace().skip(words).collect();
        Some(rest.join(" ")).filter(|rest| !rest.is_empty())
    }
}

/// Tells the event of a delivery, by rules that are tried one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classifier {
    rules: Vec<Rule>,
}

impl Default for Classifier {
    fn default() -> Self {
        Self::standard()
    }
}

impl Classifier {
    /// The rules of this crate: first lines that were seen, then the link, then the attributes.
    ///
    /// The first lines for customers, contacts, new and resolved tickets and changes of status
    /// were seen by client authors. Nobody has published one for invoices, payments, RMM alerts
    /// or changed tickets: those rules go by the link and by single words, and are
    /// [assumed](Rule::is_assumed).
    pub fn standard() -> Self {
        Self {
            rules: table::rules(),
        }
    }

    /// No rules: every event is [`EventKind::Other`].
    pub fn empty() -> Self {
        Self { rules: Vec::new() }
    }

    /// Tries this rule before all others.
    pub fn first(mut self, rule: Rule) -> Self {
        self.rules.insert(0, rule);
        self
    }

    /// Tries this rule when no other holds.
    pub fn last(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// The rules in their order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The event of a delivery, and the status that its first line names.
    pub fn classify(&self, delivery: &Delivery) -> (EventKind, Option<String>) {
        let line = delivery.first_line();
        let plain = folded(&line);
        let Some(rule) = self.rules.iter().find(|rule| rule.holds(delivery, &plain)) else {
            return (EventKind::Other(api_core::redact::text(&line)), None);
        };
        match &rule.kind {
            EventKind::RmmAlert { resolved } => {
                let resolved = *resolved || is_over(delivery, &plain);
                (EventKind::RmmAlert { resolved }, None)
            }
            EventKind::TicketStatusChanged => {
                let status = rule.rest(&line).or_else(|| delivery.attribute("status"));
                (EventKind::TicketStatusChanged, status)
            }
            kind @ (EventKind::TicketCreated
            | EventKind::TicketUpdated
            | EventKind::TicketResolved) => (kind.clone(), delivery.attribute("status")),
            kind => (kind.clone(), None),
        }
    }
}

/// Whether an alert is over: `resolved` comes as a boolean, `"true"` or `"True"`, and one that
/// ended by itself says so in its description (measured by client authors).
fn is_over(delivery: &Delivery, line: &str) -> bool {
    let resolved = delivery.attribute("resolved");
    let says = resolved.is_some_and(|word| matches!(&*word.to_lowercase(), "true" | "1" | "yes"));
    let description = (delivery.attributes.get("properties"))
        .and_then(|properties| properties.get("description"))
        .and_then(|description| description.as_str())
        .unwrap_or_default();
    let words = |word: &str| {
        line.split(|c: char| !c.is_alphanumeric())
            .any(|part| part == word)
    };
    says || description.to_lowercase().contains("auto resolved")
        || (words("resolved") && !words("not"))
}
