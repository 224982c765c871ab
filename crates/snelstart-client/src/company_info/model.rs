//! What is known of an administration.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::words::{
    ArticleCodeKind, DiscountRule, FilingPeriod, LegalForm, MarkingRule, StockLevel, StockMoment,
    StockSystem, TextLineRule,
};
use crate::id::Ref;
use crate::ledgers::LedgerId;
use crate::model::model;
use crate::wall_time::WallTime;

model! {
    /// The scheme for small businesses (`KleineOndernemersRegelingModel`).
    pub struct SmallBusinessScheme, fields SmallBusinessSchemeFields, wire "KleineOndernemersRegelingModel" {
        /// Whether it is used (`isKleineOndernemersRegelingActief`).
        active: bool = "isKleineOndernemersRegelingActief",
        /// Up to which amount all is set off (`maximaalBedragVolledigeVerrekening`).
        full_set_off_limit: Decimal = "maximaalBedragVolledigeVerrekening",
        /// Up to which amount it applies (`maximaalBedragKleineOndernemersRegeling`).
        limit: Decimal = "maximaalBedragKleineOndernemersRegeling",
    }
}

model! {
    /// A while in which foreign VAT is invoiced (`FactureerBuitenlandseBtwDateRangeModel`).
    ///
    /// The OpenAPI document declares both ends as whole numbers and does not
    /// say of what.
    pub struct ForeignVatRange, fields ForeignVatRangeFields, wire "FactureerBuitenlandseBtwDateRangeModel" {
        /// Its beginning (`from`).
        from: i64 = "from",
        /// Its end (`to`).
        to: i64 = "to",
    }
}

