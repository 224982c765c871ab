//! `kind = "simplycrm"`: what is read, what is refused and how that is said.

use super::*;
use std::time::Duration;
use sync_core::EntityKind;

const GOOD: &str = r#"[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"

[connections.simply]
kind = "simplycrm"
url = "https://crm.example.com/sub"
username = "api"
access_key = "env:SIMPLYCRM_ACCESS_KEY"
sessions = 4
time_zone = "Europe/Copenhagen"
owner = "19x1"
changes = "query"
marker_fields = { Accounts = "cf_901", Contacts = "cf_903" }
timeout = "90s"
settle = "2m"

[flows.push]
from = "crm"
to = "simply"
every = "3h"
"#;

fn simply(text: &str) -> SimplyCrmSettings {
    let config = Config::parse(text, "/etc/koppel/koppel.toml").unwrap();
    match &config.connections["simply"].settings {
        ConnectionSettings::SimplyCrm(settings) => (**settings).clone(),
        other => panic!("not a Simply CRM: {other:?}"),
    }
}

fn with(line: &str, by: &str) -> String {
    assert!(GOOD.contains(line), "{line}");
    Config::parse(&GOOD.replace(line, by), "koppel.toml")
        .unwrap_err()
        .to_string()
}

#[test]
fn a_simply_crm_is_read_with_all_its_keys() {
    let settings = simply(GOOD);
    assert_eq!(settings.url.as_str(), "https://crm.example.com/sub");
    assert_eq!(settings.username, "api");
    assert_eq!(settings.access_key.to_string(), "env:SIMPLYCRM_ACCESS_KEY");
    assert_eq!(settings.sessions, 4);
    assert_eq!(settings.time_zone, "Europe/Copenhagen");
    assert_eq!(settings.owner.as_deref(), Some("19x1"));
    assert_eq!(settings.changes, ChangesBy::Query);
    assert_eq!(settings.marker_fields["Contacts"], "cf_903");
    assert_eq!(settings.timeout, Duration::from_secs(90));
    assert_eq!(settings.settle, Some(Duration::from_secs(120)));
}

#[test]
fn four_keys_are_enough_and_the_rest_has_defaults() {
    let settings = simply(
        "[connections.simply]\nkind = \"simplycrm\"\nurl = \"http://127.0.0.1:8090\"\n\
         username = \" api \"\naccess_key = \"file:key\"\n",
    );
    assert_eq!(settings.username, "api");
    assert_eq!(settings.access_key.to_string(), "file:/etc/koppel/key");
    assert!(settings.password.is_none() && settings.owner.is_none() && settings.settle.is_none());
    assert_eq!((settings.sessions, settings.max_retries), (2, 3));
    assert_eq!(settings.timeout, Duration::from_secs(60));
    assert_eq!(settings.time_zone, "UTC");
    assert_eq!(settings.changes, ChangesBy::Auto);
    assert!(settings.lenient && !settings.insecure_http);
    assert!(settings.marker_fields.is_empty());
}

#[test]
fn a_flow_to_it_syncs_what_it_has_at_any_interval() {
    let config = Config::parse(GOOD, "koppel.toml").unwrap();
    let flow = config.flow("push").unwrap();
    assert_eq!(flow.every, Some(Duration::from_secs(3 * 3600)));
    assert_eq!(
        flow.entities,
        [
            EntityKind::Product,
            EntityKind::Customer,
            EntityKind::Contact,
            EntityKind::Lead,
            EntityKind::Project,
            EntityKind::Ticket,
            EntityKind::Invoice,
        ]
    );
    assert_eq!(
        with("every = \"3h\"", "entities = [\"stock\"]"),
        "koppel.toml:21: flows.push.entities: a simplycrm connection has no stock levels"
    );
}

#[test]
fn what_an_installation_calls_otherwise_is_read_by_module() {
    let more = r#"modules = ["Contacts", "Accounts"]
default_product = "14x542"
tax_mode = "group"
overlap = "5m"
taxes = { "VAT 21%" = "tax1" }
fields = { Accounts = { vat_number = "cf_907" } }
defaults = { HelpDesk = { ticketpriorities = "Normal" } }
words = { HelpDesk = { priority = { Urgent = "High" }, status = { closed = "Closed" } } }
"#;
    let text = GOOD.replace("sessions = 4\n", more);
    let settings = simply(&text);
    assert_eq!(settings.kinds, [EntityKind::Customer, EntityKind::Contact]);
    assert_eq!(settings.default_product.as_deref(), Some("14x542"));
    assert_eq!(settings.tax_mode, TaxesBy::Group);
    assert_eq!(settings.overlap, Some(Duration::from_secs(300)));
    assert_eq!(settings.taxes["VAT 21%"], "tax1");
    assert_eq!(settings.fields["Accounts"]["vat_number"], "cf_907");
    assert_eq!(settings.defaults["HelpDesk"]["ticketpriorities"], "Normal");
    assert_eq!(settings.words["HelpDesk"]["priority"]["Urgent"], "High");
    let config = Config::parse(&text, "koppel.toml").unwrap();
    assert_eq!(
        config.flow("push").unwrap().entities,
        [EntityKind::Customer, EntityKind::Contact]
    );
    let text = text.replace("\"Contacts\", \"Accounts\"", "\"Contact\"");
    let said = Config::parse(&text, "koppel.toml").unwrap_err().to_string();
    assert_eq!(
        said,
        "koppel.toml:10: connections.simply.modules: `Contact` is no module that Koppel syncs\n  \
         help: did you mean `Contacts`?"
    );
}

