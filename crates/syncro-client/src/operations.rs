//! Every operation of the API, named once: the calls themselves use this table.
//!
//! Methods, paths and permissions are those of the OpenAPI document. A row is
//!
//! ```text
//! VENDORS_LIST = "vendors.list" GET "/vendors" ["Vendors - List/Search"] list;
//! ```
//!
//! with the constant the calls use, the name in errors and logs, the method, the
//! path with placeholders (filled in their order), the permissions (the OpenAPI
//! document's own texts, none where it names none), and options:
//!
//! - `list`: answers a list that has pages;
//! - `list since "since_updated_at"`: its parameter for what changed since a
//!   moment; whether the server honours it is for a probe to say;
//! - `once`: a write that must not be repeated although it is no `POST`;
//! - `repeatable`: a `POST` that does no harm when it is repeated;
//! - `text`: may answer plain text;
//! - `newer`: not in the stored OpenAPI document.
//!
//! `a.rs` holds customers, tickets, leads and what belongs to them, `b.rs`
//! money, stock, assets and the account.

use api_core::Safety;
use http::Method;

mod a;
mod b;

pub(crate) use a::*;
pub(crate) use b::*;

/// How a list tells what changed since a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangedFilter {
    /// It does not: all of it has to be read.
    None,
    /// By this parameter, where the server honours it.
    Param(&'static str),
}

/// One operation of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// Its name in errors, logs and exchanges, such as `customers.list`.
    pub name: &'static str,
    /// Its HTTP method.
    pub method: Method,
    /// Its path below the API's address, with placeholders.
    pub path: &'static str,
    /// The permissions that the OpenAPI document names.
    pub permissions: &'static [&'static str],
    /// Whether it answers a list that has pages.
    pub list: bool,
    /// How it tells what changed since a moment.
    pub changed: ChangedFilter,
    /// Whether it is not in the OpenAPI document of April 2026.
    pub newer: bool,
    pub(crate) once: bool,
    pub(crate) repeatable: bool,
    pub(crate) text: bool,
}

impl Operation {
    /// What may happen when it is sent twice.
    ///
    /// The API knows no key that would tell a repetition: a create is sent
    /// again only when it never left or was refused (measured by client
    /// authors).
    #[must_use]
    pub fn safety(&self) -> Safety {
        if self.repeatable || (self.method != Method::POST && !self.once) {
            Safety::Idempotent
        } else {
            Safety::Create
        }
    }
}

/// Reads the options of a row.
macro_rules! flag {
    ($flag:ident) => { false };
    (list list $($rest:tt)*) => { true };
    (once once $($rest:tt)*) => { true };
    (repeatable repeatable $($rest:tt)*) => { true };
    (text text $($rest:tt)*) => { true };
    (newer newer $($rest:tt)*) => { true };
    ($flag:ident $other:tt $($rest:tt)*) => { $crate::operations::flag!($flag $($rest)*) };
}

/// Reads the option `since`.
macro_rules! since {
    () => { $crate::operations::ChangedFilter::None };
    (since $param:literal $($rest:tt)*) => { $crate::operations::ChangedFilter::Param($param) };
    ($other:tt $($rest:tt)*) => { $crate::operations::since!($($rest)*) };
}

/// Declares operations and the table of them.
macro_rules! operations {
    ($(
        $name:ident = $called:literal $method:ident $path:literal
            [$($permission:literal),* $(,)?] $($option:ident $($param:literal)?)*;
    )+) => {
        $(pub(crate) static $name: $crate::operations::Operation =
            $crate::operations::Operation {
                name: $called,
                method: ::http::Method::$method,
                path: $path,
                permissions: &[$($permission),*],
                list: $crate::operations::flag!(list $($option $($param)?)*),
                changed: $crate::operations::since!($($option $($param)?)*),
                newer: $crate::operations::flag!(newer $($option $($param)?)*),
                once: $crate::operations::flag!(once $($option $($param)?)*),
                repeatable: $crate::operations::flag!(repeatable $($option $($param)?)*),
                text: $crate::operations::flag!(text $($option $($param)?)*),
            };)+

        /// The operations of this file.
        pub(super) static TABLE: &[&$crate::operations::Operation] = &[$(&$name),+];
    };
}

pub(crate) use {flag, operations, since};

/// Every operation.
pub(crate) fn all() -> impl Iterator<Item = &'static Operation> {
    a::TABLE.iter().chain(b::TABLE).copied()
}

/// Finds an operation by its name, such as `tickets.list`.
#[must_use]
pub fn operation(name: &str) -> Option<&'static Operation> {
    all().find(|operation| operation.name == name)
}

/// The operation that a method and the parts of a path lead to.
pub(crate) fn find(method: &Method, segments: &[&str]) -> Option<&'static Operation> {
    let fits = |operation: &&'static Operation| {
        let mut parts = operation.path.split('/').filter(|part| !part.is_empty());
        let mut given = segments.iter();
        loop {
            match (parts.next(), given.next()) {
                (None, None) => return true,
                (Some(part), Some(given)) if part == *given || part.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let exact = |operation: &&'static Operation| usize::MAX - operation.path.matches('{').count();
    all()
        .filter(|operation| operation.method == *method)
        .filter(fits)
        .max_by_key(exact)
}
