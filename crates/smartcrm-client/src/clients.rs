//! Clients: the companies one does business with.

use api_core::Timestamp;

use crate::field::CustomFields;
use crate::model::resource;

resource! {
    /// The clients resource.
    kind Clients;
    /// The server's id of a client.
    id ClientId;
    /// A client as the server sends it.
    record ClientRecord;
    /// A client to be created.
    new NewClient;
    /// A change to a client.
    patch ClientPatch;
    required {
        /// The company's name.
        company: String,
    }
    optional {
        /// The number that the business knows the client by.
        number: String,
        /// Whether it is a person, not a company.
        is_person: bool,
        /// The number in the trade register.
        registration_number: String,
        /// The e-mail address.
        email: String,
        /// The VAT number.
        vat: String,
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
        /// Street of the billing address.
        billing_street: String,
        /// City of the billing address.
        billing_city: String,
        /// State of the billing address.
        billing_state: String,
        /// Postal code of the billing address.
        billing_zip: String,
        /// Country of the billing address, ISO 3166 alpha-2.
        billing_country: String,
        /// Street of the shipping address.
        shipping_street: String,
        /// City of the shipping address.
        shipping_city: String,
        /// State of the shipping address.
        shipping_state: String,
        /// Postal code of the shipping address.
        shipping_zip: String,
        /// Country of the shipping address, ISO 3166 alpha-2.
        shipping_country: String,
        /// Currency as ISO 4217.
        currency: String,
        /// The language the client is written to in.
        default_language: String,
        /// Whether business is done with the client.
        active: bool,
        /// Names of the client's groups.
        groups: Vec<String>,
        /// When the client was registered in the CRM.
        registered_at: Timestamp,
        /// Custom fields by slug.
        custom_fields: CustomFields,
    }
}
