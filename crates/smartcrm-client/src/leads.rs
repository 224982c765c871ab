//! Leads: people or companies that are not yet a client.

use api_core::Timestamp;
use rust_decimal::Decimal;

use crate::clients::ClientId;
use crate::field::CustomFields;
use crate::model::resource;

resource! {
    /// The leads resource.
    kind Leads;
    /// The server's id of a lead.
    id LeadId;
    /// A lead as the server sends it.
    record Lead;
    /// A lead to be created.
    new NewLead;
    /// A change to a lead.
    patch LeadPatch;
    required {
        /// The person's name.
        name: String,
    }
    optional {
        /// The person's function (`title`).
        title: String,
        /// The company's name.
        company: String,
        /// E-mail address.
        email: String,
        /// The telephone number (`phonenumber`).
        phonenumber: String,
        /// The website.
        website: String,
        /// Street and number.
        address: String,
        /// City.
        city: String,
        /// State or province.
        state: String,
        /// Postal code (`zip`).
        zip: String,
        /// Country as ISO 3166 alpha-2.
        country: String,
        /// The name of the lead's status; every installation has its own.
        status: String,
        /// The name of where the lead came from.
        source: String,
        /// E-mail address of the member of staff it is assigned to.
        assigned_email: String,
        /// The expected value.
        value: Decimal,
        /// Whether the lead is lost.
        lost: bool,
        /// Whether it was no lead at all.
        junk: bool,
        /// The client the lead came from.
        client_id: ClientId,
        /// When the lead was registered in the CRM.
        registered_at: Timestamp,
        /// When somebody last spoke to the lead.
        last_contact_at: Timestamp,
        /// Free text.
        description: String,
        /// Custom fields by slug.
        custom_fields: CustomFields,
    }
}
