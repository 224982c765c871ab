//! Simply CRM asked by hand: modules, queries, operations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api_core::{Error, ErrorKind, Json};
use simplycrm_ws::{Client, FieldType, Operation, Params};
use sync_core::EntityKind;

use super::vtql::{Place, Statement};
use super::{Described, Module, ModuleField, ModuleFields, QueryRow, Rights, redact};
use crate::app::App;
use crate::config::{ConnectionConfig, MODULES, SimplyCrmSettings, suggestion};
use crate::connect;
use crate::error::{AppError, Doing};

mod call;

pub(super) use call::call;

/// A connection while it is asked; its sessions are ended afterwards.
struct Asked<'a> {
    app: &'a App,
    connection: &'a ConnectionConfig,
    client: Client,
}

impl<'a> Asked<'a> {
    async fn new(
        app: &'a App,
        connection: &'a ConnectionConfig,
        settings: &SimplyCrmSettings,
    ) -> Result<Self, AppError> {
        Ok(Self {
            app,
            connection,
            client: connect::simplycrm_client(
                connection,
                settings,
                app.observer(connection).await,
            )?,
        })
    }

    fn failed(&self, error: Error) -> AppError {
        let name = self.connection.name.as_str();
        self.app.remote(name, Doing::Calling, error)
    }

    async fn end<T>(self, result: Result<T, AppError>) -> Result<T, AppError> {
        self.client.logout().await;
        result
    }
}

pub(super) async fn describe(
    app: &App,
    connection: &ConnectionConfig,
    settings: &SimplyCrmSettings,
    what: Option<&str>,
) -> Result<Described, AppError> {
    let asked = Asked::new(app, connection, settings).await?;
    let result = match what {
        None => modules(&asked).await.map(Described::Modules),
        Some(word) => module(&asked, word)
            .await
            .map(|module| Described::Module(Box::new(module))),
    };
    asked.end(result).await
}

/// What Koppel syncs a module as.
fn kind_of(module: &str) -> Option<EntityKind> {
    let found = MODULES.iter().find(|(name, _)| *name == module);
    found.map(|(_, kind)| *kind)
}

/// All modules that the user sees, with the rights on those that are synced.
async fn modules(asked: &Asked<'_>) -> Result<Vec<Module>, AppError> {
    let types = asked.client.list_types(&[]).await;
    let types = types.map_err(|error| asked.failed(error))?;
    let mut modules = Vec::new();
    for name in &types.types {
        let kind = kind_of(name);
        let rights = match kind {
            Some(_) => match asked.client.described(name).await {
                Ok(described) => Some(rights(&described)),
                Err(error) if error.kind() == ErrorKind::Permission => Some(NO_RIGHTS),
                Err(error) => return Err(asked.failed(error)),
            },
            None => None,
        };
        let label = types.information.get(name).map(|about| about.label.clone());
        modules.push(Module {
            module: name.clone(),
            label: label.unwrap_or_else(|| name.clone()),
            kind,
            rights,
        });
    }
    Ok(modules)
}

const NO_RIGHTS: Rights = Rights {
    read: false,
    create: false,
    update: false,
    delete: false,
};

fn rights(described: &simplycrm_ws::Describe) -> Rights {
    Rights {
        read: described.retrieveable,
        create: described.createable,
        update: described.updateable,
        delete: described.deleteable,
    }
}

/// One module with its fields, by its own name or by the kind of record that it is synced as.
async fn module(asked: &Asked<'_>, word: &str) -> Result<ModuleFields, AppError> {
    let synced = MODULES.iter().find(|(_, kind)| kind.as_str() == word);
    let name = synced.map_or(word, |(module, _)| *module);
    let described = match asked.client.described(name).await {
        Ok(described) => described,
        Err(error) => return Err(not_described(asked, name, error).await),
    };
    let fields = (described.fields.iter())
        .map(|field| ModuleField {
            field: field.name.clone(),
            label: field.label.clone(),
            kind: field.field_type.name().to_owned(),
            mandatory: field.mandatory,
            writable: field.editable,
            unique: field.unique == Some(true),
            values: (field.picklist_values().iter())
                .map(|value| value.value.clone())
                .collect(),
            refers_to: match &field.field_type {
                FieldType::Reference { refers_to, .. } => refers_to.clone(),
                _ => Vec::new(),
            },
        })
        .collect();
    Ok(ModuleFields {
        module: Module {
            module: described.name.clone(),
            label: described.label.clone(),
            kind: kind_of(&described.name),
            rights: Some(rights(&described)),
        },
        id_prefix: described.id_prefix.map(|prefix| prefix.to_string()),
        fields,
    })
}

/// The server answers to a module that is not there as to one that is forbidden.
async fn not_described(asked: &Asked<'_>, name: &str, error: Error) -> AppError {
    let Ok(types) = asked.client.list_types(&[]).await else {
        return asked.failed(error);
    };
    if types.types.iter().any(|known| known == name) {
        return asked.failed(error);
    }
    let known: Vec<&str> = types.types.iter().map(String::as_str).collect();
    let same = known.iter().find(|known| known.eq_ignore_ascii_case(name));
    AppError::Asked {
        message: format!(
            "`{}` has no module `{name}`, or its user may not see it",
            asked.connection.name
        ),
        help: match same {
            Some(same) => format!("did you mean `{same}`?"),
            None => suggestion(name, &known, "there are").unwrap_or_default(),
        },
    }
}

