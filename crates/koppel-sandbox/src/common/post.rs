//! Webhooks on their way: posted one after another, each answer noted.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

/// How long a receiver may take for one webhook.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A webhook that waits to be sent.
pub(crate) trait Letter: Send + 'static {
    /// What is kept of it when it was sent.
    type Delivery: Clone + Send + 'static;

    /// Where it goes.
    fn url(&self) -> &str;

    fn body(&self) -> &str;

    /// Headers besides the content type; asked once, just before it is sent.
    fn headers(&mut self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// `status` is the receiver's; none when nobody answered.
    fn delivered(self, seq: u64, status: Option<u16>) -> Self::Delivery;
}

struct Inner<L: Letter> {
    queued: u64,
    sent: Vec<L::Delivery>,
}

/// Where letters wait until they are sent; clones share it.
pub(crate) struct Post<L: Letter> {
    inner: Arc<Mutex<Inner<L>>>,
    queue: mpsc::UnboundedSender<L>,
    done: watch::Receiver<u64>,
}

impl<L: Letter> Clone for Post<L> {
    fn clone(&self) -> Post<L> {
        Post {
            inner: Arc::clone(&self.inner),
            queue: self.queue.clone(),
            done: self.done.clone(),
        }
    }
}

impl<L: Letter> Post<L> {
    /// The queue and the task that empties it; the task ends with the last clone.
    pub(crate) fn start() -> Post<L> {
        let (queue, letters) = mpsc::unbounded_channel();
        let (progress, done) = watch::channel(0);
        let inner = Arc::new(Mutex::new(Inner {
            queued: 0,
            sent: Vec::new(),
        }));
        tokio::spawn(send_all(letters, Arc::clone(&inner), progress));
        Post { inner, queue, done }
    }

    pub(crate) fn push(&self, letter: L) {
        lock(&self.inner).queued += 1;
        if self.queue.send(letter).is_err() {
            tracing::debug!("The server ended; a webhook is not sent.");
        }
    }

    /// What was sent, in that order.
    pub(crate) fn sent(&self) -> Vec<L::Delivery> {
        lock(&self.inner).sent.clone()
    }

    /// Waits until everything that was queued is sent or given up.
    pub(crate) async fn settled(&self) {
        let queued = lock(&self.inner).queued;
        let mut done = self.done.clone();
        if done.wait_for(|done| *done >= queued).await.is_err() {
            tracing::debug!("The server ended before its webhooks were sent.");
        }
    }
}

fn lock<L: Letter>(inner: &Mutex<Inner<L>>) -> MutexGuard<'_, Inner<L>> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn send_all<L: Letter>(
    mut letters: mpsc::UnboundedReceiver<L>,
    inner: Arc<Mutex<Inner<L>>>,
    progress: watch::Sender<u64>,
) {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("koppel-sandbox")
        .build();
    let mut seq = 0;
    while let Some(mut letter) = letters.recv().await {
        seq += 1;
        let headers = letter.headers();
        let status = match &client {
            Ok(client) => {
                let mut request = client
                    .post(letter.url())
                    .header("content-type", "application/json")
                    .body(letter.body().to_owned());
                for (name, value) in headers {
                    request = request.header(name, value);
                }
                match request.send().await {
                    Ok(response) => Some(response.status().as_u16()),
                    Err(error) => {
                        // The address may hold a secret.
                        let error = error.without_url();
                        tracing::warn!(%error, "A webhook was not delivered.");
                        None
                    }
                }
            }
            Err(error) => {
                tracing::warn!(%error, "Webhooks cannot be sent.");
                None
            }
        };
        let delivery = letter.delivered(seq, status);
        lock(&inner).sent.push(delivery);
        progress.send_replace(seq);
    }
}
