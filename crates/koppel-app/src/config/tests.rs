use super::*;
use std::time::Duration;
use sync_core::EntityKind;

const GOOD: &str = r#"
[store]
url = "sqlite:state/koppel.db"

[connections.crm]
kind = "crmconnect"
url = "mariadb://reader@db.example.com:3307/crm?ssl-mode=REQUIRED"
password = "file:secret/db"
timezone = "Europe/Bucharest"

[connections.smartcrm]
kind = "smartcrm"
api_url = "https://crm.example.com/sub/"
token = "env:SMARTCRM_TOKEN"
batch_size = 0x20
timeout = "1m"

[connections.smartcrm.profile]
ping_path = ""
paths = { clients = "customers" }

[flows.push]
from = "crm"
to = "smartcrm"
entities = ["invoice", "customer"]
every = "24h"

[flows.push.map.customer]
name = "{{ name | upper }}"
"#;

fn error(text: &str) -> String {
    Config::parse(text, "koppel.toml").unwrap_err().to_string()
}

/// A valid file with one line replaced.
fn with(line: &str, by: &str) -> String {
    assert!(GOOD.contains(line), "{line}");
    error(&GOOD.replace(line, by))
}

#[test]
fn a_file_is_read_with_its_defaults_and_relative_paths() {
    let config = Config::parse(GOOD, "/etc/koppel/koppel.toml").unwrap();
    assert_eq!(config.store.path, Path::new("/etc/koppel/state/koppel.db"));
    let ConnectionSettings::CrmConnect(crm) = &config.connections["crm"].settings else {
        panic!("not a CRM database");
    };
    assert_eq!(
        crm.url.to_string(),
        "mysql://reader@db.example.com:3307/crm?ssl-mode=REQUIRED"
    );
    assert_eq!(
        crm.password.as_ref().unwrap().to_string(),
        "file:/etc/koppel/secret/db"
    );
    assert_eq!(crm.prefix, "tbl");
    let ConnectionSettings::SmartCrm(smartcrm) = &config.connections["smartcrm"].settings else {
        panic!("not a SmartCRM");
    };
    assert_eq!(smartcrm.batch_size, Some(32));
    assert_eq!(smartcrm.timeout, Some(Duration::from_secs(60)));
    assert_eq!(smartcrm.max_retries, None);
    assert_eq!(
        smartcrm.profile.path(smartcrm_client::Entity::Clients),
        Some("customers")
    );
    let flow = config.flow("push").unwrap();
    assert_eq!(flow.entities, [EntityKind::Customer, EntityKind::Invoice]);
    assert_eq!(flow.every, Some(Duration::from_secs(86_400)));
    assert_eq!(flow.page_size, 500);
    assert_eq!(
        flow.map[&EntityKind::Customer]["name"].expr.as_deref(),
        Some("{{ name | upper }}")
    );
}

#[test]
fn a_flow_without_a_list_syncs_what_both_systems_have() {
    let text = GOOD.replace("entities = [\"invoice\", \"customer\"]\n", "");
    let config = Config::parse(&text, "koppel.toml").unwrap();
    assert_eq!(config.flow("push").unwrap().entities.len(), 6);
}

#[test]
fn an_empty_file_is_a_configuration_without_flows() {
    let config = Config::parse("\u{feff}", "koppel.toml").unwrap();
    assert!(config.connections.is_empty() && config.flows.is_empty());
}

#[test]
fn every_unknown_key_is_named_with_the_one_that_was_meant() {
    let text = GOOD
        .replace("[store]", "[stor]")
        .replace("batch_size", "batchsize")
        .replace("timezone", "zone_of_time")
        .replace("every", "evry");
    assert_eq!(
        error(&text),
        "koppel.toml has 4 problems:\n\
         koppel.toml:2: stor: this key is not known\n  help: did you mean `store`?\n\
         koppel.toml:9: connections.crm.zone_of_time: this key is not known\n  \
         help: known here are kind, url, password, prefix, timezone, include_drafts, custom_fields, create_groups\n\
         koppel.toml:15: connections.smartcrm.batchsize: this key is not known\n  \
         help: did you mean `batch_size`?\n\
         koppel.toml:26: flows.push.evry: this key is not known\n  help: did you mean `every`?"
    );
}

