use proptest::prelude::*;

use serde_json::json;

use super::*;

fn records(keys: &[&str]) -> Vec<BatchRecord> {
    keys.iter()
        .map(|key| BatchRecord::create(*key, Map::new()))
        .collect()
}

fn results(text: &str) -> Vec<Box<RawValue>> {
    serde_json::from_str(text).unwrap()
}

fn shown(records: &[BatchRecord], text: &str) -> Vec<String> {
    match_up("clients.push_batch", records, &results(text))
        .into_iter()
        .map(|result| match result.outcome {
            BatchOutcome::Written { id, action } => format!("{action} {id}"),
            BatchOutcome::Rejected(error) => format!("rejected {}", error.kind()),
            BatchOutcome::Unknown(error) => {
                assert_eq!(error.send_outcome(), SendOutcome::Unknown);
                "unknown".to_owned()
            }
            BatchOutcome::NotSent(_) => "not sent".to_owned(),
        })
        .collect()
}

#[test]
fn results_in_another_order_find_their_records() {
    assert_eq!(
        shown(
            &records(&["a", "b"]),
            r#"[{"external_id":"b","id":"2","action":"updated"},
                {"external_id":"a","id":1,"action":"created"}]"#
        ),
        ["created 1", "updated 2"]
    );
}

#[test]
fn a_record_the_answer_leaves_out_is_unknown() {
    assert_eq!(
        shown(
            &records(&["a", "b", "c"]),
            r#"[{"external_id":"a","id":"1"},{"external_id":"c","id":"3"}]"#
        ),
        ["created 1", "unknown", "created 3"]
    );
}

#[test]
fn a_record_the_answer_mentions_twice_is_unknown() {
    assert_eq!(
        shown(
            &records(&["a", "b"]),
            r#"[{"external_id":"a","id":"1"},{"external_id":"a","id":"7"},
                {"external_id":"b","id":"2"}]"#
        ),
        ["unknown", "created 2"]
    );
}

#[test]
fn a_server_that_drops_the_keys_is_matched_by_position() {
    assert_eq!(
        shown(
            &records(&["a", "b"]),
            r#"[{"id":"1","action":"created"},{"error":{"code":"validation_failed","message":"x"}}]"#
        ),
        ["created 1", "rejected validation"]
    );
}

