//! The parameters of lists.

use std::fmt;

use api_core::Json;

use crate::model::{Field, FieldInfo, FieldKind, Misread, Written};
use crate::operations::Operation;

/// The parameters that one list takes.
///
/// The macros of this crate implement it.
pub trait Filter: fmt::Debug + Clone + Default + PartialEq + Send + Sync {
    /// The name of its type in this crate.
    const NAME: &'static str;
    /// Its parameters.
    const PARAMS: &'static [FieldInfo];

    /// The operation that takes it.
    fn operation() -> &'static Operation;

    /// What is set, as it stands in the query.
    fn query(&self) -> Vec<(String, String)>;
}

/// Puts a parameter into a query; a list becomes one for each of its items.
pub(crate) fn push<T: Field>(query: &mut Vec<(String, String)>, name: &str, value: &T) {
    put(query, name, &value.write(Written::ToSend));
}

fn put(query: &mut Vec<(String, String)>, name: &str, json: &Json) {
    match json {
        Json::Null => {}
        Json::Text(text) => query.push((name.to_owned(), text.clone())),
        Json::List(items) => {
            for item in items {
                put(query, name, item);
            }
        }
        Json::Map(members) => {
            for (key, value) in members {
                put(query, &format!("{name}[{key}]"), value);
            }
        }
        plain @ (Json::Bool(_) | Json::Number(_)) => {
            query.push((name.to_owned(), plain.to_string()));
        }
    }
}

/// Declares the parameters of a list, with a setter for each:
///
/// ```text
/// filter! {
///     /// Which customers a list gives.
///     pub struct CustomerFilter for CUSTOMERS_LIST {
///         /// Free text.
///         query: String = "query",
///         /// These alone.
///         ids: Vec<CustomerId> = "id[]",
///         /// What it is sorted by: `.sort(("firstname", Order::Asc))`.
///         sort: Sort = "sort",
///     }
/// }
///
/// pub fn list(&self, filter: &CustomerFilter) -> List<'c, Customer> {
///     List::new(self.client, &ops::CUSTOMERS_LIST).params(filter.query())
/// }
/// ```
///
/// `for VENDORS_LIST` names the operation that takes them. Lists of values have
/// `[]` at the end of their wire name,
/// since that is how the server reads them (inferred).
macro_rules! filter {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident for $operation:ident {
            $(
                $(#[$fmeta:meta])*
                $field:ident: $type:ty = $param:literal
            ),* $(,)?
        }
    )+) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct $name {
            $( $field: Option<$type>, )*
        }

        impl $name {
            /// Asks for everything that the list gives by itself.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            $(
                $(#[$fmeta])*
                #[must_use]
                pub fn $field(mut self, value: impl Into<$type>) -> Self {
                    self.$field = Some(value.into());
                    self
                }
            )*
        }

        impl $crate::filter::Filter for $name {
            const NAME: &'static str = stringify!($name);
            const PARAMS: &'static [$crate::model::FieldInfo] = &[$(
                $crate::model::FieldInfo::new(
                    $param,
                    <$type as $crate::model::Field>::KIND,
                    false,
                    true,
                ),
            )*];

            fn operation() -> &'static $crate::operations::Operation {
                &$crate::operations::$operation
            }

            fn query(&self) -> Vec<(String, String)> {
                let mut query = Vec::new();
                $( if let Some(value) = &self.$field {
                    $crate::filter::push(&mut query, $param, value);
                } )*
                query
            }
        }
    )+ };
}

pub(crate) use filter;

/// Which way a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// Small to large.
    #[default]
    Asc,
    /// Large to small.
    Desc,
}

/// What a list is sorted by: a column and which way, as `firstname ASC`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sort(String);

impl Sort {
    /// Sorts by a column, by its wire name.
    #[must_use]
    pub fn by(column: &str, order: Order) -> Self {
        let order = match order {
            Order::Asc => "ASC",
            Order::Desc => "DESC",
        };
        Self(format!("{column} {order}"))
    }
}

impl From<(&str, Order)> for Sort {
    fn from((column, order): (&str, Order)) -> Self {
        Self::by(column, order)
    }
}

impl Field for Sort {
    const KIND: FieldKind = FieldKind::Text;

    fn read(json: &Json) -> Result<Self, Misread> {
        String::read(json).map(Self)
    }

    fn write(&self, _how: Written) -> Json {
        Json::from(self.0.as_str())
    }
}
