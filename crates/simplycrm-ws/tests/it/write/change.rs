//! Changing records that are there, by revise, update and replace, and
//! deleting them.

use serde_json::{Value, json};
use simplycrm_ws::{ErrorKind, SendOutcome, Values};
use wiremock::Request;

use crate::exchange::recorded;
use crate::support::{
    client, count, elements, form_param, get, id, no, post, requests, server, sign_in, yes,
};

#[tokio::test]
async fn a_revise_sends_only_what_is_set() {
    let server = server().await;
    sign_in(&server).await;
    post("revise")
        .respond_with(recorded("v5/160-webservice-revise-one_field").again())
        .expect(1)
        .mount(&server)
        .await;
    let values = Values::new().set("title", "Revised “title”");
    let written = client(&server)
        .revise(&id("12x675"), &values)
        .module("Contacts")
        .await
        .unwrap();
    assert_eq!(written.warnings, []);
    assert_eq!(written.record.text("lastname"), "O'Brien & Søn <b>");
    assert_eq!(
        elements(&server, "revise").await,
        [json!({"id": "12x675", "title": "Revised “title”"})]
    );
}

#[tokio::test]
async fn refusals_of_a_revise_are_told_apart() {
    for (answer, kind, outcome) in [
        (
            recorded("v5/163-webservice-revise-blank_mandatory").again(),
            ErrorKind::Validation,
            SendOutcome::Rejected,
        ),
        (
            recorded("v5/166-webservice-revise-nonexistent").again(),
            ErrorKind::Permission,
            SendOutcome::Rejected,
        ),
        (
            yes(json!({"id": "12x8"})),
            ErrorKind::Decode,
            SendOutcome::Unknown,
        ),
        (yes(json!("done")), ErrorKind::Decode, SendOutcome::Unknown),
    ] {
        let server = server().await;
        sign_in(&server).await;
        post("revise")
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        let values = Values::new().set("title", "x");
        let error = client(&server)
            .revise(&id("12x9"), &values)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.send_outcome()),
            (kind, outcome),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_change_of_nothing_is_not_sent() {
    let server = server().await;
    let error = client(&server)
        .revise(&id("12x9"), &Values::new())
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert!(requests(&server).await.is_empty());
}

/// What an update of the mandatory fields alone leaves of the others depends
/// on the generation: that is why `revise` is the normal update.
#[tokio::test]
async fn an_update_blanks_what_is_not_sent_on_5_4_and_keeps_it_on_7_1() {
    for (name, before, field, after) in [
        (
            "v5/151-webservice-update-partial_object_only_mandatory",
            "v5/128-webservice-retrieve-contact_with_quotes_unicode",
            "email",
            "",
        ),
        (
            "v7/544-webservice-update-semantics_mandatory_only",
            "v7/544-webservice-update-semantics_mandatory_only",
            "firstname",
            "F",
        ),
    ] {
        let exchange = recorded(name);
        let sent = exchange.element().unwrap();
        assert!(!sent.contains(field));
        assert_ne!(recorded(before).record().text(field), "");
        let server = server().await;
        sign_in(&server).await;
        post("update")
            .respond_with(exchange.again())
            .expect(1)
            .mount(&server)
            .await;
        let target = exchange.record().id().unwrap();
        let mut values = sent;
        values.remove("id");
        let written = client(&server).update(&target, &values).await.unwrap();
        assert_eq!(written.record.text(field), after, "{name}");
        assert_eq!(written.warnings, []);
    }
}

#[tokio::test]
async fn a_replace_blanks_by_sending_blanks_and_keeps_what_it_must() {
    let server = server().await;
    sign_in(&server).await;
    get("describe")
        .respond_with(recorded("v7/032-webservice-describe-Contacts").again())
        .expect(1)
        .mount(&server)
        .await;
    let before = recorded("v7/185-webservice-retrieve-Contact_special_chars");
    get("retrieve")
        .respond_with(before.again())
        .expect(1)
        .mount(&server)
        .await;
    post("revise")
        .respond_with(move |request: &Request| {
            let element = form_param(request, "element").unwrap();
            let mut record: Value = serde_json::to_value(before.record()).unwrap();
            let sent: Value = serde_json::from_str(&element).unwrap();
            for (name, value) in sent.as_object().unwrap() {
                record[name] = value.clone();
            }
            yes(record)
        })
        .expect(1)
        .mount(&server)
        .await;
    let values = Values::new().set("firstname", "Anna").set("cf_896", 7).set(
        "cf_890",
        "1234.56".parse::<rust_decimal::Decimal>().unwrap(),
    );
    let written = client(&server)
        .replace(&id("12x735"), "Contacts", &values)
        .keep(["cf_910"])
        .await
        .unwrap();
    assert_eq!(written.warnings, []);
    let sent = elements(&server, "revise").await;
    // What is equal already is not sent; `lastname` and the owner are mandatory.
    assert_eq!(
        sent,
        [json!({
            "id": "12x735", "firstname": "Anna", "description": "", "cf_882": "", "cf_884": "",
            "cf_886": "0", "cf_888": "", "cf_892": "", "cf_894": "", "cf_898": "", "cf_900": "",
            "cf_902": "", "cf_904": "", "cf_906": "", "cf_908": "",
        })]
    );
}

#[tokio::test]
async fn a_replace_that_changes_nothing_writes_nothing() {
    let server = server().await;
    sign_in(&server).await;
    get("describe")
        .respond_with(recorded("v5/059-webservice-describe-Contacts").again())
        .expect(1)
        .mount(&server)
        .await;
    get("retrieve")
        .respond_with(yes(
            json!({"id": "12x9", "lastname": "Vos", "firstname": "",
            "donotcall": "0", "birthday": "0000-00-00", "account_id": null,
            "assigned_user_id": "19x1", "createdtime": "2026-11-21 19:36:14"}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let values = Values::new().set("lastname", "Vos").set("donotcall", false);
    let written = client(&server)
        .replace(&id("12x9"), "Contacts", &values)
        .await
        .unwrap();
    assert_eq!(written.record.text("lastname"), "Vos");
    assert_eq!(count(&server, "revise").await, 0);
}

#[tokio::test]
async fn a_replace_of_a_record_that_cannot_be_read_sends_nothing() {
    let server = server().await;
    sign_in(&server).await;
    get("describe")
        .respond_with(recorded("v5/059-webservice-describe-Contacts").again())
        .expect(1)
        .mount(&server)
        .await;
    get("retrieve")
        .respond_with(no(
            "ACCESS_DENIED",
            "Permission to perform the operation is denied",
        ))
        .expect(1)
        .mount(&server)
        .await;
    let values = Values::new().set("lastname", "Vos");
    let error = client(&server)
        .replace(&id("12x9"), "Contacts", &values)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn a_replace_of_an_invoice_keeps_its_lines_tax_mode_and_currency() {
    let server = server().await;
    sign_in(&server).await;
    get("describe")
        .respond_with(recorded("v7/001-webservice-describe-Invoice").again())
        .expect(1)
        .mount(&server)
        .await;
    get("retrieve")
        .respond_with(recorded("v7/512-webservice-retrieve-Invoice_discount_10_tax_25").again())
        .expect(1)
        .mount(&server)
        .await;
    post("revise")
        .respond_with(
            recorded("v7/514-webservice-retrieve-Invoice_discount_after_revise_status").again(),
        )
        .expect(1)
        .mount(&server)
        .await;
    let values = Values::new().set("invoicestatus", "Paid");
    client(&server)
        .replace(&id("7x682"), "Invoice", &values)
        .await
        .unwrap();
    let sent = elements(&server, "revise").await;
    assert_eq!(
        sent,
        [json!({
            "id": "7x682", "invoicestatus": "Paid", "hdnTaxType": "group", "contact_id": "", "invoicedate": "",
            "duedate": "",
        })]
    );
}

#[tokio::test]
async fn a_record_is_deleted() {
    let server = server().await;
    sign_in(&server).await;
    post("delete")
        .respond_with(recorded("v7/245-webservice-delete-Contact").again())
        .expect(1)
        .mount(&server)
        .await;
    client(&server).delete(&id("12x752")).await.unwrap();
    let requests = requests(&server).await;
    let sent = requests.last().unwrap();
    assert_eq!(form_param(sent, "id").as_deref(), Some("12x752"));
}

#[tokio::test]
async fn a_second_delete_is_refused_like_a_missing_right() {
    let server = server().await;
    sign_in(&server).await;
    post("delete")
        .respond_with(recorded("v5/172-webservice-delete-again").again())
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server).delete(&id("12x752")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
}

#[tokio::test]
async fn a_delete_that_does_not_say_it_deleted_is_in_doubt() {
    for answer in [json!({"status": "pending"}), json!([]), json!(true)] {
        let server = server().await;
        sign_in(&server).await;
        post("delete")
            .respond_with(yes(answer))
            .expect(1)
            .mount(&server)
            .await;
        let error = client(&server).delete(&id("12x752")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    }
}
