//! Writing records.

use std::time::Duration;

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use simplycrm_ws::{
    BodyFault, ChangeKind, Code, Date, Error, ErrorKind, FieldValue, Record, SendOutcome, Values,
    Warning, compare,
};
use wiremock::matchers::query_param;
use wiremock::{MockServer, Request, ResponseTemplate};

use crate::exchange::{names, recorded};
use crate::record::describes;
use crate::support::{
    builder, client, count, elements, form_param, get, id, no, post, requests, server, sign_in,
    warnings, yes,
};
use ChangeKind::{Blanked, Rewritten, Rounded, Truncated, ZeroDate};

/// A new contact.
fn contact() -> Values {
    Values::new()
        .set("lastname", "Vos")
        .set("assigned_user_id", id("19x1"))
        .set("cf_901", "mark-1")
}

fn kinds(warnings: &[Warning]) -> Vec<(&str, ChangeKind)> {
    warnings
        .iter()
        .map(|warning| match warning {
            Warning::Changed { field, what, .. } => (field.as_str(), *what),
            other => panic!("{other}"),
        })
        .collect()
}

#[tokio::test]
async fn a_record_is_made_with_every_value_in_its_wire_form() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(yes(json!({
            "id": "12x9", "lastname": "Vos & \"Søn\"", "assigned_user_id": "19x1",
            "birthday": "1980-02-29", "donotcall": "1", "cf_890": "1234.50000",
            "cf_882": "Golf |##| A & B", "title": "", "label": "Vos &amp; &quot;S&oslash;n&quot;",
        })))
        .expect(1)
        .mount(&server)
        .await;
    let values = Values::new()
        .set("lastname", "Vos & \"Søn\"")
        .set("assigned_user_id", id("19x1"))
        .set("birthday", Date::new(1980, 2, 29))
        .set("donotcall", true)
        .set(
            "cf_890",
            "1234.50".parse::<rust_decimal::Decimal>().unwrap(),
        )
        .set("cf_882", vec!["Golf".to_owned(), "A & B".to_owned()])
        .clear("title");
    let written = client(&server).create("Contacts", &values).await.unwrap();
    assert_eq!(written.id(), Some(id("12x9")));
    assert_eq!(written.warnings, []);
    assert!(!written.adopted);
    assert_eq!(
        elements(&server, "create").await,
        [json!({
            "lastname": "Vos & \"Søn\"", "assigned_user_id": "19x1", "birthday": "1980-02-29",
            "donotcall": "1", "cf_890": "1234.50", "cf_882": "Golf |##| A & B", "title": "",
        })]
    );
    let requests = requests(&server).await;
    let sent = requests.last().unwrap();
    assert_eq!(form_param(sent, "elementType").as_deref(), Some("Contacts"));
    assert_eq!(sent.url.query(), None, "all parameters belong in the form");
}

#[tokio::test]
async fn what_was_stored_other_than_sent_is_told() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(
            recorded("v5/094-webservice-create-contact_with_reference_unicode_quotes").again(),
        )
        .expect(1)
        .mount(&server)
        .await;
    let sent = recorded("v5/094-webservice-create-contact_with_reference_unicode_quotes")
        .element()
        .unwrap();
    let (seen, take) = warnings();
    let client = builder(&server).on_warning(take).build().unwrap();
    let written = client.create("Contacts", &sent).await.unwrap();
    assert_eq!(kinds(&written.warnings), [("description", Rewritten)]);
    assert_eq!(*seen.lock().unwrap(), written.warnings);
    assert!(written.warnings[0].to_string().contains("????"));
}

