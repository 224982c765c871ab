//! A first configuration file, with comments.

use std::io::Write;
use std::path::Path;

/// The text of a commented `koppel.toml`.
///
/// It parses and describes a CRMConnect database pushed to SmartCRM; what it leaves as a comment
/// shows the default.
#[must_use]
pub fn commented_config() -> String {
    TEXT.to_owned()
}

/// Writes [`commented_config`] to a file that does not exist yet.
///
/// # Errors
/// When the file exists ([`std::io::ErrorKind::AlreadyExists`]) or cannot be written.
pub fn write_config(path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)?;
    file.write_all(TEXT.as_bytes())?;
    file.sync_all()
}

const TEXT: &str = r##"# Koppel's configuration. Paths are relative to this file.
#
# Secrets never stand here. A setting that needs one says where it is found:
#   "env:NAME"    an environment variable
#   "file:PATH"   a file that only its owner may read (chmod 600)

[store]
# What Koppel remembers of each record. Back this file up; without it the next
# run has to find every record again.
url = "sqlite:koppel.db"

# What happened, for `koppel logs`, `koppel errors` and `koppel stats`: every run,
# every record that was written, every error; with DEBUG every request as well.
# [audit]
# A file, or a PostgreSQL database: "postgres://USER@HOST/DATABASE".
# url = "sqlite:koppel-audit.db"
# level = "INFO"
# People's data is masked; "keep" writes it as it is. Secrets are never written.
# personal_data = "mask"
# How long entries stay, by their level, and requests and answers of any level.
# [audit.keep]
# debug = "3d"
# info = "30d"
# warning = "90d"
# error = "365d"
# bodies = "14d"

# How much is said on stderr: ERROR, WARNING, INFO or DEBUG.
# [log]
# level = "INFO"

# The system that is read: a CRMConnect database.
[connections.crm]
kind = "crmconnect"
# A file, or a MariaDB or MySQL server: "mysql://USER@HOST/DATABASE".
# A user with SELECT rights is enough, unless a flow has it as its `to`.
url = "sqlite:crm.db"
# password = "env:CRM_DB_PASSWORD"
# What the names of the CRM's tables begin with.
# prefix = "tbl"
# The zone of the CRM's local times, if not the one in the CRM's own settings.
# timezone = "Europe/Amsterdam"
# Whether draft invoices and the owner's own fields are taken along.
# include_drafts = false
# custom_fields = false

# The system that is written: SmartCRM.
[connections.smartcrm]
kind = "smartcrm"
api_url = "https://crm.example.com"
token = "env:SMARTCRM_TOKEN"
# The second token, without which SmartCRM gives no products, orders, stock and discounts.
# client_token = "env:SMARTCRM_CLIENT_TOKEN"
# What is not written here can be taken from the CRM's own options (smartcrm_*).
# settings_from = "crm"
# The ISO 4217 code of each currency, where SmartCRM names them otherwise.
# currency_mapping = { 1 = "EUR", 2 = "RON" }
# Records per request.
# batch_size = 50
# How long one answer may take, and how often a failed call is repeated.
# timeout = "30s"
# max_retries = 3
# The certificate of a private authority.
# ca_file = "ca.pem"
# Lets the token travel unencrypted; for a system in your own network only.
# insecure_http = false

# What this installation does differently from the usual one; `base` may be
# smartcrm, perfex or rise.
# [connections.smartcrm.profile]
# base = "smartcrm"
# ping_path = "ping"

# Other systems have other keys; `koppel connection add` writes them. Syncro, for
# one, an account for IT service providers:
# [connections.syncro]
# kind = "syncro"
# account = "acme"
# token = "env:SYNCRO_TOKEN"
# marker_field = "Koppel ID"
# start_date = "2026-01-01"
# tax_rates = { "BTW 21%" = 21, "BTW 9%" = 9 }
# statuses = { Answered = "Waiting on Customer" }

# From where to where.
[flows.push]
from = "crm"
to = "smartcrm"
# All kinds of record that both systems have, unless told.
entities = ["customer", "contact", "lead", "project", "ticket", "invoice"]
# How often `koppel sync --due` runs it: 1h, 2h, 4h, 12h or 24h with SmartCRM.
# Without this line it runs only when asked: `koppel sync push`.
every = "4h"
# "no" keeps the interval and lets the flow run only when asked.
# cron = "yes"
# Whether a new record is looked for in the target before it is created, and
# whether one is read there before it is updated.
# match_first = true
# before_images = true
# Records per page that is read.
# page_size = 500

# Fields that are filled in another way than usual, by an expression over the
# record that was read.
# [flows.push.map.customer]
# name = "{{ name | upper }}"
"##;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_first_file_is_valid_as_it_is() {
        let config = Config::parse(&commented_config(), "koppel.toml").unwrap();
        assert_eq!(config.connections.len(), 2);
        assert_eq!(config.flows["push"].entities.len(), 6);
    }

    #[test]
    fn the_first_file_is_valid_with_every_comment_taken_in() {
        let text: String = commented_config()
            .lines()
            .map(|line| {
                let setting = line.strip_prefix("# ").filter(|rest| {
                    rest.starts_with('[')
                        || rest.split_once(" = ").is_some_and(|(key, _)| {
                            key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                        })
                });
                let line = setting.unwrap_or(line);
                // Only a server asks for a password.
                let line = line.replace("sqlite:crm.db", "mysql://koppel@localhost/crm");
                format!("{line}\n")
            })
            .collect();
        let config = Config::parse(&text, "koppel.toml").unwrap();
        assert!(text.contains("\npassword = ") && text.contains("\n[flows.push.map.customer]"));
        assert_eq!(config.flows["push"].map.len(), 1);
        assert_eq!(config.connections.len(), 3);
    }

    #[test]
    fn an_existing_file_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("koppel.toml");
        write_config(&path).unwrap();
        let error = write_config(&path).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), commented_config());
    }
}
