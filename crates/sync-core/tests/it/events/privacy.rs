//! Events say nothing of what stands in a record, whatever a remote repeats of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use api_core::{Error, ErrorKind, SendOutcome};
use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use sync_core::Unreadable;
use sync_core::mapping::{self, MapError};
use sync_core::{
    Answer, Batch, Capabilities, CheckReport, Connector, Cursor, EntityKind, EventName, FieldName,
    Fields, FindKey, Flow, MemorySystem, Outcome, Page, Record, RecordId, RunOptions, Value,
    fields,
};

use super::Log;
use crate::crash::keyed;
use crate::kit::{CUSTOMER, World};

const SAID: [&str; 6] = [
    "Quirinius",
    "Zonderland",
    "quirinius@zonderland.example",
    "Nachtegaalpad 17",
    "0612345678",
    "owes us money",
];

fn person() -> Record {
    let address = BTreeMap::from([("street".to_owned(), Value::from("Nachtegaalpad 17"))]);
    let fields = Fields::new()
        .with("number", "C-77")
        .with("name", "Quirinius Zonderland")
        .with("email", "quirinius@zonderland.example")
        .with("phone", "0612345678")
        .with("address", Value::Map(address))
        .with("remark", "owes us money");
    Record::new(CUSTOMER, "77", fields)
}

fn repeated() -> String {
    "C-77: Quirinius Zonderland <quirinius@zonderland.example> of Nachtegaalpad 17 (tel. \
     0612345678, owes us money) cannot be taken, MR. ZONDERLAND is known"
        .to_owned()
}

/// A target that answers everything with a text that repeats the record.
struct Parrot {
    inner: MemorySystem,
    push: fn(Error) -> Outcome,
    find: bool,
}

#[async_trait]
impl Connector for Parrot {
    fn describe(&self) -> &Capabilities {
        self.inner.describe()
    }
    async fn check(&self) -> CheckReport {
        CheckReport::default()
    }
    async fn pull(&self, _: EntityKind, _: Option<&Cursor>, _: usize) -> Result<Page, Error> {
        // Something is there, so that new records are looked for.
        Ok(Page {
            records: vec![Record::new(
                CUSTOMER,
                "other",
                Fields::new().with("name", "x"),
            )],
            complete: true,
            ..Page::default()
        })
    }
    fn push(&self, batch: Batch) -> BoxStream<'_, Answer> {
        let error = Error::new(ErrorKind::Validation, repeated()).outcome(SendOutcome::Unknown);
        let outcomes = (batch.ops.iter())
            .map(|op| (op.id, (self.push)(error.clone())))
            .collect();
        stream::iter([Answer { outcomes }]).boxed()
    }
    async fn find(&self, _: EntityKind, _: &FindKey) -> Result<Vec<Record>, Error> {
        match self.find {
            true => Err(Error::new(ErrorKind::Unavailable, repeated())),
            false => Ok(Vec::new()),
        }
    }
    async fn fetch(&self, _: EntityKind, _: &RecordId) -> Result<Option<Record>, Error> {
        Ok(None)
    }
}

async fn told(target: Arc<dyn Connector>, mapper: Arc<dyn mapping::EntityMapper>) -> (World, Log) {
    let world = World::new(keyed());
    world.crm.insert(person());
    let flow = Flow::builder("push")
        .from("crm", world.crm.clone())
        .to("books", target)
        .entities([CUSTOMER])
        .map(CUSTOMER, mapper)
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    engine.sync(&flow, &RunOptions::default()).await.unwrap();
    let mut log = Log::default();
    log.drain(world.store.as_ref()).await;
    log.each_run_ended_once(&world, "").await;
    (world, log)
}

fn says_nothing(log: &Log) {
    for event in log.all() {
        let text = serde_json::to_string(event).unwrap().to_lowercase();
        for said in SAID {
            assert!(!text.contains(&said.to_lowercase()), "{said} in {text}");
        }
    }
}

