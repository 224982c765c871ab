//! Lists, filters, alerts, queries, relations: what reads several records.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use simplycrm_ws::mobile::{
    Comparator, Generation, HistoryOf, HistoryStatus, ListRequest, Refusal, Related,
};
use simplycrm_ws::{BodyFault, Code, ErrorKind, RecordId, SendOutcome, Warning};
use wiremock::Mock;

use crate::mobile::{
    Without, asked, builder, in_session, recorded, refusal, result, sign_in, start,
};
use crate::support::{no, server, warnings, yes};

#[tokio::test]
async fn a_list_of_the_old_generation_has_ids_and_titles_from_page_0() {
    let (server, client) = start(Generation::Old).await;
    in_session(
        "listModuleRecords",
        &[("module", "Contacts"), ("page", "1")],
    )
    .respond_with(recorded("v5/427"))
    .expect(1)
    .mount(&server)
    .await;
    let page = client
        .list_page(&ListRequest::new("Contacts").page(1))
        .await
        .unwrap();
    assert_eq!(page.records.len(), 99);
    assert!(page.more, "a full page may not be the last one");
    let first = &page.records[0];
    assert_eq!(first.id, Some(RecordId::new(12, 222)));
    assert_eq!(first.number, 222);
    assert_eq!(first.label, "Víctor Under_score 099");
    assert!(first.fields.is_empty());
}

#[tokio::test]
async fn a_list_of_the_new_generation_has_numbers_and_columns_from_page_1() {
    let (server, client) = start(Generation::New).await;
    in_session(
        "listModuleRecords",
        &[("module", "Contacts"), ("page", "1")],
    )
    .respond_with(recorded("v7/373"))
    .expect(2)
    .mount(&server)
    .await;
    in_session("fetchModules", &[])
        .respond_with(recorded("v7/356"))
        .expect(1)
        .mount(&server)
        .await;
    let request = ListRequest::new("Contacts");
    for _ in 0..2 {
        let page = client.list_page(&request).await.unwrap();
        assert_eq!(page.records.len(), 20);
        assert!(page.more);
        assert_eq!(page.selected_filter.as_deref(), Some("7"));
        assert_eq!(page.name_fields, ["firstname", "lastname"]);
        assert_eq!(page.headers[2].field_type, "phone");
        let first = &page.records[0];
        assert_eq!(first.number, 122);
        assert_eq!(first.id, Some(RecordId::new(12, 122)), "by the modules");
        assert_eq!(first.label, "Anna O'Brien 000");
        assert_eq!(first.fields["email"].text(), "contact000@example.test");
    }
}

#[tokio::test]
async fn a_calendar_mixes_two_modules_so_its_numbers_get_no_prefix() {
    let (server, client) = start(Generation::New).await;
    in_session("listModuleRecords", &[("module", "Calendar")])
        .respond_with(recorded("v7/385"))
        .expect(1)
        .mount(&server)
        .await;
    let page = client
        .list_page(&ListRequest::new("Calendar"))
        .await
        .unwrap();
    assert!(page.records.iter().all(|record| record.id.is_none()));
    assert_eq!(page.records[0].number, 753);
    assert_eq!(asked(&server, "fetchModules").await, 0);
}

#[tokio::test]
async fn numbers_of_users_are_read_although_they_are_texts() {
    let (server, client) = start(Generation::New).await;
    in_session("listModuleRecords", &[])
        .respond_with(recorded("v7/389"))
        .mount(&server)
        .await;
    let page = client.list_page(&ListRequest::new("Users")).await.unwrap();
    let numbers: Vec<u64> = page.records.iter().map(|one| one.number).collect();
    assert_eq!(numbers, [1, 6]);
    assert_eq!(page.records[1].label, "Søren Sales");
    assert!(!page.more);
}

#[tokio::test]
async fn a_page_past_the_end_has_no_records() {
    let (server, client) = start(Generation::New).await;
    in_session("listModuleRecords", &[("page", "999")])
        .respond_with(recorded("v7/376"))
        .expect(1)
        .mount(&server)
        .await;
    let request = ListRequest::new("Contacts").page(998);
    let page = client.list_page(&request).await.unwrap();
    assert!(page.records.is_empty());
    assert!(!page.more);
}

