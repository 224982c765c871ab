use serde_json::json;
use syncro_client::{
    Changed, Customer, CustomerFilter, CustomerId, Decimal, ErrorKind, Json, Model, Order,
    SendOutcome,
};
use wiremock::matchers::{query_param, query_param_is_missing};

use crate::refusals::{NOT_FOUND, PERMISSION, asked, refuse};
use crate::support::{answer, answer_text, client, json as fixture, on, server, with_body};

const ID: CustomerId = CustomerId::new(31_842_013);

#[tokio::test]
async fn a_customer_is_read_with_its_names_and_without_showing_its_key() {
    let server = server().await;
    let body = fixture("samples/GET_customers__id_200.json");
    answer(&server, on("GET", "/customers/31842013"), 200, &body).await;
    let customer = client(&server).customers().get(ID).await.unwrap();
    assert_eq!(customer.id, Some(ID));
    assert_eq!(customer.first_name.as_deref(), Some("Marit"));
    assert_eq!(customer.business_name, None);
    assert_eq!(customer.no_email, Some(true));
    assert!(customer.other.is_empty(), "{:?}", customer.other);
    let profile = customer.online_profile_url.clone().unwrap();
    let key = profile.split('=').nth(1).unwrap();
    assert!(!key.is_empty());
    assert!(!format!("{customer:?}").contains(key));
}

#[tokio::test]
async fn a_single_customer_carries_phones_and_what_else_is_linked() {
    let server = server().await;
    let mut body = fixture("samples/GET_customers__id_200.json");
    body["customer"]["latitude"] = json!(53.174_100_000_1);
    body["customer"]["phones"] =
        json!([{"id": 9, "label": null, "number": "0515550142", "customer_id": 31_842_013}]);
    body["customer"]["ticket_links"] = json!([{"id": 7153}]);
    body["customer"]["addresses"] = json!([]);
    answer(&server, on("GET", "/customers/31842013"), 200, &body).await;
    let customer = client(&server).customers().get(ID).await.unwrap();
    let phones = customer.phones.unwrap();
    assert_eq!(phones[0].number.as_deref(), Some("0515550142"));
    assert_eq!(customer.latitude, "53.1741000001".parse::<Decimal>().ok());
    assert!(customer.ticket_links.is_some());
}

#[tokio::test]
async fn customers_are_searched_by_every_parameter_and_sorted() {
    let server = server().await;
    let request = on("GET", "/customers")
        .and(query_param("query", "zomer"))
        .and(query_param("firstname", "Mar"))
        .and(query_param("lastname", "Hoek"))
        .and(query_param("business_name", "Zomerhuis & Zn"))
        .and(query_param("email", "marit+1@zomerhuis.example"))
        .and(query_param("include_disabled", "true"))
        .and(query_param("sort", "firstname DESC"));
    let body = fixture("samples/GET_customers_200.json");
    answer(&server, request, 200, &body).await;
    let filter = CustomerFilter::new()
        .query("zomer")
        .first_name("Mar")
        .last_name("Hoek")
        .business_name("Zomerhuis & Zn")
        .email("marit+1@zomerhuis.example")
        .ids([ID, CustomerId::new(4)])
        .excluded_ids([CustomerId::new(5)])
        .include_disabled(true)
        .sort(("firstname", Order::Desc));
    let client = client(&server);
    let found = client.customers().list(&filter).page(1).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(asked(&server, "id[]").await, ["31842013", "4"]);
    assert_eq!(asked(&server, "not_id[]").await, ["5"]);
    assert_eq!(asked(&server, "id_not[]").await, ["5"]);
}

#[tokio::test]
async fn a_list_without_a_filter_asks_for_nothing_special() {
    let server = server().await;
    let request = on("GET", "/customers")
        .and(query_param("page", "1"))
        .and(query_param_is_missing("include_disabled"))
        .and(query_param_is_missing("since_updated_at"));
    answer(&server, request, 200, &json!({"customers": [], "meta": {}})).await;
    let client = client(&server);
    let filter = CustomerFilter::new();
    let page = client.customers().list(&filter).page(1).await.unwrap();
    assert!(page.is_empty());
}

