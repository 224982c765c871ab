//! Handles of resources, declared once.

/// Declares the handle of a resource and the way to it from a client; `$many`
/// names its records.
macro_rules! handle {
    (
        $(#[$meta:meta])*
        pub fn $method:ident -> $Handle:ident, $many:literal;
    ) => {
        #[doc = concat!(
            $many, "; see [`Client::", stringify!($method), "`](crate::Client::", stringify!($method), ")."
        )]
        #[derive(Debug, Clone, Copy)]
        pub struct $Handle<'c> {
            client: &'c $crate::client::Client,
        }

        impl $crate::client::Client {
            $(#[$meta])*
            #[must_use]
            pub fn $method(&self) -> $Handle<'_> {
                $Handle { client: self }
            }
        }
    };
}

pub(crate) use handle;