#[tokio::test]
async fn searches_go_out_as_the_vendor_documents_them() {
    let (server, client) = start(Generation::Old).await;
    in_session(
        "listModuleRecords",
        &[
            ("searchField", r#"["email","c","a\u0026b@example.com"]"#),
            ("page", "0"),
        ],
    )
    .and(Without("searchText"))
    .respond_with(recorded("v5/428"))
    .expect(1)
    .mount(&server)
    .await;
    in_session(
        "listModuleRecords",
        &[("searchText", "Smith"), ("filterid", "7")],
    )
    .and(Without("searchField"))
    .respond_with(recorded("v5/428"))
    .expect(1)
    .mount(&server)
    .await;
    let contacts = || ListRequest::new("Contacts");
    let by_field = contacts().search_field("email", Comparator::Contains, "a&b@example.com");
    client.list_page(&by_field).await.unwrap();
    let by_text = contacts().search_text("Smith").filter("7");
    client.list_page(&by_text).await.unwrap();
}

#[tokio::test]
async fn a_search_that_the_server_may_ignore_is_told() {
    let server = server().await;
    sign_in(&server, Generation::New).await;
    in_session("listModuleRecords", &[("searchText", "Min")])
        .respond_with(recorded("v7/380"))
        .expect(1)
        .mount(&server)
        .await;
    in_session("fetchModules", &[])
        .respond_with(recorded("v7/356"))
        .mount(&server)
        .await;
    let (seen, take) = warnings();
    let client = builder(&server).on_warning(take).build().unwrap();
    let request = ListRequest::new("Contacts").search_text("Min");
    client.list_page(&request).await.unwrap();
    assert!(matches!(seen.lock().unwrap()[..], [Warning::Note { .. }]));
}

#[tokio::test]
async fn what_a_generation_cannot_list_is_refused_before_it_is_sent() {
    for (generation, request) in [
        (Generation::New, ListRequest::new("HelpDesk").alert("1")),
        (Generation::Old, ListRequest::new("Contacts").order_by("id")),
        (
            Generation::New,
            ListRequest::new("Contacts").order_by("id; drop table x"),
        ),
        (Generation::New, ListRequest::new("")),
        (
            Generation::Old,
            ListRequest::new("Contacts").search_field("a b", Comparator::Contains, "x"),
        ),
    ] {
        let (server, client) = start(generation).await;
        let error = client.list_page(&request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{request:?}");
        assert_eq!(error.send_outcome(), SendOutcome::NotSent);
        assert_eq!(asked(&server, "listModuleRecords").await, 0);
    }
}

#[tokio::test]
async fn alerts_and_orders_go_out_where_the_generation_has_them() {
    let (server, client) = start(Generation::Old).await;
    in_session(
        "listModuleRecords",
        &[("module", "Contacts"), ("alertid", "14")],
    )
    .respond_with(recorded("v5/436"))
    .expect(1)
    .mount(&server)
    .await;
    let error = client
        .list_page(&ListRequest::new("Contacts").alert("14"))
        .await
        .unwrap_err();
    assert_eq!(Refusal::of(&error), Some(Refusal::ModuleMismatch));
    assert_eq!(error.kind(), ErrorKind::Validation);

    let (server, client) = start(Generation::New).await;
    in_session(
        "listModuleRecords",
        &[("orderBy", "lastname"), ("sortOrder", "DESC")],
    )
    .respond_with(recorded("v7/377"))
    .expect(1)
    .mount(&server)
    .await;
    in_session("fetchModules", &[])
        .respond_with(recorded("v7/356"))
        .mount(&server)
        .await;
    let request = ListRequest::new("Contacts").order_by_desc("lastname");
    let page = client.list_page(&request).await.unwrap();
    assert_eq!(page.records[0].number, 410);
}

#[tokio::test]
async fn an_unknown_module_and_a_crash_are_errors_and_never_an_empty_list() {
    let (server, client) = start(Generation::Old).await;
    in_session("listModuleRecords", &[("module", "NoSuch")])
        .respond_with(recorded("v5/439"))
        .expect(1)
        .mount(&server)
        .await;
    let error = client
        .list_page(&ListRequest::new("NoSuch"))
        .await
        .unwrap_err();
    assert_eq!(Code::of(&error), Some(Code::AccessDenied));

    let (server, client) = start(Generation::New).await;
    in_session("listModuleRecords", &[])
        .respond_with(recorded("v7/392"))
        .expect(1)
        .mount(&server)
        .await;
    let error = client
        .list_page(&ListRequest::new("Nope"))
        .await
        .unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::ServerCrash));
}

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
async fn filters_of_both_generations_are_read() {
    let (server, client) = start(Generation::Old).await;
    in_session("fetchModuleFilters", &[("module", "HelpDesk")])
        .respond_with(recorded("v5/412"))
        .expect(1)
        .mount(&server)
        .await;
    let filters = client.filters("HelpDesk").await.unwrap();
    assert_eq!(filters.mine.len(), 3);
    assert!(filters.mine[0].default);
    assert_eq!(filters.mine[1].name, "Open Tickets");
    assert_eq!(filters.mine[1].metrics, Some(true));
    assert_eq!(filters.mine[1].module.as_deref(), Some("HelpDesk"));
    assert!(filters.shared.is_empty() && filters.others.is_empty());

    let (server, client) = start(Generation::New).await;
    in_session("fetchModuleFilters", &[("module", "Contacts")])
        .respond_with(recorded("v7/364"))
        .expect(1)
        .mount(&server)
        .await;
    let filters = client.filters("Contacts").await.unwrap();
    assert_eq!(filters.mine.len(), 2);
    assert_eq!(filters.module_label.as_deref(), Some("Contacts"));
    let ids: Vec<&str> = filters.all().map(|filter| filter.id.as_str()).collect();
    assert_eq!(ids, ["8", "9", "7"], "one that is shared is listed twice");
}

