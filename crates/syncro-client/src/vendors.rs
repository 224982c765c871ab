//! Vendors (`/vendors`).

use api_core::Timestamp;

use crate::calls::handle;
use crate::id::VendorId;
use crate::model::model;
use crate::operations as ops;
use crate::records::records;

model! {
    /// Who sells to the account.
    pub struct Vendor, wire "vendor"/"vendors" {
        /// Its id.
        id: VendorId = "id" [read_only],
        /// Its name.
        name: String = "name",
        /// The first name of who represents it.
        rep_first_name: String = "rep_first_name",
        /// The last name of who represents it.
        rep_last_name: String = "rep_last_name",
        /// Its e-mail address.
        email: String = "email",
        /// Its phone number.
        phone: String = "phone",
        /// The account's number with it.
        account_number: String = "account_number",
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// Its street and number.
        address: String = "address",
        /// Its city.
        city: String = "city",
        /// Its state.
        state: String = "state",
        /// Its postal code.
        zip: String = "zip",
        /// Its website.
        website: String = "website",
        /// Notes of the account's own.
        notes: String = "notes",
    }
}

handle! {
    /// Vendors (`/vendors`); the API cannot delete them.
    pub fn vendors -> Vendors, "Vendors";
}

records! {
    impl Vendors, "a vendor" as vendor: Vendor by VendorId;

    list ops::VENDORS_LIST;
    ///
    /// All of them are read: the server has no filter for it.
    changed ops::VENDORS_LIST;
    get ops::VENDORS_GET;
    create ops::VENDORS_CREATE;
    update ops::VENDORS_UPDATE;
}
