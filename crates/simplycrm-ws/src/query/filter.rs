//! Conditions, and how they combine without parentheses.

use super::condition::{Condition, Operator, Test};
use super::{QueryError, QueryValue, text};

/// The most alternatives a filter may have once it is written without
/// parentheses.
const MOST_PARTS: usize = 256;

/// A field in a condition; made by [`field`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRef {
    name: String,
}

/// Names a field to compare.
///
/// ```
/// use simplycrm_ws::{Query, field};
///
/// let filter = field("leadsource").eq("Partner").or(field("hot").eq(true));
/// let query = Query::all().from("Leads").filter(filter);
/// assert_eq!(
///     query.build()?,
///     "select * from Leads where leadsource = 'Partner' or hot = '1';"
/// );
/// # Ok::<(), simplycrm_ws::QueryError>(())
/// ```
pub fn field(name: impl Into<String>) -> FieldRef {
    FieldRef { name: name.into() }
}

/// Conditions joined by `and` and `or`.
///
/// The language has no parentheses and `and` binds tighter than `or`. A filter
/// that needs them is an error when the query is built, unless
/// [`distribute`](Self::distribute) has written it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter(Node);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Leaf(Condition),
    And(Vec<Node>),
    Or(Vec<Node>),
    TooMany,
}

impl FieldRef {
    fn test(self, test: Test) -> Filter {
        Filter(Node::Leaf(Condition {
            field: self.name,
            test,
        }))
    }

    fn compare(self, operator: Operator, value: impl Into<QueryValue>) -> Filter {
        self.test(Test::Compare(operator, value.into()))
    }

    /// Equal, as the server's collation sees it: upper and lower case are the
    /// same (recorded vtiger 5.4.0 server).
    pub fn eq(self, value: impl Into<QueryValue>) -> Filter {
        self.compare(Operator::Eq, value)
    }

    /// Not equal; a field that was never set is not found either.
    pub fn ne(self, value: impl Into<QueryValue>) -> Filter {
        self.compare(Operator::Ne, value)
    }

    /// Less than.
    pub fn lt(self, value: impl Into<QueryValue>) -> Filter {
        self.compare(Operator::Lt, value)
    }

    /// Less than or equal.
    pub fn le(self, value: impl Into<QueryValue>) -> Filter {
        self.compare(Operator::Le, value)
    }

    /// Greater than.
    pub fn gt(self, value: impl Into<QueryValue>) -> Filter {
        self.compare(Operator::Gt, value)
    }

    /// Greater than or equal.
    pub fn ge(self, value: impl Into<QueryValue>) -> Filter {
        self.compare(Operator::Ge, value)
    }

    /// Matches a pattern: `%` is any text, `_` any character.
    ///
    /// A backslash makes `%`, `_` and `\` stand for themselves, and stands for
    /// itself before anything else.
    pub fn like(self, pattern: impl AsRef<str>) -> Filter {
        self.test(Test::Like(text::like_pattern(pattern.as_ref())))
    }

    /// Contains a text, in which nothing is a wildcard.
    pub fn contains(self, text: impl AsRef<str>) -> Filter {
        self.like_text("%", text.as_ref(), "%")
    }

    /// Starts with a text, in which nothing is a wildcard.
    pub fn starts_with(self, text: impl AsRef<str>) -> Filter {
        self.like_text("", text.as_ref(), "%")
    }

    /// Ends with a text, in which nothing is a wildcard.
    pub fn ends_with(self, text: impl AsRef<str>) -> Filter {
        self.like_text("%", text.as_ref(), "")
    }

    fn like_text(self, before: &str, text: &str, after: &str) -> Filter {
        let pattern = if text.is_empty() {
            String::new()
        } else {
            format!("{before}{}{after}", text::like_text(text))
        };
        self.test(Test::Like(pattern))
    }

    /// Equal to one of the values.
    pub fn is_in<I>(self, values: I) -> Filter
    where
        I: IntoIterator,
        I::Item: Into<QueryValue>,
    {
        self.test(Test::In(values.into_iter().map(Into::into).collect()))
    }
}

impl Filter {
    /// Both must hold.
    #[must_use]
    pub fn and(self, other: impl Into<Filter>) -> Self {
        let mut all = match self.0 {
            Node::And(all) => all,
            node => vec![node],
        };
        match other.into().0 {
            Node::And(more) => all.extend(more),
            node => all.push(node),
        }
        Self(Node::And(all))
    }

    /// One of both must hold.
    #[must_use]
    pub fn or(self, other: impl Into<Filter>) -> Self {
        let mut any = match self.0 {
            Node::Or(any) => any,
            node => vec![node],
        };
        match other.into().0 {
            Node::Or(more) => any.extend(more),
            node => any.push(node),
        }
        Self(Node::Or(any))
    }

