//! Addresses, as relations, orders and quotes have them (`AdresModel`).

use crate::countries::CountryId;
use crate::id::Ref;
use crate::model::model;

model! {
    /// An address (`AdresModel`).
    ///
    /// Of a relation's own address either nothing is filled in or everything
    /// but the contact person: part of it is `REL-0060` (vendor documentation).
    pub struct Address, fields AddressFields, wire "AdresModel" {
        /// Who to ask for (`contactpersoon`), at most 50 characters.
        contact: String = "contactpersoon" [max 50],
        /// Street and house number (`straat`), at most 50 characters.
        street: String = "straat" [max 50],
        /// Postal code (`postcode`), at most 25 characters.
        postal_code: String = "postcode" [max 25],
        /// Town (`plaats`), at most 50 characters.
        city: String = "plaats" [max 50],
        /// Country (`land`), named by its id; a code is not taken.
        country: Ref<CountryId> = "land",
    }
}
