//! Rules for the text of all files: nothing of the machine it was written on.

use super::Findings;
use crate::repo::TextFile;

/// First parts of absolute paths that exist on somebody's machine only.
const MACHINE_DIRS: [&str; 5] = ["work", "tmp", "root", "home", "Users"];

/// Hosts of package registries, in parts: which one is used is the machine's setting.
const REGISTRIES: [&[&str]; 7] = [
    &["crates", "io"],
    &["npmjs", "org"],
    &["pypi", "org"],
    &[concat!("python", "hosted"), "org"],
    &["proxy", "golang", "org"],
    &["deb", "debian", "org"],
    &["rubygems", "org"],
];

/// The one source that `Cargo.lock` may name.
fn lock_source() -> String {
    format!(
        "source = \"registry+https://github.com/rust-lang/{}-index\"",
        REGISTRIES[0].join(".")
    )
}

/// Checks all text files.
pub(crate) fn check(files: &[TextFile]) -> Findings {
    let mut found = Findings::default();
    let dirs = MACHINE_DIRS.map(|dir| format!("/{dir}/"));
    let hosts = REGISTRIES.map(|parts| parts.join("."));
    let lock_source = lock_source();
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            let mut error = |message: String| {
                found.error(format!("{}:{}: {message}", file.path, index + 1));
            };
            if file.path == "Cargo.lock" {
                if line.starts_with("source =") && line != lock_source {
                    error(format!("a package from elsewhere: {line}"));
                }
                continue;
            }
            for dir in &dirs {
                if names_path(line, dir) {
                    error(format!("`{dir}…` exists on one machine only"));
                }
            }
            for host in &hosts {
                if names_host(line, host) {
                    error(format!("the package registry `{host}` is named"));
                }
            }
        }
    }
    found
}

/// Whether an absolute path begins with `dir`; part of a longer path or URL does not count.
fn names_path(line: &str, dir: &str) -> bool {
    line.match_indices(dir).any(|(at, _)| {
        !line[..at]
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || "._-~/}".contains(c))
    })
}

fn names_host(line: &str, host: &str) -> bool {
    line.match_indices(host).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + host.len()..].chars().next();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '-')
            && !after.is_some_and(|c| c.is_alphanumeric() || c == '-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(path: &str, text: &str) -> Vec<String> {
        let file = TextFile {
            path: path.into(),
            text: text.into(),
        };
        check(&[file]).errors
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        for dir in MACHINE_DIRS {
            let line = format!("see /{dir}/x");
            assert_eq!(
                errors("docs/a.md", &format!("fine\n{line}")),
                [format!(
                    "docs/a.md:2: `/{dir}/…` exists on one machine only"
                )]
            );
        }
    }

    #[test]
    fn a_part_of_a_url_or_of_a_longer_path_is_no_machine_path() {
        let text = MACHINE_DIRS
            .map(|dir| format!("https://crm.example.com/{dir}/x var/{dir}/y {{base}}/{dir}/z"))
            .join("\n");
        assert!(errors("docs/a.md", &text).is_empty());
    }

    #[test]
    fn a_registry_host_is_found_and_a_longer_name_is_not() {
        let host = REGISTRIES[0].join(".");
        assert_eq!(
            errors("README.md", &format!("https://static.{host}/x")).len(),
            1
        );
        assert!(errors("README.md", &format!("my-{host} {host}x")).is_empty());
    }

    #[test]
    fn the_lock_file_may_name_one_source_only() {
        assert!(errors("Cargo.lock", &lock_source()).is_empty());
        let other = "source = \"git+https://example.com/x\"";
        assert_eq!(
            errors("Cargo.lock", other),
            [format!("Cargo.lock:1: a package from elsewhere: {other}")]
        );
    }
}
