//! Reading, describing, saving and deleting records, users and comments.

use std::sync::Arc;

use serde_json::{Value, json};
use simplycrm_ws::mobile::{
    ActivityKind, Generation, Member, NewActivity, NewGroup, NewUser, Refusal, TaxKind,
    activity_kind,
};
use simplycrm_ws::{
    BodyFault, ChangeKind, Code, Date, ErrorKind, FieldType, Json, RecordId, SendOutcome, Values,
    Warning,
};
use wiremock::ResponseTemplate;

use crate::mobile::{
    Notes, Without, asked, builder, documented, in_session, recorded, result, sign_in, start,
};
use crate::support::{self, server, yes};

const CONTACT: RecordId = RecordId::new(12, 124);
const ADMIN: RecordId = RecordId::new(19, 1);

#[tokio::test]
async fn a_record_is_read_flat_with_its_references() {
    let (server, client) = start(Generation::Old).await;
    in_session("fetchRecord", &[("record", "12x124")])
        .respond_with(recorded("v5/442"))
        .expect(1)
        .mount(&server)
        .await;
    let record = client.fetch(&CONTACT).await.unwrap();
    assert_eq!(record.id(), Some(CONTACT));
    assert_eq!(record.text("lastname"), "Müller 001");
    assert_eq!(record.reference("account_id"), Some(RecordId::new(11, 4)));
    let account = record.get("account_id").unwrap();
    assert_eq!(account.label(), Some("Account 001 Ltd"));
    assert_eq!(record.reference("contact_id"), None);
    assert_eq!(record.text("nosuch"), "");
    assert!(record.blocks().is_empty());
}

#[tokio::test]
async fn missing_records_and_wrong_ids_are_refused() {
    for (answer, code) in [
        ("v5/448", Code::AccessDenied),
        ("v5/452", Code::InvalidIdAttribute),
        ("v5/590", Code::AccessDenied),
    ] {
        let (server, client) = start(Generation::Old).await;
        in_session("fetchRecord", &[])
            .respond_with(recorded(answer))
            .expect(1)
            .mount(&server)
            .await;
        let error = client.fetch(&CONTACT).await.unwrap_err();
        assert_eq!(Code::of(&error), Some(code), "{answer}");
    }
}

#[tokio::test]
async fn a_record_in_blocks_has_the_same_values() {
    let (server, client) = start(Generation::New).await;
    in_session("fetchRecordWithGrouping", &[("record", "12x122")])
        .respond_with(recorded("v7/404"))
        .expect(1)
        .mount(&server)
        .await;
    in_session("fetchRecord", &[("record", "12x122")])
        .respond_with(recorded("v7/394"))
        .expect(1)
        .mount(&server)
        .await;
    let id = RecordId::new(12, 122);
    let grouped = client.fetch_with_grouping(&id).await.unwrap();
    let flat = client.fetch(&id).await.unwrap();
    assert!(grouped.blocks().len() > 2);
    for field in ["firstname", "lastname", "email", "assigned_user_id"] {
        assert_eq!(grouped.text(field), flat.text(field), "{field}");
    }
    assert_eq!(grouped.blocks()[0].label, "Basic Information");
    assert_eq!(grouped.blocks()[0].fields[0].default_value(), None);
}

