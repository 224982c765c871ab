//! Logins, records, queries and syncs of the generations.

use std::time::Duration;

use koppel_sandbox::simplycrm::{Action, Generation, SimplyCrm, SimplySize, SyncMode};
use serde_json::json;

use super::talk::{Talk, digest};

const ALL: [Generation; 4] = [
    Generation::V5_4,
    Generation::V7_1,
    Generation::V8_3,
    Generation::Simply,
];

#[tokio::test]
async fn a_login_answers_its_challenge_and_nothing_else() {
    for generation in ALL {
        let talk = Talk::outside(SimplyCrm::builder().generation(generation)).await;
        let login = async |key: String| {
            talk.post("login", &[("username", "admin"), ("accessKey", &key)])
                .await
        };
        let refused = login("x".into()).await.error();
        assert!(refused.starts_with("INVALID_AUTH_TOKEN"), "{refused}");
        let told = talk
            .get("getchallenge", &[("username", "Admin")])
            .await
            .result();
        let token = told["token"].as_str().unwrap();
        let span = told["expireTime"].as_i64().unwrap() - told["serverTime"].as_i64().unwrap();
        assert_eq!(span, 300);
        for key in [
            "demoAccessKey123".to_owned(),
            digest(token, "demoAccessKey123").to_uppercase(),
        ] {
            let refused = login(key).await.error();
            assert_eq!(
                refused,
                "INVALID_USER_CREDENTIALS: Invalid username or password"
            );
        }
        // The challenge is good for more than one login.
        for _ in 0..2 {
            let told = login(digest(token, "demoAccessKey123")).await.result();
            assert_eq!(told["userId"], "19x1");
            assert_eq!(told["vtigerVersion"], generation.version());
            assert_eq!(
                told.get("is_admin").is_some(),
                generation == Generation::V8_3
            );
        }
    }
}

#[tokio::test]
async fn a_new_challenge_overtakes_the_one_before() {
    let talk = Talk::outside(SimplyCrm::builder()).await;
    let told = talk
        .get("getchallenge", &[("username", "admin")])
        .await
        .result();
    talk.server.overtake_challenge("admin");
    let key = digest(told["token"].as_str().unwrap(), "demoAccessKey123");
    let refused = talk
        .post("login", &[("username", "admin"), ("accessKey", &key)])
        .await;
    assert!(refused.error().starts_with("INVALID_USER_CREDENTIALS"));
}

#[tokio::test]
async fn sessions_end_and_are_told_apart_from_missing_ones() {
    let talk = Talk::new(Generation::Simply).await;
    talk.get("listtypes", &[]).await.result();
    talk.server.expire_sessions();
    let refused = talk.get("listtypes", &[]).await.error();
    assert_eq!(
        refused,
        "INVALID_SESSIONID: Session Identifier provided is Invalid"
    );
    let outside = Talk::outside(SimplyCrm::builder()).await;
    let refused = outside.get("listtypes", &[]).await.error();
    assert_eq!(refused, "AUTHENTICATION_REQUIRED: Authencation required");
}

#[tokio::test]
async fn requests_of_one_session_wait_for_each_other_and_others_do_not() {
    let builder = SimplyCrm::builder().latency(Duration::from_millis(60));
    let talk = Talk::with(builder).await;
    let other = talk.login("admin", "demoAccessKey123").await;
    let start = std::time::Instant::now();
    let own = || talk.get("listtypes", &[]);
    tokio::join!(own(), own(), own());
    let serial = start.elapsed();
    assert!(serial >= Duration::from_millis(180), "{serial:?}");
    let second = talk
        .http
        .get(talk.url())
        .query(&[("operation", "listtypes"), ("sessionName", &other)]);
    let start = std::time::Instant::now();
    tokio::join!(own(), talk.send(second));
    let parallel = start.elapsed();
    assert!(parallel < serial, "{parallel:?} {serial:?}");
}

