//! Field overrides by minijinja expressions, for configurations.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use rust_decimal::Decimal;

use super::{EntityMapper, MapError};
use crate::fields::schema;
use crate::{EntityKind, FieldName, Fields, Record, Value};

/// How many steps one expression may take.
const FUEL: u64 = 20_000;
/// How long a result may be, in bytes.
const MAX_RESULT: usize = 64 * 1024;

/// The override of one field.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FieldRule {
    /// A minijinja expression (`name | upper`) or template (`{{ first_name }} {{ last_name }}`)
    /// over the source record's fields; without one the field is taken as it is.
    pub expr: Option<String>,
    /// Taken when the result is empty.
    pub default: Option<String>,
    /// Whether an empty result rejects the record.
    pub required: bool,
    /// Replaces the result by another word; a word that is not in it rejects the record.
    pub lookup: Option<BTreeMap<String, String>>,
}

/// A rule that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: {message}")]
pub struct RuleError {
    /// The field.
    pub field: String,
    /// What is wrong, and where.
    pub message: String,
}

/// Overrides fields of one kind of record, and sends the others as they are.
///
/// Decimals reach an expression as text, so that money never passes through a binary float.
pub struct Expressions {
    entity: EntityKind,
    env: Environment<'static>,
    rules: BTreeMap<FieldName, (FieldRule, Form)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Copy,
    Expression,
    Template,
}

impl std::fmt::Debug for Expressions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Expressions")
            .field("entity", &self.entity)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

impl Expressions {
    /// Compiles the rules of one kind of record and tries each on a record without values and on
    /// one with a value in every field: names of filters, functions and tests are looked up only
    /// when they are used. What else goes wrong in a try is left to the real records.
    ///
    /// # Errors
    /// When a rule cannot be compiled, or uses a filter, function or test that there is not.
    pub fn new(
        entity: EntityKind,
        rules: BTreeMap<FieldName, FieldRule>,
    ) -> Result<Arc<Self>, RuleError> {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        env.set_fuel(Some(FUEL));
        env.set_recursion_limit(50);
        let mut compiled = BTreeMap::new();
        for (field, rule) in rules {
            let form = match &rule.expr {
                None => Form::Copy,
                Some(text) if text.contains("{{") || text.contains("{%") => Form::Template,
                Some(_) => Form::Expression,
            };
            let check = match (&rule.expr, form) {
                (Some(text), Form::Template) => {
                    env.add_template_owned(field.as_str().to_owned(), text.clone())
                }
                (Some(text), Form::Expression) => env.compile_expression(text).map(|_| ()),
                _ => Ok(()),
            };
            check
                .and_then(|()| names(entity, &env, &field, &rule, form))
                .map_err(|error| RuleError {
                    field: field.as_str().to_owned(),
                    message: sentence(&error),
                })?;
            compiled.insert(field, (rule, form));
        }
        Ok(Arc::new(Self {
            entity,
            env,
            rules: compiled,
        }))
    }

    fn evaluate(
        &self,
        field: &FieldName,
        rule: &FieldRule,
        form: Form,
        record: &Record,
        context: &minijinja::Value,
    ) -> Result<Value, MapError> {
        let failed = |error: minijinja::Error| MapError::field(field.as_str(), sentence(&error));
        let expr = rule.expr.as_deref().unwrap_or_default();
        let mut value = match form {
            Form::Copy => record.fields.get(field.as_str()).clone(),
            Form::Template => {
                let template = self.env.get_template(field.as_str()).map_err(failed)?;
                Value::text(template.render(context).map_err(failed)?)
            }
            Form::Expression => {
                let expression = self.env.compile_expression(expr).map_err(failed)?;
                from_jinja(&expression.eval(context).map_err(failed)?)
                    .map_err(|message| MapError::field(field.as_str(), message))?
            }
        };
        if let (Value::Text(text), true) = (&value, form != Form::Copy)
            && text.len() > MAX_RESULT
        {
            return Err(MapError::field(
                field.as_str(),
                "the result is longer than 64 KiB",
            ));
        }
        if let Some(lookup) = &rule.lookup
            && !value.is_empty()
        {
            let word = plain(&value);
            let found = lookup
                .get(&word)
                .or_else(|| lookup.get("*"))
                .ok_or_else(|| {
                    MapError::field(field.as_str(), format!("the look-up table has no `{word}`"))
                })?;
            value = Value::text(found.clone());
        }
        if value.is_empty()
            && let Some(default) = &rule.default
        {
            value = Value::text(default.clone());
        }
        if value.is_empty() && rule.required {
            return Err(MapError::field(
                field.as_str(),
                "is required and has no value",
            ));
        }
        coerce(self.entity, field, value)
    }
}

