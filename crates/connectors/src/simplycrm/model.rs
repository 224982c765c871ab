//! What an installation says of a module, as far as reading and writing need it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use api_core::{Error, ErrorKind, SendOutcome};
use simplycrm_ws::{Describe, Field, RecordId as WireId};
use sync_core::EntityKind;

use super::currency::Currencies;
use super::custom::CustomFields;
use super::table::{self, Shape};
use super::{Inner, SimplyCrm};

/// How long a module's description is believed.
const FRESH: Duration = Duration::from_secs(300);

/// A tax of the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tax {
    /// Its field on a line: `tax1`.
    pub(super) field: String,
    /// What people call it.
    pub(super) label: String,
}

/// A module as it is on this server.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) kind: EntityKind,
    pub(super) module: &'static str,
    pub(super) describe: Arc<Describe>,
    prefix: u32,
    /// The prefixes of the kinds that its references are of.
    pub(super) prefixes: BTreeMap<EntityKind, u32>,
    pub(super) currencies: Arc<Currencies>,
    pub(super) taxes: Vec<Tax>,
    /// Whether invoices have lines here.
    pub(super) lines: bool,
    pub(super) custom: CustomFields,
}

impl Model {
    /// A module without currencies and taxes.
    #[cfg(test)]
    pub(super) fn for_tests(
        kind: EntityKind,
        module: &'static str,
        custom: CustomFields,
        describe: Arc<Describe>,
        prefixes: BTreeMap<EntityKind, u32>,
        lines: bool,
    ) -> Self {
        Self {
            kind,
            module,
            prefix: describe.id_prefix.unwrap_or_default(),
            describe,
            prefixes,
            currencies: Arc::default(),
            taxes: Vec::new(),
            lines,
            custom,
        }
    }

    /// The described field of this name.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.describe.field(name)
    }

    /// The wire id of a record of this module; `None` for what cannot be one.
    pub(super) fn id(&self, id: &sync_core::RecordId) -> Option<WireId> {
        let id: WireId = id.as_str().parse().ok()?;
        (id.prefix == self.prefix()).then_some(id)
    }

    /// The prefix of the module's records.
    pub(super) fn prefix(&self) -> u32 {
        self.prefix
    }
}

impl SimplyCrm {
    /// The module of a kind of record.
    pub(super) async fn model(&self, kind: EntityKind) -> Result<Model, Error> {
        self.inner.model(kind).await
    }
}

impl Inner {
    async fn model(&self, kind: EntityKind) -> Result<Model, Error> {
        let unknown = || {
            Error::new(
                ErrorKind::Config,
                format!("Simply CRM has no {} here.", kind.plural()),
            )
            .operation("simplycrm.describe")
            .outcome(SendOutcome::NotSent)
        };
        let module = table::module_of(kind)
            .filter(|_| self.capabilities.of(kind).is_some())
            .ok_or_else(unknown)?;
        let describe = self.described(module).await?;
        let prefix = describe.id_prefix.ok_or_else(|| {
            Error::new(
                ErrorKind::Decode,
                format!("The server does not say what ids of {module} look like."),
            )
            .operation("simplycrm.describe")
            .outcome(SendOutcome::NotSent)
        })?;
        let mut prefixes = BTreeMap::from([(kind, prefix)]);
        let mut currencies = Arc::default();
        let mut lines = false;
        for entry in self.table.entries(kind) {
            match entry.shape {
                Shape::Ref(other) => self.prefix(&mut prefixes, other).await?,
                Shape::Currency => currencies = self.currencies.get(&self.client).await?,
                Shape::BaseCurrency => match self.currencies.get(&self.client).await {
                    Ok(known) => currencies = known,
                    // Prices are read and written without a word about their currency then.
                    Err(error) if error.kind() == ErrorKind::Permission => {}
                    Err(error) => return Err(error),
                },
                Shape::Lines => {
                    lines = self.client.probe().await?.line_items;
                    self.prefix(&mut prefixes, EntityKind::Product).await?;
                }
                _ => {}
            }
        }
        let taxes = describe.fields.iter().filter(|field| is_tax(&field.name));
        let taxes = taxes.map(|field| Tax {
            field: field.name.clone(),
            label: field.label.clone(),
        });
        let mut used = self.table.wires(kind);
        used.extend(self.markers.get(module).map(String::as_str));
        Ok(Model {
            kind,
            module,
            prefix,
            prefixes,
            currencies,
            taxes: taxes.collect(),
            lines,
            custom: CustomFields::of(&describe, &used),
            describe,
        })
    }

    /// How the module looks; asked again now and then, because lists and fields are added.
    async fn described(&self, module: &'static str) -> Result<Arc<Describe>, Error> {
        let stale = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let before = asked.get(module).copied();
            let stale = before.is_some_and(|at| now.duration_since(at) >= FRESH);
            if stale || before.is_none() {
                asked.insert(module, now);
            }
            stale
        };
        if stale {
            self.client.describe_again(module).await
        } else {
            self.client.described(module).await
        }
    }

    async fn prefix(
        &self,
        prefixes: &mut BTreeMap<EntityKind, u32>,
        kind: EntityKind,
    ) -> Result<(), Error> {
        let Some(module) = table::module_of(kind) else {
            return Ok(());
        };
        if prefixes.contains_key(&kind) {
            return Ok(());
        }
        match self.client.described(module).await {
            Ok(describe) => {
                prefixes.extend(describe.id_prefix.map(|prefix| (kind, prefix)));
                Ok(())
            }
            // A module that the user may not see: what refers to it reads as nothing.
            Err(error) if error.kind() == ErrorKind::Permission => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// `tax1`, `tax2` …, which a line has; not the taxes of charges.
fn is_tax(name: &str) -> bool {
    name.strip_prefix("tax")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether the field takes the values of a list; one that is empty for this user is none.
pub(super) fn has_list(field: &Field) -> bool {
    !field.picklist_values().is_empty()
}

/// The value of a list that a word means: itself, or one that differs in capitals, or one that is
/// shown under this word.
pub(super) fn picked<'a>(field: &'a Field, word: &str) -> Option<&'a str> {
    let values = field.picklist_values();
    let word = word.trim();
    let lower = word.to_lowercase();
    let exact = values.iter().find(|option| option.value == word);
    let same = || {
        values
            .iter()
            .find(|option| option.value.to_lowercase() == lower)
    };
    let shown = || {
        values
            .iter()
            .find(|option| option.label.to_lowercase() == lower)
    };
    exact
        .or_else(same)
        .or_else(shown)
        .map(|option| option.value.as_str())
}
