//! Lists and queries, read page by page to their end.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use simplycrm_ws::ErrorKind;
use simplycrm_ws::mobile::{Generation, ListRequest};

use crate::mobile::{in_session, refusal, result, start};
use crate::support::{no, yes};

fn old_rows(numbers: impl IntoIterator<Item = u64>) -> Value {
    let rows: Vec<Value> = numbers
        .into_iter()
        .map(|number| json!({"id": format!("12x{number}"), "label": format!("C {number}")}))
        .collect();
    json!({"records": rows, "module": "Contacts"})
}

#[tokio::test]
async fn an_old_list_is_read_to_its_short_page_and_each_row_comes_once() {
    let (server, client) = start(Generation::Old).await;
    for (page, numbers) in [("0", 1..=99), ("1", 95..=193), ("2", 190..=200)] {
        in_session("listModuleRecords", &[("page", page)])
            .respond_with(yes(old_rows(numbers)))
            .expect(1)
            .mount(&server)
            .await;
    }
    let rows: Vec<_> = client
        .list(ListRequest::new("Contacts"))
        .try_collect()
        .await
        .unwrap();
    let numbers: Vec<u64> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_server_that_does_not_turn_pages_is_an_error() {
    let (server, client) = start(Generation::Old).await;
    in_session("listModuleRecords", &[])
        .respond_with(yes(old_rows(1..=99)))
        .expect(2)
        .mount(&server)
        .await;
    let rows: Vec<_> = client.list(ListRequest::new("Contacts")).collect().await;
    assert_eq!(rows.len(), 100);
    let error = rows.into_iter().next_back().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_new_list_is_read_while_the_server_says_that_there_is_more() {
    let (server, client) = start(Generation::New).await;
    let mut last = result("v7/374");
    last["moreRecords"] = json!(false);
    for (page, answer) in [("1", result("v7/373")), ("2", last.clone())] {
        in_session("listModuleRecords", &[("page", page)])
            .respond_with(yes(answer))
            .expect(1)
            .mount(&server)
            .await;
    }
    in_session("fetchModules", &[])
        .respond_with(no("ACCESS_DENIED", "no"))
        .expect(1)
        .mount(&server)
        .await;
    let rows: Vec<_> = client
        .list(ListRequest::new("Contacts"))
        .try_collect()
        .await
        .unwrap();
    let expected: HashSet<u64> = [result("v7/373"), last]
        .iter()
        .flat_map(|page| page["records"].as_array().unwrap().clone())
        .map(|row| row["id"].as_u64().unwrap())
        .collect();
    assert_eq!(rows.len(), expected.len());
    assert!(rows.iter().all(|row| expected.contains(&row.number)));
    assert!(
        rows.iter().all(|row| row.id.is_none()),
        "no prefix is known"
    );
}

#[tokio::test]
async fn a_server_of_one_version_with_the_shapes_of_the_other_is_followed() {
    // It names itself old and answers new: the next pages count from 1.
    let (server, client) = start(Generation::Old).await;
    let mut last = result("v7/374");
    last["moreRecords"] = json!(false);
    for (page, answer) in [("0", result("v7/373")), ("2", last)] {
        in_session("listModuleRecords", &[("page", page)])
            .respond_with(yes(answer))
            .expect(1)
            .mount(&server)
            .await;
    }
    in_session("fetchModules", &[])
        .respond_with(refusal(1404, "Operation not found: fetchModules"))
        .mount(&server)
        .await;
    let rows: Vec<_> = client
        .list(ListRequest::new("Contacts"))
        .try_collect()
        .await
        .unwrap();
    assert!(rows.len() > 20);
}

#[tokio::test]
async fn a_page_that_was_counted_for_the_wrong_generation_is_asked_for_again() {
    // It names itself new and answers old: page 1 was the second one.
    let (server, client) = start(Generation::New).await;
    for (page, numbers) in [("1", 100..=110), ("0", 1..=99)] {
        in_session("listModuleRecords", &[("page", page)])
            .respond_with(yes(old_rows(numbers)))
            .expect(if page == "1" { 2 } else { 1 })
            .mount(&server)
            .await;
    }
    let rows: Vec<_> = client
        .list(ListRequest::new("Contacts"))
        .try_collect()
        .await
        .unwrap();
    let numbers: Vec<u64> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=110).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_that_does_not_advance_ends_the_stream_with_an_error() {
    let (server, client) = start(Generation::New).await;
    let mut answer = result("v7/451");
    answer["nextPage"] = json!(1);
    in_session("query", &[])
        .respond_with(yes(answer))
        .expect(2)
        .mount(&server)
        .await;
    let rows: Vec<_> = client.query("select x from Contacts").collect().await;
    assert!(rows.into_iter().next_back().unwrap().is_err());
}

#[tokio::test]
async fn an_empty_page_that_promises_more_is_an_error() {
    let (server, client) = start(Generation::New).await;
    in_session("listModuleRecords", &[("page", "1")])
        .respond_with(yes(
            json!({"records": null, "headers": [], "moreRecords": true, "page": "1"}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    in_session("query", &[("page", "0")])
        .respond_with(yes(json!({"records": [], "nextPage": 1})))
        .expect(1)
        .mount(&server)
        .await;
    let listed = client.list(ListRequest::new("Contacts"));
    let found = client.query("select id from Contacts");
    for error in [
        listed.try_collect::<Vec<_>>().await.unwrap_err(),
        found.try_collect::<Vec<_>>().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    }
}