#[tokio::test]
async fn a_record_is_created_retrieved_revised_and_deleted() {
    for generation in ALL {
        let talk = Talk::new(generation).await;
        let id = talk.contact("O'Brien <b>x</b> & Søn \\").await;
        assert!(id.starts_with("12x"), "{id}");
        let record = talk.retrieve(&id).await.result();
        assert_eq!(record["lastname"], "O'Brien <b>x</b> & Søn \\");
        assert_eq!(record["donotcall"], "0");
        assert_eq!(record["contact_no"], "CON1");
        talk.revise(json!({"id": id, "title": "Dr", "donotcall": true}))
            .await
            .result();
        let record = talk.retrieve(&id).await.result();
        assert_eq!(
            (&record["title"], &record["donotcall"]),
            (&json!("Dr"), &json!("1"))
        );
        let done = talk.post("delete", &[("id", &id)]).await.result();
        assert_eq!(done, json!({"status": "successful"}));
        for _ in 0..2 {
            let refused = talk.post("delete", &[("id", &id)]).await.error();
            assert!(refused.starts_with("ACCESS_DENIED"), "{refused}");
        }
        let actions: Vec<Action> = talk.server.journal().iter().map(|e| e.action).collect();
        assert_eq!(actions, [Action::Create, Action::Update, Action::Delete]);
    }
}

#[tokio::test]
async fn update_blanks_what_is_not_sent_on_the_old_server_alone() {
    for generation in ALL {
        let talk = Talk::new(generation).await;
        let id = talk.contact("A").await;
        talk.revise(json!({"id": id, "title": "Dr", "donotcall": "1"}))
            .await
            .result();
        let sent = json!({"id": id, "lastname": "B", "assigned_user_id": "19x1"});
        let record = talk.update(sent).await.result();
        let kept = if generation == Generation::V5_4 {
            ("", "0")
        } else {
            ("Dr", "1")
        };
        assert_eq!(
            (&record["title"], &record["donotcall"]),
            (&json!(kept.0), &json!(kept.1))
        );
        let refused = talk
            .update(json!({"id": id, "lastname": "C"}))
            .await
            .error();
        assert_eq!(
            refused,
            "MANDATORY_FIELDS_MISSING: assigned_user_id does not have a value"
        );
    }
}

#[tokio::test]
async fn a_query_gives_a_hundred_rows_at_most_and_can_go_on_behind_the_last_id() {
    let talk = Talk::new(Generation::Simply).await;
    for n in 0..130 {
        talk.server
            .insert(
                "Contacts",
                &json!({"lastname": format!("L{n}"), "donotcall": n % 2}),
            )
            .unwrap();
    }
    let first = talk
        .query("select id from Contacts order by id limit 500;")
        .await
        .result();
    let first = first.as_array().unwrap().clone();
    assert_eq!(first.len(), 100);
    let last = first[99]["id"].as_str().unwrap();
    let rest = talk
        .query(&format!(
            "select id from Contacts where id > '{last}' order by id;"
        ))
        .await
        .result();
    assert_eq!(rest.as_array().unwrap().len(), 30);
    let count = talk
        .query("select count(*) from Contacts where donotcall = '1';")
        .await;
    assert_eq!(count.result(), json!([{"count": "65"}]));
}

#[tokio::test]
async fn sync_cuts_its_pages_by_the_second_and_loses_what_comes_in_the_same_one() {
    let talk = Talk::new(Generation::Simply).await;
    let start = "2026-11-21T20:00:00Z".parse().unwrap();
    talk.server.freeze(start);
    for n in 0..60 {
        talk.server
            .insert("Contacts", &json!({"lastname": format!("A{n}")}))
            .unwrap();
    }
    talk.server.advance(Duration::from_secs(1));
    for n in 0..60 {
        talk.server
            .insert("Contacts", &json!({"lastname": format!("B{n}")}))
            .unwrap();
    }
    talk.server.advance(Duration::from_secs(1));
    talk.server
        .insert("Contacts", &json!({"lastname": "C"}))
        .unwrap();
    let page = talk.sync("Contacts", 1).await.result();
    assert_eq!(page["updated"].as_array().unwrap().len(), 120);
    assert_eq!(page["more"], true);
    let last = page["lastModifiedTime"].as_i64().unwrap();
    assert_eq!(last, start.as_second() + 1);
    let page = talk.sync("Contacts", last).await.result();
    assert_eq!(
        (page["updated"].as_array().unwrap().len(), &page["more"]),
        (1, &json!(false))
    );
    let last = page["lastModifiedTime"].as_i64().unwrap();
    let late = talk
        .server
        .insert("Contacts", &json!({"lastname": "late"}))
        .unwrap();
    let lost = talk.sync("Contacts", last).await.result();
    assert_eq!(lost["updated"], json!([]));
    let found = talk.sync("Contacts", last - 1).await.result();
    assert_eq!(found["updated"].as_array().unwrap().len(), 2);
    talk.server.advance(Duration::from_secs(1));
    talk.server.delete(&late).unwrap();
    let page = talk.sync("Contacts", last).await.result();
    assert_eq!(page["deleted"], json!([late]));
}