#[test]
fn an_unknown_kind_names_the_kind_that_was_meant_and_blames_no_flow() {
    assert_eq!(
        with("kind = \"smartcrm\"", "kind = \"SmartCRM\""),
        "koppel.toml:12: connections.smartcrm.kind: `SmartCRM` is no kind of connection\n  \
         help: did you mean `smartcrm`?"
    );
    assert_eq!(
        with("kind = \"smartcrm\"\n", "kind = \"fax\"\n"),
        "koppel.toml:12: connections.smartcrm.kind: `fax` is no kind of connection\n  \
         help: there are crmconnect, smartcrm, simplycrm, snelstart, syncro, sql"
    );
}

#[test]
fn what_is_missing_is_named_with_what_was_expected() {
    assert_eq!(
        with("token = \"env:SMARTCRM_TOKEN\"\n", ""),
        "koppel.toml:11: connections.smartcrm: `token` is missing; expected \"env:NAME\" or \"file:PATH\""
    );
    assert_eq!(
        with("from = \"crm\"\n", ""),
        "koppel.toml:22: flows.push: `from` is missing; expected the name of a connection"
    );
}

#[test]
fn an_unknown_connection_or_record_names_the_one_that_was_meant() {
    assert_eq!(
        with("to = \"smartcrm\"", "to = \"smart\""),
        "koppel.toml:24: flows.push.to: there is no connection `smart`\n  help: did you mean `smartcrm`?"
    );
    assert_eq!(
        with(
            "\"invoice\", \"customer\"",
            "\"invoices\",\n  \"custmer\", \"payment\""
        ),
        "koppel.toml has 3 problems:\n\
         koppel.toml:25: flows.push.entities: `invoices` is no kind of record\n  help: did you mean `invoice`?\n\
         koppel.toml:26: flows.push.entities: `custmer` is no kind of record\n  help: did you mean `customer`?\n\
         koppel.toml:26: flows.push.entities: payments are only read from a smartcrm connection, and not written to it"
    );
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    let literal = with("\"env:SMARTCRM_TOKEN\"", "\"s3cret-token\"");
    assert_eq!(
        literal,
        "koppel.toml:14: connections.smartcrm.token: expected a reference to the secret, not the secret itself\n  \
         help: write \"env:NAME\" and set that variable, or \"file:PATH\" of a file only you can read"
    );
    for text in [
        with("\"env:SMARTCRM_TOKEN\"", "3735928559"),
        with("\"env:SMARTCRM_TOKEN\"", "s3cret"),
        with("\"env:SMARTCRM_TOKEN\"", "\"s3cret"),
        with("\"env:SMARTCRM_TOKEN\"", "'s3cret' s3cret"),
        with("reader@", "reader:s3cret@"),
        with("https://crm.", "https://me:s3cret@crm."),
        with("https://crm.", "://s3cret@crm."),
        with("mariadb://reader", "s3cret"),
    ] {
        assert!(text.starts_with("koppel.toml:"), "{text}");
        assert!(
            !text.contains("s3cret") && !text.contains("3735928559"),
            "{text}"
        );
    }
}

#[test]
fn the_intervals_of_smartcrm_are_exactly_five() {
    for every in ["1h", "2h", "4h", "12h", "24h", "60m", "1d"] {
        let text = GOOD.replace("\"24h\"", &format!("\"{every}\""));
        assert!(Config::parse(&text, "koppel.toml").is_ok(), "{every}");
    }
    assert_eq!(
        with("\"24h\"", "\"3h\""),
        "koppel.toml:26: flows.push.every: SmartCRM is not synced every `3h`\n  \
         help: expected 1h, 2h, 4h, 12h or 24h; leave the line out to sync only by hand"
    );
    assert_eq!(
        with("\"24h\"", "\"daily\""),
        "koppel.toml:26: flows.push.every: expected a time such as \"4h\" or \"30m\", not `daily`"
    );
}

