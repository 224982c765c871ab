//! The resources of the API.

use super::schema::{Model, model};

/// A kind of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Resource {
    Relations,
    Mandates,
    SalesInvoices,
    SalesBookings,
    PurchaseBookings,
    PurchaseInvoices,
    BankBookings,
    CashBookings,
    MemorialBookings,
    Ledgers,
    LedgerMutations,
    Journals,
    Documents,
    Articles,
    ArticleGroups,
    ArticlePrices,
    PriceAgreements,
    Promotions,
    SalesOrders,
    Quotes,
    OrderTemplates,
    CostCentres,
    Countries,
    VatTariffs,
    VatRates,
    VatRateDefinitions,
    VatReturns,
    Company,
}

struct Entry(Resource, &'static str, &'static str, &'static str);

const NOT_FOUND: &str = "ALG-0102";

static TABLE: &[Entry] = &[
    Entry(Resource::Relations, "relaties", "RelatieModel", "REL-0005"),
    Entry(
        Resource::Mandates,
        "doorlopendeincassomachtigingen",
        "DoorlopendeIncassoMachtigingModel",
        NOT_FOUND,
    ),
    Entry(
        Resource::SalesInvoices,
        "verkoopfacturen",
        "VerkoopfactuurModel",
        NOT_FOUND,
    ),
    Entry(
        Resource::SalesBookings,
        "verkoopboekingen",
        "VerkoopBoekingModel",
        "BOE-0001",
    ),
    Entry(
        Resource::PurchaseBookings,
        "inkoopboekingen",
        "InkoopboekingModel",
        "BOE-0001",
    ),
    Entry(
        Resource::PurchaseInvoices,
        "inkoopfacturen",
        "InkoopfactuurModel",
        NOT_FOUND,
    ),
    Entry(
        Resource::BankBookings,
        "bankboekingen",
        "BankboekingModel",
        "BOE-0001",
    ),
    Entry(
        Resource::CashBookings,
        "kasboekingen",
        "KasboekingModel",
        "BOE-0001",
    ),
    Entry(
        Resource::MemorialBookings,
        "memoriaalboekingen",
        "MemoriaalboekingModel",
        "BOE-0001",
    ),
    Entry(
        Resource::Ledgers,
        "grootboeken",
        "GrootboekModel",
        NOT_FOUND,
    ),
    Entry(
        Resource::LedgerMutations,
        "grootboekmutaties",
        "GrootboekMutatieModel",
        NOT_FOUND,
    ),
    Entry(Resource::Journals, "dagboeken", "DagboekModel", NOT_FOUND),
    Entry(
        Resource::Documents,
        "documenten",
        "DocumentContentModel",
        "BLG-0001",
    ),
    Entry(
        Resource::Articles,
        "artikelen",
        "ArtikelQueryModel",
        "ART-0001",
    ),
    Entry(
        Resource::ArticleGroups,
        "artikelomzetgroepen",
        "ArtikelOmzetGroepModel",
        "ART-0009",
    ),
    Entry(
        Resource::ArticlePrices,
        "artikelen/prijsafspraken",
        "ArtikelPrijsAfsprakenModel",
        NOT_FOUND,
    ),
    Entry(
        Resource::PriceAgreements,
        "prijsafspraken",
        "PrijsafspraakModel",
        NOT_FOUND,
    ),
    Entry(
        Resource::Promotions,
        "actieprijzen",
        "ActieprijzenModel",
        NOT_FOUND,
    ),
    Entry(
        Resource::SalesOrders,
        "verkooporders",
        "VerkoopOrderModel",
        "VOR-0001",
    ),
    Entry(Resource::Quotes, "offertes", "OfferteModel", "VOR-0001"),
    Entry(
        Resource::OrderTemplates,
        "verkoopordersjablonen",
        "VerkoopOrderSjabloonModel",
        NOT_FOUND,
    ),
    Entry(
        Resource::CostCentres,
        "kostenplaatsen",
        "KostenplaatsModel",
        "KPL-0001",
    ),
    Entry(Resource::Countries, "landen", "LandModel", NOT_FOUND),
    Entry(
        Resource::VatTariffs,
        "btwtarieven",
        "BtwTariefModel",
        NOT_FOUND,
    ),
    Entry(Resource::VatRates, "vatrates", "VatRatesModel", NOT_FOUND),
    Entry(
        Resource::VatRateDefinitions,
        "vatratedefinitions",
        "VatRateDefinitionModel",
        NOT_FOUND,
    ),
    Entry(
        Resource::VatReturns,
        "btwaangiftes",
        "BtwAangifteModel",
        NOT_FOUND,
    ),
    Entry(
        Resource::Company,
        "companyInfo",
        "CompanyInfoModel",
        NOT_FOUND,
    ),
];

impl Resource {
    pub(crate) fn all() -> impl Iterator<Item = Resource> {
        TABLE.iter().map(|entry| entry.0)
    }

    fn entry(self) -> &'static Entry {
        // The table stands in the order of the variants, which a test checks.
        &TABLE[self as usize]
    }

    /// The resource by its path, in whatever case.
    pub(crate) fn named(name: &str) -> Option<Resource> {
        TABLE
            .iter()
            .find(|entry| entry.1.eq_ignore_ascii_case(name))
            .map(|entry| entry.0)
    }

    /// Its path below the base, without a slash.
    pub(crate) fn path(self) -> &'static str {
        self.entry().1
    }

    pub(crate) fn model(self) -> &'static Model {
        model(self.entry().2)
    }

    /// The code of "there is none with that id".
    pub(crate) fn missing(self) -> &'static str {
        self.entry().3
    }

    /// Most records of one page.
    pub(crate) fn cap(self) -> usize {
        match self {
            Resource::Articles | Resource::ArticlePrices => 25,
            _ => 500,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_variants() {
        for (at, entry) in TABLE.iter().enumerate() {
            assert_eq!(entry.0 as usize, at, "{}", entry.1);
            assert!(!entry.0.model().props.is_empty(), "{}", entry.2);
        }
    }
}
