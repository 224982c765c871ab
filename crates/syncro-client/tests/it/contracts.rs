use serde_json::json;
use syncro_client::{Contract, ContractId, CustomerId, ErrorKind, PriceOverride, ProductId};

use crate::support::{answer_text, client, fixture, on, once, server, with_body};
use crate::trade::{gives, refused, some};

const ID: ContractId = ContractId::new(9);

fn stored() -> serde_json::Value {
    json!({"id": 9, "account_id": 1, "customer_id": 4, "name": "Onderhoud",
        "contract_amount": "30k", "start_date": "2026-01-01T00:00:00.000Z",
        "primary_contact": null, "status": "Opportunity", "likelihood": 30,
        "apply_to_all": false, "sla_id": null})
}

#[tokio::test]
async fn contracts_are_listed_and_their_amount_is_a_text() {
    let server = server().await;
    let text = fixture("samples/GET_contracts_200.json");
    answer_text(&server, on("GET", "/contracts"), 200, &text).await;
    let client = client(&server);
    let page = client.contracts().list().page(1).await.unwrap();
    assert!(page[0].good().unwrap().contract_amount.is_some());

    let contract = gives(on("GET", "/contracts/9"), stored(), async |client| {
        client.contracts().get(ID).await
    })
    .await;
    assert_eq!(contract.contract_amount, some("30k"));
    assert_eq!(contract.likelihood, Some(30));
}

#[tokio::test]
async fn a_deleted_contract_answers_null_and_is_not_found() {
    let server = server().await;
    answer_text(&server, on("GET", "/contracts/9"), 200, "null").await;
    let error = client(&server).contracts().get(ID).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn reading_a_contract_takes_the_right_to_edit_them() {
    let said = "Not authorized. Please ask account admin to update your group permissions.";
    let request = on("GET", "/contracts/9");
    let error = refused(request, 401, json!({"error": said}), async |client| {
        client.contracts().get(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.help_text().unwrap().contains("Contracts - Edit"));
}

#[tokio::test]
async fn a_contract_is_made_and_changed_with_what_newer_accounts_know() {
    let contract = Contract {
        customer_id: Some(CustomerId::new(4)),
        contract_amount: some("30k"),
        product_price_overrides: Some(vec![PriceOverride {
            product_id: Some(ProductId::new(12)),
            blacklisted: Some(true),
            ..PriceOverride::default()
        }]),
        non_billable_product_ids: Some(vec![ProductId::new(13)]),
        ..Contract::default()
    };
    let sent = json!({"customer_id": 4, "contract_amount": "30k",
        "product_price_overrides": [{"product_id": 12, "blacklisted": true}],
        "non_billable_product_ids": [13]});
    let made = gives(
        with_body(on("POST", "/contracts"), &sent),
        stored(),
        async |client| client.contracts().create(&contract).await,
    )
    .await;
    assert_eq!(made.id, Some(ID));
    gives(
        with_body(on("PUT", "/contracts/9"), &sent),
        stored(),
        async |client| client.contracts().update(ID, &contract).await,
    )
    .await;
}

#[tokio::test]
async fn a_refused_contract_says_why_beside_the_record_it_echoes() {
    let body = json!({"record": {"id": null, "name": "Geheim", "likelihood": 0},
        "errors": "Customer can't be blank"});
    for (verb, route) in [("POST", "/contracts"), ("PUT", "/contracts/9")] {
        let error = refused(on(verb, route), 422, body.clone(), async |client| {
            if verb == "POST" {
                client.contracts().create(&Contract::default()).await
            } else {
                client.contracts().update(ID, &Contract::default()).await
            }
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.message().contains("Customer can't be blank"));
        assert!(!format!("{error:?}").contains("Geheim"), "{error:?}");
    }
}

#[tokio::test]
async fn a_contract_is_deleted_or_not_found() {
    let server = server().await;
    let yes = wiremock::ResponseTemplate::new(200);
    once(&server, on("DELETE", "/contracts/9"), yes).await;
    client(&server).contracts().delete(ID).await.unwrap();
    let request = on("DELETE", "/contracts/9");
    let error = refused(request, 404, json!(""), async |client| {
        client.contracts().delete(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
