//! The settings of a connection.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use api_core::Error;
use smartcrm_client::Client;
use sync_core::EntityKind;

use super::currency::Currencies;
use super::{SmartCrm, unknown_zone};

/// Settings of a [`SmartCrm`].
///
/// ```
/// use std::collections::BTreeMap;
///
/// use connectors::smartcrm::SmartCrm;
/// use smartcrm_client::{Client, Profile, SecretString};
///
/// let token = SecretString::from("from-the-admin-page".to_owned());
/// let client = Client::builder("https://crm.example.com", token)
///     .profile(Profile::perfex())
///     .build()?;
/// let currencies = BTreeMap::from([("1".to_owned(), "EUR".to_owned())]);
/// let target = SmartCrm::builder(client).currency_mapping(currencies).build()?;
/// # let _ = target;
/// # Ok::<(), smartcrm_client::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct SmartCrmBuilder {
    client: Client,
    currency_mapping: BTreeMap<String, String>,
    search_delay: Option<Duration>,
    uses: Vec<EntityKind>,
}

impl SmartCrmBuilder {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            currency_mapping: BTreeMap::new(),
            search_delay: None,
            uses: Vec::new(),
        }
    }

    /// Says what the installation's currencies are: its id or code → ISO 4217 code.
    ///
    /// With a mapping a record whose currency is not in it cannot be read, and one whose code
    /// nothing or more than one id in it has cannot be written. Without a mapping a code passes as
    /// it is, and an id is looked up in the installation's own list where the profile names one.
    pub fn currency_mapping(mut self, mapping: BTreeMap<String, String>) -> Self {
        self.currency_mapping = mapping;
        self
    }

    /// Names kinds of record that will be asked for; [`build`](Self::build) then fails where the
    /// installation has none, or where they need a client token and none is set.
    pub fn uses(mut self, kinds: impl IntoIterator<Item = EntityKind>) -> Self {
        self.uses.extend(kinds);
        self
    }

    /// As [`SmartCrm::search_delay`].
    pub fn search_delay(mut self, delay: Duration) -> Self {
        self.search_delay = Some(delay);
        self
    }

    /// Checks the settings; sends nothing.
    ///
    /// # Errors
    /// `Config` when a currency is mapped to what is no code, the profile's time zone is none, or a
    /// kind of record that is used cannot be asked for.
    pub fn build(self) -> Result<SmartCrm, Error> {
        let mut target = SmartCrm::new(self.client);
        if target.zone.is_none() {
            return Err(unknown_zone(&target.client.profile().time_zone));
        }
        for kind in self.uses {
            target.usable(kind)?;
        }
        target.currencies = Arc::new(Currencies::new(self.currency_mapping)?);
        if let Some(delay) = self.search_delay {
            target = target.search_delay(delay);
        }
        Ok(target)
    }
}
