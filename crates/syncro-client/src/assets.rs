//! Devices of customers (`/customer_assets`).

use api_core::{Error, ErrorKind, Json, SendOutcome, Timestamp};
use rust_decimal::Decimal;

use crate::calls::handle;
use crate::customers::Customer;
use crate::filter::filter;
use crate::id::{AccountId, AssetId, AssetTypeId, ContactId, CustomerId};
use crate::list::List;
use crate::model::{Properties, model};
use crate::operations as ops;
use crate::patches::Patches;
use crate::records::records;

model! {
    /// A device of a customer.
    pub struct Asset, wire "asset"/"assets" {
        /// Its id.
        id: AssetId = "id" [read_only],
        /// Its name; required by a create and a change.
        name: String = "name",
        /// Whose it is.
        customer_id: CustomerId = "customer_id",
        /// The contact who has it.
        contact_id: ContactId = "contact_id" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// Custom fields by their labels. A create ignores them; a change does
        /// not.
        properties: Properties = "properties",
        /// Its type, by name.
        asset_type: String = "asset_type" [read_only],
        /// Its serial number.
        asset_serial: String = "asset_serial",
        /// Where another monitoring shows it.
        external_rmm_link: String = "external_rmm_link" [read_only],
        /// Whose it is, whole.
        customer: Customer = "customer" [read_only],
        /// Links to other monitoring; their form is unknown.
        rmm_links: Vec<Json> = "rmm_links" [read_only],
        /// What monitoring knows.
        rmm_store: RmmStore = "rmm_store" [read_only],
        /// Where it stands.
        address: Address = "address" [read_only],
        /// Whether its user can be chatted with.
        has_live_chat: bool = "has_live_chat" [read_only],
        /// Whether it is watched through SNMP.
        snmp_enabled: bool = "snmp_enabled" [read_only],
        /// Its type, by a name that exists in the account.
        asset_type_name: String = "asset_type_name" [write_only],
        /// Its type, by id.
        asset_type_id: AssetTypeId = "asset_type_id" [write_only],
    }
}

model! {
    /// What monitoring knows of an asset.
    pub struct RmmStore, wire "rmm_store"/"rmm_stores" {
        /// Its id.
        id: i64 = "id" [read_only],
        /// The asset.
        asset_id: AssetId = "asset_id" [read_only],
        /// The account's id.
        account_id: AccountId = "account_id" [read_only],
        /// Which alarms are on.
        triggers: RmmTriggers = "triggers" [read_only],
        /// The state of Windows updates; its form is unknown.
        windows_updates: Json = "windows_updates" [read_only],
        /// What Emsisoft reports; its form is unknown.
        emsisoft: Json = "emsisoft" [read_only],
        /// What else is known; its form is unknown.
        general: Json = "general" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// Minutes until a silent agent raises an alert; its type is inferred.
        override_alert_agent_offline_mins: i64 = "override_alert_agent_offline_mins" [read_only],
        /// Minutes until such an alert can come again; its type is inferred.
        override_alert_agent_rearm_after_mins: i64 = "override_alert_agent_rearm_after_mins" [read_only],
        /// The threshold of a full disk; its type is unknown.
        override_low_hd_threshold: Json = "override_low_hd_threshold" [read_only],
        /// The thresholds of full disks; their form is unknown.
        override_low_hd_thresholds: Json = "override_low_hd_thresholds" [read_only],
        /// Whether such an alert ends by itself; its type is inferred.
        override_autoresolve_offline_alert: bool = "override_autoresolve_offline_alert" [read_only],
    }
}

model! {
    /// Which alarms of an asset are on; they come as words.
    pub struct RmmTriggers, wire "rmm_triggers"/"rmm_triggers" {
        /// A blue screen.
        bsod: bool = "bsod_triggered" [read_only],
        /// A wrong clock.
        time: bool = "time_triggered" [read_only],
        /// No virus scanner.
        no_av: bool = "no_av_triggered" [read_only],
        /// A fragmented disk.
        defrag: bool = "defrag_triggered" [read_only],
        /// A firewall that is off.
        firewall: bool = "firewall_triggered" [read_only],
        /// A crashed program.
        app_crash: bool = "app_crash_triggered" [read_only],
        /// A full disk.
        low_hd_space: bool = "low_hd_space_triggered" [read_only],
        /// A failing disk.
        smart_failure: bool = "smart_failure_triggered" [read_only],
        /// A device without a driver.
        device_manager: bool = "device_manager_triggered" [read_only],
        /// A silent agent.
        agent_offline: bool = "agent_offline_triggered" [read_only],
    }
}

