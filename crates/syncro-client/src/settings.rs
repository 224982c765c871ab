//! Settings of the account (`/settings`).

mod tabs;

pub use tabs::Tabs;

use api_core::{Error, Json};

use crate::calls::handle;
use crate::id::AssetTypeId;
use crate::model::model;
use crate::operations as ops;
use crate::ticket_settings::{TicketField, TicketFieldAnswer, TicketType};

model! {
    /// The settings of the account that concern integrations.
    ///
    /// Problem types and priorities are the account's own words; the statuses of
    /// tickets stand in [`TicketSettings`](crate::TicketSettings).
    pub struct Settings, wire "settings"/"settings" {
        /// About customers.
        customers: CustomerSettings = "customers" [read_only],
        /// About assets.
        assets: AssetSettings = "assets" [read_only],
        /// Language, currency and time zone.
        locale: Locale = "locale" [read_only],
        /// About tickets.
        ticket: TicketWords = "ticket" [read_only],
        /// Whether business hours count.
        business_hours_enabled: bool = "business_hours_enabled" [read_only],
        /// The business hours, by weekday.
        business_hours: Vec<BusinessHours> = "business_hours" [read_only],
        /// The country whose holidays count.
        default_holiday_calendar: String = "default_holiday_calendar" [read_only],
        /// What monitoring the account has; its type is unknown.
        msp_addon: Json = "msp_addon" [read_only],
    }
}

model! {
    /// The settings of customers.
    pub struct CustomerSettings, wire "customer_settings"/"customer_settings" {
        /// What must be filled; its form is unknown.
        required_fields: Json = "required_fields" [read_only],
        /// The custom fields of customers, whose labels are the keys of
        /// `properties`.
        customer_fields: Vec<FieldDefinition> = "customer_fields" [read_only],
        /// The words to choose from in them.
        customer_field_answers: Vec<FieldAnswer> = "customer_field_answers" [read_only],
    }
}

model! {
    /// The settings of assets.
    pub struct AssetSettings, wire "asset_settings"/"asset_settings" {
        /// The types of assets.
        asset_types: Vec<AssetType> = "asset_types" [read_only],
        /// The custom fields of assets.
        asset_type_fields: Vec<FieldDefinition> = "asset_type_fields" [read_only],
        /// The words to choose from in them.
        asset_type_field_answers: Vec<FieldAnswer> = "asset_type_field_answers" [read_only],
    }
}

model! {
    /// A type of assets.
    ///
    /// The OpenAPI document shows none; its form is assumed to be that of a type
    /// of tickets.
    pub struct AssetType, wire "asset_type"/"asset_types" {
        /// Its id.
        id: i64 = "id" [read_only],
        /// Its name, which a new asset names.
        name: String = "name" [read_only],
    }
}

model! {
    /// A custom field of customers or assets.
    ///
    /// The OpenAPI document shows none; its form is assumed to be that of a
    /// custom field of tickets. What it has besides stays in `other`.
    pub struct FieldDefinition, wire "field_definition"/"field_definitions" {
        /// Its id.
        id: i64 = "id" [read_only],
        /// Its label: the key in `properties`.
        name: String = "name" [read_only],
        /// What it holds, such as `text_field`.
        field_type: String = "field_type" [read_only],
        /// Whether it must be filled.
        required: bool = "required" [read_only],
        /// Whether it is hidden.
        hidden: bool = "hidden" [read_only],
        /// The type of assets it belongs to.
        asset_type_id: AssetTypeId = "asset_type_id" [read_only],
        /// Its place among others.
        position: i64 = "position" [read_only],
    }
}

model! {
    /// A word to choose from in a custom field.
    ///
    /// The OpenAPI document shows none; its form is assumed to be that of an
    /// answer in a custom field of tickets. What it has besides stays in `other`.
    pub struct FieldAnswer, wire "field_answer"/"field_answers" {
        /// Its id.
        id: i64 = "id" [read_only],
        /// The word.
        value: String = "value" [read_only],
        /// The word, where it is named so.
        content: String = "content" [read_only],
    }
}

model! {
    /// Language, currency and time zone of the account.
    pub struct Locale, wire "locale"/"locales" {
        /// The language, such as `en`.
        iso_code: String = "iso_code" [read_only],
        /// The sign of the currency; the currency itself is not told.
        currency_symbol: String = "currency_symbol" [read_only],
        /// How dates are shown.
        date_format: String = "date_format" [read_only],
        /// How times are shown.
        time_format: String = "time_format" [read_only],
        /// The time zone, such as `Europe/Amsterdam`.
        time_zone: String = "time_zone" [read_only],
        /// How far the time zone is from UTC, such as `+01:00`.
        time_offset: String = "time_offset" [read_only],
    }
}

model! {
    /// The words and custom fields of tickets.
    pub struct TicketWords, wire "ticket_words"/"ticket_words" {
        /// The types of tickets.
        ticket_types: Vec<TicketType> = "ticket_types" [read_only],
        /// The custom fields of tickets.
        ticket_type_fields: Vec<TicketField> = "ticket_type_fields" [read_only],
        /// The words to choose from in them.
        ticket_type_field_answers: Vec<TicketFieldAnswer> = "ticket_type_field_answers" [read_only],
        /// What a ticket can be about.
        problem_types: Vec<String> = "problem_types" [read_only],
        /// How urgent a ticket can be; the first one may be empty.
        priorities: Vec<String> = "priorities" [read_only],
    }
}

model! {
    /// The business hours of a weekday.
    pub struct BusinessHours, wire "business_hours"/"business_hours" {
        /// The weekday, in English.
        day: String = "day" [read_only],
        /// When the day begins, such as `09:00`.
        start: String = "start" [read_only],
        /// When the day ends, such as `17:00`.
        end: String = "end" [read_only],
        /// Whether there are no business hours that day.
        closed: bool = "closed" [read_only],
    }
}

model! {
    /// The settings of printing.
    pub struct PrintingSettings, wire "printing_settings"/"printing_settings" {
        /// The channel on which printers are told.
        messaging_channel: String = "messaging_channel" [read_only],
        /// The cash registers; their form is unknown.
        registers: Vec<Json> = "registers" [read_only],
    }
}

handle! {
    /// Settings of the account (`/settings`); the API cannot change them.
    pub fn settings -> AccountSettings, "Settings of the account";
}

impl AccountSettings<'_> {
    /// Fetches the settings that concern integrations.
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn get(&self) -> Result<Settings, Error> {
        self.client.one(&ops::SETTINGS_GET, &[], &[]).await
    }

    /// Says which parts of Syncro the account shows.
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn tabs(&self) -> Result<Tabs, Error> {
        self.client.one(&ops::SETTINGS_TABS, &[], &[]).await
    }

    /// Fetches the settings of printing.
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn printing(&self) -> Result<PrintingSettings, Error> {
        self.client.one(&ops::SETTINGS_PRINTING, &[], &[]).await
    }
}
