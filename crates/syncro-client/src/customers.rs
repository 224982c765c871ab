//! Customers (`/customers`).

use api_core::{Error, Timestamp};

use crate::calls::handle;
use crate::changed::Changed;
use crate::filter::{Filter as _, Sort, filter};
use crate::id::CustomerId;
use crate::list::List;
use crate::operations as ops;

mod model;

pub use model::Customer;

filter! {
    /// What to list of the customers.
    ///
    /// `since_updated_at` is no filter of theirs: it is ignored, and everything
    /// comes back (measured on RepairShopr, the same engine); see
    /// [`Customers::changed_since`].
    pub struct CustomerFilter for CUSTOMERS_LIST {
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
        /// None of these (`not_id[]`); also sent as `id_not[]`, the name in a
        /// newer OpenAPI document.
        excluded_ids: Vec<CustomerId> = "not_id[]",
        /// Disabled ones too (`include_disabled`); they are left out without
        /// it (measured by client authors).
        include_disabled: bool = "include_disabled",
        /// What they are sorted by (`sort`), by its wire name, such as
        /// `firstname`.
        sort: Sort = "sort",
    }
}

handle! {
    /// Customers: companies and people (`/customers`).
    pub fn customers -> Customers, "Customers";
}

impl<'c> Customers<'c> {
    /// Lists customers, without disabled ones unless the filter says so.
    pub fn list(&self, filter: &CustomerFilter) -> List<'c, Customer> {
        let mut params = filter.query();
        let excluded: Vec<_> = params
            .iter()
            .filter(|(name, _)| name == "not_id[]")
            .map(|(_, id)| ("id_not[]".to_owned(), id.clone()))
            .collect();
        params.extend(excluded);
        List::new(self.client, &ops::CUSTOMERS_LIST).params(params)
    }

    /// Finds customers by the beginning of a name, the quick way.
    ///
    /// # Errors
    ///
    /// Those of any call; `Decode` where one cannot be read.
    pub async fn autocomplete(&self, words: &str) -> Result<Vec<Customer>, Error> {
        self.client
            .rows(
                &ops::CUSTOMERS_AUTOCOMPLETE,
                &[],
                &[("query", words.to_owned())],
            )
            .await
    }

    /// Lists the customers that changed since a moment, disabled ones too.
    ///
    /// The API has no filter for it, and ignores one without a word (measured
    /// on RepairShopr, the same engine): all of them are read, and compared
    /// here.
    pub fn changed_since(&self, since: Timestamp) -> Changed<'c, Customer> {
        Changed::new(
            self.list(&CustomerFilter::new().include_disabled(true)),
            since,
        )
    }

    /// Fetches the customer that was made last.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn latest(&self) -> Result<Customer, Error> {
        self.client.one(&ops::CUSTOMERS_LATEST, &[], &[]).await
    }

    /// Fetches a customer, with its phones.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, and those of any call.
    pub async fn get(&self, id: CustomerId) -> Result<Customer, Error> {
        self.client
            .one(&ops::CUSTOMERS_GET, &[&id.to_string()], &[])
            .await
    }

    /// Makes a customer; sent once.
    ///
    /// An outcome that is not known is `SendOutcome::Unknown`: the customer may
    /// have been made.
    ///
    /// # Errors
    ///
    /// `Validation`, and those of any call.
    pub async fn create(&self, customer: &Customer) -> Result<Customer, Error> {
        self.client
            .post(&ops::CUSTOMERS_CREATE, &[], &customer.to_json())
            .await
    }

    /// Changes what is set, and empties what [`Customer::clear`] named.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation`, and those of any call.
    pub async fn update(&self, id: CustomerId, change: &Customer) -> Result<Customer, Error> {
        self.client
            .put(
                &ops::CUSTOMERS_UPDATE,
                &[&id.to_string()],
                &change.to_json(),
            )
            .await
    }

    /// Deletes a customer for good.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete(&self, id: CustomerId) -> Result<(), Error> {
        self.client
            .delete(&ops::CUSTOMERS_DELETE, &[&id.to_string()])
            .await
    }
}