#[test]
fn values_of_another_type_or_out_of_bounds_are_named() {
    assert_eq!(
        with("batch_size = 0x20", "batch_size = \"many\""),
        "koppel.toml:15: connections.smartcrm.batch_size: expected a whole number from 1 to 500, not a text"
    );
    for number in ["0", "501", "-1", "99999999999999999999999"] {
        assert_eq!(
            with("0x20", number),
            "koppel.toml:15: connections.smartcrm.batch_size: expected a whole number from 1 to 500",
            "{number}"
        );
    }
    assert_eq!(
        with("\"1m\"", "\"1h\""),
        "koppel.toml:16: connections.smartcrm.timeout: expected a time from 1s to 10m, not `1h`\n  \
         help: write it with its unit, such as \"30s\""
    );
    assert_eq!(
        error("connections = 3"),
        "koppel.toml:1: connections: expected a table, not a whole number"
    );
}

#[test]
fn an_address_is_checked_before_it_is_used() {
    assert_eq!(
        with("https://crm.", "http://crm."),
        "koppel.toml:13: connections.smartcrm.api_url: over plain http anybody on the way can read the login\n  \
         help: write https, or `insecure_http = true` for a system in your own network"
    );
    assert_eq!(
        with("https://crm.example.com/sub/", "crm.example.com"),
        "koppel.toml:13: connections.smartcrm.api_url: expected an http or https address\n  \
         help: write it with its scheme, such as \"https://crm.example.com\""
    );
    assert_eq!(
        with("/crm?ssl-mode=REQUIRED", ""),
        "koppel.toml:7: connections.crm.url: the address does not end in the name of one database\n  \
         help: write \"mysql://USER@HOST/DATABASE\""
    );
    let parameters = "ssl-mode, ssl-ca, ssl-cert, ssl-key, charset, collation, socket, \
                      statement-cache-capacity";
    for (written, close) in [
        ("ssl-modus", "did you mean `ssl-mode`? "),
        ("SSL_MODE", "did you mean `ssl-mode`? "),
        ("sslCa", "did you mean `ssl-ca`? "),
        ("timezone", ""),
    ] {
        assert_eq!(
            with("?ssl-mode=", &format!("?{written}=")),
            format!(
                "koppel.toml:7: connections.crm.url: the address has an unknown parameter \
                 `{written}`\n  help: {close}there are {parameters}"
            )
        );
    }
    assert_eq!(
        with("=REQUIRED", "=REQUIRD"),
        "koppel.toml:7: connections.crm.url: `REQUIRD` is no `ssl-mode`\n  \
         help: did you mean `REQUIRED`? there are DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY"
    );
    assert_eq!(
        with("sqlite:state/koppel.db", "postgres://db/koppel"),
        "koppel.toml:3: store.url: expected the address of a SQLite file\n  \
         help: write \"sqlite:PATH\"; the store is kept in a file of its own"
    );
    assert_eq!(
        with("sqlite:state/koppel.db", "sqlite::memory:"),
        "koppel.toml:3: store.url: the address names no file\n  \
         help: write \"sqlite:PATH\"; a database in memory would be gone after the run"
    );
}

#[test]
fn a_flow_goes_from_one_connection_to_another() {
    assert_eq!(
        with("to = \"smartcrm\"", "to = \"crm\""),
        "koppel.toml:24: flows.push.to: a flow goes from one connection to another"
    );
}

#[test]
fn two_flows_may_not_write_the_same_records() {
    let second = "\n[flows.again]\nfrom = \"crm\"\nto = \"smartcrm\"\nentities = [\"customer\"]\n";
    assert_eq!(
        error(&format!("{GOOD}{second}")),
        "koppel.toml:22: flows.push: the flow `again` already syncs customers from `crm` to `smartcrm`\n  \
         help: give each kind of record to one of the two flows"
    );
}

