//! Conversions, files, lines and users.

use serde_json::{Value, json};
use simplycrm_ws::{BodyFault, Code, ErrorKind, LeadConversion, RecordId, SendOutcome, Values};
use wiremock::matchers::query_param;

use super::server;
use crate::exchange::recorded;
use crate::support::{self, form_param, get, no, post, posted, yes};

fn conversion() -> LeadConversion {
    LeadConversion::new(RecordId::new(10, 424), RecordId::new(19, 1))
        .create("Contacts", Values::new().set("lastname", "Conv2"))
}

#[tokio::test]
async fn a_lead_becomes_what_was_asked_for() {
    let server = server().await;
    post("convertlead")
        .respond_with(recorded("v7/526-webservice-convertlead-contact_only").again())
        .expect(1)
        .mount(&server)
        .await;
    let made = support::client(&server)
        .convert_lead(&conversion())
        .await
        .unwrap();
    assert_eq!(made.contact, Some(RecordId::new(12, 786)));
    assert_eq!((made.account, made.potential), (None, None));
    let sent = &posted(&server, "convertlead").await[0];
    let element: Value = serde_json::from_str(&form_param(sent, "element").unwrap()).unwrap();
    let recorded: Value = serde_json::from_str(
        recorded("v7/526-webservice-convertlead-contact_only")
            .sent("element")
            .unwrap(),
    )
    .unwrap();
    assert_eq!(element, recorded);
}

#[tokio::test]
async fn a_conversion_that_cannot_be_says_why() {
    for (name, kind, code) in [
        (
            "v7/523-webservice-convertlead-again",
            ErrorKind::Conflict,
            Code::LeadAlreadyConverted,
        ),
        (
            "v7/331-webservice-convertlead-leadId_form_5x_style",
            ErrorKind::Permission,
            Code::AccessDenied,
        ),
    ] {
        let server = server().await;
        post("convertlead")
            .respond_with(recorded(name).again())
            .expect(1)
            .mount(&server)
            .await;
        let error = support::client(&server)
            .convert_lead(&conversion())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{name}");
        assert_eq!(Code::of(&error), Some(code.clone()), "{name}");
        if code == Code::AccessDenied {
            assert!(error.help_text().unwrap().contains("old parameters"));
        }
    }
    let server = support::server().await;
    let nothing = LeadConversion::new(RecordId::new(10, 424), RecordId::new(19, 1));
    let error = support::client(&server)
        .convert_lead(&nothing)
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_conversion_of_unreadable_outcome_is_unknown_and_not_repeated() {
    for result in [json!("ok"), json!({"Contacts": 7})] {
        let server = server().await;
        post("convertlead")
            .respond_with(yes(result))
            .expect(1)
            .mount(&server)
            .await;
        let error = support::client(&server)
            .convert_lead(&conversion())
            .await
            .unwrap_err();
        assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    }
    let server = server().await;
    post("convertlead")
        .respond_with(recorded("v7/524-webservice-convertlead-nothing_to_create").again())
        .mount(&server)
        .await;
    let made = support::client(&server)
        .convert_lead(&conversion())
        .await
        .unwrap();
    assert_eq!(made, simplycrm_ws::ConvertedLead::default());
}

#[tokio::test]
async fn files_come_whole_or_not_at_all() {
    let good = server().await;
    get("files_retrieve")
        .and(query_param("id", "15x12"))
        .respond_with(yes(json!([{
            "fileid": "12", "filename": "a.txt", "filetype": "text/plain",
            "filesize": 3, "filecontents": "Zm9v",
        }])))
        .mount(&good)
        .await;
    let attachment = RecordId::new(15, 12);
    let files = support::client(&good)
        .files_retrieve(&attachment)
        .await
        .unwrap();
    assert_eq!(&files[0].content[..], b"foo");
    for bad in [
        yes(json!([{"filename": "a.txt", "filesize": 4, "filecontents": "Zm9v"}])),
        yes(json!(null)),
        no(
            "RECORD_NOT_FOUND",
            "Record you are trying to access is not found",
        ),
        recorded("v7/022-webservice-unknownop-delete_related_not_registered").again(),
    ] {
        let server = server().await;
        get("files_retrieve").respond_with(bad).mount(&server).await;
        support::client(&server)
            .files_retrieve(&attachment)
            .await
            .unwrap_err();
    }
}

#[tokio::test]
async fn an_invoice_comes_with_its_lines() {
    let server = server().await;
    let invoice = RecordId::new(7, 676);
    get("retrieve_inventory")
        .and(query_param("id", "7x676"))
        .respond_with(recorded("v7/074-webservice-retrieve_inventory-Invoice").again())
        .mount(&server)
        .await;
    let record = support::client(&server)
        .retrieve_inventory(&invoice)
        .await
        .unwrap();
    assert_eq!(record.text("subject"), "Invoice 01");
    assert_eq!(record.get("LineItems").unwrap().as_list().unwrap().len(), 2);
    let denied = self::server().await;
    get("retrieve_inventory")
        .respond_with(no(
            "ACCESS_DENIED",
            "Permission to perform the operation is denied",
        ))
        .mount(&denied)
        .await;
    let error = support::client(&denied)
        .retrieve_inventory(&invoice)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
}

#[tokio::test]
async fn passwords_are_sent_and_never_shown() {
    let server = server().await;
    let user = RecordId::new(19, 1);
    post("changePassword")
        .respond_with(recorded("v7/031-webservice-changePassword-wrong_old").again())
        .expect(1)
        .mount(&server)
        .await;
    let error = support::client(&server)
        .change_password(&user, "old-secret-1".into(), "new-secret-2".into())
        .await
        .unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::TextDeath));
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("secret"), "{shown}");
    let sent = &posted(&server, "changePassword").await[0];
    assert_eq!(
        form_param(sent, "oldPassword").as_deref(),
        Some("old-secret-1")
    );
    assert_eq!(
        form_param(sent, "confirmPassword").as_deref(),
        Some("new-secret-2")
    );
}

#[tokio::test]
async fn a_password_is_changed_and_a_user_deleted() {
    let server = server().await;
    let (user, heir) = (RecordId::new(19, 6), RecordId::new(19, 1));
    post("changePassword")
        .respond_with(yes(json!({"message": "Changed password successfully"})))
        .expect(1)
        .mount(&server)
        .await;
    post("deleteUser")
        .respond_with(yes(json!({"status": "successful"})))
        .expect(1)
        .mount(&server)
        .await;
    let client = support::client(&server);
    client
        .change_password(&user, "a-b-c-1".into(), "d-e-f-2".into())
        .await
        .unwrap();
    client.delete_user(&user, &heir).await.unwrap();
    let sent = &posted(&server, "deleteUser").await[0];
    assert_eq!(form_param(sent, "id").as_deref(), Some("19x6"));
    assert_eq!(form_param(sent, "newOwnerId").as_deref(), Some("19x1"));
    let denied = self::server().await;
    post("deleteUser")
        .respond_with(no(
            "ACCESS_DENIED",
            "Permission to perform the operation is denied",
        ))
        .mount(&denied)
        .await;
    let error = support::client(&denied)
        .delete_user(&user, &heir)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
}
