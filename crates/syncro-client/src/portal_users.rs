//! Portal users: customers who can log in (`/portal_users`).

use api_core::{Error, Json, Timestamp};

use crate::calls::handle;
use crate::changed::Changed;
use crate::filter::{Filter as _, filter};
use crate::id::{AccountId, ContactId, CustomerId, PortalGroupId, PortalUserId};
use crate::list::List;
use crate::model::model;
use crate::operations as ops;
use crate::wire::Acknowledged;

model! {
    /// A portal user: someone of a customer who can log in.
    ///
    /// Comes without an envelope, even when deleted. The passwords are never
    /// shown or returned.
    pub struct PortalUser, wire "portal_user"/"portal_users" {
        /// Its id (`id`).
        id: PortalUserId = "id" [read_only],
        /// E-mail address (`email`).
        email: String = "email",
        /// The account (`account_id`).
        account_id: AccountId = "account_id" [read_only],
        /// Its customer (`customer_id`).
        customer_id: CustomerId = "customer_id",
        /// Its contact (`contact_id`).
        contact_id: ContactId = "contact_id",
        /// When it was made (`created_at`).
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last (`updated_at`).
        updated_at: Timestamp = "updated_at" [read_only],
        /// What it may do (`portal_group_id`).
        portal_group_id: PortalGroupId = "portal_group_id",
        /// Password (`password`).
        password: String = "password" [write_only],
        /// The password again (`password_confirmation`).
        password_confirmation: String = "password_confirmation" [write_only],
    }
}

filter! {
    /// What to list of the portal users.
    pub struct PortalUserFilter for PORTAL_USERS_LIST {
        /// Of this customer (`customer_id`).
        customer_id: CustomerId = "customer_id",
        /// With this e-mail address (`email`).
        email: String = "email",
    }
}

handle! {
    /// Portal users: people of customers who can log in (`/portal_users`).
    pub fn portal_users -> PortalUsers, "Portal users";
}

impl<'c> PortalUsers<'c> {
    /// Lists portal users.
    pub fn list(&self, filter: &PortalUserFilter) -> List<'c, PortalUser> {
        List::new(self.client, &ops::PORTAL_USERS_LIST).params(filter.query())
    }

    /// Lists the portal users that changed since a moment.
    ///
    /// The API has no filter for it: all of them are read, and compared here.
    pub fn changed_since(&self, since: Timestamp) -> Changed<'c, PortalUser> {
        Changed::new(self.list(&PortalUserFilter::new()), since)
    }

    /// Makes a portal user; sent once.
    ///
    /// # Errors
    ///
    /// `Validation`, without what was sent, and those of any call.
    pub async fn create(&self, user: &PortalUser) -> Result<PortalUser, Error> {
        self.client
            .post(&ops::PORTAL_USERS_CREATE, &[], &user.to_json())
            .await
    }

    /// Changes what is set, and empties what [`PortalUser::clear`] named.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Validation`, and those of any call.
    pub async fn update(&self, id: PortalUserId, change: &PortalUser) -> Result<PortalUser, Error> {
        self.client
            .put(
                &ops::PORTAL_USERS_UPDATE,
                &[&id.to_string()],
                &change.to_json(),
            )
            .await
    }

    /// Deletes a portal user.
    ///
    /// # Errors
    ///
    /// `NotFound`, and those of any call.
    pub async fn delete(&self, id: PortalUserId) -> Result<(), Error> {
        self.client
            .delete(&ops::PORTAL_USERS_DELETE, &[&id.to_string()])
            .await
    }

    /// Mails a portal user an invitation; sent once.
    ///
    /// # Errors
    ///
    /// `Validation` where the address is wrong, and those of any call.
    pub async fn invite(&self, id: PortalUserId) -> Result<Acknowledged, Error> {
        let body = Json::Map([("id".to_owned(), Json::from(id.get()))].into());
        self.client
            .act(&ops::PORTAL_USERS_INVITE, &[], &[], Some(&body))
            .await
    }
}
