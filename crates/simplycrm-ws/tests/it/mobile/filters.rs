//! Filters, alerts and histories.

use serde_json::json;
use simplycrm_ws::mobile::{Generation, HistoryOf, HistoryStatus, Refusal};
use simplycrm_ws::{Code, ErrorKind, RecordId};

use crate::mobile::{Without, in_session, recorded, result, start};
use crate::support::yes;

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
