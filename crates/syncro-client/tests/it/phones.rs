use serde_json::json;
use syncro_client::{CustomerId, ErrorKind, Phone, PhoneId};

use crate::refusals::{NOT_FOUND, PERMISSION, refuse, stubborn};
use crate::support::{answer, answer_text, client, json as fixture, on, server, with_body};

const CUSTOMER: CustomerId = CustomerId::new(31_842_013);
const ID: PhoneId = PhoneId::new(1_599_026);

fn phone() -> Phone {
    Phone {
        label: Some("Werk".to_owned()),
        number: Some("0515-550142".to_owned()),
        extension: Some("12".to_owned()),
        ..Phone::default()
    }
}

#[tokio::test]
async fn the_numbers_of_a_customer_are_listed_added_changed_and_removed() {
    let server = server().await;
    let listed = fixture("samples/GET_customers__customer_id__phones_200.json");
    let base = "/customers/31842013/phones";
    answer(&server, on("GET", base), 200, &listed).await;
    let body = json!({"label": "Werk", "number": "0515-550142", "extension": "12"});
    let stored = fixture("samples/POST_customers__customer_id__phones_200.json");
    let create = with_body(on("POST", base), &body);
    answer(&server, create, 200, &stored).await;
    let one = format!("{base}/1599026");
    answer(&server, with_body(on("PUT", &one), &body), 200, &stored).await;
    answer_text(&server, on("DELETE", &one), 200, "").await;

    let client = client(&server);
    let phones = client.phones();
    let all = phones.list(CUSTOMER).page(1).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].good().unwrap().customer_id, Some(CUSTOMER));
    let made = phones.create(CUSTOMER, &phone()).await.unwrap();
    assert!(made.number.is_some());
    phones.update(CUSTOMER, ID, &phone()).await.unwrap();
    phones.delete(CUSTOMER, ID).await.unwrap();
}

#[tokio::test]
async fn refusals_of_numbers_say_why() {
    let server = server().await;
    let base = "/customers/31842013/phones";
    let one = format!("{base}/1599026");
    let blank = r#"{"success":false,"message":["Number can't be blank"],"params":{"customer_id":"1","number":""}}"#;
    refuse(&server, "GET", base, 401, PERMISSION).await;
    refuse(&server, "POST", base, 422, blank).await;
    refuse(&server, "PUT", &one, 422, blank).await;
    refuse(&server, "DELETE", &one, 404, NOT_FOUND).await;
    let client = client(&server);
    let phones = client.phones();
    let list = phones.list(CUSTOMER).all().await.unwrap_err();
    assert_eq!(list.kind(), ErrorKind::Permission);
    let create = phones.create(CUSTOMER, &Phone::default()).await;
    let create = create.unwrap_err();
    assert_eq!(create.kind(), ErrorKind::Validation);
    assert!(
        create.message().contains("Number can't be blank"),
        "{create}"
    );
    let update = phones.update(CUSTOMER, ID, &Phone::default()).await;
    assert_eq!(update.unwrap_err().kind(), ErrorKind::Validation);
    let delete = phones.delete(CUSTOMER, ID).await.unwrap_err();
    assert_eq!(delete.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_number_is_added_once_even_where_the_answer_cannot_be_read() {
    let server = server().await;
    let create = on("POST", "/customers/31842013/phones");
    answer(&server, create, 200, &json!({"id": "no number"})).await;
    let client = stubborn(&server, 3);
    let made = client.phones().create(CUSTOMER, &phone()).await;
    let error = made.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.send_outcome().may_be_applied());
}
