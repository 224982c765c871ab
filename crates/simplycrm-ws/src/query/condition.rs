//! One comparison of one field.

use super::{QueryError, QueryValue, text};

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

impl Condition {
    /// Whether the server might put a part of a value into its SQL as it is.
    ///
    /// A custom field may be called as a reference of another module is; so
    /// only what could do harm is refused of any field but `id`.
    fn is_unsafe(&self) -> bool {
        if !REFERENCES.contains(&self.field.as_str()) || self.compares_ids() {
            return false;
        }
        let harmful = |text: &str| text.contains('x') && !is_id(text);
        self.field == "id"
            || match &self.test {
                Test::Compare(_, value) => harmful(&value.text),
                Test::In(values) => values.iter().any(|value| harmful(&value.text)),
                Test::Like(pattern) => harmful(pattern),
            }
    }

    /// Whether every value is a record id.
    pub(crate) fn compares_ids(&self) -> bool {
        match &self.test {
            Test::Compare(_, value) => is_id(&value.text),
            Test::In(values) => values.iter().all(|value| is_id(&value.text)),
            Test::Like(_) => false,
        }
    }

    pub(super) fn write(&self, out: &mut String) -> Result<(), QueryError> {
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
        if self.is_unsafe() {
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
