//! From a flow of the configuration to one that can run.

use std::collections::BTreeMap;
use std::sync::Arc;

use sync_core::mapping::{Expressions, FieldRule};
use sync_core::{Connector, Flow};

use crate::config::{Config, ConfigError, FlowConfig};

/// Builds a flow between two connectors.
///
/// # Errors
/// When one of the systems lacks what the flow needs, or an expression cannot be compiled; the
/// error names file, line and key.
pub fn build(
    config: &Config,
    flow: &FlowConfig,
    source: Arc<dyn Connector>,
    target: Arc<dyn Connector>,
) -> Result<Flow, ConfigError> {
    let mut builder = Flow::builder(flow.name.clone())
        .from(flow.from.clone(), source)
        .to(flow.to.clone(), target)
        .entities(flow.entities.iter().copied())
        .page_size(flow.page_size as usize);
    if let Some(every) = flow.every {
        builder = builder.every(every);
    }
    for (entity, fields) in &flow.map {
        let rules: BTreeMap<_, _> = fields
            .iter()
            .map(|(field, expression)| {
                let rule = FieldRule {
                    expr: Some(expression.clone()),
                    ..FieldRule::default()
                };
                (field.clone(), rule)
            })
            .collect();
        let mapper = Expressions::new(*entity, rules).map_err(|error| {
            let key = format!("map.{entity}.{}", error.field);
            config.flow_problem(flow, &key, error.message)
        })?;
        builder = builder.map(*entity, mapper);
    }
    builder
        .build()
        .map_err(|error| config.flow_problem(flow, "entities", error.to_string()))
}
