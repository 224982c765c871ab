//! Profiles out of a configuration file.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::Profile;

/// Why a profile cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileError(String);

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ProfileError {}

impl Profile {
    /// Reads a profile as a configuration holds it: a name, or a table.
    ///
    /// A table says what differs from the profile named as its `base`
    /// (`smartcrm` without one). Tables inside it are merged key by key, so
    /// that one path can be changed without repeating the others; lists and
    /// single values replace.
    ///
    /// # Errors
    /// A sentence that names what is wrong: an unknown name or key, a value of
    /// the wrong type, or a profile that could not work.
    pub fn from_config(config: Value) -> Result<Self, ProfileError> {
        let profile = match config {
            Value::String(name) => known(&name)?,
            Value::Object(mut members) => {
                let base = match members.remove("base") {
                    None => Self::smartcrm(),
                    Some(Value::String(name)) => known(&name)?,
                    Some(_) => {
                        return Err(ProfileError(
                            "`base` is the name of a profile, such as \"perfex\"".to_owned(),
                        ));
                    }
                };
                let mut whole =
                    serde_json::to_value(&base).map_err(|error| ProfileError(error.to_string()))?;
                merge(&mut whole, Value::Object(members));
                // The inherent function, which knows no base.
                Self::deserialize(whole).map_err(|error| ProfileError(error.to_string()))?
            }
            _ => {
                return Err(ProfileError(
                    "a profile is a name, such as \"perfex\", or a table".to_owned(),
                ));
            }
        };
        match profile.fault() {
            Some(fault) => Err(ProfileError(fault)),
            None => Ok(profile),
        }
    }
}

fn known(name: &str) -> Result<Profile, ProfileError> {
    Profile::named(name).ok_or_else(|| {
        ProfileError(format!(
            "there is no profile {name:?}; the profiles are {}",
            Profile::NAMES.join(", ")
        ))
    })
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(&key) {
                    Some(there) => merge(there, value),
                    None => {
                        into.insert(key, value);
                    }
                }
            }
        }
        (into, from) => *into = from,
    }
}

impl Serialize for Profile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Profile {
    /// Reads a profile as [`Profile::from_config`] does.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let config = Value::deserialize(deserializer)?;
        Self::from_config(config).map_err(D::Error::custom)
    }
}
