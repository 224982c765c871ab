//! What a ledger account is for.

use crate::model::words;

words! {
    /// What a ledger account is for (`grootboekfunctie`).
    ///
    /// The server allows a line only on an account whose function fits its VAT
    /// rate (vendor documentation, BOE-0061 and BOE-0082).
    pub enum LedgerFunction {
        /// Anything else (`Diversen`).
        Miscellaneous = "Diversen",
        /// Behind a cash journal (`DagboekKas`).
        CashJournal = "DagboekKas",
        /// Behind a bank journal (`DagboekBank`).
        BankJournal = "DagboekBank",
        /// Behind a giro journal (`DagboekGiro`).
        GiroJournal = "DagboekGiro",
        /// Behind the sales journal: the debtors (`DagboekVerkoop`).
        SalesJournal = "DagboekVerkoop",
        /// Behind the purchase journal: the creditors (`DagboekInkoop`).
        PurchaseJournal = "DagboekInkoop",
        /// Behind a memorial journal (`DagboekMemoriaal`).
        MemorialJournal = "DagboekMemoriaal",
        /// Behind the opening balance (`DagboekBalans`).
        BalanceJournal = "DagboekBalans",
        /// Turnover untaxed or with reverse charge (`VerkopenOmzetOnbelastVerlegd`).
        SalesUntaxedOrReversed = "VerkopenOmzetOnbelastVerlegd",
        /// Turnover at the reduced rate (`VerkopenOmzetLaag`).
        SalesLow = "VerkopenOmzetLaag",
        /// Turnover at the standard rate (`VerkopenOmzetHoog`).
        SalesHigh = "VerkopenOmzetHoog",
        /// Turnover at another rate (`VerkopenOmzetOverig`).
        SalesOther = "VerkopenOmzetOverig",
        /// Turnover free of VAT (`VerkopenBtwVrij`).
        SalesExempt = "VerkopenBtwVrij",
        /// VAT owed at the reduced rate (`BtwAfteDragenLaag`).
        VatPayableLow = "BtwAfteDragenLaag",
        /// VAT owed at the standard rate (`BtwAfTeDragenHoog`).
        VatPayableHigh = "BtwAfTeDragenHoog",
        /// VAT owed at another rate (`BtwAfTeDragenOverig`).
        VatPayableOther = "BtwAfTeDragenOverig",
        /// VAT owed, reversed, sales (`BtwAfTeDragenVerlegdVerkopen`).
        VatPayableReversedSales = "BtwAfTeDragenVerlegdVerkopen",
        /// VAT claimed back, reversed (`BtwTeVorderenVerlegd`).
        VatClaimableReversed = "BtwTeVorderenVerlegd",
        /// VAT owed, reduced rate, margin scheme (`BtwAfteDragenLaagGlobalisatie`).
        VatPayableLowMargin = "BtwAfteDragenLaagGlobalisatie",
        /// VAT owed, standard rate, margin scheme (`BtwAfTeDragenHoogGlobalisatie`).
        VatPayableHighMargin = "BtwAfTeDragenHoogGlobalisatie",
        /// VAT owed, another rate, margin scheme (`BtwAfTeDragenOverigGlobalisatie`).
        VatPayableOtherMargin = "BtwAfTeDragenOverigGlobalisatie",
        /// Costs at any VAT rate (`InkopenKostenAlleBtwTarieven`).
        PurchasesAnyRate = "InkopenKostenAlleBtwTarieven",
        /// Costs at the reduced rate (`InkopenKostenLaag`).
        PurchasesLow = "InkopenKostenLaag",
        /// Costs at the standard rate (`InkopenKostenHoog`).
        PurchasesHigh = "InkopenKostenHoog",
        /// Costs at another rate (`InkopenKostenOverig`).
        PurchasesOther = "InkopenKostenOverig",
        /// Costs to be asked about (`InkopenVraagPosten`).
        PurchasesQuestions = "InkopenVraagPosten",
        /// VAT claimed back at the reduced rate (`BtwTeVorderenLaag`).
        VatClaimableLow = "BtwTeVorderenLaag",
        /// VAT claimed back at the standard rate (`BtwTeVorderenHoog`).
        VatClaimableHigh = "BtwTeVorderenHoog",
        /// VAT claimed back at another rate (`BtwTeVorderenOverig`).
        VatClaimableOther = "BtwTeVorderenOverig",
        /// VAT owed, reversed, purchases (`BtwAfTeDragenVerlegdInkopen`).
        VatPayableReversedPurchases = "BtwAfTeDragenVerlegdInkopen",
        /// VAT claimed back, reversed, purchases (`BtwTeVorderenVerlegdInkopen`).
        VatClaimableReversedPurchases = "BtwTeVorderenVerlegdInkopen",
        /// Import within the EU, reduced rate (`InkopenImportBinnenEUlaag`).
        ImportInsideEuLow = "InkopenImportBinnenEUlaag",
        /// Import within the EU, standard rate (`InkopenImportBinnenEUhoog`).
        ImportInsideEuHigh = "InkopenImportBinnenEUhoog",
        /// Import within the EU, another rate (`InkopenImportBinnenEUoverig`).
        ImportInsideEuOther = "InkopenImportBinnenEUoverig",
        /// Import from outside the EU, reduced rate (`InkopenImportBuitenEUlaag`).
        ImportOutsideEuLow = "InkopenImportBuitenEUlaag",
        /// Import from outside the EU, standard rate (`InkopenImportBuitenEUhoog`).
        ImportOutsideEuHigh = "InkopenImportBuitenEUhoog",
        /// Import from outside the EU, another rate (`InkopenImportBuitenEUoverig`).
        ImportOutsideEuOther = "InkopenImportBuitenEUoverig",
        /// Export within the EU (`VerkopenExportBinnenEU`).
        ExportInsideEu = "VerkopenExportBinnenEU",
        /// Export out of the EU (`VerkopenExportBuitenEU`).
        ExportOutsideEu = "VerkopenExportBuitenEU",
        /// Bad debts (`OninbareVorderingen`).
        BadDebts = "OninbareVorderingen",
        /// Corrections (`HerrekeningCorrecties`).
        Corrections = "HerrekeningCorrecties",
        /// Installation and distance sales within the EU (`InstallatieTeleverkoopBinnenEUgeen`).
        DistanceSalesInsideEu = "InstallatieTeleverkoopBinnenEUgeen",
        /// Car tax on sales (`BpmVerkopen`).
        CarTaxSales = "BpmVerkopen",
        /// Car tax on purchases (`BpmInkopen`).
        CarTaxPurchases = "BpmInkopen",
        /// Car tax in stock (`BpmVoorraad`).
        CarTaxStock = "BpmVoorraad",
        /// Services within the EU (`DienstverleningBinnenEU`).
        ServicesInsideEu = "DienstverleningBinnenEU",
        /// Sales by margin scheme, reduced rate (`VerkoopGlobalisatieLaag`).
        MarginSalesLow = "VerkoopGlobalisatieLaag",
        /// Sales by margin scheme, standard rate (`VerkoopGlobalisatieHoog`).
        MarginSalesHigh = "VerkoopGlobalisatieHoog",
        /// Sales by margin scheme, another rate (`VerkoopGlobalisatieOverig`).
        MarginSalesOther = "VerkoopGlobalisatieOverig",
        /// Purchases by margin scheme, reduced rate (`InkoopGlobalisatieLaag`).
        MarginPurchasesLow = "InkoopGlobalisatieLaag",
        /// Purchases by margin scheme, standard rate (`InkoopGlobalisatieHoog`).
        MarginPurchasesHigh = "InkoopGlobalisatieHoog",
        /// Purchases by margin scheme, another rate (`InkoopGlobalisatieOverig`).
        MarginPurchasesOther = "InkoopGlobalisatieOverig",
        /// VAT of the margin scheme (`BtwGlobalisatie`).
        MarginVat = "BtwGlobalisatie",
        /// Credit surcharge on sales (`KredietbeperkingVerkopen`).
        CreditSurchargeSales = "KredietbeperkingVerkopen",
        /// Credit surcharge on purchases (`KredietbeperkingInkopen`).
        CreditSurchargePurchases = "KredietbeperkingInkopen",
        /// Discount for prompt payment (`Betalingskorting`).
        PaymentDiscount = "Betalingskorting",
        /// Payments on their way (`TussenrekeningBetalingen`).
        PaymentsInTransit = "TussenrekeningBetalingen",
        /// Payments nobody knows (`OnbekendeBetalingen`).
        UnknownPayments = "OnbekendeBetalingen",
        /// Transfers between own accounts (`Kruisposten`).
        Transfers = "Kruisposten",
        /// Paid in cash (`ContanteBetaling`).
        CashPayment = "ContanteBetaling",
        /// Paid by card (`ElectronischeBetaling`).
        ElectronicPayment = "ElectronischeBetaling",
        /// The profit of the year (`Winstboeking`).
        ProfitBooking = "Winstboeking",
    }
}
