use proptest::prelude::*;

use super::*;

const FORM: Option<&str> = Some("application/x-www-form-urlencoded; charset=UTF-8");
const JSON: Option<&str> = Some("application/json");

fn read(body: &str) -> Posted {
    Posted::read(None, body.as_bytes()).unwrap()
}

#[test]
fn the_id_is_found_wherever_it_stands() {
    let record = |text: &str| Some(PostedId::Record(text.parse().unwrap()));
    for (body, expected) in [
        (r#"{"id":"12x3","lastname":"S"}"#, record("12x3")),
        (
            r#"{"record":"12x3","fields":{"lastname":"S"}}"#,
            record("12x3"),
        ),
        (
            r#"{"data":{"record_id":345,"lastname":"S"}}"#,
            Some(PostedId::Number(345)),
        ),
        (r#"{"result":{"record":{"id":"12x3"}}}"#, record("12x3")),
        (r#"{"record":{"id":"12x3","lastname":"S"}}"#, record("12x3")),
        (r#"{"id":"evt-1","record":"12x3"}"#, record("12x3")),
        (
            r#"{"crmid":"abc"}"#,
            Some(PostedId::Other("abc".to_owned())),
        ),
        (r#"{"id":0,"lastname":"S"}"#, None),
        (r#"{"lastname":"S"}"#, None),
        ("record=12x3&lastname=S", record("12x3")),
        ("data[id]=345&data[lastname]=S", Some(PostedId::Number(345))),
        ("payload=%7B%22id%22%3A%2212x3%22%7D", record("12x3")),
    ] {
        assert_eq!(read(body).id, expected, "{body}");
    }
}

#[test]
fn the_fields_are_found_wherever_they_stand() {
    for body in [
        r#"{"id":"12x3","lastname":"Smith"}"#,
        r#"{"id":"12x3","fields":{"lastname":"Smith"}}"#,
        r#"{"id":"12x3","data":{"fields":{"lastname":"Smith"}}}"#,
        r#"{"id":"12x3","fields":[{"name":"lastname","value":"Smith"}]}"#,
        r#"{"record":{"blocks":[{"label":"A","fields":[{"name":"lastname","value":"Smith","label":"Last"}]}],"id":"12x3"}}"#,
        r#"{"payload":"{\"id\":\"12x3\",\"lastname\":\"Smith\"}"}"#,
        "lastname=Smith",
        "fields%5Blastname%5D=Smith",
        "data[fields][lastname]=Smith",
        "payload=%7B%22lastname%22%3A%22Smith%22%7D",
    ] {
        let posted = read(body);
        assert_eq!(posted.text("lastname"), "Smith", "{body}");
        assert!(!posted.fields.contains_key("id"), "{body}");
    }
}

#[test]
fn references_lose_their_labels_and_lists_stay() {
    let posted = read(
        r#"{"fields":{"account_id":{"value":"11x3","label":"Acme"},"n":1.50,"lines":[{"a":1}]}}"#,
    );
    assert_eq!(posted.text("account_id"), "11x3");
    assert_eq!(posted.text("n"), "1.50");
    assert_eq!(posted.fields["lines"].to_string(), r#"[{"a":1}]"#);
    let posted = read("fields[tags][]=a&fields[tags][]=b&fields[x][y]=1");
    assert_eq!(posted.fields["tags"].to_string(), r#"["a","b"]"#);
    assert_eq!(posted.fields["x"].to_string(), r#"{"y":"1"}"#);
}

#[test]
fn module_event_and_the_rest_are_kept_apart() {
    let mut posted = read("module=Contacts&event=created&key=s3cret&fields[lastname]=Smith");
    assert_eq!(posted.module.as_deref(), Some("Contacts"));
    assert_eq!(posted.event.as_deref(), Some("created"));
    assert_eq!(posted.take("key").as_deref(), Some("s3cret"));
    assert!(posted.rest.is_empty());
    assert_eq!(posted.take("key"), None);
}

#[test]
fn several_records_are_read_together_only_when_asked_for() {
    let body = br#"[{"id":"12x3"},{"id":"12x4"}]"#;
    assert_eq!(Posted::read(JSON, body), Err(PostedError::Several(2)));
    let all = Posted::read_all(JSON, body, Limits::default()).unwrap();
    assert_eq!(all.len(), 2);
}

#[test]
fn a_body_that_cannot_be_read_is_an_error_and_never_an_empty_record() {
    for (kind, body, expected) in [
        (JSON, "", PostedError::Empty),
        (FORM, " \n", PostedError::Empty),
        (JSON, "7", PostedError::NoObject),
        (JSON, "[1]", PostedError::NoObject),
        (JSON, "[]", PostedError::Empty),
        (None, "<xml/>", PostedError::Unsupported),
        (
            Some("multipart/form-data; boundary=x"),
            "--x",
            PostedError::Unsupported,
        ),
    ] {
        assert_eq!(Posted::read(kind, body.as_bytes()), Err(expected), "{body}");
    }
    assert!(matches!(
        Posted::read(JSON, b"{\"a\":"),
        Err(PostedError::Json(_))
    ));
    assert!(matches!(
        Posted::read(JSON, b"{\"a\":\"\xff\"}"),
        Err(PostedError::Json(_))
    ));
}

#[test]
fn bounds_hold() {
    let limits = Limits {
        bytes: 100,
        parameters: 2,
        depth: 3,
        records: 1,
    };
    let read = |body: &str| Posted::read_all(None, body.as_bytes(), limits);
    assert_eq!(read(&"a".repeat(101)), Err(PostedError::TooLarge("bytes")));
    assert_eq!(
        read("a=1&b=2&c=3"),
        Err(PostedError::TooLarge("parameters"))
    );
    assert_eq!(read("a[b][c][d]=1"), Err(PostedError::TooLarge("levels")));
    assert_eq!(read("[{},{}]"), Err(PostedError::TooLarge("records")));
    let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
    assert!(matches!(
        Posted::read(None, deep.as_bytes()),
        Err(PostedError::Json(_))
    ));
}

#[test]
fn debug_shows_no_secret() {
    let posted = read(r#"{"fields":{"user_password":"hunter2-hunter2"},"token":"t0ken-t0ken"}"#);
    let shown = format!("{posted:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(!shown.contains("t0ken-t0ken"), "{shown}");
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(kind in "(application/json|text/plain|)", body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let read = Posted::read_all(Some(&kind), &body, Limits::default());
        if let Ok(all) = read {
            prop_assert!(all.len() <= Limits::default().records);
        }
    }

    #[test]
    fn no_form_makes_it_panic(body in "[a-c\\[\\]=&%0-9]{0,80}") {
        let read = Posted::read_all(FORM, body.as_bytes(), Limits::default());
        prop_assert!(!matches!(read, Err(PostedError::Json(_))) || body.starts_with('['));
    }

    #[test]
    fn the_fields_of_a_form_survive(values in proptest::collection::btree_map("[a-z_]{1,10}", "\\PC{0,20}", 1..6)) {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &values {
            form.append_pair(&format!("fields[{name}]"), value);
        }
        let posted = Posted::read(FORM, form.finish().as_bytes()).unwrap();
        for (name, value) in values.iter().filter(|(name, _)| *name != "id") {
            prop_assert_eq!(posted.text(name), value.as_str());
        }
    }

    #[test]
    fn only_the_very_same_secret_fits(secret in "[a-z]{1,20}", other in "[a-z]{0,20}") {
        let fits = secret_matches(&secret.clone().into(), &other);
        prop_assert_eq!(fits, secret == other);
    }
}