#[test]
fn an_override_of_an_unknown_field_names_the_one_that_was_meant() {
    assert_eq!(
        with("name = \"{{ name | upper }}\"", "nmae = \"x\"\nname = 3"),
        "koppel.toml has 2 problems:\n\
         koppel.toml:29: flows.push.map.customer.nmae: a customer has no field `nmae`\n  help: did you mean `name`?\n\
         koppel.toml:30: flows.push.map.customer.name: expected an expression or a table, not a whole number"
    );
}

#[test]
fn a_name_that_does_not_fit_a_command_line_is_refused() {
    assert_eq!(
        error("[connections.\"my crm\"]\nkind = \"crmconnect\"\nurl = \"sqlite:crm.db\""),
        "koppel.toml:1: connections.\"my crm\": expected a name of letters, digits, `-` and `_` that begins with a letter (64 at most)"
    );
}

#[test]
fn lines_that_are_no_toml_are_named() {
    let text = GOOD
        .replace("timeout = \"1m\"", "timeout 1m")
        .replace("[store]", "[store");
    assert_eq!(
        error(&text),
        "koppel.toml has 2 problems:\n\
         koppel.toml:2: this is not TOML: unclosed table, expected `]`\n\
         koppel.toml:16: this is not TOML: key with no value, expected `=`\n  \
         help: write name = \"text\", name = 5 or names = [\"a\", \"b\"]"
    );
    assert_eq!(
        with("timeout = \"1m\"", "batch_size = 7"),
        "koppel.toml:16: batch_size: this stands in the file twice\n  help: keep one of the two"
    );
}

#[test]
fn a_file_that_cannot_be_read_says_why_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("koppel.toml");
    let load = || Config::load(&path).unwrap_err().to_string();
    let shown = path.display();

    assert_eq!(
        load(),
        format!(
            "{shown}: the configuration cannot be read: there is no such file\n  \
             help: `koppel init` writes one; `--config PATH` names another place"
        )
    );
    std::fs::write(&path, b"[store]\n# caf\xe9\n").unwrap();
    assert_eq!(
        load(),
        format!("{shown}:2: the file is not UTF-8 text\n  help: save it as UTF-8 in your editor")
    );
    std::fs::write(&path, "#".repeat(1_100_000)).unwrap();
    assert_eq!(
        load(),
        format!(
            "{shown}: this file is larger than 1 MiB\n  help: name a configuration file; `koppel init` writes one"
        )
    );
    let error = Config::load(dir.path()).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "{}: this is a directory, not a configuration file\n  help: name the file in it, such as `{shown}`",
            dir.path().display()
        )
    );
}

#[test]
fn a_name_asked_for_in_vain_is_answered_with_the_ones_there_are() {
    let config = Config::parse(GOOD, "koppel.toml").unwrap();
    assert_eq!(
        config.flow("psuh").unwrap_err().to_string(),
        "there is no flow `psuh` in koppel.toml\n  help: did you mean `push`?"
    );
    assert_eq!(
        config.connection("fax").unwrap_err().to_string(),
        "there is no connection `fax` in koppel.toml\n  help: there are crm, smartcrm"
    );
}

#[test]
fn a_problem_found_later_still_names_its_line() {
    let config = Config::parse(GOOD, "koppel.toml").unwrap();
    let error = config.connections["smartcrm"].problem("profile", "there is no key `x`");
    assert_eq!(
        error.to_string(),
        "koppel.toml:11: connections.smartcrm.profile: there is no key `x`"
    );
}

#[test]
fn debug_output_shows_where_a_secret_is_and_not_more() {
    let config = Config::parse(GOOD, "koppel.toml").unwrap();
    let debug = format!("{config:?}");
    assert!(debug.contains("SMARTCRM_TOKEN"), "{debug}");
}
