//! Vendors.

use api_core::{Error, Timestamp};

use crate::calls::handle;
use crate::id::VendorId;
use crate::list::List;
use crate::model::model;
use crate::operations as ops;

model! {
    /// A vendor, from whom products and parts are bought.
    pub struct Vendor, wire "vendor"/"vendors" {
        /// Its id.
        id: VendorId = "id" [read_only],
        /// Its name.
        name: String = "name",
        /// The first name of whom to ask for.
        rep_first_name: String = "rep_first_name",
        /// The last name of whom to ask for.
        rep_last_name: String = "rep_last_name",
        /// E-mail address.
        email: String = "email",
        /// Phone number.
        phone: String = "phone",
        /// The account that the vendor keeps for its customer.
        account_number: String = "account_number",
        /// Street and house number.
        address: String = "address",
        /// Town.
        city: String = "city",
        /// State.
        state: String = "state",
        /// Postal code.
        zip: String = "zip",
        /// Website.
        website: String = "website",
        /// Notes.
        notes: String = "notes",
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
    }
}

handle! {
    /// Vendors; the API cannot delete them.
    pub fn vendors -> Vendors, "Vendors";
}

impl<'c> Vendors<'c> {
    /// Lists vendors.
    pub fn list(&self) -> List<'c, Vendor> {
        List::new(self.client, &ops::VENDORS_LIST)
    }

    /// Fetches a vendor.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none with this id, and those of any call.
    pub async fn get(&self, id: VendorId) -> Result<Vendor, Error> {
        self.client
            .one(&ops::VENDORS_GET, &[&id.to_string()], &[])
            .await
    }

    /// Makes a vendor.
    ///
    /// It is sent once: with an unknown outcome, look for it before trying
    /// again.
    ///
    /// # Errors
    ///
    /// `Validation` where the server refuses it, and those of any call.
    pub async fn create(&self, vendor: &Vendor) -> Result<Vendor, Error> {
        self.client
            .post(&ops::VENDORS_CREATE, &[], &vendor.to_json())
            .await
    }

    /// Changes what is set.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation` where the server refuses it, and those of any
    /// call.
    pub async fn update(&self, id: VendorId, vendor: &Vendor) -> Result<Vendor, Error> {
        self.client
            .put(&ops::VENDORS_UPDATE, &[&id.to_string()], &vendor.to_json())
            .await
    }
}
