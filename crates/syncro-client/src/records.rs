//! The calls that most resources have alike, declared once.

use api_core::{Error, Json};

use crate::client::Client;
use crate::model::Model;
use crate::operations::Operation;

/// Declares calls of a resource: any of `list`, `get`, `create`, `update`,
/// `revise`, `changed` and `delete`, in any order.
///
/// `$one` names a record with its article; docs before a call are added to its
/// own.
macro_rules! records {
    (
        impl $Handle:ident, $one:literal as $record:ident: $Model:ident by $Id:ident;
        $($rest:tt)*
    ) => {
        $crate::records::records! { @each [$Handle $one $record $Model $Id] $($rest)* }
    };
    (@each $context:tt) => {};
    (
        @each [$Handle:ident $one:literal $record:ident $Model:ident $Id:ident]
        $(#[$meta:meta])*
        list $operation:path;
        $($rest:tt)*
    ) => {
        impl<'c> $Handle<'c> {
            /// Lists all, page after page.
            $(#[$meta])*
            pub fn list(&self) -> $crate::list::List<'c, $Model> {
                $crate::list::List::new(self.client, &$operation)
            }
        }
        $crate::records::records! { @each [$Handle $one $record $Model $Id] $($rest)* }
    };
    (
        @each [$Handle:ident $one:literal $record:ident $Model:ident $Id:ident]
        $(#[$meta:meta])*
        list $operation:path, $Filter:ident;
        $($rest:tt)*
    ) => {
        impl<'c> $Handle<'c> {
            /// Lists those that a filter lets through, page after page.
            $(#[$meta])*
            pub fn list(&self, filter: &$Filter) -> $crate::list::List<'c, $Model> {
                $crate::list::List::new(self.client, &$operation)
                    .params($crate::filter::Filter::query(filter))
            }
        }
        $crate::records::records! { @each [$Handle $one $record $Model $Id] $($rest)* }
    };
    (
        @each [$Handle:ident $one:literal $record:ident $Model:ident $Id:ident]
        $(#[$meta:meta])*
        get $operation:path;
        $($rest:tt)*
    ) => {
        impl $Handle<'_> {
            #[doc = concat!("Fetches ", $one, ".")]
            $(#[$meta])*
            ///
            /// # Errors
            ///
            /// `NotFound` where there is none with this id, and those of any
            /// call.
            pub async fn get(&self, id: $Id) -> Result<$Model, ::api_core::Error> {
                self.client.one(&$operation, &[&id.to_string()], &[]).await
            }
        }
        $crate::records::records! { @each [$Handle $one $record $Model $Id] $($rest)* }
    };
    (
        @each [$Handle:ident $one:literal $record:ident $Model:ident $Id:ident]
        $(#[$meta:meta])*
        create $operation:path;
        $($rest:tt)*
    ) => {
        impl $Handle<'_> {
            #[doc = concat!("Makes ", $one, ".")]
            ///
            /// It is sent once: with an unknown outcome, look for it before
            /// trying again.
            $(#[$meta])*
            ///
            /// # Errors
            ///
            /// `Validation` where it is refused, and those of any call.
            pub async fn create(&self, $record: &$Model) -> Result<$Model, ::api_core::Error> {
                self.client.post(&$operation, &[], &$record.to_json()).await
            }
        }
        $crate::records::records! { @each [$Handle $one $record $Model $Id] $($rest)* }
    };
    (
        @each [$Handle:ident $one:literal $record:ident $Model:ident $Id:ident]
        $(#[$meta:meta])*
        update $operation:path;
        $($rest:tt)*
    ) => {
        impl $Handle<'_> {
            #[doc = concat!("Changes what is set of ", $one, ".")]
            $(#[$meta])*
            ///
            /// # Errors
            ///
            /// `NotFound`, `Validation` where it is refused, and those of any
            /// call.
            pub async fn update(
                &self,
                id: $Id,
                $record: &$Model,
            ) -> Result<$Model, ::api_core::Error> {
                self.client
                    .put(&$operation, &[&id.to_string()], &$record.to_json())
                    .await
            }
        }
        $crate::records::records! { @each [$Handle $one $record $Model $Id] $($rest)* }
    };
    (
        @each [$Handle:ident $one:literal $record:ident $Model:ident $Id:ident]
        $(#[$meta:meta])*
        revise $read:path, $write:path;
        $($rest:tt)*
    ) => {
        impl $Handle<'_> {
            #[doc = concat!("Changes what is set of ", $one, " and keeps the rest.")]
            ///
            /// It is read first and written back with everything that can be
            /// written, since a change may reset what it does not name. What
            /// changes nothing is not sent. Whoever writes in between is
            /// overwritten: the API has no way to prevent that.
            $(#[$meta])*
            ///
            /// # Errors
            ///
            /// `NotFound`, `Validation` where it is refused, and those of any
            /// call.
            pub async fn revise(
                &self,
                id: $Id,
                change: &$Model,
            ) -> Result<$Model, ::api_core::Error> {
                $crate::records::revise(self.client, (&$read, &$write), &id.to_string(), change)
                    .await
            }
        }
        $crate::records::records! { @each [$Handle $one $record $Model $Id] $($rest)* }
    };
    (
        @each [$Handle:ident $one:literal $record:ident $Model:ident $Id:ident]
        $(#[$meta:meta])*
        changed $operation:path;
        $($rest:tt)*
    ) => {
        impl<'c> $Handle<'c> {
            /// Gives what changed since a moment, that moment included.
            $(#[$meta])*
            pub fn changed_since(
                &self,
                since: ::api_core::Timestamp,
            ) -> $crate::changed::Changed<'c, $Model> {
                let list = $crate::list::List::new(self.client, &$operation);
                $crate::changed::Changed::new(list, since)
            }
        }
        $crate::records::records! { @each [$Handle $one $record $Model $Id] $($rest)* }
    };
    (
        @each [$Handle:ident $one:literal $record:ident $Model:ident $Id:ident]
        $(#[$meta:meta])*
        delete $operation:path;
        $($rest:tt)*
    ) => {
        impl $Handle<'_> {
            #[doc = concat!("Deletes ", $one, ".")]
            $(#[$meta])*
            ///
            /// # Errors
            ///
            /// `NotFound`, a refusal by the server, and those of any call.
            pub async fn delete(&self, id: $Id) -> Result<(), ::api_core::Error> {
                self.client.delete(&$operation, &[&id.to_string()]).await
            }
        }
        $crate::records::records! { @each [$Handle $one $record $Model $Id] $($rest)* }
    };
}

pub(crate) use records;

/// Reads a record, lays a change over it and writes it back whole.
pub(crate) async fn revise<M: Model>(
    client: &Client,
    (read, write): (&'static Operation, &'static Operation),
    id: &str,
    change: &M,
) -> Result<M, Error> {
    let current: M = client.one(read, &[id], &[]).await?;
    let before = current.to_json();
    let after = laid_over(&before, &change.to_json());
    if after == before {
        return Ok(current);
    }
    client.put(write, &[id], &after).await
}

/// The members of a record with those of a change in their place.
fn laid_over(record: &Json, change: &Json) -> Json {
    let members = |json: &Json| json.as_map().cloned().unwrap_or_default();
    let mut whole = members(record);
    for (name, value) in members(change) {
        if value.is_null() && !whole.contains_key(&name) {
            continue;
        }
        whole.insert(name, value);
    }
    Json::Map(whole)
}
