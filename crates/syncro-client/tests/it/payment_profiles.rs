use serde_json::json;
use syncro_client::{CustomerId, ErrorKind, PaymentProfile, PaymentProfileId};

use crate::support::{answer_text, client, fixture, on, server, with_body};
use crate::trade::{gives, refused, some};

const CUSTOMER: CustomerId = CustomerId::new(4);
const ID: PaymentProfileId = PaymentProfileId::new(1);
const ROUTE: &str = "/customers/4/payment_profiles";
const ONE: &str = "/customers/4/payment_profiles/1";

fn stored() -> serde_json::Value {
    json!({"payment_profile": {"id": 1, "customer_id": 4, "expiration": "09/29",
        "used_gateway": "authorize_net", "payment_profile_id": 55, "last_four": "4711"}})
}

fn profile() -> PaymentProfile {
    PaymentProfile {
        customer_external_id: some("cus_4"),
        payment_profile_id: some("55"),
        expiration: some("09/29"),
        last_four: some("4711"),
        ..PaymentProfile::default()
    }
}

#[tokio::test]
async fn profiles_are_listed_by_their_customer() {
    let server = server().await;
    let text = fixture("samples/GET_customers__customer_id__payment_profiles_200.json");
    answer_text(&server, on("GET", ROUTE), 200, &text).await;
    let client = client(&server);
    let page = client
        .payment_profiles()
        .list(CUSTOMER)
        .page(1)
        .await
        .unwrap();
    assert!(page[0].good().unwrap().used_gateway.is_some());
}

#[tokio::test]
async fn a_profile_is_read_whose_token_is_a_number() {
    let profile = gives(on("GET", ONE), stored(), async |client| {
        client.payment_profiles().get(CUSTOMER, ID).await
    })
    .await;
    assert_eq!(profile.payment_profile_id, some("55"));
}

#[tokio::test]
async fn a_profile_is_made_of_what_the_gateway_keeps() {
    let request = with_body(
        on("POST", ROUTE),
        &json!({"customer_external_id": "cus_4", "payment_profile_id": "55",
            "expiration": "09/29", "last_four": "4711"}),
    );
    let made = gives(request, stored(), async |client| {
        client.payment_profiles().create(CUSTOMER, &profile()).await
    })
    .await;
    assert_eq!(made.id, Some(ID));
}

#[tokio::test]
async fn an_account_without_a_gateway_says_so() {
    let body = json!({"message": "Account not configured to use integrated processing."});
    let error = refused(on("POST", ROUTE), 422, body, async |client| {
        client.payment_profiles().create(CUSTOMER, &profile()).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.message().contains("integrated processing"));
}

#[tokio::test]
async fn a_change_leaves_the_tokens_of_the_gateway_alone() {
    let request = with_body(
        on("PUT", ONE),
        &json!({"expiration": "09/29", "last_four": "4711"}),
    );
    gives(request, stored(), async |client| {
        client
            .payment_profiles()
            .update(CUSTOMER, ID, &profile())
            .await
    })
    .await;
}

#[tokio::test]
async fn a_profile_is_deleted() {
    let request = on("DELETE", ONE);
    gives(request, json!({"success": true}), async |client| {
        client.payment_profiles().delete(CUSTOMER, ID).await
    })
    .await;
}

#[tokio::test]
async fn a_delete_that_says_no_with_status_200_is_an_error() {
    let request = on("DELETE", ONE);
    let error = refused(request, 200, json!({"success": "false"}), async |client| {
        client.payment_profiles().delete(CUSTOMER, ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn a_profile_that_is_not_there_is_not_found() {
    let error = refused(on("GET", ONE), 404, json!(""), async |client| {
        client.payment_profiles().get(CUSTOMER, ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let error = refused(on("PUT", ONE), 404, json!(""), async |client| {
        client
            .payment_profiles()
            .update(CUSTOMER, ID, &profile())
            .await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let error = refused(on("DELETE", ONE), 404, json!(""), async |client| {
        client.payment_profiles().delete(CUSTOMER, ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
