//! A process that dies in the middle of a write.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

use super::*;

/// One customer, one invoice with five lines, one payment: eight writes.
const WRITES: usize = 8;

/// Dies with the write of this number, before or after it was applied; the next process finishes.
async fn dies_at(nth: usize, phase: Phase) {
    let shop = shop(1, 1);
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
        .unlimited()
        .on_request(Arc::new(hook))
        .start()
        .await
        .unwrap();
    let dying = Arc::new(leg(&shop, patient(&server)));
    let store = dying.store.clone();
    let process = tokio::spawn(async move { dying.run().await });
    heard.recv().await.unwrap();
    process.abort();
    assert!(process.await.unwrap_err().is_cancelled());
    // The process is gone: its lease need not run out.
    let owner = format!("process {}", std::process::id());
    let flow = FlowName::from("shop-syncro");
    assert!(store.break_lease(&flow, &owner).await.unwrap());
    // The next process knows nothing but what was stored.
    let next = leg_with(&shop, patient(&server), store);
    next.run_until_done(20).await;
    whole_once(&server, 1, 1);
    nothing_left(&next, &server).await;
}

/// A leg of another process, with the store that the one before left.
fn leg_with(
    shop: &Arc<MemorySystem>,
    target: Arc<Syncro>,
    store: Arc<sync_core::MemoryStore>,
) -> Leg {
    let mut next = leg(shop, target);
    next.store = store;
    next
}

#[tokio::test]
async fn a_process_that_dies_after_any_write_was_applied_writes_it_once() {
    for nth in 1..=WRITES {
        dies_at(nth, Phase::AfterApply).await;
    }
}

#[tokio::test]
async fn a_process_that_dies_before_any_write_was_applied_writes_it_later() {
    for nth in 1..=WRITES {
        dies_at(nth, Phase::BeforeApply).await;
    }
}
