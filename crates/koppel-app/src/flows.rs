//! From a flow of the configuration to one that can run.

use std::sync::Arc;
use std::time::Duration;

use sync_core::mapping::{self, EntityMapper, Expressions, MapError};
use sync_core::{Connector, EntityKind, Fields, Flow, Record, Value};

use crate::config::{Config, ConfigError, FlowConfig};

/// Builds a flow between two connectors. References to what is `out_of_reach` in the source are
/// left out, so that a record need not wait for what cannot come.
///
/// # Errors
/// When one of the systems lacks what the flow needs, or an expression cannot be compiled; the
/// error names file, line and key.
pub fn build(
    config: &Config,
    flow: &FlowConfig,
    every: Option<Duration>,
    out_of_reach: &[EntityKind],
    source: Arc<dyn Connector>,
    target: Arc<dyn Connector>,
) -> Result<Flow, ConfigError> {
    let mut builder = Flow::builder(flow.name.clone())
        .from(flow.from.clone(), source)
        .to(flow.to.clone(), target)
        .entities(flow.entities.iter().copied())
        .page_size(flow.page_size as usize)
        .match_first(flow.match_first)
        .before_images(flow.before_images)
        .ask_unmatched(flow.ask_unmatched);
    if let Some(every) = every {
        builder = builder.every(every);
    }
    for (entity, rules) in &flow.map {
        let mapper = Expressions::new(*entity, rules.clone()).map_err(|error| {
            let key = format!("map.{entity}.{}", error.field);
            config.flow_problem(flow, &key, error.message)
        })?;
        builder = builder.map(*entity, within(mapper, out_of_reach));
    }
    if !out_of_reach.is_empty() {
        for entity in flow
            .entities
            .iter()
            .filter(|kind| !flow.map.contains_key(kind))
        {
            builder = builder.map(*entity, within(mapping::identity(), out_of_reach));
        }
    }
    builder
        .build()
        .map_err(|error| config.flow_problem(flow, "entities", error.to_string()))
}

/// Leaves out references to records that cannot be read.
struct Within {
    inner: Arc<dyn EntityMapper>,
    out_of_reach: Vec<EntityKind>,
}

fn within(inner: Arc<dyn EntityMapper>, out_of_reach: &[EntityKind]) -> Arc<dyn EntityMapper> {
    if out_of_reach.is_empty() {
        return inner;
    }
    Arc::new(Within {
        inner,
        out_of_reach: out_of_reach.to_vec(),
    })
}

impl EntityMapper for Within {
    fn map(&self, record: &Record) -> Result<Fields, MapError> {
        let mut fields = self.inner.map(record)?;
        let names: Vec<_> = fields.iter().map(|(name, _)| name.clone()).collect();
        for name in names {
            if let Some(value) = fields.get_mut(name.as_str()) {
                self.strip(value);
            }
        }
        Ok(fields)
    }

    fn fingerprint(&self) -> String {
        format!(
            "{} within {:?}",
            self.inner.fingerprint(),
            self.out_of_reach
        )
    }
}

impl Within {
    fn strip(&self, value: &mut Value) {
        match value {
            Value::Ref(to) if self.out_of_reach.contains(&to.entity) => *value = Value::Null,
            Value::List(items) => items.iter_mut().for_each(|item| self.strip(item)),
            Value::Map(map) => {
                map.values_mut().for_each(|value| self.strip(value));
                map.retain(|_, value| *value != Value::Null);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sync_core::{RecordId, Ref};

    use super::*;

    #[test]
    fn what_is_out_of_reach_is_left_out_at_any_depth_and_nothing_else() {
        let to = |entity| Value::Ref(Ref::new(entity, RecordId::from("7")));
        let line = |product: bool| {
            let mut line = BTreeMap::from([("unit".to_owned(), Value::text("h"))]);
            if product {
                line.insert("product".to_owned(), to(EntityKind::Product));
            }
            Value::List(vec![Value::Map(line)])
        };
        let content = |product: bool| {
            Fields::new()
                .with("customer", to(EntityKind::Customer))
                .with("lines", line(product))
        };
        let record = Record::new(EntityKind::Invoice, RecordId::from("1"), content(true));
        let mapper = within(mapping::identity(), &[EntityKind::Product]);
        assert_eq!(mapper.map(&record).unwrap(), content(false));
    }
}
