//! The mobile API in the shapes of both modules.

use koppel_sandbox::simplycrm::Generation;
use serde_json::{Value, json};

use super::talk::{Reply, Talk};

pub(super) struct Phone {
    pub(super) talk: Talk,
    pub(super) session: String,
}

impl Phone {
    pub(super) async fn new(generation: Generation) -> Phone {
        let talk = Talk::new(generation).await;
        let told = talk
            .mobile("login", &[("username", "admin"), ("password", "demo")])
            .await;
        let session = told.result()["login"]["session"]
            .as_str()
            .unwrap()
            .to_owned();
        Phone { talk, session }
    }

    pub(super) async fn ask(&self, operation: &str, params: &[(&str, &str)]) -> Reply {
        let mut pairs = vec![("_session", self.session.as_str())];
        pairs.extend_from_slice(params);
        self.talk.mobile(operation, &pairs).await
    }

    pub(super) fn contacts(&self, count: u32) {
        for n in 0..count {
            let contact = json!({"firstname": "A", "lastname": format!("L{n}")});
            self.talk.server.insert("Contacts", &contact).unwrap();
        }
    }

    pub(super) async fn save(&self, values: &str) -> Reply {
        self.ask("saveRecord", &[("module", "Contacts"), ("values", values)])
            .await
    }
}

