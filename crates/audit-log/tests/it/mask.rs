//! What masking leaves: enough to see what happened.

mod odd;
mod pairs;

use audit_log::{Bodies, Entry, EventName, Level, MaskOptions, PersonalData, mask};
use serde_json::{Value, json};

use crate::planted::corpus;

/// An exchange of JSON.
fn exchange(level: Level, request: &str, response: &str) -> Entry {
    let bodies = Bodies {
        url: "https://crm.test/api/clients/9001?page=2".to_owned(),
        request: request.to_owned(),
        response: response.to_owned(),
        ..Bodies::default()
    };
    Entry::new(level, EventName::HttpExchange, "It was so.").bodies(bodies)
}

fn masked(mut entry: Entry, body_bytes: usize) -> Entry {
    let options = MaskOptions {
        body_bytes,
        ..MaskOptions::default()
    };
    mask::entry(&mut entry, &options);
    entry
}

/// What is left of an answer.
fn answer(level: Level, response: &Value) -> Value {
    let entry = masked(exchange(level, "", &response.to_string()), 100_000);
    serde_json::from_str(&entry.bodies.unwrap().response).unwrap()
}

#[test]
fn ids_statuses_dates_amounts_and_codes_stay() {
    let row = json!({
        "id": 9001, "customer_id": "12x34", "external_id": "crmconnect:client:42",
        "uuid": "0b54f7f2-6f3a-4d86-8c19-5a2f60d1c3e4", "number": "INV-2026-000123",
        "status": "Partially paid", "type": "Klant", "currency": "EUR", "country": "NL",
        "created_at": "2026-03-01T10:00:00Z", "modifiedtime": "2026-11-21 19:36:14",
        "date": "01-03-2026", "total": "12500.50", "amount": 1250.5, "quantity": 3,
        "balance": -12.75, "active": "1", "paid": true, "note": null, "email": "",
        "language": "nl_NL", "uri": "/relaties/0b54f7f2-6f3a-4d86-8c19-5a2f60d1c3e4/facturen",
        "errorCode": "REL-0002", "count": 25, "priority": "High",
    });
    let list = json!({"status": true, "data": [row.clone(), row], "meta": {"page": 1, "total": 2}});
    assert_eq!(answer(Level::Debug, &list), list);
}

#[test]
fn the_path_that_was_called_is_named_even_if_a_body_holds_a_word_of_it() {
    let body = r#"{"source":"WEBSERVICE","name":"Zonnebloem"}"#;
    let mut entry = exchange(Level::Error, body, body)
        .method("POST")
        .path("/webservice.php?operation=revise");
    let called = "POST /webservice.php?operation=revise";
    entry.message = format!("{called}: WEBSERVICE knows Zonnebloem already.");
    let entry = masked(entry, 10_000);
    assert_eq!(
        entry.message,
        format!("{called}: [masked 10] knows [masked 10] already.")
    );
}

#[test]
fn numbers_stay_as_they_were_written() {
    let body = r#"{"id":9001,"balance":12345678901234567.89,"limit":0.10,"x":1e3}"#;
    let entry = masked(exchange(Level::Debug, body, body), 10_000);
    assert_eq!(entry.bodies.unwrap().response, body);
}

#[test]
fn people_go_and_their_texts_show_how_long_they_were() {
    let shown = answer(
        Level::Debug,
        &json!({
            "name": "Jan", "company": "Acme B.V.", "phone": 612345678, "bsn": 111222333,
            "zip": "4461 AB", "birthday": "1980-02-29", "kenmerk": "iets", "vat": "NL1",
            "phones": [{"number": "5550142"}], "contact": {"initials": "J.", "age": 41},
            "x": 111222333, "website": "https://jan.example",
        }),
    );
    assert_eq!(
        shown,
        json!({
            "name": "[masked 3]", "company": "[masked 9]", "phone": "[masked 9]",
            "bsn": "[masked 9]", "zip": "[masked 7]", "birthday": "[masked 10]",
            "kenmerk": "[masked 4]", "vat": "[masked 3]",
            "phones": [{"number": "[masked 7]"}], "contact": {"initials": "[masked 2]", "age": 41},
            "x": "[masked 9]", "website": "[masked 19]",
        })
    );
}

