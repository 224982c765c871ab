//! A request taken apart: which resource, which operation.

use axum::extract::Query;
use http::{Method, Uri};

use super::hooks::{Phase, RequestEvent};
use super::schema::Resource;
use super::store::Condition;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    Ping,
    List,
    Get(String),
    Create,
    Batch,
    Update(String),
    Delete(String),
    /// A path or method the API does not have.
    Unknown,
}

/// The part of a query string that a list understands.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListQuery {
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
}

impl Call {
    /// `rest` is the path below `/index.php/api/`.
    pub(crate) fn parse(method: &Method, rest: &str, uri: &Uri) -> Call {
        let path = rest.trim_matches('/');
        let (v2, local) = match path.strip_prefix("v2/") {
            Some(local) => (true, local),
            None => (false, path),
        };
        let mut parts = local.splitn(3, '/');
        let first = parts.next().unwrap_or_default();
        let second = parts.next();
        let more = parts.next().is_some();
        let resource = Resource::parse(first);
        let operation = match (resource, second, method.as_str()) {
            _ if more => Operation::Unknown,
            (None, None, "GET") if first == "ping" => Operation::Ping,
            (Some(_), None, "GET") => Operation::List,
            (Some(_), None, "POST") => Operation::Create,
            (Some(_), Some("batch"), "POST") => Operation::Batch,
            (Some(_), Some(id), "GET") => Operation::Get(id.to_owned()),
            (Some(_), Some(id), "PUT") => Operation::Update(id.to_owned()),
            (Some(_), Some(id), "DELETE") => Operation::Delete(id.to_owned()),
            _ => Operation::Unknown,
        };
        let list = if operation == Operation::List {
            list_query(uri)
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
        }
    }

    pub(crate) fn is_write(&self) -> bool {
        matches!(
            self.operation,
            Operation::Create | Operation::Batch | Operation::Update(_) | Operation::Delete(_)
        )
    }

    pub(crate) fn is_search(&self) -> bool {
        !self.list.conditions.is_empty()
    }

    pub(crate) fn entity(&self) -> Option<&'static str> {
        self.resource.map(Resource::as_str)
    }

    pub(crate) fn event(&self, number: u64, phase: Phase) -> RequestEvent {
        RequestEvent {
            number,
            phase,
            method: self.method.as_str().to_owned(),
            path: self.path.clone(),
            entity: self.entity(),
            is_write: self.is_write(),
            is_search: self.is_search(),
        }
    }
}

fn list_query(uri: &Uri) -> ListQuery {
    let mut list = ListQuery {
        page: 1,
        per_page: 25,
        ..ListQuery::default()
    };
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map(|Query(pairs)| pairs)
        .unwrap_or_default();
    for (name, value) in pairs {
        match name.as_str() {
            "page" => list.page = value.parse().unwrap_or(1).max(1),
            "per_page" => list.per_page = value.parse().unwrap_or(25).max(1),
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
        Call::parse(&method, &rest, &uri)
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
