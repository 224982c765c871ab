//! Customers (`/customers`).

mod model;

pub use model::Customer;

filter! {
    /// What to list of the customers.
    pub struct CustomerFilter for Customer {
        /// Words to search for (`query`).
        query: String = "query",
        /// First names like this (`firstname`).
        first_name: String = "firstname",
        /// Last names like this (`lastname`).
        last_name: String = "lastname",
        /// Names of companies like this (`business_name`).
        business_name: String = "business_name",
        /// With this e-mail address (`email`).
        email: String = "email",
        /// Only these (`id[]`).
        ids: Vec<CustomerId> = "id[]",
        /// None of these (`not_id[]`).
        excluded_ids: Vec<CustomerId> = "not_id[]",
        /// Disabled ones too (`include_disabled`), which lists leave out.
        include_disabled: bool = "include_disabled",
    }
}