/// What each recorded write changed in silence, by hand. All others store
/// what was sent.
const CHANGED: &[(&str, &[(&str, ChangeKind)])] = &[
    ("v5/094-", &[("description", Rewritten)]),
    ("v5/101-", &[("nosuchfield", Blanked)]),
    ("v5/113-", &[("account_id", Blanked)]),
    ("v5/121-", &[("annual_revenue", Rounded)]),
    ("v5/352-", &[("hdnTaxType", Blanked)]),
    (
        "v5/353-",
        &[("hdnTaxType", Blanked), ("invoicestatus", Blanked)],
    ),
    ("v5/358-", &[("amount", Rewritten)]),
    ("v5/359-", &[("amount", Rewritten)]),
    ("v5/638-", &[("account_id", Blanked)]),
    ("v5/653-", &[("cf_801", Blanked)]),
    (
        "v5/655-",
        &[
            ("cf_804", Rewritten),
            ("cf_808", Rounded),
            ("cf_809", ZeroDate),
        ],
    ),
    (
        "v7/094-",
        &[("hdnGrandTotal", Rewritten), ("hdnSubTotal", Rewritten)],
    ),
    ("v7/103-", &[("invoicestatus", Blanked)]),
    ("v7/184-", &[("description", Rewritten)]),
    ("v7/190-", &[("tags", Truncated)]),
    (
        "v7/202-",
        &[("cf_886", Rewritten), ("donotcall", Rewritten)],
    ),
    ("v7/217-", &[("cf_898", ZeroDate)]),
    ("v7/218-", &[("cf_898", Blanked)]),
    ("v7/220-", &[("unit_price", Rewritten)]),
    ("v7/223-", &[("amount", Rewritten)]),
    ("v7/224-", &[("cf_890", Rewritten)]),
    ("v7/226-", &[("birthday", Rewritten)]),
    ("v7/256-", &[("account_id", Blanked)]),
    ("v7/535-", &[("tags", Truncated)]),
];

#[test]
fn the_changes_of_every_recorded_write_are_found_and_no_others() {
    let mut writes = 0;
    let mut changed = 0;
    for generation in ["v5", "v7"] {
        let describes = describes(generation);
        for name in names(generation) {
            let exchange = recorded(&name);
            let write = ["create", "update", "revise"].contains(&&*exchange.operation);
            if exchange.api != "webservice" || !write {
                continue;
            }
            let (Some(sent), Ok(result)) = (exchange.element(), exchange.result()) else {
                continue;
            };
            let stored = Record::from_json(result).unwrap();
            let describe = describes.get(&stored.id().unwrap().prefix);
            let module = exchange.sent("elementType").unwrap_or("Documents");
            let found = compare(module, &sent, &TimeZone::UTC, &stored, describe);
            let expected = CHANGED
                .iter()
                .find(|(prefix, _)| name.starts_with(prefix))
                .map_or(&[][..], |(_, expected)| *expected);
            assert_eq!(kinds(&found), expected, "{name}");
            writes += 1;
            changed += usize::from(!expected.is_empty());
        }
    }
    assert!(writes > 90, "{writes}");
    assert_eq!(changed, CHANGED.len());
}

#[tokio::test]
async fn values_that_do_not_fit_the_module_are_not_sent() {
    let server = server().await;
    let client = client(&server);
    let describe = recorded("v7/032-webservice-describe-Contacts").described();
    let values = Values::new()
        .set("cf_898", "31-12-2026")
        .set("cf_890", "1234,50")
        .set("cf_886", "true")
        .set("account_id", "Acme")
        .set("cf_894", "noon")
        .set("id", "12x1")
        .set("nosuch", "x")
        .set("assigned_user_id", id("19x1"));
    let error = client
        .create("Contacts", &values)
        .checked(&describe)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    let fields: Vec<_> = error.field_errors().keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "account_id",
            "cf_886",
            "cf_890",
            "cf_894",
            "cf_898",
            "lastname",
            "nosuch"
        ]
    );
    let values = Values::new().set("cf_882", vec!["a |##| b".to_owned()]);
    let error = client.create("Contacts", &values).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    let values = Values::new().clear("lastname");
    let error = client
        .revise(&id("12x9"), &values)
        .checked(&describe)
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert!(requests(&server).await.is_empty());
}

#[tokio::test]
async fn values_that_fit_are_sent_as_they_are() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(yes(json!({"id": "12x9", "lastname": "Vos", "cf_886": "1",
            "cf_898": "2026-12-31", "cf_890": "7.00000", "assigned_user_id": "19x1"})))
        .expect(1)
        .mount(&server)
        .await;
    let describe = recorded("v7/032-webservice-describe-Contacts").described();
    let values = Values::new()
        .set("lastname", "Vos")
        .set("assigned_user_id", "19x1")
        .set("cf_886", "on")
        .set("cf_898", "2026-12-31")
        .set("cf_890", 7);
    let written = client(&server)
        .create("Contacts", &values)
        .checked(&describe)
        .await
        .unwrap();
    assert_eq!(written.warnings, []);
}

