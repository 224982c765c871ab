//! Telephone numbers of a customer (`/customers/{id}/phones`).

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
