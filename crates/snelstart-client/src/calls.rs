//! Handles and calls that several resources have alike, declared once.

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

/// Declares the calls of a resource whose records are verified before they are
/// sent.
///
/// `$one` names a record with its article, `$wrong` says when it is refused
/// before sending; docs before `create` and `delete` are added to theirs.
macro_rules! verified_calls {
    (
        impl $Handle:ident, $one:literal as $record:ident: $Model:ident by $Id:ident, refused where $wrong:literal;

        get $get:path;
        $(#[$create_meta:meta])*
        create $create:path;
        replace $replace:path;
        $(#[$delete_meta:meta])*
        delete $delete:path;
    ) => {
        impl $Handle<'_> {
            #[doc = concat!("Fetches ", $one, ".")]
            ///
            /// # Errors
            ///
            /// `NotFound` where there is none with this id, and those of any call.
            pub async fn get(&self, id: &$Id) -> Result<$Model, ::api_core::Error> {
                self.client.get_model(&$get, &[&id.to_string()], &[]).await
            }

            #[doc = concat!("Creates ", $one, "; an id in it is not sent.")]
            ///
            /// It is sent once: with an unknown outcome, look for it before trying
            /// again.
            $(#[$create_meta])*
            ///
            /// # Errors
            ///
            #[doc = concat!("`Validation` where ", $wrong, ", before anything is")]
            /// sent, and those of any call.
            pub async fn create(&self, $record: &$Model) -> Result<$Model, ::api_core::Error> {
                $record.verify()?;
                self.client.post_model(&$create, &[], $record).await
            }

            #[doc = concat!("Replaces ", $one, " as a whole: what is not set may be emptied.")]
            ///
            /// # Errors
            ///
            #[doc = concat!("`Validation` where ", $wrong, ", before anything is")]
            /// sent, `NotFound`, and those of any call.
            pub async fn replace(
                &self,
                id: &$Id,
                $record: &$Model,
            ) -> Result<$Model, ::api_core::Error> {
                $record.verify()?;
                self.client
                    .put_model(&$replace, &[&id.to_string()], $record)
                    .await
            }

            #[doc = concat!("Deletes ", $one, ".")]
            $(#[$delete_meta])*
            ///
            /// # Errors
            ///
            /// `NotFound`, a refusal by the server, and those of any call.
            pub async fn delete(&self, id: &$Id) -> Result<(), ::api_core::Error> {
                self.client.delete_at(&$delete, &[&id.to_string()]).await
            }
        }
    };
}

pub(crate) use {handle, verified_calls};