#[tokio::test]
async fn a_refusal_that_repeats_the_record_is_told_without_it_and_kept_whole_for_who_mends_it() {
    let parrot = Parrot {
        inner: keyed(),
        push: Outcome::Rejected,
        find: false,
    };
    let (world, log) = told(Arc::new(parrot), mapping::identity()).await;
    says_nothing(&log);
    let parked = log.named(EventName::RecordPark)[0];
    assert!(parked.message.contains("C-77"), "{}", parked.message);
    assert!(
        parked.message.contains("cannot be taken"),
        "{}",
        parked.message
    );
    assert_eq!(parked.details["reason"], "rejected");
    assert_eq!(world.parked().await[0].error.message, repeated());
}

#[tokio::test]
async fn no_answer_of_the_target_brings_the_record_into_the_log() {
    for push in [Outcome::BatchRejected, Outcome::Deferred, Outcome::Unknown] {
        let parrot = Parrot {
            inner: keyed(),
            push,
            find: false,
        };
        says_nothing(&told(Arc::new(parrot), mapping::identity()).await.1);
    }
    let parrot = Parrot {
        inner: keyed(),
        push: Outcome::Rejected,
        find: true,
    };
    let (_, log) = told(Arc::new(parrot), mapping::identity()).await;
    says_nothing(&log);
    let end = log.named(EventName::RunEnd)[0];
    assert!(end.message.contains("cannot be taken"), "{}", end.message);
}

#[tokio::test]
async fn a_mapping_that_fails_is_told_without_what_it_was_given() {
    let mapper = mapping::typed(|customer: fields::Customer| {
        let name = customer.name.unwrap_or_default();
        Err::<fields::Customer, _>(MapError::field("name", format!("`{name}` has no branch")))
    });
    let books = keyed().can(CUSTOMER, |can| {
        can.natural_keys = vec![vec![FieldName::known("email")]];
    });
    let (world, log) = told(Arc::new(books), mapper).await;
    says_nothing(&log);
    assert_eq!(log.named(EventName::RecordPark).len(), 1);
    let kept = &world.parked().await[0].error.message;
    assert!(kept.contains("Quirinius"), "{kept}");
}

/// A source that says of a record what it stumbled over.
struct Stumbling(MemorySystem, bool);

#[async_trait]
impl Connector for Stumbling {
    fn describe(&self) -> &Capabilities {
        self.0.describe()
    }
    async fn check(&self) -> CheckReport {
        CheckReport::default()
    }
    async fn pull(&self, _: EntityKind, _: Option<&Cursor>, _: usize) -> Result<Page, Error> {
        let said = r#"invalid type: string "Quirinius Zonderland", expected a number"#;
        let error = Error::new(ErrorKind::Decode, format!("at `price`: {said}"));
        if self.1 {
            return Err(error);
        }
        let id = RecordId::from("77");
        Ok(Page {
            unreadable: vec![Unreadable { id, error }],
            complete: true,
            ..Page::default()
        })
    }
    fn push(&self, batch: Batch) -> BoxStream<'_, Answer> {
        self.0.push(batch)
    }
    async fn find(&self, entity: EntityKind, key: &FindKey) -> Result<Vec<Record>, Error> {
        self.0.find(entity, key).await
    }
    async fn fetch(&self, entity: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        self.0.fetch(entity, id).await
    }
}

#[tokio::test]
async fn a_record_or_a_page_that_cannot_be_read_is_told_without_what_stands_in_it() {
    for whole_page in [false, true] {
        let world = World::new(keyed());
        let flow = Flow::builder("push")
            .from("crm", Arc::new(Stumbling(keyed(), whole_page)))
            .to("books", world.books.clone())
            .entities([CUSTOMER])
            .build()
            .unwrap();
        let engine = world.engine_on(world.store.clone());
        engine.sync(&flow, &RunOptions::default()).await.unwrap();
        let mut log = Log::default();
        log.drain(world.store.as_ref()).await;
        log.each_run_ended_once(&world, "").await;
        says_nothing(&log);
        let told = match whole_page {
            true => log.named(EventName::RunEnd),
            false => log.named(EventName::RecordPark),
        };
        assert!(
            told[0].message.contains("at `price`"),
            "{}",
            told[0].message
        );
    }
}