#[tokio::test]
async fn an_unknown_module_has_no_filters() {
    let (server, client) = start(Generation::New).await;
    in_session("fetchModuleFilters", &[])
        .respond_with(recorded("v7/365"))
        .mount(&server)
        .await;
    assert_eq!(client.filters("Nope").await.unwrap().all().count(), 0);
}

#[tokio::test]
async fn an_answer_without_filters_is_an_error() {
    let (server, client) = start(Generation::New).await;
    in_session("fetchModuleFilters", &[])
        .respond_with(yes(json!({"something": 1})))
        .mount(&server)
        .await;
    let error = client.filters("Contacts").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_filter_has_its_count_and_an_unknown_one_is_none() {
    let (server, client) = start(Generation::New).await;
    in_session("filterDetailsWithCount", &[("filterid", "7")])
        .respond_with(recorded("v7/367"))
        .expect(1)
        .mount(&server)
        .await;
    in_session("filterDetailsWithCount", &[("filterid", "9999")])
        .respond_with(recorded("v7/368"))
        .expect(1)
        .mount(&server)
        .await;
    let details = client.filter_details("7").await.unwrap().unwrap();
    assert_eq!(details.count, 313);
    assert_eq!(details.filter.name, "All");
    assert_eq!(client.filter_details("9999").await.unwrap(), None);
}

#[tokio::test]
async fn alerts_are_read_and_an_unknown_one_is_not_found() {
    let (server, client) = start(Generation::Old).await;
    let mut alert = result("v5/418")["alert"].clone();
    in_session("alertDetailsWithMessage", &[("alertid", "12")])
        .respond_with(recorded("v5/418"))
        .expect(1)
        .mount(&server)
        .await;
    in_session("alertDetailsWithMessage", &[("alertid", "9999")])
        .respond_with(recorded("v5/425"))
        .expect(1)
        .mount(&server)
        .await;
    alert.as_object_mut().unwrap().remove("message");
    in_session("fetchAllAlerts", &[])
        .respond_with(yes(json!({"alerts": [alert]})))
        .expect(1)
        .mount(&server)
        .await;
    let one = client.alert("12").await.unwrap();
    assert_eq!(one.message.as_deref(), Some("0"));
    assert_eq!(one.refresh.as_secs(), 3600);
    assert_eq!(one.module, "HelpDesk");
    let error = client.alert("9999").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(Refusal::of(&error), Some(Refusal::AlertNotFound));
    let all = client.alerts().await.unwrap();
    assert_eq!(all[0].message, None);
    assert!(all[0].records_linked);
}

#[tokio::test]
async fn a_query_without_limit_is_paged_and_goes_out_bare() {
    let (server, client) = start(Generation::Old).await;
    let query = "select lastname from Contacts order by id";
    for (page, answer) in [("0", "v5/518"), ("2", "v5/527")] {
        in_session("query", &[("query", query), ("page", page)])
            .respond_with(recorded(answer))
            .expect(1)
            .mount(&server)
            .await;
    }
    let rows: Vec<_> = client
        .query(&format!("{query};"))
        .try_collect()
        .await
        .unwrap();
    let ids: HashSet<_> = rows.iter().map(|row| row.id().unwrap()).collect();
    assert_eq!(rows.len(), 99 + 21);
    assert_eq!(ids.len(), rows.len());
    let owner = rows[0].get("assigned_user_id").unwrap();
    assert!(!owner.was_read(), "the query did not name it");
    assert!(rows[0].get("lastname").unwrap().was_read());
    assert!(rows[0].to_plain().get("assigned_user_id").is_none());
}

#[tokio::test]
async fn a_query_with_a_limit_ends_in_a_semicolon_and_has_one_page() {
    let (server, client) = start(Generation::New).await;
    in_session(
        "query",
        &[("query", "select lastname from Contacts limit 2;")],
    )
    .and(Without("page"))
    .respond_with(recorded("v7/451"))
    .expect(1)
    .mount(&server)
    .await;
    let query = "select lastname from Contacts limit 2";
    assert!(
        !client
            .query_page(query, 0)
            .await
            .unwrap()
            .records
            .is_empty()
    );
    let error = client.query_page(query, 1).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn a_count_is_a_row() {
    let (server, client) = start(Generation::New).await;
    in_session("query", &[])
        .respond_with(recorded("v7/455"))
        .mount(&server)
        .await;
    let page = client
        .query_page("select count(*) from Contacts", 0)
        .await
        .unwrap();
    assert_eq!(page.records[0].text("count"), "318");
    assert_eq!(page.next_page, None);
}

#[tokio::test]
async fn wrong_queries_keep_the_servers_words() {
    for (answer, kind) in [
        ("v7/454", ErrorKind::Validation),
        ("v7/457", ErrorKind::Validation),
        ("v5/524", ErrorKind::Permission),
    ] {
        let (server, client) = start(Generation::New).await;
        in_session("query", &[])
            .respond_with(recorded(answer))
            .expect(1)
            .mount(&server)
            .await;
        let error = client.query_page("select x", 0).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{answer}");
        assert_eq!(error.send_outcome(), SendOutcome::Rejected);
    }
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
async fn a_grouped_query_names_its_module_and_another_is_refused() {
    let (server, client) = start(Generation::New).await;
    in_session(
        "queryWithGrouping",
        &[("module", "Contacts"), ("page", "0")],
    )
    .respond_with(recorded("v7/458"))
    .expect(2)
    .mount(&server)
    .await;
    let query = "select * from Contacts where lastname = 'SyncNew'";
    let page = client
        .query_page_with_grouping("Contacts", query, 0)
        .await
        .unwrap();
    assert_eq!(page.records[0].text("lastname"), "SyncNew");
    assert!(!page.records[0].blocks().is_empty());
    let rows: Vec<_> = client
        .query_with_grouping("Contacts", query)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    let error = client
        .query_page_with_grouping("Accounts", query, 0)
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    let rows: Vec<_> = client
        .query_with_grouping("Accounts", query)
        .collect()
        .await;
    assert!(rows[0].is_err());
}

#[tokio::test]
async fn related_records_are_a_page_none_or_not_related() {
    let (server, client) = start(Generation::New).await;
    let account = RecordId::new(11, 6);
    for (module, answer) in [
        ("Contacts", "v7/460"),
        ("Documents", "v7/461"),
        ("Leads", "v5/538"),
    ] {
        in_session(
            "relatedRecordsWithGrouping",
            &[("record", "11x6"), ("relatedmodule", module), ("page", "0")],
        )
        .respond_with(recorded(answer))
        .expect(1)
        .mount(&server)
        .await;
    }
    let contacts = client.related(&account, "Contacts", 0).await.unwrap();
    assert_eq!(contacts.records().len(), 3);
    let documents = client.related(&account, "Documents", 0).await.unwrap();
    assert_eq!(documents, Related::None);
    let leads = client.related(&account, "Leads", 0).await.unwrap();
    assert_eq!(leads, Related::NotRelated);
}

#[tokio::test]
async fn comments_as_related_records_kill_the_new_generation() {
    let (server, client) = start(Generation::New).await;
    in_session("relatedRecordsWithGrouping", &[])
        .respond_with(recorded("v7/464"))
        .expect(1)
        .mount(&server)
        .await;
    let error = client
        .related(&RecordId::new(12, 761), "ModComments", 0)
        .await
        .unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::ServerCrash));
    assert_eq!(error.kind(), ErrorKind::NotAnApi);
}

#[tokio::test]
async fn a_history_tells_changes_and_links() {
    let (server, client) = start(Generation::New).await;
    in_session(
        "history",
        &[
            ("record", "12x761"),
            ("module", "Contacts"),
            ("mode", "All"),
            ("page", "0"),
        ],
    )
    .respond_with(recorded("v7/466"))
    .expect(1)
    .mount(&server)
    .await;
    let of = HistoryOf::Record {
        id: RecordId::new(12, 761),
        module: "Contacts".to_owned(),
    };
    let entries = client.history(&of, false, 0).await.unwrap();
    let link = &entries[0];
    assert_eq!(link.status, HistoryStatus::Linked);
    let linked = link.linked.as_ref().unwrap();
    assert_eq!(linked.number, Some(770));
    assert_eq!(linked.module, "ModComments");
    let update = &entries[2];
    assert_eq!(update.status, HistoryStatus::Updated);
    assert_eq!(
        update.changes["title"].previous.as_deref(),
        Some("json str")
    );
    assert_eq!(update.changes["title"].current.as_deref(), Some("formarr"));
    assert_eq!(
        update.user.as_ref().unwrap().id(),
        Some(RecordId::new(19, 1))
    );
}

#[tokio::test]
async fn histories_of_modules_and_of_everything_name_what_they_want() {
    let (server, client) = start(Generation::New).await;
    for (module, mode) in [("Contacts", "Private"), ("Home", "All")] {
        in_session("history", &[("module", module), ("mode", mode)])
            .and(Without("record"))
            .respond_with(yes(json!({"history": []})))
            .expect(1)
            .mount(&server)
            .await;
    }
    let contacts = HistoryOf::Module("Contacts".to_owned());
    assert!(client.history(&contacts, true, 0).await.unwrap().is_empty());
    let all = client.history(&HistoryOf::Everything, false, 0).await;
    assert!(all.unwrap().is_empty());
}

#[tokio::test]
async fn a_history_that_is_refused_is_an_error() {
    let (server, client) = start(Generation::New).await;
    in_session("history", &[])
        .respond_with(recorded("v7/469"))
        .mount(&server)
        .await;
    let error = client
        .history(&HistoryOf::Everything, false, 0)
        .await
        .unwrap_err();
    assert_eq!(Code::of(&error), Some(Code::MandatoryFieldsMissing));
}

#[tokio::test]
async fn a_read_whose_table_breaks_is_not_repeated() {
    // The same code in a write means a stuck transaction.
    let (server, client) = start(Generation::Old).await;
    let mock: Mock = in_session("syncModuleRecords", &[("module", "Users")])
        .respond_with(recorded("v5/512"))
        .expect(1);
    mock.mount(&server).await;
    let error = client
        .sync_page("Users", None, simplycrm_ws::mobile::SyncMode::Public, 0)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
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
