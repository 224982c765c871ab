//! Webhooks: each change that the account's notifications name is told to one address.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::common::{Letter, Post};

/// The events that can be told, by the names the sandbox has for them.
///
/// A delivery does not name its event: only the first line of its text tells it. That of
/// `customer_created`, `contact_created`, `ticket_created`, `ticket_resolved` and
/// `ticket_status_changed` is known from client authors; those of the others are assumed.
pub const EVENTS: &[&str] = &[
    "customer_created",
    "contact_created",
    "lead_created",
    "ticket_created",
    "ticket_updated",
    "ticket_status_changed",
    "ticket_resolved",
    "ticket_commented",
    "invoice_created",
    "estimate_created",
    "payment_received",
    "appointment_created",
    "contract_created",
    "product_created",
    "purchase_order_created",
    "rmm_alert",
];

/// What goes wrong with deliveries: shares of them, 0 to 1, drawn from the server's seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookFaults {
    /// Sent twice.
    pub duplicate: f64,
    /// Sent after the one that follows it.
    pub reorder: f64,
    /// Never sent.
    pub drop: f64,
    /// Sent only after `late_by` others.
    pub late: f64,
    /// How many others go before one that is late.
    pub late_by: u32,
}

impl Default for WebhookFaults {
    fn default() -> WebhookFaults {
        WebhookFaults {
            duplicate: 0.0,
            reorder: 0.0,
            drop: 0.0,
            late: 0.0,
            late_by: 5,
        }
    }
}

/// A webhook that was sent, that could not be, or that a fault swallowed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// 1 for the first that was sent, then without gaps; 0 for one that was dropped.
    pub seq: u64,
    /// The event, one of [`EVENTS`].
    pub event: &'static str,
    /// The resource, such as `tickets`.
    pub resource: &'static str,
    /// The record's id.
    pub id: i64,
    /// The body as it was sent: `text`, `html`, `link` and `attributes`.
    pub body: String,
    /// The receiver's HTTP status; none when nobody answered.
    pub status: Option<u16>,
}

/// What happened.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) event: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) id: i64,
    /// The lines of the text.
    pub(crate) lines: Vec<String>,
    pub(crate) link: String,
    pub(crate) attributes: Value,
}

#[derive(Debug, Clone)]
pub(crate) struct Note {
    url: String,
    delivery: Delivery,
}

impl Letter for Note {
    type Delivery = Delivery;

    fn url(&self) -> &str {
        &self.url
    }

    fn body(&self) -> &str {
        &self.delivery.body
    }

    fn delivered(self, seq: u64, status: Option<u16>) -> Delivery {
        Delivery {
            seq,
            status,
            ..self.delivery
        }
    }
}

struct State {
    /// Where to, and which events; none of them: all.
    target: Option<(String, BTreeSet<String>)>,
    faults: WebhookFaults,
    rng: fastrand::Rng,
    /// What waits for so many others to go first.
    held: VecDeque<(u32, Note)>,
    dropped: Vec<Delivery>,
}

/// Where news wait until they are sent; clones share it.
#[derive(Clone)]
pub(crate) struct Outbox {
    state: Arc<Mutex<State>>,
    post: Post<Note>,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbox")
    }
}

impl Outbox {
    /// An outbox and the task that empties it; the task ends with the last clone.
    pub(crate) fn start(seed: u64) -> Outbox {
        Outbox {
            state: Arc::new(Mutex::new(State {
                target: None,
                faults: WebhookFaults::default(),
                rng: fastrand::Rng::with_seed(seed),
                held: VecDeque::new(),
                dropped: Vec::new(),
            })),
            post: Post::start(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where webhooks go from now on, and which events; none named: all.
    pub(crate) fn point(&self, target: Option<(String, BTreeSet<String>)>) {
        self.state().target = target;
    }

    pub(crate) fn spoil(&self, faults: WebhookFaults) {
        self.state().faults = faults;
    }

    /// Whether anybody wants to hear of it.
    pub(crate) fn wants(&self, event: &str) -> bool {
        self.state()
            .target
            .as_ref()
            .is_some_and(|(_, events)| events.is_empty() || events.contains(event))
    }

    pub(crate) fn push(&self, news: News) {
        let mut state = self.state();
        let Some((url, _)) = &state.target else {
            return;
        };
        let url = url.clone();
        let html = format!("<p>{}</p>", news.lines.join("<br>"));
        let body = json!({
            "text": news.lines.join("\n"),
            "html": html,
            "link": news.link,
            "attributes": news.attributes,
        });
        let note = Note {
            url,
            delivery: Delivery {
                seq: 0,
                event: news.event,
                resource: news.resource,
                id: news.id,
                body: body.to_string(),
                status: None,
            },
        };
        let faults = state.faults.clone();
        // All four are drawn each time, so that the same seed means the same deliveries.
        let draws: [f64; 4] = std::array::from_fn(|_| state.rng.f64());
        let [drop, late, reorder, duplicate] = draws;
        if drop < faults.drop {
            state.dropped.push(note.delivery);
        } else if late < faults.late {
            state.held.push_back((faults.late_by.max(1), note));
            return;
        } else if reorder < faults.reorder {
            state.held.push_back((1, note));
            return;
        } else {
            if duplicate < faults.duplicate {
                self.post.push(note.clone());
            }
            self.post.push(note);
        }
        let held = std::mem::take(&mut state.held);
        for (others, note) in held {
            if others <= 1 {
                self.post.push(note);
            } else {
                state.held.push_back((others - 1, note));
            }
        }
    }

    pub(crate) fn sent(&self) -> Vec<Delivery> {
        self.post.sent()
    }

    pub(crate) fn dropped(&self) -> Vec<Delivery> {
        self.state().dropped.clone()
    }

    /// Sends what is held back, and waits until everything is sent or given up.
    pub(crate) async fn settled(&self) {
        let held = std::mem::take(&mut self.state().held);
        for (_, note) in held {
            self.post.push(note);
        }
        self.post.settled().await;
    }
}
