//! Reading records.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::json;
use simplycrm_ws::{
    BodyFault, Code, Date, Describe, ErrorKind, FieldValue, Json, Record, TimeOfDay,
};
use wiremock::ResponseTemplate;
use wiremock::matchers::query_param;

use crate::exchange::{names, recorded};
use crate::support::{client, get, id, no, server, sign_in, yes};

/// The descriptions of a generation, by the prefix of the modules' ids.
pub(crate) fn describes(generation: &str) -> BTreeMap<u32, Describe> {
    names(generation)
        .iter()
        .map(|name| recorded(name))
        .filter(|exchange| exchange.api == "webservice" && exchange.operation == "describe")
        .filter_map(|exchange| Describe::from_json(&exchange.result().ok()?).ok())
        .filter_map(|describe| Some((describe.id_prefix?, describe)))
        .collect()
}

#[tokio::test]
async fn a_record_is_asked_for_by_its_id_in_the_query() {
    let server = server().await;
    sign_in(&server).await;
    get("retrieve")
        .and(query_param("id", "12x735"))
        .respond_with(recorded("v7/185-webservice-retrieve-Contact_special_chars").again())
        .expect(1)
        .mount(&server)
        .await;
    let record = client(&server).retrieve(&id("12x735")).await.unwrap();
    assert_eq!(record.id(), Some(id("12x735")));
    assert_eq!(record.text("firstname"), "É \"q\" \\ b");
    assert_eq!(record.text("lastname"), "O'Brien <b>x</b> & Søn");
    assert_eq!(
        record.label().as_deref(),
        Some("É \"q\" \\ b O'Brien <b>x</b> & Søn")
    );
}

#[tokio::test]
async fn a_missing_record_looks_like_a_missing_right() {
    let server = server().await;
    sign_in(&server).await;
    get("retrieve")
        .respond_with(no(
            "ACCESS_DENIED",
            "Permission to perform the operation is denied",
        ))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server).retrieve(&id("12x9")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert_eq!(Code::of(&error), Some(Code::AccessDenied));
    assert!(error.help_text().unwrap().contains("deleted"), "{error:?}");
}

#[tokio::test]
async fn the_prefix_of_another_module_is_refused_by_the_server() {
    let server = server().await;
    sign_in(&server).await;
    get("retrieve")
        .respond_with(recorded("v7/229-webservice-retrieve-wrong_prefix").again())
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server).retrieve(&id("11x122")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(Code::of(&error), Some(Code::InvalidIdAttribute));
}

#[tokio::test]
async fn an_answer_about_another_record_is_not_taken() {
    for answer in [json!({"id": "12x8"}), json!({"lastname": "x"}), json!([])] {
        let server = server().await;
        sign_in(&server).await;
        get("retrieve")
            .respond_with(yes(answer))
            .expect(1)
            .mount(&server)
            .await;
        let error = client(&server).retrieve(&id("12x9")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
    }
}

#[tokio::test]
async fn what_is_no_record_is_no_empty_record() {
    for answer in [json!([1]), json!("12x9"), json!(true)] {
        let server = server().await;
        sign_in(&server).await;
        get("retrieve")
            .respond_with(yes(answer))
            .expect(1)
            .mount(&server)
            .await;
        let error = client(&server).retrieve(&id("12x9")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(error.operation_name(), Some("simplycrm.retrieve"));
    }
}

#[tokio::test]
async fn an_empty_answer_to_a_read_is_an_error() {
    let server = server().await;
    sign_in(&server).await;
    get("retrieve")
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    let error = client(&server).retrieve(&id("12x9")).await.unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::EmptyBody));
}

#[test]
fn the_fields_of_a_recorded_contact_have_their_types() {
    let describe = recorded("v7/032-webservice-describe-Contacts").described();
    let record = recorded("v7/185-webservice-retrieve-Contact_special_chars").record();
    let typed = record.typed(&describe);
    let zone = TimeZone::get("Europe/Copenhagen").unwrap();
    assert_eq!(
        typed
            .timestamp("createdtime", &zone)
            .unwrap()
            .unwrap()
            .to_string(),
        "2026-11-21T19:14:21Z"
    );
    assert_eq!(typed.owner("assigned_user_id").unwrap(), Some(id("19x1")));
    assert_eq!(typed.reference("account_id").unwrap(), None);
    assert_eq!(typed.boolean("cf_886").unwrap(), Some(true));
    assert_eq!(typed.boolean("donotcall").unwrap(), Some(false));
    assert_eq!(
        typed.decimal("cf_890").unwrap(),
        Some("1234.56".parse().unwrap())
    );
    assert_eq!(typed.integer("cf_896").unwrap(), Some(7));
    assert_eq!(typed.date("cf_898").unwrap(), Date::new(2026, 12, 31));
    assert_eq!(typed.date("birthday").unwrap(), None);
    assert_eq!(typed.time("cf_894").unwrap(), TimeOfDay::new(14, 44, 0));
    assert_eq!(typed.picklist("cf_884").unwrap().as_deref(), Some("Gold"));
    assert_eq!(
        typed.multipicklist("cf_882").unwrap().unwrap(),
        ["Golf", "A & B"]
    );
    assert_eq!(
        typed.value("cf_882").unwrap(),
        FieldValue::Choices(vec!["Golf".to_owned(), "A & B".to_owned()])
    );
    assert_eq!(typed.value("title").unwrap(), FieldValue::Empty);
}

