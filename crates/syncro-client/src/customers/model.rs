//! What a customer is made of.

use api_core::{Json, Timestamp};
use rust_decimal::Decimal;

use crate::contacts::Contact;
use crate::id::{CustomerId, LocationId, TaxRateId};
use crate::model::{Properties, model};
use crate::phones::Phone;

model! {
    /// A customer: a company or a person.
    ///
    /// A customer has no address of a website, and its telephone numbers come
    /// back without their formatting (measured by client authors).
    pub struct Customer, wire "customer"/"customers" {
        /// Its id (`id`), given by the server.
        id: CustomerId = "id" [read_only],
        /// First name (`firstname`).
        first_name: String = "firstname",
        /// Last name (`lastname`).
        last_name: String = "lastname",
        /// First and last name (`fullname`), set by the server.
        full_name: String = "fullname" [read_only],
        /// Name of the company (`business_name`).
        business_name: String = "business_name",
        /// E-mail address (`email`).
        email: String = "email",
        /// Telephone (`phone`); makes an entry of the customer's phones.
        phone: String = "phone",
        /// Mobile telephone (`mobile`).
        mobile: String = "mobile",
        /// When it was made (`created_at`).
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last (`updated_at`).
        updated_at: Timestamp = "updated_at" [read_only],
        /// Where its PDF is (`pdf_url`).
        pdf_url: String = "pdf_url" [read_only],
        /// Street and number (`address`).
        address: String = "address",
        /// Second line of the address (`address_2`).
        address_2: String = "address_2",
        /// City (`city`).
        city: String = "city",
        /// State or province (`state`).
        state: String = "state",
        /// Postal code (`zip`).
        zip: String = "zip",
        /// Where it is, north (`latitude`), in degrees.
        latitude: Decimal = "latitude" [read_only],
        /// Where it is, east (`longitude`), in degrees.
        longitude: Decimal = "longitude" [read_only],
        /// Notes (`notes`).
        notes: String = "notes",
        /// Whether it gets text messages (`get_sms`).
        get_sms: bool = "get_sms",
        /// Whether it has opted out of marketing (`opt_out`).
        opt_out: bool = "opt_out",
        /// Whether it is disabled (`disabled`): lists leave it out then.
        disabled: bool = "disabled" [read_only],
        /// Whether it has no e-mail address (`no_email`).
        no_email: bool = "no_email",
        /// Name of its location (`location_name`).
        location_name: String = "location_name" [read_only],
        /// Its location (`location_id`).
        location_id: LocationId = "location_id" [read_only],
        /// Custom fields by the names people see (`properties`).
        properties: Properties = "properties",
        /// Where the customer sees its own page (`online_profile_url`); holds
        /// a key that lets anyone in, so it is never shown.
        online_profile_url: String = "online_profile_url" [read_only],
        /// Its tax rate (`tax_rate_id`).
        tax_rate_id: TaxRateId = "tax_rate_id",
        /// Whom notifications go to (`notification_email`).
        notification_email: String = "notification_email",
        /// Who gets copies of its invoices (`invoice_cc_emails`).
        invoice_cc_emails: String = "invoice_cc_emails",
        /// Its payment terms (`invoice_term_id`).
        invoice_term_id: i64 = "invoice_term_id",
        /// Who referred it (`referred_by`).
        referred_by: String = "referred_by",
        /// The customer that referred it (`ref_customer_id`).
        ref_customer_id: CustomerId = "ref_customer_id",
        /// Both names (`business_and_full_name`), set by the server.
        business_and_full_name: String = "business_and_full_name" [read_only],
        /// Name of the company, else of the person (`business_then_name`), set
        /// by the server.
        business_then_name: String = "business_then_name" [read_only],
        /// Its contacts (`contacts`).
        contacts: Vec<Contact> = "contacts" [read_only],
        /// Its telephone numbers (`phones`), of a single customer only
        /// (measured by client authors).
        phones: Vec<Phone> = "phones" [read_only],
        /// Links to its tickets (`ticket_links`), as `phones`.
        ticket_links: Json = "ticket_links" [read_only],
        /// Links to its invoices (`invoice_links`), as `phones`.
        invoice_links: Json = "invoice_links" [read_only],
        /// Its contracts (`contracts`), as `phones`.
        contracts: Json = "contracts" [read_only],
        /// Its addresses (`addresses`), as `phones`.
        addresses: Json = "addresses" [read_only],
        /// Whether it gets messages about bills (`get_billing`); never
        /// returned.
        get_billing: bool = "get_billing" [write_only],
        /// Whether it gets marketing (`get_marketing`); never returned.
        get_marketing: bool = "get_marketing" [write_only],
        /// Whether it gets reports (`get_reports`); never returned.
        get_reports: bool = "get_reports" [write_only],
        /// What it consented to (`consent`), an object; never returned.
        consent: Json = "consent" [write_only],
    }
}
