//! Telephone numbers of a customer (`/customers/{id}/phones`).

use api_core::{Error, Timestamp};

use crate::calls::handle;
use crate::id::{CustomerId, PhoneId};
use crate::list::List;
use crate::model::model;
use crate::operations as ops;

model! {
    /// A telephone number of a customer.
    ///
    /// The server keeps its digits only (measured by client authors).
    pub struct Phone, wire "phone"/"phones" {
        /// Its id (`id`), given by the server.
        id: PhoneId = "id" [read_only],
        /// What it is (`label`), such as `Mobile`.
        label: String = "label",
        /// The number (`number`).
        number: String = "number",
        /// Its customer (`customer_id`).
        customer_id: CustomerId = "customer_id" [read_only],
        /// When it was made (`created_at`).
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last (`updated_at`).
        updated_at: Timestamp = "updated_at" [read_only],
        /// Extension (`extension`).
        extension: String = "extension",
    }
}

handle! {
    /// Telephone numbers of customers (`/customers/{id}/phones`).
    pub fn phones -> Phones, "Telephone numbers of customers";
}

impl<'c> Phones<'c> {
    /// Lists the numbers of a customer.
    pub fn list(&self, customer: CustomerId) -> List<'c, Phone> {
        List::new(self.client, &ops::PHONES_LIST).at(customer)
    }

    /// Adds a number to a customer; sent once.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation`, and those of any call.
    pub async fn create(&self, customer: CustomerId, phone: &Phone) -> Result<Phone, Error> {
        self.client
            .post(
                &ops::PHONES_CREATE,
                &[&customer.to_string()],
                &phone.to_json(),
            )
            .await
    }

    /// Changes a number of a customer.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation`, and those of any call.
    pub async fn update(
        &self,
        customer: CustomerId,
        id: PhoneId,
        change: &Phone,
    ) -> Result<Phone, Error> {
        let (customer, id) = (customer.to_string(), id.to_string());
        self.client
            .put(&ops::PHONES_UPDATE, &[&customer, &id], &change.to_json())
            .await
    }

    /// Removes a number from a customer.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete(&self, customer: CustomerId, id: PhoneId) -> Result<(), Error> {
        let (customer, id) = (customer.to_string(), id.to_string());
        self.client
            .delete(&ops::PHONES_DELETE, &[&customer, &id])
            .await
    }
}
