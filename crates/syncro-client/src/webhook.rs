//! Webhooks: what Syncro posts when something happens.
//!
//! A person sets them up in Syncro's Notification Center (Admin > Notification Center >
//! Notification Set), with an address and the events to be told of; the API cannot (vendor
//! documentation). A delivery is a JSON object with `text`, `html`, `link` and `attributes`
//! (measured by client authors). It carries **no signature, no secret, no delivery id and no name
//! of the event**, and neither repeats nor order are documented. So
//!
//! - the address itself is the secret: [`Receiver`] compares a long token in its path, in constant
//!   time;
//! - the kind of event is read from the first line of `text`, then from `link`, then from what the
//!   attributes look like ([`Classifier`]; which rules are proven and which only assumed stands in
//!   its table);
//! - nothing of what a delivery says is believed: it is a hint, and the record it names
//!   ([`Event::records`]) is to be read by its id;
//! - a poll has to stay behind the hints: a delivery may be lost without a trace.
//!
//! ```
//! use http::HeaderMap;
//! use syncro_client::webhook::{Accepted, EventKind, Receiver, Resource, testing};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let receiver = Receiver::builder("a-long-random-path-token".into()).build()?;
//! // In the handler of `POST /hook/{token}` of any web framework:
//! let body = testing::sample_for(&EventKind::TicketResolved, 4711).to_string();
//! match receiver.accept("a-long-random-path-token", &HeaderMap::new(), body.as_bytes()) {
//!     Ok(Accepted::New(event)) => {
//!         assert_eq!(event.kind, EventKind::TicketResolved);
//!         assert_eq!(event.records(), [(Resource::Ticket, 4711)]);
//!     }
//!     Ok(Accepted::Duplicate(_)) => {}
//!     Err(refused) => println!("answer {}", refused.status()),
//! }
//! # Ok(())
//! # }
//! ```

mod classify;
mod delivery;
mod event;
mod kind;
mod receiver;
mod table;
pub mod testing;
mod window;

pub use classify::{Classifier, Rule};
pub use delivery::{BadDelivery, Delivery};
pub use event::{Attributes, Event};
pub use kind::{EventKind, Resource, UnknownEvent};
pub use receiver::{Accepted, Receiver, ReceiverBuilder, Refused};