pub(super) async fn query(
    app: &App,
    connection: &ConnectionConfig,
    settings: &SimplyCrmSettings,
    query: &str,
    tell: &mut (dyn FnMut(QueryRow) -> bool + Send),
) -> Result<(), AppError> {
    let text = query.trim().trim_end_matches(';').trim_end();
    let first = text.split_whitespace().next().unwrap_or_default();
    if !first.eq_ignore_ascii_case("select") {
        return Err(AppError::Asked {
            message: "a query begins with `select`".to_owned(),
            help:
                "such as \"select lastname, email from Contacts where email like '%@example.com'\""
                    .to_owned(),
        });
    }
    let asked = Asked::new(app, connection, settings).await?;
    let result = match Statement::read(text) {
        Some(statement) => by_pages(&asked, &statement, tell).await,
        None => as_it_is(&asked, text, tell).await,
    };
    asked.end(result).await
}

/// Sends a query that Koppel does not understand as it stands: the server says what is wrong.
async fn as_it_is(
    asked: &Asked<'_>,
    text: &str,
    tell: &mut (dyn FnMut(QueryRow) -> bool + Send),
) -> Result<(), AppError> {
    let mut shown = Shown::new(None);
    for row in rows(asked, format!("{text};")).await? {
        if !shown.tell(row, tell) {
            break;
        }
    }
    Ok(())
}

async fn by_pages(
    asked: &Asked<'_>,
    statement: &Statement,
    tell: &mut (dyn FnMut(QueryRow) -> bool + Send),
) -> Result<(), AppError> {
    let mut shown = Shown::new(statement.columns());
    let mut place = Place::Start;
    let mut got = 0_u64;
    while let Some(text) = statement.page(&place, got) {
        let page = rows(asked, text).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        // A short page is no end: rows that the user may not see are taken out of a full one.
        let id = last.get("id").and_then(Json::as_str).map(str::to_owned);
        let count = page.len() as u64;
        for row in page {
            if !shown.tell(row, tell) {
                return Ok(());
            }
        }
        got = got.saturating_add(count);
        place = match (id, &place) {
            (Some(id), Place::Start | Place::After(_)) if statement.by_id() => {
                if place == Place::After(id.clone()) {
                    return Err(stuck(asked));
                }
                // The next page has none of these: memory does not grow with the answer.
                shown.seen.clear();
                Place::After(id)
            }
            _ => Place::Skip(got),
        };
    }
    Ok(())
}

fn stuck(asked: &Asked<'_>) -> AppError {
    let error = Error::new(ErrorKind::Decode, "The server gave the same page again.");
    asked.failed(error.help("Give the query a `limit` of at most 100."))
}

/// What a refused query may have been written for.
const LANGUAGE: &str = "the language has one module, `and` before `or`, `like`, `in`, `order by` and \
    `limit`; it has no brackets, no `<>`, no `is null` and no empty text, and decimals stand in quotes";

async fn rows(asked: &Asked<'_>, text: String) -> Result<Vec<Json>, AppError> {
    let params = Params::new().with("query", text);
    let answer = asked.client.call_as(&Operation::QUERY, params).await;
    let answer = answer.map_err(|error| {
        asked.failed(match error.kind() {
            ErrorKind::Validation => error.help(LANGUAGE),
            _ => error,
        })
    })?;
    answer.into_list().ok_or_else(|| {
        let error = Error::new(
            ErrorKind::Decode,
            "The answer to the query is no list of rows.",
        );
        asked.failed(error)
    })
}

/// Which rows were told already, and their columns.
struct Shown {
    named: Option<Vec<String>>,
    columns: Option<Arc<[String]>>,
    seen: BTreeSet<String>,
}

impl Shown {
    fn new(named: Option<Vec<String>>) -> Self {
        Self {
            named,
            columns: None,
            seen: BTreeSet::new(),
        }
    }

    /// Tells a row unless it came before; whether to go on.
    fn tell(&mut self, row: Json, tell: &mut (dyn FnMut(QueryRow) -> bool + Send)) -> bool {
        let values: BTreeMap<String, Json> = redact::map(row.into_map().unwrap_or_default());
        if let Some(id) = values.get("id").and_then(Json::as_str)
            && !self.seen.insert(id.to_owned())
        {
            return true;
        }
        let columns = self.columns.get_or_insert_with(|| {
            let rest = match self.named.take() {
                Some(named) => named,
                None => values.keys().cloned().collect(),
            };
            let id = values.contains_key("id").then(|| "id".to_owned());
            let rest = rest.into_iter().filter(|name| name != "id");
            id.into_iter().chain(rest).collect()
        });
        tell(QueryRow {
            columns: Arc::clone(columns),
            values,
        })
    }
}
