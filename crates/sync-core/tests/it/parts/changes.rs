//! Changes that the listed fields do not show.

use std::collections::BTreeMap as Map;

use api_core::Timestamp;
use sync_core::mapping::{Expressions, FieldRule};

use super::*;

fn touched(i: usize, memo: &str, at: i64) -> Record {
    let mut record = whole(i, 0);
    record.fields.set("memo", memo);
    record.modified(Timestamp::from_seconds(1_767_225_600 + at))
}

#[tokio::test]
async fn a_rest_that_changed_behind_the_same_part_is_read_again_when_the_stamp_moved() {
    let world = world(0);
    for i in 0..4 {
        world.crm.insert(touched(i, "as it was", 0));
    }
    let source = Listing::of(&world);
    assert_eq!(source.sync(&world).await.created, 7);
    assert_eq!(source.sync(&world).await.unchanged, 7);
    source.take_completed();

    world.crm.insert(touched(2, "other lines, same sum", 60));
    let counts = source.sync(&world).await;
    assert_eq!(source.take_completed(), ["0002"]);
    assert_eq!((counts.updated, counts.unchanged), (1, 6));
    assert_eq!(memos(&world)["F0002"], "other lines, same sum");

    // A stamp that moved and nothing with it costs one reading.
    world.crm.insert(touched(3, "as it was", 60));
    assert_eq!(source.sync(&world).await.unchanged, 7);
    assert_eq!(source.take_completed(), ["0003"]);
    assert_eq!(source.sync(&world).await.unchanged, 7);
    assert_eq!(source.take_completed(), Vec::<String>::new());
}

#[tokio::test]
async fn a_mapping_that_changed_reads_the_rest_of_every_record_once_more() {
    let world = world(3);
    let source = Listing::of(&world);
    let sync = |expr: &'static str| {
        let rule = FieldRule {
            expr: Some(expr.to_owned()),
            ..FieldRule::default()
        };
        let rules = Map::from([(FieldName::known("memo"), rule)]);
        let flow = Flow::builder("push")
            .from("crm", source.clone())
            .to("books", world.books.clone())
            .map(INVOICE, Expressions::new(INVOICE, rules).unwrap())
            .build()
            .unwrap();
        let engine = world.engine_on(world.store.clone());
        async move {
            let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
            assert!(report.error.is_none(), "{:?}", report.error);
            total(&report)
        }
    };
    // What the listing gives is mapped to the same by both.
    let (lower, upper) = ("memo | default('') | lower", "memo | default('') | upper");
    assert_eq!(sync(lower).await.created, 6);
    assert_eq!(sync(lower).await.unchanged, 6);
    source.take_completed();
    assert_eq!(sync(upper).await.updated, 3);
    assert_eq!(source.take_completed().len(), 3);
    assert_eq!(memos(&world)["F0001"], "MEMO 1");
    assert_eq!(sync(upper).await.unchanged, 6);
    assert_eq!(source.take_completed(), Vec::<String>::new());
}
