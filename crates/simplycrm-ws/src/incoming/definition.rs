//! What an incoming webhook is, and what is sent to it.

use std::collections::BTreeMap;
use std::fmt;

use api_core::{Error, ErrorKind, Json, SecretString, SendOutcome};

use super::payload::{Payload, Sent};
use crate::RecordId;

/// Where the value of a field comes from (vendor documentation).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueKind {
    /// `Value`: fixed in the CRM. Nothing is sent for it.
    Value(String),
    /// `Field`: taken from what is sent.
    Field,
    /// `Expression`: computed by the CRM. Nothing is sent for it.
    Expression(String),
    /// `Reference`: another record, whose id is sent.
    Reference,
}

impl ValueKind {
    fn is_sent(&self) -> bool {
        matches!(self, Self::Field | Self::Reference)
    }
}

/// A field of the record that the webhook makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    field: String,
    name: String,
    mandatory: bool,
    kind: ValueKind,
}

impl Parameter {
    fn new(field: String, mandatory: bool) -> Self {
        Self {
            name: field.clone(),
            field,
            mandatory,
            kind: ValueKind::Field,
        }
    }

    /// A field that must have a value; red in the CRM's form.
    #[must_use]
    pub fn mandatory(field: impl Into<String>) -> Self {
        Self::new(field.into(), true)
    }

    /// A field that may be left out.
    #[must_use]
    pub fn optional(field: impl Into<String>) -> Self {
        Self::new(field.into(), false)
    }

    /// Sets the name on the wire, where it is not the field's.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Takes a value that is fixed in the CRM.
    #[must_use]
    pub fn fixed(mut self, value: impl Into<String>) -> Self {
        self.kind = ValueKind::Value(value.into());
        self
    }

    /// Takes a value that the CRM computes.
    #[must_use]
    pub fn computed(mut self, expression: impl Into<String>) -> Self {
        self.kind = ValueKind::Expression(expression.into());
        self
    }

    /// Takes the id of another record.
    #[must_use]
    pub fn reference(mut self) -> Self {
        self.kind = ValueKind::Reference;
        self
    }

    /// Returns where the value comes from.
    #[must_use]
    pub fn kind(&self) -> &ValueKind {
        &self.kind
    }

    /// Returns the name on the wire.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the field of the module.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }
}

/// How a body is written; which one the server wants is assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Encoding {
    /// `application/x-www-form-urlencoded`.
    #[default]
    Form,
    /// `application/json`: one object of texts.
    Json,
}

/// How the webhook knows who sends; the vendor documentation names nothing.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Auth {
    /// Nothing but the address.
    #[default]
    None,
    /// `Authorization: Bearer …`.
    Bearer(SecretString),
    /// A header of another name.
    Header {
        /// The header's name.
        name: String,
        /// What it holds.
        secret: SecretString,
    },
    /// A parameter beside the others.
    Parameter {
        /// The parameter's name.
        name: String,
        /// What it holds.
        secret: SecretString,
    },
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Bearer(_) => "Bearer",
            Self::Header { .. } => "Header",
            Self::Parameter { .. } => "Parameter",
        })
    }
}

/// By what an answer is known to be a good one; the default is assumed.
///
/// Whatever the test: a status other than 2xx is an error, and so is
/// `"success": false`.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum SuccessTest {
    /// A JSON object with `"success": true`, as everywhere else in the API.
    #[default]
    Envelope,
    /// The status alone; a web page or PHP's last words are still an error.
    Status,
    /// A member of a JSON object, by its path (`result.status`), has a value.
    Member {
        /// The names on the way, joined by full stops.
        path: String,
        /// The value of a success.
        equals: Json,
    },
    /// The body holds a text.
    Contains(String),
}

/// An incoming webhook, as it is set up in the CRM.
#[derive(Clone)]
pub struct Definition {
    pub(super) url: String,
    pub(super) module: String,
    pub(super) active: bool,
    pub(super) parameters: Vec<Parameter>,
    pub(super) encoding: Encoding,
    pub(super) auth: Auth,
    pub(super) success: SuccessTest,
    pub(super) constants: BTreeMap<String, String>,
    pub(super) bare_references: bool,
    pub(super) open: bool,
}

