//! The words of an administration's settings.

use crate::model::words;

words! {
    /// The legal form of a company (`rechtsvorm`).
    pub enum LegalForm {
        /// It is not filled in.
        NotSet = "NotSet",
        /// One owner (`Eenmanszaak`).
        SoleTrader = "Eenmanszaak",
        /// A partnership (`Vof`).
        Partnership = "Vof",
        /// A private company (`Bv`).
        Private = "Bv",
        /// A public company (`Nv`).
        Public = "Nv",
        /// Any other (`Overige`).
        Otherwise = "Overige",
    }
}

words! {
    /// How often something is declared.
    pub enum FilingPeriod {
        /// Every month (`Maand`).
        Month = "Maand",
        /// Every quarter (`Kwartaal`).
        Quarter = "Kwartaal",
        /// Every year (`Jaar`).
        Year = "Jaar",
    }
}

words! {
    /// What is marked when bank statements are read.
    pub enum MarkingRule {
        /// What matters most (`AlleenBelangrijkste`).
        MostImportant = "AlleenBelangrijkste",
        /// Everything (`Altijd`).
        Always = "Altijd",
    }
}

words! {
    /// Which lines of text a back order takes over.
    pub enum TextLineRule {
        /// None (`Geen`).
        None = "Geen",
        /// Those above an article (`BovenArtikel`).
        AboveArticle = "BovenArtikel",
        /// Those below an article (`OnderArtikel`).
        BelowArticle = "OnderArtikel",
        /// All (`Alle`).
        All = "Alle",
    }
}

words! {
    /// What a line's discount is taken from.
    pub enum DiscountRule {
        /// The line's amount (`BerekenenOverRegelBedrag`).
        LineAmount = "BerekenenOverRegelBedrag",
        /// The price of one (`BerekenenOverStukprijs`).
        UnitPrice = "BerekenenOverStukprijs",
    }
}

words! {
    /// What article codes are made of (`artikelcodeSoort`).
    pub enum ArticleCodeKind {
        /// Digits (`Numeriek`).
        Numeric = "Numeriek",
        /// Letters and digits (`Alfanumeriek`).
        Alphanumeric = "Alfanumeriek",
    }
}

words! {
    /// From which step on an order takes stock.
    pub enum StockLevel {
        /// From any (`Alle`).
        All = "Alle",
        /// From the quote (`Offerte`).
        Quote = "Offerte",
        /// From the back order (`BackOrder`).
        BackOrder = "BackOrder",
        /// From the confirmation (`Bevestiging`).
        Confirmation = "Bevestiging",
        /// From the work order (`Werkbon`).
        WorkOrder = "Werkbon",
        /// From the packing or collection slip (`PakbonEnAfhaalbon`).
        Slip = "PakbonEnAfhaalbon",
        /// From the invoice or cash receipt (`FactuurEnContantbon`).
        Invoice = "FactuurEnContantbon",
    }
}

words! {
    /// Which goods leave stock first (`voorraadSysteem`).
    pub enum StockSystem {
        /// The oldest.
        Fifo = "Fifo",
        /// The newest.
        Lifo = "Lifo",
    }
}

words! {
    /// When purchases reach stock (`momentVoorraadBijwerken`).
    pub enum StockMoment {
        /// With the goods (`BijBoekenOntvangst`).
        Receipt = "BijBoekenOntvangst",
        /// With the invoice (`BijBoekenInkoopfactuur`).
        Invoice = "BijBoekenInkoopfactuur",
    }
}
