//! From a flow of the configuration to one that can run.

use std::sync::Arc;
use std::time::Duration;

use sync_core::mapping::Expressions;
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
    every: Option<Duration>,
    source: Arc<dyn Connector>,
    target: Arc<dyn Connector>,
) -> Result<Flow, ConfigError> {
    let mut builder = Flow::builder(flow.name.clone())
        .from(flow.from.clone(), source)
        .to(flow.to.clone(), target)
        .entities(flow.entities.iter().copied())
        .page_size(flow.page_size as usize)
        .match_first(flow.match_first)
        .before_images(flow.before_images);
    if let Some(every) = every {
        builder = builder.every(every);
    }
    for (entity, rules) in &flow.map {
        let mapper = Expressions::new(*entity, rules.clone()).map_err(|error| {
            let key = format!("map.{entity}.{}", error.field);
            config.flow_problem(flow, &key, error.message)
        })?;
        builder = builder.map(*entity, mapper);
    }
    builder
        .build()
        .map_err(|error| config.flow_problem(flow, "entities", error.to_string()))
}
