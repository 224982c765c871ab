//! The operations of the API, and which of them a request asks for.

use std::sync::LazyLock;

use http::{Method, Uri};

use super::schema::Resource;
use crate::common::{Kin, Route, Target, pairs};

/// One operation of the OpenAPI document, or one that client authors report.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) route: Route,
    /// All of the groups must be allowed; of each group one permission is enough.
    pub(crate) permissions: Vec<Vec<&'static str>>,
    pub(crate) resource: Option<Resource>,
    /// The resource's name, also where the server keeps nothing of it.
    about: &'static str,
}

static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    include_str!("data/operations.txt")
        .lines()
        .filter_map(operation)
        .collect()
});

fn operation(line: &'static str) -> Option<Operation> {
    let words: Vec<&'static str> = line.split(';').collect();
    let [name, permissions, handler, about] = words.as_slice() else {
        return None;
    };
    let (method, path) = name.split_once(' ')?;
    Some(Operation {
        route: Route::new(method, path, handler),
        permissions: permissions
            .split(" & ")
            .filter(|group| *group != "-")
            .map(|group| group.split(" | ").collect())
            .collect(),
        resource: Resource::named(about),
        about,
    })
}

/// The names of all operations, `METHOD /path`.
pub(crate) fn operations() -> impl Iterator<Item = &'static str> {
    OPERATIONS
        .iter()
        .map(|operation| operation.route.name.as_str())
}

/// A request.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Below the base, without a slash at either end.
    pub(crate) path: String,
    /// None where there is no such operation.
    pub(crate) operation: Option<&'static Operation>,
    /// What stands for the parts of the path in braces.
    pub(crate) values: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
}

impl Call {
    pub(crate) fn parse(method: &Method, rest: &str, uri: &Uri) -> Call {
        let path = rest.trim_matches('/');
        let path = path.strip_suffix(".json").unwrap_or(path);
        let (operation, values) =
            Route::find(&OPERATIONS, |operation| &operation.route, method, path);
        Call {
            method: method.clone(),
            path: path.to_owned(),
            operation,
            values,
            query: pairs(uri),
        }
    }

    /// The value of a parameter; none where it is empty.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// All values of a parameter: repeated, with `[]`, or with commas.
    pub(crate) fn parameters(&self, name: &str) -> Vec<&str> {
        self.query
            .iter()
            .filter(|(key, _)| key.strip_suffix("[]").unwrap_or(key) == name)
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// The nth id in the path; a text that is no id finds nothing.
    pub(crate) fn id(&self, at: usize) -> i64 {
        self.values
            .get(at)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0)
    }

    /// What the operation is called in the document, or `unknown`.
    pub(crate) fn name(&self) -> &str {
        self.operation
            .map_or("unknown", |operation| &operation.route.name)
    }

    pub(crate) fn is_write(&self) -> bool {
        self.method != Method::GET
    }

    pub(crate) fn is_list(&self) -> bool {
        self.operation
            .is_some_and(|operation| operation.route.handler == "list")
    }

    fn is_filtered(&self) -> bool {
        self.is_list()
            && self
                .query
                .iter()
                .any(|(key, _)| !matches!(key.as_str(), "page" | "per_page" | "sort" | "api_key"))
    }
}

impl Target for Call {
    const KIN: Kin = Kin::Syncro;

    fn entity(&self) -> Option<&'static str> {
        self.operation.map(|operation| operation.about)
    }

    fn path(&self) -> String {
        self.path.clone()
    }

    fn is_about(&self, entity: &str) -> bool {
        self.entity() == Some(entity)
            || Resource::named(entity)
                .is_some_and(|resource| self.entity() == Some(resource.name()))
    }

    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn operation(&self) -> &str {
        self.operation
            .map_or("unknown", |operation| operation.route.handler)
    }

    fn is_write(&self) -> bool {
        Call::is_write(self)
    }

    fn is_search(&self) -> bool {
        self.is_filtered()
    }

    fn page_size(&self) -> Option<u64> {
        self.parameter("per_page")
            .and_then(|size| size.parse().ok())
    }
}