    /// Writes the filter as alternatives, so that it needs no parentheses.
    ///
    /// `(a or b) and c` becomes `a and c or b and c`. What grows beyond 256
    /// alternatives is an error when the query is built.
    #[must_use]
    pub fn distribute(self) -> Self {
        match distributed(&self.0) {
            Some(clauses) => Self::of_clauses(clauses),
            None => Self(Node::TooMany),
        }
    }

    /// A filter, each of whose alternatives lies within the bounds of ids.
    pub(crate) fn within(
        filter: Option<&Self>,
        bounds: &[(Operator, crate::RecordId)],
    ) -> Result<Self, QueryError> {
        let mut clauses = match filter {
            Some(filter) => filter.clauses()?,
            None => vec![Vec::new()],
        };
        for clause in &mut clauses {
            clause.extend(bounds.iter().map(|(operator, id)| Condition {
                field: "id".to_owned(),
                test: Test::Compare(*operator, id.into()),
            }));
        }
        Ok(Self::of_clauses(clauses))
    }

    /// The filter of alternatives; each of them is of at least one condition.
    pub(super) fn of_clauses(clauses: Vec<Vec<Condition>>) -> Self {
        Self(Node::Or(
            clauses
                .into_iter()
                .map(|clause| Node::And(clause.into_iter().map(Node::Leaf).collect()))
                .collect(),
        ))
    }

    /// The alternatives, each of conditions that must all hold.
    pub(super) fn clauses(&self) -> Result<Vec<Vec<Condition>>, QueryError> {
        let mut clauses = Vec::new();
        alternatives(&self.0, &mut clauses)?;
        Ok(clauses)
    }

    /// Every condition, in order.
    pub(super) fn conditions(&self) -> Vec<&Condition> {
        fn walk<'a>(node: &'a Node, out: &mut Vec<&'a Condition>) {
            match node {
                Node::Leaf(condition) => out.push(condition),
                Node::And(nodes) | Node::Or(nodes) => {
                    for node in nodes {
                        walk(node, out);
                    }
                }
                Node::TooMany => {}
            }
        }
        let mut out = Vec::new();
        walk(&self.0, &mut out);
        out
    }

    pub(super) fn write(&self, out: &mut String) -> Result<(), QueryError> {
        for (at, clause) in self.clauses()?.iter().enumerate() {
            if at > 0 {
                out.push_str(" or ");
            }
            for (at, condition) in clause.iter().enumerate() {
                if at > 0 {
                    out.push_str(" and ");
                }
                condition.write(out)?;
            }
        }
        Ok(())
    }
}

fn alternatives(node: &Node, out: &mut Vec<Vec<Condition>>) -> Result<(), QueryError> {
    match node {
        Node::Or(nodes) => {
            for node in nodes {
                alternatives(node, out)?;
            }
            Ok(())
        }
        Node::TooMany => Err(QueryError::TooManyParts(MOST_PARTS)),
        Node::Leaf(_) | Node::And(_) => {
            let mut clause = Vec::new();
            conjunction(node, &mut clause)?;
            out.push(clause);
            Ok(())
        }
    }
}

fn conjunction(node: &Node, out: &mut Vec<Condition>) -> Result<(), QueryError> {
    match node {
        Node::Leaf(condition) => out.push(condition.clone()),
        Node::And(nodes) => {
            for node in nodes {
                conjunction(node, out)?;
            }
        }
        Node::Or(nodes) => match nodes.as_slice() {
            [only] => conjunction(only, out)?,
            _ => return Err(QueryError::NeedsParentheses),
        },
        Node::TooMany => return Err(QueryError::TooManyParts(MOST_PARTS)),
    }
    Ok(())
}

fn distributed(node: &Node) -> Option<Vec<Vec<Condition>>> {
    match node {
        Node::Leaf(condition) => Some(vec![vec![condition.clone()]]),
        Node::Or(nodes) => {
            let mut out = Vec::new();
            for node in nodes {
                out.extend(distributed(node)?);
                if out.len() > MOST_PARTS {
                    return None;
                }
            }
            Some(out)
        }
        Node::And(nodes) => {
            let mut out: Vec<Vec<Condition>> = vec![Vec::new()];
            for node in nodes {
                let right = distributed(node)?;
                if out.len().saturating_mul(right.len()) > MOST_PARTS {
                    return None;
                }
                out = out
                    .iter()
                    .flat_map(|left| {
                        right
                            .iter()
                            .map(move |right| left.iter().chain(right).cloned().collect())
                    })
                    .collect();
            }
            Some(out)
        }
        Node::TooMany => None,
    }
}

#[cfg(test)]
mod tests;