#[tokio::test]
async fn refusals_of_a_create_are_told_apart_and_nothing_is_looked_up() {
    for (answer, kind, code) in [
        (
            no("MANDATORY_FIELDS_MISSING", "lastname does not have a value"),
            ErrorKind::Validation,
            Code::MandatoryFieldsMissing,
        ),
        (
            no("ACCESS_DENIED", "Permission to write is denied"),
            ErrorKind::Permission,
            Code::AccessDenied,
        ),
        (
            no(
                "REFERENCE_INVALID",
                "Invalid reference specified for account_id",
            ),
            ErrorKind::Validation,
            Code::ReferenceInvalid,
        ),
        (
            no("INVALID_ID_ATTRIBUTE", "Invalid owner of the record"),
            ErrorKind::Validation,
            Code::InvalidIdAttribute,
        ),
        (
            no(
                "INTERNAL_SERVER_ERROR",
                "Unknown Error while processing request",
            ),
            ErrorKind::Validation,
            Code::InternalServerError,
        ),
        (
            recorded("v7/206-webservice-create-Account_duplicate_name").again(),
            ErrorKind::Conflict,
            Code::Duplicate,
        ),
    ] {
        let server = server().await;
        sign_in(&server).await;
        post("create")
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        get("query")
            .respond_with(yes(json!([])))
            .expect(0)
            .mount(&server)
            .await;
        let error = client(&server)
            .create("Contacts", &contact())
            .look_up_by("cf_901")
            .await
            .unwrap_err();
        assert_eq!((error.kind(), Code::of(&error)), (kind, Some(code)));
        assert_eq!(error.send_outcome(), SendOutcome::Rejected);
    }
}

/// Creates a contact on a server whose create answers so, and looks it up.
async fn lost(server: &MockServer, found: Value) -> Result<simplycrm_ws::Written, Error> {
    sign_in(server).await;
    get("query")
        .and(query_param(
            "query",
            "select id from Contacts where cf_901 = 'mark-1' order by id limit 3;",
        ))
        .respond_with(yes(found))
        .mount(server)
        .await;
    client(server)
        .create("Contacts", &contact())
        .look_up_by("cf_901")
        .settle(Duration::from_millis(4))
        .await
}

#[tokio::test]
async fn a_create_without_an_answer_is_looked_up_and_adopted() {
    for answer in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(200),
        ResponseTemplate::new(200).set_body_string("Sorry! Attempt to access restricted file."),
        ResponseTemplate::new(200).set_body_string("{\"success\":true,\"res"),
        no(
            "DATABASE_QUERY_ERROR",
            "Database error while performing requested operation",
        ),
        ResponseTemplate::new(504),
        yes(json!({"lastname": "no id"})),
    ] {
        let server = server().await;
        post("create")
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        get("retrieve")
            .and(query_param("id", "12x9"))
            .respond_with(yes(
                json!({"id": "12x9", "lastname": "Vo", "cf_901": "mark-1",
                "assigned_user_id": "19x1"}),
            ))
            .expect(1)
            .mount(&server)
            .await;
        let written = lost(&server, json!([{"id": "12x9"}])).await.unwrap();
        assert!(written.adopted);
        assert_eq!(written.id(), Some(id("12x9")));
        assert_eq!(kinds(&written.warnings), [("lastname", Truncated)]);
    }
}

#[tokio::test]
async fn a_create_that_timed_out_is_not_sent_again() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(yes(json!({"id": "12x9"})).set_delay(Duration::from_secs(5)))
        .expect(1)
        .mount(&server)
        .await;
    get("query")
        .respond_with(yes(json!([])))
        .expect(5)
        .mount(&server)
        .await;
    let client = builder(&server)
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let error = client
        .create("Contacts", &contact())
        .look_up_by("cf_901")
        .settle(Duration::from_millis(4))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert!(
        error.help_text().unwrap().contains("Look again"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_lost_create_that_does_not_appear_stays_unknown() {
    let server = server().await;
    post("create")
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    let error = lost(&server, json!([])).await.unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::ServerCrash));
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert_eq!(count(&server, "query").await, 5);
    assert_eq!(count(&server, "create").await, 1);
}

