//! Phones that are told what happens (`/user_devices`).

use api_core::{Error, ExposeSecret as _, SecretString, Timestamp};

use crate::calls::handle;
use crate::id::{AccountId, UserDeviceId, UserId};
use crate::model::model;
use crate::operations as ops;

model! {
    /// A phone that is told what happens.
    pub struct UserDevice, wire "user_device"/"user_devices" {
        /// Its id; the API's addresses use [`device_uuid`](Self::device_uuid).
        id: UserDeviceId = "id" [read_only],
        /// Whose it is.
        user_id: UserId = "user_id" [read_only],
        /// The token by which it is reached; never shown in logs.
        registration_token_gcm: String = "registration_token_gcm",
        /// What it names itself; required by a create.
        device_uuid: String = "device_uuid",
        /// The account's id.
        account_id: AccountId = "account_id" [read_only],
        /// Its name.
        name: String = "name" [read_only],
        /// The name its user gave it.
        device_name: String = "device_name",
        /// Its operating system.
        system_name: String = "system_name",
        /// Its model.
        model: String = "model",
        /// The size of its screen.
        screen_size: String = "screen_size",
        /// Whether it is no longer told.
        disabled: bool = "disabled" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
    }
}

handle! {
    /// Phones that are told what happens (`/user_devices`).
    ///
    /// Their addresses use what a phone names itself
    /// ([`device_uuid`](UserDevice::device_uuid)), not its id.
    pub fn user_devices -> UserDevices, "Phones that are told what happens";
}

impl UserDevices<'_> {
    /// Fetches one by what it names itself.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn get(&self, device_uuid: &str) -> Result<UserDevice, Error> {
        self.client
            .one(&ops::USER_DEVICES_GET, &[device_uuid], &[])
            .await
    }

    /// Makes one; what it names itself is required.
    ///
    /// It is sent once.
    ///
    /// # Errors
    ///
    /// `Validation` where it is refused, and those of any call.
    pub async fn create(&self, device: &UserDevice) -> Result<UserDevice, Error> {
        self.client
            .post(&ops::USER_DEVICES_CREATE, &[], &device.to_json())
            .await
    }

    /// Changes the token by which one is reached.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn update(
        &self,
        device_uuid: &str,
        token: &SecretString,
    ) -> Result<UserDevice, Error> {
        let device = UserDevice {
            registration_token_gcm: Some(token.expose_secret().to_owned()),
            ..UserDevice::default()
        };
        self.client
            .put(&ops::USER_DEVICES_UPDATE, &[device_uuid], &device.to_json())
            .await
    }
}
