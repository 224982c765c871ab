//! Canonical field names, and typed views on the records that carry them.
//!
//! Every kind of record has a struct whose fields are all optional: a system gives what it has.
//! [`View::from_fields`] reads a record into it, [`View::into_fields`] turns it back; unknown
//! fields live on in the record itself.

use std::collections::BTreeMap;

use api_core::{Date, Timestamp};
use rust_decimal::Decimal;

use crate::{EntityKind, FieldName, Fields, Ref, Value};

/// A field whose value has another type than its name asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("field `{field}` should be {expected}, not {found}")]
pub struct FieldTypeError {
    /// The field.
    pub field: String,
    /// What it should be.
    pub expected: &'static str,
    /// What it is.
    pub found: &'static str,
}

/// A type that a field of a view can have.
pub trait FieldType: Sized {
    /// Its name, for messages.
    const EXPECTED: &'static str;

    /// Reads a value; `None` when it has another type.
    fn from_value(value: &Value) -> Option<Self>;

    /// Makes a value.
    fn into_value(self) -> Value;
}

macro_rules! field_type {
    ($($type:ty, $expected:literal, $pattern:pat => $read:expr;)*) => {$(
        impl FieldType for $type {
            const EXPECTED: &'static str = $expected;

            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    $pattern => $read,
                    _ => None,
                }
            }

            fn into_value(self) -> Value {
                Value::from(self)
            }
        }
    )*};
}

field_type! {
    String, "text", Value::Text(text) => Some(text.clone());
    bool, "a boolean", Value::Bool(b) => Some(*b);
    i64, "a whole number", Value::Int(n) => Some(*n);
    Date, "a date", Value::Date(date) => Some(*date);
    Timestamp, "a time stamp", Value::Timestamp(at) => Some(*at);
    Ref, "a reference", Value::Ref(reference) => Some(reference.clone());
}

impl FieldType for Decimal {
    const EXPECTED: &'static str = "a decimal number";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Decimal(d) => Some(*d),
            Value::Int(n) => Some(Decimal::from(*n)),
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        Value::Decimal(self)
    }
}

impl<T: FieldType> FieldType for Vec<T> {
    const EXPECTED: &'static str = "a list";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::List(items) => items.iter().map(T::from_value).collect(),
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(T::into_value).collect())
    }
}

impl FieldType for BTreeMap<String, Value> {
    const EXPECTED: &'static str = "a map";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Map(map) => Some(map.clone()),
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        Value::Map(self)
    }
}

/// One canonical field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldSpec {
    /// Its name.
    pub name: &'static str,
    /// What it holds, for messages ("text", "a decimal number").
    pub expected: &'static str,
}

/// A typed view on the fields of one kind of record.
pub trait View: Sized + Default {
    /// The kind of record.
    const ENTITY: EntityKind;
    /// Its fields.
    const SCHEMA: &'static [FieldSpec];

    /// Reads the fields it knows.
    fn from_fields(fields: &Fields) -> Result<Self, FieldTypeError>;

    /// Turns it into fields; what is `None` is left out.
    fn into_fields(self) -> Fields;
}