#[tokio::test]
async fn a_customer_is_made_with_every_field_of_the_form() {
    let server = server().await;
    let form = json!({
        "business_name": "Zomerhuis Beheer", "firstname": "Marit", "lastname": "Hoekstra",
        "email": "marit@zomerhuis.example", "phone": "0515-550142", "mobile": "06 5550 177",
        "address": "Havenkade 14", "address_2": "2e etage", "city": "Harlingen",
        "state": "Friesland", "zip": "8861 AB", "notes": "Belt na vieren.",
        "get_sms": true, "opt_out": false, "no_email": false, "get_billing": true,
        "get_marketing": false, "get_reports": true, "ref_customer_id": 4,
        "referred_by": "Buurman", "tax_rate_id": 12,
        "notification_email": "kantoor@zomerhuis.example",
        "invoice_cc_emails": "boekhouding@zomerhuis.example", "invoice_term_id": 3,
        "properties": {"Koppel ID": "k-1"}, "consent": {"at": "2026-02-03"},
    });
    let stored = fixture("samples/POST_customers_200.json");
    let create = with_body(on("POST", "/customers"), &form);
    answer(&server, create, 200, &stored).await;
    let customer = Customer::from_json(&Json::parse(&form.to_string()).unwrap()).unwrap();
    assert!(customer.other.is_empty(), "{:?}", customer.other);
    let made = client(&server).customers().create(&customer).await.unwrap();
    assert_eq!(made.id, Some(ID));
}

#[tokio::test]
async fn a_change_sends_what_is_set_and_empties_what_is_named() {
    let server = server().await;
    let body = json!({"notes": null, "email": "nieuw@zomerhuis.example"});
    let update = with_body(on("PUT", "/customers/31842013"), &body);
    let stored = fixture("samples/PUT_customers__id_200.json");
    answer(&server, update, 200, &stored).await;
    let change = Customer {
        id: Some(ID),
        full_name: Some("never sent".to_owned()),
        email: Some("nieuw@zomerhuis.example".to_owned()),
        notes: Some("weg".to_owned()),
        ..Customer::default()
    };
    let change = change.clear("notes");
    let client = client(&server);
    let changed = client.customers().update(ID, &change).await.unwrap();
    assert_eq!(changed.id, Some(ID));
}

#[tokio::test]
async fn the_latest_customer_and_the_quick_search_are_read() {
    let server = server().await;
    let latest = fixture("samples/GET_customers__latest_200.json");
    answer(&server, on("GET", "/customers/latest"), 200, &latest).await;
    let quick = on("GET", "/customers/autocomplete").and(query_param("query", "mar"));
    let body = fixture("samples/GET_customers__autocomplete_200.json");
    answer(&server, quick, 200, &body).await;
    let client = client(&server);
    assert_eq!(client.customers().latest().await.unwrap().id, Some(ID));
    let found = client.customers().autocomplete("mar").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].last_name.as_deref(), Some("Hoekstra"));
}

#[tokio::test]
async fn a_deleted_customer_is_acknowledged_by_a_sentence() {
    let server = server().await;
    let body = fixture("samples/DELETE_customers__id_200.json");
    answer(&server, on("DELETE", "/customers/31842013"), 200, &body).await;
    client(&server).customers().delete(ID).await.unwrap();
}