#[test]
fn a_slip_in_a_key_is_told_with_the_key_that_was_meant() {
    for (line, by, at, key, meant) in [
        ("access_key", "accesskey", 9, "accesskey", "access_key"),
        ("username", "user_name", 8, "user_name", "username"),
        ("time_zone", "timezone", 11, "timezone", "time_zone"),
        (
            "marker_fields",
            "marker_field",
            14,
            "marker_field",
            "marker_fields",
        ),
        ("changes", "change", 13, "change", "changes"),
    ] {
        let said = with(line, by);
        let expected = format!(
            "koppel.toml:{at}: connections.simply.{key}: this key is not known\n  help: did you \
             mean `{meant}`?"
        );
        assert!(said.contains(&expected), "{said}");
    }
}

#[test]
fn what_is_missing_is_told_all_at_once() {
    let bare = "[connections.simply]\nkind = \"simplycrm\"\n";
    assert_eq!(
        Config::parse(bare, "koppel.toml").unwrap_err().to_string(),
        "koppel.toml has 3 problems:\n\
         koppel.toml:1: connections.simply: `url` is missing; expected an address such as \
         \"https://crm.example.com\"\n\
         koppel.toml:1: connections.simply: `username` is missing; expected the name of a user\n\
         koppel.toml:1: connections.simply: `access_key` is missing; expected \"env:NAME\" or \
         \"file:PATH\""
    );
}

#[test]
fn a_value_that_means_nothing_is_told_with_what_was_expected() {
    for (line, by, said) in [
        (
            "\"query\"",
            "\"querry\"",
            "koppel.toml:13: connections.simply.changes: `querry` is no way to find changes\n  \
             help: did you mean `query`?",
        ),
        (
            "owner = \"19x1\"",
            "owner = \"admin\"",
            "koppel.toml:12: connections.simply.owner: `admin` is no id of a user or group\n  \
             help: write it with its prefix, such as \"19x1\"; the user that logs in owns new \
             records without this line",
        ),
        (
            "sessions = 4",
            "sessions = 17",
            "koppel.toml:10: connections.simply.sessions: expected a whole number from 1 to 16",
        ),
        (
            "Europe/Copenhagen",
            "Copenhagen",
            "koppel.toml:11: connections.simply.time_zone: `Copenhagen` is no time zone that this \
             machine knows\n  help: write a name of the IANA database, such as \
             \"Europe/Amsterdam\"",
        ),
        (
            "Accounts =",
            "accounts =",
            "koppel.toml:14: connections.simply.marker_fields.accounts: `accounts` is no module \
             that Koppel syncs\n  help: did you mean `Accounts`?",
        ),
        (
            "\"cf_901\"",
            "\"cf 901\"",
            "koppel.toml:14: connections.simply.marker_fields.Accounts: `cf 901` is no name of a \
             field\n  help: write the field's own name, such as \"cf_901\": `koppel describe \
             CONNECTION MODULE` lists them",
        ),
        (
            "\"2m\"",
            "\"2 days\"",
            "koppel.toml:16: connections.simply.settle: expected a time up to 1h, not `2 days`\n  \
             help: write it with its unit, such as \"60s\"",
        ),
        (
            "https://",
            "http://",
            "koppel.toml:7: connections.simply.url: over plain http anybody on the way can read \
             the login\n  help: write https, or `insecure_http = true` for a system in your own \
             network",
        ),
        (
            "/sub",
            "/webservice.php?operation=login",
            "koppel.toml:7: connections.simply.url: the address goes on behind its path\n  help: \
             end it before the `?` or `#`",
        ),
        (
            "\"api\"",
            "\" \"",
            "koppel.toml:8: connections.simply.username: the name is empty\n  help: write the user \
             name, which need not be the e-mail address",
        ),
    ] {
        assert_eq!(with(line, by), said);
    }
}

#[test]
fn a_secret_in_place_of_its_reference_is_refused_and_not_repeated() {
    for text in [
        with("env:SIMPLYCRM_ACCESS_KEY", "s3cretKey"),
        with("sessions = 4", "password = \"s3cretKey\""),
        with("https://", "https://api:s3cretKey@"),
    ] {
        assert!(text.starts_with("koppel.toml:"), "{text}");
        assert!(!text.contains("s3cretKey"), "{text}");
    }
}
