//! `cargo xtask isolation`: which crates may not depend on which.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde::Deserialize;

use crate::sh;
use crate::tree::{self, Package};

/// The crates that speak to one remote system each.
const CLIENTS: [&str; 4] = [
    "smartcrm-client",
    "simplycrm-ws",
    "snelstart-client",
    "syncro-client",
];

/// One rule: what may not appear under a crate built with these features.
struct Rule {
    krate: &'static str,
    features: &'static str,
    forbidden: &'static [&'static str],
    reason: &'static str,
}

fn rules() -> Vec<Rule> {
    let mut rules: Vec<Rule> = CLIENTS
        .iter()
        .map(|krate| Rule {
            krate,
            features: "--all-features",
            forbidden: &["sync-core", "sqlx", "axum"],
            reason: "a client knows nothing of sync, databases or servers",
        })
        .collect();
    rules.push(Rule {
        krate: "sync-core",
        features: "--all-features",
        forbidden: &["reqwest", "hyper", "sqlx", "axum"],
        reason: "the engine knows nothing of HTTP or SQL",
    });
    rules.push(Rule {
        krate: "api-core",
        features: "--no-default-features",
        forbidden: &["reqwest", "hyper", "sqlx", "axum"],
        reason: "without features no HTTP library is built",
    });
    rules.push(Rule {
        krate: "api-core",
        features: "--all-features",
        forbidden: &["sqlx", "axum", "sync-core"],
        reason: "clients build on it and stay light",
    });
    rules.push(Rule {
        krate: "sync-store",
        features: "--all-features",
        forbidden: &["reqwest", "hyper", "axum"],
        reason: "the store speaks SQL alone",
    });
    rules.push(Rule {
        krate: "audit-log",
        features: "--all-features",
        forbidden: &["reqwest", "hyper", "axum", "sync-core"],
        reason: "others embed the log, whatever they sync or serve",
    });
    rules
}

/// Runs the task; takes no arguments.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    if let Some(arg) = args.first() {
        bail!("`isolation` takes no arguments, got `{arg}`");
    }
    let members = members()?;
    let mut clean = true;
    for rule in rules() {
        if !members.contains(rule.krate) {
            continue;
        }
        let tree = tree::packages(&["-p", rule.krate, "-e", "normal", rule.features])?;
        for found in offenders(&rule, &tree) {
            clean = false;
            eprintln!(
                "error: `{}` ({}) depends on `{found}`: {}\n  help: `cargo tree -p {} -e normal {} -i {found}` shows by which way",
                rule.krate, rule.features, rule.reason, rule.krate, rule.features
            );
        }
    }
    Ok(clean)
}

/// The forbidden packages among those a crate is built from.
///
/// A name also stands for its family: `sqlx` forbids `sqlx-core` too.
fn offenders(rule: &Rule, tree: &BTreeSet<Package>) -> BTreeSet<String> {
    tree.iter()
        .filter(|package| package.name != rule.krate)
        .filter(|package| {
            rule.forbidden.iter().any(|name| {
                package
                    .name
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            })
        })
        .map(|package| package.name.clone())
        .collect()
}

/// The names of the workspace's own crates.
pub(crate) fn members() -> Result<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Member>,
    }
    #[derive(Deserialize)]
    struct Member {
        name: String,
    }
    let text = sh::output(sh::cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Metadata = serde_json::from_str(&text)?;
    Ok(metadata.packages.into_iter().map(|p| p.name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(names: &[&str]) -> BTreeSet<Package> {
        names
            .iter()
            .map(|name| Package {
                name: (*name).into(),
                version: "1.0.0".into(),
                license: "MIT".into(),
            })
            .collect()
    }

    #[test]
    fn a_client_that_pulls_in_sql_is_found() {
        let rule = &rules()[0];
        let tree = tree(&[rule.krate, "api-core", "reqwest", "sqlx-core", "axum"]);
        assert_eq!(
            offenders(rule, &tree),
            BTreeSet::from(["axum".to_owned(), "sqlx-core".to_owned()])
        );
    }

    #[test]
    fn a_name_that_only_begins_alike_is_no_offence() {
        let rule = &rules()[0];
        assert_eq!(
            offenders(rule, &tree(&["sqlxmq", "axumlike", "serde"])),
            BTreeSet::new()
        );
    }

    #[test]
    fn the_engine_may_not_see_an_http_library() {
        let rules = rules();
        let rule = rules.iter().find(|r| r.krate == "sync-core").unwrap();
        assert_eq!(
            offenders(
                rule,
                &tree(&["sync-core", "api-core", "reqwest", "hyper-util"])
            ),
            BTreeSet::from(["hyper-util".to_owned(), "reqwest".to_owned()])
        );
    }
}