#[test]
fn the_sentences_our_clients_fixtures_refuse_with_stay() {
    for sentence in [
        "The record is not valid.",
        "The company field is required.",
        "Invalid reference specified for account_id",
        "Not authorized. Please ask account admin to update your group permissions.",
        "Photo not found.",
        "billable must be true or false",
        "Name can't be blank,Location type can't be blank",
        "Idempotency-Key was used with another body",
        "Rate limit exceeded",
        "Permission to perform the operation is denied for id",
        "De relatiecode is al in gebruik.",
        "Forbidden",
    ] {
        for body in [
            json!({"message": sentence}),
            json!({"success": false, "error": {"code": "ACCESS_DENIED", "message": sentence}}),
            json!({"errors": [sentence]}),
            json!([{"errorCode": "REL-0002", "message": sentence}]),
        ] {
            assert_eq!(answer(Level::Error, &body), body);
        }
        assert_eq!(answer(Level::Error, &json!(sentence)), json!(sentence));
    }
}

#[test]
fn a_sentence_about_somebody_loses_them_alone() {
    let request = r#"{"name":"Jan de Vries","email":"jan@voorbeeld.nl","street":"Kade 17"}"#;
    let response = r#"{"message":"Client JAN DE VRIES (jan@voorbeeld.nl) of kade 17 exists already, see id 9001.","code":"DUPLICATE"}"#;
    let mut entry = exchange(Level::Error, request, response);
    entry.message = "Client Jan de Vries exists already.".to_owned();
    let entry = masked(entry, 10_000);
    assert_eq!(entry.message, "Client [masked 12] exists already.");
    assert_eq!(
        entry.bodies.unwrap().response,
        r#"{"message":"Client [masked 12] (j***@v***.nl) of [masked 7] exists already, see id 9001.","code":"DUPLICATE"}"#
    );
}

#[test]
fn an_address_keeps_its_ids_and_its_questions_keep_their_words() {
    let shown = |url: &str, path: &str| {
        let mut entry = exchange(Level::Debug, "", "").path(path);
        if let Some(bodies) = &mut entry.bodies {
            bodies.url = url.to_owned();
        }
        masked(entry, 10_000).bodies.unwrap().url
    };
    for (url, path, expected) in [
        (
            "https://c.test/api/clients/9001?page=2&limit=50",
            "/clients/{id}",
            "https://c.test/api/clients/9001?page=2&limit=50",
        ),
        (
            "https://c.test/api/search/Jan%20Jansen",
            "/search/{q}",
            "https://c.test/api/search/[masked 10]",
        ),
        (
            "https://c.test/x?$filter=naam%20eq%20'Jan'%20and%20code%20gt%2010&$top=5",
            "/x",
            "https://c.test/x?$filter=naam eq '[masked 3]' and code gt 10&$top=5",
        ),
        (
            "https://c.test/w.php?operation=query&query=select+*+from+Contacts+where+id='12x34'+and+city='Goes';",
            "/w.php",
            "https://c.test/w.php?operation=query&query=select * from Contacts where id='12x34' and city='[masked 4]';",
        ),
        (
            "https://c.test/x?email=jan%40x.nl&updated_since=2026-11-22",
            "/x",
            "https://c.test/x?email=[masked 8]&updated_since=2026-11-22",
        ),
    ] {
        assert_eq!(shown(url, path), expected);
    }
}

