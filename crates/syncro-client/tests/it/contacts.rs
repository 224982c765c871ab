use serde_json::json;
use syncro_client::{
    Contact, ContactFilter, ContactId, CustomerId, Decimal, ErrorKind, SendOutcome,
};
use wiremock::matchers::query_param;

use crate::refusals::{NOT_FOUND, PERMISSION, asked, refuse};
use crate::support::{answer, answer_text, client, json as fixture, on, server, with_body};

const ID: ContactId = ContactId::new(7_735_013);

#[tokio::test]
async fn a_contact_comes_and_goes_without_an_envelope() {
    let server = server().await;
    let stored = fixture("samples/POST_contacts_200.json");
    let form = json!({
        "customer_id": 31_842_013, "name": "Marit Hoekstra", "address1": "Havenkade 14",
        "address2": "2e etage", "city": "Harlingen", "state": "Friesland", "zip": "8861 AB",
        "email": "marit@zomerhuis.example", "phone": "0515550142", "mobile": "0655501770",
        "notes": "Belt na vieren.", "title": "Eigenaar",
    });
    let create = with_body(on("POST", "/contacts"), &form);
    answer(&server, create, 200, &stored).await;
    let contact = Contact {
        customer_id: Some(CustomerId::new(31_842_013)),
        name: Some("Marit Hoekstra".to_owned()),
        address1: Some("Havenkade 14".to_owned()),
        address2: Some("2e etage".to_owned()),
        city: Some("Harlingen".to_owned()),
        state: Some("Friesland".to_owned()),
        zip: Some("8861 AB".to_owned()),
        email: Some("marit@zomerhuis.example".to_owned()),
        phone: Some("0515550142".to_owned()),
        mobile: Some("0655501770".to_owned()),
        notes: Some("Belt na vieren.".to_owned()),
        title: Some("Eigenaar".to_owned()),
        ..Contact::default()
    };
    let made = client(&server).contacts().create(&contact).await.unwrap();
    assert_eq!(made.id, Some(ID));
    assert_eq!(made.latitude, "53.1741".parse::<Decimal>().ok());
    assert_eq!(made.extension, None);
}

#[tokio::test]
async fn a_contact_in_an_envelope_is_read_all_the_same() {
    let server = server().await;
    let body = json!({"contact": {"id": 7_735_013, "name": "Marit Hoekstra"}});
    answer(&server, on("GET", "/contacts/7735013"), 200, &body).await;
    let contact = client(&server).contacts().get(ID).await.unwrap();
    assert_eq!(contact.name.as_deref(), Some("Marit Hoekstra"));
}

#[tokio::test]
async fn a_contact_is_read_with_either_spelling_of_its_longitude() {
    let server = server().await;
    let body = fixture("samples/GET_contacts__id_200.json");
    answer(&server, on("GET", "/contacts/7735039"), 200, &body).await;
    let id = ContactId::new(7_735_039);
    let contact = client(&server).contacts().get(id).await.unwrap();
    assert_eq!(contact.longitud, "5.4142".parse::<Decimal>().ok());
    assert_eq!(contact.longitude, None);
}

#[tokio::test]
async fn contacts_are_listed_of_one_customer() {
    let server = server().await;
    let request = on("GET", "/contacts").and(query_param("page", "1"));
    let body = fixture("samples/GET_contacts_200.json");
    answer(&server, request, 200, &body).await;
    let client = client(&server);
    let filter = ContactFilter::new().customer_id(31_842_013);
    let page = client.contacts().list(&filter).page(1).await.unwrap();
    assert_eq!(page[0].good().unwrap().id, Some(ID));
    assert_eq!(asked(&server, "customer_id").await, ["31842013"]);
}

#[tokio::test]
async fn a_contact_is_changed_and_deleted() {
    let server = server().await;
    let body = json!({"name": "Marit Hoekstra", "mobile": null});
    let update = with_body(on("PUT", "/contacts/7735013"), &body);
    let stored = fixture("samples/PUT_contacts__id_200.json");
    answer(&server, update, 200, &stored).await;
    answer_text(&server, on("DELETE", "/contacts/7735013"), 200, "").await;
    let change = Contact {
        name: Some("Marit Hoekstra".to_owned()),
        ..Contact::default()
    };
    let client = client(&server);
    let change = change.clear("mobile");
    client.contacts().update(ID, &change).await.unwrap();
    client.contacts().delete(ID).await.unwrap();
}

#[tokio::test]
async fn refusals_of_contacts_say_why_and_never_what_was_sent() {
    let server = server().await;
    let invalid = r#"{"record":{"id":null,"name":"Piet","email":"p4rams-planted"},"errors":"Email Only able to parse up to \"x\",Email is not an email"}"#;
    refuse(&server, "POST", "/contacts", 422, invalid).await;
    refuse(&server, "PUT", "/contacts/7735013", 404, NOT_FOUND).await;
    refuse(&server, "GET", "/contacts/7735013", 404, NOT_FOUND).await;
    refuse(&server, "DELETE", "/contacts/7735013", 401, PERMISSION).await;
    refuse(&server, "GET", "/contacts", 401, PERMISSION).await;
    let client = client(&server);
    let contacts = client.contacts();
    let create = contacts.create(&Contact::default()).await.unwrap_err();
    assert_eq!(create.kind(), ErrorKind::Validation);
    assert_eq!(create.send_outcome(), SendOutcome::Rejected);
    assert!(
        create.message().contains("Email is not an email"),
        "{create}"
    );
    assert!(!format!("{create:?}").contains("p4rams-planted"));
    let update = contacts.update(ID, &Contact::default()).await.unwrap_err();
    assert_eq!(update.kind(), ErrorKind::NotFound);
    let get = contacts.get(ID).await.unwrap_err();
    assert_eq!(get.kind(), ErrorKind::NotFound);
    let delete = contacts.delete(ID).await.unwrap_err();
    assert_eq!(delete.kind(), ErrorKind::Permission);
    assert!(format!("{delete} {:?}", delete.help_text()).contains("Customers - Edit"));
    let list = contacts.list(&ContactFilter::new()).all().await;
    assert_eq!(list.unwrap_err().kind(), ErrorKind::Permission);
}
