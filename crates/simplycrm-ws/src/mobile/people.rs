//! Modules, the user, owners, references, taxes.

use std::collections::BTreeMap;

use api_core::{Error, Json};
use rust_decimal::Decimal;

use super::client::Client;
use super::operations as op;
use super::record::Labelled;
use super::wire;
use crate::{Params, RecordId, decode_entities};

/// A module that the user may see.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Module {
    /// The prefix of its records' ids (`id`); differs per installation.
    pub prefix: Option<u32>,
    /// The module's name, such as `HelpDesk`.
    pub name: String,
    /// Whether its records are entities.
    pub is_entity: bool,
    /// What a person sees, such as `Trouble Tickets`.
    pub label: String,
    /// What a person calls one record, such as `Ticket`.
    pub singular: String,
}

impl Module {
    pub(crate) fn read_all(operation: &str, result: &Json) -> Result<Vec<Self>, Error> {
        wire::rows(operation, result, "modules")?
            .iter()
            .map(|module| {
                let name = wire::filled(module.get("name"))
                    .ok_or_else(|| wire::unreadable(operation, "a module without name", module))?;
                Ok(Self {
                    prefix: wire::whole(module.get("id")),
                    name,
                    is_entity: wire::flag(module.get("isEntity")).unwrap_or(true),
                    label: decode_entities(&wire::text(module.get("label")).unwrap_or_default()),
                    singular: decode_entities(
                        &wire::text(module.get("singular")).unwrap_or_default(),
                    ),
                })
            })
            .collect()
    }
}

/// The user who is logged in; the new generation only.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserInfo {
    /// The number of the user, without prefix.
    pub id: u64,
    /// The name to log in with.
    pub username: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The e-mail address.
    pub email: String,
    /// The zone of what the user sees, such as `Europe/Copenhagen`.
    pub time_zone: String,
    /// How dates are shown, such as `yyyy-mm-dd`; not how they are sent.
    pub date_format: String,
    /// Whether the user is an administrator.
    pub is_admin: bool,
    /// The modules of each menu, by the menu's name.
    pub menus: BTreeMap<String, Vec<String>>,
    /// The menus in their order.
    pub apps: Vec<String>,
}

impl UserInfo {
    pub(crate) fn read(result: &Json) -> Result<Self, Error> {
        let operation = op::USER_INFO.name();
        let user = result.get("userinfo");
        let field =
            |name: &str| wire::text(user.and_then(|user| user.get(name))).unwrap_or_default();
        let id = wire::whole(user.and_then(|user| user.get("id")))
            .ok_or_else(|| wire::unreadable(operation, "no user", result))?;
        let names = |list: &Json| -> Vec<String> {
            list.as_list()
                .unwrap_or_default()
                .iter()
                .filter_map(|one| wire::filled(one.get("name")).or_else(|| wire::filled(Some(one))))
                .collect()
        };
        Ok(Self {
            id,
            username: field("username"),
            first_name: field("first_name"),
            last_name: field("last_name"),
            email: field("email"),
            time_zone: field("time_zone"),
            date_format: field("date_format"),
            is_admin: wire::flag(user.and_then(|user| user.get("is_admin"))).unwrap_or_default(),
            menus: result
                .get("menus")
                .and_then(Json::as_map)
                .into_iter()
                .flatten()
                .map(|(menu, modules)| (menu.clone(), names(modules)))
                .collect(),
            apps: result.get("apps").map(names).unwrap_or_default(),
        })
    }
}

/// Who may own a record of a module; the new generation only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Owners {
    /// The users, such as `19x1`.
    pub users: Vec<Labelled>,
    /// The groups, such as `20x2`.
    pub groups: Vec<Labelled>,
}

impl Owners {
    pub(crate) fn read(result: &Json) -> Result<Self, Error> {
        let operation = op::OWNERS.name();
        let read = |name: &str| -> Result<Vec<Labelled>, Error> {
            match result.get(name) {
                None | Some(Json::Null) => Ok(Vec::new()),
                Some(_) => labelled(operation, wire::rows(operation, result, name)?),
            }
        };
        if result.get("users").is_none() && result.get("groups").is_none() {
            return Err(wire::unreadable(operation, "no owners", result));
        }
        Ok(Self {
            users: read("users")?,
            groups: read("groups")?,
        })
    }
}

fn labelled(operation: &str, rows: &[Json]) -> Result<Vec<Labelled>, Error> {
    rows.iter()
        .map(|row| {
            Labelled::read(row)
                .ok_or_else(|| wire::unreadable(operation, "a row without value and label", row))
        })
        .collect()
}

/// A search text as it can stand in the query that the server pastes it into.
///
/// Quotes are doubled; backslashes are quadrupled, as the server compares
/// with LIKE (recorded vtiger 7.1.0 server for quotes, source for LIKE).
pub(crate) fn reference_search(text: &str) -> String {
    text.replace('\\', "\\\\\\\\").replace('\'', "''")
}

/// Which taxes to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaxKind {
    /// Taxes of products and services (`inventory`).
    Inventory,
    /// Taxes of shipping (`shipping`).
    Shipping,
}

impl TaxKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Inventory => "inventory",
            Self::Shipping => "shipping",
        }
    }
}

/// A tax; the new generation only.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tax {
    /// The tax's number.
    pub id: u64,
    /// The field's name, such as `tax1` or `shtax1`.
    pub name: String,
    /// What a person sees, such as `VAT`.
    pub label: String,
    /// The rate in percent.
    pub percentage: Option<Decimal>,
    /// Whether it is no longer used.
    pub deleted: bool,
    /// `Simple`, `Compound` or `Deducted`.
    pub method: String,
    /// `Fixed` or `Variable` by region.
    pub kind: String,
}

