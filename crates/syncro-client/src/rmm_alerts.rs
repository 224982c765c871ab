//! Alerts of monitoring (`/rmm_alerts`).

use api_core::{Error, Timestamp};

use crate::calls::handle;
use crate::changed::Changed;
use crate::filter::filter;
use crate::id::{AccountId, AssetId, CustomerId, RmmAlertId, TicketId};
use crate::model::{Properties, model, words};
use crate::operations as ops;
use crate::records::records;

words! {
    /// Which alerts are listed (`status`); without it, the active ones.
    pub enum AlertStatus {
        /// Those that go on.
        Active = "active",
        /// Those that are over.
        Resolved = "resolved",
        /// All.
        All = "all",
    }
}

words! {
    /// How long an alert is mute (`mute_for`).
    pub enum MuteFor {
        /// An hour.
        Hour = "1-hour",
        /// A day.
        Day = "1-day",
        /// Two days.
        TwoDays = "2-days",
        /// A week.
        Week = "1-week",
        /// Two weeks.
        TwoWeeks = "2-weeks",
        /// A month.
        Month = "1-month",
        /// For good.
        Forever = "forever",
    }
}

model! {
    /// An alert of monitoring.
    pub struct RmmAlert, wire "rmm_alert"/"rmm_alerts", also ["alert"] {
        /// Its id.
        id: RmmAlertId = "id" [read_only],
        /// Whose asset it is about.
        customer_id: CustomerId = "customer_id",
        /// The number of the ticket it made.
        ticket_number: i64 = "ticket_number" [read_only],
        /// The status of that ticket.
        ticket_status: String = "ticket_status" [read_only],
        /// The name of the computer.
        computer_name: String = "computer_name" [read_only],
        /// What is known of it, such as `trigger`, which names the monitor; a
        /// create says here how a ticket it makes begins (`subject`, `body`,
        /// `hidden`, `do_not_email`, `skip_automation`, …).
        properties: Properties = "properties",
        /// Whether it is over.
        resolved: bool = "resolved",
        /// The check that raised it.
        check_id: i64 = "check_id" [read_only],
        /// How it stands.
        status: String = "status",
        /// What the device said; a create takes it, undocumented (measured by
        /// client authors).
        formatted_output: String = "formatted_output",
        /// What happened.
        description: String = "description",
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// The asset.
        asset_id: AssetId = "asset_id",
        /// The account's id.
        account_id: AccountId = "account_id" [read_only],
        /// The ticket it made.
        ticket_id: TicketId = "ticket_id" [read_only],
    }
}

filter! {
    /// Which alerts are listed; the active ones where nothing is said.
    pub struct RmmAlertFilter for RMM_ALERTS_LIST {
        /// Those of a status.
        status: AlertStatus = "status",
        /// Those made since; newer than the OpenAPI document.
        created_after: Timestamp = "created_after",
    }
}

handle! {
    /// Alerts of monitoring (`/rmm_alerts`).
    pub fn rmm_alerts -> RmmAlerts, "Alerts of monitoring";
}

records! {
    impl RmmAlerts, "an alert" as alert: RmmAlert by RmmAlertId;

    ///
    /// Without a status, the active ones only.
    list ops::RMM_ALERTS_LIST, RmmAlertFilter;
    get ops::RMM_ALERTS_GET;
    create ops::RMM_ALERTS_CREATE;
}

impl<'c> RmmAlerts<'c> {
    /// Gives what changed since a moment, that moment included; resolved ones
    /// too.
    ///
    /// All of them are read: the server has no filter for it.
    pub fn changed_since(&self, since: Timestamp) -> Changed<'c, RmmAlert> {
        let all = RmmAlertFilter::new().status(AlertStatus::All);
        Changed::new(self.list(&all), since)
    }

    /// Keeps an alert quiet for a while.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation`, and those of any call.
    pub async fn mute(&self, id: RmmAlertId, length: &MuteFor) -> Result<(), Error> {
        self.client
            .act(
                &ops::RMM_ALERTS_MUTE,
                &[&id.to_string()],
                &[("mute_for", length.to_string())],
                None,
            )
            .await?;
        Ok(())
    }

    /// Ends an alert (`DELETE`); it can still be read (measured by client
    /// authors).
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn resolve(&self, id: RmmAlertId) -> Result<(), Error> {
        self.client
            .delete(&ops::RMM_ALERTS_RESOLVE, &[&id.to_string()])
            .await
    }
}
