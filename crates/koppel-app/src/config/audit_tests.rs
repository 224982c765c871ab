//! `[audit]`, as it is read and as it is refused.

use std::path::Path;
use std::time::Duration;

use super::*;

const CONNECTIONS: &str = r#"
[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"
[connections.smartcrm]
kind = "smartcrm"
api_url = "https://crm.example.com"
token = "env:SMARTCRM_TOKEN"
"#;

fn read(audit: &str) -> AuditConfig {
    let text = format!("{audit}\n{CONNECTIONS}");
    (Config::parse(&text, "/etc/koppel/koppel.toml").unwrap()).audit
}

fn error(audit: &str) -> String {
    let text = format!("{audit}\n{CONNECTIONS}");
    (Config::parse(&text, "/etc/koppel/koppel.toml").unwrap_err()).to_string()
}

#[test]
fn without_the_table_there_is_a_log_beside_the_configuration() {
    let audit = read("");
    assert_eq!(audit, read("[audit]"));
    assert_eq!(
        audit.file(),
        Some(Path::new("/etc/koppel/koppel-audit.db")),
        "{audit:?}"
    );
    assert_eq!(
        audit.heads,
        Path::new("/etc/koppel/koppel-audit-heads.jsonl")
    );
    assert_eq!(audit.level, LogLevel::Info);
    assert_eq!(audit.personal_data, PersonalDataBy::Mask);
    assert_eq!(audit.keep.error, Duration::from_secs(365 * 86_400));
}

#[test]
fn every_key_is_read() {
    let audit = read(
        r#"
[audit]
url = "postgresql://koppel@db.example.com/audit?sslmode=verify-full"
password = "file:secrets/audit"
schema = "trail_2"
writer = "office-1"
level = "warning"
personal_data = "keep"
body_bytes = 4096
heads = "/mnt/other/heads.jsonl"
[audit.levels]
smartcrm = "DEBUG"
[audit.keep]
debug = "12h"
info = "1w"
warning = "2w"
error = "forever"
bodies = "1d12h"
"#,
    );
    assert_eq!(
        audit.url.to_string(),
        "postgres://koppel@db.example.com/audit?sslmode=verify-full"
    );
    assert_eq!(
        audit.password.as_ref().unwrap().to_string(),
        "file:/etc/koppel/secrets/audit"
    );
    assert_eq!(
        (audit.schema.as_str(), audit.writer.as_str()),
        ("trail_2", "office-1")
    );
    assert_eq!(audit.level, LogLevel::Warning);
    assert_eq!(audit.levels["smartcrm"], LogLevel::Debug);
    assert_eq!(audit.personal_data, PersonalDataBy::Keep);
    assert_eq!(audit.body_bytes, 4096);
    assert_eq!(audit.heads, Path::new("/mnt/other/heads.jsonl"));
    assert_eq!(audit.keep.debug, Duration::from_secs(12 * 3600));
    assert_eq!(audit.keep.error, Duration::MAX);
    assert_eq!(audit.keep.bodies, Duration::from_secs(36 * 3600));
    assert_eq!(audit.file(), None);
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (audit, expected) in [
        (
            "[audit]\nlevle = \"INFO\"",
            ":2: audit.levle: this key is not known\n  help: did you mean `level`?",
        ),
        (
            "[audit]\nlevel = \"INOF\"",
            ":2: audit.level: `INOF` is no level\n  help: did you mean `INFO`?",
        ),
        (
            "[audit.levels]\nsmartcmr = \"DEBUG\"",
            ":2: audit.levels.smartcmr: there is no connection of this name\n  help: did you mean `smartcrm`?",
        ),
        (
            "[audit.keep]\ninfo = \"30\"",
            ":2: audit.keep.info: expected a time such as \"30d\", or \"forever\"",
        ),
        (
            "[audit.keep]\ninfo = \"5m\"",
            ":2: audit.keep.info: expected a time from \"1h\" to a hundred years",
        ),
        (
            "[audit.keep]\ndays = \"30d\"",
            ":2: audit.keep.days: this key is not known",
        ),
        (
            "[audit]\nurl = \"mysql://a@b/c\"",
            ":2: audit.url: expected the address of a SQLite file or a PostgreSQL database\n  help: write \"sqlite:PATH\" or \"postgres://USER@HOST/DATABASE\"",
        ),
        (
            "[audit]\nurl = \"sqlite::memory:\"",
            ":2: audit.url: the address names no file",
        ),
        (
            "[audit]\nurl = \"sqlite:koppel.db\"",
            ":2: audit.url: `[store]` keeps its state in the same file",
        ),
        (
            "[audit]\nurl = \"sqlite:crm.db\"",
            ":2: audit.url: it is the database of the connection `crm`",
        ),
        (
            "[audit]\nheads = \"koppel-audit.db\"",
            ":2: audit.heads: the same file is a database",
        ),
        (
            "[audit]\nheads = \"crm.db\"",
            ":2: audit.heads: it is the database of the connection `crm`",
        ),
        (
            "[audit]\nheads = \"koppel.toml\"",
            ":2: audit.heads: it is the configuration itself",
        ),
        (
            "[audit]\nheads = \"\"",
            ":2: audit.heads: expected the path of a file",
        ),
        (
            "[audit]\npassword = \"env:P\"",
            ":2: audit.password: a SQLite file has no password",
        ),
        (
            "[audit]\nschema = \"a-b\"",
            ":2: audit.schema: expected a name of letters, digits and `_`",
        ),
        (
            "[audit]\nwriter = \"1\"",
            ":2: audit.writer: expected a name of letters, digits, `-` and `_`",
        ),
        (
            "[audit]\npersonal_data = \"hide\"",
            ":2: audit.personal_data: expected \"mask\" or \"keep\", not `hide`",
        ),
        (
            "[audit]\nbody_bytes = 10",
            ":2: audit.body_bytes: expected a whole number from 256 to 1048576",
        ),
        (
            "audit = 5",
            ":1: audit: expected a table, not a whole number",
        ),
    ] {
        let said = error(audit);
        assert!(said.contains(expected), "{audit}\n{said}");
        assert!(!said.contains("problems"), "one problem alone: {said}");
    }
}

#[test]
fn an_address_with_a_password_in_it_is_refused_without_being_repeated() {
    let said = error("[audit]\nurl = \"postgres://koppel:hunter2-hunter2@db/audit\"");
    assert!(
        said.contains("audit.url: a password stands in the address"),
        "{said}"
    );
    assert!(!said.contains("hunter2"), "{said}");
    let said = error("[audit]\npassword = \"hunter2-hunter2\"");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_file_that_still_names_an_events_file_is_told_what_took_its_place() {
    let said = error("[store]\nevents = \"koppel-events.jsonl\"");
    assert!(
        said.contains(":2: store.events: there is no events file any more"),
        "{said}"
    );
    assert!(
        said.contains("`[audit] url`") && said.contains("`koppel logs export`"),
        "{said}"
    );
}