#[tokio::test]
async fn refusals_of_customers_say_why() {
    let server = server().await;
    let invalid = r#"{"success":false,"message":["Email is not an email","Email Only able to parse up to \"x\""],"params":{"email":"x","notes":"p4rams-planted"}}"#;
    refuse(&server, "POST", "/customers", 422, invalid).await;
    refuse(&server, "PUT", "/customers/31842013", 422, invalid).await;
    refuse(&server, "GET", "/customers/31842013", 404, NOT_FOUND).await;
    answer_text(&server, on("DELETE", "/customers/31842013"), 404, "").await;
    refuse(&server, "GET", "/customers", 401, PERMISSION).await;
    refuse(&server, "GET", "/customers/latest", 401, PERMISSION).await;
    refuse(&server, "GET", "/customers/autocomplete", 401, PERMISSION).await;
    let client = client(&server);
    let customers = client.customers();
    let customer = Customer::default();

    let create = customers.create(&customer).await.unwrap_err();
    assert_eq!(create.kind(), ErrorKind::Validation);
    assert_eq!(create.send_outcome(), SendOutcome::Rejected);
    assert!(
        create.message().contains("Email is not an email"),
        "{create}"
    );
    assert!(!format!("{create:?}").contains("p4rams-planted"));
    let update = customers.update(ID, &customer).await.unwrap_err();
    assert_eq!(update.kind(), ErrorKind::Validation);
    let get = customers.get(ID).await.unwrap_err();
    assert_eq!(get.kind(), ErrorKind::NotFound);
    assert_eq!(get.operation_name(), Some("customers.get"));
    let delete = customers.delete(ID).await.unwrap_err();
    assert_eq!(delete.kind(), ErrorKind::NotFound);
    let list = customers.list(&CustomerFilter::new()).all().await;
    let list = list.unwrap_err();
    assert_eq!(list.kind(), ErrorKind::Permission);
    assert!(format!("{list} {:?}", list.help_text()).contains("Customers - List/Search"));
    let latest = customers.latest().await.unwrap_err();
    assert!(format!("{latest} {:?}", latest.help_text()).contains("Customers - Edit"));
    let quick = customers.autocomplete("m").await.unwrap_err();
    assert_eq!(quick.kind(), ErrorKind::Permission);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_does_not_hide_the_others() {
    let server = server().await;
    let body = json!({
        "customers": [{"id": 1, "get_sms": "maybe"}, {"id": 2, "get_sms": "True"}],
        "meta": {"total_pages": 1, "page": 1}
    });
    let page = on("GET", "/customers").and(query_param("page", "1"));
    answer(&server, page, 200, &body).await;
    let client = client(&server);
    let filter = CustomerFilter::new();
    let rows = client.customers().list(&filter).page(1).await.unwrap();
    assert!(rows[0].good().is_none());
    assert_eq!(rows[1].good().unwrap().get_sms, Some(true));
}

#[tokio::test]
async fn what_changed_of_customers_is_told_by_reading_all_disabled_ones_too() {
    let server = server().await;
    let request = on("GET", "/customers")
        .and(query_param("include_disabled", "true"))
        .and(query_param_is_missing("since_updated_at"));
    let body = json!({
        "customers": [
            {"id": 1, "updated_at": "2026-02-01T00:00:00.000Z"},
            {"id": 2, "updated_at": "2026-02-03T08:15:42.317Z", "disabled": true},
        ],
        "meta": {"total_pages": 1, "total_entries": 2, "per_page": 100, "page": 1}
    });
    answer(&server, request, 200, &body).await;
    let client = client(&server);
    let since = "2026-02-03T08:00:00Z".parse().unwrap();
    let changed = client.customers().changed_since(since);
    assert!(changed.is_scan());
    let changed = changed.all().await.unwrap();
    let ids: Vec<_> = changed.iter().filter_map(|customer| customer.id).collect();
    assert_eq!(ids, [CustomerId::new(2)]);
}

#[tokio::test]
async fn what_changed_of_a_listing_without_a_filter_is_told_by_reading_all() {
    let since = "2026-02-03T08:00:00Z".parse().unwrap();
    let old = r#"{"id":1,"updated_at":"2026-02-01T00:00:00.000Z"}"#;
    let new = r#"{"id":2,"updated_at":"2026-02-03T08:15:42.317Z"}"#;
    for name in [
        "contacts",
        "leads",
        "ticket_timers",
        "appointments",
        "portal_users",
    ] {
        let server = server().await;
        let meta = r#""meta":{"total_pages":1,"total_entries":2,"per_page":100,"page":1}"#;
        let body = format!("{{\"{name}\":[{old},{new}],{meta}}}");
        let request = on("GET", &format!("/{name}"));
        answer_text(&server, request, 200, &body).await;
        let client = client(&server);
        let ids: Vec<i64> = match name {
            "contacts" => ids(client.contacts().changed_since(since), |r| r.id).await,
            "leads" => ids(client.leads().changed_since(since), |r| r.id).await,
            "ticket_timers" => ids(client.timers().changed_since(since), |r| r.id).await,
            "appointments" => ids(client.appointments().changed_since(since), |r| r.id).await,
            _ => ids(client.portal_users().changed_since(since), |r| r.id).await,
        };
        assert_eq!(ids, [2], "{name}");
    }
}

async fn ids<M: Model, I: Into<i64>>(
    changed: Changed<'_, M>,
    id: impl Fn(&M) -> Option<I>,
) -> Vec<i64> {
    assert!(changed.is_scan());
    let all = changed.all().await.unwrap();
    all.iter().filter_map(id).map(Into::into).collect()
}
