//! Contracts (`/contracts`).

use api_core::Timestamp;

use crate::calls::handle;
use crate::id::{AccountId, ContractId, CustomerId, ProductId, SlaId};
use crate::model::model;
use crate::operations as ops;
use crate::records::records;

model! {
    /// A contract with a customer.
    pub struct Contract, wire "contract"/"contracts" {
        /// Its id.
        id: ContractId = "id" [read_only],
        /// The account's id.
        account_id: AccountId = "account_id" [read_only],
        /// The customer; required by a create and a change.
        customer_id: CustomerId = "customer_id",
        /// Its name.
        name: String = "name",
        /// What it is worth: free text, such as `30k`.
        contract_amount: String = "contract_amount",
        /// When it begins.
        start_date: Timestamp = "start_date",
        /// When it ends.
        end_date: Timestamp = "end_date",
        /// The main contact, as text.
        primary_contact: String = "primary_contact",
        /// What it is about.
        description: String = "description",
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// How far it has come, such as `Opportunity`.
        status: String = "status",
        /// How likely it is, in percent.
        likelihood: i64 = "likelihood",
        /// Whether it holds for all of the customer.
        apply_to_all: bool = "apply_to_all",
        /// Its service level.
        sla_id: SlaId = "sla_id",
        /// Prices that differ from those of products; newer than the OpenAPI
        /// document.
        product_price_overrides: Vec<PriceOverride> = "product_price_overrides",
        /// Products that are not charged; newer than the OpenAPI document.
        non_billable_product_ids: Vec<ProductId> = "non_billable_product_ids",
    }
}

model! {
    /// A product that a contract treats otherwise.
    ///
    /// Newer than the OpenAPI document; other members stay in `other`.
    pub struct PriceOverride, wire "product_price_override"/"product_price_overrides" {
        /// The product.
        product_id: ProductId = "product_id",
        /// Whether it may not be sold under the contract.
        blacklisted: bool = "blacklisted",
    }
}

handle! {
    /// Contracts (`/contracts`).
    pub fn contracts -> Contracts, "Contracts";
}

records! {
    impl Contracts, "a contract" as contract: Contract by ContractId;

    list ops::CONTRACTS_LIST;
    ///
    /// All of them are read: the server has no filter for it.
    changed ops::CONTRACTS_LIST;
    ///
    /// It takes the right to edit contracts. A deleted one answers `null` with
    /// status 200 (measured by client authors), which is `NotFound` here.
    get ops::CONTRACTS_GET;
    ///
    /// The customer is required.
    create ops::CONTRACTS_CREATE;
    ///
    /// The customer is required.
    update ops::CONTRACTS_UPDATE;
    delete ops::CONTRACTS_DELETE;
}
