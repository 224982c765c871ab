//! What a relation is made of.

use api_core::Json;
use rust_decimal::Decimal;

use crate::address::Address;
use crate::documents::Document;
use crate::id::Ref;
use crate::model::{ids, model, words};
use crate::wall_time::WallTime;

ids! {
    /// A relation's id.
    RelationId "/relaties"
}

ids! {
    /// The id of a mandate for direct debit.
    MandateId "/doorlopendeincassomachtigingen"
}

words! {
    /// What a relation is to the administration (`relatiesoort`).
    pub enum RelationKind {
        /// A customer (`Klant`).
        Customer = "Klant",
        /// A supplier (`Leverancier`).
        Supplier = "Leverancier",
        /// The administration itself (`Eigen`), which cannot be written.
        Own = "Eigen",
        /// Neither (`Geen`), which a write refuses.
        None = "Geen",
    }
}

words! {
    /// How a relation is reminded of open invoices (`aanmaningsoort`).
    pub enum ReminderKind {
        /// Not at all (`Nee`).
        No = "Nee",
        /// As a business (`Onderneming`).
        Business = "Onderneming",
        /// As a consumer (`Consument`).
        Consumer = "Consument",
    }
}

words! {
    /// How a relation pays by direct debit (`incassoSoort`).
    pub enum DirectDebitKind {
        /// It does not (`Geen`).
        None = "Geen",
        /// By SEPA Core.
        Core = "Core",
        /// By SEPA business to business.
        B2b = "B2B",
    }
}

model! {
    /// How documents of one kind are sent by e-mail (`EmailVersturenModel`).
    pub struct EmailDelivery, fields EmailDeliveryFields, wire "EmailVersturenModel" {
        /// Whether they are sent by e-mail at all (`shouldSend`).
        send: bool = "shouldSend",
        /// To which addresses (`email`), separated by `;`, at most 250 characters.
        email: String = "email" [max 250],
        /// With a copy to which (`ccEmail`), at most 250 characters.
        cc_email: String = "ccEmail" [max 250],
    }
}

model! {
    /// An extra field of a customer as the relation shows it (`ExtraVeldRelatieModel`).
    pub struct RelationExtraField, fields RelationExtraFieldFields, wire "ExtraVeldRelatieModel" {
        /// Its name (`naam`).
        name: String = "naam",
        /// Its value (`waarde`); the OpenAPI document says text, servers also
        /// send numbers and booleans (measured by client authors).
        value: Json = "waarde",
    }
}

