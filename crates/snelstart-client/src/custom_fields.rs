//! Extra fields that an administration defines itself (`customFields`).

use api_core::Json;

use crate::model::{model, words};

words! {
    /// What an extra field holds (`type`).
    pub enum CustomFieldType {
        /// Text.
        Text = "Text",
        /// A whole number.
        Integer = "Integer",
        /// An amount, of at most four decimals.
        Money = "Money",
        /// A number.
        Float = "Float",
        /// A date and a time.
        DateTime = "DateTime",
        /// Yes or no.
        Boolean = "Boolean",
        /// One of a list.
        Enum = "Enum",
        /// Bytes.
        ByteArray = "ByteArray",
    }
}

model! {
    /// A property of an extra field's definition, such as its length.
    pub struct CustomFieldProperty, fields CustomFieldPropertyFields, wire "CustomFieldDefinitionPropertyModel" {
        /// Its name (`name`).
        name: String = "name" [read_only],
        /// Its value (`value`), of any type.
        value: Json = "value" [read_only],
    }
}

model! {
    /// How an extra field is defined (`CustomFieldDefinitionModel`).
    pub struct CustomFieldDefinition, fields CustomFieldDefinitionFields, wire "CustomFieldDefinitionModel" {
        /// Its name (`name`), by which a value is set.
        name: String = "name" [read_only],
        /// What it holds (`type`).
        kind: CustomFieldType = "type" [read_only],
        /// What else is laid down of it (`properties`).
        properties: Vec<CustomFieldProperty> = "properties" [read_only],
        /// Where it stands from the left (`xPosition`); articles only.
        x_position: i32 = "xPosition" [read_only],
        /// Where it stands from the top (`yPosition`); articles only.
        y_position: i32 = "yPosition" [read_only],
    }
}

model! {
    /// An extra field with its value (`CustomFieldModel`).
    pub struct CustomField, fields CustomFieldFields, wire "CustomFieldModel" {
        /// Its value (`value`), of the type that the definition names.
        value: Json = "value" [read_only],
        /// How it is defined (`definition`).
        definition: CustomFieldDefinition = "definition" [read_only],
    }
}

model! {
    /// A new value for an extra field (`UpdatedCustomFieldModel`).
    pub struct CustomFieldUpdate, fields CustomFieldUpdateFields, wire "UpdatedCustomFieldModel" {
        /// The field's name (`name`).
        name: String = "name",
        /// The new value (`value`); JSON's null empties it (inferred).
        value: Json = "value",
    }
}

impl CustomFieldUpdate {
    /// Sets the field of this name to this value.
    pub fn set(name: impl Into<String>, value: impl Into<Json>) -> Self {
        Self {
            name: Some(name.into()),
            value: Some(value.into()),
            ..Self::default()
        }
    }
}

model! {
    /// The extra fields of a relation (`RelatieCustomFieldsModel`).
    pub struct RelationCustomFields, fields RelationCustomFieldsFields, wire "RelatieCustomFieldsModel" {
        /// Those it has as a customer (`klantCustomFields`).
        customer: Vec<CustomField> = "klantCustomFields",
        /// Those it has as a supplier (`leverancierCustomFields`).
        supplier: Vec<CustomField> = "leverancierCustomFields",
    }
}

model! {
    /// New values for a relation's extra fields (`RelatieUpdatedCustomFieldsModel`).
    pub struct RelationCustomFieldUpdates, fields RelationCustomFieldUpdatesFields, wire "RelatieUpdatedCustomFieldsModel" {
        /// Those it has as a customer (`klantCustomFields`).
        customer: Vec<CustomFieldUpdate> = "klantCustomFields",
        /// Those it has as a supplier (`leverancierCustomFields`).
        supplier: Vec<CustomFieldUpdate> = "leverancierCustomFields",
    }
}
