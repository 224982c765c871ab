//! The receiver over real connections, and what follows from deliveries.

mod door;
mod follow;
mod waiting;

use syncro_client::webhook::{Accepted, EventKind, Receiver, testing};

const TOKEN: &str = "qX7w2n5v9b1c3d4e-path-token";

fn receiver() -> Receiver {
    Receiver::builder(TOKEN.into()).build().unwrap()
}

/// A delivery about a record, as a receiver takes it.
fn told(kind: &EventKind, id: i64) -> Accepted {
    let body = testing::sample_for(kind, id).to_string();
    receiver()
        .accept(TOKEN, &http::HeaderMap::new(), body.as_bytes())
        .unwrap()
}
