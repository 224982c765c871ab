//! Turning a lead into an account, a contact and a potential.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, Json, SendOutcome};

use crate::operation::Operation;
use crate::params::Params;
use crate::rows::unreadable;
use crate::write::Values;
use crate::{Client, Code, RecordId};

/// What a lead is to become.
///
/// ```
/// use simplycrm_ws::{LeadConversion, RecordId, Values};
///
/// let conversion = LeadConversion::new(RecordId::new(10, 422), RecordId::new(19, 1))
///     .create("Accounts", Values::new().set("accountname", "Vos B.V."))
///     .create("Contacts", Values::new().set("lastname", "Vos"));
/// # let _ = conversion;
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a conversion does nothing until it is sent"]
pub struct LeadConversion {
    lead: RecordId,
    owner: RecordId,
    entities: BTreeMap<String, Values>,
    transfer_to: Option<String>,
}

/// What became of a lead.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ConvertedLead {
    /// The account, made or found by its name.
    pub account: Option<RecordId>,
    /// The contact.
    pub contact: Option<RecordId>,
    /// The potential.
    pub potential: Option<RecordId>,
    /// Records of other modules.
    pub other: BTreeMap<String, RecordId>,
}

impl LeadConversion {
    /// Starts with the lead and who owns what it becomes (`assignedTo`).
    pub fn new(lead: RecordId, owner: RecordId) -> Self {
        Self {
            lead,
            owner,
            entities: BTreeMap::new(),
            transfer_to: None,
        }
    }

    /// Makes a record of a module: `Accounts`, `Contacts` or `Potentials`.
    ///
    /// The module's mandatory fields must be there, but for the owner.
    pub fn create(mut self, module: impl Into<String>, values: Values) -> Self {
        self.entities.insert(module.into(), values);
        self
    }

    /// Moves what is related to the lead to the record of a module
    /// (`transferRelatedRecordsTo`, source only).
    pub fn transfer_related_to(mut self, module: impl Into<String>) -> Self {
        self.transfer_to = Some(module.into());
        self
    }

    fn element(&self, client: &Client) -> Json {
        let mut entities = BTreeMap::new();
        for (module, values) in &self.entities {
            let mut entity: BTreeMap<String, Json> = values
                .iter()
                .map(|(field, value)| (field.to_owned(), value.encode(client.time_zone())))
                .collect();
            entity.insert("create".to_owned(), Json::Bool(true));
            entity.insert("name".to_owned(), Json::from(module.as_str()));
            entities.insert(module.clone(), Json::Map(entity));
        }
        let mut element = BTreeMap::from([
            ("leadId".to_owned(), Json::from(self.lead.to_string())),
            ("assignedTo".to_owned(), Json::from(self.owner.to_string())),
            ("entities".to_owned(), Json::Map(entities)),
        ]);
        if let Some(module) = &self.transfer_to {
            element.insert(
                "transferRelatedRecordsTo".to_owned(),
                Json::from(module.as_str()),
            );
        }
        Json::Map(element)
    }
}

impl Client {
    /// Converts a lead (`convertlead`).
    ///
    /// Afterwards a query does not find the lead any more and `sync` lists it
    /// as deleted, while `retrieve` and `revise` still work on it (recorded
    /// vtiger 7.1.0 server).
    ///
    /// # Errors
    ///
    /// `Conflict` with [`Code::LeadAlreadyConverted`] for one that is
    /// converted; `Permission` on servers that register the operation with
    /// other parameters (a stock 5.4.0 and 7.1.0); `Validation` when nothing
    /// is to be made: the server would convert the lead into nothing.
    pub async fn convert_lead(&self, conversion: &LeadConversion) -> Result<ConvertedLead, Error> {
        const OPERATION: &Operation = &Operation::CONVERTLEAD;
        if conversion.entities.is_empty() {
            return Err(
                Error::new(ErrorKind::Validation, "The lead would become nothing.")
                    .operation("simplycrm.convertlead")
                    .outcome(SendOutcome::NotSent)
                    .help("Name at least one of Accounts, Contacts and Potentials to be made."),
            );
        }
        let params = Params::new().with_json("element", &conversion.element(self));
        let result = self.call_as(OPERATION, params).await.map_err(|error| {
            if Code::of(&error) == Some(Code::AccessDenied) && error.message().ends_with("for id") {
                error.help(
                    "This server has `convertlead` registered with its old parameters (a stock 5.4.0 or 7.1.0), so that it cannot work; its administrator can register it with `element`.",
                )
            } else {
                error
            }
        })?;
        let made = match result {
            Json::Map(made) => made,
            // Nothing was made.
            Json::Null => return Ok(ConvertedLead::default()),
            Json::List(list) if list.is_empty() => return Ok(ConvertedLead::default()),
            _ => {
                return Err(
                    unreadable(OPERATION, "no list of records").outcome(SendOutcome::Unknown)
                );
            }
        };
        let mut converted = ConvertedLead::default();
        for (module, id) in made {
            let id = id
                .as_str()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| {
                    unreadable(OPERATION, "a record that is no id").outcome(SendOutcome::Unknown)
                })?;
            match module.as_str() {
                "Accounts" => converted.account = Some(id),
                "Contacts" => converted.contact = Some(id),
                "Potentials" => converted.potential = Some(id),
                _ => {
                    converted.other.insert(module, id);
                }
            }
        }
        Ok(converted)
    }
}