impl Definition {
    /// Takes the address and the module in which records are made.
    #[must_use]
    pub fn new(url: impl Into<String>, module: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            module: module.into(),
            active: true,
            parameters: Vec::new(),
            encoding: Encoding::default(),
            auth: Auth::default(),
            success: SuccessTest::default(),
            constants: BTreeMap::new(),
            bare_references: false,
            open: false,
        }
    }

    /// Adds a field.
    #[must_use]
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Says whether the webhook is switched on; one that is off is not called.
    #[must_use]
    pub fn active(mut self, active: bool) -> Self {
        self.active = active;
        self
    }

    /// Sets how bodies are written, a form by default (assumed).
    #[must_use]
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Sets how the webhook knows who sends, nothing by default (assumed).
    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// Sets by what a good answer is known (assumed).
    #[must_use]
    pub fn success(mut self, test: SuccessTest) -> Self {
        self.success = test;
        self
    }

    /// Adds a parameter that goes along with every request, such as the
    /// webhook's own name.
    #[must_use]
    pub fn constant(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.constants.insert(name.into(), value.into());
        self
    }

    /// Sends references as numbers (`3`) instead of ids (`12x3`).
    #[must_use]
    pub fn bare_references(mut self, bare: bool) -> Self {
        self.bare_references = bare;
        self
    }

    /// Sends parameters that the definition does not name, too.
    #[must_use]
    pub fn open(mut self, open: bool) -> Self {
        self.open = open;
        self
    }

    /// Returns the module in which records are made.
    #[must_use]
    pub fn module(&self) -> &str {
        &self.module
    }

    /// Checks a payload and writes its parameters; sends nothing.
    ///
    /// # Errors
    ///
    /// `Validation` naming every field that is missing, unknown, or not the
    /// sender's to set.
    pub fn check(&self, payload: &Payload) -> Result<Vec<(String, String)>, Error> {
        let mut faults = BTreeMap::new();
        let mut pairs: Vec<(String, String)> = self
            .constants
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        for parameter in &self.parameters {
            let field = parameter.field.as_str();
            match payload.values.get(field) {
                Some(_) if !parameter.kind.is_sent() => {
                    faults.insert(field.to_owned(), "The CRM sets it itself.".to_owned());
                }
                Some(Sent::Text(text))
                    if parameter.kind == ValueKind::Reference
                        && !text.is_empty()
                        && text.parse::<RecordId>().is_err()
                        && text.parse::<u64>().is_err() =>
                {
                    faults.insert(
                        field.to_owned(),
                        "It takes the id of a record, such as `12x3`.".to_owned(),
                    );
                }
                Some(value) => {
                    let text = value.text(self.bare_references, &parameter.kind);
                    if parameter.mandatory && text.trim().is_empty() {
                        faults.insert(field.to_owned(), "It must have a value.".to_owned());
                    }
                    pairs.push((parameter.name.clone(), text));
                }
                None if parameter.mandatory && parameter.kind.is_sent() => {
                    faults.insert(field.to_owned(), "It is missing.".to_owned());
                }
                None => {}
            }
        }
        for (field, value) in &payload.values {
            if self.parameters.iter().any(|one| one.field == *field) {
                continue;
            }
            if self.open {
                pairs.push((
                    field.clone(),
                    value.text(self.bare_references, &ValueKind::Field),
                ));
            } else {
                faults.insert(field.clone(), "The webhook has no such field.".to_owned());
            }
        }
        if !faults.is_empty() {
            let names: Vec<String> = faults.keys().map(|name| format!("`{name}`")).collect();
            return Err(Error::new(
                ErrorKind::Validation,
                format!(
                    "The webhook of {} cannot be called so: see {}.",
                    self.module,
                    names.join(", ")
                ),
            )
            .operation(super::sender::OPERATION)
            .outcome(SendOutcome::NotSent)
            .fields(faults)
            .help("Compare with the webhook's settings in the CRM."));
        }
        if pairs.is_empty() {
            return Err(
                Error::new(ErrorKind::Validation, "There is nothing to send.")
                    .operation(super::sender::OPERATION)
                    .outcome(SendOutcome::NotSent),
            );
        }
        Ok(pairs)
    }
}

impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address often is the only secret.
        f.debug_struct("Definition")
            .field("module", &self.module)
            .field("encoding", &self.encoding)
            .field("auth", &self.auth)
            .field("success", &self.success)
            .finish_non_exhaustive()
    }
}