#[tokio::test]
async fn an_answer_without_record_is_an_error() {
    let (server, client) = start(Generation::New).await;
    in_session("fetchRecord", &[])
        .respond_with(yes(json!({"record": null})))
        .mount(&server)
        .await;
    let error = client.fetch(&CONTACT).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_template_describes_each_field_of_a_new_record() {
    let (server, client) = start(Generation::New).await;
    in_session("fetchRecordWithGrouping", &[("record", "12x0")])
        .respond_with(recorded("v7/406"))
        .expect(1)
        .mount(&server)
        .await;
    let template = client.template(12).await.unwrap();
    let fields: Vec<_> = template
        .blocks()
        .iter()
        .flat_map(|block| &block.fields)
        .collect();
    let last = fields.iter().find(|one| one.name == "lastname").unwrap();
    assert_eq!(last.info["mandatory"], Json::Bool(true));
    assert_eq!(last.uitype, Some(255));
}

#[tokio::test]
async fn several_records_are_read_by_module_and_ids() {
    let (server, client) = start(Generation::Old).await;
    in_session(
        "fetchRecordsWithGrouping",
        &[("module", "Contacts"), ("ids", r#"["12x124","12x125"]"#)],
    )
    .respond_with(recorded("v5/460"))
    .expect(1)
    .mount(&server)
    .await;
    in_session("fetchRecordsWithGrouping", &[("ids", r#"["12x999999"]"#)])
        .respond_with(recorded("v5/463"))
        .expect(1)
        .mount(&server)
        .await;
    let ids = [CONTACT, RecordId::new(12, 125)];
    let records = client.fetch_many("Contacts", &ids).await.unwrap();
    assert_eq!(records.len(), 2);
    let unknown = [RecordId::new(12, 999_999)];
    let none = client.fetch_many("Contacts", &unknown).await.unwrap();
    assert!(none.is_empty());
    assert!(client.fetch_many("Contacts", &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn more_ids_than_the_server_reads_are_refused() {
    let (_server, client) = start(Generation::Old).await;
    let ids: Vec<RecordId> = (1..=101).map(|number| RecordId::new(12, number)).collect();
    let error = client.fetch_many("Contacts", &ids).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn the_records_of_an_alert_are_read_and_an_unknown_one_kills_the_server() {
    let (server, client) = start(Generation::Old).await;
    in_session("fetchRecordsWithGrouping", &[("alertid", "13")])
        .respond_with(recorded("v5/466"))
        .expect(1)
        .mount(&server)
        .await;
    in_session("fetchRecordsWithGrouping", &[("alertid", "999")])
        .respond_with(recorded("v5/467"))
        .mount(&server)
        .await;
    let records = client.fetch_alert("HelpDesk", "13").await.unwrap();
    assert_eq!(records[0].text("ticket_title"), "API ticket");
    let error = client.fetch_alert("HelpDesk", "999").await.unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::ServerCrash));
}

#[tokio::test]
async fn the_modes_of_the_new_generation_take_numbers() {
    let (server, client) = start(Generation::New).await;
    in_session(
        "fetchRecord",
        &[
            ("record", "122"),
            ("module", "Contacts"),
            ("view_mode", "web"),
        ],
    )
    .respond_with(recorded("v7/398"))
    .expect(1)
    .mount(&server)
    .await;
    in_session(
        "fetchRecord",
        &[
            ("record", "122"),
            ("module", "Contacts"),
            ("mode", "getRelatedRecordCount"),
        ],
    )
    .respond_with(recorded("v7/401"))
    .expect(1)
    .mount(&server)
    .await;
    let record = client.fetch_by_number("Contacts", 122).await.unwrap();
    assert_eq!(record.text("firstname"), "Anna");
    let id = RecordId::new(12, 122);
    let counts = client.related_counts("Contacts", &id).await.unwrap();
    let count = |label: &str| {
        let found = counts.iter().find(|one| one.label == label).unwrap();
        (found.module.clone(), found.count)
    };
    assert_eq!(count("Invoices"), ("Invoice".to_owned(), 26));
    assert_eq!(count("Activities"), ("Calendar".to_owned(), 2));
}

#[tokio::test]
async fn lines_of_an_invoice_are_kept() {
    let (server, client) = start(Generation::New).await;
    in_session("fetchRecord", &[])
        .respond_with(recorded("v7/395"))
        .mount(&server)
        .await;
    let invoice = client.fetch(&RecordId::new(7, 676)).await.unwrap();
    let lines = result("v7/395")["record"]["LineItems"].clone();
    assert_eq!(invoice.line_items().len(), lines.as_array().unwrap().len());
    assert!(!invoice.line_items().is_empty());
    let total = invoice.to_plain().decimal("hdnGrandTotal").unwrap();
    assert_eq!(total.unwrap().to_string(), "203.00000000");
}

#[tokio::test]
async fn descriptions_of_both_generations_are_read() {
    for (generation, answer) in [
        (Generation::Old, result("v5/403")),
        (Generation::Old, documented("describe.json")),
        (Generation::New, result("v7/361")),
    ] {
        let (server, client) = start(generation).await;
        in_session("describe", &[("module", "Calendar")])
            .respond_with(yes(answer.clone()))
            .expect(1)
            .mount(&server)
            .await;
        let describe = client.describe("Calendar").await.unwrap();
        assert_eq!(describe.name, "Calendar");
        let said = answer["describe"]["fields"].as_array().unwrap();
        assert_eq!(describe.fields.len(), said.len());
        let subject = describe.field("subject").unwrap();
        assert!(subject.mandatory);
        let owner = describe.field("assigned_user_id").unwrap();
        assert!(matches!(owner.field_type, FieldType::Owner { .. }));
    }
}

#[tokio::test]
async fn an_unknown_module_cannot_be_described() {
    let (server, client) = start(Generation::Old).await;
    in_session("describe", &[])
        .respond_with(recorded("v5/409"))
        .mount(&server)
        .await;
    let error = client.describe("NoSuch").await.unwrap_err();
    assert_eq!(Code::of(&error), Some(Code::AccessDenied));
}

#[tokio::test]
async fn the_user_and_the_menus_are_read() {
    let (server, client) = start(Generation::New).await;
    in_session("userInfo", &[])
        .respond_with(recorded("v7/358"))
        .expect(1)
        .mount(&server)
        .await;
    let user = client.user_info().await.unwrap();
    assert_eq!(user.id, 1);
    assert_eq!(user.username, "admin");
    assert!(user.is_admin);
    assert_eq!(user.apps[0], "MARKETING");
    assert_eq!(user.menus["SUPPORT"][0], "HelpDesk");
}

#[tokio::test]
async fn owners_are_users_and_groups() {
    let (server, client) = start(Generation::New).await;
    let owners = json!({
        "users": [{"value": "19x1", "label": " Administrator"}],
        "groups": [{"value": "20x2", "label": "Team &amp; Co"}],
    });
    in_session("fetchModuleOwners", &[("module", "Contacts")])
        .respond_with(yes(owners))
        .expect(1)
        .mount(&server)
        .await;
    let owners = client.owners("Contacts").await.unwrap();
    assert_eq!(owners.users[0].id(), Some(ADMIN));
    assert_eq!(owners.groups[0].label, "Team & Co");
}

#[tokio::test]
async fn owners_that_are_no_owners_are_an_error() {
    let (server, client) = start(Generation::New).await;
    in_session("fetchModuleOwners", &[])
        .respond_with(yes(json!({"users": [{"name": "x"}]})))
        .mount(&server)
        .await;
    assert_eq!(
        client.owners("Contacts").await.unwrap_err().kind(),
        ErrorKind::Decode
    );
}

#[tokio::test]
async fn an_apostrophe_is_doubled_where_the_server_pastes_the_text_into_a_query() {
    let (server, client) = start(Generation::New).await;
    in_session(
        "fetchReferenceRecords",
        &[("module", "Accounts"), ("searchValue", r"O''Br\\\\x")],
    )
    .respond_with(recorded("v7/475"))
    .expect(1)
    .mount(&server)
    .await;
    let found = client.references("Accounts", r"O'Br\x").await.unwrap();
    assert_eq!(found[0].id(), Some(RecordId::new(11, 2)));
    assert_eq!(found[3].label, "Account 003 & Co.");
}

#[tokio::test]
async fn references_that_are_refused_are_an_error() {
    let (server, client) = start(Generation::New).await;
    in_session("fetchReferenceRecords", &[])
        .respond_with(recorded("v7/476"))
        .mount(&server)
        .await;
    let error = client.references("Contacts", "x").await.unwrap_err();
    assert_eq!(Code::of(&error), Some(Code::QuerySyntaxError));
}

#[tokio::test]
async fn taxes_and_charges_are_exact() {
    let (server, client) = start(Generation::New).await;
    in_session("taxByType", &[("taxType", "inventory")])
        .respond_with(recorded("v7/470"))
        .expect(1)
        .mount(&server)
        .await;
    in_session("taxByType", &[("taxType", "charges"), ("record", "676")])
        .respond_with(recorded("v7/472"))
        .expect(1)
        .mount(&server)
        .await;
    let taxes = client.taxes(TaxKind::Inventory).await.unwrap();
    assert_eq!(taxes[0].name, "tax1");
    assert_eq!(taxes[0].percentage.unwrap().to_string(), "4.500");
    assert!(!taxes[0].deleted);
    let charges = client.charges(&RecordId::new(7, 676)).await.unwrap();
    assert_eq!(charges[&1].value, None);
    assert_eq!(charges[&1].taxes.len(), 3);
}

#[tokio::test]
async fn a_tax_type_that_the_server_lacks_is_a_null_error() {
    let (server, client) = start(Generation::New).await;
    in_session("taxByType", &[("taxType", "shipping")])
        .respond_with(recorded("v7/473"))
        .mount(&server)
        .await;
    let error = client.taxes(TaxKind::Shipping).await.unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::NullError));
}

fn contact() -> Values {
    Values::new()
        .set("lastname", "MobNew")
        .set("assigned_user_id", ADMIN)
}

#[tokio::test]
async fn a_create_sends_values_that_pass_the_purifier_and_plain_ids() {
    let (server, client) = start(Generation::New).await;
    in_session(
        "saveRecord",
        &[
            ("module", "Contacts"),
            (
                "values",
                r#"{"account_id":"11x5","assigned_user_id":"19x1","donotcall":"1","lastname":"R \u0026 D \u003cb\u003e"}"#,
            ),
        ],
    )
    .and(Without("record"))
    .respond_with(recorded("v7/412"))
    .expect(1)
    .mount(&server)
    .await;
    let values = Values::new()
        .set("lastname", "R & D <b>")
        .set("donotcall", true)
        .set("account_id", RecordId::new(11, 5))
        .set("assigned_user_id", ADMIN);
    let saved = client.create("Contacts", &values).await.unwrap();
    assert_eq!(saved.record.text("lastname"), "MobNew");
    assert!(!saved.adopted);
    // The recorded record has other values: each is told.
    let changed: Vec<&str> = saved
        .warnings
        .iter()
        .filter_map(|warning| match warning {
            Warning::Changed { field, .. } => Some(field.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(changed, ["account_id", "donotcall", "lastname"]);
}

#[tokio::test]
async fn an_update_always_names_its_record() {
    let (server, client) = start(Generation::Old).await;
    in_session(
        "saveRecord",
        &[
            ("module", "Contacts"),
            ("record", "12x737"),
            ("values", r#"{"account_id":"11x5"}"#),
        ],
    )
    .respond_with(recorded("v5/481"))
    .expect(1)
    .mount(&server)
    .await;
    let id = RecordId::new(12, 737);
    let values = Values::new().set("account_id", RecordId::new(11, 5));
    let saved = client.update("Contacts", &id, &values).await.unwrap();
    assert_eq!(
        saved.record.reference("account_id"),
        Some(RecordId::new(11, 5))
    );
    assert_eq!(saved.warnings, []);
}

#[tokio::test]
async fn what_the_server_stored_otherwise_is_a_warning() {
    let server = server().await;
    sign_in(&server, Generation::Old).await;
    in_session("saveRecord", &[])
        .respond_with(recorded("v5/476"))
        .mount(&server)
        .await;
    let (seen, take) = support::warnings();
    let client = builder(&server).on_warning(take).build().unwrap();
    let stored = result("v5/476")["record"]["blocks"][0]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|field| field["name"] == "title")
        .unwrap()["value"]
        .clone();
    let values = Values::new().set("title", "a < b & c");
    let saved = client
        .update("Contacts", &RecordId::new(12, 737), &values)
        .await
        .unwrap();
    let Some(Warning::Changed {
        stored: told, what, ..
    }) = saved.warnings.first()
    else {
        panic!("{:?}", saved.warnings);
    };
    assert_eq!(Some(told.as_str()), stored.as_str());
    assert_eq!(*what, ChangeKind::Rewritten);
    assert_eq!(*seen.lock().unwrap(), saved.warnings);
}

#[tokio::test]
async fn saves_that_older_servers_misread_are_refused_before_they_are_sent() {
    let (server, client) = start(Generation::Old).await;
    let id = RecordId::new(12, 737);
    let with_id = contact().set("id", id);
    let labelled = contact().set(
        "account_id",
        Json::parse(r#"{"value":"11x3","label":"x"}"#).unwrap(),
    );
    for result in [
        client.create("Contacts", &with_id).await,
        client.update("Contacts", &id, &with_id).await,
        client.create("Contacts", &labelled).await,
        client.create("Contacts", &Values::new()).await,
        client.create("", &contact()).await,
        client
            .update("Contacts", &RecordId::new(12, 0), &contact())
            .await,
    ] {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
        assert_eq!(error.send_outcome(), SendOutcome::NotSent, "{error}");
    }
    assert_eq!(asked(&server, "saveRecord").await, 0);
}

#[tokio::test]
async fn refused_saves_keep_the_servers_code() {
    for (answer, code, kind) in [
        (
            "v5/470",
            Code::MandatoryFieldsMissing,
            ErrorKind::Validation,
        ),
        ("v5/491", Code::InvalidIdAttribute, ErrorKind::Validation),
        ("v7/416", Code::AccessDenied, ErrorKind::Permission),
        ("v7/428", Code::Duplicate, ErrorKind::Conflict),
    ] {
        let (server, client) = start(Generation::Old).await;
        in_session("saveRecord", &[])
            .respond_with(recorded(answer))
            .expect(1)
            .mount(&server)
            .await;
        let error = client.create("Contacts", &contact()).await.unwrap_err();
        assert_eq!(Code::of(&error), Some(code), "{answer}");
        assert_eq!(error.kind(), kind, "{answer}");
        assert_eq!(error.send_outcome(), SendOutcome::Rejected, "{answer}");
    }
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_not_sent_again() {
    for answer in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(200),
        ResponseTemplate::new(503),
        ResponseTemplate::new(200).set_body_string(r#"{"success":true,"result":{"rec"#),
    ] {
        let (server, client) = start(Generation::New).await;
        in_session("saveRecord", &[])
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        let error = client.create("Contacts", &contact()).await.unwrap_err();
        assert_eq!(error.send_outcome(), SendOutcome::Unknown, "{error}");
    }
}

#[tokio::test]
async fn a_lost_create_is_looked_up_and_the_record_found() {
    let (server, client) = start(Generation::New).await;
    in_session("saveRecord", &[])
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    in_session(
        "query",
        &[(
            "query",
            "select id from Contacts where lastname = 'O''Mob' limit 2;",
        )],
    )
    .respond_with(yes(json!({"records": [{"id": "12x122"}], "nextPage": 0})))
    .expect(1)
    .mount(&server)
    .await;
    in_session("fetchRecordWithGrouping", &[("record", "12x122")])
        .respond_with(recorded("v7/404"))
        .expect(1)
        .mount(&server)
        .await;
    let values = contact().set("lastname", "O'Mob");
    let saved = client
        .create_looked_up("Contacts", &values, "lastname")
        .await
        .unwrap();
    assert!(saved.adopted);
    assert_eq!(saved.record.id(), Some(RecordId::new(12, 122)));
}

#[tokio::test]
async fn a_lost_create_with_several_hits_is_a_conflict() {
    let (server, client) = start(Generation::New).await;
    in_session("saveRecord", &[])
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    in_session("query", &[])
        .respond_with(yes(
            json!({"records": [{"id": "12x122"}, {"id": "12x123"}], "nextPage": 0}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let error = client
        .create_looked_up("Contacts", &contact(), "lastname")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    let error = client
        .create_looked_up("Contacts", &contact(), "email")
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

fn call() -> NewActivity {
    NewActivity::call("Call Smith", ADMIN, "2014-01-18".parse::<Date>().unwrap())
        .starts(14, 44)
        .ends(15, 0)
        .set("visibility", "Private")
}

#[tokio::test]
async fn a_call_is_created_as_an_event() {
    let (server, client) = start(Generation::Old).await;
    let mut answer = documented("save_record.json");
    answer["record"]["id"] = json!("18x1225");
    for field in answer["record"]["blocks"][0]["fields"]
        .as_array_mut()
        .unwrap()
    {
        if field["name"] == "eventstatus" {
            field["value"] = json!("Planned");
        }
    }
    in_session("saveRecord", &[("module", "Calendar")])
        .respond_with(yes(answer))
        .expect(1)
        .mount(&server)
        .await;
    let saved = client.create_activity(&call()).await.unwrap();
    assert_eq!(saved.record.id(), Some(RecordId::new(18, 1225)));
    assert_eq!(activity_kind(&saved.record), Some(ActivityKind::Call));
    assert_eq!(saved.warnings, []);
    let requests = server.received_requests().await.unwrap();
    let values = support::form_param(requests.last().unwrap(), "values").unwrap();
    let values: Value = serde_json::from_str(&values).unwrap();
    assert_eq!(values["eventstatus"], "Planned");
    assert_eq!(values["time_start"], "14:44");
    assert!(values.get("start_time").is_none());
}

#[tokio::test]
async fn a_call_that_became_a_task_is_told() {
    // The vendor's example, as a server answered it.
    let (server, client) = start(Generation::Old).await;
    in_session("saveRecord", &[])
        .respond_with(recorded("v5/494"))
        .mount(&server)
        .await;
    let saved = client.create_activity(&call()).await.unwrap();
    assert_eq!(saved.record.id(), Some(RecordId::new(9, 741)));
    assert!(matches!(saved.warnings[..], [Warning::Note { .. }]));
}

#[tokio::test]
async fn a_user_is_created_and_no_secret_shows() {
    let server = server().await;
    sign_in(&server, Generation::Old).await;
    in_session("saveRecord", &[("module", "Users")])
        .respond_with(recorded("v5/496"))
        .expect(1)
        .mount(&server)
        .await;
    let notes = Arc::new(Notes::default());
    let client = builder(&server).observer(notes.clone()).build().unwrap();
    let password = "pass\"w<o>rd-of-the-new";
    let user = NewUser::new(
        "mobuser",
        password.into(),
        "lastname",
        "u@example.test",
        "H2",
    )
    .first_name("Mo")
    .admin(false);
    let saved = client.create_user(&user).await.unwrap();
    assert_eq!(saved.record.id(), Some(RecordId::new(19, 7)));
    let requests = server.received_requests().await.unwrap();
    let values = support::form_param(requests.last().unwrap(), "values").unwrap();
    let values: Value = serde_json::from_str(&values).unwrap();
    assert_eq!(values["user_password"], password);
    assert_eq!(values["confirm_password"], password);
    assert_eq!(values["roleid"], "H2");
    assert_eq!(values["is_admin"], "off");
    let shown = format!("{user:?} {saved:?} {}", notes.0.lock().unwrap());
    assert!(shown.contains("mobuser"), "{shown}");
    // The password, the new access key and a part of the hash.
    for secret in ["rd-of-the-new", "xljIUssdV2bh4dhf", "RZW2"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_user_without_what_the_server_needs_is_refused() {
    let (_server, client) = start(Generation::Old).await;
    let user = NewUser::new("mobuser", "pw".into(), "", "u@example.test", "H2");
    let error = client.create_user(&user).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn a_group_is_created_with_its_members_named() {
    let (server, client) = start(Generation::Old).await;
    in_session(
        "saveRecord",
        &[
            ("module", "Groups"),
            (
                "values",
                r#"{"description":"Description of group","groupname":"Groupname","members":["Users:5","Roles:H2"]}"#,
            ),
        ],
    )
    .respond_with(recorded("v5/497"))
    .expect(1)
    .mount(&server)
    .await;
    let group = NewGroup::new("Groupname")
        .description("Description of group")
        .member(Member::User(5))
        .member(Member::Role("H2".to_owned()));
    let id = client.create_group(&group).await.unwrap();
    assert_eq!(id, RecordId::new(20, 8));
    let error = client.create_group(&NewGroup::new(" ")).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn deletes_send_ids_to_the_old_generation_and_numbers_to_the_new() {
    let (server, client) = start(Generation::Old).await;
    in_session("deleteRecords", &[("record", "12x747")])
        .and(Without("records"))
        .respond_with(recorded("v5/548"))
        .expect(1)
        .mount(&server)
        .await;
    let deleted = client.delete(&[RecordId::new(12, 747)]).await.unwrap();
    assert!(deleted.is_complete());

    let (server, client) = start(Generation::New).await;
    in_session("deleteRecords", &[("records", r#"["775","776","777"]"#)])
        .and(Without("record"))
        .respond_with(yes(json!({"deleted": {"775": true, "776": false}})))
        .expect(1)
        .mount(&server)
        .await;
    let ids = [775, 776, 777].map(|number| RecordId::new(12, number));
    let deleted = client.delete(&ids).await.unwrap();
    assert_eq!(deleted.deleted, [ids[0]]);
    assert_eq!(deleted.refused, [ids[1]]);
    assert_eq!(deleted.unanswered, [ids[2]]);
    assert!(!deleted.is_complete());
    assert!(client.delete(&[]).await.unwrap().is_complete());
}

#[tokio::test]
async fn a_record_that_is_gone_or_protected_is_refused_and_no_error() {
    for answer in ["v5/550", "v5/593"] {
        let (server, client) = start(Generation::Old).await;
        in_session("deleteRecords", &[])
            .respond_with(recorded(answer))
            .mount(&server)
            .await;
        let said = result(answer)["deleted"].clone();
        let id: RecordId = said
            .as_object()
            .unwrap()
            .keys()
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let deleted = client.delete(&[id]).await.unwrap();
        assert_eq!(deleted.refused, [id], "{answer}");
    }
}

#[tokio::test]
async fn a_list_that_was_not_read_is_an_error() {
    let (server, client) = start(Generation::New).await;
    in_session("deleteRecords", &[])
        .respond_with(recorded("v7/485"))
        .mount(&server)
        .await;
    let error = client.delete(&[RecordId::new(12, 779)]).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
}

#[tokio::test]
async fn a_server_that_names_itself_old_and_dies_of_ids_is_sent_numbers() {
    let (server, client) = start(Generation::Old).await;
    in_session("deleteRecords", &[("record", "12x773")])
        .respond_with(recorded("v7/479"))
        .expect(1)
        .mount(&server)
        .await;
    in_session("deleteRecords", &[("record", "773")])
        .respond_with(recorded("v7/478"))
        .expect(2)
        .mount(&server)
        .await;
    let id = RecordId::new(12, 773);
    assert!(client.delete(&[id]).await.unwrap().is_complete());
    // It is known from now on.
    assert!(client.delete(&[id]).await.unwrap().is_complete());
}

#[tokio::test]
async fn a_number_that_kills_the_server_leaves_the_outcome_unknown() {
    let (server, client) = start(Generation::New).await;
    in_session("deleteRecords", &[])
        .respond_with(recorded("v7/482"))
        .expect(1)
        .mount(&server)
        .await;
    let error = client
        .delete(&[RecordId::new(12, 999_999)])
        .await
        .unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::TextDeath));
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn a_comment_is_added_and_answered() {
    let (server, client) = start(Generation::New).await;
    in_session(
        "addRecordComment",
        &[(
            "values",
            r#"{"commentcontent":"c \u003cb\u003e","related_to":"12x761"}"#,
        )],
    )
    .respond_with(recorded("v7/433"))
    .expect(1)
    .mount(&server)
    .await;
    let comment = client
        .add_comment(&RecordId::new(12, 761), "c <b>")
        .await
        .unwrap();
    assert!(!comment.adopted);
    assert_eq!(
        comment.record.reference("related_to"),
        Some(RecordId::new(12, 761))
    );
}

#[tokio::test]
async fn a_comment_without_text_is_refused_and_a_refused_one_keeps_its_code() {
    let (server, client) = start(Generation::Old).await;
    in_session("addRecordComment", &[])
        .respond_with(recorded("v5/545"))
        .expect(1)
        .mount(&server)
        .await;
    let error = client.add_comment(&CONTACT, "x").await.unwrap_err();
    assert_eq!(Code::of(&error), Some(Code::MandatoryFieldsMissing));
    let error = client.add_comment(&CONTACT, " ").await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

const TICKET: RecordId = RecordId::new(17, 523);

fn comments(rows: Value) -> ResponseTemplate {
    yes(json!({"records": rows, "nextPage": 0}))
}

fn now(minutes_ago: u64) -> String {
    let at = simplycrm_ws::Timestamp::now()
        .saturating_sub(std::time::Duration::from_secs(minutes_ago * 60));
    at.jiff().strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[tokio::test]
async fn a_comment_on_a_ticket_that_is_answered_by_nothing_is_looked_up() {
    let (server, client) = start(Generation::Old).await;
    in_session("addRecordComment", &[])
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    let rows = json!([
        {"id": "30x801", "commentcontent": "another", "createdtime": now(0)},
        {"id": "30x800", "commentcontent": "the text", "createdtime": now(0)},
        {"id": "30x700", "commentcontent": "the text", "createdtime": now(60)},
    ]);
    in_session("query", &[])
        .respond_with(comments(rows))
        .expect(1)
        .mount(&server)
        .await;
    let comment = client.add_comment(&TICKET, "the text").await.unwrap();
    assert!(comment.adopted);
    assert_eq!(comment.record.id(), Some(RecordId::new(30, 800)));
    let requests = server.received_requests().await.unwrap();
    let query = support::form_param(requests.last().unwrap(), "query").unwrap();
    assert!(query.contains("where related_to = '17x523'"), "{query}");
}

#[tokio::test]
async fn related_comments_are_read_where_they_cannot_be_queried() {
    let (server, client) = start(Generation::Old).await;
    in_session("addRecordComment", &[])
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    in_session("query", &[])
        .respond_with(support::no("ACCESS_DENIED", "no"))
        .expect(1)
        .mount(&server)
        .await;
    let field = |name: &str, value: &str| json!({"name": name, "value": value, "label": name});
    let row = json!({"id": "30x800", "blocks": [{"label": "", "fields": [
        field("commentcontent", "the text"), field("createdtime", &now(1)),
    ]}]});
    in_session(
        "relatedRecordsWithGrouping",
        &[("record", "17x523"), ("relatedmodule", "ModComments")],
    )
    .respond_with(comments(json!([row])))
    .expect(1)
    .mount(&server)
    .await;
    let comment = client.add_comment(&TICKET, "the text").await.unwrap();
    assert!(comment.adopted);
}

#[tokio::test]
async fn a_lost_comment_that_is_not_found_stays_unknown_and_is_not_sent_again() {
    let (server, client) = start(Generation::Old).await;
    in_session("addRecordComment", &[])
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    let old = json!([{"id": "30x700", "commentcontent": "the text", "createdtime": now(60)}]);
    in_session("query", &[])
        .respond_with(comments(old))
        .expect(1)
        .mount(&server)
        .await;
    let error = client.add_comment(&TICKET, "the text").await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert_eq!(BodyFault::of(&error), Some(BodyFault::EmptyBody));
    assert!(error.help_text().unwrap().contains("ticket"));
    assert_eq!(Refusal::of(&error), None);
}
