//! A request taken apart: which resource, which operation.

use http::{Method, Uri};
use serde_json::Value;

use super::dialect::{Dialect, Face};
use super::form;
use super::schema::Resource;
use super::store::Condition;
use crate::common::{Kin, Target, pairs, parameter};

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    Ping,
    List,
    /// A list by keyword, somewhere in some of the fields.
    Search(String),
    /// One of Perfex's lists of numbers and names.
    Common(String),
    Get(String),
    Create,
    Batch,
    /// Perfex's `POST batch` with operations on any resource.
    Operations,
    Update(String),
    Delete(String),
    /// A path or method the API does not have.
    Unknown,
}

/// The part of a query string that a list understands.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListQuery {
    /// Whether pages were asked for at all.
    pub(crate) paged: bool,
    pub(crate) page: u64,
    pub(crate) per_page: u64,
    /// Seconds are exact; microseconds since 1970.
    pub(crate) updated_since: Option<i64>,
    pub(crate) conditions: Vec<Condition>,
}

/// A request to the API.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Below the base, without a slash at either end.
    pub(crate) path: String,
    pub(crate) resource: Option<Resource>,
    pub(crate) operation: Operation,
    pub(crate) list: ListQuery,
    /// A V2 route: needs the client token besides.
    pub(crate) v2: bool,
    dialect: Dialect,
}

impl Call {
    /// `rest` is the path below the API's base.
    pub(crate) fn parse(face: &Face, method: &Method, rest: &str, uri: &Uri, body: &[u8]) -> Call {
        let path = rest.trim_matches('/');
        let mut v2 = false;
        let (resource, operation) = match face.dialect {
            Dialect::SmartCrm => {
                let local = path.strip_prefix("v2/");
                v2 = local.is_some();
                smartcrm(method, local.unwrap_or(path), v2)
            }
            Dialect::Perfex => perfex(face, method, path, uri, body),
            Dialect::Rise => rise(method, path),
        };
        let list = if operation == Operation::List {
            list_query(uri, face.dialect)
        } else {
            ListQuery::default()
        };
        Call {
            method: method.clone(),
            path: path.to_owned(),
            resource,
            operation,
            list,
            v2,
            dialect: face.dialect,
        }
    }

    pub(crate) fn is_write(&self) -> bool {
        matches!(
            self.operation,
            Operation::Create
                | Operation::Batch
                | Operation::Operations
                | Operation::Update(_)
                | Operation::Delete(_)
        )
    }

    pub(crate) fn is_search(&self) -> bool {
        !self.list.conditions.is_empty() || matches!(self.operation, Operation::Search(_))
    }

    /// The resource's name in the dialect of the server.
    pub(crate) fn entity(&self) -> Option<&'static str> {
        self.resource.and_then(|r| r.path(self.dialect))
    }

    /// Whether the request is about that resource, by the dialect's name or SmartCRM's.
    pub(crate) fn is_about(&self, entity: &str) -> bool {
        self.entity() == Some(entity) || self.resource.map(Resource::as_str) == Some(entity)
    }
}

impl Target for Call {
    const KIN: Kin = Kin::SmartCrm;

    fn entity(&self) -> Option<&'static str> {
        Call::entity(self)
    }

    fn is_about(&self, entity: &str) -> bool {
        Call::is_about(self, entity)
    }

    fn path(&self) -> String {
        self.path.clone()
    }

    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn operation(&self) -> &str {
        match self.operation {
            Operation::Ping => "ping",
            Operation::List => "list",
            Operation::Search(_) => "search",
            Operation::Common(_) => "common",
            Operation::Get(_) => "get",
            Operation::Create => "create",
            Operation::Batch => "batch",
            Operation::Operations => "operations",
            Operation::Update(_) => "update",
            Operation::Delete(_) => "delete",
            Operation::Unknown => "unknown",
        }
    }

    fn is_write(&self) -> bool {
        Call::is_write(self)
    }

    fn is_search(&self) -> bool {
        Call::is_search(self)
    }
}

type Parsed = (Option<Resource>, Operation);

fn smartcrm(method: &Method, local: &str, v2: bool) -> Parsed {
    let mut parts = local.splitn(3, '/');
    let first = parts.next().unwrap_or_default();
    let second = parts.next();
    let more = parts.next().is_some();
    let resource = Dialect::SmartCrm
        .resource(first)
        .filter(|resource| v2 || !resource.is_v2());
    if more {
        return (resource, Operation::Unknown);
    }
    let operation = match (resource, second, method.as_str()) {
        (None, None, "GET") if first == "ping" => Operation::Ping,
        (Some(resource), Some("batch"), "POST") if resource.is_writable(Dialect::SmartCrm) => {
            Operation::Batch
        }
        (Some(resource), second, method) => one(Dialect::SmartCrm, resource, second, method),
        _ => Operation::Unknown,
    };
    (resource, operation)
}

