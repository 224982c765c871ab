//! Relations between records, from version 7 on.

use std::collections::BTreeSet;

use api_core::{Error, ErrorKind, Json, SendOutcome};

use crate::operation::Operation;
use crate::params::Params;
use crate::query::{Query, QueryError, encoded_len, field};
use crate::rows::{records, unreadable};
use crate::{Client, Code, Record, RecordId};

/// One of the relations a module has.
///
/// A relation is named by its label: several may lead to one module, such as
/// `Activities` and `Activity History` to `Calendar` (recorded vtiger 7.1.0
/// server).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Relation {
    /// The label, by which the relation is named in calls (`relatedLabel`).
    pub label: String,
    /// The module it leads to (`name`).
    pub module: String,
    /// Whether that is a module of records (`isEntity`).
    pub is_entity: bool,
}

/// The relations a module has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelatedTypes {
    /// The modules related to it, some of them more than once (`types`).
    pub modules: Vec<String>,
    /// The relations, in the order of their labels (`information`).
    pub relations: Vec<Relation>,
}

impl RelatedTypes {
    /// Finds a relation by its label.
    #[must_use]
    pub fn relation(&self, label: &str) -> Option<&Relation> {
        self.relations
            .iter()
            .find(|relation| relation.label == label)
    }

    fn from_json(json: &Json) -> Result<Self, Error> {
        const OPERATION: &Operation = &Operation::RELATEDTYPES;
        let modules = json
            .get("types")
            .and_then(Json::as_list)
            .ok_or_else(|| unreadable(OPERATION, "a list without `types`"))?;
        let relations = match json.get("information") {
            Some(Json::Map(by_label)) => by_label
                .iter()
                .map(|(label, about)| Relation {
                    label: label.clone(),
                    module: crate::describe::text(about, "name").unwrap_or_else(|| label.clone()),
                    is_entity: crate::describe::flag(about, "isEntity").unwrap_or(false),
                })
                .collect(),
            // PHP's empty list stands for an empty object.
            Some(Json::List(list)) if list.is_empty() => Vec::new(),
            _ => return Err(unreadable(OPERATION, "a list without `information`")),
        };
        Ok(Self {
            modules: modules
                .iter()
                .filter_map(Json::as_str)
                .map(str::to_owned)
                .collect(),
            relations,
        })
    }
}

impl Client {
    /// Lists the relations of a module (`relatedtypes`).
    ///
    /// # Errors
    ///
    /// `NotAnApi` where the operation is unknown: version 5 dies of it.
    pub async fn related_types(&self, module: &str) -> Result<RelatedTypes, Error> {
        let params = Params::new().with("elementType", module);
        let result = self.call_as(&Operation::RELATEDTYPES, params).await?;
        RelatedTypes::from_json(&result)
    }

    /// Returns the records related to a record, at most 100 (`retrieve_related`).
    ///
    /// There are no further pages (recorded vtiger 7.1.0 server);
    /// [`query_related`](Self::query_related) has them. Inventory records come
    /// without lines.
    ///
    /// # Errors
    ///
    /// [`Code::UnknownEntity`] when no relation of that label leads to the
    /// module.
    pub async fn retrieve_related(
        &self,
        id: &RecordId,
        module: &str,
        label: &str,
    ) -> Result<Vec<Record>, Error> {
        let params = Params::new()
            .with("id", id.to_string())
            .with("relatedType", module)
            .with("relatedLabel", label);
        let result = self.call_as(&Operation::RETRIEVE_RELATED, params).await?;
        records(&Operation::RETRIEVE_RELATED, result)
    }

    /// Returns those related records that a query finds, at most 100
    /// (`query_related`).
    ///
    /// The query's module is that of the relation. Further pages: order by
    /// `id`, with a condition that it is greater than the last one.
    ///
    /// # Errors
    ///
    /// `Validation` for a query that cannot be joined with a relation, see
    /// [`Query::build_related`]; [`Code::UnknownEntity`] when no relation of
    /// that label leads to the module.
    pub async fn query_related(
        &self,
        id: &RecordId,
        label: &str,
        query: &Query,
    ) -> Result<Vec<Record>, Error> {
        let text = query.build_related()?;
        self.check_fields(query)?;
        let length = encoded_len(&text) + encoded_len(label);
        if length > self.room() {
            return Err(
                Error::from(QueryError::TooLong(length)).operation("simplycrm.query_related")
            );
        }
        let params = Params::new()
            .with("query", text)
            .with("id", id.to_string())
            .with("relatedLabel", label);
        let result = self.call_as(&Operation::QUERY_RELATED, params).await?;
        records(&Operation::QUERY_RELATED, result)
    }

