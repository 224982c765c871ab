//! Whose token it is (`/me`).

use api_core::{Error, Json};

use crate::client::Client;
use crate::id::UserId;
use crate::model::model;
use crate::operations as ops;

model! {
    /// Whose token it is, and what it may do.
    ///
    /// The server repeats the token in its answer; no text shows it.
    pub struct Me, wire "me"/"me" {
        /// The token itself, which `Debug` does not show.
        user_token: String = "user_token" [read_only],
        /// The user's e-mail address.
        user_email: String = "user_email" [read_only],
        /// The user's name.
        user_name: String = "user_name" [read_only],
        /// The user.
        user_id: UserId = "user_id" [read_only],
        /// Whether the user may do everything.
        admin: bool = "admin" [read_only],
        /// Whether the user may use the mobile app.
        can_use_app: bool = "can_use_app" [read_only],
        /// Whether a second factor is asked for.
        two_factor_required: bool = "two_factor_required" [read_only],
        /// The account's subdomain.
        subdomain: String = "subdomain" [read_only],
        /// The user's location; its form is unknown.
        default_location: Json = "default_location" [read_only],
        /// Whether the account has several locations.
        enable_multi_locations: bool = "enable_multi_locations" [read_only],
        /// The locations the user may see; their form is unknown.
        locations_allowed: Vec<Json> = "locations_allowed" [read_only],
        /// What the user may do.
        permissions: Permissions = "permissions" [read_only],
    }
}

model! {
    /// What a user may do, by kind of record.
    pub struct Permissions, wire "permissions"/"permissions" {
        /// With assets.
        asset: Access = "asset" [read_only],
        /// With customers.
        customer: Access = "customer" [read_only],
        /// With tickets.
        ticket: Access = "ticket" [read_only],
        /// With invoices.
        invoice: Access = "invoice" [read_only],
        /// With payments.
        payment: Access = "payment" [read_only],
        /// With worksheets.
        worksheet: WorksheetAccess = "worksheet" [read_only],
        /// With scripts.
        script: ScriptAccess = "script" [read_only],
    }
}

model! {
    /// What a user may do with one kind of record.
    pub struct Access, wire "access"/"accesses" {
        /// To see them.
        read: bool = "read" [read_only],
        /// To make and change them.
        write: bool = "write" [read_only],
        /// To delete them.
        delete: bool = "delete" [read_only],
    }
}

model! {
    /// What a user may do with worksheets.
    pub struct WorksheetAccess, wire "worksheet_access"/"worksheet_accesses" {
        /// To add them.
        add: bool = "add" [read_only],
        /// To manage them.
        manage: bool = "manage" [read_only],
        /// To delete them.
        delete: bool = "delete" [read_only],
    }
}

model! {
    /// What a user may do with scripts.
    pub struct ScriptAccess, wire "script_access"/"script_accesses" {
        /// To run them.
        execute: bool = "execute" [read_only],
    }
}

impl Client {
    /// Says whose token it is and what it may do: a cheap first call.
    ///
    /// # Errors
    ///
    /// `Auth` where the token is refused, and those of any call.
    pub async fn me(&self) -> Result<Me, Error> {
        self.one(&ops::ME_GET, &[], &[]).await
    }
}
