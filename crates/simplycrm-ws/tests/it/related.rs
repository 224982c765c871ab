//! Relations, conversions, files and users: each operation, good and bad.

use wiremock::MockServer;

use crate::support;

mod links;
mod others;

async fn server() -> MockServer {
    let server = support::server().await;
    support::sign_in(&server).await;
    server
}
