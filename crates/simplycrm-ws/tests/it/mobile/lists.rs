//! Lists: what a page is asked for by, and what it has.

use simplycrm_ws::mobile::{Comparator, Generation, ListRequest, Refusal};
use simplycrm_ws::{BodyFault, Code, ErrorKind, RecordId, SendOutcome, Warning};

use crate::mobile::{Without, asked, builder, in_session, recorded, sign_in, start};
use crate::support::{server, warnings};

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
