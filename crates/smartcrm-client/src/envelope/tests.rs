use super::*;

fn parse(text: &str) -> Envelope {
    Envelope::parse(text.as_bytes()).unwrap()
}

#[test]
fn a_wrapped_list_gives_its_records_and_its_meta() {
    let answer = parse(
        r#"{"status":true,"data":[{"id":"1"},{"id":"2"}],
            "meta":{"page":"1","per_page":50,"total":120,"total_pages":3,"has_more":"1"}}"#,
    );
    assert_eq!(answer.ok, Some(true));
    assert_eq!(answer.list().unwrap().len(), 2);
    assert_eq!(answer.meta.total, Some(120));
    assert_eq!(answer.meta.has_more, Some(true));
    assert_eq!(answer.meta.page, Some(1));
}

#[test]
fn a_bare_list_and_a_bare_record_are_read_as_they_are() {
    assert_eq!(parse(r#"[{"id":1}]"#).list().unwrap().len(), 1);
    let record = parse(r#"{"id":"7","status":"Open","message":"<p>Hi</p>","subject":"x"}"#);
    assert!(!record.wrapped);
    assert_eq!(record.ok, None);
    assert!(record.record().unwrap().get().contains("subject"));
    assert!(record.list().is_none());
}

#[test]
fn a_project_whose_status_is_a_word_is_not_taken_for_a_wrapper() {
    let record = parse(r#"{"id":"7","name":"Roof","status":"in_progress"}"#);
    assert!(!record.wrapped);
}

#[test]
fn the_id_of_a_create_is_found_wherever_it_is() {
    let paths = crate::Profile::smartcrm().id_fields;
    for body in [
        r#"{"status":true,"id":"9001"}"#,
        r#"{"status":true,"record_id":9001}"#,
        r#"{"status":true,"data":{"id":9001}}"#,
        r#"{"success":true,"insert_id":"9001","message":"ok"}"#,
    ] {
        assert_eq!(parse(body).id(&paths).as_deref(), Some("9001"), "{body}");
    }
    for body in [
        r#"{"status":true,"message":"Client added successfully."}"#,
        r#"{"status":true,"id":null}"#,
        r#"{"status":true,"id":0}"#,
        r#"{"status":true,"id":true}"#,
        r#"{"status":true,"data":[]}"#,
    ] {
        assert_eq!(parse(body).id(&paths), None, "{body}");
    }
}

#[test]
fn messages_lose_their_markup_and_maps_become_fields() {
    let answer = parse(
        r#"{"status":false,"error":{"company":"<p>Required.</p>","vat":["a","b"]},
            "message":"<p>Bad\n record</p>"}"#,
    );
    assert_eq!(answer.ok, Some(false));
    assert_eq!(answer.message.as_deref(), Some("Bad record"));
    assert_eq!(answer.fields["company"], "Required.");
    assert_eq!(answer.fields["vat"], "a b");
    assert_eq!(answer.code, None);
    assert_eq!(
        answer.sentence().unwrap(),
        "Bad record (company: Required.; vat: a b)"
    );
}

#[test]
fn errors_as_a_list_name_their_fields() {
    let answer =
        parse(r#"{"status":false,"errors":[{"field":"vat","message":"too long"},"Nope"]}"#);
    assert_eq!(answer.fields["vat"], "too long");
    assert_eq!(answer.fields["1"], "Nope");
}

#[test]
fn what_is_not_json_is_told_apart_from_what_is_broken() {
    for body in [
        "<!DOCTYPE html><html><body>Log in</body></html>",
        "<br />\n<b>Notice</b>: Undefined index: vat in <b>/x.php</b>\n{\"status\":true}",
        "{\"status\":true,\"data\":[]}\n<br /><b>Warning</b>: Cannot modify header",
        "PHP Notice: Undefined index",
        "true",
        "\"ok\"",
    ] {
        assert_eq!(
            Envelope::parse(body.as_bytes()).unwrap_err(),
            BodyFault::NotJson,
            "{body}"
        );
    }
    assert_eq!(Envelope::parse(b" \n ").unwrap_err(), BodyFault::Empty);
    for body in ["{\"status\":true,\"da", "[{\"id\":1},", "{\"a\":1}}"] {
        assert!(
            matches!(Envelope::parse(body.as_bytes()), Err(BodyFault::Broken(_))),
            "{body}"
        );
    }
    assert!(matches!(
        Envelope::parse(b"{\"a\":\"\xff\"}"),
        Err(BodyFault::Broken(_))
    ));
}

#[test]
fn a_byte_order_mark_does_no_harm() {
    assert!(Envelope::parse(b"\xef\xbb\xbf{\"status\":true}").is_ok());
}