#[tokio::test]
async fn sync_dies_where_the_recorded_servers_die() {
    let old = Talk::new(Generation::V5_4).await;
    let new = Talk::new(Generation::V7_1).await;
    let newest = Talk::new(Generation::V8_3).await;
    for (talk, module, since, status) in [
        (&old, "Quotes", 1, 500),
        (&old, "Contacts", 0, 500),
        (&old, "Contacts", 1, 200),
        (&new, "Emails", 1, 500),
        (&new, "Quotes", 1, 200),
        (&newest, "Contacts", 1, 500),
    ] {
        let reply = talk.sync(module, since).await;
        assert_eq!(reply.status, status, "{module} {since}");
        assert_eq!(reply.text.is_empty(), status == 500);
    }
    assert_eq!(old.get("sync", &[("modifiedTime", "1")]).await.status, 500);
}

#[tokio::test]
async fn sync_shows_own_records_unless_the_kind_is_read() {
    let builder = || {
        SimplyCrm::builder()
            .add_user("sales", "k", "p", false)
            .member("sales", 3)
    };
    let own = Talk::with(builder()).await;
    let typed = Talk::with(builder().sync(SyncMode::Typed)).await;
    for talk in [&own, &typed] {
        for owner in ["19x1", "19x5", "20x3"] {
            let record = json!({"lastname": owner, "assigned_user_id": owner});
            talk.server.insert("Contacts", &record).unwrap();
        }
    }
    let seen = async |talk: &Talk, session: &str, kind: &str| {
        let request = talk.http.get(talk.url()).query(&[
            ("operation", "sync"),
            ("sessionName", session),
            ("modifiedTime", "1"),
            ("elementType", "Contacts"),
            ("syncType", kind),
        ]);
        talk.send(request).await
    };
    let count = |reply: super::talk::Reply| reply.result()["updated"].as_array().unwrap().len();
    assert_eq!(count(seen(&own, &own.session, "application").await), 1);
    assert_eq!(count(seen(&typed, &typed.session, "application").await), 3);
    let sales = typed.login("sales", "k").await;
    assert_eq!(count(seen(&typed, &sales, "userandgroup").await), 2);
    assert_eq!(count(seen(&typed, &sales, "user").await), 1);
    let refused = seen(&typed, &sales, "application").await.error();
    assert_eq!(
        refused,
        "ACCESS_DENIED: Only admin users can perform application sync"
    );
}

#[tokio::test]
async fn the_same_seed_makes_the_same_records() {
    let one = Talk::new(Generation::Simply).await;
    let two = Talk::new(Generation::Simply).await;
    let at = "2026-11-21T20:00:00Z".parse().unwrap();
    for talk in [&one, &two] {
        talk.server.freeze(at);
        talk.server.fill(&SimplySize::of_contacts(30), 7).unwrap();
    }
    for (module, number) in [
        ("Accounts", 10),
        ("Contacts", 30),
        ("Leads", 6),
        ("Invoice", 6),
    ] {
        let records = one.server.records(module);
        assert_eq!(records.len(), number, "{module}");
        assert_eq!(records, two.server.records(module), "{module}");
    }
    assert!(one.server.journal().is_empty());
}
