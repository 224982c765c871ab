//! Purchase bookings: suppliers' invoices in the books (`inkoopboekingen`).

mod check;
mod upload;

use api_core::Error;
use rust_decimal::Decimal;

use crate::calls::{handle, verified_calls};
use crate::cost_centres::CostCentreId;
use crate::documents::Document;
use crate::id::Ref;
use crate::ledgers::LedgerId;
use crate::model::{ids, model, words};
use crate::operations as ops;
use crate::relations::RelationId;
use crate::vat_tariffs::VatKind;
use crate::wall_time::WallTime;

pub(crate) use check::{at_most, file};
pub use upload::{
    Attachment, AttachmentFields, AttachmentState, AttachmentStatus, AttachmentStatusFields,
    AttachmentTask, AttachmentTaskFields, UblContent, UblContentFields,
};

ids! {
    /// The id of a purchase booking (inkoopboeking).
    PurchaseBookingId "/inkoopboekingen"
}

words! {
    /// To which VAT account a sum of a purchase booking goes (`btw[].btwSoort`).
    pub enum PurchaseVatKind {
        /// No VAT (`Geen`).
        None = "Geen",
        /// Sales at the reduced rate (`VerkopenLaag`).
        SalesLow = "VerkopenLaag",
        /// Sales at the standard rate (`VerkopenHoog`).
        SalesHigh = "VerkopenHoog",
        /// Sales at another rate (`VerkopenOverig`).
        SalesOther = "VerkopenOverig",
        /// Purchases at the reduced rate (`InkopenLaag`).
        PurchasesLow = "InkopenLaag",
        /// Purchases at the standard rate (`InkopenHoog`).
        PurchasesHigh = "InkopenHoog",
        /// Purchases at another rate (`InkopenOverig`).
        PurchasesOther = "InkopenOverig",
        /// Purchases with reverse charge (`InkopenVerlegd`).
        PurchasesReverseCharge = "InkopenVerlegd",
    }
}

model! {
    /// A line of a purchase booking: cost without VAT (boekingsregel).
    pub struct PurchaseBookingLine, fields PurchaseBookingLineFields,
        wire "InkoopboekingRegelModel"
    {
        /// What it is for (`omschrijving`), at most 250 characters.
        description: String = "omschrijving" [max 250],
        /// The ledger account it is booked on (`grootboek`); required.
        ledger: Ref<LedgerId> = "grootboek" [required],
        /// The cost centre (`kostenplaats`), which some ledgers require.
        cost_centre: Ref<CostCentreId> = "kostenplaats",
        /// The amount without VAT (`bedrag`), in euros.
        amount: Decimal = "bedrag",
        /// The VAT rate (`btwSoort`); may be left out unless the ledger's
        /// function is for costs at any rate (vendor documentation).
        vat_kind: VatKind = "btwSoort",
    }
}

model! {
    /// The VAT of a purchase booking under one rate (`btw`).
    pub struct PurchaseBookingVat, fields PurchaseBookingVatFields, wire "BtwBoekingModel" {
        /// Where it is booked (`btwSoort`).
        vat_kind: PurchaseVatKind = "btwSoort",
        /// How much (`btwBedrag`), in euros.
        amount: Decimal = "btwBedrag",
    }
}

model! {
    /// A supplier's invoice as it stands in the books (inkoopboeking).
    pub struct PurchaseBooking, fields PurchaseBookingFields, wire "InkoopboekingModel" {
        /// When it changed last (`modifiedOn`), set by the server.
        modified_on: WallTime = "modifiedOn" [read_only],
        /// The voucher's number (`boekstuk`), at most 25 characters.
        voucher_number: String = "boekstuk" [max 25],
        /// Whether the accountant changed it (`gewijzigdDoorAccountant`).
        changed_by_accountant: bool = "gewijzigdDoorAccountant",
        /// Whether it is marked for attention (`markering`).
        marked: bool = "markering",
        /// The day of the invoice and of the booking (`factuurdatum`); required.
        date: WallTime = "factuurdatum" [required],
        /// The supplier's number (`factuurnummer`), 1 to 25 characters.
        number: String = "factuurnummer" [max 25, required],
        /// Who charges it (`leverancier`); required.
        supplier: Ref<RelationId> = "leverancier" [required],
        /// What it is for (`omschrijving`), at most 250 characters.
        description: String = "omschrijving" [max 250],
        /// The total with VAT (`factuurbedrag`), in euros.
        invoice_amount: Decimal = "factuurbedrag",
        /// The costs without VAT (`boekingsregels`); at least one.
        lines: Vec<PurchaseBookingLine> = "boekingsregels" [required],
        /// The VAT under each rate (`btw`).
        vat: Vec<PurchaseBookingVat> = "btw",
        /// Its attachments (`documents`).
        documents: Vec<Document> = "documents",
        /// Its id (`id`).
        id: PurchaseBookingId = "id",
        /// Its address (`uri`), set by the server.
        uri: String = "uri" [read_only],
    }
}

handle! {
    /// Purchase bookings (`inkoopboekingen`); the API has no list of them.
    pub fn purchase_bookings -> PurchaseBookings, "Purchase bookings";
}

verified_calls! {
    impl PurchaseBookings, "a purchase booking" as booking: PurchaseBooking by PurchaseBookingId,
        refused where "the booking does not hold";

    get ops::PURCHASE_BOOKINGS_GET;
    create ops::PURCHASE_BOOKINGS_CREATE;
    replace ops::PURCHASE_BOOKINGS_REPLACE;
    /// Refused when it is paid or in a VAT return (BOE-0046, BOE-0083).
    delete ops::PURCHASE_BOOKINGS_DELETE;
}

impl PurchaseBookings<'_> {
    /// Has a supplier's UBL invoice booked (`ubl`).
    ///
    /// It is sent once.
    ///
    /// # Errors
    ///
    /// `Validation` or `TooLarge` where the file is missing or too large,
    /// before anything is sent, and those of any call.
    pub async fn create_from_ubl(&self, ubl: &UblContent) -> Result<PurchaseBooking, Error> {
        ubl.verify()?;
        self.client
            .post_model(&ops::PURCHASE_BOOKINGS_CREATE_FROM_UBL, &[], ubl)
            .await
    }

    /// Has a booking made out of a file, in the background
    /// (`CreateFromAttachment`); ask [`attachment_status`](Self::attachment_status).
    ///
    /// It is sent once.
    ///
    /// # Errors
    ///
    /// `Validation` or `TooLarge` where the file is missing or too large,
    /// before anything is sent, and those of any call.
    pub async fn create_from_attachment(&self, file: &Attachment) -> Result<AttachmentTask, Error> {
        file.verify()?;
        self.client
            .post_model(&ops::PURCHASE_BOOKINGS_CREATE_FROM_ATTACHMENT, &[], file)
            .await
    }

    /// Asks how far a booking out of a file is
    /// (`GetCreateFromAttachmentStatus`).
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn attachment_status(&self, instance_id: &str) -> Result<AttachmentStatus, Error> {
        self.client
            .get_model(
                &ops::PURCHASE_BOOKINGS_ATTACHMENT_STATUS,
                &[],
                &[("instanceId", instance_id.to_owned())],
            )
            .await
    }
}