#[test]
fn a_field_is_not_read_as_another_type() {
    let describe = recorded("v7/032-webservice-describe-Contacts").described();
    let record = recorded("v7/185-webservice-retrieve-Contact_special_chars").record();
    let typed = record.typed(&describe);
    assert!(typed.date("cf_902").is_err());
    assert!(typed.owner("account_id").is_err());
    assert!(typed.reference("assigned_user_id").is_err());
    assert!(typed.integer("cf_888").is_err());
    assert!(typed.picklist("cf_882").is_err());
    assert!(typed.boolean("lastname").is_err());
    let error = typed.date("nosuch").unwrap_err();
    assert_eq!(error.field(), "nosuch");
}

#[test]
fn a_value_that_is_not_of_its_type_is_an_error() {
    let describe = recorded("v7/032-webservice-describe-Contacts").described();
    let record = Record::from_json(
        Json::parse(
            r#"{"cf_898":"31-12-2026","cf_896":"seven","account_id":"Acme","cf_894":"noon",
                "createdtime":"yesterday","cf_886":"perhaps"}"#,
        )
        .unwrap(),
    )
    .unwrap();
    let typed = record.typed(&describe);
    assert!(typed.date("cf_898").is_err());
    assert!(typed.integer("cf_896").is_err());
    assert!(typed.reference("account_id").is_err());
    assert!(typed.time("cf_894").is_err());
    assert!(typed.timestamp("createdtime", &TimeZone::UTC).is_err());
    assert!(typed.boolean("cf_886").is_err());
    for field in [
        "cf_898",
        "cf_896",
        "account_id",
        "cf_894",
        "createdtime",
        "cf_886",
    ] {
        assert_eq!(typed.value(field).unwrap_err().field(), field);
    }
}

#[test]
fn the_secrets_of_a_recorded_user_do_not_show() {
    let exchange = recorded("v7/233-webservice-retrieve-user");
    let record = exchange.record();
    let shown = format!("{record:?}");
    for column in ["user_password", "confirm_password", "accesskey"] {
        let secret = record.text(column).into_owned();
        assert!(secret.len() > 5, "{column} is not recorded");
        assert!(!shown.contains(&secret), "{column} shows");
    }
    assert!(shown.contains("admin@example.test"));
}

/// What a value says, whichever way it is written.
fn meaning(of: &str, text: &str) -> String {
    match of {
        "integer" | "double" | "currency" | "decimal" if !text.is_empty() => text
            .parse::<rust_decimal::Decimal>()
            .map_or_else(|_| text.to_owned(), |number| number.normalize().to_string()),
        "boolean" => match text {
            "on" => "1".to_owned(),
            "off" => "0".to_owned(),
            other => other.to_owned(),
        },
        "time" if text.len() == 5 => format!("{text}:00"),
        _ => text.to_owned(),
    }
}

#[test]
fn every_field_of_every_recorded_record_reads_by_its_type_and_says_the_same() {
    let mut fields = 0;
    for generation in ["v5", "v7"] {
        let describes = describes(generation);
        for name in names(generation) {
            let exchange = recorded(&name);
            let one = ["retrieve", "create", "update", "revise"].contains(&&*exchange.operation);
            if exchange.api != "webservice" || !one {
                continue;
            }
            let Ok(result) = exchange.result() else {
                continue;
            };
            let record = Record::from_json(result).unwrap();
            let prefix = record
                .id()
                .unwrap_or_else(|| panic!("{name} has no id"))
                .prefix;
            let Some(describe) = describes.get(&prefix) else {
                continue;
            };
            let typed = record.typed(describe);
            for field in &describe.fields {
                let of = field.field_type.name();
                let raw = record.text(&field.name);
                let zero = raw.starts_with("0000-00-00");
                let verbatim = of == "time" && raw.contains("pm");
                if record.get(&field.name).is_none() || zero || verbatim {
                    continue;
                }
                let value = typed
                    .value(&field.name)
                    .unwrap_or_else(|error| panic!("{name}: {error}"));
                let read = match value.encode(&TimeZone::UTC) {
                    Json::Text(text) => text,
                    _ => continue,
                };
                // Stored without the blanks around the separator, as it was typed.
                let raw = raw.replace(" |##| ", "|##|").replace("|##|", " |##| ");
                assert_eq!(
                    meaning(of, &read),
                    meaning(of, &raw),
                    "{name} {}",
                    field.name
                );
                fields += 1;
            }
        }
    }
    assert!(fields > 4000, "{fields}");
}
