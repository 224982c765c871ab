//! What can be chosen from.

/// The product of a subscription, which has limits of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ProductOf {
    /// For development and tests: 100 calls a minute, 1,000 an hour, 5 at once.
    Test,
    /// For one customer (*maatwerk*): 500 calls a minute, 5,000 an hour, 50 at once.
    #[default]
    Custom,
    /// For many customers (*productie*): as for one, for each administration.
    Production,
}

/// A kind of journal whose mutations are payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PaidBy {
    /// Bank statements.
    Bank,
    /// The cash box.
    Cash,
    /// Memorial entries, which may be corrections rather than payments.
    Memorial,
}

/// What happens to cents that the lines of an invoice do not account for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CentsBy {
    /// The invoice is set aside.
    #[default]
    Refuse,
    /// At most two cents are put on the largest line.
    LargestLine,
}

/// A sort of VAT on sales.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VatSort {
    /// The high rate (`Hoog`).
    High,
    /// The low rate (`Laag`).
    Low,
    /// Another rate (`Overig`).
    Other,
    /// No VAT (`Geen`).
    None,
    /// VAT that the buyer pays (`VerkopenVerlegd`).
    ReverseCharge,
}

/// What happens to a customer whose address is incomplete, which SnelStart refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AddressBy {
    /// The customer is set aside.
    #[default]
    Refuse,
    /// The customer is written without the address.
    LeaveOut,
}
