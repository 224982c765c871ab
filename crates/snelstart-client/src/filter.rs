//! Filters in OData version 3, built from the typed fields.
//!
//! A property's name is its wire name with the first letter in upper case; the
//! server knows no other spelling (measured by client authors). Every predicate
//! can also be checked on a record here, because some lists ignore filters.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Not;

use api_core::Json;

mod literal;
mod matching;
mod property;

pub use literal::{Literal, Value};
pub use property::{Collection, Path, Property};

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Compare {
    fn word(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }
}

/// What a filter is made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Compare(Path, Compare, Value),
    Null(Path, bool),
    StartsWith(Path, String),
    Contains(Path, String),
    Year(Path, Compare, i32),
    Any(Path, u8, Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Raw(String),
}

/// A condition on records of type `M`.
///
/// ```
/// use snelstart_client::{Filter, filter::example::Customer};
///
/// let customer = Customer::fields();
/// let filter = customer.name().starts_with("O'Brien").and(customer.code().gt(0));
/// assert_eq!(
///     filter.to_string(),
///     "(startswith(Naam,'O''Brien') eq true) and (Relatiecode gt 0)"
/// );
/// # let _: Filter<Customer> = filter;
/// ```
pub struct Filter<M> {
    node: Node,
    records: PhantomData<fn() -> M>,
}

impl<M> Clone for Filter<M> {
    fn clone(&self) -> Self {
        Self::of(self.node.clone())
    }
}

impl<M> PartialEq for Filter<M> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl<M> fmt::Debug for Filter<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&self.to_string()).finish()
    }
}

impl<M> Filter<M> {
    pub(crate) fn of(node: Node) -> Self {
        Self {
            node,
            records: PhantomData,
        }
    }

    /// A filter in the API's own words; it is not checked on records here.
    #[must_use]
    pub fn raw(text: impl Into<String>) -> Self {
        Self::of(Node::Raw(text.into()))
    }

    /// Both conditions.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::of(Node::And(Box::new(self.node), Box::new(other.node)))
    }

    /// Either condition, or both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::of(Node::Or(Box::new(self.node), Box::new(other.node)))
    }

    /// The contrary.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "`!filter` works too; this reads better at the end of a chain"
    )]
    pub fn not(self) -> Self {
        Self::of(Node::Not(Box::new(self.node)))
    }

    /// Any of several conditions; `None` when there are none.
    ///
    /// However many there are, few stand within each other.
    #[must_use]
    pub fn any_of(filters: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut filters: Vec<Self> = filters.into_iter().collect();
        while filters.len() > 1 {
            let mut halves = filters.into_iter();
            filters = Vec::new();
            while let Some(one) = halves.next() {
                filters.push(match halves.next() {
                    Some(other) => one.or(other),
                    None => one,
                });
            }
        }
        filters.pop()
    }

    /// Whether a record of the API, as JSON, may meet the condition.
    ///
    /// `false` only where that is certain: what is missing, of another type, or
    /// differs in case alone, may be judged otherwise by the server.
    #[must_use]
    pub fn matches(&self, record: &Json) -> bool {
        matching::judge(&self.node, record) != matching::Truth::No
    }
}

impl<M> Not for Filter<M> {
    type Output = Self;

    fn not(self) -> Self {
        Self::of(Node::Not(Box::new(self.node)))
    }
}

impl<M> fmt::Display for Filter<M> {
    /// The text of `$filter`, not yet percent-encoded.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare(path, how, value) => write!(f, "{path} {} {value}", how.word()),
            Self::Null(path, true) => write!(f, "{path} eq null"),
            Self::Null(path, false) => write!(f, "{path} ne null"),
            Self::StartsWith(path, text) => {
                write!(f, "startswith({path},{}) eq true", literal::Quoted(text))
            }
            Self::Contains(path, text) => {
                write!(f, "substringof({},{path}) eq true", literal::Quoted(text))
            }
            Self::Year(path, how, year) => write!(f, "year({path}) {} {year}", how.word()),
            Self::Any(path, depth, inner) => {
                let item = property::item(*depth);
                write!(f, "{path}/any({item}:{inner})")
            }
            Self::And(left, right) => write!(f, "({left}) and ({right})"),
            Self::Or(left, right) => write!(f, "({left}) or ({right})"),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Raw(text) => f.write_str(text),
        }
    }
}

/// A record that stands in examples and tests of filters.
#[doc(hidden)]
pub mod example {
    use rust_decimal::Decimal;

    use crate::id::Ref;
    use crate::model::{ids, model, words};
    use crate::wall_time::WallTime;

    ids! {
        /// The id of an example.
        CustomerId "/examples"
    }

    words! {
        /// What an example is.
        pub enum Kind {
            /// A customer.
            Customer = "Klant",
            /// A supplier.
            Supplier = "Leverancier",
        }
    }

    model! {
        /// Where an example is.
        pub struct Place, fields PlaceFields, wire "Place" {
            /// The town.
            town: String = "plaats" [max 10],
            /// Another example.
            parent: Ref<CustomerId> = "land",
        }

        /// An example.
        pub struct Customer, fields CustomerFields, wire "Customer" {
            /// Its id.
            id: CustomerId = "id",
            /// Its name.
            name: String = "naam" [max 20, required],
            /// Its number.
            code: i32 = "relatiecode",
            /// What it owes.
            open: Decimal = "openstaandSaldo" [read_only],
            /// Whether it is inactive.
            inactive: bool = "nonactief",
            /// When it changed.
            modified_on: WallTime = "modifiedOn" [read_only],
            /// What it is.
            kinds: Vec<Kind> = "relatiesoort",
            /// Where it is.
            place: Place = "vestigingsAdres",
            /// Where else it is.
            places: Vec<Place> = "adressen",
            /// Its address.
            uri: String = "uri",
        }
    }
}