impl Tax {
    pub(crate) fn read_all(result: &Json) -> Result<Vec<Self>, Error> {
        let operation = op::TAXES.name();
        let rows = match result {
            Json::List(rows) => rows.iter().collect::<Vec<_>>(),
            // A PHP array whose keys are not 0, 1, 2 …
            Json::Map(rows) => rows.values().collect(),
            _ => return Err(wire::unreadable(operation, "no list of taxes", result)),
        };
        rows.into_iter()
            .map(|row| {
                let id = wire::whole(row.get("taxid"))
                    .ok_or_else(|| wire::unreadable(operation, "a tax without id", row))?;
                let word = |name: &str| wire::text(row.get(name)).unwrap_or_default();
                Ok(Self {
                    id,
                    name: word("taxname"),
                    label: decode_entities(&word("taxlabel")),
                    percentage: decimal(row.get("percentage")),
                    deleted: wire::flag(row.get("deleted")).unwrap_or_default(),
                    method: word("method"),
                    kind: word("type"),
                })
            })
            .collect()
    }
}

/// A charge of an inventory record, such as shipping; the new generation only.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Charge {
    /// The amount; `None` where none is set.
    pub value: Option<Decimal>,
    /// The rate of each tax in percent, by the tax's number.
    pub taxes: BTreeMap<u64, Decimal>,
}

impl Charge {
    pub(crate) fn read_all(result: &Json) -> Result<BTreeMap<u64, Self>, Error> {
        let operation = op::TAXES.name();
        let Some(charges) = wire::members(operation, Some(result), "charges", result)? else {
            return Ok(BTreeMap::new());
        };
        let unreadable = |what: &str| wire::unreadable(operation, what, result);
        charges
            .iter()
            .map(|(id, charge)| {
                let id = id
                    .parse()
                    .map_err(|_| unreadable("a charge without number"))?;
                let taxes = wire::members(operation, charge.get("taxes"), "taxes", result)?;
                let taxes = taxes
                    .into_iter()
                    .flatten()
                    .map(|(tax, rate)| {
                        tax.parse()
                            .ok()
                            .zip(decimal(Some(rate)))
                            .ok_or_else(|| unreadable("a tax that is no number"))
                    })
                    .collect::<Result<_, _>>()?;
                let value = decimal(charge.get("value"));
                Ok((id, Self { value, taxes }))
            })
            .collect()
    }
}

fn decimal(json: Option<&Json>) -> Option<Decimal> {
    match json? {
        Json::Number(number) => number.to_decimal(),
        Json::Text(text) => Decimal::from_str_exact(text.trim()).ok(),
        _ => None,
    }
}

impl Client {
    /// Reads the modules that the user may see (`fetchModules`).
    ///
    /// Calendar stands for tasks and events; users are left out (recorded
    /// servers of both generations). The old generation has no such operation:
    /// there the modules of a fresh login are read.
    ///
    /// # Errors
    ///
    /// When the call fails or the answer cannot be read.
    pub async fn modules(&self) -> Result<Vec<Module>, Error> {
        if self.generation().await? == super::Generation::Old {
            return Ok(self.login_and_fetch_modules().await?.1);
        }
        let result = self.run(&op::MODULES, Params::new()).await?;
        let modules = Module::read_all(op::MODULES.name(), &result)?;
        self.keep_prefixes(&modules);
        Ok(modules)
    }

    /// Reads who is logged in, and the menus (`userInfo`).
    ///
    /// # Errors
    ///
    /// `Config` in the old generation, which has no such operation.
    pub async fn user_info(&self) -> Result<UserInfo, Error> {
        UserInfo::read(&self.run(&op::USER_INFO, Params::new()).await?)
    }

    /// Reads who may own a record of a module (`fetchModuleOwners`).
    ///
    /// # Errors
    ///
    /// `Config` in the old generation, which has no such operation.
    pub async fn owners(&self, module: &str) -> Result<Owners, Error> {
        let params = Params::new().with("module", module);
        Owners::read(&self.run(&op::OWNERS, params).await?)
    }

    /// Finds records of a module by a part of their title (`fetchReferenceRecords`).
    ///
    /// At most 100 (recorded vtiger 7.1.0 server). Quotes in the text are
    /// doubled here, because the server pastes it into a query as it comes;
    /// `%` and `_` stand for any characters, and `<`, `>` and `&` are altered
    /// on the way.
    ///
    /// # Errors
    ///
    /// `Config` in the old generation, which has no such operation.
    pub async fn references(&self, module: &str, text: &str) -> Result<Vec<Labelled>, Error> {
        let params = Params::new()
            .with("module", module)
            .with("searchValue", reference_search(text));
        let result = self.run(&op::REFERENCES, params).await?;
        let operation = op::REFERENCES.name();
        match &result {
            Json::List(rows) => labelled(operation, rows),
            Json::Null => Ok(Vec::new()),
            _ => Err(wire::unreadable(operation, "no list of records", &result)),
        }
    }

    /// Reads the taxes of a kind (`taxByType`).
    ///
    /// # Errors
    ///
    /// `Config` in the old generation, which has no such operation.
    pub async fn taxes(&self, kind: TaxKind) -> Result<Vec<Tax>, Error> {
        let params = Params::new().with("taxType", kind.as_str());
        Tax::read_all(&self.run(&op::TAXES, params).await?)
    }

    /// Reads the charges of an inventory record (`taxByType` with `charges`).
    ///
    /// # Errors
    ///
    /// `Config` in the old generation, which has no such operation.
    pub async fn charges(&self, record: &RecordId) -> Result<BTreeMap<u64, Charge>, Error> {
        let params = Params::new()
            .with("taxType", "charges")
            .with("record", record.number.to_string());
        Charge::read_all(&self.run(&op::TAXES, params).await?)
    }
}
