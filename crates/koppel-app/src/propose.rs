//! What the tables of a database may mean, as text for the configuration.

use std::collections::BTreeMap;

use connectors::sql;
use secrecy::SecretString;
use serde::Serialize;
use sync_core::EntityKind;

use crate::config::{Config, ConnectionSettings};
use crate::error::AppError;

/// A proposal that is less sure is written as a comment, in percent.
const SURE: u8 = 50;

/// What a table may hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProposedTable {
    /// The kind of record.
    pub entity: EntityKind,
    /// The table.
    pub table: String,
    /// How sure that is, from 0 to 100.
    pub confidence: u8,
    /// Whether it is to be used as it is; if not, it is written as a comment.
    pub used: bool,
    /// What a person should look at.
    pub remarks: Vec<String>,
}

/// Tables for the configuration.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Proposed {
    /// What each table may hold.
    pub tables: Vec<ProposedTable>,
    /// The same as TOML below `[connections.NAME]`, with comments.
    pub text: String,
}

/// Reads the names of tables and columns, and proposes what they may hold. Nothing is written.
///
/// # Errors
/// When there is no such connection of kind `sql`, or its database cannot be read.
pub async fn propose(
    config: &Config,
    name: &str,
    password: Option<&SecretString>,
) -> Result<Proposed, AppError> {
    let connection = config.connection(name)?;
    let ConnectionSettings::Sql(settings) = &connection.settings else {
        return Err(connection.problem("kind", "expected `sql`").into());
    };
    let resolved = match (password, &settings.password) {
        (Some(_), _) | (None, None) => None,
        (None, Some(reference)) => Some(
            reference
                .resolve()
                .map_err(|error| connection.problem("password", error.to_string()))?,
        ),
    };
    let found = sql::propose(&settings.url.to_string(), password.or(resolved.as_ref()))
        .await
        .map_err(|error| {
            let help = error.help_text().map(str::to_owned);
            AppError::Failed {
                message: format!(
                    "the tables of `{name}` cannot be looked at: {}",
                    error.message()
                ),
                help: help.unwrap_or_else(|| format!("`koppel connection test {name}`")),
            }
        })?;
    written(name, found)
}

/// The best proposal for each kind of record.
fn written(connection: &str, found: Vec<sql::Proposal>) -> Result<Proposed, AppError> {
    let mut best: BTreeMap<EntityKind, sql::Proposal> = BTreeMap::new();
    for proposal in found {
        let better =
            (best.get(&proposal.entity)).is_none_or(|known| known.confidence < proposal.confidence);
        if better {
            best.insert(proposal.entity, proposal);
        }
    }
    let mut proposed = Proposed::default();
    // Comments stand above a table: what is written as a comment comes first.
    let (sure, unsure): (Vec<_>, Vec<_>) = best
        .into_iter()
        .partition(|(_, proposal)| proposal.confidence >= SURE);
    for (entity, proposal) in unsure.into_iter().chain(sure) {
        let used = proposal.confidence >= SURE;
        let mut text = format!(
            "\n# {} of 100 sure that this table holds {}.\n",
            proposal.confidence,
            entity.plural()
        );
        for remark in &proposal.remarks {
            text.push_str(&format!("# Look at: {}\n", one_line(remark)));
        }
        let table = BTreeMap::from([("tables", BTreeMap::from([(entity, &proposal.config)]))]);
        let toml = toml::to_string(&table).map_err(|error| AppError::Failed {
            message: format!("what was proposed cannot be written: {error}"),
            help: "write the tables by hand".to_owned(),
        })?;
        for line in toml.lines() {
            // The tables above it are there already.
            if line == "[tables]" {
                continue;
            }
            if used || line.is_empty() {
                text.push_str(line);
            } else {
                let whole = format!("[connections.{connection}.tables");
                text.push_str("# ");
                text.push_str(&line.replacen("[tables", &whole, 1));
            }
            text.push('\n');
        }
        proposed.tables.push(ProposedTable {
            entity,
            table: proposal.config.table.clone(),
            confidence: proposal.confidence,
            used,
            remarks: proposal.remarks.clone(),
        });
        proposed.text.push_str(&text);
    }
    Ok(proposed)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use connectors::sql::tables::{FieldMap, TableConfig};

    use super::*;

    fn proposal(entity: EntityKind, table: &str, confidence: u8) -> sql::Proposal {
        let config = TableConfig {
            table: table.to_owned(),
            key: "id".to_owned(),
            fields: FieldMap::new([("name", "title"), ("address.city", "town")]),
            ..TableConfig::default()
        };
        sql::Proposal {
            entity,
            config,
            confidence,
            remarks: vec!["two\ncolumns look alike".to_owned()],
        }
    }

    #[test]
    fn what_is_sure_is_written_and_what_is_not_is_a_comment() {
        let proposed = written(
            "shop",
            vec![
                proposal(EntityKind::Customer, "people", 40),
                proposal(EntityKind::Customer, "clients", 90),
                proposal(EntityKind::Lead, "visits", 30),
            ],
        )
        .unwrap();
        assert_eq!(
            proposed.text,
            "\n# 30 of 100 sure that this table holds leads.\n\
             # Look at: two columns look alike\n\
             # [connections.shop.tables.lead]\n# table = \"visits\"\n# key = \"id\"\n\n\
             # [connections.shop.tables.lead.fields]\n# \"address.city\" = \"town\"\n\
             # name = \"title\"\n\
             \n# 90 of 100 sure that this table holds customers.\n\
             # Look at: two columns look alike\n\
             [tables.customer]\ntable = \"clients\"\nkey = \"id\"\n\n\
             [tables.customer.fields]\n\"address.city\" = \"town\"\nname = \"title\"\n"
        );
        let used: Vec<_> = proposed.tables.iter().map(|table| table.used).collect();
        assert_eq!(used, [false, true]);
    }
}