model! {
    /// A relation: customer, supplier or the administration itself (`RelatieModel`).
    ///
    /// Maximum lengths that the OpenAPI document leaves out come from the
    /// vendor's list of errors.
    pub struct Relation, fields RelationFields, wire "RelatieModel" {
        /// Its id (`id`), given by the server.
        id: RelationId = "id",
        /// What it is (`relatiesoort`); cannot be changed later (`REL-0064`).
        kinds: Vec<RelationKind> = "relatiesoort",
        /// When it changed last (`modifiedOn`), set by the server.
        modified_on: WallTime = "modifiedOn" [read_only],
        /// Its number (`relatiecode`), given by the server where it is left
        /// out; negative ones are rows of the system.
        code: i32 = "relatiecode",
        /// Its name (`naam`), at most 50 characters.
        name: String = "naam" [max 50],
        /// Where it is (`vestigingsAdres`).
        address: Address = "vestigingsAdres",
        /// Where its post goes (`correspondentieAdres`).
        postal_address: Address = "correspondentieAdres",
        /// Telephone (`telefoon`), at most 25 characters.
        phone: String = "telefoon" [max 25],
        /// Mobile telephone (`mobieleTelefoon`), at most 25 characters.
        mobile: String = "mobieleTelefoon" [max 25],
        /// Fax (`fax`), which is read and never written.
        fax: String = "fax" [read_only],
        /// E-mail addresses (`email`), separated by `;`, at most 250 characters.
        email: String = "email" [max 250],
        /// VAT number (`btwNummer`); a Dutch one comes back without `NL`
        /// (measured by client authors).
        vat_number: String = "btwNummer" [max 50],
        /// Discount on invoices (`factuurkorting`), in per cent.
        invoice_discount: Decimal = "factuurkorting",
        /// Days to pay (`krediettermijn`), from -365 to 1000.
        payment_days: i32 = "krediettermijn",
        /// Whether it pays by direct debit (`bankieren`).
        direct_debit: bool = "bankieren",
        /// Whether it is out of use (`nonactief`): as good as deleted.
        inactive: bool = "nonactief",
        /// Credit limit (`kredietLimiet`), in euros.
        credit_limit: Decimal = "kredietLimiet",
        /// Notes (`memo`).
        memo: String = "memo",
        /// Number at the Chamber of Commerce (`kvkNummer`), at most 12 characters.
        registration_number: String = "kvkNummer" [max 12],
        /// Number of a public body (`oin`), 20 digits.
        oin: String = "oin" [max 20],
        /// Web site (`websiteUrl`), at most 100 characters.
        website: String = "websiteUrl" [max 100],
        /// How it is reminded of open invoices (`aanmaningsoort`).
        reminder_kind: ReminderKind = "aanmaningsoort",
        /// How quotes are mailed (`offerteEmailVersturen`).
        quote_email: EmailDelivery = "offerteEmailVersturen",
        /// How confirmations are mailed (`bevestigingsEmailVersturen`).
        confirmation_email: EmailDelivery = "bevestigingsEmailVersturen",
        /// How invoices are mailed (`factuurEmailVersturen`).
        invoice_email: EmailDelivery = "factuurEmailVersturen",
        /// How reminders are mailed (`aanmaningEmailVersturen`).
        reminder_email: EmailDelivery = "aanmaningEmailVersturen",
        /// How requests for a quote are mailed (`offerteAanvraagEmailVersturen`).
        quote_request_email: EmailDelivery = "offerteAanvraagEmailVersturen",
        /// How purchase orders are mailed (`bestellingEmailVersturen`).
        purchase_order_email: EmailDelivery = "bestellingEmailVersturen",
        /// Whether invoices are mailed with their UBL file (`ublBestandAlsBijlage`).
        attach_ubl: bool = "ublBestandAlsBijlage",
        /// Bank account (`iban`), at most 50 characters.
        iban: String = "iban" [max 50],
        /// The bank's code (`bic`), at most 15 characters.
        bic: String = "bic" [max 15],
        /// How it pays by direct debit (`incassoSoort`).
        direct_debit_kind: DirectDebitKind = "incassoSoort",
        /// Who gets its invoices (`factuurRelatie`).
        invoice_relation: Ref<RelationId> = "factuurRelatie",
        /// Where its purchase bookings are (`inkoopBoekingenUri`).
        purchase_bookings_uri: String = "inkoopBoekingenUri" [read_only],
        /// Where its sales bookings are (`verkoopBoekingenUri`).
        sales_bookings_uri: String = "verkoopBoekingenUri" [read_only],
        /// Its documents (`documents`).
        documents: Vec<Document> = "documents",
        /// Its extra fields as a customer (`extraVeldenKlant`), written
        /// through its custom fields only.
        extra_fields: Vec<RelationExtraField> = "extraVeldenKlant" [read_only],
        /// Where it is (`uri`).
        uri: String = "uri" [read_only],
    }
}

impl Relation {
    /// A relation that is this and named so.
    pub fn new(kind: RelationKind, name: impl Into<String>) -> Self {
        Self {
            kinds: Some(vec![kind]),
            name: Some(name.into()),
            ..Self::default()
        }
    }

    /// Whether it is a customer of the administration's own making.
    ///
    /// The administration itself and the rows of the system, which have
    /// negative numbers, are not (measured by client authors).
    #[must_use]
    pub fn is_customer(&self) -> bool {
        self.is(&RelationKind::Customer)
    }

    /// Whether it is a supplier of the administration's own making.
    #[must_use]
    pub fn is_supplier(&self) -> bool {
        self.is(&RelationKind::Supplier)
    }

    fn is(&self, kind: &RelationKind) -> bool {
        let kinds = self.kinds.as_deref().unwrap_or_default();
        kinds.contains(kind)
            && !kinds.contains(&RelationKind::Own)
            && self.code.is_none_or(|code| code >= 0)
    }
}

model! {
    /// A mandate for direct debit (`DoorlopendeIncassoMachtigingModel`).
    pub struct Mandate, fields MandateFields, wire "DoorlopendeIncassoMachtigingModel" {
        /// Its id (`id`).
        id: MandateId = "id",
        /// Its unique reference (`kenmerk`).
        reference: String = "kenmerk",
        /// When it was given (`afsluitDatum`).
        signed_on: WallTime = "afsluitDatum",
        /// What it is for (`omschrijving`).
        description: String = "omschrijving",
        /// Who gave it (`klant`).
        customer: Ref<RelationId> = "klant",
        /// When it was withdrawn (`intrekkingsDatum`).
        withdrawn_on: WallTime = "intrekkingsDatum",
        /// Where it is (`uri`).
        uri: String = "uri" [read_only],
    }
}
