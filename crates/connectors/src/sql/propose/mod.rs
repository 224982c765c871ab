//! Proposes tables by what a database looks like.

mod draft;
mod words;

use std::collections::BTreeMap;

use api_core::{Error, SecretString};
use sync_core::EntityKind;

use self::draft::Draft;
use super::db::{Access, Db};
use super::tables::TableConfig;
use super::tables::schema::{TableInfo, all_tables};

/// The most tables that are looked at for one kind of record.
const CANDIDATES: usize = 4;

/// A table that may hold a kind of record.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The kind of record.
    pub entity: EntityKind,
    /// The table and its columns, to be checked by a person.
    pub config: TableConfig,
    /// How sure it is, from 0 to 100.
    pub confidence: u8,
    /// What a person should look at.
    pub remarks: Vec<String>,
}

/// Reads which tables and columns a database has and proposes what they hold, by their names in
/// English, Dutch and the Perfex schema. The best proposals for a kind come first; no row is read.
///
/// # Errors
/// `Unavailable`, `Auth` or `Config` when the database cannot be read.
pub async fn propose(url: &str, password: Option<&SecretString>) -> Result<Vec<Proposal>, Error> {
    let db = Db::any(url, password, Access::ReadOnly)?;
    let mut session = db.begin("sql.propose").await?;
    let tables = all_tables(&mut session, db.dialect()).await?;
    let names: Vec<&str> = tables.keys().map(String::as_str).collect();
    let prefixes = prefixes(&names);
    let perfex = prefixes.iter().find(|prefix| is_perfex(&tables, prefix));
    let mut proposals = Vec::new();
    for entity in EntityKind::ALL {
        let mut found = Vec::new();
        for (name, sure) in candidates(entity, &names, &prefixes) {
            let Some(info) = TableInfo::load(&mut session, db.dialect(), name).await? else {
                continue;
            };
            let mut draft = Draft::new(entity, info, sure);
            draft.fill(db.dialect());
            draft
                .lines(&mut session, db.dialect(), &names, &prefixes)
                .await?;
            if let Some(prefix) = perfex {
                draft.remarks.push(format!(
                    "This is the schema of Perfex and CRMConnect: a connection with \
                     `kind = \"crmconnect\"` and `prefix = \"{prefix}\"` knows it in full."
                ));
            }
            found.extend(draft.finish());
        }
        found.sort_by_key(|proposal| std::cmp::Reverse(proposal.confidence));
        proposals.extend(found);
    }
    session.end().await?;
    Ok(proposals)
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The beginnings that several tables share, and none.
fn prefixes(names: &[&str]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        if let Some(at) = name.find('_') {
            *counts.entry(&name[..=at]).or_default() += 1;
        }
        if name.starts_with("tbl") {
            *counts.entry("tbl").or_default() += 2;
        }
    }
    let mut prefixes = vec![String::new()];
    prefixes.extend(
        counts
            .into_iter()
            .filter(|(_, count)| *count > 1)
            .map(|(prefix, _)| prefix.to_owned()),
    );
    prefixes
}

fn is_perfex(tables: &BTreeMap<String, Vec<String>>, prefix: &str) -> bool {
    [
        "clients",
        "contacts",
        "options",
        "itemable",
        "invoicepaymentrecords",
    ]
    .iter()
    .all(|name| tables.contains_key(&format!("{prefix}{name}")))
}

/// How well a table's name fits a list of names: the place of the name in the list.
fn place(name: &str, prefixes: &[String], words: &[&str]) -> Option<usize> {
    prefixes
        .iter()
        .filter_map(|prefix| name.strip_prefix(prefix.as_str()))
        .filter_map(|rest| words.iter().position(|word| *word == plain(rest)))
        .min()
}

/// Tables that may hold a kind of record, and whether their name leaves little doubt.
fn candidates<'n>(
    entity: EntityKind,
    names: &[&'n str],
    prefixes: &[String],
) -> Vec<(&'n str, bool)> {
    let (sure, perhaps) = words::tables(entity);
    let mut found: Vec<(usize, &str, bool)> = Vec::new();
    for name in names {
        if let Some(at) = place(name, prefixes, sure) {
            found.push((at, name, true));
        } else if let Some(at) = place(name, prefixes, perhaps) {
            found.push((100 + at, name, false));
        }
    }
    found.sort_unstable();
    found
        .into_iter()
        .take(CANDIDATES)
        .map(|(_, name, sure)| (name, sure))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_that_tables_share_is_left_out_of_their_names() {
        let names = [
            "erp_customers",
            "erp_invoices",
            "tblclients",
            "tblleads",
            "my_orders",
        ];
        let prefixes = prefixes(&names);
        assert_eq!(prefixes, ["", "erp_", "tbl"]);
        assert_eq!(
            candidates(EntityKind::Customer, &names, &prefixes),
            [("erp_customers", true), ("tblclients", true)]
        );
        assert!(candidates(EntityKind::Order, &names, &prefixes).is_empty());
    }
}
