//! The API's own error codes.

use std::fmt;

use api_core::Error;

macro_rules! codes {
    ($($(#[$meta:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        /// A code of the API (vendor documentation), or one of this client's own
        /// for answers that carry none.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$meta])* $variant,)+
            /// Any other code, kept as it is.
            Other(String),
        }

        impl Code {
            /// Returns the code as it is written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for Code {
            fn from(word: &str) -> Self {
                $(if word.eq_ignore_ascii_case($word) {
                    return Self::$variant;
                })+
                Self::Other(word.to_owned())
            }
        }

        #[cfg(test)]
        const ALL: &[Code] = &[$(Code::$variant),+];
    };
}

codes! {
    /// The subscription key is refused; its owner is who runs this software.
    SubscriptionRejected = "subscription_rejected",
    /// The koppelsleutel is refused; its owner is the customer.
    ConnectionKeyRejected = "connection_key_rejected",
    /// The bearer token is refused although it is new.
    TokenRejected = "token_rejected",
    /// The koppelsleutel has no right to this.
    ScopeMissing = "scope_missing",
    /// `ALG-0100`: a new record has an id.
    IdNotEmpty = "ALG-0100",
    /// `ALG-0101`: the id in the address is another than in the body.
    IdMismatch = "ALG-0101",
    /// `ALG-0102`: unknown record.
    Unknown = "ALG-0102",
    /// `ALG-0103`: not an id.
    BadId = "ALG-0103",
    /// `ALG-0104`: a filter that cannot be read.
    BadFilter = "ALG-0104",
    /// `ALG-0105`: the record is inactive.
    Inactive = "ALG-0105",
    /// `ALG-0106`: the body is empty.
    EmptyBody = "ALG-0106",
    /// `ART-0001`: unknown article.
    ArticleUnknown = "ART-0001",
    /// `ART-0002`: an article needs a code.
    ArticleCodeMissing = "ART-0002",
    /// `ART-0003`: the article's code is not numeric.
    ArticleCodeNotNumeric = "ART-0003",
    /// `ART-0004`: the article's code is too long.
    ArticleCodeTooLong = "ART-0004",
    /// `ART-0005`: the article's code exists.
    ArticleCodeExists = "ART-0005",
    /// `ART-0018`: the article's relation is deleted or inactive.
    ArticleRelationInactive = "ART-0018",
    /// `BLG-0005`: the record that an attachment belongs to is not found.
    AttachmentParentUnknown = "BLG-0005",
    /// `BLG-0006`: an attachment is larger than 10 MB.
    AttachmentTooLarge = "BLG-0006",
    /// `BLG-0011`: an attachment is empty.
    AttachmentEmpty = "BLG-0011",
    /// `BLG-0015`: an attachment could not be stored.
    AttachmentFailed = "BLG-0015",
    /// `BOE-0001`: unknown booking.
    BookingUnknown = "BOE-0001",
    /// `BOE-0021`: the invoice's number exists.
    InvoiceNumberExists = "BOE-0021",
    /// `BOE-0022`: the ledger account needs a cost centre.
    CostCentreMissing = "BOE-0022",
    /// `BOE-0023`: a booking without lines.
    NoLines = "BOE-0023",
    /// `BOE-0028`: a line of 0.
    ZeroLine = "BOE-0028",
    /// `BOE-0033`: the date is more than five years back.
    DateTooOld = "BOE-0033",
    /// `BOE-0039`: lines and VAT are not the amount of the invoice.
    NotBalanced = "BOE-0039",
    /// `BOE-0042`: the period is blocked.
    PeriodBlocked = "BOE-0042",
    /// `BOE-0046`: the booking is part of a VAT return.
    InVatReturn = "BOE-0046",
    /// `BOE-0047`: the booking belongs to a sales invoice.
    BelongsToInvoice = "BOE-0047",
    /// `BOE-0051`: the accountant locked it.
    LockedByAccountant = "BOE-0051",
    /// `BOE-0054`: the relation is inactive.
    BookingRelationInactive = "BOE-0054",
    /// `BOE-0058`: the invoice's number is missing or too long.
    InvoiceNumberInvalid = "BOE-0058",
    /// `BOE-0060`: the relation is no customer.
    NotACustomer = "BOE-0060",
    /// `BOE-0061`: the ledger account is not allowed here.
    LedgerNotAllowed = "BOE-0061",
    /// `BOE-0062`: reverse-charged VAT stands next to other VAT.
    ReverseChargeMixed = "BOE-0062",
    /// `BOE-0069`: the VAT is wrong.
    VatWrong = "BOE-0069",
    /// `BOE-0080`: revenue within the EU is not allowed here.
    EuRevenueNotAllowed = "BOE-0080",
    /// `BOE-0082`: the kind of VAT does not fit the ledger account.
    VatKindMismatch = "BOE-0082",
    /// `BOE-0083`: the booking has payments.
    HasPayments = "BOE-0083",
    /// `BOE-0091`: one of debit and credit must be 0.
    DebitAndCredit = "BOE-0091",
    /// `BOE-0094`: a journal booking needs two lines.
    TooFewLines = "BOE-0094",
    /// `BOE-0095`: unknown journal.
    JournalUnknown = "BOE-0095",
    /// `BTW-0001`: the VAT return is accepted already.
    VatReturnAccepted = "BTW-0001",
    /// `BTW-0002`: the VAT return gets no status.
    VatReturnStatusMissing = "BTW-0002",
    /// `KPL-0005`: the cost centre's description is too long.
    CostCentreDescription = "KPL-0005",
    /// `KPL-0007`: the cost centre's number is out of range.
    CostCentreNumberInvalid = "KPL-0007",
    /// `KPL-0008`: the cost centre's number exists.
    CostCentreNumberExists = "KPL-0008",
    /// `REL-0001`: a relation needs a kind.
    RelationKindMissing = "REL-0001",
    /// `REL-0005`: unknown relation.
    RelationUnknown = "REL-0005",
    /// `REL-0007`: the relation's name is missing or too long.
    RelationNameInvalid = "REL-0007",
    /// `REL-0008`: the relation's code is in use.
    RelationCodeInUse = "REL-0008",
    /// `REL-0011`: the IBAN is wrong.
    InvalidIban = "REL-0011",
    /// `REL-0048`: the own administration cannot be written.
    OwnRelation = "REL-0048",
    /// `REL-0060`: the address is incomplete.
    AddressIncomplete = "REL-0060",
    /// `REL-0063`: a new relation has an id.
    RelationIdNotEmpty = "REL-0063",
    /// `REL-0064`: the relation's kind cannot change.
    RelationKindFixed = "REL-0064",
    /// `REL-0065`: not both customer and supplier.
    RelationKindsExclusive = "REL-0065",
    /// `REL-0087`: the VAT number is of another country than the address.
    VatNumberOtherCountry = "REL-0087",
    /// `REL-0088`: the VAT number is invalid.
    InvalidVatNumber = "REL-0088",
    /// `VOR-0002`: the relation of an order is no customer.
    OrderNotACustomer = "VOR-0002",
    /// `VOR-0005`: a new order has a number.
    OrderNumberNotEmpty = "VOR-0005",
    /// `VOR-0014`: the order has purchase orders.
    OrderHasPurchaseOrders = "VOR-0014",
}

impl Code {
    /// Reads the code of an error; `None` when it has none.
    ///
    /// ```
    /// use snelstart_client::{Code, Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Conflict, "The number exists.").code("BOE-0021");
    /// assert_eq!(Code::of(&error), Some(Code::InvoiceNumberExists));
    /// ```
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        error.code_str().map(Self::from)
    }

    /// Whether the API says that there is such a record already.
    #[must_use]
    pub fn exists(&self) -> bool {
        matches!(
            self,
            Self::InvoiceNumberExists
                | Self::RelationCodeInUse
                | Self::ArticleCodeExists
                | Self::CostCentreNumberExists
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back_from_its_own_word() {
        for code in ALL {
            assert_eq!(Code::from(code.as_str()), *code);
        }
        let other = Code::from("BOE-9999");
        assert_eq!(other, Code::Other("BOE-9999".to_owned()));
        assert_eq!(other.as_str(), "BOE-9999");
    }
}
