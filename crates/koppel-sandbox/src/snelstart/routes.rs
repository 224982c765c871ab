//! The operations of the API, and which of them a request asks for.

use std::sync::LazyLock;

use http::{Method, Uri};

use super::list::Options;
use super::resource::Resource;
use crate::common::{Kin, Route, Target};

/// One operation of the OpenAPI document.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) route: Route,
    pub(crate) scopes: Vec<&'static str>,
    pub(crate) resource: Option<Resource>,
}

static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    include_str!("data/operations.txt")
        .lines()
        .filter_map(operation)
        .collect()
});

fn operation(line: &'static str) -> Option<Operation> {
    let words: Vec<&'static str> = line.split(' ').collect();
    let [method, path, scopes, handler] = words.as_slice() else {
        return None;
    };
    let path = path.trim_start_matches('/');
    let first = path.split('/').next().unwrap_or_default();
    Some(Operation {
        route: Route::new(method, path, handler),
        scopes: scopes.split(',').filter(|scope| *scope != "-").collect(),
        resource: Resource::named(path).or_else(|| Resource::named(first)),
    })
}

/// All scopes that an operation wants.
pub(crate) fn scopes() -> Vec<&'static str> {
    let mut scopes: Vec<&str> = OPERATIONS
        .iter()
        .flat_map(|operation| operation.scopes.iter().copied())
        .collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

/// A request to one of the two hosts.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Below the base, without a slash at either end.
    pub(crate) path: String,
    /// None where the document has no such operation.
    pub(crate) operation: Option<&'static Operation>,
    /// The request for a token.
    pub(crate) token: bool,
    /// What stands for the parts of the path in braces.
    pub(crate) values: Vec<String>,
    pub(crate) options: Options,
}

impl Call {
    pub(crate) fn token(method: &Method) -> Call {
        Call {
            method: method.clone(),
            path: "token".into(),
            operation: None,
            token: true,
            values: Vec::new(),
            options: Options::default(),
        }
    }

    pub(crate) fn parse(method: &Method, rest: &str, uri: &Uri) -> Call {
        let path = rest.trim_matches('/');
        // Paths without braces stand before those with some.
        let (operation, values) =
            Route::find(&OPERATIONS, |operation| &operation.route, method, path);
        Call {
            method: method.clone(),
            path: path.to_owned(),
            operation,
            token: false,
            values,
            options: Options::of(uri),
        }
    }

    /// What the operation is called in the document; `token`, or `unknown`.
    pub(crate) fn name(&self) -> &str {
        match self.operation {
            Some(operation) => &operation.route.name,
            None if self.token => "token",
            None => "unknown",
        }
    }

    /// One word for what is asked for.
    fn word(&self) -> &'static str {
        match self.operation {
            Some(operation) => match operation.route.handler {
                "all" => "list",
                "replace" => "update",
                handler => handler,
            },
            None if self.token => "token",
            None => "unknown",
        }
    }

    pub(crate) fn is_write(&self) -> bool {
        !self.token && self.method != Method::GET
    }
}

impl Target for Call {
    const KIN: Kin = Kin::SnelStart;

    fn entity(&self) -> Option<&'static str> {
        match self.operation {
            Some(operation) => operation.resource.map(Resource::path),
            None => self.token.then_some("token"),
        }
    }

    fn path(&self) -> String {
        self.path.clone()
    }

    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn operation(&self) -> &str {
        self.word()
    }

    fn is_write(&self) -> bool {
        Call::is_write(self)
    }

    fn is_search(&self) -> bool {
        self.options.filter.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handler(method: Method, path: &str) -> Option<&'static str> {
        let call = Call::parse(&method, path, &Uri::from_static("/"));
        call.operation.map(|operation| operation.route.handler)
    }

    #[test]
    fn all_96_operations_are_known() {
        assert_eq!(OPERATIONS.len(), 96);
    }

    #[test]
    fn fixed_paths_come_before_ids_and_bookings_have_no_list() {
        assert_eq!(
            handler(Method::GET, "artikelen/prijsafspraken"),
            Some("list")
        );
        assert_eq!(handler(Method::GET, "artikelen/7"), Some("get"));
        assert_eq!(
            handler(Method::POST, "inkoopboekingen/ubl"),
            Some("purchase_ubl")
        );
        assert_eq!(handler(Method::GET, "verkoopboekingen"), None);
        assert_eq!(handler(Method::GET, "memoriaalboekingen"), None);
        assert_eq!(handler(Method::GET, "openstaandeDebiteuren"), None);
    }
}
