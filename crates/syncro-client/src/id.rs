//! Ids of records.

use std::fmt;

use api_core::redact::cap_chars;

use crate::model::ids;

/// A text that is no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseIdError(String);

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no id of Syncro, which is a whole number",
            self.0
        )
    }
}

impl std::error::Error for ParseIdError {}

pub(crate) fn parse(text: &str) -> Result<i64, ParseIdError> {
    let text = text.trim();
    text.parse().map_err(|_| ParseIdError(cap_chars(text, 64)))
}

ids! {
    /// The id of a customer.
    CustomerId,
    /// The id of a contact of a customer.
    ContactId,
    /// The id of a phone number of a customer.
    PhoneId,
    /// The id of a lead.
    LeadId,
    /// The id of a ticket; not its number.
    TicketId,
    /// The id of a comment of a ticket.
    CommentId,
    /// The id of a timer of a ticket.
    TimerId,
    /// The id of a charge on a ticket.
    TicketLineItemId,
    /// The id of a type of tickets.
    TicketTypeId,
    /// The id of a custom field of tickets.
    TicketFieldId,
    /// The id of an attachment of a ticket.
    AttachmentId,
    /// The id of the result of a worksheet.
    WorksheetResultId,
    /// The id of an appointment.
    AppointmentId,
    /// The id of a type of appointments.
    AppointmentTypeId,
    /// The id of a canned response.
    CannedResponseId,
    /// The id of a category of canned responses.
    CannedResponseCategoryId,
    /// The id of a form for new tickets.
    NewTicketFormId,
    /// The id of a user of the customer portal.
    PortalUserId,
    /// The id of a group of the customer portal.
    PortalGroupId,
    /// The id of an entry of the time clock.
    TimelogId,
    /// The id of an invoice; not its number.
    InvoiceId,
    /// The id of a line of an invoice or an estimate.
    LineItemId,
    /// The id of an estimate; not its number.
    EstimateId,
    /// The id of a payment.
    PaymentId,
    /// The id of a payment method.
    PaymentMethodId,
    /// The id of a stored way to pay.
    PaymentProfileId,
    /// The id of a product.
    ProductId,
    /// The id of a category of products.
    ProductCategoryId,
    /// The id of a serial number of a product.
    ProductSerialId,
    /// The id of a vendor's number of a product.
    ProductSkuId,
    /// The id of an image of a product.
    PhotoId,
    /// The id of a purchase order.
    PurchaseOrderId,
    /// The id of a line of a purchase order.
    PurchaseOrderLineId,
    /// The id of an ordered part.
    PartOrderId,
    /// The id of a vendor.
    VendorId,
    /// The id of a schedule of recurring invoices.
    ScheduleId,
    /// The id of a line of a schedule.
    ScheduleLineId,
    /// The id of a contract.
    ContractId,
    /// The id of an asset.
    AssetId,
    /// The id of a type of assets.
    AssetTypeId,
    /// The id of an alert of the monitoring.
    RmmAlertId,
    /// The id of a script.
    ScriptId,
    /// The id of a user, a technician for instance.
    UserId,
    /// The id of a page of the wiki.
    WikiPageId,
    /// The id of a location.
    LocationId,
    /// The id of a tax rate.
    TaxRateId,
    /// The id of an account.
    AccountId,
    /// The id of a phone that is told what happens.
    UserDeviceId,
    /// The id of how many of a product lie at one location.
    LocationQuantityId,
    /// The id of an address.
    AddressId,
    /// The id of an agreement on times (SLA).
    SlaId,
}
