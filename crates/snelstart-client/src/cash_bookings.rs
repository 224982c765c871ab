//! Cash bookings: money through the till (`kasboekingen`).

use api_core::Error;
use rust_decimal::Decimal;

use crate::booking_lines::{LedgerLine, PurchaseSettlement, SalesSettlement, VatLine};
use crate::client::Client;
use crate::id::Ref;
use crate::journals::JournalId;
use crate::list::List;
use crate::model::{ids, model};
use crate::operations as ops;
use crate::wall_time::WallTime;

ids! {
    /// The id of a cash booking (kasboeking).
    CashBookingId "/kasboekingen"
}

model! {
    /// A cash booking: money in or out, and what it is for (kasboeking).
    ///
    /// What is received less what is spent is the sum of the lines' credit less
    /// their debit.
    pub struct CashBooking, fields CashBookingFields, wire "KasboekingModel" {
        /// When it changed last (`modifiedOn`), set by the server.
        modified_on: WallTime = "modifiedOn" [read_only],
        /// The day of the booking (`datum`); required.
        date: WallTime = "datum" [required],
        /// Whether it is marked for attention (`markering`).
        marked: bool = "markering",
        /// The voucher's number (`boekstuk`), at most 25 characters.
        voucher_number: String = "boekstuk" [max 25],
        /// Whether the accountant changed it (`gewijzigdDoorAccountant`).
        changed_by_accountant: bool = "gewijzigdDoorAccountant",
        /// What it is for (`omschrijving`), at most 250 characters.
        description: String = "omschrijving" [max 250],
        /// Amounts on ledger accounts (`grootboekBoekingsRegels`).
        ledger_lines: Vec<LedgerLine> = "grootboekBoekingsRegels",
        /// Purchase bookings it settles (`inkoopboekingBoekingsRegels`).
        purchase_lines: Vec<PurchaseSettlement> = "inkoopboekingBoekingsRegels",
        /// Sales bookings it settles (`verkoopboekingBoekingsRegels`).
        sales_lines: Vec<SalesSettlement> = "verkoopboekingBoekingsRegels",
        /// VAT in it (`btwBoekingsregels`).
        vat_lines: Vec<VatLine> = "btwBoekingsregels",
        /// What is spent (`bedragUitgegeven`), in euros; required.
        amount_spent: Decimal = "bedragUitgegeven" [required],
        /// What is received (`bedragOntvangen`), in euros; required.
        amount_received: Decimal = "bedragOntvangen" [required],
        /// The journal it is booked in (`dagboek`); required.
        journal: Ref<JournalId> = "dagboek" [required],
        /// Its id (`id`).
        id: CashBookingId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}

/// Cash bookings; see [`Client::cash_bookings`].
#[derive(Debug, Clone, Copy)]
pub struct CashBookings<'c> {
    client: &'c Client,
}

impl Client {
    /// Cash bookings (`kasboekingen`).
    #[must_use]
    pub fn cash_bookings(&self) -> CashBookings<'_> {
        CashBookings { client: self }
    }
}

impl<'c> CashBookings<'c> {
    /// Lists cash bookings; see [`List`] for filters and pages.
    pub fn list(&self) -> List<'c, CashBooking> {
        self.client.list_of(&ops::CASH_BOOKINGS_LIST)
    }

    /// Fetches a cash booking.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none with this id, and those of any call.
    pub async fn get(&self, id: &CashBookingId) -> Result<CashBooking, Error> {
        self.client
            .get_model(&ops::CASH_BOOKINGS_GET, &[&id.to_string()], &[])
            .await
    }

    /// Creates a cash booking; an id in it is not sent.
    ///
    /// It is sent once: with an unknown outcome, look for it before trying
    /// again.
    ///
    /// # Errors
    ///
    /// `Validation` where the booking does not hold, before anything is
    /// sent, and those of any call.
    pub async fn create(&self, booking: &CashBooking) -> Result<CashBooking, Error> {
        booking.verify()?;
        self.client
            .post_model(&ops::CASH_BOOKINGS_CREATE, &[], booking)
            .await
    }

    /// Replaces a cash booking as a whole: what is not set may be emptied.
    ///
    /// # Errors
    ///
    /// `Validation` where the booking does not hold, before anything is
    /// sent, `NotFound`, and those of any call.
    pub async fn replace(
        &self,
        id: &CashBookingId,
        booking: &CashBooking,
    ) -> Result<CashBooking, Error> {
        booking.verify()?;
        self.client
            .put_model(&ops::CASH_BOOKINGS_REPLACE, &[&id.to_string()], booking)
            .await
    }

    /// Deletes a cash booking.
    ///
    /// # Errors
    ///
    /// `NotFound`, a refusal by the server, and those of any call.
    pub async fn delete(&self, id: &CashBookingId) -> Result<(), Error> {
        self.client
            .delete_at(&ops::CASH_BOOKINGS_DELETE, &[&id.to_string()])
            .await
    }
}
