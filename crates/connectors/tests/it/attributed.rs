//! Whoever watches the requests of a connector knows for which work each was made.

use std::sync::{Arc, Mutex};

use api_core::{Exchange, ExchangeObserver, SecretString};
use connectors::smartcrm::SmartCrm;
use connectors::syncro::Syncro;
use futures_util::StreamExt as _;
use koppel_sandbox::syncro::Size;
use sync_core::testing::conformance::read_all;
use sync_core::{
    Action, Batch, Connector, EntityKind, Fields, Marker, Op, OpId, RecordId, context,
};

use crate::syncro_read::{CUSTOMER, sandbox};

/// Notes for which work each request was made.
#[derive(Debug, Default)]
struct Watch(Mutex<Vec<Option<String>>>);

impl ExchangeObserver for Watch {
    fn exchange(&self, _: &Exchange) {
        let work = context::current::<String>();
        let mut noted = self.0.lock().unwrap();
        noted.push(work.map(|work| work.as_str().to_owned()));
    }
}

impl Watch {
    fn all_of(&self, work: &str) {
        let noted = self.0.lock().unwrap();
        assert!(!noted.is_empty());
        assert!(
            noted.iter().all(|of| of.as_deref() == Some(work)),
            "{noted:?}"
        );
    }
}

#[tokio::test]
async fn writes_to_smartcrm_are_noted_with_their_work() {
    let server = koppel_sandbox::SmartCrm::builder().start().await.unwrap();
    let watch = Arc::new(Watch::default());
    let token = SecretString::from("demo".to_owned());
    let client = smartcrm_client::Client::builder(&server.url(), token).observer(watch.clone());
    let target = SmartCrm::new(client.build().unwrap());
    let write = |id: u32| Op {
        id: OpId::new(),
        action: Action::Create,
        entity: EntityKind::Customer,
        fields: Fields::new().with("name", format!("Customer {id}")),
        changed: None,
        marker: Marker::of("crm", EntityKind::Customer, &RecordId::new(id.to_string())),
    };
    let batch = Batch {
        entity: EntityKind::Customer,
        key: "k1".to_owned(),
        ops: (1..=30).map(write).collect(),
    };
    let pushed = context::within(Arc::new("nightly".to_owned()), async {
        target.push(batch).count().await
    });
    assert!(pushed.await > 0);
    watch.all_of("nightly");
}

#[tokio::test]
async fn pages_of_syncro_are_noted_with_their_work() {
    let server = sandbox().seed(Size::of_customers(8)).start().await.unwrap();
    let watch = Arc::new(Watch::default());
    let token = SecretString::from("demo-token".to_owned());
    let client = syncro_client::Client::builder("demo", token)
        .base_url(server.url())
        .requests_per_minute(1_000_000)
        .observer(watch.clone())
        .build()
        .unwrap();
    let source = Syncro::builder(client).build().unwrap();
    let read = context::within(
        Arc::new("nightly".to_owned()),
        read_all(&source, CUSTOMER, 100),
    );
    assert!(!read.await.is_empty());
    watch.all_of("nightly");
}
