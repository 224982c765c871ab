//! Ways to pay (`/payment_methods`).

use api_core::Timestamp;

use crate::calls::handle;
use crate::id::PaymentMethodId;
use crate::list::List;
use crate::model::model;
use crate::operations as ops;

model! {
    /// A way to pay.
    pub struct PaymentMethod, wire "payment_method"/"payment_methods" {
        /// Its id.
        id: PaymentMethodId = "id" [read_only],
        /// Its name, which payments carry.
        name: String = "name" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// Whether a card processor takes it.
        uses_card_processing: bool = "uses_card_processing" [read_only],
    }
}

handle! {
    /// Ways to pay (`/payment_methods`); the API cannot change them.
    pub fn payment_methods -> PaymentMethods, "Ways to pay";
}

impl<'c> PaymentMethods<'c> {
    /// Lists them, page after page.
    pub fn list(&self) -> List<'c, PaymentMethod> {
        List::new(self.client, &ops::PAYMENT_METHODS_LIST)
    }
}
