//! What may be built in: banned crates, doubled majors, licences.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{Findings, spdx};
use crate::tree::{self, Package};
use crate::{isolation, sh};

const SETTINGS: &str = ".config/deny.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    licenses: Licenses,
    bans: Bans,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Bans {
    deny: Vec<Ban>,
    single_major: Vec<String>,
    one_of: Vec<OneOf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ban {
    name: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneOf {
    what: String,
    names: Vec<String>,
}

/// Checks everything that is built for any target, tests included.
pub(crate) fn check() -> Result<Findings> {
    let path = sh::root().join(SETTINGS);
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {SETTINGS}"))?;
    let settings: Settings = toml::from_str(&text).with_context(|| format!("in {SETTINGS}"))?;
    let packages = tree::packages(&[
        "--workspace",
        "--all-features",
        "--target",
        "all",
        "-e",
        "normal,build,dev",
    ])?;
    Ok(judge(&settings, &packages, &isolation::members()?))
}

fn judge(
    settings: &Settings,
    packages: &BTreeSet<Package>,
    members: &BTreeSet<String>,
) -> Findings {
    let mut found = Findings::default();
    let names: BTreeSet<&str> = packages.iter().map(|p| p.name.as_str()).collect();
    for ban in &settings.bans.deny {
        if names.contains(ban.name.as_str()) {
            found.error(format!(
                "`{}` is built, but banned: {}\n  help: `cargo tree --target all -i {}` shows by which way",
                ban.name, ban.reason, ban.name
            ));
        }
    }
    for group in &settings.bans.one_of {
        let built: Vec<&str> = group
            .names
            .iter()
            .map(String::as_str)
            .filter(|name| names.contains(name))
            .collect();
        if built.len() > 1 {
            found.error(format!(
                "more than one {} is built: {}",
                group.what,
                built.join(", ")
            ));
        }
    }
    for name in &settings.bans.single_major {
        let majors: BTreeMap<String, &str> = packages
            .iter()
            .filter(|package| package.name == *name)
            .map(|package| (major(&package.version), package.version.as_str()))
            .collect();
        if majors.len() > 1 {
            let versions: Vec<&str> = majors.into_values().collect();
            found.error(format!(
                "`{name}` is built in more than one major version: {}",
                versions.join(", ")
            ));
        }
    }
    for package in packages {
        if members.contains(&package.name) && package.license == "MIT" {
            continue;
        }
        license(&settings.licenses.allow, package, &mut found);
    }
    found
}

fn license(allow: &[String], package: &Package, found: &mut Findings) {
    let Package {
        name,
        version,
        license,
    } = package;
    if license.is_empty() {
        found.error(format!("`{name}` {version} names no licence"));
        return;
    }
    match spdx::satisfied(license, allow) {
        Ok(true) => {}
        Ok(false) => found.error(format!(
            "`{name}` {version} is licensed `{license}`, which {SETTINGS} does not allow"
        )),
        Err(error) => found.error(format!(
            "`{name}` {version}: the licence `{license}` cannot be read: {error}"
        )),
    }
}

/// What a semver-incompatible version begins with: `1`, `0.9`, `0.0.3`.
fn major(version: &str) -> String {
    let parts: Vec<&str> = version.split('.').collect();
    let zeros = parts.iter().take_while(|part| **part == "0").count();
    parts[..parts.len().min(zeros + 1)].join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        toml::from_str(
            r#"
            [licenses]
            allow = ["MIT", "Apache-2.0"]
            [bans]
            deny = [{ name = "chrono", reason = "times are jiff's" }]
            single-major = ["sqlx"]
            one-of = [{ what = "TLS provider", names = ["aws-lc-rs", "ring"] }]
            "#,
        )
        .unwrap()
    }

    fn errors(packages: &[(&str, &str, &str)]) -> Vec<String> {
        let packages = packages
            .iter()
            .map(|(name, version, license)| Package {
                name: (*name).into(),
                version: (*version).into(),
                license: (*license).into(),
            })
            .collect();
        judge(&settings(), &packages, &BTreeSet::new()).errors
    }

    #[test]
    fn a_banned_crate_is_named_with_its_reason() {
        let errors = errors(&[("chrono", "0.4.1", "MIT")]);
        assert_eq!(errors.len(), 1);
        assert!(errors[0].starts_with("`chrono` is built, but banned: times are jiff's"));
    }

    #[test]
    fn two_majors_of_one_crate_are_found_and_two_patches_are_not() {
        assert_eq!(
            errors(&[("sqlx", "0.8.6", "MIT"), ("sqlx", "0.9.0", "MIT")]),
            ["`sqlx` is built in more than one major version: 0.8.6, 0.9.0"]
        );
        assert!(errors(&[("sqlx", "0.9.0", "MIT"), ("sqlx", "0.9.1", "MIT")]).is_empty());
    }

    #[test]
    fn two_tls_providers_are_one_too_many() {
        assert!(errors(&[("ring", "0.17.0", "MIT")]).is_empty());
        assert_eq!(
            errors(&[("ring", "0.17.0", "MIT"), ("aws-lc-rs", "1.0.0", "MIT")]),
            ["more than one TLS provider is built: aws-lc-rs, ring"]
        );
    }

    #[test]
    fn a_licence_that_is_not_allowed_or_missing_is_found() {
        assert_eq!(
            errors(&[("a", "1.0.0", "GPL-3.0-only"), ("b", "1.0.0", "")]),
            [
                "`a` 1.0.0 is licensed `GPL-3.0-only`, which .config/deny.toml does not allow",
                "`b` 1.0.0 names no licence",
            ]
        );
    }

    #[test]
    fn the_major_of_a_zero_version_is_its_first_part_that_is_not_zero() {
        assert_eq!(major("1.2.3"), "1");
        assert_eq!(major("0.9.0"), "0.9");
        assert_eq!(major("0.0.3"), "0.0.3");
    }
}
