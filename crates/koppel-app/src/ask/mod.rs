//! Asking a system by hand: what it has, a query in its own language, a call of its API.

mod redact;
mod rest;
mod simplycrm;
mod vtql;

use std::collections::BTreeMap;

use api_core::Json;
use serde::Serialize;
use sync_core::{ChangeSource, Connector, EntityKind, fields};

use crate::app::App;
use crate::audit::Called;
use crate::config::{ConnectionConfig, ConnectionSettings, suggestion};
use crate::error::AppError;

/// What a system has.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Described {
    /// Its modules.
    Modules(Vec<Module>),
    /// One module with its fields.
    Module(Box<ModuleFields>),
    /// The kinds of record that can be read from it or written to it.
    Kinds(Vec<Kind>),
    /// One kind of record with its fields.
    Kind(Box<KindFields>),
}

/// What the user that logs in may do with a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Rights {
    /// Reading.
    pub read: bool,
    /// Creating.
    pub create: bool,
    /// Changing.
    pub update: bool,
    /// Deleting.
    pub delete: bool,
}

/// A module of a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Module {
    /// Its own name, which queries and configuration use.
    pub module: String,
    /// What people see.
    pub label: String,
    /// The kind of record that Koppel syncs it as.
    pub kind: Option<EntityKind>,
    /// What may be done; asked only for what Koppel syncs.
    pub rights: Option<Rights>,
}

/// A module with its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ModuleFields {
    /// The module.
    #[serde(flatten)]
    pub module: Module,
    /// What its ids begin with: `12` in `12x345`.
    pub id_prefix: Option<String>,
    /// Its fields, in the server's order.
    pub fields: Vec<ModuleField>,
}

/// A field of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ModuleField {
    /// Its own name.
    pub field: String,
    /// What people see.
    pub label: String,
    /// The name of its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether a new record has to have it.
    pub mandatory: bool,
    /// Whether it can be written.
    pub writable: bool,
    /// Whether no two records may have the same.
    pub unique: bool,
    /// The values to choose from.
    pub values: Vec<String>,
    /// The modules that it may refer to.
    pub refers_to: Vec<String>,
}

/// A kind of record, and what can be done with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Kind {
    /// The kind.
    pub kind: EntityKind,
    /// Whether it can be listed.
    pub read: bool,
    /// Whether it can be created.
    pub create: bool,
    /// Whether it can be changed.
    pub update: bool,
    /// How changes are found: `feed`, `modified` or `full`.
    pub changes: &'static str,
    /// Sets of fields that identify a record, best first.
    pub natural_keys: Vec<Vec<String>>,
}

/// A kind of record with its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KindFields {
    /// The kind.
    #[serde(flatten)]
    pub kind: Kind,
    /// The canonical fields, each with what it holds.
    pub fields: Vec<KindField>,
}

/// A canonical field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KindField {
    /// Its name.
    pub field: &'static str,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// One row of the answer to a query. Secret columns are left out of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct QueryRow {
    /// The columns in the order in which to show them.
    pub columns: std::sync::Arc<[String]>,
    /// The values by column.
    pub values: BTreeMap<String, Json>,
}

impl QueryRow {
    /// The values as texts, in the order of the columns; nothing is an empty text.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let text = |column: &String| match self.values.get(column) {
            None | Some(Json::Null) => String::new(),
            Some(Json::Text(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        self.columns.iter().map(text).collect()
    }
}

/// A call of an API by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiCall {
    /// An operation of Simply CRM.
    SimplyCrm {
        /// Its name.
        operation: String,
        /// Its parameters, in order.
        params: Vec<(String, String)>,
        /// Which of its two APIs, and how an operation goes out that the client does not know.
        by: CallBy,
    },
    /// A request to the REST API of SmartCRM, SnelStart or Syncro.
    Rest {
        /// The HTTP method.
        method: String,
        /// The path below the address of the API.
        path: String,
        /// Parameters behind the path.
        query: Vec<(String, String)>,
        /// Headers of one's own, by name; only Syncro takes any.
        headers: Vec<(String, String)>,
        /// The body, as JSON.
        body: Option<String>,
    },
}

/// How an operation of Simply CRM goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallBy {
    /// As the client knows the operation.
    Known,
    /// As one that reads.
    Get,
    /// As one that may write, and is sent once.
    Post,
    /// To the mobile API, as the client knows the operation.
    Mobile,
    /// To the mobile API, as one that may write, and is sent once.
    MobilePost,
}

/// What a system answered to a call by hand; secrets are left out.
#[derive(Debug)]
#[non_exhaustive]
pub struct ApiAnswer {
    /// What it said: JSON, or the text of what is none. `None` when it said nothing.
    pub body: Option<Result<Json, String>>,
    /// Why that is no yes, if it is none.
    pub refused: Option<AppError>,
}

