//! Users of the account (`/users`).

use api_core::Timestamp;

use crate::calls::handle;
use crate::id::UserId;
use crate::list::List;
use crate::model::model;
use crate::operations as ops;
use crate::records::records;

model! {
    /// A user of the account.
    ///
    /// The list has id and name alone.
    pub struct User, wire "user"/"users", row ["id", "name"] {
        /// Its id.
        id: UserId = "id" [read_only],
        /// The e-mail address.
        email: String = "email" [read_only],
        /// The full name.
        full_name: String = "full_name" [read_only],
        /// When it was made.
        created_at: Timestamp = "created_at" [read_only],
        /// When it changed last.
        updated_at: Timestamp = "updated_at" [read_only],
        /// The group whose rights it has.
        group: String = "group" [read_only],
        /// Whether it may do everything.
        admin: bool = "admin" [read_only],
        /// Its colour: six hexadecimal digits.
        color: String = "color" [read_only],
        /// The name; lists and settings have it instead of the full name.
        name: String = "name" [read_only],
    }
}

handle! {
    /// Users of the account (`/users`); the API cannot change them.
    pub fn users -> Users, "Users of the account";
}

records! {
    impl Users, "a user" as user: User by UserId;

    get ops::USERS_GET;
}

impl<'c> Users<'c> {
    /// Lists users, page after page: ids and names alone.
    pub fn list(&self) -> List<'c, User> {
        List::new(self.client, &ops::USERS_LIST)
    }
}
