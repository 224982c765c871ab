//! Reading and describing records, and what belongs to them.

use serde_json::json;
use simplycrm_ws::mobile::{Generation, TaxKind};
use simplycrm_ws::{BodyFault, Code, ErrorKind, FieldType, Json, RecordId, SendOutcome};

use crate::mobile::{ADMIN, CONTACT, documented, in_session, recorded, result, start};
use crate::support::yes;

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