model! {
    /// An administration and its settings (`CompanyInfoModel`).
    ///
    /// Only whether foreign VAT is invoiced can be written.
    pub struct CompanyInfo, fields CompanyInfoFields, wire "CompanyInfoModel" {
        /// The administration's id (`administratieIdentifier`).
        administration_id: Uuid = "administratieIdentifier" [read_only],
        /// The administration's name (`administratieNaam`).
        administration_name: String = "administratieNaam" [read_only],
        /// The company's name (`bedrijfsnaam`).
        company_name: String = "bedrijfsnaam" [read_only],
        /// Who to ask for (`contactpersoon`).
        contact: String = "contactpersoon" [read_only],
        /// Street and house number (`adres`).
        street: String = "adres" [read_only],
        /// Postal code (`postcode`).
        postal_code: String = "postcode" [read_only],
        /// Town (`plaats`).
        city: String = "plaats" [read_only],
        /// Telephone (`telefoon`).
        phone: String = "telefoon" [read_only],
        /// Mobile telephone (`mobieleTelefoon`).
        mobile: String = "mobieleTelefoon" [read_only],
        /// Fax (`fax`).
        fax: String = "fax" [read_only],
        /// Bank account as it was once written (`bankrekeningnummer`).
        bank_account: String = "bankrekeningnummer" [read_only],
        /// Bank account (`iban`).
        iban: String = "iban" [read_only],
        /// The bank's code (`bic`).
        bic: String = "bic" [read_only],
        /// Legal form (`rechtsvorm`).
        legal_form: LegalForm = "rechtsvorm" [read_only],
        /// VAT number (`btwNummer`).
        vat_number: String = "btwNummer" [read_only],
        /// VAT identification number (`btwIdentificatieNummer`).
        vat_identification_number: String = "btwIdentificatieNummer" [read_only],
        /// Number at the Chamber of Commerce (`kvKNummer`, with two capitals here).
        registration_number: String = "kvKNummer" [read_only],
        /// E-mail address (`email`).
        email: String = "email" [read_only],
        /// Web site (`website`).
        website: String = "website" [read_only],
        /// First free text (`vrijeTekst1`).
        free_text_1: String = "vrijeTekst1" [read_only],
        /// Second free text (`vrijeTekst2`).
        free_text_2: String = "vrijeTekst2" [read_only],
        /// Third free text (`vrijeTekst3`).
        free_text_3: String = "vrijeTekst3" [read_only],
        /// Fourth free text (`vrijeTekst4`).
        free_text_4: String = "vrijeTekst4" [read_only],
        /// The financial year it works in (`huidigBoekjaar`).
        financial_year: i32 = "huidigBoekjaar" [read_only],
        /// The month the financial year begins with (`beginmaandFiscaleBoekjaar`).
        financial_year_start_month: i32 = "beginmaandFiscaleBoekjaar" [read_only],
        /// How often VAT is declared (`btwAangiftePeriodeSoort`).
        vat_period: FilingPeriod = "btwAangiftePeriodeSoort" [read_only],
        /// How often supplies within the EU are declared (`icpAangiftePeriodeSoort`).
        eu_supplies_period: FilingPeriod = "icpAangiftePeriodeSoort" [read_only],
        /// VAT number of the fiscal unit (`btwNummerFiscaleEenheid`).
        fiscal_unit_vat_number: String = "btwNummerFiscaleEenheid" [read_only],
        /// Whether supplements are worked out in between (`tussentijdseSuppletiesBerekenen`).
        interim_supplements: bool = "tussentijdseSuppletiesBerekenen" [read_only],
        /// The folder of UBL files (`mapUBLBestanden`).
        ubl_folder: String = "mapUBLBestanden" [read_only],
        /// The VAT declared on the surcharge for late payment, in per cent
        /// (`btwPercentageAangifteKredietbeperking`).
        credit_surcharge_vat: Decimal = "btwPercentageAangifteKredietbeperking" [read_only],
        /// What is marked when statements are read (`markeergedragInlezenBankafschriften`).
        statement_marking: MarkingRule = "markeergedragInlezenBankafschriften" [read_only],
        /// Whether preferences show while booking (`voorkeurenTijdensBoeken`).
        preferences_while_booking: bool = "voorkeurenTijdensBoeken" [read_only],
        /// Leading zeros of ledger numbers (`aantalVoorloopnullenGrootboekrekeningen`).
        ledger_leading_zeros: i32 = "aantalVoorloopnullenGrootboekrekeningen" [read_only],
        /// The scheme for small businesses (`kleineOndernemersregeling`).
        small_business_scheme: SmallBusinessScheme = "kleineOndernemersregeling" [read_only],
        /// The next invoice's number (`volgendFactuurnummer`).
        next_invoice_number: i32 = "volgendFactuurnummer" [read_only],
        /// The next sales order's number (`volgendVerkoopordernummer`).
        next_sales_order_number: i32 = "volgendVerkoopordernummer" [read_only],
        /// The next cash receipt's number (`volgendContantbonnummer`).
        next_cash_receipt_number: i32 = "volgendContantbonnummer" [read_only],
        /// The next purchase order's number (`volgendInkoopordernummer`).
        next_purchase_order_number: i32 = "volgendInkoopordernummer" [read_only],
        /// Whether orders are checked against stock (`voorraadcontroleOrderinvoer`).
        order_stock_check: bool = "voorraadcontroleOrderinvoer" [read_only],
        /// Whether subscriptions are taken over (`abonnementOvernemen`).
        takes_over_subscriptions: bool = "abonnementOvernemen" [read_only],
        /// Whether the delivered column fills itself (`kolomGeleverdAutomatischVullen`).
        fills_delivered: bool = "kolomGeleverdAutomatischVullen" [read_only],
        /// Whether purchases show stock (`voorraadkolommenTonenInInkoop`).
        shows_stock_in_purchases: bool = "voorraadkolommenTonenInInkoop" [read_only],
        /// Whether back orders are used (`backorderGebruiken`).
        uses_back_orders: bool = "backorderGebruiken" [read_only],
        /// Whether orders may be delivered in parts (`deelleveringOrdersDefaultAan`).
        partial_deliveries: bool = "deelleveringOrdersDefaultAan" [read_only],
        /// Whether a sales booking has its invoice with it (`factuurAlsBijlageVerkoopboeking`).
        attaches_invoices: bool = "factuurAlsBijlageVerkoopboeking" [read_only],
        /// Which lines of text a back order takes over (`tekstregelsOvernemenNaarBackorder`).
        back_order_text: TextLineRule = "tekstregelsOvernemenNaarBackorder" [read_only],
        /// What a line's discount is taken from (`regelkortingVerkooporder`).
        line_discount: DiscountRule = "regelkortingVerkooporder" [read_only],
        /// From which amount an order is handled (`drempelbedragVerkooporderbeheer`).
        order_threshold: Decimal = "drempelbedragVerkooporderbeheer" [read_only],
        /// How many days a smaller one waits (`drempelbedragVerkooporderbeheerMaxDagenUitstel`).
        order_threshold_days: i32 = "drempelbedragVerkooporderbeheerMaxDagenUitstel" [read_only],
        /// Whether selling prices are without VAT (`verkoopprijsArtikelbestandExclusiefBtw`).
        selling_prices_without_vat: bool = "verkoopprijsArtikelbestandExclusiefBtw" [read_only],
        /// Whether purchase prices are without VAT (`inkoopprijsArtikelbestandExclusiefBtw`).
        purchase_prices_without_vat: bool = "inkoopprijsArtikelbestandExclusiefBtw" [read_only],
        /// What article codes are made of (`artikelcodeSoort`).
        article_code_kind: ArticleCodeKind = "artikelcodeSoort" [read_only],
        /// How long an article code may be (`artikelcodeMaxLengte`), in characters.
        article_code_length: i32 = "artikelcodeMaxLengte" [read_only],
        /// When stock was counted first (`begindatumVoorraadtelling`).
        stock_since: WallTime = "begindatumVoorraadtelling" [read_only],
        /// Whether searches show stock (`voorraadTonenInZoekvenster`).
        shows_stock_in_searches: bool = "voorraadTonenInZoekvenster" [read_only],
        /// Decimals of prices (`aantalDecimalenArtikelprijzen`).
        price_decimals: i32 = "aantalDecimalenArtikelprijzen" [read_only],
        /// Decimals of quantities (`aantalDecimalenArtikelaantallen`).
        quantity_decimals: i32 = "aantalDecimalenArtikelaantallen" [read_only],
        /// From which step on an order takes stock (`verkooporderVoorraadVanafNiveau`).
        stock_level: StockLevel = "verkooporderVoorraadVanafNiveau" [read_only],
        /// Which goods leave stock first (`voorraadSysteem`).
        stock_system: StockSystem = "voorraadSysteem" [read_only],
        /// When purchases reach stock (`momentVoorraadBijwerken`).
        stock_moment: StockMoment = "momentVoorraadBijwerken" [read_only],
        /// The ledger of invoices still to come (`rekeningTeOntvangenInkoopfacturen`).
        expected_invoices_ledger: Ref<LedgerId> = "rekeningTeOntvangenInkoopfacturen" [read_only],
        /// The ledger of differences in stock (`dagboekVoorraadverschillen`).
        stock_differences_ledger: Ref<LedgerId> = "dagboekVoorraadverschillen" [read_only],
        /// The ledger of foreign VAT (`buitenlandseBtwGrootboek`).
        foreign_vat_ledger: Ref<LedgerId> = "buitenlandseBtwGrootboek" [read_only],
        /// Whether foreign VAT is invoiced (`factureerBuitenlandsBtw`), the one
        /// setting that can be written.
        invoices_foreign_vat: bool = "factureerBuitenlandsBtw",
        /// When foreign VAT was invoiced (`factureerBuitenlandsBtwRanges`).
        foreign_vat_ranges: Vec<ForeignVatRange> = "factureerBuitenlandsBtwRanges" [read_only],
    }
}