impl EntityMapper for Expressions {
    fn map(&self, record: &Record) -> Result<Fields, MapError> {
        let mut fields = record.fields.clone();
        let context = context(record);
        for (field, (rule, form)) in &self.rules {
            let value = self.evaluate(field, rule, *form, record, &context)?;
            fields.set(field.clone(), value);
        }
        Ok(fields)
    }

    fn fingerprint(&self) -> String {
        format!("{:?}", self.rules)
    }
}

/// Makes the text that an expression gave into the type that the field has.
fn coerce(entity: EntityKind, field: &FieldName, value: Value) -> Result<Value, MapError> {
    let Some(spec) = schema(entity)
        .iter()
        .find(|spec| spec.name == field.as_str())
    else {
        return Ok(value);
    };
    let Value::Text(text) = &value else {
        return Ok(match (spec.expected, &value) {
            ("text", Value::Int(n)) => Value::Text(n.to_string()),
            ("text", Value::Bool(b)) => Value::Text(b.to_string()),
            ("text", Value::Decimal(d)) => Value::Text(d.to_string()),
            _ => value,
        });
    };
    let text = text.trim();
    let made = match spec.expected {
        "a decimal number" => text.parse::<Decimal>().map(Value::Decimal).ok(),
        "a whole number" => text.parse().map(Value::Int).ok(),
        "a boolean" => match text {
            "true" | "1" | "yes" => Some(Value::Bool(true)),
            "false" | "0" | "no" => Some(Value::Bool(false)),
            _ => None,
        },
        "a date" => text.parse().map(Value::Date).ok(),
        "a time stamp" => text.parse().map(Value::Timestamp).ok(),
        _ => return Ok(value),
    };
    made.ok_or_else(|| {
        MapError::field(
            field.as_str(),
            format!("the result is not {}", spec.expected),
        )
    })
}

/// Finds names that there are not.
fn names(
    entity: EntityKind,
    env: &Environment<'_>,
    field: &FieldName,
    rule: &FieldRule,
    form: Form,
) -> Result<(), minijinja::Error> {
    let text = rule.expr.as_deref().unwrap_or_default();
    let full: Fields = schema(entity)
        .iter()
        .map(|spec| (FieldName::known(spec.name), Value::from("1")))
        .collect();
    for fields in [Fields::new(), full] {
        let context = context(&Record::new(entity, "1", fields));
        let tried = match form {
            Form::Copy => return Ok(()),
            Form::Template => env.get_template(field.as_str())?.render(context).map(drop),
            Form::Expression => env.compile_expression(text)?.eval(context).map(drop),
        };
        if let Err(error) = tried
            && matches!(
                error.kind(),
                ErrorKind::UnknownFilter | ErrorKind::UnknownFunction | ErrorKind::UnknownTest
            )
        {
            return Err(error);
        }
    }
    Ok(())
}

fn plain(value: &Value) -> String {
    match value.to_plain_json() {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

fn context(record: &Record) -> minijinja::Value {
    let mut map: serde_json::Map<String, serde_json::Value> = schema(record.entity)
        .iter()
        .map(|spec| (spec.name.to_owned(), serde_json::Value::Null))
        .collect();
    for (name, value) in record.fields.iter() {
        map.insert(name.as_str().to_owned(), value.to_plain_json());
    }
    map.insert("id".to_owned(), record.id.as_str().into());
    minijinja::Value::from(minijinja::value::Serde(map))
}

fn from_jinja(value: &minijinja::Value) -> Result<Value, String> {
    use minijinja::value::ValueKind;
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(Value::Null),
        ValueKind::Bool => Ok(Value::Bool(value.is_true())),
        ValueKind::Number => match i64::try_from(value.clone()) {
            Ok(n) => Ok(Value::Int(n)),
            Err(_) => value
                .to_string()
                .parse()
                .map(Value::Decimal)
                .map_err(|_| "the result is a number that cannot be held exactly".to_owned()),
        },
        ValueKind::String => Ok(Value::text(value.as_str().unwrap_or_default())),
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter().map_err(|error| sentence(&error))?;
            items
                .map(|item| from_jinja(&item))
                .collect::<Result<_, _>>()
                .map(Value::List)
        }
        ValueKind::Map => {
            let keys = value.try_iter().map_err(|error| sentence(&error))?;
            let mut map = BTreeMap::new();
            for key in keys {
                let item = value.get_item(&key).map_err(|error| sentence(&error))?;
                map.insert(key.to_string(), from_jinja(&item)?);
            }
            Ok(Value::Map(map))
        }
        other => Err(format!("the result is {other}, which no field can hold")),
    }
}

