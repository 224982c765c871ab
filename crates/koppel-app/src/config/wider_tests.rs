//! Settings that go beyond the first flow: schedules, rules, other profiles, other directions.

use super::*;
use std::time::Duration;
use sync_core::EntityKind;

const GOOD: &str = r#"[log]
level = "info"

[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"

[connections.smartcrm]
kind = "smartcrm"
api_url = "https://crm.example.com"
token = "env:TOKEN"

[flows.import]
from = "smartcrm"
to = "crm"
"#;

fn parse(text: &str) -> Config {
    Config::parse(text, "koppel.toml").unwrap()
}

fn error(text: &str) -> String {
    Config::parse(text, "koppel.toml").unwrap_err().to_string()
}

fn flow(text: &str) -> FlowConfig {
    parse(&format!("{GOOD}{text}"))
        .flow("import")
        .unwrap()
        .clone()
}

#[test]
fn the_level_of_the_log_is_read_in_any_case() {
    assert_eq!(parse(GOOD).log, Some(LogLevel::Info));
    for (word, level) in [
        ("Debug", LogLevel::Debug),
        ("WARNING", LogLevel::Warning),
        ("error", LogLevel::Error),
    ] {
        assert_eq!(parse(&GOOD.replace("info", word)).log, Some(level));
    }
    assert_eq!(
        error(&GOOD.replace("info", "warn")),
        "koppel.toml:2: log.level: `warn` is no level\n  help: did you mean `WARNING`?"
    );
}

#[test]
fn an_import_without_the_second_token_takes_what_needs_none() {
    let without = flow("");
    assert!(without.entities.contains(&EntityKind::Payment));
    assert!(
        !without.entities.contains(&EntityKind::Product),
        "{:?}",
        without.entities
    );
    let with = GOOD.replace(
        "\"env:TOKEN\"",
        "\"env:TOKEN\"\nclient_token = \"env:SECOND\"",
    );
    assert_eq!(
        parse(&with).flow("import").unwrap().entities,
        EntityKind::ALL
    );
}

#[test]
fn what_needs_the_second_token_is_refused_by_name_without_it() {
    assert_eq!(
        error(&format!(
            "{GOOD}entities = [\"customer\", \"stock\", \"product\"]\n"
        )),
        "koppel.toml:8: connections.smartcrm.client_token: `client_token` is missing: the flow \
         `import` syncs stock levels, products, which SmartCRM gives only with its second token\n  \
         help: write `client_token = \"env:NAME\"`, or take what needs it out of \
         `flows.import.entities`"
    );
}

#[test]
fn what_is_only_read_from_a_system_is_not_written_to_it() {
    let text = GOOD.replace(
        "from = \"smartcrm\"\nto = \"crm\"",
        "from = \"crm\"\nto = \"smartcrm\"",
    );
    assert_eq!(
        error(&format!("{text}entities = [\"customer\", \"order\"]\n")),
        "koppel.toml:16: flows.import.entities: orders are only read from a smartcrm connection, \
         and not written to it"
    );
}

#[test]
fn the_same_records_are_not_synced_in_both_directions() {
    let back = "\n[flows.push]\nfrom = \"crm\"\nto = \"smartcrm\"\nentities = [\"lead\"]\n";
    assert_eq!(
        error(&format!("{GOOD}{back}")),
        "koppel.toml:17: flows.push: the flow `import` already syncs leads from `smartcrm` to \
         `crm`; the same kind of record is not synced in both directions yet\n  \
         help: give each kind of record one direction, by `entities`"
    );
    let other = format!("{GOOD}entities = [\"customer\"]\n{back}");
    assert!(Config::parse(&other, "koppel.toml").is_ok());
}

#[test]
fn a_schedule_is_told_in_time_or_hours_and_can_be_switched_off() {
    for (text, every, cron) in [
        ("every = \"4h\"\n", Some(4), None),
        ("interval = 12\n", Some(12), None),
        ("interval = \"24\"\ncron = \"no\"\n", Some(24), Some(false)),
        ("cron = true\n", None, Some(true)),
        ("cron = \"YES\"\n", None, Some(true)),
    ] {
        let flow = flow(text);
        let hours = every.map(|hours| Duration::from_secs(hours * 3600));
        assert_eq!((flow.every, flow.cron), (hours, cron), "{text}");
    }
    let wrong = |text: &str| error(&format!("{GOOD}{text}"));
    assert_eq!(
        wrong("interval = 3\n"),
        "koppel.toml:16: flows.import.interval: SmartCRM is not synced every 3 hours\n  \
         help: expected 1, 2, 4, 12 or 24 (hours)"
    );
    assert_eq!(
        wrong("interval = 1.5\n"),
        "koppel.toml:16: flows.import.interval: expected 1, 2, 4, 12 or 24 (hours)"
    );
    assert_eq!(
        wrong("every = \"4h\"\ninterval = 4\n"),
        "koppel.toml:17: flows.import.interval: `interval` and `every` say the same\n  \
         help: keep one of the two"
    );
    assert_eq!(
        wrong("cron = \"maybe\"\n"),
        "koppel.toml:16: flows.import.cron: expected \"yes\" or \"no\""
    );
}

#[test]
fn a_rule_is_an_expression_or_a_table() {
    let flow = flow(
        "before_images = false\nmatch_first = false\n[flows.import.map.customer]\n\
         name = \"name | upper\"\nlanguage = { default = \"dutch\" }\n\
         phone = { expr = \"phone | trim\", required = true }\n\
         currency = { lookup = { EUR = \"EUR\", EURO = \"EUR\" } }\n",
    );
    assert!(!flow.before_images && !flow.match_first);
    let rules = &flow.map[&EntityKind::Customer];
    assert_eq!(rules["name"].expr.as_deref(), Some("name | upper"));
    assert_eq!(rules["language"].default.as_deref(), Some("dutch"));
    assert!(rules["phone"].required && rules["phone"].expr.is_some());
    assert_eq!(rules["currency"].lookup.as_ref().unwrap()["EURO"], "EUR");

    let wrong = |text: &str| error(&format!("{GOOD}[flows.import.map.customer]\n{text}"));
    assert_eq!(
        wrong("name = { exp = \"x\" }\n"),
        "koppel.toml has 2 problems:\n\
         koppel.toml:17: flows.import.map.customer.name.exp: this key is not known\n  \
         help: did you mean `expr`?\n\
         koppel.toml:17: flows.import.map.customer.name: the table says nothing\n  \
         help: give it `expr`, `default`, `required` or `lookup`"
    );
    assert!(
        wrong("name = { expr = \"name |\" }\n").starts_with(
            "koppel.toml:17: flows.import.map.customer.name: the expression cannot be"
        ),
    );
    assert_eq!(
        wrong("name = { lookup = {} }\n"),
        "koppel.toml:17: flows.import.map.customer.name.lookup: the look-up table is empty, so \
         every record would be refused"
    );
}

#[test]
fn a_profile_is_a_name_or_a_table_that_starts_from_one() {
    let with = |line: &str| GOOD.replace("token = ", &format!("{line}\ntoken = "));
    let reads = |text: &str| parse(text).connections["smartcrm"].reads();
    assert_eq!(reads(GOOD), EntityKind::ALL);
    let perfex = reads(&with("profile = \"perfex\""));
    assert!(perfex.contains(&EntityKind::Order) && !perfex.contains(&EntityKind::Stock));
    let rise = reads(&with("profile = { base = \"rise\", ping_path = \"\" }"));
    assert!(!rise.contains(&EntityKind::Payment), "{rise:?}");
    assert_eq!(
        error(&with("profile = \"perfx\"")),
        "koppel.toml:11: connections.smartcrm.profile: there is no profile `perfx`\n  \
         help: did you mean `perfex`?"
    );
    let unknown = error(&with("profile = { ping = \"\" }"));
    assert!(
        unknown.starts_with("koppel.toml:11: connections.smartcrm.profile: unknown field `ping`"),
        "{unknown}"
    );
}

#[test]
fn a_perfex_needs_no_second_token() {
    let perfex = GOOD.replace("token = ", "profile = \"perfex\"\ntoken = ");
    let text = format!("{perfex}entities = [\"product\", \"order\"]\n");
    assert_eq!(parse(&text).flow("import").unwrap().entities.len(), 2);
}

#[test]
fn currencies_are_mapped_to_codes() {
    let with = |line: &str| GOOD.replace("token = ", &format!("{line}\ntoken = "));
    let config = parse(&with("currency_mapping = { 1 = \"EUR\", \"2\" = \"RON\" }"));
    let ConnectionSettings::SmartCrm(settings) = &config.connections["smartcrm"].settings else {
        panic!("not a SmartCRM");
    };
    let mapping = settings.currency_mapping.as_ref().unwrap();
    assert_eq!(
        (mapping["1"].as_str(), mapping["2"].as_str()),
        ("EUR", "RON")
    );
    assert_eq!(
        error(&with("currency_mapping = { 1 = \"Euro\" }")),
        "koppel.toml:11: connections.smartcrm.currency_mapping.1: `Euro` is no ISO 4217 code of a \
         currency\n  help: write three capitals, such as \"EUR\""
    );
}

#[test]
fn settings_may_come_from_the_options_of_a_crm_database_only() {
    let with = |from: &str| {
        GOOD.replace(
            "api_url = \"https://crm.example.com\"\ntoken = \"env:TOKEN\"",
            &format!("settings_from = \"{from}\""),
        )
    };
    let config = parse(&with("crm"));
    assert_eq!(
        config.connections["smartcrm"].address(),
        "as the options of `crm` say"
    );
    assert_eq!(config.flow("import").unwrap().entities, EntityKind::ALL);
    assert_eq!(
        error(&with("crn")),
        "koppel.toml:10: connections.smartcrm.settings_from: there is no connection `crn`\n  \
         help: there are crm, smartcrm"
    );
    assert_eq!(
        error(&with("smartcrm")),
        "koppel.toml:10: connections.smartcrm.settings_from: `smartcrm` is a smartcrm connection\n  \
         help: settings are read from the options of a `crmconnect` connection"
    );
}

const TABLES: &str = r#"
[connections.shop]
kind = "sql"
url = "postgresql://reader@db.example.com/shop?sslmode=verify-full"
password = "env:SHOP"
overlap = "1h"

[connections.shop.tables.customer]
table = "clients"
key = "id"
modified = "changed"
fields = { name = "company", "address.city" = "town" }

[connections.shop.tables.product]
table = "articles"
key = "code"
read_only = true

[connections.shop.tables.product.fields]
name = "title"

[flows.shop]
from = "shop"
to = "crm"
"#;

#[test]
fn the_tables_of_a_database_say_what_it_gives_and_takes() {
    let text = GOOD.replace(
        "[flows.import]\nfrom = \"smartcrm\"\nto = \"crm\"\n",
        TABLES,
    );
    let config = parse(&text);
    let shop = &config.connections["shop"];
    assert_eq!(shop.reads(), [EntityKind::Product, EntityKind::Customer]);
    assert_eq!(shop.writes(), [EntityKind::Customer]);
    assert_eq!(
        shop.address(),
        "postgres://reader@db.example.com/shop?sslmode=verify-full"
    );
    let flow = config.flow("shop").unwrap();
    assert_eq!(flow.entities, [EntityKind::Product, EntityKind::Customer]);

    let other = format!("{text}entities = [\"order\"]\n");
    assert!(
        error(&other).ends_with(
            "flows.shop.entities: `shop` has no table of orders\n  \
             help: add `[connections.shop.tables.order]`"
        ),
        "{}",
        error(&other)
    );
    for (from, to, said) in [
        (
            "key = \"id\"",
            "kee = \"id\"",
            "connections.shop.tables.customer.kee: unknown field `kee`",
        ),
        (
            "tables.customer]",
            "tables.custmer]",
            "tables.custmer: `custmer` is no kind of record",
        ),
        (
            "table = \"clients\"",
            "table = 3",
            "koppel.toml:21: connections.shop.tables.customer.table: ",
        ),
        ("verify-full", "verify", "url: `verify` is no `sslmode`"),
        (
            "?sslmode",
            "?ssl_mode",
            "the address has an unknown parameter `ssl_mode`",
        ),
        (
            "reader@",
            "reader:s3cret@",
            "a password stands in the address",
        ),
        (
            "\"1h\"",
            "\"8d\"",
            "overlap: expected a time up to 7d, not `8d`",
        ),
    ] {
        let wrong = error(&text.replace(from, to));
        assert!(wrong.contains(said) && !wrong.contains("s3cret"), "{wrong}");
        assert!(!wrong.contains("flows."), "no flow is blamed: {wrong}");
    }
}