/// What most routes have in common.
fn one(dialect: Dialect, resource: Resource, id: Option<&str>, method: &str) -> Operation {
    let operation = match (id, method) {
        (None, "GET") => return Operation::List,
        (Some(id), "GET") => return Operation::Get(id.to_owned()),
        (None, "POST") => Operation::Create,
        (Some(id), "PUT") => Operation::Update(id.to_owned()),
        (Some(id), "DELETE") => Operation::Delete(id.to_owned()),
        _ => return Operation::Unknown,
    };
    if resource.is_writable(dialect) {
        operation
    } else {
        Operation::Unknown
    }
}

fn perfex(face: &Face, method: &Method, path: &str, uri: &Uri, body: &[u8]) -> Parsed {
    let dialect = Dialect::Perfex;
    let parts: Vec<&str> = path.split('/').collect();
    let named = |name: &str| dialect.resource(name);
    match (parts.as_slice(), method.as_str()) {
        (["batch"], "POST") if !face.is_legacy() => (first_operation(body), Operation::Operations),
        (["common", list], "GET") => (None, Operation::Common(form::decoded(list))),
        // The route of version 2.
        (["delete", name, id], "DELETE") => match named(name) {
            Some(resource) => (Some(resource), Operation::Delete((*id).to_owned())),
            None => (None, Operation::Unknown),
        },
        ([name, "search", keyword], "GET") => match named(name) {
            Some(resource) => (Some(resource), Operation::Search(form::decoded(keyword))),
            None => (None, Operation::Unknown),
        },
        ([name, "search"], "GET") => match (named(name), parameter(uri, "q")) {
            (Some(resource), Some(keyword)) => (Some(resource), Operation::Search(keyword)),
            (resource, _) => (resource, Operation::Unknown),
        },
        ([name], method) | ([name, _], method) => match named(name) {
            Some(resource) => {
                let id = parts.get(1).copied();
                (Some(resource), one(dialect, resource, id, method))
            }
            None => (None, Operation::Unknown),
        },
        _ => (None, Operation::Unknown),
    }
}

/// The resource of a batch's first operation: what faults by entity go by.
fn first_operation(body: &[u8]) -> Option<Resource> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let tool = body.get("operations")?.get(0)?.get("tool")?.as_str()?;
    Dialect::Perfex.resource(tool.rsplit_once('_')?.0)
}

fn rise(method: &Method, path: &str) -> Parsed {
    let dialect = Dialect::Rise;
    let parts: Vec<&str> = path.split('/').collect();
    match (parts.as_slice(), method.as_str()) {
        ([route, "search", keyword], "GET") => {
            let resource = route
                .strip_prefix("get")
                .and_then(|rest| rest.strip_suffix("Search"))
                .filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase()))
                .and_then(|name| dialect.resource(&name.to_ascii_lowercase()));
            match resource {
                Some(resource) => (Some(resource), Operation::Search(form::decoded(keyword))),
                None => (None, Operation::Unknown),
            }
        }
        ([name], method) | ([name, _], method) => match dialect.resource(name) {
            Some(resource) => {
                let id = parts.get(1).copied();
                (Some(resource), one(dialect, resource, id, method))
            }
            None => (None, Operation::Unknown),
        },
        _ => (None, Operation::Unknown),
    }
}

fn list_query(uri: &Uri, dialect: Dialect) -> ListQuery {
    let mut list = ListQuery {
        paged: false,
        page: 1,
        per_page: 25,
        ..ListQuery::default()
    };
    for (name, value) in pairs(uri) {
        match name.as_str() {
            "page" => {
                list.paged = true;
                list.page = value.parse().unwrap_or(1).max(1);
            }
            "per_page" => {
                list.paged = true;
                list.per_page = value.parse().unwrap_or(25).max(1);
            }
            // The other dialects pass over filters and give the whole list.
            _ if dialect != Dialect::SmartCrm => {}
            "updated_since" => {
                list.updated_since = value
                    .parse::<jiff::Timestamp>()
                    .ok()
                    .map(|at| at.as_microsecond());
            }
            _ => list.conditions.push((name, value)),
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(method: Method, target: &str) -> Call {
        let uri: Uri = format!("/index.php/api/{target}").parse().expect("a URI");
        let rest = uri.path().trim_start_matches("/index.php/api/").to_owned();
        Call::parse(&Face::default(), &method, &rest, &uri, b"")
    }

    #[test]
    fn paths_and_methods_become_operations() {
        assert_eq!(parse(Method::GET, "ping").operation, Operation::Ping);
        assert_eq!(parse(Method::GET, "clients").operation, Operation::List);
        assert_eq!(
            parse(Method::POST, "leads/batch").operation,
            Operation::Batch
        );
        assert_eq!(
            parse(Method::PUT, "v2/tickets/9001").operation,
            Operation::Update("9001".into())
        );
        assert_eq!(
            parse(Method::GET, "clients/1/2").operation,
            Operation::Unknown
        );
        assert_eq!(parse(Method::GET, "products").operation, Operation::Unknown);
    }

    #[test]
    fn only_a_filtered_list_is_a_search() {
        assert!(!parse(Method::GET, "clients?page=2&per_page=5").is_search());
        let call = parse(Method::GET, "clients?vat=NL1&company=A%20B&page=3");
        assert!(call.is_search());
        assert_eq!(call.list.page, 3);
        assert_eq!(call.list.conditions[1], ("company".into(), "A B".into()));
    }
}