#[test]
fn a_call_by_hand_brings_no_person_in_by_its_path() {
    for (path, template, url) in [
        (
            "clients/search/Jan",
            "clients/search/{value}",
            "https://c.test/api/clients/search/[masked 3]",
        ),
        (
            "clients/jan@example.test",
            "clients/{value}",
            "https://c.test/api/clients/[masked 16]",
        ),
        (
            "clients/Jan%20Jansen/notes",
            "clients/{value}/notes",
            "https://c.test/api/clients/[masked 10]/notes",
        ),
        (
            "clients/9001/v2.1/Search",
            "clients/9001/v2.1/Search",
            "https://c.test/api/clients/9001/v2.1/Search",
        ),
    ] {
        let mut entry = exchange(Level::Debug, "", "").path(path).method("GET");
        entry.message = format!("GET {path} succeeded.");
        if let Some(bodies) = &mut entry.bodies {
            bodies.url = format!("https://c.test/api/{path}");
        }
        let entry = masked(entry, 10_000);
        assert_eq!(entry.path.as_deref(), Some(template));
        assert_eq!(entry.message, format!("GET {template} succeeded."));
        assert_eq!(entry.bodies.unwrap().url, url);
    }
}

#[test]
fn headers_that_are_not_known_to_be_harmless_are_redacted() {
    let mut entry = exchange(Level::Debug, "", "");
    if let Some(bodies) = &mut entry.bodies {
        bodies.request_headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("x-who".to_owned(), "Jan".to_owned()),
        ];
        bodies.response_headers = vec![
            ("retry-after".to_owned(), "30".to_owned()),
            ("Set-Cookie".to_owned(), "a=b".to_owned()),
            (
                "link".to_owned(),
                "<https://crm.test/clients?page=3&q=Jan+Jansen>; rel=\"next\"".to_owned(),
            ),
            (
                "location".to_owned(),
                "https://crm.test/clients/17".to_owned(),
            ),
        ];
    }
    let bodies = masked(entry, 10_000).bodies.unwrap();
    let value = |headers: &[(String, String)], at: usize| headers[at].1.clone();
    assert_eq!(value(&bodies.request_headers, 0), "application/json");
    assert_eq!(value(&bodies.request_headers, 1), "[redacted]");
    assert_eq!(value(&bodies.response_headers, 0), "30");
    assert_eq!(value(&bodies.response_headers, 1), "[redacted]");
    assert_eq!(
        value(&bodies.response_headers, 2),
        "<https://crm.test/clients?page=3&q=[masked 10]>; rel=\"next\""
    );
    assert_eq!(
        value(&bodies.response_headers, 3),
        "https://crm.test/clients/17"
    );
}

#[test]
fn a_long_body_is_cut_as_valid_json_and_says_how_much_is_missing() {
    let rows: Vec<Value> = (0..2_000)
        .map(|id| json!({"id": id, "name": "Jan Jansen", "deep": {"list": [1, 2, {"total": "1.50"}]}}))
        .collect();
    let body = json!({"data": rows}).to_string();
    for limit in [500, 1_000, 4_096, 32_768] {
        let shown = masked(exchange(Level::Debug, &body, &body), limit)
            .bodies
            .unwrap()
            .response;
        assert!(shown.len() <= limit, "{limit}: {}", shown.len());
        assert!(shown.len() >= limit / 8, "{limit}: {}", shown.len());
        let json: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(json["data"][0]["id"], 0);
        let said = shown.split("\"__truncated__\":\"").nth(1).unwrap();
        let missing: usize = said.split(' ').next().unwrap().parse().unwrap();
        assert!(
            missing > body.len() - limit && missing < body.len(),
            "{missing}"
        );
        assert_eq!(shown.matches("__truncated__").count(), 1);
    }
}

