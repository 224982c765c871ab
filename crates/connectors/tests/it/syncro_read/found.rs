//! Marks that the server's search does not find.

use koppel_sandbox::syncro::{Fault, FaultKind};
use sync_core::FindKey;

use super::*;

/// A server that sorts customers by their names whatever is asked for, with these.
async fn by_name(customers: &[(&str, &str)]) -> SyncroServer {
    let server = empty().await;
    for (name, made) in customers {
        let made = format!("{made}T10:00:00.000Z");
        server.insert(
            "customers",
            json!({"business_name": name, "created_at": made}),
        );
    }
    server.fault(
        Fault::new(FaultKind::Body {
            status: 200,
            body: json!({"customers": server.records("customers"),
                         "meta": {"total_pages": 1, "page": 1}}),
            after_commit: false,
        })
        .entity("customers")
        .method("GET"),
    );
    server
}

fn key() -> FindKey {
    FindKey::Marker("crm:customer:1".to_owned().into())
}

#[tokio::test]
async fn an_old_record_in_front_does_not_prove_that_none_is_new() {
    let server = by_name(&[("A", "2020-01-01"), ("B", "2199-01-03")]).await;
    let error = syncro(&server).find(CUSTOMER, &key()).await.unwrap_err();
    assert_eq!(error.kind(), api_core::ErrorKind::Config);
}

#[tokio::test]
async fn a_whole_list_in_order_proves_it() {
    let server = by_name(&[("A", "2199-01-03"), ("B", "2020-01-01")]).await;
    assert!(
        syncro(&server)
            .find(CUSTOMER, &key())
            .await
            .unwrap()
            .is_empty()
    );
}