#[tokio::test]
async fn a_record_that_appears_late_is_still_adopted() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    get("query")
        .respond_with(yes(json!([])))
        .up_to_n_times(2)
        .expect(2)
        .mount(&server)
        .await;
    get("query")
        .respond_with(yes(json!([{"id": "12x9"}])))
        .expect(1)
        .mount(&server)
        .await;
    get("retrieve")
        .respond_with(yes(
            json!({"id": "12x9", "lastname": "Vos", "cf_901": "mark-1",
            "assigned_user_id": "19x1"}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let written = client(&server)
        .create("Contacts", &contact())
        .look_up_by("cf_901")
        .settle(Duration::from_millis(4))
        .await
        .unwrap();
    assert!(written.adopted && written.warnings.is_empty());
}

#[tokio::test]
async fn several_records_with_the_key_are_none_to_adopt() {
    let server = server().await;
    post("create")
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    let error = lost(&server, json!([{"id": "12x9"}, {"id": "12x10"}]))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert!(error.message().contains("12x9") && error.message().contains("12x10"));
}

#[tokio::test]
async fn a_lost_create_without_a_key_is_an_error_at_once() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server)
        .create("Contacts", &contact())
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert_eq!(count(&server, "query").await, 0);
}

#[tokio::test]
async fn a_key_that_cannot_be_searched_is_refused_before_anything_is_sent() {
    let server = server().await;
    let client = client(&server);
    let values = contact().clear("title").set("bad-name", "x");
    for field in ["title", "nosuch", "bad-name"] {
        let error = client
            .create("Contacts", &values)
            .look_up_by(field)
            .await
            .unwrap_err();
        assert_eq!(error.send_outcome(), SendOutcome::NotSent, "{field}");
    }
    assert!(requests(&server).await.is_empty());
}

#[tokio::test]
async fn a_quote_or_a_backslash_in_the_key_stays_in_its_literal() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(ResponseTemplate::new(500))
        .mount(&server)
        .await;
    get("query")
        .and(query_param(
            "query",
            r"select id from Contacts where lastname = 'O''B \\ x' order by id limit 3;",
        ))
        .respond_with(yes(json!([])))
        .expect(5)
        .mount(&server)
        .await;
    let values = contact().set("lastname", r"O'B \ x");
    client(&server)
        .create("Contacts", &values)
        .look_up_by("lastname")
        .settle(Duration::from_millis(4))
        .await
        .unwrap_err();
}

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

#[tokio::test]
async fn a_new_user_leaves_no_password_behind() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(yes(
            json!({"id": "19x7", "user_name": "x1", "last_name": "R",
            "user_password": "$1$hash", "confirm_password": "$1$hash", "accesskey": "k3y-k3y"}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let values = Values::new()
        .set("user_name", "x1")
        .set("last_name", "R")
        .set("user_password", "hunter2-hunter2")
        .set("confirm_password", "hunter2-hunter2");
    let written = client(&server).create("Users", &values).await.unwrap();
    assert_eq!(written.warnings, [], "a hash is no changed password");
    let shown = format!("{values:?} {written:?}");
    for secret in ["hunter2", "$1$hash", "k3y-k3y"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(
        elements(&server, "create").await[0]["user_password"],
        json!("hunter2-hunter2")
    );
}

#[test]
fn a_script_that_was_escaped_and_a_cut_text_are_told() {
    let sent = Values::new()
        .set("description", "<script>alert(1)</script> x")
        .set("lastname", "L".repeat(200))
        .set("account_id", id("11x3"))
        .set("cf_901", FieldValue::Empty);
    let stored: Record = [
        (
            "description",
            "&lt;script&gt;alert(1)&lt;/script&gt; x".to_owned(),
        ),
        ("lastname", "L".repeat(80)),
        ("account_id", "11x4".to_owned()),
        ("cf_901", "still there".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.into()))
    .collect::<std::collections::BTreeMap<_, _>>()
    .into();
    let found = compare("Contacts", &sent, &TimeZone::UTC, &stored, None);
    assert_eq!(
        kinds(&found),
        [
            ("account_id", Rewritten),
            ("cf_901", Rewritten),
            ("description", Rewritten),
            ("lastname", Truncated),
        ]
    );
}
