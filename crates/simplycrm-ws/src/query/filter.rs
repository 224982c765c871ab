//! Conditions, and how they combine without parentheses.

use super::{QueryError, QueryValue, text};

/// The most alternatives a filter may have once it is written without
/// parentheses.
const MOST_PARTS: usize = 256;

/// Fields of stock modules that hold record ids, whatever they are called.
///
/// The server takes what stands between the first and second `x` of a text
/// compared with such a field into its SQL without quotes (source only).
const REFERENCES: [&str; 34] = [
    "id",
    "assigned_user_id",
    "modifiedby",
    "creator",
    "created_user_id",
    "account_id",
    "contact_id",
    "parent_id",
    "related_to",
    "product_id",
    "productid",
    "vendor_id",
    "potential_id",
    "campaignid",
    "campaign_id",
    "folderid",
    "currency_id",
    "quote_id",
    "salesorder_id",
    "invoiceid",
    "projectid",
    "projecttaskid",
    "projectmilestoneid",
    "linktoaccountscontacts",
    "sc_related_to",
    "parent_comments",
    "account",
    "service_id",
    "serviceid",
    "reports_to_id",
    "customer",
    "userid",
    "related_email_id",
    "region_id",
];

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Operator {
    fn sign(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    Compare(Operator, QueryValue),
    /// A pattern as LIKE reads it, and whether it came from an empty text.
    Like(String),
    In(Vec<QueryValue>),
}

/// One comparison of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) field: String,
    pub(crate) test: Test,
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

impl Condition {
    /// Whether the field is known to hold record ids.
    fn is_reference(&self) -> bool {
        REFERENCES.contains(&self.field.as_str())
    }

    /// Whether every value is a record id.
    pub(crate) fn compares_ids(&self) -> bool {
        match &self.test {
            Test::Compare(_, value) => is_id(&value.text),
            Test::In(values) => values.iter().all(|value| is_id(&value.text)),
            Test::Like(_) => false,
        }
    }

    fn write(&self, out: &mut String) -> Result<(), QueryError> {
        text::name(&self.field)?;
        let values: &[QueryValue] = match &self.test {
            Test::Compare(_, value) => std::slice::from_ref(value),
            Test::In(values) => {
                if values.is_empty() {
                    return Err(QueryError::EmptyList(self.field.clone()));
                }
                values
            }
            Test::Like(pattern) => {
                if pattern.is_empty() {
                    return Err(QueryError::EmptyLiteral(self.field.clone()));
                }
                &[]
            }
        };
        if values.iter().any(|value| value.text.is_empty()) {
            return Err(QueryError::EmptyLiteral(self.field.clone()));
        }
        if self.is_reference() && !self.compares_ids() {
            return Err(QueryError::NotAnId(self.field.clone()));
        }
        out.push_str(&self.field);
        match &self.test {
            Test::Compare(operator, value) => {
                out.push(' ');
                out.push_str(operator.sign());
                out.push(' ');
                text::literal(&value.text, out);
            }
            Test::Like(pattern) => {
                out.push_str(" like ");
                text::literal(pattern, out);
            }
            Test::In(values) => {
                out.push_str(" in (");
                for (at, value) in values.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    text::literal(&value.text, out);
                }
                out.push(')');
            }
        }
        Ok(())
    }
}

/// Whether a text is digits, an `x`, digits.
fn is_id(text: &str) -> bool {
    text.parse::<crate::RecordId>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(filter: &Filter) -> Result<String, QueryError> {
        let mut out = String::new();
        filter.write(&mut out)?;
        Ok(out)
    }

    fn f(name: &str) -> Filter {
        field(name).eq("1")
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let filter = f("a").and(f("b")).or(f("c").and(f("d")));
        assert_eq!(
            written(&filter).unwrap(),
            "a = '1' and b = '1' or c = '1' and d = '1'"
        );
    }

    #[test]
    fn distributing_writes_parentheses_out() {
        let filter = f("a").or(f("b")).and(f("c").or(f("d")));
        assert_eq!(written(&filter), Err(QueryError::NeedsParentheses));
        assert_eq!(
            written(&filter.distribute()).unwrap(),
            "a = '1' and c = '1' or a = '1' and d = '1' or b = '1' and c = '1' or b = '1' and d = '1'"
        );
        let mut big = f("a");
        for at in 0..9 {
            big = big.and(f(&format!("x{at}")).or(f(&format!("y{at}"))));
        }
        assert_eq!(
            written(&big.distribute()),
            Err(QueryError::TooManyParts(MOST_PARTS))
        );
    }

    #[test]
    fn every_kind_of_value_is_quoted() {
        let date: api_core::Date = "2026-02-28".parse().unwrap();
        let decimal: rust_decimal::Decimal = "10.50".parse().unwrap();
        let filter = field("a")
            .ge(date)
            .and(field("b").lt(decimal))
            .and(field("c").ne(true))
            .and(field("d").le(7_i64))
            .and(field("account_id").is_in([crate::RecordId::new(11, 3)]))
            .and(field("m").gt(QueryValue::at(
                api_core::Timestamp::from_micros(1_767_225_600_900_000),
                &jiff::tz::TimeZone::fixed(jiff::tz::offset(1)),
            )));
        assert_eq!(
            written(&filter).unwrap(),
            "a >= '2026-02-28' and b < '10.50' and c != '1' and d <= '7' \
             and account_id in ('11x3') and m > '2026-01-01 01:00:00'"
        );
    }
}