#[test]
fn what_cannot_be_read_is_not_kept() {
    let shown = |level, body: &str| {
        masked(exchange(level, "", body), 10_000)
            .bodies
            .unwrap()
            .response
    };
    assert_eq!(
        shown(Level::Debug, r#"{"id":1,"name":"Jan Jan"#),
        r#"{"id":1,"name":"[masked 7]","__truncated__":"0 bytes"}"#
    );
    assert_eq!(
        shown(Level::Debug, r#"{"id":1,"x":oops,"name":"Jan"}"#),
        r#"{"id":1,"x":null,"__truncated__":"18 bytes"}"#
    );
    assert_eq!(shown(Level::Debug, "Jan Jansen,Kade 17"), "[masked 18]");
    assert_eq!(shown(Level::Debug, "OK"), "OK");
    assert_eq!(
        shown(
            Level::Error,
            "<b>Notice</b>: line 12<br />{\"success\":true,\"name\":\"Jan\"}"
        ),
        "<b>Notice</b>: line 12<br />\n{\"success\":true,\"name\":\"[masked 3]\"}"
    );
}

#[test]
fn details_keep_what_our_own_crates_say_and_lose_secrets_and_people() {
    let entry = Entry::new(
        Level::Info,
        EventName::ConnectionTest,
        "jan@x.nl tested it.",
    )
    .detail(
        "steps",
        json!([{"name": "login", "ok": true, "text": "Logged in as jan@x.nl."}]),
    )
    .detail("password", "hunter2-hunter2")
    .detail("phone", "0612345678")
    .detail("counts", json!({"client": {"created": 3}}))
    .detail("kind", "validation");
    let entry = masked(entry, 10_000);
    assert_eq!(entry.message, "j***@x***.nl tested it.");
    assert_eq!(
        Value::Object(entry.details),
        json!({
            "steps": [{"name": "login", "ok": true, "text": "Logged in as j***@x***.nl."}],
            "password": "[redacted]", "phone": "[masked 10]", "kind": "validation",
            "counts": {"client": {"created": 3}},
        })
    );
}

#[test]
fn personal_data_can_be_kept_but_no_secret() {
    let body = r#"{"name":"Jan Jansen","password":"hunter2","message":"Jan: token=abc123"}"#;
    let mut entry = exchange(Level::Error, body, body);
    let options = MaskOptions {
        personal_data: PersonalData::Keep,
        ..MaskOptions::default()
    };
    mask::entry(&mut entry, &options);
    let shown: Value = serde_json::from_str(&entry.bodies.unwrap().request).unwrap();
    assert_eq!(
        shown,
        json!({"name": "Jan Jansen", "password": "[redacted]", "message": "Jan: token=[redacted]"})
    );
}

#[test]
fn bodies_of_real_systems_keep_their_shape_and_are_masked_once() {
    for fixture in corpus::all() {
        let body = fixture.json.to_string();
        let once = masked(exchange(Level::Error, &body, &body), usize::MAX / 64);
        let shown: Value = serde_json::from_str(&once.bodies.as_ref().unwrap().response)
            .unwrap_or_else(|error| panic!("{}: {error}", fixture.path.display()));
        same_shape(&fixture.json, &shown, &fixture.path.display().to_string());
        let twice = masked(once.clone(), usize::MAX / 64);
        let (once, twice) = (once.bodies.unwrap().request, twice.bodies.unwrap().request);
        let differs = once.bytes().zip(twice.bytes()).position(|(a, b)| a != b);
        if let Some(at) = differs {
            panic!(
                "{}: {:.80} | {:.80}",
                fixture.path.display(),
                &once[at - 20..],
                &twice[at - 20..]
            );
        }
    }
}

/// Booleans, nulls, lists and ids stay; texts may be masked.
fn same_shape(before: &Value, after: &Value, place: &str) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            assert_eq!(before.len(), after.len(), "{place}");
            for (name, value) in before {
                let Some(shown) = after.get(name) else {
                    continue;
                };
                let id = name == "id" || name.ends_with("_id");
                if id && !value.is_object() && value != shown {
                    let text = value.as_str().unwrap_or_default();
                    assert!(
                        !text.bytes().any(|byte| byte.is_ascii_digit()) || text.contains(' '),
                        "{place}: {value}"
                    );
                }
                same_shape(value, shown, place);
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            assert_eq!(before.len(), after.len(), "{place}");
            for (before, after) in before.iter().zip(after) {
                same_shape(before, after, place);
            }
        }
        (Value::Bool(_) | Value::Null, _) if after != "[redacted]" => {
            assert_eq!(before, after, "{place}")
        }
        _ => {}
    }
}