#[test]
fn positions_mean_nothing_when_a_result_is_missing() {
    assert_eq!(
        shown(&records(&["a", "b"]), r#"[{"id":"1","action":"created"}]"#),
        ["unknown", "unknown"]
    );
    assert_eq!(
        shown(
            &records(&["a", "b"]),
            r#"[{"id":"1"},{"id":"2"},{"id":"3"}]"#
        ),
        ["unknown", "unknown"]
    );
}

#[test]
fn a_key_of_another_record_spoils_the_positions() {
    assert_eq!(
        shown(
            &records(&["a", "b"]),
            r#"[{"external_id":"b","id":"2"},{"id":"1"}]"#
        ),
        ["unknown", "created 2"]
    );
    assert_eq!(
        shown(
            &records(&["a", "b"]),
            r#"[{"external_id":"x","id":"1"},{"id":"2"}]"#
        ),
        ["unknown", "unknown"]
    );
}

#[test]
fn a_success_without_an_id_is_unknown_for_a_create() {
    assert_eq!(
        shown(
            &records(&["a"]),
            r#"[{"external_id":"a","action":"created"}]"#
        ),
        ["unknown"]
    );
    let update = [BatchRecord::update("a", "9", Map::new())];
    assert_eq!(
        shown(&update, r#"[{"external_id":"a","action":"unchanged"}]"#),
        ["unchanged 9"]
    );
    assert_eq!(shown(&update, r#"[{"external_id":"a"}]"#), ["unknown"]);
}

#[test]
fn an_update_answered_with_another_id_is_unknown() {
    let update = [BatchRecord::update("a", "9", Map::new())];
    assert_eq!(
        shown(
            &update,
            r#"[{"external_id":"a","id":"10","action":"updated"}]"#
        ),
        ["unknown"]
    );
}

#[test]
fn garbage_in_place_of_a_result_is_unknown() {
    assert_eq!(
        shown(&records(&["a", "b"]), r#"[{"id":"1"},"ok"]"#),
        ["created 1", "unknown"]
    );
    assert_eq!(shown(&records(&["a"]), "[]"), ["unknown"]);
    assert_eq!(shown(&records(&["a"]), "[null]"), ["unknown"]);
}

#[test]
fn a_rejection_keeps_the_servers_words() {
    let answer = match_up(
        "clients.push_batch",
        &records(&["a"]),
        &results(
            r#"[{"external_id":"a","error":{"code":"validation_failed",
                "message":"<p>The record is not valid.</p>","fields":{"vat":"Too long."}}}]"#,
        ),
    );
    let error = answer[0].outcome.error().unwrap();
    assert_eq!(error.message(), "The record is not valid.");
    assert_eq!(error.code_str(), Some("validation_failed"));
    assert_eq!(error.field_errors()["vat"], "Too long.");
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
}

#[test]
fn every_shape_of_a_rejection_is_one() {
    for (text, kind) in [
        (
            r#"[{"external_id":"a","error":"Nope"}]"#,
            "rejected validation",
        ),
        (
            r#"[{"external_id":"a","error":{"vat":"Too long."}}]"#,
            "rejected validation",
        ),
        (
            r#"[{"external_id":"a","id":"1","status":false}]"#,
            "rejected validation",
        ),
        (
            r#"[{"external_id":"a","success":"0","message":"x"}]"#,
            "rejected validation",
        ),
        (
            r#"[{"external_id":"a","errors":{"vat":["x"]}}]"#,
            "rejected validation",
        ),
        (
            r#"[{"external_id":"a","error":{"code":"not_found"}}]"#,
            "rejected not_found",
        ),
    ] {
        assert_eq!(shown(&records(&["a"]), text), [kind], "{text}");
    }
}

#[test]
fn an_error_that_says_there_is_none_is_none() {
    for none in ["0", "\"0\"", "\"false\""] {
        let answer =
            format!(r#"[{{"external_id":"a","id":"1","action":"created","error":{none}}}]"#);
        assert_eq!(shown(&records(&["a"]), &answer), ["created 1"], "{none}");
    }
}

#[test]
fn a_batch_whose_results_could_not_be_told_apart_is_not_sent() {
    assert!(fault(&records(&["a", "a"])).unwrap().contains("twice"));
    assert_eq!(fault(&records(&["a", "b"])), None);
    let update = BatchRecord::update("a", "9", Map::new());
    let again = BatchRecord::update("b", "9", Map::new());
    assert!(fault(&[update, again]).unwrap().contains('9'));
}

/// An entry of an answer: keys and ids of a small alphabet, so that they meet.
fn entry() -> impl Strategy<Value = Value> {
    let key = prop::option::of(prop::sample::select(vec!["a", "b", "c", "x", ""]));
    let id = prop::option::of(prop::sample::select(vec!["1", "2", "9", "0"]));
    let action = prop::option::of(prop::sample::select(vec!["created", "unchanged", "odd"]));
    (key, id, action, any::<bool>(), 0..12_u8).prop_map(|(key, id, action, fails, odd)| match odd {
        0 => Value::Null,
        1 => json!(["list"]),
        _ if fails => json!({"external_id": key, "id": id, "error": {"code": "x"}}),
        _ => json!({"external_id": key, "id": id, "action": action}),
    })
}

proptest! {
    #[test]
    fn whatever_the_answer_each_record_has_one_result_and_no_invented_id(
        entries in prop::collection::vec(entry(), 0..5),
        update in any::<bool>(),
    ) {
        let mut sent = records(&["a", "b", "c"]);
        if update {
            sent[1].id = Some(RecordId::new("9"));
        }
        let raws = results(&Value::Array(entries.clone()).to_string());
        let matched = match_up("clients.push_batch", &sent, &raws);
        prop_assert_eq!(matched.len(), sent.len());
        for (record, result) in sent.iter().zip(&matched) {
            prop_assert_eq!(&record.external_id, &result.external_id);
            let Some(id) = result.outcome.written() else { continue };
            // A yes needs an entry that says so, without an error and not another's.
            let said = entries.iter().any(|entry| {
                let key = entry["external_id"].as_str().unwrap_or_default();
                let own = key.is_empty() || Some(key) == record.external_id.as_deref();
                let same = entry["id"] == id.as_str()
                    || (record.id.as_ref() == Some(id) && entry["action"].is_string());
                own && same && entry["error"].is_null()
            });
            prop_assert!(said, "{record:?} {entries:?} {result:?}");
            if let Some(own) = &record.id {
                prop_assert_eq!(own, id);
            }
        }
    }
}
