//! Syncs, queries, deletes and the rarer operations of the mobile API.

use koppel_sandbox::simplycrm::Generation;
use serde_json::json;

use super::mobile::{Phone, field};

#[tokio::test]
async fn tokens_go_down_from_page_to_page_and_are_echoed_where_nothing_changed() {
    let phone = Phone::new(Generation::Simply).await;
    phone
        .talk
        .server
        .freeze("2026-11-21T20:00:00Z".parse().unwrap());
    for n in 0..120 {
        if n == 60 {
            phone.talk.server.advance(std::time::Duration::from_secs(5));
        }
        let contact = json!({"lastname": format!("L{n}")});
        phone.talk.server.insert("Contacts", &contact).unwrap();
    }
    let sync = async |token: &str, page: &str| {
        let params = [("module", "Contacts"), ("syncToken", token), ("page", page)];
        phone.ask("syncModuleRecords", &params).await.result()["sync"].clone()
    };
    let (first, second) = (sync("", "0").await, sync("", "1").await);
    assert_eq!(
        (
            first["updated"].as_array().unwrap().len(),
            &first["nextPage"]
        ),
        (99, &json!(1))
    );
    assert_eq!(
        (
            second["updated"].as_array().unwrap().len(),
            &second["nextPage"]
        ),
        (21, &json!(0))
    );
    let token = first["nextSyncToken"].as_i64().unwrap();
    assert_eq!(token - second["nextSyncToken"].as_i64().unwrap(), 5);
    assert_eq!(
        first["updated"][0]["labelFields"],
        json!(["firstname", "lastname"])
    );
    let nothing = sync(&token.to_string(), "0").await;
    assert_eq!(nothing["nextSyncToken"], json!(token.to_string()));
    phone.talk.server.advance(std::time::Duration::from_secs(5));
    phone.talk.server.delete("12x2").unwrap();
    assert_eq!(
        sync(&token.to_string(), "0").await["deleted"],
        json!(["12x2"])
    );
    let refused = phone
        .ask(
            "syncModuleRecords",
            &[("module", "Contacts"), ("syncToken", "x")],
        )
        .await;
    assert_eq!(refused.error(), "0: Unexpected input at line1: '");
}

#[tokio::test]
async fn queries_are_paged_by_ninety_nine() {
    let phone = Phone::new(Generation::V7_1).await;
    phone.contacts(120);
    let query = async |query: &str, page: &str| {
        phone
            .ask("query", &[("query", query), ("page", page)])
            .await
    };
    let first = query("select lastname from Contacts", "0").await.result();
    assert_eq!(
        (
            first["records"].as_array().unwrap().len(),
            &first["nextPage"]
        ),
        (99, &json!(1))
    );
    assert_eq!(
        first["records"][0]["account_id"],
        json!({"value": null, "label": ""})
    );
    let second = query("select lastname from Contacts;", "1").await.result();
    assert_eq!(
        (
            second["records"].as_array().unwrap().len(),
            &second["nextPage"]
        ),
        (21, &json!(0))
    );
    let count = query("select count(*) from Contacts;", "0").await.result();
    assert_eq!(count, json!({"records": [{"count": "120"}], "nextPage": 0}));
    let refused = query("select id from Contacts where phone = ''", "0")
        .await
        .error();
    assert_eq!(refused, "0: Unexpected input at line1: '");
    assert!(
        query("select id from Contacts limit 3", "0")
            .await
            .error()
            .contains("QUERY_SYNTAX")
    );
}

#[tokio::test]
async fn deletes_want_the_ids_of_their_module() {
    let old = Phone::new(Generation::Simply).await;
    let new = Phone::new(Generation::V7_1).await;
    for phone in [&old, &new] {
        phone.contacts(4);
    }
    let delete = async |phone: &Phone, name: &str, value: &str| {
        phone.ask("deleteRecords", &[(name, value)]).await
    };
    assert_eq!(
        delete(&old, "record", "12x2").await.result()["deleted"],
        json!({"12x2": true})
    );
    assert_eq!(
        delete(&old, "record", "12x2").await.result()["deleted"],
        json!({"12x2": false})
    );
    let two = delete(&old, "records", "[\"12x3\",\"12x4\"]")
        .await
        .result();
    assert_eq!(two["deleted"], json!({"12x3": true, "12x4": true}));
    assert_eq!(
        delete(&old, "records", "12x5").await.result()["deleted"],
        json!([])
    );
    assert_eq!(
        delete(&new, "record", "2").await.result()["deleted"],
        json!({"2": true})
    );
    let dead = delete(&new, "record", "12x3").await;
    assert_eq!(
        (dead.status, dead.text.as_str()),
        (
            200,
            "Sorry! Attempt to access restricted file. - modules//.php"
        )
    );
    assert_eq!(new.talk.server.count("Contacts"), 3);
}

