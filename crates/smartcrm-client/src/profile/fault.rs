//! What in a profile cannot work.

use std::collections::BTreeMap;

use super::{AuthStyle, Entity, PagingMode, Profile, PushMode};

impl Profile {
    /// The first thing in this profile that cannot work, if any.
    pub(crate) fn fault(&self) -> Option<String> {
        self.login_fault()
            .or_else(|| self.route_fault())
            .or_else(|| self.record_fault())
    }

    fn login_fault(&self) -> Option<String> {
        if self.auth.is_empty() {
            return Some("`auth` names no way to send the token".to_owned());
        }
        let mut names: Vec<(&str, &str)> = self
            .auth
            .iter()
            .filter_map(|style| match style {
                AuthStyle::Header { name } => Some(("auth.name", name.as_str())),
                _ => None,
            })
            .collect();
        names.push(("client_token_header", &self.client_token_header));
        if self.idempotency_honoured && !self.sends_idempotency_keys() {
            return Some("`idempotency_honoured` needs an `idempotency_header`".to_owned());
        }
        if self.sends_idempotency_keys() {
            names.push(("idempotency_header", &self.idempotency_header));
        }
        names
            .into_iter()
            .find(|(_, name)| http::HeaderName::from_bytes(name.as_bytes()).is_err())
            .map(|(key, name)| format!("`{key}` is not a header name: {name:?}"))
    }

    fn route_fault(&self) -> Option<String> {
        if Entity::ALL.into_iter().all(|entity| !self.offers(entity)) {
            return Some("`paths` offers no records".to_owned());
        }
        let paging = &self.paging;
        if paging.mode != PagingMode::None
            && (paging.page_param.is_empty() || paging.per_page_param.is_empty())
        {
            return Some("`paging` lacks a parameter name".to_owned());
        }
        if paging.max_per_page == Some(0) {
            return Some("`paging.max_per_page` is 0".to_owned());
        }
        if self.search.max_pages == 0 {
            return Some("`search.max_pages` is 0".to_owned());
        }
        let push = &self.push;
        if push.max_records == Some(0) {
            return Some("`push.max_records` is 0".to_owned());
        }
        if push.mode != PushMode::Single && push.route.trim_matches('/').is_empty() {
            return Some("`push.route` is empty".to_owned());
        }
        if push.mode == PushMode::PerfexBatch
            && (push.create_tool.is_empty() || push.update_tool.is_empty())
        {
            return Some("`push` lacks the name of a tool".to_owned());
        }
        let paths = self.paths.values().map(|path| ("paths", path));
        let searches = self.search.routes.values();
        let routes = paths
            .chain(searches.map(|route| ("search.routes", route)))
            .chain(self.lists.values().map(|list| ("lists", &list.route)))
            .chain([
                ("ping_path", &self.ping_path),
                ("push.route", &push.route),
                ("search.route", &self.search.route),
            ]);
        for (key, route) in routes {
            let strange = |c: char| c.is_control() || c.is_whitespace() || "?#\\".contains(c);
            if route.contains(strange) || route.split('/').any(|part| part == "..") {
                return Some(format!("`{key}` holds what is not a route: {route:?}"));
            }
        }
        None
    }

    fn record_fault(&self) -> Option<String> {
        for (entity, numbering) in &self.numbering {
            if !(1..=4).contains(&numbering.format) || numbering.digits > 20 {
                return Some(format!(
                    "`numbering.{entity}` has a `format` other than 1 to 4, or more than 20 `digits`"
                ));
            }
        }
        if self.time_zone.trim().is_empty() {
            return Some("`time_zone` is empty".to_owned());
        }
        if self.id_fields.is_empty() {
            return Some("`id_fields` is empty, so no create could be recognised".to_owned());
        }
        for (entity, keys) in &self.natural_keys {
            if keys
                .iter()
                .any(|key| key.is_empty() || key.iter().any(String::is_empty))
            {
                return Some(format!("`natural_keys.{entity}` holds an empty key"));
            }
        }
        for (key, renames) in [("fields", &self.fields), ("read_fields", &self.read_fields)] {
            for (entity, names) in renames {
                if let Some((one, other, theirs)) = twice(names) {
                    return Some(format!(
                        "`{key}.{entity}` calls both `{one}` and `{other}` `{theirs}`"
                    ));
                }
            }
        }
        for (list, names) in &self.lookups {
            if names.values().any(|id| id.trim().is_empty()) {
                return Some(format!("`lookups.{list}` holds an empty id"));
            }
            if let Some((one, other, id)) = twice(names) {
                return Some(format!(
                    "`lookups.{list}` gives {one:?} and {other:?} the same id, {id:?}"
                ));
            }
        }
        self.lists
            .iter()
            .find(|(_, list)| list.route.is_empty() || list.id.is_empty() || list.name.is_empty())
            .map(|(name, _)| format!("`lists.{name}` lacks its `route`, `id` or `name`"))
    }
}

/// Two keys with the same value.
fn twice(names: &BTreeMap<String, String>) -> Option<(&str, &str, &str)> {
    let mut seen = BTreeMap::new();
    names.iter().find_map(|(key, value)| {
        Some((
            seen.insert(value, key)?.as_str(),
            key.as_str(),
            value.as_str(),
        ))
    })
}