    /// Relates one record to another (`add_related`).
    ///
    /// The server reports success for modules that are not related too, and
    /// does nothing (recorded vtiger 7.1.0 server); so the relation's label is
    /// looked up first, and what is not there is refused. The two modules must
    /// be visible to the user.
    ///
    /// # Errors
    ///
    /// `Validation` when the module has no relation of that label, or it leads
    /// to another module.
    pub async fn add_related(
        &self,
        source: &RecordId,
        related: &RecordId,
        label: &str,
    ) -> Result<(), Error> {
        const OPERATION: &str = "simplycrm.add_related";
        let refused = |what: String| {
            Error::new(ErrorKind::Validation, what)
                .operation(OPERATION)
                .outcome(SendOutcome::NotSent)
        };
        let module = self.module_of(source).await?;
        let relations = self.related_types(&module).await?;
        let Some(relation) = relations.relation(label) else {
            return Err(refused(format!("{module} has no relation {label:?}."))
                .help("Name it by its label, as `related_types` lists it."));
        };
        let describe = self.described(&relation.module).await?;
        if !describe.has_id(*related) {
            return Err(refused(format!(
                "The relation {label:?} of {module} leads to {}, and {related} is no record of that.",
                relation.module
            )));
        }
        let params = Params::new()
            .with("sourceRecordId", source.to_string())
            .with("relatedRecordId", related.to_string())
            .with("relationIdLabel", label);
        self.call_as(&Operation::ADD_RELATED, params).await?;
        Ok(())
    }

    /// Whether one record is related to another, asked by a query.
    ///
    /// # Errors
    ///
    /// As [`query_related`](Self::query_related).
    pub async fn is_related(
        &self,
        source: &RecordId,
        related: &RecordId,
        label: &str,
    ) -> Result<bool, Error> {
        let module = self.module_of(related).await?;
        let query = Query::select(["id"])
            .from(module)
            .filter(field("id").eq(related));
        let rows = self.query_related(source, label, &query).await?;
        Ok(rows.iter().any(|row| row.id().as_ref() == Some(related)))
    }

    /// Ends the relation of two records (`delete_related`).
    ///
    /// Not in a stock 7.1.0 (recorded server); its parameters are known from
    /// source only.
    ///
    /// # Errors
    ///
    /// `NotAnApi` where the operation is unknown.
    pub async fn delete_related(
        &self,
        source: &RecordId,
        related: &RecordId,
        label: Option<&str>,
    ) -> Result<(), Error> {
        let mut params = Params::new()
            .with("sourceRecordId", source.to_string())
            .with("relatedRecordId", related.to_string());
        if let Some(label) = label {
            params = params.with("relationIdLabel", label);
        }
        self.call_as(&Operation::DELETE_RELATED, params).await?;
        Ok(())
    }

    /// The module that an id belongs to, by its prefix.
    ///
    /// Asks what each module looks like until one has the prefix; the answers
    /// are remembered.
    ///
    /// # Errors
    ///
    /// `NotFound` when no module that the user sees has the prefix.
    pub async fn module_of(&self, id: &RecordId) -> Result<String, Error> {
        if let Some(known) = self.descriptions().by_prefix(id.prefix) {
            return Ok(known.name.clone());
        }
        let listed = self.list_types(&[]).await?;
        let modules: BTreeSet<String> = listed.types.into_iter().collect();
        for module in modules {
            match self.described(&module).await {
                Ok(describe) if describe.has_id(*id) => return Ok(module),
                Ok(_) => {}
                // A module that is listed and not to be seen is not this one.
                Err(error) if Code::of(&error) == Some(Code::AccessDenied) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::new(
            ErrorKind::NotFound,
            format!("No module that this user sees has ids like {id}."),
        )
        .operation("simplycrm.describe"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_without_relations_is_empty_and_one_without_form_an_error() {
        let read = |json: &str| RelatedTypes::from_json(&Json::parse(json).unwrap());
        let none = read(r#"{"types":[],"information":[]}"#).unwrap();
        assert!(none.modules.is_empty() && none.relations.is_empty());
        assert!(read(r#"{"types":[]}"#).is_err());
        assert!(read("[]").is_err());
    }
}