impl App {
    /// Says what a system has: all of it, or one module or kind of record.
    ///
    /// # Errors
    /// When there is no such connection, module or kind of record, or the system fails.
    pub async fn describe(&self, name: &str, what: Option<&str>) -> Result<Described, AppError> {
        let connection = self.config().connection(name)?;
        if let ConnectionSettings::SimplyCrm(settings) = &connection.settings {
            return simplycrm::describe(self, connection, settings, what).await;
        }
        let connector = self.connector(&connection.name).await?;
        let kinds = kinds(connector.as_ref());
        let Some(word) = what else {
            return Ok(Described::Kinds(kinds));
        };
        let known: Vec<&str> = kinds.iter().map(|kind| kind.kind.as_str()).collect();
        let found = kinds.iter().find(|kind| kind.kind.as_str() == word);
        let kind = found.ok_or_else(|| AppError::Asked {
            message: format!("`{name}` has no `{word}`"),
            help: suggestion(word, &known, "it has").unwrap_or_default(),
        })?;
        let fields = (fields::schema(kind.kind).iter())
            .map(|field| KindField {
                field: field.name,
                kind: field.expected,
            })
            .collect();
        Ok(Described::Kind(Box::new(KindFields {
            kind: kind.clone(),
            fields,
        })))
    }

    /// Asks a system in its own query language, and tells each row, until `tell` answers `false`.
    ///
    /// # Errors
    /// When there is no such connection, its kind has no such language, or the system refuses the
    /// query or fails.
    pub async fn query(
        &self,
        name: &str,
        query: &str,
        tell: &mut (dyn FnMut(QueryRow) -> bool + Send),
    ) -> Result<(), AppError> {
        let connection = self.config().connection(name)?;
        match &connection.settings {
            ConnectionSettings::SimplyCrm(settings) => {
                let called = Called {
                    method: None,
                    path: "query".to_owned(),
                    reads: true,
                };
                self.audit.calls(connection, &called).await;
                simplycrm::query(self, connection, settings, query, tell).await
            }
            _ => Err(has_none(
                connection,
                "query language",
                match connection.kind {
                    crate::config::ConnectionKind::SmartCrm => {
                        "`koppel api CONNECTION GET clients --query vat=…` searches it"
                    }
                    crate::config::ConnectionKind::SnelStart => {
                        "`koppel api CONNECTION GET /relaties --query '$filter=…'` filters its lists"
                    }
                    crate::config::ConnectionKind::Syncro => {
                        "`koppel api CONNECTION GET /customers --query query=…` searches it"
                    }
                    _ => "ask the database with its own program",
                },
            )),
        }
    }

    /// Calls a system's API by hand, with the connection's login.
    ///
    /// # Errors
    /// When there is no such connection, the call is none for its kind, or nothing was answered.
    /// A refusal that was answered stands in the answer.
    pub async fn call(&self, name: &str, call: &ApiCall) -> Result<ApiAnswer, AppError> {
        let connection = self.config().connection(name)?;
        match (&connection.settings, call) {
            (
                ConnectionSettings::SimplyCrm(settings),
                ApiCall::SimplyCrm {
                    operation,
                    params,
                    by,
                },
            ) => simplycrm::call(self, connection, settings, operation, params, *by).await,
            (
                ConnectionSettings::SmartCrm(_)
                | ConnectionSettings::SnelStart(_)
                | ConnectionSettings::Syncro(_),
                ApiCall::Rest {
                    method,
                    path,
                    query,
                    headers,
                    body,
                },
            ) => {
                let request = rest::Request {
                    method,
                    path,
                    query,
                    headers,
                    body: body.as_deref(),
                };
                rest::call(self, connection, &request).await
            }
            (
                ConnectionSettings::SimplyCrm(_)
                | ConnectionSettings::SmartCrm(_)
                | ConnectionSettings::SnelStart(_)
                | ConnectionSettings::Syncro(_),
                _,
            ) => Err(AppError::Asked {
                message: format!("this is no call for a {} connection", connection.kind),
                help: "`koppel api --help` shows one for each kind".to_owned(),
            }),
            _ => Err(has_none(connection, "API", "it is reached by SQL")),
        }
    }
}

fn has_none(connection: &ConnectionConfig, what: &str, help: &str) -> AppError {
    AppError::Asked {
        message: format!(
            "`{}` is a {} connection, which has no {what}",
            connection.name, connection.kind
        ),
        help: help.to_owned(),
    }
}

fn kinds(connector: &dyn Connector) -> Vec<Kind> {
    (connector.describe().entities.iter())
        .map(|(kind, can)| Kind {
            kind: *kind,
            read: can.read,
            create: can.create,
            update: can.update,
            changes: match can.changes {
                ChangeSource::Feed => "feed",
                ChangeSource::ModifiedSince => "modified",
                _ => "full",
            },
            natural_keys: (can.natural_keys.iter())
                .map(|key| key.iter().map(ToString::to_string).collect())
                .collect(),
        })
        .collect()
}
