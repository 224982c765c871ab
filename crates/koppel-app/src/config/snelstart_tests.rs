use std::path::Path;
use std::time::Duration;

use sync_core::EntityKind;

use super::{
    AddressBy, CentsBy, Config, ConnectionKind, ConnectionSettings, PaidBy, Place, ProductOf,
    SnelStartSettings, VatSort,
};

const GOOD: &str = r#"
[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"

[connections.snel]
kind = "snelstart"
api_key = "env:SNELSTART_API_KEY"
connection_key = "env:SNELSTART_KOPPELSLEUTEL"
start_date = "28-05-2019"
product = "test"
debtors_ledger = 1300
bank_journal = "2f6cbb38-ab2a-44f4-a4d6-b9d1e8a52a5a"
payment_journals = ["cash", "memorial", "bank"]
overlap = "6h"
time_zone = "Europe/Amsterdam"
rounding = "largest_line"
truncate_names = true
timeout = "90s"
max_in_flight = 4
max_wait = "10m"
settle = "2m"
taxes = { "BTW verlegd" = "reverse_charge" }
incomplete_address = "leave_out"
refunds = true
currency = "EUR"
payment_modes = { bank = "Bank", cash = "Kas" }
ledgers = { high = 8000, low = "8010", none = "VerkopenBtwVrij" }

[flows.in]
from = "snel"
to = "crm"
unmatched = "ask"
"#;

const BARE: &str = "[connections.snel]\nkind = \"snelstart\"\napi_key = \"env:A\"\n\
                    connection_key = \"file:key\"\n";

fn snel(text: &str) -> SnelStartSettings {
    let config = Config::parse(text, Path::new("/etc/koppel/koppel.toml")).unwrap();
    match &config.connections["snel"].settings {
        ConnectionSettings::SnelStart(settings) => (**settings).clone(),
        other => panic!("not a SnelStart: {other:?}"),
    }
}

fn with(line: &str, by: &str) -> String {
    assert!(GOOD.contains(line), "{line}");
    Config::parse(&GOOD.replace(line, by), "koppel.toml")
        .unwrap_err()
        .to_string()
}

#[test]
fn an_administration_is_read_with_all_its_keys() {
    let settings = snel(GOOD);
    assert_eq!(settings.api_key.to_string(), "env:SNELSTART_API_KEY");
    assert_eq!(
        settings.connection_key.to_string(),
        "env:SNELSTART_KOPPELSLEUTEL"
    );
    assert_eq!(settings.start_date, Some(jiff::civil::date(2019, 5, 28)));
    assert_eq!(settings.product, ProductOf::Test);
    assert_eq!(settings.debtors_ledger, Some(Place::Number(1300)));
    assert!(matches!(&settings.bank_journal, Some(Place::Id(id)) if id.starts_with("2f6cbb38-")));
    assert_eq!(
        settings.payment_journals,
        [PaidBy::Bank, PaidBy::Cash, PaidBy::Memorial]
    );
    assert_eq!(settings.overlap, Duration::from_secs(6 * 3600));
    assert_eq!(settings.time_zone, "Europe/Amsterdam");
    assert_eq!(settings.rounding, CentsBy::LargestLine);
    assert!(settings.truncate_names && settings.refunds);
    assert_eq!(settings.taxes["BTW verlegd"], VatSort::ReverseCharge);
    assert_eq!(settings.incomplete_address, AddressBy::LeaveOut);
    assert_eq!(settings.payment_modes[&PaidBy::Cash], "Kas");
    assert_eq!(settings.timeout, Duration::from_secs(90));
    assert_eq!(settings.max_in_flight, Some(4));
    assert_eq!(settings.max_wait, Some(Duration::from_secs(600)));
    assert_eq!(settings.settle, Some(Duration::from_secs(120)));
    assert_eq!(settings.ledgers.high, Some(Place::Number(8000)));
    assert_eq!(settings.ledgers.low, Some(Place::Number(8010)));
    assert_eq!(
        settings.ledgers.none,
        Some(Place::Function("VerkopenBtwVrij".to_owned()))
    );
    assert!(settings.ledgers.other.is_none() && settings.ledgers.reverse_charge.is_none());
}

#[test]
fn two_keys_are_enough_and_the_rest_has_defaults() {
    let settings = snel(BARE);
    assert_eq!(settings.connection_key.to_string(), "file:/etc/koppel/key");
    assert_eq!(settings.product, ProductOf::Custom);
    assert_eq!(settings.payment_journals, [PaidBy::Bank, PaidBy::Cash]);
    assert_eq!(settings.overlap, Duration::from_secs(3 * 3600));
    assert_eq!(settings.time_zone, "UTC");
    assert_eq!(settings.rounding, CentsBy::Refuse);
    assert_eq!(settings.timeout, Duration::from_secs(60));
    assert_eq!(settings.max_retries, 3);
    assert!(!settings.truncate_names && !settings.refunds && !settings.insecure_http);
    assert_eq!(settings.incomplete_address, AddressBy::Refuse);
    assert!(settings.start_date.is_none() && settings.url.is_none() && settings.settle.is_none());
    assert!(settings.debtors_ledger.is_none() && settings.bank_journal.is_none());
}

#[test]
fn the_begin_date_is_read_as_people_and_as_machines_write_it() {
    for day in ["\"28-05-2019\"", "\"2019-05-28\"", "2019-05-28"] {
        let settings = snel(&format!("{BARE}start_date = {day}\n"));
        let expected = Some(jiff::civil::date(2019, 5, 28));
        assert_eq!(settings.start_date, expected, "{day}");
    }
    for (day, said) in [
        ("\"28/05/2019\"", "`28/05/2019` is no day"),
        ("\"31-02-2019\"", "`31-02-2019` is no day"),
        ("\"05-28-2019\"", "`05-28-2019` is no day"),
        ("2019-05-28T10:00:00Z", "`2019-05-28T10:00:00Z` is no day"),
    ] {
        assert_eq!(
            with("\"28-05-2019\"", day),
            format!(
                "koppel.toml:10: connections.snel.start_date: {said}\n  help: write the day \
                 first, such as \"28-05-2019\", or as \"2019-05-28\""
            )
        );
    }
    assert_eq!(
        with("\"28-05-2019\"", "2019"),
        "koppel.toml:10: connections.snel.start_date: expected a day such as \"28-05-2019\" or \
         \"2019-05-28\""
    );
}

#[test]
fn a_flow_from_it_syncs_customers_invoices_and_payments_in_that_order() {
    let config = Config::parse(GOOD, "koppel.toml").unwrap();
    let flow = config.flow("in").unwrap();
    assert_eq!(
        flow.entities,
        [
            EntityKind::Customer,
            EntityKind::Invoice,
            EntityKind::Payment
        ]
    );
    assert!(flow.ask_unmatched);
    let plain = Config::parse(&GOOD.replace("unmatched = \"ask\"\n", ""), "k").unwrap();
    assert!(!plain.flow("in").unwrap().ask_unmatched);
    assert_eq!(
        with("unmatched = \"ask\"", "entities = [\"project\"]"),
        "koppel.toml:33: flows.in.entities: a snelstart connection has no projects"
    );
}

#[test]
fn a_slip_in_a_key_is_told_with_the_key_that_was_meant() {
    for (line, by, at, key, meant) in [
        ("api_key", "apikey", 8, "apikey", "api_key"),
        (
            "connection_key",
            "connectionkey",
            9,
            "connectionkey",
            "connection_key",
        ),
        ("start_date", "startdate", 10, "startdate", "start_date"),
        (
            "debtors_ledger",
            "debtor_ledger",
            12,
            "debtor_ledger",
            "debtors_ledger",
        ),
        (
            "bank_journal",
            "bankjournal",
            13,
            "bankjournal",
            "bank_journal",
        ),
    ] {
        let said = with(line, by);
        let expected = format!(
            "koppel.toml:{at}: connections.snel.{key}: this key is not known\n  help: did you \
             mean `{meant}`?"
        );
        assert!(said.contains(&expected), "{said}");
    }
}

#[test]
fn what_is_missing_is_told_all_at_once() {
    let bare = "[connections.snel]\nkind = \"snelstart\"\n";
    assert_eq!(
        Config::parse(bare, "koppel.toml").unwrap_err().to_string(),
        "koppel.toml has 2 problems:\n\
         koppel.toml:1: connections.snel: `api_key` is missing; expected \"env:NAME\" or \
         \"file:PATH\"\n\
         koppel.toml:1: connections.snel: `connection_key` is missing; expected \"env:NAME\" or \
         \"file:PATH\""
    );
}

#[test]
fn a_value_that_means_nothing_is_told_with_what_was_expected() {
    for (line, by, said) in [
        (
            "product = \"test\"",
            "product = \"tets\"",
            "koppel.toml:11: connections.snel.product: `tets` is no product\n  help: did you mean \
             `test`?",
        ),
        (
            "debtors_ledger = 1300",
            "debtors_ledger = -1",
            "koppel.toml:12: connections.snel.debtors_ledger: expected the number or id of a \
             ledger\n  help: write its number in SnelStart, such as `debtors_ledger = 1300`, or \
             its id",
        ),
        (
            "a52a5a\"",
            "\"",
            "koppel.toml:13: connections.snel.bank_journal: expected the number or id of a \
             journal\n  help: write its number in SnelStart, such as `bank_journal = 1300`, or \
             its id",
        ),
        (
            "\"cash\"",
            "\"kas\"",
            "koppel.toml:14: connections.snel.payment_journals: `kas` is no kind of journal that \
             payments are in\n  help: there are bank, cash, memorial",
        ),
        (
            "\"6h\"",
            "\"8d\"",
            "koppel.toml:15: connections.snel.overlap: expected a time up to 1w, not `8d`\n  \
             help: write it with its unit, such as \"3h\"",
        ),
        (
            "\"largest_line\"",
            "\"largest\"",
            "koppel.toml:17: connections.snel.rounding: `largest` is no way to round\n  help: did \
             you mean `largest_line`?",
        ),
        (
            "\"reverse_charge\"",
            "\"verlegd\"",
            "koppel.toml:23: connections.snel.taxes.\"BTW verlegd\": `verlegd` is no sort of VAT\n  \
             help: there are high, low, other, none, reverse_charge",
        ),
        (
            "\"EUR\"",
            "\"euro\"",
            "koppel.toml:26: connections.snel.currency: `euro` is no ISO 4217 code of a currency\n  \
             help: write three capitals, such as \"EUR\"",
        ),
        (
            "cash = \"Kas\"",
            "kas = \"Kas\"",
            "koppel.toml:27: connections.snel.payment_modes.kas: this key is not known\n  help: \
             known here are bank, cash, memorial",
        ),
        (
            "max_in_flight = 4",
            "max_in_flight = 51",
            "koppel.toml:20: connections.snel.max_in_flight: expected a whole number from 1 to 50",
        ),
        (
            "\"VerkopenBtwVrij\"",
            "\"vrij\"",
            "koppel.toml:28: connections.snel.ledgers.none: expected the number or id of a \
             ledger\n  help: write its number in SnelStart, such as `none = 1300`, or its id",
        ),
        (
            "high = 8000",
            "hihg = 8000",
            "koppel.toml:28: connections.snel.ledgers.hihg: this key is not known\n  help: did \
             you mean `high`?",
        ),
        (
            "settle = \"2m\"",
            "url = \"https://b2b.example.com/v2\"",
            "koppel.toml:22: connections.snel.url: `url` is given without `token_url`\n  help: \
             write both, or neither for SnelStart itself: with one of them the keys of one system \
             go to another; expected `token_url` beside it",
        ),
        (
            "unmatched = \"ask\"",
            "unmatched = \"asks\"",
            "koppel.toml:33: flows.in.unmatched: `asks` says not what to do without a match\n  \
             help: did you mean `ask`?",
        ),
        (
            "unmatched = \"ask\"",
            "unmatched = \"ask\"\nmatch_first = false",
            "koppel.toml:33: flows.in.unmatched: with `match_first = false` no match is looked \
             for\n  help: take one of the two out",
        ),
    ] {
        assert_eq!(with(line, by), said);
    }
}

#[test]
fn keys_travel_encrypted_unless_it_is_this_machine() {
    let text = |host: &str| {
        format!("{BARE}url = \"http://{host}/v2\"\ntoken_url = \"http://{host}/b2b/token\"\n")
    };
    let settings = snel(&text("127.0.0.1:8091"));
    assert_eq!(settings.url.unwrap().as_str(), "http://127.0.0.1:8091/v2");
    let said = Config::parse(&text("b2b.example.com"), "koppel.toml").unwrap_err();
    assert!(said.to_string().contains(
        "koppel.toml:5: connections.snel.url: over plain http anybody on the way can read the login"
    ));
    snel(&format!(
        "{}insecure_http = true\n",
        text("b2b.example.com")
    ));
}

#[test]
fn a_key_in_place_of_its_reference_is_refused_and_not_repeated() {
    for text in [
        with("env:SNELSTART_API_KEY", "s3cretKey"),
        with("env:SNELSTART_KOPPELSLEUTEL", "s3cretKey=="),
    ] {
        assert!(text.starts_with("koppel.toml:"), "{text}");
        assert!(!text.contains("s3cretKey"), "{text}");
    }
    let config = Config::parse(GOOD, "koppel.toml").unwrap();
    let connection = config.connection("snel").unwrap();
    assert_eq!(connection.kind, ConnectionKind::SnelStart);
    assert_eq!(connection.address(), "https://b2bapi.snelstart.nl/v2");
}
