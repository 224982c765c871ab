//! A process that dies in the middle of a write.

use std::sync::atomic::{AtomicUsize, Ordering};

use koppel_sandbox::snelstart::{HookAction, Phase, RequestEvent};
use sync_core::FlowName;
use tokio::sync::mpsc;

use super::*;

/// Dies with the write of this number, before or after it was applied; the next process finishes.
async fn dies_at(nth: usize, phase: Phase) {
    let shop = Arc::new(shop(2, 3));
    let (sent, mut heard) = mpsc::unbounded_channel();
    let writes = AtomicUsize::new(0);
    let hook = move |event: RequestEvent| {
        let hit = event.is_write && event.phase == phase;
        if hit && writes.fetch_add(1, Ordering::SeqCst) + 1 == nth {
            return match sent.send(()) {
                Ok(()) => HookAction::Hang,
                Err(_) => HookAction::DropConnection,
            };
        }
        HookAction::Continue
    };
    let server = Sandbox::builder()
        .old_bookings(true)
        .on_request(Arc::new(hook))
        .start()
        .await
        .unwrap();
    let connector = || Arc::new(patient(&server).build().unwrap());
    let leg = Arc::new(Leg::new(
        ("shop", shop.clone()),
        ("books", connector()),
        &KINDS,
        50,
    ));
    let dying = tokio::spawn({
        let leg = leg.clone();
        async move { leg.run().await }
    });
    heard.recv().await.unwrap();
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    // The process is gone: its lease need not run out.
    let owner = format!("process {}", std::process::id());
    let flow = FlowName::from("shop-books");
    assert!(leg.store.break_lease(&flow, &owner).await.unwrap());
    leg.run_until_done(20).await;
    nothing_twice(&server);
    assert_eq!(created(&server, "relaties"), 2, "{nth} {phase:?}");
    assert_eq!(created(&server, "verkoopboekingen"), 3, "{nth} {phase:?}");
    assert_eq!(created(&server, "bankboekingen"), 6, "{nth} {phase:?}");
    assert!(open(&server).values().all(Decimal::is_zero));
    let before = server.applied();
    assert_eq!(leg.run().await, Some((0, 0)));
    assert_eq!(server.applied(), before);
}

#[tokio::test]
async fn a_process_that_dies_after_a_write_was_applied_writes_it_once() {
    for nth in [1, 2, 3, 5, 6, 8, 11] {
        dies_at(nth, Phase::AfterApply).await;
    }
}

#[tokio::test]
async fn a_process_that_dies_before_a_write_was_applied_writes_it_later() {
    for nth in [1, 3, 5, 6, 9, 11] {
        dies_at(nth, Phase::BeforeApply).await;
    }
}
