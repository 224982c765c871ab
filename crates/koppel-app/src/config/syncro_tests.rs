use std::path::Path;
use std::time::Duration;

use rust_decimal::Decimal;
use sync_core::EntityKind;

use super::{Config, ConnectionKind, ConnectionSettings, SweepBy, SyncroSettings};

const GOOD: &str = r#"
[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"

[connections.syncro]
kind = "syncro"
account = "acme"
token = "env:SYNCRO_TOKEN"
requests_per_minute = 120
max_wait = "10m"
per_page = 50
marker_field = "Koppel ID"
overlap = "30m"
sweep = "2d"
start_date = "2026-01-01"
webhook_token = "file:webhook"
notify_customers = true
currency = "USD"
timeout = "90s"
max_retries = 5
settle = "2m"
statuses = { Answered = "Waiting on Customer", closed = "Resolved" }
priorities = { High = "1 High" }
ticket_defaults = { problem_type = "Other", priority = "2 Normal" }
tax_rates = { "BTW 21%" = 21, "BTW 9%" = "9 %", "Sales tax" = 8.875 }

[flows.in]
from = "syncro"
to = "crm"
"#;

const BARE: &str = "[connections.syncro]\nkind = \"syncro\"\naccount = \"acme\"\n\
                    token = \"file:token\"\n";

fn syncro(text: &str) -> SyncroSettings {
    let config = Config::parse(text, Path::new("/etc/koppel/koppel.toml")).unwrap();
    match &config.connections["syncro"].settings {
        ConnectionSettings::Syncro(settings) => (**settings).clone(),
        other => panic!("not a Syncro: {other:?}"),
    }
}

fn wrong(text: &str) -> String {
    Config::parse(text, "koppel.toml").unwrap_err().to_string()
}

fn with(line: &str, by: &str) -> String {
    assert!(GOOD.contains(line), "{line}");
    wrong(&GOOD.replace(line, by))
}

#[test]
fn an_account_is_read_with_all_its_keys() {
    let settings = syncro(GOOD);
    assert_eq!(settings.account, "acme");
    assert_eq!(settings.token.to_string(), "env:SYNCRO_TOKEN");
    assert_eq!((settings.requests_per_minute, settings.per_page), (120, 50));
    assert_eq!(settings.max_wait, Some(Duration::from_secs(600)));
    assert_eq!(settings.marker_field.as_deref(), Some("Koppel ID"));
    assert_eq!(settings.overlap, Some(Duration::from_secs(1800)));
    let two_days = Duration::from_secs(2 * 24 * 3600);
    assert_eq!(settings.sweep, SweepBy::Every(two_days));
    assert_eq!(settings.start_date, Some(jiff::civil::date(2026, 1, 1)));
    let webhook = settings.webhook_token.unwrap();
    assert_eq!(webhook.to_string(), "file:/etc/koppel/webhook");
    assert!(settings.notify_customers && !settings.insecure_http);
    assert_eq!(settings.currency.as_deref(), Some("USD"));
    assert_eq!(settings.timeout, Duration::from_secs(90));
    assert_eq!(settings.max_retries, 5);
    assert_eq!(settings.settle, Some(Duration::from_secs(120)));
    assert_eq!(settings.statuses["Answered"], "Waiting on Customer");
    assert_eq!(settings.priorities["High"], "1 High");
    let defaults = &settings.ticket_defaults;
    assert_eq!(defaults.problem_type.as_deref(), Some("Other"));
    assert_eq!(defaults.priority.as_deref(), Some("2 Normal"));
    assert!(defaults.status.is_none());
    for (name, rate) in [
        ("BTW 21%", Decimal::new(21, 0)),
        ("BTW 9%", Decimal::new(9, 0)),
        ("Sales tax", Decimal::new(8875, 3)),
    ] {
        assert_eq!(settings.tax_rates[name], rate, "{name}");
    }
}

#[test]
fn an_account_and_a_token_are_enough_and_nobody_is_mailed() {
    let settings = syncro(BARE);
    assert_eq!(settings.token.to_string(), "file:/etc/koppel/token");
    assert_eq!(
        (settings.requests_per_minute, settings.per_page),
        (180, 100)
    );
    assert!(settings.overlap.is_none() && settings.settle.is_none());
    assert_eq!(settings.sweep, SweepBy::Daily);
    let never = syncro(&format!("{BARE}sweep = \"never\"\n"));
    assert_eq!(never.sweep, SweepBy::Never);
    assert_eq!(settings.timeout, Duration::from_secs(60));
    assert_eq!(settings.max_retries, 3);
    assert!(!settings.notify_customers && !settings.insecure_http);
    assert!(settings.url.is_none() && settings.start_date.is_none());
    assert!(settings.marker_field.is_none() && settings.webhook_token.is_none());
    assert!(settings.statuses.is_empty() && settings.tax_rates.is_empty());
}

#[test]
fn a_flow_from_it_syncs_what_it_has_in_the_order_of_references() {
    let config = Config::parse(GOOD, "koppel.toml").unwrap();
    assert_eq!(
        config.flow("in").unwrap().entities,
        [
            EntityKind::Product,
            EntityKind::Customer,
            EntityKind::Contact,
            EntityKind::Lead,
            EntityKind::Ticket,
            EntityKind::Invoice,
            EntityKind::Payment,
        ]
    );
    assert_eq!(
        with("to = \"crm\"", "to = \"crm\"\nentities = [\"project\"]"),
        "koppel.toml:31: flows.in.entities: a syncro connection has no projects"
    );
}

#[test]
fn a_slip_in_a_key_is_told_with_the_key_that_was_meant() {
    for (line, by, at, key, meant) in [
        ("account", "accounts", 8, "accounts", "account"),
        ("token = \"env", "tokens = \"env", 9, "tokens", "token"),
        (
            "requests_per_minute",
            "request_per_minute",
            10,
            "request_per_minute",
            "requests_per_minute",
        ),
        (
            "marker_field",
            "markerfield",
            13,
            "markerfield",
            "marker_field",
        ),
        ("start_date", "startdate", 16, "startdate", "start_date"),
        ("webhook_token", "webhook", 17, "webhook", "webhook_token"),
        (
            "notify_customers",
            "notify_customer",
            18,
            "notify_customer",
            "notify_customers",
        ),
    ] {
        let said = with(line, by);
        let expected = format!(
            "koppel.toml:{at}: connections.syncro.{key}: this key is not known\n  help: did you \
             mean `{meant}`?"
        );
        assert!(said.contains(&expected), "{said}");
    }
}

#[test]
fn what_is_missing_is_told_all_at_once() {
    assert_eq!(
        wrong("[connections.syncro]\nkind = \"syncro\"\n"),
        "koppel.toml has 2 problems:\n\
         koppel.toml:1: connections.syncro: `account` is missing; expected the account, such as \
         \"acme\" of https://acme.syncromsp.com\n\
         koppel.toml:1: connections.syncro: `token` is missing; expected \"env:NAME\" or \
         \"file:PATH\""
    );
}

#[test]
fn a_value_that_means_nothing_is_told_with_what_was_expected() {
    for (line, by, said) in [
        (
            "\"acme\"",
            "\" \"",
            "8: connections.syncro.account: the account is empty\n  help: write what stands in \
             front of `.syncromsp.com` in the address",
        ),
        (
            "requests_per_minute = 120",
            "requests_per_minute = 0",
            "10: connections.syncro.requests_per_minute: expected a whole number from 1 to 10000",
        ),
        (
            "per_page = 50",
            "per_page = 500",
            "12: connections.syncro.per_page: expected a whole number from 5 to 100",
        ),
        (
            "\"Koppel ID\"",
            "\"\"",
            "13: connections.syncro.marker_field: the text is empty\n  help: write the label of \
             the field as Syncro shows it, such as \"Koppel ID\"",
        ),
        (
            "\"30m\"",
            "\"8d\"",
            "14: connections.syncro.overlap: expected a time up to 1w, not `8d`\n  help: write it \
             with its unit, such as \"10m\"",
        ),
        (
            "\"2d\"",
            "\"2 days\"",
            "15: connections.syncro.sweep: expected a time up to 4w2d, not `2 days`\n  help: write \
             it with its unit, such as \"1d\"",
        ),
        (
            "\"2026-01-01\"",
            "\"01/01/2026\"",
            "16: connections.syncro.start_date: `01/01/2026` is no day\n  help: write the day \
             first, such as \"28-05-2019\", or as \"2019-05-28\"",
        ),
        (
            "= 8.875",
            "= 120",
            "26: connections.syncro.tax_rates.\"Sales tax\": expected a percentage from 0 to 100\n  \
             help: write the percentage behind the name: `tax_rates = { \"BTW 21%\" = 21 }`",
        ),
        (
            "\"2 Normal\"",
            "2",
            "25: connections.syncro.ticket_defaults.priority: expected a text, not a whole number",
        ),
        (
            "priority = ",
            "prority = ",
            "25: connections.syncro.ticket_defaults.prority: this key is not known\n  help: did \
             you mean `priority`?",
        ),
        (
            "\"USD\"",
            "\"$\"",
            "19: connections.syncro.currency: `$` is no ISO 4217 code of a currency\n  help: \
             write three capitals, such as \"EUR\"",
        ),
    ] {
        assert_eq!(with(line, by), format!("koppel.toml:{said}"));
    }
}

#[test]
fn the_token_travels_encrypted_unless_it_is_this_machine() {
    let text = |host: &str| format!("{BARE}url = \"http://{host}/api/v1\"\n");
    let settings = syncro(&text("127.0.0.1:8110"));
    assert_eq!(
        settings.url.unwrap().as_str(),
        "http://127.0.0.1:8110/api/v1"
    );
    assert!(wrong(&text("syncro.example.com")).contains(
        "koppel.toml:5: connections.syncro.url: over plain http anybody on the way can read the \
         login"
    ));
    syncro(&format!(
        "{}insecure_http = true\n",
        text("syncro.example.com")
    ));
}

#[test]
fn a_secret_in_place_of_its_reference_is_refused_and_not_repeated() {
    for text in [
        with("env:SYNCRO_TOKEN", "Ts3cretToken-1"),
        with("file:webhook", "s3cretToken"),
    ] {
        assert!(text.starts_with("koppel.toml:"), "{text}");
        assert!(!text.contains("s3cretToken"), "{text}");
    }
    let config = Config::parse(GOOD, "koppel.toml").unwrap();
    assert_eq!(
        config.connection("syncro").unwrap().kind,
        ConnectionKind::Syncro
    );
}