fn sentence(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules<const N: usize>(list: [(&str, FieldRule); N]) -> BTreeMap<FieldName, FieldRule> {
        list.into_iter()
            .map(|(name, rule)| (FieldName::new(name), rule))
            .collect()
    }

    fn expr(text: &str) -> FieldRule {
        FieldRule {
            expr: Some(text.to_owned()),
            ..FieldRule::default()
        }
    }

    fn customer() -> Record {
        let fields = Fields::new()
            .with("name", "Bakkerij Jansen")
            .with("vat_number", "NL1");
        Record::new(EntityKind::Customer, "7", fields)
    }

    #[test]
    fn expressions_and_templates_override_fields_and_leave_the_others() {
        let mapper = Expressions::new(
            EntityKind::Customer,
            rules([
                ("name", expr("name | upper")),
                ("number", expr("C{{ id }}")),
                ("active", expr("vat_number is not none")),
            ]),
        )
        .unwrap();
        let fields = mapper.map(&customer()).unwrap();
        assert_eq!(fields.text("name"), Some("BAKKERIJ JANSEN"));
        assert_eq!(fields.text("number"), Some("C7"));
        assert_eq!(fields.get("active"), &Value::Bool(true));
        assert_eq!(fields.text("vat_number"), Some("NL1"));
    }

    #[test]
    fn defaults_requirements_and_lookups_name_the_field() {
        let lookup = BTreeMap::from([("NL1".to_owned(), "domestic".to_owned())]);
        let mapper = Expressions::new(
            EntityKind::Customer,
            rules([
                (
                    "language",
                    FieldRule {
                        default: Some("nl".into()),
                        ..FieldRule::default()
                    },
                ),
                (
                    "vat_number",
                    FieldRule {
                        lookup: Some(lookup),
                        ..FieldRule::default()
                    },
                ),
            ]),
        )
        .unwrap();
        let fields = mapper.map(&customer()).unwrap();
        assert_eq!(fields.text("language"), Some("nl"));
        assert_eq!(fields.text("vat_number"), Some("domestic"));
        let mut other = customer();
        other.fields.set("vat_number", "DE9");
        let error = mapper.map(&other).unwrap_err();
        assert_eq!(
            error.to_string(),
            "field `vat_number`: the look-up table has no `DE9`"
        );
        let required = FieldRule {
            required: true,
            ..FieldRule::default()
        };
        let mapper = Expressions::new(EntityKind::Customer, rules([("email", required)])).unwrap();
        let error = mapper.map(&customer()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "field `email`: is required and has no value"
        );
    }

    #[test]
    fn money_keeps_its_text_and_an_endless_loop_runs_out_of_fuel() {
        let mut invoice = Record::new(EntityKind::Invoice, "1", Fields::new());
        let total: Decimal = "12345678901234567.89".parse().unwrap();
        invoice.fields.set("total", total);
        let mapper =
            Expressions::new(EntityKind::Invoice, rules([("subtotal", expr("total"))])).unwrap();
        assert_eq!(
            mapper.map(&invoice).unwrap().get("subtotal"),
            &Value::Decimal(total)
        );
        let hog = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        let mapper = Expressions::new(EntityKind::Invoice, rules([("note", expr(hog))])).unwrap();
        assert!(matches!(mapper.map(&invoice), Err(MapError::Field { .. })));
    }

    #[test]
    fn a_rule_that_does_not_compile_is_refused_with_its_field() {
        let error =
            Expressions::new(EntityKind::Lead, rules([("name", expr("name |"))])).unwrap_err();
        assert_eq!(error.field, "name");
    }

    #[test]
    fn a_filter_a_function_or_a_test_that_there_is_not_is_refused_at_once() {
        for (text, name) in [
            ("name | uper", "uper"),
            ("{{ name | uper }}", "uper"),
            ("{% filter uper %}{{ name }}{% endfilter %}", "uper"),
            ("concat(first_name, last_name)", "concat"),
            ("name is emty", "emty"),
            ("(name | uper) if name else none", "uper"),
            ("none if name else (title | uper)", "uper"),
        ] {
            let refused = Expressions::new(EntityKind::Lead, rules([("name", expr(text))]));
            let error = refused.unwrap_err();
            assert_eq!(error.field, "name", "{text}");
            assert!(error.message.contains(name), "{text}: {error}");
        }
    }

    #[test]
    fn a_rule_that_fails_on_a_record_without_values_can_be_used_with_others() {
        let rule = expr("name ~ '-' ~ (number + 1) ~ vat_number[2:]");
        let mapper = Expressions::new(EntityKind::Customer, rules([("name", rule)])).unwrap();
        assert!(mapper.map(&customer()).is_err());
        let mut other = customer();
        other.fields.set("number", Value::Int(7));
        let fields = mapper.map(&other).unwrap();
        assert_eq!(fields.text("name"), Some("Bakkerij Jansen-81"));
    }
}
