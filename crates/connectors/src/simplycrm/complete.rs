//! What a new record has to have besides its content.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind};
use simplycrm_ws::{Field, RecordId as WireId};
use sync_core::{EntityKind, Fields, Op};

use super::SimplyCrm;
use super::encode::{Sheet, listed, no_marker, rejected};
use super::model::{Model, has_list, picked};

/// What stands in for a mandatory field of a new record, unless the settings say something else.
const STAND_INS: [(&str, &str, &str); 4] = [
    ("HelpDesk", "ticketstatus", "Open"),
    ("HelpDesk", "ticketpriorities", "Normal"),
    ("Invoice", "bill_street", "-"),
    ("Invoice", "ship_street", "-"),
];

impl SimplyCrm {
    /// What a new record has to have besides its content.
    pub(super) async fn complete(
        &self,
        model: &Model,
        op: &Op,
        sheet: &mut Sheet,
    ) -> Result<(), Error> {
        let values = &mut sheet.values;
        if model.field("assigned_user_id").is_some() {
            let owner = match self.inner.owner {
                Some(owner) => owner,
                None => self.inner.client.login().await?.user_id,
            };
            values.insert("assigned_user_id".to_owned(), owner.to_string());
        }
        if let Some(field) = self.inner.markers.get(model.module) {
            if model.field(field).is_none() {
                return Err(no_marker(model.module, field));
            }
            values.insert(field.clone(), op.marker.as_str().to_owned());
        }
        if model.kind == EntityKind::Invoice {
            self.bill_to(model, values).await?;
            if !values.contains_key("currency_id")
                && let Some(base) = model.currencies.base()
                && let Ok((id, rate)) = model.currencies.find(base)
            {
                values.insert("currency_id".to_owned(), id.to_string());
                values.insert("conversion_rate".to_owned(), rate.to_owned());
            }
        }
        values.retain(|_, text| !text.is_empty());
        // What the settings say stands in for any field, mandatory or not.
        for ((module, field), text) in &self.inner.defaults {
            if module == model.module && !values.contains_key(field) && !text.is_empty() {
                let text = match model.field(field) {
                    Some(known) => listed(model, known, field, text)?,
                    None => text.clone(),
                };
                values.insert(field.clone(), text);
            }
        }
        let by_lines = ["productid", "hdnTaxType", "LineItems"];
        for field in &model.describe.fields {
            let has = values.contains_key(&field.name)
                || (model.lines && by_lines.contains(&field.name.as_str()));
            if has || !field.mandatory || !field.editable {
                continue;
            }
            let text = self.stand_in(model, field, &op.fields).ok_or_else(|| {
                rejected(
                    &field.name,
                    &format!(
                        "({}) is mandatory in {} and has no value",
                        field.label, model.module
                    ),
                )
                .help(format!(
                    "Give the record one, or set a default for `{}` of {} in the connection.",
                    field.name, model.module
                ))
            })?;
            values.insert(field.name.clone(), text);
        }
        Ok(())
    }

    fn stand_in(&self, model: &Model, field: &Field, fields: &Fields) -> Option<String> {
        if matches!(
            (model.module, field.name.as_str()),
            ("Contacts" | "Leads", "lastname")
        ) {
            let names = ["company", "email", "phone"];
            let name = names
                .iter()
                .filter_map(|name| fields.text(name))
                .find(|text| !text.trim().is_empty())?;
            return Some(name.to_owned());
        }
        let usual = STAND_INS
            .iter()
            .find(|(module, name, _)| *module == model.module && *name == field.name)
            .map(|(_, _, text)| *text);
        match has_list(field) {
            true => usual
                .and_then(|word| picked(field, word))
                .map(str::to_owned),
            false => usual.map(str::to_owned),
        }
    }

    /// Copies the addresses of the organisation onto a new invoice, as the CRM's own screen does.
    async fn bill_to(
        &self,
        model: &Model,
        values: &mut BTreeMap<String, String>,
    ) -> Result<(), Error> {
        let account = values
            .get("account_id")
            .and_then(|id| id.parse::<WireId>().ok());
        let Some(account) = account else {
            return Ok(());
        };
        let record = match self.inner.client.retrieve(&account).await {
            Ok(record) => record,
            // What is missing or hidden has no address; whether it may be billed the server says.
            Err(error) if matches!(error.kind(), ErrorKind::Permission | ErrorKind::NotFound) => {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for part in ["street", "city", "state", "code", "country", "pobox"] {
            for side in ["bill", "ship"] {
                let name = format!("{side}_{part}");
                let text = record.text(&name);
                if !text.is_empty() && model.field(&name).is_some() {
                    values.insert(name, text.into_owned());
                }
            }
        }
        Ok(())
    }
}
