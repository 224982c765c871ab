//! The systems of a demo, faked on this machine.

use koppel_app::AppError;
use koppel_sandbox::simplycrm::SimplyCrmServer;
use koppel_sandbox::smartcrm::{ExternalIdMode, SmartCrm, SmartCrmServer};
use koppel_sandbox::snelstart::SnelStartServer;
use koppel_sandbox::syncro::SyncroServer;

use super::secrets::Secrets;
use super::{books, failed, msp, say, simply};
use crate::out::Out;

/// All of them.
pub(super) struct Sandboxes {
    pub(super) smartcrm: SmartCrmServer,
    pub(super) simply: SimplyCrmServer,
    pub(super) snel: SnelStartServer,
    pub(super) syncro: SyncroServer,
    /// The administration that bills of Syncro are booked in.
    pub(super) ledger: SnelStartServer,
}

impl Sandboxes {
    /// Starts each, and says where it is.
    pub(super) async fn start(secrets: &Secrets, out: &mut Out) -> Result<Self, AppError> {
        let smartcrm = SmartCrm::builder()
            .token(&secrets.smartcrm)
            .external_id(ExternalIdMode::Stored)
            .start()
            .await
            .map_err(|error| failed("the sandbox cannot listen on 127.0.0.1", &error))?;
        say(out, &format!("A sandbox SmartCRM: {}", smartcrm.url()));
        let simply = simply::start(secrets).await?;
        say(
            out,
            &format!(
                "A sandbox Simply CRM, which keeps no emoji (Koppel warns of each): {}",
                simply.url()
            ),
        );
        let snel = books::start(secrets).await?;
        say(out, &format!("A sandbox SnelStart: {}", snel.url()));
        let syncro = msp::start(secrets).await?;
        say(out, &format!("A sandbox Syncro: {}", syncro.url()));
        let ledger = msp::start_ledger(secrets).await?;
        say(
            out,
            &format!(
                "A sandbox SnelStart for the invoices of Syncro: {}",
                ledger.url()
            ),
        );
        Ok(Self {
            smartcrm,
            simply,
            snel,
            syncro,
            ledger,
        })
    }

    /// Where they are.
    pub(super) fn addresses(&self) -> String {
        format!(
            "{}, {}, {}, {} and {}",
            self.smartcrm.url(),
            self.simply.url(),
            self.snel.url(),
            self.syncro.url(),
            self.ledger.url()
        )
    }

    /// Ends them.
    pub(super) async fn shutdown(self) {
        self.smartcrm.shutdown().await;
        self.simply.shutdown().await;
        self.snel.shutdown().await;
        self.syncro.shutdown().await;
        self.ledger.shutdown().await;
    }
}
