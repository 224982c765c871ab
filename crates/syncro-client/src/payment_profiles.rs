//! Customers' ways to pay at a payment gateway (`/customers/{id}/payment_profiles`).

use api_core::{Error, Timestamp};

use crate::calls::handle;
use crate::id::{CustomerId, PaymentProfileId};
use crate::list::List;
use crate::model::model;
use crate::operations as ops;

model! {
    /// A customer's way to pay that a payment gateway keeps.
    ///
    /// It holds the gateway's token, never a card's number.
    pub struct PaymentProfile, wire "payment_profile"/"payment_profiles" {
        /// Its id.
        id: PaymentProfileId = "id" [read_only],
        /// Whose it is.
        customer_id: CustomerId = "customer_id" [read_only],
        /// When the card expires, as the gateway writes it.
        expiration: String = "expiration",
        /// The gateway's token of the customer.
        customer_external_id: String = "customer_external_id",
        /// The gateway that keeps it.
        used_gateway: String = "used_gateway" [read_only],
        /// The gateway's token of the profile.
        payment_profile_id: String = "payment_profile_id",
        /// The last four digits of the card.
        last_four: String = "last_four",
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
    }
}

handle! {
    /// Customers' ways to pay that a payment gateway keeps.
    pub fn payment_profiles -> PaymentProfiles, "Customers' ways to pay at a payment gateway";
}

impl<'c> PaymentProfiles<'c> {
    /// Lists those of a customer, page after page.
    pub fn list(&self, customer: CustomerId) -> List<'c, PaymentProfile> {
        List::new(self.client, &ops::PAYMENT_PROFILES_LIST).at(customer)
    }

    /// Fetches one of a customer.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn get(
        &self,
        customer: CustomerId,
        id: PaymentProfileId,
    ) -> Result<PaymentProfile, Error> {
        let args = [customer.to_string(), id.to_string()];
        self.client
            .one(&ops::PAYMENT_PROFILES_GET, &[&args[0], &args[1]], &[])
            .await
    }

    /// Makes one of a customer, for what the gateway keeps already.
    ///
    /// It is sent once.
    ///
    /// # Errors
    ///
    /// `Validation`, such as where the account has no gateway, and those of any
    /// call.
    pub async fn create(
        &self,
        customer: CustomerId,
        profile: &PaymentProfile,
    ) -> Result<PaymentProfile, Error> {
        self.client
            .post(
                &ops::PAYMENT_PROFILES_CREATE,
                &[&customer.to_string()],
                &profile.to_json(),
            )
            .await
    }

    /// Changes when one expires and its last four digits; the gateway's tokens
    /// stay as they are.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation`, and those of any call.
    pub async fn update(
        &self,
        customer: CustomerId,
        id: PaymentProfileId,
        profile: &PaymentProfile,
    ) -> Result<PaymentProfile, Error> {
        let change = PaymentProfile {
            expiration: profile.expiration.clone(),
            last_four: profile.last_four.clone(),
            ..PaymentProfile::default()
        };
        let args = [customer.to_string(), id.to_string()];
        self.client
            .put(
                &ops::PAYMENT_PROFILES_UPDATE,
                &[&args[0], &args[1]],
                &change.to_json(),
            )
            .await
    }

    /// Deletes one of a customer.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete(&self, customer: CustomerId, id: PaymentProfileId) -> Result<(), Error> {
        let args = [customer.to_string(), id.to_string()];
        self.client
            .delete(&ops::PAYMENT_PROFILES_DELETE, &[&args[0], &args[1]])
            .await
    }
}
