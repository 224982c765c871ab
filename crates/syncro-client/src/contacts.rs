//! Contacts: the people at a customer (`/contacts`).

use api_core::{Error, Timestamp};
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::changed::Changed;
use crate::filter::{Filter as _, filter};
use crate::id::{AccountId, ContactId, CustomerId, VendorId};
use crate::list::List;
use crate::model::{Properties, model};
use crate::operations as ops;

model! {
    /// A contact: a person at a customer.
    ///
    /// It comes and goes without an envelope.
    pub struct Contact, wire "contact"/"contacts" {
        /// Its id (`id`), given by the server.
        id: ContactId = "id" [read_only],
        /// Name (`name`); a change has to name it (OpenAPI document).
        name: String = "name",
        /// Street and number (`address1`).
        address1: String = "address1",
        /// Second line of the address (`address2`).
        address2: String = "address2",
        /// City (`city`).
        city: String = "city",
        /// State or province (`state`).
        state: String = "state",
        /// Postal code (`zip`).
        zip: String = "zip",
        /// E-mail address (`email`).
        email: String = "email",
        /// Telephone (`phone`).
        phone: String = "phone",
        /// Mobile telephone (`mobile`).
        mobile: String = "mobile",
        /// Where it is, north (`latitude`), in degrees.
        latitude: Decimal = "latitude" [read_only],
        /// Where it is, east (`longitude`), in degrees.
        longitude: Decimal = "longitude" [read_only],
        /// As `longitude`, by the name that the OpenAPI document gives it for a
        /// single contact (`longitud`).
        longitud: Decimal = "longitud" [read_only],
        /// Its customer (`customer_id`).
        customer_id: CustomerId = "customer_id",
        /// The account (`account_id`).
        account_id: AccountId = "account_id" [read_only],
        /// Notes (`notes`).
        notes: String = "notes",
        /// When it was made (`created_at`).
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last (`updated_at`).
        updated_at: Timestamp = "updated_at" [read_only],
        /// Its vendor (`vendor_id`).
        vendor_id: VendorId = "vendor_id" [read_only],
        /// Custom fields by the names people see (`properties`); a title that
        /// was written stands here too (measured by client authors).
        properties: Properties = "properties" [read_only],
        /// Whether it has opted out of marketing (`opt_out`).
        opt_out: bool = "opt_out" [read_only],
        /// Extension of its telephone (`extension`).
        extension: String = "extension" [read_only],
        /// Title (`title`); comes back in `properties` (measured by client
        /// authors).
        title: String = "title" [write_only],
    }
}

filter! {
    /// What to list of the contacts.
    pub struct ContactFilter for CONTACTS_LIST {
        /// Of this customer (`customer_id`).
        customer_id: CustomerId = "customer_id",
    }
}

handle! {
    /// Contacts: the people at customers (`/contacts`).
    pub fn contacts -> Contacts, "Contacts";
}

impl<'c> Contacts<'c> {
    /// Lists contacts. There is no filter but their customer.
    pub fn list(&self, filter: &ContactFilter) -> List<'c, Contact> {
        List::new(self.client, &ops::CONTACTS_LIST).params(filter.query())
    }

    /// Lists the contacts that changed since a moment.
    ///
    /// The API has no filter for it: all of them are read, and compared here.
    pub fn changed_since(&self, since: Timestamp) -> Changed<'c, Contact> {
        Changed::new(self.list(&ContactFilter::new()), since)
    }

    /// Fetches a contact.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn get(&self, id: ContactId) -> Result<Contact, Error> {
        self.client
            .one(&ops::CONTACTS_GET, &[&id.to_string()], &[])
            .await
    }

    /// Makes a contact of the customer it names; sent once.
    ///
    /// # Errors
    ///
    /// `NotFound` where the customer does not exist, `Validation`, and those of
    /// any call.
    pub async fn create(&self, contact: &Contact) -> Result<Contact, Error> {
        self.client
            .post(&ops::CONTACTS_CREATE, &[], &contact.to_json())
            .await
    }

    /// Changes what is set, and empties what [`Contact::clear`] named.
    ///
    /// The name has to be there, even where it stays (OpenAPI document).
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation`, and those of any call.
    pub async fn update(&self, id: ContactId, change: &Contact) -> Result<Contact, Error> {
        self.client
            .put(&ops::CONTACTS_UPDATE, &[&id.to_string()], &change.to_json())
            .await
    }

    /// Deletes a contact.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete(&self, id: ContactId) -> Result<(), Error> {
        self.client
            .delete(&ops::CONTACTS_DELETE, &[&id.to_string()])
            .await
    }
}
