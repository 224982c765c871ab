//! What is read once in a while.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use api_core::Error;
use tokio::sync::Mutex;

/// Something that is read once in a while.
#[derive(Debug)]
pub(crate) struct Cached<T>(Mutex<Option<(Instant, Arc<T>)>>);

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Cached<T> {
    /// What was read within this time, or now.
    pub(crate) async fn get<F>(
        &self,
        within: Duration,
        read: impl FnOnce() -> F,
    ) -> Result<Arc<T>, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut kept = self.0.lock().await;
        if let Some((_, value)) = kept.as_ref().filter(|(at, _)| at.elapsed() < within) {
            return Ok(Arc::clone(value));
        }
        let value = Arc::new(read().await?);
        *kept = Some((Instant::now(), Arc::clone(&value)));
        Ok(value)
    }
}
