//! Webhooks: making records through one of Simply's incoming webhooks, and
//! reading what Simply posts to us.
//!
//! The vendor documentation says how an incoming webhook is set up (a module,
//! its mandatory parameters, a kind of value for each field) and nothing of
//! what goes over the wire. So address, encoding, login and the sign of
//! success are settings here, and their defaults are **assumed**: a form by
//! POST, answered like the rest of the API with `{"success": true}`.
//!
//! ```no_run
//! use simplycrm_ws::incoming::{Auth, Definition, Parameter, Payload, Sender};
//!
//! # async fn run() -> Result<(), simplycrm_ws::Error> {
//! let definition = Definition::new("https://crm.example.com/webhook.php?id=7", "Leads")
//!     .parameter(Parameter::mandatory("lastname"))
//!     .parameter(Parameter::mandatory("company"))
//!     .parameter(Parameter::optional("email"))
//!     .parameter(Parameter::optional("leadsource").fixed("Web form"))
//!     .auth(Auth::Parameter { name: "key".into(), secret: "s3cret-of-the-hook".into() });
//! let sender = Sender::builder(definition).build()?;
//! let receipt = sender
//!     .send(&Payload::new().set("lastname", "Smith").set("company", "Smith Ltd"))
//!     .await?;
//! println!("{} {:?}", receipt.status, receipt.record);
//! # Ok(())
//! # }
//! ```
//!
//! A request whose answer cannot be read has an unknown outcome and is never
//! sent again by itself: look for the record first.
//!
//! The same text can be read as a description of webhooks that Simply sends.
//! [`Posted`] reads such bodies as leniently as can be done safely, and
//! [`secret_matches`] compares a shared secret in constant time.

mod definition;
mod payload;
mod posted;
mod sender;

pub use definition::{Auth, Definition, Encoding, Parameter, SuccessTest, ValueKind};
pub use payload::Payload;
pub use posted::{Limits, Posted, PostedError, PostedId, secret_matches};
pub use sender::{Receipt, Sender, SenderBuilder};
