//! Pages, filters, order, and rows that move between pages.

use koppel_sandbox::syncro::{Drift, Size, Syncro};
use serde_json::{Value, json};

use super::talk::Talk;

fn ids(list: &Value) -> Vec<i64> {
    let rows = list.as_array().unwrap();
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

fn size(customers: u32) -> Size {
    Size {
        customers,
        ..Size::default()
    }
}

#[tokio::test]
async fn pages_are_as_large_as_their_resource_has_them_unless_the_request_says() {
    let full = Size {
        customers: 120,
        contacts: 120,
        tickets: 120,
        leads: 120,
        invoices: 120,
        payments: 120,
        products: 120,
        assets: 120,
        alerts: 120,
    };
    let talk = Talk::with(Syncro::builder().seed(full).unlimited()).await;
    for (path, key, rows, meta) in [
        (
            "/customers",
            "customers",
            100,
            json!({"total_pages": 2, "total_entries": 120, "per_page": 100, "page": 1}),
        ),
        (
            "/contacts",
            "contacts",
            50,
            json!({"total_pages": 3, "total_entries": 120, "per_page": 50, "page": 1}),
        ),
        (
            "/tickets",
            "tickets",
            50,
            json!({"total_pages": 3, "page": 1}),
        ),
        (
            "/leads",
            "leads",
            25,
            json!({"total_pages": 5, "total_entries": 120, "per_page": 25, "page": 1}),
        ),
        (
            "/invoices",
            "invoices",
            25,
            json!({"total_pages": 5, "page": 1}),
        ),
        (
            "/payments",
            "payments",
            25,
            json!({"total_pages": 5, "page": 1}),
        ),
        ("/products", "products", 20, Value::Null),
        (
            "/customer_assets",
            "assets",
            50,
            json!({"total_pages": 3, "total_entries": 120, "per_page": 50, "page": 1}),
        ),
        (
            "/rmm_alerts",
            "rmm_alerts",
            25,
            json!({"total_pages": 5, "page": 1}),
        ),
    ] {
        let list = talk.got(path).await;
        assert_eq!(list[key].as_array().unwrap().len(), rows, "{path}");
        assert_eq!(list["meta"], meta, "{path}");
        let small = talk.got(&format!("{path}?per_page=7&page=2")).await;
        assert_eq!(small[key].as_array().unwrap().len(), 7, "{path}");
        let last = talk.got(&format!("{path}?page=99")).await;
        assert_eq!(last[key], json!([]), "{path}");
    }
    assert_eq!(
        talk.got("/customers?per_page=5000").await["meta"]["per_page"],
        100
    );
}

#[tokio::test]
async fn page_sizes_can_be_set_and_per_page_be_ignored() {
    let builder = Syncro::builder()
        .seed(size(12))
        .page_sizes([("customers", 5)])
        .per_page_honoured(false);
    let talk = Talk::with(builder).await;
    let list = talk.got("/customers?per_page=50&page=3").await;
    assert_eq!(list["customers"].as_array().unwrap().len(), 2);
    assert_eq!(list["meta"]["total_pages"], 3);
}

#[tokio::test]
async fn lists_without_pages_ignore_the_page_and_others_can_be_told_to() {
    let talk = Talk::with(Syncro::builder().pages_ignored(["users"])).await;
    let first = talk.got("/users?page=1").await;
    assert_eq!(
        first,
        json!({"users": [[1, "Noor Visser"], [2, "Sem Bakker"]]})
    );
    assert_eq!(talk.got("/users?page=2").await, first);
    let methods = talk.got("/payment_methods?page=2").await;
    assert_eq!(methods, json!({"payment_methods": []}));
    for title in ["A", "B"] {
        let body = json!({"title": title, "body": "b"});
        talk.server.insert("canned_responses", body);
    }
    let canned = talk.got("/canned_responses?page=7").await;
    assert_eq!(canned["canned_responses"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn since_updated_at_works_for_tickets_and_invoices_and_is_ignored_elsewhere() {
    let talk = Talk::with(Syncro::builder().seed(Size::of_customers(10))).await;
    let future = "since_updated_at=2099-01-01T00:00:00Z";
    for (path, key, left) in [
        ("/tickets", "tickets", 0),
        ("/invoices", "invoices", 0),
        ("/customers", "customers", 10),
        ("/payments", "payments", 5),
        ("/products", "products", 10),
    ] {
        let list = talk.got(&format!("{path}?{future}")).await;
        assert_eq!(list[key].as_array().unwrap().len(), left, "{path}");
    }
    talk.server.set_since_honoured("tickets", false);
    let list = talk.got(&format!("/tickets?{future}")).await;
    assert_eq!(list["tickets"].as_array().unwrap().len(), 20);
    talk.server.set_since_honoured("tickets", true);
    let id = talk.server.ids("tickets")[3];
    talk.server
        .edit("tickets", id, json!({"priority": "1 High"}));
    let list = talk
        .got("/tickets?since_updated_at=2026-06-01T00:00:00.000Z")
        .await;
    assert_eq!(ids(&list["tickets"]), [id]);
}

#[tokio::test]
async fn customers_are_found_by_their_parameters() {
    let talk = Talk::new().await;
    let add = |body: Value| talk.server.insert("customers", body);
    let bos =
        add(json!({"business_name": "Garage Bos", "firstname": "Isa", "email": "Isa@Bos.example"}));
    let kok = add(json!({"business_name": "Bakkerij Kok", "lastname": "Kok", "phone": "030-12"}));
    let gone = add(json!({"business_name": "Garage Oud", "disabled": true}));
    for (query, expected) in [
        ("query=garage", vec![bos]),
        ("query=3012", vec![kok]),
        ("business_name=kok", vec![kok]),
        ("firstname=isa", vec![bos]),
        ("lastname=kok", vec![kok]),
        ("email=isa@bos.example", vec![bos]),
        ("include_disabled=true", vec![bos, kok, gone]),
        ("sort=business_name%20ASC", vec![kok, bos]),
        ("sort=business_name%20DESC", vec![bos, kok]),
        (&format!("id[]={kok}"), vec![kok]),
        (&format!("not_id[]={kok}"), vec![bos]),
        (&format!("id_not[]={kok}"), vec![bos]),
    ] {
        let list = talk.got(&format!("/customers?{query}")).await;
        assert_eq!(ids(&list["customers"]), expected, "{query}");
    }
    let hits = talk.got("/customers/autocomplete?query=Bak").await;
    assert_eq!(ids(&hits["customers"]), [kok]);
    assert_eq!(talk.got("/customers/latest").await["customer"]["id"], gone);
}

#[tokio::test]
async fn tickets_leads_and_lines_are_found_by_their_parameters() {
    let talk = Talk::new().await;
    let server = &talk.server;
    let customer = server.insert("customers", json!({"business_name": "A"}));
    let ticket = |body: Value| {
        let mut body = body;
        body["customer_id"] = json!(customer);
        server.insert("tickets", body)
    };
    let open =
        ticket(json!({"subject": "Slow", "status": "In Progress", "number": 77, "user_id": 2}));
    let done = ticket(json!({"subject": "Fast", "status": "Resolved"}));
    for (query, expected) in [
        ("status=Not%20Closed", vec![open]),
        ("status=Resolved", vec![done]),
        ("number=77", vec![open]),
        ("user_id=2", vec![open]),
        ("query=fast", vec![done]),
        ("customer_id=999", vec![]),
    ] {
        let list = talk.got(&format!("/tickets?{query}")).await;
        assert_eq!(ids(&list["tickets"]), expected, "{query}");
    }
    let hot = server.insert(
        "leads",
        json!({"first_name": "A", "status": "Hot", "user_id": 1}),
    );
    let cold = server.insert(
        "leads",
        json!({"first_name": "B", "status": "Cold", "ticket_id": open}),
    );
    server.insert("leads", json!({"first_name": "C", "disabled": true}));
    for (query, expected) in [
        ("statuses[]=Hot&statuses[]=Cold", vec![cold, hot]),
        ("status_list=Hot,Warm", vec![hot]),
        ("users[]=1", vec![hot]),
        ("has_ticket=true", vec![cold]),
        ("has_ticket=false", vec![hot]),
    ] {
        let list = talk.got(&format!("/leads?{query}")).await;
        assert_eq!(ids(&list["leads"]), expected, "{query}");
    }
    let lines =
        json!([{"item": "a", "name": "b", "price": 1}, {"item": "c", "name": "d", "price": 2}]);
    let invoice = server.insert(
        "invoices",
        json!({"customer_id": customer, "line_items": lines}),
    );
    server.insert(
        "estimates",
        json!({"customer_id": customer, "line_items": lines}),
    );
    let of = talk.got(&format!("/line_items?invoice_id={invoice}")).await;
    assert_eq!(of["line_items"].as_array().unwrap().len(), 2);
    let of = talk.got("/line_items?estimate_id_not_null=true").await;
    assert_eq!(of["meta"]["total_entries"], 2);
    assert_eq!(of["line_items"][0]["invoice_id"], Value::Null);
}

#[tokio::test]
async fn rows_drift_while_pages_are_read_and_the_server_tells_which() {
    let builder = Syncro::builder()
        .seed(size(50))
        .drift(Drift::every(2).inserts(2).deletes(1).moves(1));
    let talk = Talk::with(builder).await;
    let before = talk.server.ids("customers");
    for page in 1..=5 {
        talk.got(&format!("/customers?per_page=10&page={page}"))
            .await;
    }
    let drifted = talk.server.drifted();
    assert_eq!(
        (
            drifted.inserted.len(),
            drifted.deleted.len(),
            drifted.moved.len()
        ),
        (4, 2, 2)
    );
    let mut after: Vec<i64> = [before, drifted.inserted].concat();
    after.retain(|id| !drifted.deleted.contains(id));
    after.sort_unstable();
    assert_eq!(talk.server.ids("customers"), after);
    talk.server.set_drift(None);
    let list = talk.got("/customers").await;
    assert_eq!(list["customers"].as_array().unwrap().len(), 52);
    assert_eq!(talk.server.ids("customers"), after);
    assert!(talk.server.journal().is_empty(), "drift is nobody's write");
}

#[tokio::test]
async fn a_row_that_goes_in_front_hides_another_from_who_reads_pages() {
    let talk = Talk::with(Syncro::builder().seed(size(6))).await;
    let first = ids(&talk.got("/customers?per_page=3").await["customers"]);
    talk.server.delete("customers", first[0]);
    let second = ids(&talk.got("/customers?per_page=3&page=2").await["customers"]);
    assert_eq!(second.len(), 2);
    let missed = talk.server.ids("customers").into_iter();
    let missed: Vec<i64> = missed
        .filter(|id| !first.contains(id) && !second.contains(id))
        .collect();
    assert_eq!(missed.len(), 1);
}
