//! What a task works on, for whoever notes down what it does.
//!
//! Requests are made deep in a connector, often by several tasks at once, and a log of them wants
//! to know for which run. Whoever runs a flow says so [`within`] it; a connector that spawns a
//! task hands it on with [`carried`].
//!
//! ```
//! use std::sync::Arc;
//! use sync_core::context;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let name = context::within(Arc::new("nightly".to_owned()), async {
//!     let task = tokio::spawn(context::carried(async { context::current::<String>() }));
//!     task.await.ok().flatten()
//! })
//! .await;
//! assert_eq!(name.as_deref().map(String::as_str), Some("nightly"));
//! # }
//! ```

use std::any::Any;
use std::future::Future;
use std::sync::{Arc, Weak};

use futures_util::future::Either;

type Context = dyn Any + Send + Sync;

tokio::task_local! {
    static CONTEXT: Weak<Context>;
}

/// Does work of which [`current`] tells this, also in tasks that it is [`carried`] into, until the
/// work is done.
pub async fn within<C: Any + Send + Sync, F: Future>(context: Arc<C>, work: F) -> F::Output {
    let context: Arc<Context> = context;
    CONTEXT.scope(Arc::downgrade(&context), work).await
}

/// What this task works on, if somebody said so with this type and it is not over.
pub fn current<C: Any + Send + Sync>() -> Option<Arc<C>> {
    let context = CONTEXT.try_with(Weak::upgrade).ok().flatten()?;
    context.downcast().ok()
}

/// Work for a task of its own, which works on the same as the task that calls this.
pub fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    match CONTEXT.try_with(Weak::clone) {
        Ok(context) => Either::Left(CONTEXT.scope(context, work)),
        Err(_) => Either::Right(work),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_knows_what_it_works_on_only_if_that_was_carried_into_it() {
        let found = within(Arc::new(7_u32), async {
            let plain = tokio::spawn(async { current::<u32>() });
            let carried = tokio::spawn(carried(async { current::<u32>() }));
            let other = current::<String>();
            (plain.await.unwrap(), carried.await.unwrap(), other)
        });
        assert_eq!(found.await, (None, Some(Arc::new(7)), None));
        assert_eq!(current::<u32>(), None);
        let nothing = tokio::spawn(carried(async { current::<u32>() }));
        assert_eq!(nothing.await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_task_that_outlives_the_work_works_on_nothing() {
        let (tell, told) = tokio::sync::oneshot::channel::<()>();
        let task = within(Arc::new(7_u32), async {
            let task = tokio::spawn(carried(async {
                told.await.unwrap();
                current::<u32>()
            }));
            (task,)
        });
        let (task,) = task.await;
        tell.send(()).unwrap();
        assert_eq!(task.await.unwrap(), None);
    }

    #[tokio::test]
    async fn work_within_work_has_its_own() {
        let found = within(Arc::new(1_u32), async {
            let inner = within(Arc::new(2_u32), async { current::<u32>() }).await;
            (inner, current::<u32>())
        });
        assert_eq!(found.await, (Some(Arc::new(2)), Some(Arc::new(1))));
    }
}
