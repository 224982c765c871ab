//! The REST module of Perfex, versions 2 and 3, quirks included.

use koppel_sandbox::smartcrm::{Action, Dialect, SmartCrm, lookup};
use serde_json::{Value, json};

use crate::support::{Reply, Talk};

pub(crate) async fn v3() -> Talk {
    Talk::speaking(Dialect::Perfex, SmartCrm::builder()).await
}

pub(crate) async fn v2() -> Talk {
    Talk::speaking(Dialect::Perfex, SmartCrm::builder().api_version(2)).await
}

pub(crate) fn no_data(reply: &Reply) {
    assert_eq!(reply.status, 404, "{}", reply.text);
    assert_eq!(
        reply.json(),
        json!({"status": false, "message": "No data were found"})
    );
}

pub(crate) fn number(list: &str, name: &str) -> u32 {
    lookup(list)
        .into_iter()
        .find(|(_, known)| *known == name)
        .unwrap()
        .0
}

pub(crate) async fn customer(talk: &Talk, company: &str) -> String {
    let reply = talk.post("customers", json!({"company": company})).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    talk.server.records("customers").last().unwrap()["userid"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn the_token_travels_in_its_own_header_or_in_the_query() {
    let mut talk = v3().await;
    no_data(&talk.get("customers").await);
    let url = talk.server.url();
    assert!(
        url.ends_with("/api/") && !url.contains("index.php"),
        "{url}"
    );
    let query = talk.http.get(format!("{url}customers?authtoken=letmein"));
    no_data(&talk.send(query).await);
    let missing = json!({"status": false, "message": "Token is not found"});
    let bearer = talk
        .http
        .get(format!("{url}customers"))
        .bearer_auth("letmein");
    let reply = talk.send(bearer).await;
    assert_eq!((reply.status, reply.json()), (404, missing.clone()));
    talk.token = "wrong".into();
    let reply = talk.get("customers/9001").await;
    assert_eq!((reply.status, reply.json()), (404, missing));
    assert_eq!(
        talk.get("ping").await.json()["message"],
        "Token is not found"
    );
}

#[tokio::test]
async fn it_also_stands_below_index_php_and_has_no_ping() {
    let talk = v3().await;
    let url = talk.server.url().replace("/api/", "/index.php/api/");
    let request = talk
        .http
        .get(format!("{url}customers"))
        .header("AUTHTOKEN", "letmein");
    no_data(&talk.send(request).await);
    assert_eq!(talk.get("ping").await.json()["message"], "Unknown method");
    assert_eq!(
        talk.get("clients").await.json()["message"],
        "Unknown method"
    );
}

#[tokio::test]
async fn a_create_tells_the_id_in_version_3_and_none_in_version_2() {
    let talk = v3().await;
    let reply = talk.post("customers", json!({"company": "A"})).await;
    assert_eq!(
        reply.json(),
        json!({"status": true, "message": "Customer add successful.", "record_id": 9001})
    );
    let talk = v2().await;
    let reply = talk.post("customers", json!({"company": "A"})).await;
    assert_eq!(
        (reply.status, reply.json()),
        (
            200,
            json!({"status": true, "message": "Customer add successful."})
        )
    );
    let found = talk.get("customers/search/a").await.json();
    assert_eq!(found[0]["userid"], "9001");
}

#[tokio::test]
async fn a_record_comes_back_bare_with_every_scalar_as_a_string() {
    let talk = v3().await;
    let country = number("countries", "NL");
    talk.post(
        "customers",
        json!({
            "company": "A", "country": country, "default_currency": 2, "active": 0,
            "groups_in": [41, 42], "external_id": "crm:1", "nonsense": 1,
        }),
    )
    .await;
    let record = talk.get("customers/9001").await.json();
    assert_eq!(record["userid"], "9001");
    assert_eq!(record.get("id"), None);
    assert_eq!(record["country"], country.to_string());
    assert_eq!(record["default_currency"], "2");
    assert_eq!(record["groups_in"], json!(["41", "42"]));
    assert_eq!(record["active"], "1", "not among the documented fields");
    assert_eq!(record["shipping_country"], "0");
    assert_eq!(record["phonenumber"], "");
    assert_eq!(record["vat"], Value::Null);
    let made = record["datecreated"].as_str().unwrap();
    assert!(made.len() == 19 && made.as_bytes()[10] == b' ', "{made}");
    assert_eq!(record.get("external_id"), None);
    assert_eq!(record.get("nonsense"), None);
    let entry = &talk.server.journal()[0];
    assert_eq!(entry.entity, "customers");
    assert_eq!(entry.external_id.as_deref(), Some("crm:1"), "what was sent");
}

#[tokio::test]
async fn times_are_naive_and_in_the_zone_of_the_server() {
    let zone = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
    let builder = SmartCrm::builder().time_zone(zone.clone());
    let talk = Talk::speaking(Dialect::Perfex, builder).await;
    let before = jiff::Zoned::now().with_time_zone(zone).datetime();
    talk.post("customers", json!({"company": "A"})).await;
    let record = &talk.server.records("customers")[0];
    let made: jiff::civil::DateTime = record["datecreated"].as_str().unwrap().parse().unwrap();
    let apart = made.duration_since(before).as_secs().abs();
    assert!(apart < 60, "{made} {before}");
}

#[tokio::test]
async fn lists_are_bare_arrays_and_pages_only_on_request_in_version_3() {
    for (talk, pages) in [(v3().await, true), (v2().await, false)] {
        for n in 0..30 {
            customer(&talk, &format!("C{n}")).await;
        }
        let all = talk.get("customers").await.json();
        assert_eq!(all.as_array().unwrap().len(), 30);
        // `limit` alone does not page.
        let all = talk.get("customers?limit=5").await.json();
        assert_eq!(all.as_array().unwrap().len(), 30);
        let page = talk.get("customers?page=2&per_page=20").await.json();
        if !pages {
            assert_eq!(page.as_array().unwrap().len(), 30);
            continue;
        }
        assert_eq!(page["data"].as_array().unwrap().len(), 10);
        assert_eq!(
            page["meta"],
            json!({
                "page": 2, "per_page": 20, "total": 30, "total_pages": 2, "has_more": false,
                "current_page": 2, "last_page": 2,
            })
        );
        assert_eq!(page.get("status"), None);
        assert_eq!(
            talk.get("customers?page=1").await.json()["meta"]["per_page"],
            25
        );
        assert_eq!(
            talk.get("customers?page=1&per_page=500").await.json()["meta"]["per_page"],
            100
        );
        no_data(&talk.get("customers?page=3&per_page=20").await);
    }
}

#[tokio::test]
async fn a_filter_or_a_time_is_passed_over_and_everything_comes_back() {
    let talk = v3().await;
    customer(&talk, "A").await;
    customer(&talk, "B").await;
    for path in [
        "customers?company=A",
        "customers?updated_since=2099-01-01T00:00:00Z",
    ] {
        let all = talk.get(path).await.json();
        assert_eq!(all.as_array().unwrap().len(), 2, "{path}");
    }
}

#[tokio::test]
async fn a_search_finds_parts_of_words_in_whatever_case() {
    let talk = v3().await;
    talk.post(
        "customers",
        json!({"company": "Bakkerij & Zn", "vat": "NL12"}),
    )
    .await;
    talk.post("customers", json!({"company": "Slagerij", "vat": "NL123"}))
        .await;
    let ids = |reply: Reply| -> Vec<String> {
        let list = reply.json();
        let list = list.as_array().unwrap().iter();
        list.map(|r| r["userid"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        ids(talk.get("customers/search/NL12").await),
        ["9001", "9002"]
    );
    assert_eq!(ids(talk.get("customers/search/nl123").await), ["9002"]);
    assert_eq!(
        ids(talk.get("customers/search/RIJ%20%26%20z").await),
        ["9001"]
    );
    assert_eq!(ids(talk.get("customers/search?q=slager").await), ["9002"]);
    no_data(&talk.get("customers/search/molen").await);
    no_data(&talk.get("leads/search/x").await);
}

#[tokio::test]
async fn an_invalid_record_is_a_404_with_html_in_version_2_and_a_422_in_version_3() {
    let body = json!({"firstname": "A", "customer_id": "77", "email": "a@b.example"});
    let reply = v2().await.post("contacts", body.clone()).await;
    assert_eq!(reply.status, 404);
    let answer = reply.json();
    assert_eq!(answer["status"], false);
    assert_eq!(
        answer["error"]["lastname"],
        "The lastname field is required."
    );
    assert!(answer["error"]["customer_id"].is_string(), "{answer}");
    let message = answer["message"].as_str().unwrap();
    assert!(message.starts_with("<p>") && message.contains("</p>\n<p>"));
    let reply = v3().await.post("contacts", body).await;
    assert_eq!(reply.status, 422);
    assert_eq!(reply.json()["error"], "validation_failed");
    assert!(reply.json()["errors"]["lastname"].is_string());
}

#[tokio::test]
async fn an_empty_put_is_406_and_an_unknown_id_404() {
    for talk in [v2().await, v3().await] {
        let id = customer(&talk, "A").await;
        let path = format!("customers/{id}");
        let reply = talk.put(&path, json!({})).await;
        assert_eq!(
            (reply.status, reply.json()["message"].clone()),
            (406, json!("Data Not Acceptable OR Not Provided"))
        );
        let bare = talk.send(talk.request("PUT", &path)).await;
        assert_eq!(bare.status, 406);
        no_data(&talk.put("customers/9999", json!({"vat": "1"})).await);
        no_data(&talk.delete("customers/9999").await);
        let reply = talk.put(&path, json!({"vat": "NL1"})).await;
        assert_eq!(reply.json()["message"], "Customer update successful.");
        assert_eq!(
            talk.server.record("customers", &id).unwrap()["company"],
            "A"
        );
        assert_eq!(talk.server.record("customers", &id).unwrap()["vat"], "NL1");
    }
}

#[tokio::test]
async fn an_unknown_field_in_a_put_is_ignored_in_version_3_and_an_sql_error_in_version_2() {
    let talk = v3().await;
    customer(&talk, "A").await;
    let body = json!({"vat": "NL1", "nonsense": "1"});
    assert_eq!(talk.put("customers/9001", body.clone()).await.status, 200);
    let talk = v2().await;
    customer(&talk, "A").await;
    let reply = talk.put("customers/9001", body).await;
    assert_eq!(reply.status, 500);
    assert!(
        reply
            .text
            .contains("Unknown column 'nonsense' in 'field list'")
    );
    assert_eq!(talk.server.applied(), 1);
}

#[tokio::test]
async fn deletes_have_a_route_of_their_own_besides() {
    let talk = v2().await;
    customer(&talk, "A").await;
    customer(&talk, "B").await;
    for path in ["customers/9001", "delete/customers/9002"] {
        let reply = talk.delete(path).await;
        assert_eq!(
            reply.json(),
            json!({"status": true, "message": "Delete Successful."})
        );
    }
    assert_eq!(talk.server.count("customers"), 0);
    assert_eq!(talk.server.journal()[3].action, Action::Delete);
}

#[tokio::test]
async fn numbers_stand_for_names_and_unknown_ones_are_refused() {
    let talk = v3().await;
    let countries = talk.get("common/countries").await.json();
    let nl = countries
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["iso2"] == "NL")
        .unwrap();
    assert_eq!(nl["country_id"], number("countries", "NL").to_string());
    let currencies = talk.get("common/currencies").await.json();
    assert!(
        currencies
            .as_array()
            .unwrap()
            .contains(&json!({"id": "2", "name": "EUR", "isdefault": "1"}))
    );
    no_data(&talk.get("common/planets").await);
    for body in [
        json!({"company": "A", "country": "NL"}),
        json!({"company": "A", "country": 1}),
        json!({"company": "A", "default_currency": "EUR"}),
    ] {
        assert_eq!(talk.post("customers", body).await.status, 422);
    }
    let unchosen = json!({"company": "A", "country": 0, "default_currency": "0"});
    assert_eq!(talk.post("customers", unchosen).await.status, 200);
    let lead = |status: u32| json!({"name": "L", "assigned": 0, "status": status, "source": number("lead_sources", "Beurs")});
    assert_eq!(talk.post("leads", lead(12)).await.status, 200);
    assert_eq!(talk.post("leads", lead(0)).await.status, 422);
    assert_eq!(talk.post("leads", json!({"name": "L"})).await.status, 422);
}