macro_rules! views {
    ($(
        $(#[$doc:meta])*
        $name:ident ($kind:ident) { $( $(#[$field_doc:meta])* $field:ident: $type:ty, )* }
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct $name {
            $( $(#[$field_doc])* pub $field: Option<$type>, )*
        }

        impl View for $name {
            const ENTITY: EntityKind = EntityKind::$kind;
            const SCHEMA: &'static [FieldSpec] = &[
                $( FieldSpec { name: stringify!($field), expected: <$type as FieldType>::EXPECTED }, )*
            ];

            fn from_fields(fields: &Fields) -> Result<Self, FieldTypeError> {
                Ok(Self { $( $field: read(fields, stringify!($field))?, )* })
            }

            fn into_fields(self) -> Fields {
                let mut fields = Fields::new();
                $( if let Some(value) = self.$field {
                    fields.set(FieldName::known(stringify!($field)), value.into_value());
                } )*
                fields
            }
        }
    )*

        /// The canonical fields of a kind of record.
        pub fn schema(kind: EntityKind) -> &'static [FieldSpec] {
            match kind {
                $( EntityKind::$kind => $name::SCHEMA, )*
            }
        }
    };
}

macro_rules! parts {
    ($(
        $(#[$doc:meta])*
        $name:ident { $( $(#[$field_doc:meta])* $field:ident: $type:ty, )* }
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct $name {
            $( $(#[$field_doc])* pub $field: Option<$type>, )*
        }

        impl FieldType for $name {
            const EXPECTED: &'static str = "a map";

            fn from_value(value: &Value) -> Option<Self> {
                let Value::Map(map) = value else { return None };
                Some(Self { $( $field: match map.get(stringify!($field)) {
                    None | Some(Value::Null) => None,
                    Some(value) => Some(<$type>::from_value(value)?),
                }, )* })
            }

            fn into_value(self) -> Value {
                let mut map = BTreeMap::new();
                $( if let Some(value) = self.$field {
                    map.insert(stringify!($field).to_owned(), value.into_value());
                } )*
                Value::Map(map)
            }
        }
    )*};
}

fn read<T: FieldType>(fields: &Fields, name: &str) -> Result<Option<T>, FieldTypeError> {
    match fields.get(name) {
        Value::Null => Ok(None),
        value => T::from_value(value)
            .map(Some)
            .ok_or_else(|| FieldTypeError {
                field: name.to_owned(),
                expected: T::EXPECTED,
                found: value.type_name(),
            }),
    }
}

parts! {
    /// A postal address.
    Address {
        /// Street and house number.
        street: String,
        /// Town.
        city: String,
        /// Province, county or state.
        state: String,
        /// Postal code.
        postal_code: String,
        /// Country, ISO 3166 two-letter code.
        country: String,
    }
    /// A tax on a line.
    LineTax {
        /// Its name.
        name: String,
        /// Its rate in percent.
        rate: Decimal,
    }
    /// A line of an invoice or order.
    Line {
        /// What is sold.
        description: String,
        /// More about it.
        long_description: String,
        /// How many.
        quantity: Decimal,
        /// The price of one, without tax, in the document's currency.
        unit_price: Decimal,
        /// What is counted ("hour").
        unit: String,
        /// The product, where it is one.
        product: Ref,
        /// The taxes on it.
        taxes: Vec<LineTax>,
    }
    /// A payment as part of its invoice.
    InvoicePayment {
        /// The source's own id of the payment.
        id: String,
        /// How much, in the invoice's currency.
        amount: Decimal,
        /// When.
        date: Date,
        /// How ("bank transfer").
        mode: String,
        /// The bank's or gateway's id.
        transaction_id: String,
        /// A remark.
        note: String,
    }
}

views! {
    /// A group that products belong to.
    ProductGroup (ProductGroup) {
        /// Its name.
        name: String,
    }
    /// A product or service.
    Product (Product) {
        /// The article code.
        code: String,
        /// What it is called.
        name: String,
        /// More about it.
        description: String,
        /// The price of one, without tax.
        price: Decimal,
        /// Currency of the price, ISO 4217.
        currency: String,
        /// What is counted.
        unit: String,
        /// Its group.
        group: Ref,
        /// The taxes on it.
        taxes: Vec<LineTax>,
        /// Whether it is sold.
        active: bool,
        /// Fields of the owner's own, by their slug.
        custom_fields: BTreeMap<String, Value>,
    }
    /// A company or person that is sold to.
    Customer (Customer) {
        /// The number that the business knows it by.
        number: String,
        /// Name of the company, or of the person.
        name: String,
        /// Whether it is a person, not a company.
        is_person: bool,
        /// Electronic mail.
        email: String,
        /// Telephone.
        phone: String,
        /// Web site.
        website: String,
        /// VAT number.
        vat_number: String,
        /// Number in the trade register (KvK, CUI).
        registration_number: String,
        /// Where it is.
        address: Address,
        /// Where invoices go.
        billing_address: Address,
        /// Where goods go.
        shipping_address: Address,
        /// Its currency, ISO 4217.
        currency: String,
        /// Its language.
        language: String,
        /// Names of the groups it is in.
        groups: Vec<String>,
        /// Whether it is in use.
        active: bool,
        /// When it was entered.
        created_at: Timestamp,
        /// Fields of the owner's own, by their slug.
        custom_fields: BTreeMap<String, Value>,
    }
    /// A person who works for, or is, a customer.
    Contact (Contact) {
        /// The customer.
        customer: Ref,
        /// First name.
        first_name: String,
        /// Last name.
        last_name: String,
        /// Electronic mail.
        email: String,
        /// Telephone.
        phone: String,
        /// Position.
        title: String,
        /// Whether it is the customer's first contact.
        primary: bool,
        /// Whether it is in use.
        active: bool,
        /// When it was entered.
        created_at: Timestamp,
        /// Fields of the owner's own, by their slug.
        custom_fields: BTreeMap<String, Value>,
    }
    /// A prospect.
    Lead (Lead) {
        /// The person's or the company's name.
        name: String,
        /// Position.
        title: String,
        /// Company.
        company: String,
        /// Electronic mail.
        email: String,
        /// Telephone.
        phone: String,
        /// Web site.
        website: String,
        /// Where it is.
        address: Address,
        /// How far it is, by name.
        status: String,
        /// Where it came from, by name.
        source: String,
        /// E-mail of the member of staff who has it.
        assigned_to: String,
        /// What it may be worth.
        value: Decimal,
        /// Whether it was lost.
        lost: bool,
        /// Whether it is junk.
        junk: bool,
        /// The customer it came from.
        customer: Ref,
        /// Remarks.
        description: String,
        /// When it was last spoken to.
        last_contact_at: Timestamp,
        /// When it was entered.
        created_at: Timestamp,
        /// Fields of the owner's own, by their slug.
        custom_fields: BTreeMap<String, Value>,
    }
    /// A project.
    Project (Project) {
        /// What it is called.
        name: String,
        /// For whom.
        customer: Ref,
        /// `not_started`, `in_progress`, `on_hold`, `finished`, `cancelled`, or the source's own word.
        status: String,
        /// `fixed`, `project_hours`, `task_hours`.
        billing_type: String,
        /// First day.
        start_date: Date,
        /// Last day agreed.
        deadline: Date,
        /// When it was finished.
        finished_at: Timestamp,
        /// How much is done, in percent.
        progress: i64,
        /// The agreed price.
        cost: Decimal,
        /// The price of an hour.
        hourly_rate: Decimal,
        /// Hours expected.
        estimated_hours: Decimal,
        /// What it is about.
        description: String,
        /// The day it was entered.
        created_on: Date,
        /// Fields of the owner's own, by their slug.
        custom_fields: BTreeMap<String, Value>,
    }
    /// A support ticket.
    Ticket (Ticket) {
        /// What it is about.
        subject: String,
        /// Whose it is.
        customer: Ref,
        /// Who asked.
        contact: Ref,
        /// The project it belongs to.
        project: Ref,
        /// Name of who asked, where that is no contact.
        requester_name: String,
        /// E-mail of who asked, where that is no contact.
        requester_email: String,
        /// Department, by name.
        department: String,
        /// Priority, by name.
        priority: String,
        /// Status, by name.
        status: String,
        /// Service, by name.
        service: String,
        /// The first message, in HTML.
        message: String,
        /// E-mail of the member of staff who has it.
        assigned_to: String,
        /// When it was opened.
        created_at: Timestamp,
        /// When it was last answered.
        last_reply_at: Timestamp,
        /// Fields of the owner's own, by their slug.
        custom_fields: BTreeMap<String, Value>,
    }
    /// A discount for a group of customers.
    Discount (Discount) {
        /// The group of customers, by name.
        customer_group: String,
        /// The product it is for.
        product: Ref,
        /// The group of products it is for.
        product_group: Ref,
        /// The discount in percent.
        percent: Decimal,
        /// First day.
        valid_from: Date,
        /// Last day.
        valid_until: Date,
    }
    /// The stock of a product in a warehouse.
    Stock (Stock) {
        /// The product.
        product: Ref,
        /// The warehouse, by name.
        warehouse: String,
        /// How many.
        quantity: Decimal,
    }
    /// A sales order.
    Order (Order) {
        /// Its number.
        number: String,
        /// For whom.
        customer: Ref,
        /// The customer's own reference.
        reference: String,
        /// When it was made.
        date: Date,
        /// Until when it holds.
        expiry_date: Date,
        /// Currency, ISO 4217.
        currency: String,
        /// Status, by name.
        status: String,
        /// Sum of the lines without tax.
        subtotal: Decimal,
        /// Discount as an amount.
        discount: Decimal,
        /// Correction as an amount.
        adjustment: Decimal,
        /// Sum of the taxes.
        tax_total: Decimal,
        /// What is to be paid.
        total: Decimal,
        /// The lines.
        lines: Vec<Line>,
        /// A remark.
        note: String,
        /// Fields of the owner's own, by their slug.
        custom_fields: BTreeMap<String, Value>,
    }
    /// A sales invoice.
    Invoice (Invoice) {
        /// The printed number.
        number: String,
        /// For whom.
        customer: Ref,
        /// The project it belongs to.
        project: Ref,
        /// Invoice date.
        date: Date,
        /// To be paid by.
        due_date: Date,
        /// Currency, ISO 4217.
        currency: String,
        /// `unpaid`, `paid`, `partially_paid`, `overdue`, `cancelled`, `draft`, or the source's own word.
        status: String,
        /// Sum of the lines without tax.
        subtotal: Decimal,
        /// Discount as an amount.
        discount: Decimal,
        /// Correction as an amount.
        adjustment: Decimal,
        /// Sum of the taxes.
        tax_total: Decimal,
        /// What is to be paid in all.
        total: Decimal,
        /// What is still to be paid; negative where more was paid than the total.
        balance: Decimal,
        /// The lines.
        lines: Vec<Line>,
        /// Payments received.
        payments: Vec<InvoicePayment>,
        /// A remark for the customer.
        note: String,
        /// Terms.
        terms: String,
        /// When it was entered.
        created_at: Timestamp,
        /// Fields of the owner's own, by their slug.
        custom_fields: BTreeMap<String, Value>,
    }
    /// Money received for an invoice.
    Payment (Payment) {
        /// The invoice.
        invoice: Ref,
        /// How much, in the invoice's currency.
        amount: Decimal,
        /// When.
        date: Date,
        /// How.
        mode: String,
        /// The bank's or gateway's id.
        transaction_id: String,
        /// A remark.
        note: String,
    }
}