model! {
    /// Where an asset stands.
    pub struct Address, wire "address"/"addresses" {
        /// Its id.
        id: i64 = "id" [read_only],
        /// Its name.
        name: String = "name" [read_only],
        /// Whose it is.
        customer_id: CustomerId = "customer_id" [read_only],
        /// Its type.
        address_type_id: i64 = "address_type_id" [read_only],
        /// Street and number.
        address1: String = "address1" [read_only],
        /// A second line.
        address2: String = "address2" [read_only],
        /// The city.
        city: String = "city" [read_only],
        /// The state.
        state: String = "state" [read_only],
        /// The postal code.
        zip: String = "zip" [read_only],
        /// Degrees north.
        latitude: Decimal = "latitude" [read_only],
        /// Degrees east.
        longitude: Decimal = "longitude" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// The account's id.
        account_id: AccountId = "account_id" [read_only],
    }
}

model! {
    /// A program on an asset.
    ///
    /// Newer than the OpenAPI document.
    pub struct InstalledApplication, wire "installed_application"/"installed_applications" {
        /// Its name.
        name: String = "name" [read_only],
        /// Who makes it.
        vendor: String = "vendor" [read_only],
        /// Its version.
        version: String = "version" [read_only],
        /// When it was installed, as the device says it.
        installed_at: String = "installed_at" [read_only],
    }
}

filter! {
    /// Which assets are listed.
    pub struct AssetFilter for ASSETS_LIST {
        /// Free text.
        query: String = "query",
        /// Those of a customer.
        customer_id: CustomerId = "customer_id",
        /// Those of a type.
        asset_type_id: AssetTypeId = "asset_type_id",
        /// Those that are watched through SNMP.
        snmp_enabled: bool = "snmp_enabled",
    }
}

handle! {
    /// Devices of customers (`/customer_assets`); the API cannot delete them.
    pub fn assets -> Assets, "Devices of customers";
}

records! {
    impl Assets, "an asset" as asset: Asset by AssetId;

    list ops::ASSETS_LIST, AssetFilter;
    ///
    /// All of them are read: the server has no filter for it.
    changed ops::ASSETS_LIST;
    get ops::ASSETS_GET;
    ///
    /// Its type must be there already, by name or id. Its
    /// [`properties`](Asset::properties) are ignored (measured by client
    /// authors); change it afterwards, or use
    /// [`create_with_properties`](Self::create_with_properties).
    create ops::ASSETS_CREATE;
    ///
    /// Its name is required.
    update ops::ASSETS_UPDATE;
}

impl<'c> Assets<'c> {
    /// Makes an asset and then writes its properties, which a create ignores.
    ///
    /// The asset is sent once. Where the second fails the asset is there without
    /// them: the error says its id.
    ///
    /// # Errors
    ///
    /// `Validation` where one is refused, and those of any call.
    pub async fn create_with_properties(&self, asset: &Asset) -> Result<Asset, Error> {
        let made = self.create(asset).await?;
        let Some(properties) = &asset.properties else {
            return Ok(made);
        };
        let Some(id) = made.id else {
            return Err(Error::new(
                ErrorKind::Decode,
                "The answer does not tell the id of the new asset.",
            )
            .operation(ops::ASSETS_CREATE.name)
            .outcome(SendOutcome::Done)
            .help("The asset was made; only its properties are missing."));
        };
        let change = Asset {
            name: made.name.clone().or_else(|| asset.name.clone()),
            properties: Some(properties.clone()),
            ..Asset::default()
        };
        self.update(id, &change).await.map_err(|error| {
            error.outcome(SendOutcome::Done).help(format!(
                "The asset was made, with id {id}; only its properties are missing."
            ))
        })
    }

    /// Lists the assets of a contact, page after page.
    ///
    /// Newer than the OpenAPI document.
    pub fn of_contact(&self, contact: ContactId) -> List<'c, Asset> {
        List::new(self.client, &ops::ASSETS_OF_CONTACT).at(contact)
    }

    /// Says which users of assets can be chatted with: ids, names and customers.
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn chat_information(&self, ids: &[AssetId]) -> Result<Vec<Asset>, Error> {
        let query: Vec<_> = ids.iter().map(|id| ("ids[]", id.to_string())).collect();
        self.client
            .rows(&ops::ASSETS_CHAT_INFORMATION, &[], &query)
            .await
    }

    /// Lists the programs on an asset, page after page.
    ///
    /// Newer than the OpenAPI document.
    pub fn applications(&self, id: AssetId) -> List<'c, InstalledApplication> {
        List::new(self.client, &ops::ASSETS_APPLICATIONS).at(id)
    }

    /// Fetches the Windows updates of an asset: those it has, and a page of
    /// those it lacks.
    ///
    /// Pages of those it lacks count from 1; whether `page` is honoured is
    /// inferred from the answer, which says how many there are.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn patches(&self, id: AssetId, page: u32) -> Result<Patches, Error> {
        self.client
            .one(
                &ops::ASSETS_PATCHES,
                &[&id.to_string()],
                &[("page", page.to_string())],
            )
            .await
    }
}
