//! What becomes of values, owners, references and permissions.

use koppel_sandbox::simplycrm::{CustomField, Generation, SimplyCrm};
use serde_json::{Value, json};

use super::talk::Talk;

#[tokio::test]
async fn custom_fields_fold_their_values() {
    let builder = SimplyCrm::builder()
        .generation(Generation::V7_1)
        .custom_field("Contacts", "cf_1", CustomField::Text)
        .custom_field("Contacts", "cf_2", CustomField::Boolean)
        .custom_field("Contacts", "cf_3", CustomField::Date)
        .custom_field("Contacts", "cf_4", CustomField::Decimal)
        .custom_field("Contacts", "cf_5", CustomField::Currency)
        .custom_field(
            "Contacts",
            "cf_6",
            CustomField::MultiPicklist(vec!["A".into(), "B".into()]),
        );
    let talk = Talk::with(builder).await;
    let id = talk.contact("L").await;
    for (field, sent, stored) in [
        ("cf_1", json!("x".repeat(120)), "x".repeat(100)),
        ("cf_2", json!("true"), "0".into()),
        ("cf_2", json!(true), "1".into()),
        ("cf_3", json!("2026-02-31"), "0000-00-00".into()),
        ("cf_4", json!("1,5"), "1.00".into()),
        ("cf_5", json!("1234.567"), "1234.57000".into()),
        ("cf_6", json!("A |##| B"), "A |##| B".into()),
        ("cf_6", json!(["A"]), String::new()),
        ("cf_1", Value::Null, String::new()),
    ] {
        let told = talk
            .revise(json!({"id": id, field: sent.clone()}))
            .await
            .result();
        assert_eq!(told[field], json!(stored), "{field} {sent}");
    }
    let described = talk
        .get("describe", &[("elementType", "Contacts")])
        .await
        .result();
    let field = described["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["name"] == "cf_6");
    assert_eq!(field.unwrap()["type"]["name"], "multipicklist");
}

#[tokio::test]
async fn a_custom_field_of_no_module_keeps_the_server_from_starting() {
    let builder = SimplyCrm::builder().custom_field("Nothing", "cf_1", CustomField::Text);
    assert!(builder.start().await.is_err());
}

#[tokio::test]
async fn references_and_owners_are_checked() {
    let talk = Talk::new(Generation::V7_1).await;
    let account = talk
        .server
        .insert("Accounts", &json!({"accountname": "A"}))
        .unwrap();
    let contact = talk.contact("L").await;
    let denied = "ACCESS_DENIED: Permission to perform the operation is denied for id";
    for (field, sent, told) in [
        ("account_id", "abc", denied),
        ("account_id", "99x5", denied),
        (
            "account_id",
            contact.as_str(),
            "REFERENCE_INVALID: Invalid reference specified for account_id",
        ),
    ] {
        let refused = talk
            .revise(json!({"id": contact, field: sent}))
            .await
            .error();
        assert_eq!(refused, told, "{sent}");
    }
    let told = talk
        .revise(json!({"id": contact, "account_id": account}))
        .await
        .result();
    assert_eq!(told["account_id"], json!(account));
    talk.server.delete(&account).unwrap();
    assert_eq!(talk.retrieve(&contact).await.result()["account_id"], "");
    let dead = talk
        .revise(json!({"id": contact, "assigned_user_id": "19x99"}))
        .await;
    assert_eq!(
        dead.text,
        "Sorry! Attempt to access restricted file. - user_privileges/user_privileges_.php"
    );
    let told = talk
        .revise(json!({"id": contact, "assigned_user_id": "1"}))
        .await
        .result();
    assert_eq!(told["assigned_user_id"], "19x1");
}

#[tokio::test]
async fn a_second_account_of_a_name_is_refused_with_the_number_zero() {
    for (generation, refuses) in [(Generation::Simply, true), (Generation::V5_4, false)] {
        let talk = Talk::new(generation).await;
        let account = json!({"accountname": "A b", "assigned_user_id": "19x1"});
        talk.create("Accounts", account.clone()).await.result();
        let again = json!({"accountname": "a B", "assigned_user_id": "19x1"});
        let reply = talk.create("Accounts", again).await;
        if refuses {
            assert_eq!(reply.json()["error"]["code"], 0);
            assert_eq!(talk.server.count("Accounts"), 1);
        } else {
            reply.result();
        }
    }
}

#[tokio::test]
async fn who_may_not_write_a_module_is_told_so() {
    let builder = SimplyCrm::builder()
        .add_user("sales", "k", "p", false)
        .deny_write("sales", "HelpDesk")
        .hide("sales", "Invoice")
        .private("Leads");
    let mut talk = Talk::with(builder).await;
    let lead = talk
        .server
        .insert("Leads", &json!({"lastname": "L", "company": "C"}))
        .unwrap();
    talk.session = talk.login("sales", "k").await;
    let described = talk
        .get("describe", &[("elementType", "HelpDesk")])
        .await
        .result();
    assert_eq!(
        (&described["createable"], &described["retrieveable"]),
        (&json!(false), &json!(true))
    );
    let ticket = json!({
        "ticket_title": "T", "ticketstatus": "Open", "ticketpriorities": "Low",
        "assigned_user_id": "19x5",
    });
    let refused = talk.create("HelpDesk", ticket).await.error();
    assert_eq!(refused, "ACCESS_DENIED: Permission to write is denied");
    let types = talk.get("listtypes", &[]).await.result();
    let types = types["types"].as_array().unwrap();
    assert!(!types.contains(&json!("Invoice")) && !types.contains(&json!("Users")));
    assert_eq!(
        talk.query("select id from Leads;").await.result(),
        json!([])
    );
    let refused = talk.retrieve(&lead).await.error();
    assert_eq!(
        refused,
        "ACCESS_DENIED: Permission to read given object is denied"
    );
    let refused = talk.query("select id from Users;").await.error();
    assert!(refused.starts_with("ACCESS_DENIED"), "{refused}");
}

#[tokio::test]
async fn parameters_are_read_where_the_operation_reads_them() {
    let talk = Talk::new(Generation::V7_1).await;
    let id = talk.contact("L").await;
    let query = [("query", "select id from Contacts;")];
    let refused = talk.post("query", &query).await.error();
    assert_eq!(
        refused,
        "ACCESS_DENIED: Permission to perform the operation is denied for query"
    );
    let refused = talk.get("delete", &[("id", &id)]).await.error();
    assert_eq!(
        refused,
        "ACCESS_DENIED: Permission to perform the operation is denied for id"
    );
    let unknown = talk.get("nosuch", &[]).await;
    assert_eq!((unknown.status, unknown.text.as_str()), (500, ""));
    let long = "x".repeat(9_000);
    assert_eq!(talk.get("query", &[("query", &long)]).await.status, 414);
}

#[tokio::test]
async fn queries_filter_and_order_as_mysql_does() {
    let talk = Talk::new(Generation::V7_1).await;
    for (last, first) in [
        ("Ängström", "b"),
        ("angstrom", "a"),
        ("O'Brien", "c"),
        ("50%", "d"),
        ("a\\b", "e"),
    ] {
        let contact = json!({"lastname": last, "firstname": first});
        talk.server.insert("Contacts", &contact).unwrap();
    }
    let found = async |rest: &str| -> Vec<String> {
        let rows = talk
            .query(&format!("select firstname from Contacts {rest};"))
            .await
            .result();
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["firstname"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        found("where lastname = 'ANGSTRÖM' order by firstname").await,
        ["a", "b"]
    );
    assert_eq!(found("where lastname = 'O''Brien'").await, ["c"]);
    assert_eq!(found(r"where lastname like '50\%'").await, ["d"]);
    assert_eq!(found(r"where lastname = 'a\\b'").await, ["e"]);
    assert_eq!(found(r"where lastname like 'a\\\\b'").await, ["e"]);
    assert_eq!(found("where firstname in ('a','e') or firstname = 'c' and lastname = 'x' order by firstname desc").await, ["e", "a"]);
    assert_eq!(found("order by firstname limit 1,2").await, ["b", "c"]);
    assert_eq!(found("limit 0").await, [""; 0]);
}

#[tokio::test]
async fn relations_and_conversions_of_leads_work_on_simply_crm() {
    let talk = Talk::new(Generation::Simply).await;
    let account = talk
        .server
        .insert("Accounts", &json!({"accountname": "A"}))
        .unwrap();
    let contact = json!({"lastname": "L", "account_id": account});
    let contact = talk.server.insert("Contacts", &contact).unwrap();
    let related = [
        ("id", account.as_str()),
        ("relatedType", "Contacts"),
        ("relatedLabel", "Contacts"),
    ];
    let told = talk.get("retrieve_related", &related).await.result();
    assert_eq!(told[0]["id"], json!(contact));
    let wrong = [
        ("id", account.as_str()),
        ("relatedType", "Contacts"),
        ("relatedLabel", "Nope"),
    ];
    assert!(
        talk.get("retrieve_related", &wrong)
            .await
            .error()
            .starts_with("UNKOWN_ENTITY")
    );
    let query = [
        ("query", "select lastname from Contacts"),
        ("id", &account),
        ("relatedLabel", "Contacts"),
    ];
    let told = talk.get("query_related", &query).await.result();
    assert_eq!(told, json!([{"id": contact, "lastname": "L"}]));
    let lead = json!({"lastname": "Lead", "company": "Co", "email": "l@example.test"});
    let lead = talk.server.insert("Leads", &lead).unwrap();
    let element = json!({
        "leadId": lead, "assignedTo": "19x1",
        "entities": {
            "Accounts": {"create": true, "name": "Accounts", "accountname": "Co"},
            "Contacts": {"create": true, "name": "Contacts"},
        },
    });
    let convert = [("element", &element.to_string() as &str)];
    let told = talk.post("convertlead", &convert).await.result();
    let made = talk
        .retrieve(told["Contacts"].as_str().unwrap())
        .await
        .result();
    assert_eq!(
        (&made["lastname"], &made["account_id"]),
        (&json!("Lead"), &told["Accounts"])
    );
    assert_eq!(
        talk.post("convertlead", &convert).await.error(),
        "LEAD_ALREADY_CONVERTED: Lead is already converted"
    );
    assert_eq!(
        talk.query("select id from Leads;").await.result(),
        json!([])
    );
    assert_eq!(talk.retrieve(&lead).await.result()["lastname"], "Lead");
    assert_eq!(
        talk.sync("Leads", 1).await.result()["deleted"],
        json!([lead])
    );
}

#[tokio::test]
async fn logouts_differ_by_generation() {
    for (generation, told) in [
        (Generation::V5_4, None),
        (Generation::V7_1, Some("INTERNAL_SERVER_ERROR")),
    ] {
        let talk = Talk::new(generation).await;
        let reply = talk.post("logout", &[]).await;
        match told {
            None => {
                assert_eq!(reply.result(), json!({"message": "successfull"}));
                assert!(
                    talk.get("listtypes", &[])
                        .await
                        .error()
                        .starts_with("INVALID_SESSIONID")
                );
            }
            Some(code) => {
                assert!(reply.error().starts_with(code));
                talk.get("listtypes", &[]).await.result();
            }
        }
    }
}
