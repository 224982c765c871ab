//! What modules look like.

use serde_json::{Value, json};
use simplycrm_ws::{Code, Describe, ErrorKind, FieldType, Json, ListTypes};
use wiremock::matchers::{query_param, query_param_is_missing};

use crate::exchange::{names, recorded};
use crate::support::{client, get, no, server, sign_in, yes};

#[tokio::test]
async fn all_modules_are_listed_without_a_filter() {
    let server = server().await;
    sign_in(&server).await;
    get("listtypes")
        .and(query_param_is_missing("fieldTypeList"))
        .respond_with(recorded("v7/028-webservice-listtypes-after_logout").again())
        .expect(1)
        .mount(&server)
        .await;
    let types = client(&server).list_types(&[]).await.unwrap();
    assert_eq!(types.types.len(), 35);
    assert_eq!(types.types.first().map(String::as_str), Some("Campaigns"));
    assert!(types.contains("LineItem") && !types.contains("lineitem"));
    let accounts = types.information.get("Accounts").unwrap();
    assert!(accounts.is_entity);
    assert_eq!(accounts.label, "Organizations");
    assert_eq!(accounts.singular, "Organization");
    assert!(!types.information.get("Currency").unwrap().is_entity);
}

#[tokio::test]
async fn field_types_are_sent_as_a_json_list() {
    let server = server().await;
    sign_in(&server).await;
    get("listtypes")
        .and(query_param("fieldTypeList", r#"["email","phone"]"#))
        .respond_with(recorded("v7/025-webservice-listtypes-email_fields").again())
        .expect(1)
        .mount(&server)
        .await;
    let types = client(&server)
        .list_types(&["email", "phone"])
        .await
        .unwrap();
    assert_eq!(
        types.types,
        ["Vendors", "Leads", "Accounts", "Contacts", "Users"]
    );
}

#[tokio::test]
async fn no_information_may_be_an_empty_list() {
    let server = server().await;
    sign_in(&server).await;
    get("listtypes")
        .respond_with(recorded("v7/026-webservice-listtypes-none_match").again())
        .expect(1)
        .mount(&server)
        .await;
    let types = client(&server).list_types(&["nosuchtype"]).await.unwrap();
    assert!(types.types.is_empty() && types.information.is_empty());
}

#[tokio::test]
async fn a_list_of_types_without_types_is_an_error() {
    for answer in [
        json!({"information": {}}),
        json!([]),
        json!({"types": null}),
    ] {
        let server = server().await;
        sign_in(&server).await;
        get("listtypes")
            .respond_with(yes(answer))
            .expect(1)
            .mount(&server)
            .await;
        let error = client(&server).list_types(&[]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
    }
}

#[tokio::test]
async fn a_module_is_described() {
    let server = server().await;
    sign_in(&server).await;
    get("describe")
        .and(query_param("elementType", "Contacts"))
        .respond_with(recorded("v7/032-webservice-describe-Contacts").again())
        .expect(1)
        .mount(&server)
        .await;
    let contacts = client(&server).describe("Contacts").await.unwrap();
    assert_eq!(contacts.id_prefix, Some(12));
    assert_eq!(contacts.label_fields, ["firstname", "lastname"]);
    assert_eq!(contacts.allow_duplicates, Some(true));
    assert!(contacts.createable && contacts.deleteable && contacts.is_entity);
    let mandatory: Vec<_> = contacts
        .mandatory()
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(mandatory, ["lastname", "assigned_user_id"]);
    let account = &contacts.field("account_id").unwrap().field_type;
    assert_eq!(
        account,
        &FieldType::Reference {
            refers_to: vec!["Accounts".to_owned()]
        }
    );
    let sports: Vec<_> = contacts
        .field("cf_882")
        .unwrap()
        .picklist_values()
        .iter()
        .map(|value| value.value.as_str())
        .collect();
    assert_eq!(sports, ["Golf", "Søsport", "A & B", "Tennis"]);
    assert!(contacts.field("Lastname").is_none());
}

#[tokio::test]
async fn a_module_nobody_may_see_is_refused() {
    let server = server().await;
    sign_in(&server).await;
    get("describe")
        .respond_with(no(
            "ACCESS_DENIED",
            "Permission to perform the operation is denied for name",
        ))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server).describe("Nothing").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert_eq!(Code::of(&error), Some(Code::AccessDenied));
}

#[tokio::test]
async fn a_description_without_fields_is_an_error() {
    for answer in [
        json!({"name": "Contacts"}),
        json!({"fields": []}),
        json!([]),
    ] {
        let server = server().await;
        sign_in(&server).await;
        get("describe")
            .respond_with(yes(answer))
            .expect(1)
            .mount(&server)
            .await;
        let error = client(&server).describe("Contacts").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(error.operation_name(), Some("simplycrm.describe"));
    }
}

#[tokio::test]
async fn a_module_is_asked_for_once_until_it_is_forgotten() {
    let server = server().await;
    sign_in(&server).await;
    get("describe")
        .respond_with(recorded("v5/059-webservice-describe-Contacts").again())
        .expect(3)
        .mount(&server)
        .await;
    let client = client(&server);
    let first = client.described("Contacts").await.unwrap();
    let second = client.clone().described("Contacts").await.unwrap();
    assert_eq!(first, second);
    client.describe_again("Contacts").await.unwrap();
    client.described("Contacts").await.unwrap();
    client.forget_descriptions();
    client.described("Contacts").await.unwrap();
}

#[tokio::test]
async fn a_failed_description_is_not_remembered() {
    let server = server().await;
    sign_in(&server).await;
    get("describe")
        .respond_with(no("ACCESS_DENIED", "Not yet."))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    get("describe")
        .respond_with(recorded("v5/059-webservice-describe-Contacts").again())
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    client.described("Contacts").await.unwrap_err();
    client.described("Contacts").await.unwrap();
}

/// A flag as a server writes it.
fn flag(json: &Value) -> bool {
    match json {
        Value::Bool(flag) => *flag,
        Value::String(text) => !text.is_empty() && text != "0",
        _ => false,
    }
}

#[test]
fn every_recorded_description_reads_field_by_field() {
    let mut modules = 0;
    let mut fields = 0;
    for generation in ["v5", "v7"] {
        for name in names(generation) {
            let exchange = recorded(&name);
            if exchange.operation != "describe" {
                continue;
            }
            let Ok(result) = exchange.result() else {
                continue;
            };
            // The mobile API wraps it.
            let result = result.get("describe").cloned().unwrap_or(result);
            let raw: Value = serde_json::from_str(&result.to_string()).unwrap();
            let describe = Describe::from_json(&result).unwrap();
            assert_eq!(raw["name"], json!(describe.name), "{name}");
            assert_eq!(raw["createable"], json!(describe.createable), "{name}");
            assert_eq!(raw["updateable"], json!(describe.updateable), "{name}");
            assert_eq!(raw["deleteable"], json!(describe.deleteable), "{name}");
            let prefix = describe.id_prefix.unwrap().to_string();
            assert_eq!(raw["idPrefix"], json!(prefix), "{name}");
            let list = raw["fields"].as_array().unwrap();
            assert_eq!(list.len(), describe.fields.len(), "{name}");
            for (raw, field) in list.iter().zip(&describe.fields) {
                let at = format!("{name} {}", field.name);
                assert_eq!(raw["name"], json!(field.name), "{at}");
                assert_eq!(raw["label"], json!(field.label), "{at}");
                assert_eq!(raw["type"]["name"], json!(field.field_type.name()), "{at}");
                if let Some(mandatory) = raw.get("mandatory") {
                    assert_eq!(flag(mandatory), field.mandatory, "{at}");
                    assert_eq!(flag(&raw["editable"]), field.editable, "{at}");
                    assert_eq!(flag(&raw["nullable"]), field.nullable, "{at}");
                }
                assert_eq!(
                    raw.get("default").and_then(Value::as_str),
                    field.default.as_deref(),
                    "{at}"
                );
                assert!(
                    !matches!(field.field_type, FieldType::Other(_)),
                    "{at} is of an unknown type"
                );
                if let Some(values) = raw["type"]["picklistValues"].as_array()
                    && raw["type"]["name"] != "string"
                {
                    assert_eq!(values.len(), field.picklist_values().len(), "{at}");
                }
                if let Some(modules) = raw["type"]["refersTo"].as_array() {
                    let FieldType::Reference { refers_to } = &field.field_type else {
                        panic!("{at} is no reference");
                    };
                    assert_eq!(modules, json!(refers_to).as_array().unwrap(), "{at}");
                }
                fields += 1;
            }
            modules += 1;
        }
    }
    assert!(
        modules > 50 && fields > 1500,
        "{modules} modules, {fields} fields"
    );
}

#[test]
fn owners_of_the_mobile_api_come_with_their_names() {
    let result = recorded("v7/359-mobile-describe-Contacts")
        .result()
        .unwrap();
    let describe = Describe::from_json(result.get("describe").unwrap()).unwrap();
    let owner = &describe.field("assigned_user_id").unwrap().field_type;
    let FieldType::Owner { users, groups } = owner else {
        panic!("{owner:?}");
    };
    assert_eq!(users.get("19x6").map(String::as_str), Some("Søren Sales"));
    assert_eq!(groups.get("20x2").map(String::as_str), Some("Team Selling"));
}

#[test]
fn unknown_types_and_broken_fields_do_not_spoil_a_description() {
    let json = Json::parse(
        r#"{"name":"M","idPrefix":"x","fields":[
            {"name":"a","type":{"name":"hologram"}},{"name":"b"},{"label":"nameless"},7,null,
            {"name":"c","type":{"name":"picklist","picklistValues":{"x":"y"}}},
            {"name":"d","type":{"name":"file","maxUploadFileSize":3145728}},
            {"name":"e","type":"string"}]}"#,
    )
    .unwrap();
    let describe = Describe::from_json(&json).unwrap();
    let types: Vec<_> = describe
        .fields
        .iter()
        .map(|field| (field.name.as_str(), field.field_type.clone()))
        .collect();
    assert_eq!(
        types,
        [
            ("a", FieldType::Other("hologram".to_owned())),
            ("b", FieldType::Other(String::new())),
            (
                "c",
                FieldType::Picklist {
                    values: Vec::new(),
                    default: None
                }
            ),
            (
                "d",
                FieldType::File {
                    max_bytes: Some(3_145_728)
                }
            ),
            ("e", FieldType::Other(String::new())),
        ]
    );
    assert_eq!(describe.id_prefix, None);
    assert!(!describe.createable, "what is not said is not allowed");
}

#[test]
fn a_list_of_types_may_lack_what_is_known_about_them() {
    let json = Json::parse(r#"{"types":["A",null,"B"],"information":{"A":{}}}"#).unwrap();
    let types = ListTypes::from_json(&json).unwrap();
    assert_eq!(types.types, ["A", "B"]);
    assert_eq!(types.information.get("A").unwrap().singular, "A");
}