/// The value of a field of a grouped record.
pub(super) fn field(record: &Value, name: &str) -> Value {
    record["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|block| block["fields"].as_array().unwrap())
        .find(|field| field["name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {record}"))["value"]
        .clone()
}

#[tokio::test]
async fn logins_and_refusals_have_their_numbers() {
    for generation in [Generation::V5_4, Generation::V7_1, Generation::Simply] {
        let phone = Phone::new(generation).await;
        let refused = phone
            .talk
            .mobile("login", &[("username", "admin"), ("password", "x")])
            .await;
        assert_eq!(refused.error(), "1210: Authentication Failed");
        assert_eq!(refused.kind(), "text/json;charset=UTF-8");
        let refused = phone.talk.mobile("describe", &[("_session", "x")]).await;
        assert_eq!(refused.error(), "1501: Login required");
        let refused = phone.ask("fetchrecord", &[]).await;
        assert_eq!(refused.error(), "1404: Operation not found: fetchrecord");
        let told = phone
            .talk
            .mobile(
                "loginAndFetchModules",
                &[("username", "admin"), ("password", "demo")],
            )
            .await
            .result();
        assert_eq!(
            told["login"]["mobile_module_version"],
            generation.mobile_version()
        );
        let names: Vec<&Value> = told["modules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| &m["name"])
            .collect();
        assert!(names.contains(&&json!("Contacts")) && !names.contains(&&json!("Users")));
        phone.talk.server.expire_sessions();
        let refused = phone.ask("describe", &[("module", "Contacts")]).await;
        assert_eq!(refused.error(), "1501: Login required");
    }
}

#[tokio::test]
async fn newer_operations_are_unknown_to_the_old_module() {
    let old = Phone::new(Generation::Simply).await;
    let new = Phone::new(Generation::V7_1).await;
    let refused = old.ask("userInfo", &[]).await.error();
    assert_eq!(refused, "1404: Operation not found: userInfo");
    assert_eq!(
        new.ask("userInfo", &[]).await.result()["userinfo"]["username"],
        "admin"
    );
    new.contacts(1);
    let id = new.talk.contact("H").await;
    new.talk
        .revise(json!({"id": id, "title": "Dr"}))
        .await
        .result();
    let told = new
        .ask("history", &[("record", &id), ("mode", "All")])
        .await
        .result();
    assert_eq!(told["history"][0]["values"]["title"]["current"], "Dr");
    assert_eq!(told["history"][1]["statuslabel"], "created");
    assert_eq!(
        new.ask("history", &[]).await.error(),
        "MANDATORY_FIELDS_MISSING: Missing mandatory input values."
    );
    assert_eq!(
        new.ask("taxByType", &[("taxType", "inventory")])
            .await
            .result()[0]["0"],
        "1"
    );
    let found = new
        .ask(
            "fetchReferenceRecords",
            &[("module", "Contacts"), ("searchValue", "H")],
        )
        .await
        .result();
    assert_eq!(found, json!([{"label": "H", "value": id}]));
    assert_eq!(
        new.ask("logout", &[]).await.result(),
        json!({"logout": true})
    );
    assert_eq!(new.ask("logout", &[]).await.error(), "1501: Login required");
}

#[tokio::test]
async fn lists_have_the_shape_of_their_module() {
    let old = Phone::new(Generation::Simply).await;
    let new = Phone::new(Generation::V7_1).await;
    old.contacts(120);
    new.contacts(45);
    let list = async |phone: &Phone, page: &str| {
        phone
            .ask(
                "listModuleRecords",
                &[("module", "Contacts"), ("page", page)],
            )
            .await
            .result()
    };
    let first = list(&old, "0").await;
    assert_eq!(first["records"].as_array().unwrap().len(), 99);
    assert_eq!(first["records"][0], json!({"id": "12x2", "label": "A L0"}));
    assert_eq!(
        list(&old, "1").await["records"].as_array().unwrap().len(),
        21
    );
    assert_eq!(list(&old, "2").await["records"], json!([]));
    let first = list(&new, "1").await;
    assert_eq!(first["records"].as_array().unwrap().len(), 20);
    assert_eq!(
        (&first["moreRecords"], &first["page"]),
        (&json!(true), &json!("1"))
    );
    assert!(first["records"][0]["id"].is_u64(), "{first}");
    let last = list(&new, "3").await;
    assert_eq!(
        (
            last["records"].as_array().unwrap().len(),
            &last["moreRecords"]
        ),
        (5, &json!(false))
    );
    assert_eq!(list(&new, "4").await["records"], Value::Null);
}

#[tokio::test]
async fn simply_crm_searches_its_lists_and_the_others_do_not() {
    for (generation, found) in [(Generation::Simply, 1), (Generation::V5_4, 12)] {
        let phone = Phone::new(generation).await;
        phone.contacts(12);
        for search in [
            ("searchText", "l7"),
            ("searchField", "[\"lastname\",\"e\",\"L7\"]"),
        ] {
            let told = phone
                .ask("listModuleRecords", &[("module", "Contacts"), search])
                .await;
            let count = told.result()["records"].as_array().unwrap().len();
            assert_eq!(count, found, "{search:?}");
        }
    }
}

#[tokio::test]
async fn a_saved_record_comes_back_in_blocks_and_a_fetched_one_flat() {
    for generation in [Generation::V5_4, Generation::V7_1, Generation::Simply] {
        let phone = Phone::new(generation).await;
        let account = phone
            .talk
            .server
            .insert("Accounts", &json!({"accountname": "A"}))
            .unwrap();
        let values = json!({"lastname": "L", "account_id": account, "assigned_user_id": "19x1"});
        let made = phone.save(&values.to_string()).await.result()["record"].clone();
        let id = made["id"].as_str().unwrap().to_owned();
        assert_eq!(
            field(&made, "account_id"),
            json!({"value": account, "label": "A"})
        );
        let changed = phone
            .ask(
                "saveRecord",
                &[("record", &id), ("values", "{\"title\":\"Dr\"}")],
            )
            .await
            .result()["record"]
            .clone();
        assert_eq!(
            (field(&changed, "title"), field(&changed, "lastname")),
            (json!("Dr"), json!("L"))
        );
        let flat = phone.ask("fetchRecord", &[("record", &id)]).await.result()["record"].clone();
        assert_eq!(flat["account_id"]["label"], "A");
        assert_eq!(
            flat["assigned_user_id"],
            json!({"value": "19x1", "label": "admin"})
        );
        for values in ["{}", "x", ""] {
            assert_eq!(
                phone.save(values).await.error(),
                "1501: Values cannot be empty!"
            );
        }
        let template = phone
            .ask("fetchRecordWithGrouping", &[("record", "12x0")])
            .await
            .result();
        assert_eq!(template["record"]["id"], "12x0");
        assert!(template["record"]["labelFields"].is_array());
    }
}

#[tokio::test]
async fn raw_signs_are_mangled_and_escaped_ones_pass() {
    let phone = Phone::new(Generation::Simply).await;
    let title = async |text: &str| {
        let values =
            format!("{{\"lastname\":\"L\",\"assigned_user_id\":\"19x1\",\"title\":\"{text}\"}}");
        let reply = phone.save(&values).await;
        if reply.json()["success"] == true {
            field(&reply.result()["record"], "title")
                .as_str()
                .unwrap()
                .to_owned()
        } else {
            reply.error()
        }
    };
    assert_eq!(title("1 < 2").await, "1 &lt; 2");
    assert_eq!(
        title("1 \\u003c 2 \\u0026 3 \\u003e 2").await,
        "1 < 2 & 3 > 2"
    );
    assert_eq!(title("A &amp; B").await, "A & B");
    assert_eq!(
        title("<a href=\\\"x\\\">l</a>").await,
        "1501: Values cannot be empty!"
    );
}