#[tokio::test]
async fn a_comment_on_a_ticket_gets_no_answer_from_the_old_module_and_is_made_all_the_same() {
    for (generation, empty) in [(Generation::Simply, true), (Generation::V7_1, false)] {
        let phone = Phone::new(generation).await;
        let ticket =
            json!({"ticket_title": "T", "ticketstatus": "Open", "ticketpriorities": "Low"});
        let ticket = phone.talk.server.insert("HelpDesk", &ticket).unwrap();
        let values = json!({"related_to": ticket, "commentcontent": "c"}).to_string();
        let reply = phone.ask("addRecordComment", &[("values", &values)]).await;
        assert_eq!(reply.text.is_empty(), empty, "{}", reply.text);
        assert_eq!(phone.talk.server.count("ModComments"), 1);
        let refused = phone
            .ask(
                "addRecordComment",
                &[("values", "{\"commentcontent\":\"x\"}")],
            )
            .await;
        assert_eq!(
            refused.error(),
            "MANDATORY_FIELDS_MISSING: related_to does not have a value"
        );
    }
}

#[tokio::test]
async fn related_records_are_an_error_where_there_are_none() {
    let phone = Phone::new(Generation::Simply).await;
    let account = phone
        .talk
        .server
        .insert("Accounts", &json!({"accountname": "A"}))
        .unwrap();
    let related = async |module: &str| {
        let params = [("record", account.as_str()), ("relatedmodule", module)];
        phone.ask("relatedRecordsWithGrouping", &params).await
    };
    assert_eq!(
        related("Contacts").await.error(),
        "0: Unexpected input at line1: '"
    );
    assert_eq!(
        related("Faq").await.text,
        "{\"success\":false,\"error\":null}"
    );
    let contact = json!({"lastname": "L", "account_id": account});
    let id = phone.talk.server.insert("Contacts", &contact).unwrap();
    assert_eq!(
        related("Contacts").await.result()["records"][0]["id"],
        json!(id)
    );
    let many = [("module", "Contacts"), ("ids", "[\"12x99\"]")];
    let told = phone.ask("fetchRecordsWithGrouping", &many).await.result();
    assert_eq!(told, json!({"records": null}));
    let refused = phone
        .ask("fetchRecordsWithGrouping", &[("ids", "[]")])
        .await
        .error();
    assert_eq!(refused, "1501: Module not specified.");
}

#[tokio::test]
async fn users_and_groups_are_made_by_the_old_module() {
    let phone = Phone::new(Generation::Simply).await;
    let values = json!({
        "user_name": "new", "user_password": "secret", "confirm_password": "secret",
        "last_name": "New", "email1": "new@example.test", "roleid": "H5",
    });
    let user = [("module", "Users"), ("values", &values.to_string() as &str)];
    phone.ask("saveRecord", &user).await.result();
    let told = phone
        .talk
        .mobile("login", &[("username", "new"), ("password", "secret")])
        .await;
    assert_eq!(told.result()["login"]["userid"], "2");
    let entry = phone.talk.server.journal().pop().unwrap();
    assert!(
        !entry
            .fields
            .keys()
            .any(|field| field.contains("password") || field == "accesskey")
    );
    let group = [("module", "Groups"), ("values", "{\"groupname\":\"G\"}")];
    let told = phone.ask("saveRecord", &group).await.result();
    assert_eq!(told["record"], json!({"blocks": [], "id": "20x5"}));
}

#[tokio::test]
async fn a_json_body_is_read_by_the_newer_module_alone() {
    for (generation, read) in [(Generation::V7_1, true), (Generation::Simply, false)] {
        let phone = Phone::new(generation).await;
        let body = json!({
            "_operation": "saveRecord", "_session": phone.session, "module": "Contacts",
            "values": {"lastname": "1 < 2", "assigned_user_id": "19x1"},
        });
        let request = phone.talk.http.post(phone.talk.mobile_url()).json(&body);
        let reply = phone.talk.send(request).await;
        if read {
            assert_eq!(field(&reply.result()["record"], "lastname"), "1 &lt; 2");
        } else {
            assert_eq!(reply.error(), "1404: Operation not found: ");
        }
    }
}
