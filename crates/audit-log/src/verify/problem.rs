//! What verification finds.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use uuid::Uuid;

/// What kind of tampering or damage a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProblemKind {
    /// A stored entry is not what was written.
    Changed,
    /// An entry cannot be shown to be what was written, because the one before
    /// it was changed together with its hash.
    Unproven,
    /// Entries that were written are not there, and no pruning took them.
    Missing,
    /// An entry stands in another place than where it was written.
    Order,
    /// An entry stands where none was written.
    Inserted,
    /// What is stored about pruned entries is not what pruning wrote.
    Gap,
    /// The stored end of a writer's chain, or the writer itself, was changed.
    Writer,
    /// A request and response is not what was written, or stands where none was.
    BodyChanged,
    /// A request and response is gone that neither pruning nor erasing took.
    BodyMissing,
    /// A head that was put aside earlier names another hash, or an entry that
    /// the log does not have.
    Head,
    /// The stored digest of the gaps was changed.
    Meta,
}

impl ProblemKind {
    /// The word for it, such as `changed` or `body_missing`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Unproven => "unproven",
            Self::Missing => "missing",
            Self::Order => "order",
            Self::Inserted => "inserted",
            Self::Gap => "gap",
            Self::Writer => "writer",
            Self::BodyChanged => "body_changed",
            Self::BodyMissing => "body_missing",
            Self::Head => "head",
            Self::Meta => "meta",
        }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that is wrong with the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// What kind of problem it is.
    pub kind: ProblemKind,
    /// The writer whose chain it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writer: Option<String>,
    /// The place in the writer's chain, the first of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// The place of the last one, when the problem is about several entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seq: Option<i64>,
    /// The number of the entry as it is stored now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// The id of the entry as it is stored now.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub id: Option<Uuid>,
    /// A sentence that says what is wrong.
    pub text: String,
}

impl Problem {
    pub(crate) fn new(kind: ProblemKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            writer: None,
            seq: None,
            last_seq: None,
            number: None,
            id: None,
            text: text.into(),
        }
    }

    pub(crate) fn writer(mut self, writer: &str) -> Self {
        self.writer = Some(writer.to_owned());
        self
    }

    pub(crate) fn seq(mut self, seq: i64) -> Self {
        self.seq = Some(seq);
        self
    }

    pub(crate) fn seqs(mut self, first: i64, last: i64) -> Self {
        self.seq = Some(first);
        self.last_seq = (last != first).then_some(last);
        self
    }

    pub(crate) fn entry(mut self, number: i64, id: Option<Uuid>) -> Self {
        self.number = Some(number);
        self.id = id;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.text)
    }
}

fn as_text<S: serde::Serializer>(id: &Option<Uuid>, to: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => to.collect_str(id),
        None => to.serialize_none(),
    }
}

/// Collects problems, up to a number.
#[derive(Debug)]
pub(crate) struct Problems {
    list: Vec<Problem>,
    /// Numbers of the entries that a listed problem calls changed.
    changed: BTreeSet<i64>,
    limit: usize,
    more: u64,
}

impl Problems {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            list: Vec::new(),
            changed: BTreeSet::new(),
            limit,
            more: 0,
        }
    }

    /// Adds one; returns where, when it is listed and not only counted.
    pub(crate) fn add(&mut self, problem: Problem) -> Option<usize> {
        if self.list.len() >= self.limit {
            self.more = self.more.saturating_add(1);
            return None;
        }
        if let (ProblemKind::Changed | ProblemKind::Unproven, Some(number)) =
            (problem.kind, problem.number)
        {
            self.changed.insert(number);
        }
        self.list.push(problem);
        Some(self.list.len() - 1)
    }

    /// Says something else about what [`Problems::add`] put at `index`.
    pub(crate) fn revise(&mut self, index: Option<usize>, kind: ProblemKind, text: String) {
        if let Some(problem) = index.and_then(|index| self.list.get_mut(index)) {
            problem.kind = kind;
            problem.text = text;
        }
    }

    /// Whether the entry of this number is known to be changed.
    pub(crate) fn is_changed(&self, number: i64) -> bool {
        self.changed.contains(&number)
    }

    /// The problems, those of one entry told once, and how many more there are.
    pub(crate) fn finish(mut self) -> (Vec<Problem>, u64) {
        let changed = self.changed;
        self.list.retain(|problem| {
            // A changed entry no longer says which body it had.
            let body = matches!(
                problem.kind,
                ProblemKind::BodyChanged | ProblemKind::BodyMissing
            );
            !(body
                && problem
                    .number
                    .is_some_and(|number| changed.contains(&number)))
        });
        self.list.sort_by(|a, b| {
            (&a.writer, a.seq, a.number, a.kind).cmp(&(&b.writer, b.seq, b.number, b.kind))
        });
        (self.list, self.more)
    }
}
