//! The operations of an API's description, and which of them a request asks for.

use http::Method;

use super::template::Template;

/// Where an operation stands, and what answers it.
#[derive(Debug)]
pub(crate) struct Route {
    method: &'static str,
    path: Template,
    /// `METHOD /path` as it stands in the description.
    pub(crate) name: String,
    /// What answers it.
    pub(crate) handler: &'static str,
}

impl Route {
    pub(crate) fn new(method: &'static str, path: &'static str, handler: &'static str) -> Route {
        Route {
            method,
            path: Template::new(path),
            name: format!("{method} /{}", path.trim_start_matches('/')),
            handler,
        }
    }

    /// The first operation that a request fits, and what stands for the parts of its path in
    /// braces.
    pub(crate) fn find<'a, T>(
        operations: &'a [T],
        route: impl Fn(&T) -> &Route,
        method: &Method,
        path: &str,
    ) -> (Option<&'a T>, Vec<String>) {
        let found = operations.iter().find_map(|operation| {
            let route = route(operation);
            let values = (route.method == method.as_str())
                .then(|| route.path.values(path))
                .flatten()?;
            Some((operation, values))
        });
        match found {
            Some((operation, values)) => (Some(operation), values),
            None => (None, Vec::new()),
        }
    }
}
