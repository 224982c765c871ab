//! What `cargo tree` says is built.
//!
//! `cargo metadata` also lists packages that only a weak feature (`dep?/x`)
//! names and that are never built; `cargo tree` does not.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::sh;

/// One package that takes part in a build.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Without the leading `v`.
    pub(crate) version: String,
    /// The SPDX expression; empty when the package names none.
    pub(crate) license: String,
}

/// Runs `cargo tree` with the given arguments and returns its packages, each once.
pub(crate) fn packages(args: &[&str]) -> Result<BTreeSet<Package>> {
    let text = sh::output(
        sh::cargo()
            .args([
                "tree", "--locked", "--prefix", "none", "--format", "{p}\t{l}",
            ])
            .args(args),
    )?;
    Ok(parse(&text))
}

/// Reads lines of `name vVERSION [(source)]<TAB>LICENCE [(*)]`.
fn parse(text: &str) -> BTreeSet<Package> {
    text.lines()
        .filter_map(|line| {
            let (package, license) = line.split_once('\t').unwrap_or((line, ""));
            let mut words = package.split_whitespace();
            let name = words.next()?.to_owned();
            let version = words.next()?.strip_prefix('v')?.to_owned();
            let license = license.trim().trim_end_matches("(*)").trim().to_owned();
            Some(Package {
                name,
                version,
                license,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_into_packages_each_once() {
        let text = "sync-core v0.1.0 (/src/crates/sync-core)\tMIT\n\
                    async-trait v0.1.92 (proc-macro)\tMIT OR Apache-2.0\n\
                    \n\
                    [dev-dependencies]\n\
                    toml v1.2.1+spec-1.1.0\tMIT OR Apache-2.0\n\
                    unlicensed v2.0.0\t\n\
                    async-trait v0.1.92 (proc-macro)\tMIT OR Apache-2.0 (*)\n";
        let package = |name: &str, version: &str, license: &str| Package {
            name: name.into(),
            version: version.into(),
            license: license.into(),
        };
        assert_eq!(
            parse(text),
            BTreeSet::from([
                package("sync-core", "0.1.0", "MIT"),
                package("async-trait", "0.1.92", "MIT OR Apache-2.0"),
                package("toml", "1.2.1+spec-1.1.0", "MIT OR Apache-2.0"),
                package("unlicensed", "2.0.0", ""),
            ])
        );
    }
}
