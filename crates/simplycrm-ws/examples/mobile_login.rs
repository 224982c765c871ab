//! Logs in to the mobile API and lists the modules and the first contacts.
//!
//! ```text
//! SIMPLYCRM_URL=https://crm.example.com SIMPLYCRM_USERNAME=admin \
//!     SIMPLYCRM_PASSWORD=… cargo run -p simplycrm-ws --example mobile_login
//! ```

use std::env;
use std::error::Error;

use futures_util::StreamExt;
use simplycrm_ws::mobile::{Client, ListRequest};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let setting = |name: &str| env::var(name).map_err(|_| format!("Set {name}."));
    let client = Client::builder(
        &setting("SIMPLYCRM_URL")?,
        setting("SIMPLYCRM_USERNAME")?,
        setting("SIMPLYCRM_PASSWORD")?.into(),
    )
    .insecure_http(env::var("SIMPLYCRM_INSECURE_HTTP").is_ok())
    .build()?;

    let login = client.login().await?;
    println!(
        "User {}, server {}, mobile module {} ({:?} generation)",
        login.user,
        login.server_version.as_deref().unwrap_or("unknown"),
        login.module_version.as_deref().unwrap_or("unknown"),
        login.generation,
    );
    for module in client.modules().await? {
        let prefix = module.prefix.map(|prefix| prefix.to_string());
        println!("{:>4}x  {}", prefix.unwrap_or_default(), module.name);
    }
    let contacts = client.list(ListRequest::new("Contacts")).take(20);
    let mut contacts = std::pin::pin!(contacts);
    while let Some(contact) = contacts.next().await {
        let contact = contact?;
        let id = contact.id.map(|id| id.to_string());
        let id = id.unwrap_or_else(|| contact.number.to_string());
        println!("{id}  {}", contact.label);
    }
    client.logout().await;
    Ok(())
}
