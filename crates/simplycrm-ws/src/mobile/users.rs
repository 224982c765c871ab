//! New users and new groups, which `saveRecord` makes as well.

use std::collections::BTreeMap;
use std::fmt;

use api_core::{Error, ExposeSecret, Json, SecretString};

use super::client::Client;
use super::{Saved, wire};
use crate::{RecordId, Warning};

/// A user to create (vendor documentation); for administrators.
#[derive(Clone)]
pub struct NewUser {
    user_name: String,
    password: SecretString,
    last_name: String,
    email: String,
    role: String,
    fields: BTreeMap<String, Json>,
}

impl NewUser {
    /// Takes what the server needs; the role is an id such as `H2`.
    #[must_use]
    pub fn new(
        user_name: impl Into<String>,
        password: SecretString,
        last_name: impl Into<String>,
        email: impl Into<String>,
        role: impl Into<String>,
    ) -> Self {
        Self {
            user_name: user_name.into(),
            password,
            last_name: last_name.into(),
            email: email.into(),
            role: role.into(),
            fields: BTreeMap::new(),
        }
    }

    /// Sets the first name.
    #[must_use]
    pub fn first_name(self, name: impl Into<String>) -> Self {
        self.set("first_name", name.into())
    }

    /// Makes the user an administrator or not.
    #[must_use]
    pub fn admin(self, admin: bool) -> Self {
        self.set("is_admin", if admin { "on" } else { "off" })
    }

    /// Sets another field.
    #[must_use]
    pub fn set(mut self, field: impl Into<String>, value: impl Into<Json>) -> Self {
        self.fields.insert(field.into(), value.into());
        self
    }

    fn values(&self) -> Result<BTreeMap<String, Json>, Error> {
        let mut values = self.fields.clone();
        let password = self.password.expose_secret();
        for (name, value) in [
            ("user_name", self.user_name.as_str()),
            ("user_password", password),
            ("confirm_password", password),
            ("last_name", self.last_name.as_str()),
            ("email1", self.email.as_str()),
            ("roleid", self.role.as_str()),
        ] {
            if value.trim().is_empty() {
                return Err(wire::refused(
                    "saveRecord",
                    format!("A new user needs `{name}`."),
                ));
            }
            values.insert(name.to_owned(), Json::from(value));
        }
        Ok(values)
    }
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// Who belongs to a group.
///
/// Only `Users:` is in the vendor documentation; the other words are those of
/// the web interface and assumed to work here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Member {
    /// A user, by number.
    User(u64),
    /// Another group, by number (assumed).
    Group(u64),
    /// A role, such as `H2` (assumed).
    Role(String),
    /// A role and those below it (assumed).
    RoleAndSubordinates(String),
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(number) => write!(f, "Users:{number}"),
            Self::Group(number) => write!(f, "Groups:{number}"),
            Self::Role(role) => write!(f, "Roles:{role}"),
            Self::RoleAndSubordinates(role) => write!(f, "RoleAndSubordinates:{role}"),
        }
    }
}

/// A group to create (vendor documentation); for administrators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    name: String,
    description: String,
    members: Vec<Member>,
}

impl NewGroup {
    /// Takes the group's name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            members: Vec::new(),
        }
    }

    /// Describes the group.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// Adds a member.
    #[must_use]
    pub fn member(mut self, member: Member) -> Self {
        self.members.push(member);
        self
    }

    fn values(&self) -> Result<BTreeMap<String, Json>, Error> {
        if self.name.trim().is_empty() {
            return Err(wire::refused("saveRecord", "A new group needs a name."));
        }
        let members: Vec<Json> = self
            .members
            .iter()
            .map(|member| Json::from(member.to_string()))
            .collect();
        Ok(BTreeMap::from([
            ("groupname".to_owned(), Json::from(self.name.as_str())),
            (
                "description".to_owned(),
                Json::from(self.description.as_str()),
            ),
            ("members".to_owned(), Json::from(members)),
        ]))
    }
}

impl Client {
    /// Creates a user (`saveRecord` on `Users`).
    ///
    /// The answer holds the password's hash and the new access key (recorded
    /// vtiger 5.4.0 server); `Debug` of the record does not show them.
    ///
    /// # Errors
    ///
    /// `Permission` for users who are no administrators, and on the 7.1
    /// generation for everybody: its webservice takes no role (recorded vtiger
    /// 7.1.0 server).
    pub async fn create_user(&self, user: &NewUser) -> Result<Saved, Error> {
        self.create_secret("Users", user.values()?, Some(user.password.clone()))
            .await
    }

    /// Creates a group (`saveRecord` on `Groups`) and returns its id.
    ///
    /// A server that is not Simply's makes the group without members (recorded
    /// vtiger 5.4.0 server) and says nothing of it; look at the group.
    ///
    /// # Errors
    ///
    /// `Permission` for users who are no administrators.
    pub async fn create_group(&self, group: &NewGroup) -> Result<RecordId, Error> {
        let saved = self.create_raw("Groups", group.values()?).await?;
        let Some(id) = saved.record.id() else {
            return Err(wire::unreadable(
                "saveRecord",
                "no id of the new group",
                &Json::from(saved.record.to_plain().into_map()),
            ));
        };
        if !group.members.is_empty() && saved.record.get("members").is_none() {
            self.warn(&Warning::Note {
                operation: "mobile.saveRecord".to_owned(),
                message: "The server does not say whether the group has its members.".to_owned(),
            });
        }
        Ok(id)
    }
}
