//! What sales orders and quotes have alike: members and calls.

/// Declares an order or a quote: the members of both, and what only one has.
macro_rules! order {
    (
        $(#[$meta:meta])*
        pub struct $Order:ident, fields $Fields:ident, wire $wire:literal, id $Id:ident;

        $(#[$number_meta:meta])*
        number;
        after payment_days { $($after_payment_days:tt)* }
        after invoice { $($after_invoice:tt)* }
        after totals { $($after_totals:tt)* }
    ) => {
        $crate::model::model! {
            $(#[$meta])*
            pub struct $Order, fields $Fields, wire $wire {
                /// Its id (`id`), given by the server.
                id: $Id = "id",
                /// For whom (`relatie`); needed to write.
                relation: $crate::id::Ref<$crate::relations::RelationId> = "relatie" [required],
                /// How far it is (`procesStatus`).
                process_status: $crate::sales_orders::ProcessStatus = "procesStatus",
                $(#[$number_meta])*
                number: i32 = "nummer",
                /// When it changed last (`modifiedOn`), set by the server.
                modified_on: $crate::wall_time::WallTime = "modifiedOn" [read_only],
                /// Its day (`datum`); needed to write.
                date: $crate::wall_time::WallTime = "datum" [required],
                /// Days to pay (`krediettermijn`), from 0 to 100; the customer's own
                /// where it is left out.
                payment_days: i32 = "krediettermijn",
                $($after_payment_days)*
                /// What it is (`omschrijving`).
                description: String = "omschrijving",
                /// Reference for its payment (`betalingskenmerk`).
                payment_reference: String = "betalingskenmerk",
                /// The mandate by which it is collected (`incassomachtiging`).
                mandate: $crate::id::Ref<$crate::relations::MandateId> = "incassomachtiging",
                /// Where the goods go (`afleveradres`).
                delivery_address: $crate::address::Address = "afleveradres",
                /// Where the invoice goes (`factuuradres`).
                invoice_address: $crate::address::Address = "factuuradres",
                /// Whether its prices hold VAT (`verkooporderBtwIngaveModel`).
                price_basis: $crate::sales_orders::PriceBasis = "verkooporderBtwIngaveModel",
                /// The cost centre (`kostenplaats`).
                cost_centre: $crate::id::Ref<$crate::cost_centres::CostCentreId> = "kostenplaats",
                /// Its lines (`regels`).
                lines: Vec<$crate::sales_orders::OrderLine> = "regels",
                /// Notes (`memo`).
                memo: String = "memo",
                /// The customer's own reference (`orderreferentie`), printed on the invoice.
                order_reference: String = "orderreferentie",
                /// Discount on the invoice (`factuurkorting`), in per cent.
                invoice_discount: ::rust_decimal::Decimal = "factuurkorting",
                /// The invoice it became (`verkoopfactuur`).
                invoice: $crate::id::Ref<$crate::sales_invoices::SalesInvoiceId> =
                    "verkoopfactuur",
                $($after_invoice)*
                /// Total without VAT (`totaalExclusiefBtw`).
                total_without_vat: ::rust_decimal::Decimal = "totaalExclusiefBtw",
                /// Total with VAT (`totaalInclusiefBtw`).
                total_with_vat: ::rust_decimal::Decimal = "totaalInclusiefBtw",
                $($after_totals)*
                /// Where it is (`uri`).
                uri: String = "uri" [read_only],
            }
        }
    };
}

/// Declares the calls of an order or a quote; `$one` names it with its article.
macro_rules! order_calls {
    (
        impl $Handle:ident, $one:literal as $record:ident: $Order:ident by $Id:ident;

        get $get:path;
        create $create:path;
        replace $replace:path;
        delete $delete:path;
    ) => {
        impl $Handle<'_> {
            #[doc = concat!("Fetches ", $one, ".")]
            ///
            /// # Errors
            ///
            /// `NotFound` where there is none, and those of any call.
            pub async fn get(&self, id: &$Id) -> Result<$Order, ::api_core::Error> {
                self.client.get_model(&$get, &[&id.to_string()], &[]).await
            }

            #[doc = concat!("Makes ", $one, "; sent once.")]
            ///
            #[doc = concat!("The API has no natural key to look ", $one, " up by, and one of many lines")]
            /// may be made after its caller gave up (measured by client authors): see
            /// to what an unknown outcome left before sending it again.
            ///
            /// # Errors
            ///
            /// `Validation` before sending where the customer or the day is missing,
            /// a member is too long or the status is none the API offers; and those of
            /// any call; an outcome that is not known is `SendOutcome::Unknown`.
            pub async fn create(&self, $record: &$Order) -> Result<$Order, ::api_core::Error> {
                let status = $record.process_status.as_ref();
                $crate::sales_orders::offered(status, $create.name)?;
                self.client.post_model(&$create, &[], $record).await
            }

            #[doc = concat!("Replaces ", $one, " as a whole; [`revise`](Self::revise) keeps what is not")]
            /// named.
            ///
            /// # Errors
            ///
            /// As [`create`](Self::create), and `NotFound`; a status that is not on offer is left
            /// to the server to refuse.
            pub async fn replace(
                &self,
                id: &$Id,
                $record: &$Order,
            ) -> Result<$Order, ::api_core::Error> {
                self.client
                    .put_model(&$replace, &[&id.to_string()], $record)
                    .await
            }

            /// Changes what is named and keeps the rest: read, changed, written back.
            ///
            /// Lists, such as the lines, are replaced as a whole where they are named.
            /// Nothing is written where nothing changes.
            ///
            /// # Errors
            ///
            /// As [`replace`](Self::replace).
            pub async fn revise(
                &self,
                id: &$Id,
                change: &$Order,
            ) -> Result<$Order, ::api_core::Error> {
                self.client
                    .revise_whole(&$get, &$replace, &id.to_string(), change)
                    .await
            }

            #[doc = concat!("Deletes ", $one, ".")]
            ///
            /// # Errors
            ///
            /// `NotFound`, and those of any call.
            pub async fn delete(&self, id: &$Id) -> Result<(), ::api_core::Error> {
                self.client.delete_at(&$delete, &[&id.to_string()]).await
            }
        }
    };
}

pub(crate) use {order, order_calls};
