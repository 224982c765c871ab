//! Bank bookings: money through a bank account (`bankboekingen`).

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
    /// The id of a bank booking (bankboeking).
    BankBookingId "/bankboekingen"
}

model! {
    /// A bank booking: money in or out, and what it is for (bankboeking).
    ///
    /// What is received less what is spent is the sum of the lines' credit less
    /// their debit.
    pub struct BankBooking, fields BankBookingFields, wire "BankboekingModel" {
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
        id: BankBookingId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}

/// Bank bookings; see [`Client::bank_bookings`].
#[derive(Debug, Clone, Copy)]
pub struct BankBookings<'c> {
    client: &'c Client,
}

impl Client {
    /// Bank bookings (`bankboekingen`).
    #[must_use]
    pub fn bank_bookings(&self) -> BankBookings<'_> {
        BankBookings { client: self }
    }
}

impl<'c> BankBookings<'c> {
    /// Lists bank bookings; see [`List`] for filters and pages.
    pub fn list(&self) -> List<'c, BankBooking> {
        self.client.list_of(&ops::BANK_BOOKINGS_LIST)
    }

    /// Fetches a bank booking.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none with this id, and those of any call.
    pub async fn get(&self, id: &BankBookingId) -> Result<BankBooking, Error> {
        self.client
            .get_model(&ops::BANK_BOOKINGS_GET, &[&id.to_string()], &[])
            .await
    }

    /// Creates a bank booking; an id in it is not sent.
    ///
    /// It is sent once: with an unknown outcome, look for it before trying
    /// again.
    ///
    /// # Errors
    ///
    /// `Validation` where the booking does not hold, before anything is
    /// sent, and those of any call.
    pub async fn create(&self, booking: &BankBooking) -> Result<BankBooking, Error> {
        booking.verify()?;
        self.client
            .post_model(&ops::BANK_BOOKINGS_CREATE, &[], booking)
            .await
    }

    /// Replaces a bank booking as a whole: what is not set may be emptied.
    ///
    /// # Errors
    ///
    /// `Validation` where the booking does not hold, before anything is
    /// sent, `NotFound`, and those of any call.
    pub async fn replace(
        &self,
        id: &BankBookingId,
        booking: &BankBooking,
    ) -> Result<BankBooking, Error> {
        booking.verify()?;
        self.client
            .put_model(&ops::BANK_BOOKINGS_REPLACE, &[&id.to_string()], booking)
            .await
    }

    /// Deletes a bank booking.
    ///
    /// # Errors
    ///
    /// `NotFound`, a refusal by the server, and those of any call.
    pub async fn delete(&self, id: &BankBookingId) -> Result<(), Error> {
        self.client
            .delete_at(&ops::BANK_BOOKINGS_DELETE, &[&id.to_string()])
            .await
    }
}
