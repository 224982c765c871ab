//! Forms whose names are paths: `fields[lastname]`.

use std::collections::BTreeMap;

use api_core::Json;

use super::{Limits, PostedError};

/// Reads a form; `a[b][c]` becomes objects, `a[]` a list.
pub(super) fn read(body: &[u8], limits: &Limits) -> Result<Json, PostedError> {
    let mut root = BTreeMap::new();
    let mut count = 0_usize;
    for (name, value) in url::form_urlencoded::parse(body) {
        count += 1;
        if count > limits.parameters {
            return Err(PostedError::TooLarge("parameters"));
        }
        let path = path_of(&name);
        if path.len() > limits.depth {
            return Err(PostedError::TooLarge("levels"));
        }
        put(&mut root, &path, Json::from(&*value));
    }
    if root.is_empty() {
        return Err(PostedError::Empty);
    }
    Ok(Json::Map(
        root.into_iter()
            .map(|(name, node)| (name, node.into_json()))
            .collect(),
    ))
}

/// The names of `a[b][]`: `a`, `b` and an empty one.
fn path_of(name: &str) -> Vec<&str> {
    let Some((first, rest)) = name.split_once('[') else {
        return vec![name];
    };
    if first.is_empty() || !rest.ends_with(']') {
        return vec![name];
    }
    let inner = rest.get(..rest.len() - 1).unwrap_or_default();
    std::iter::once(first).chain(inner.split("][")).collect()
}

/// What a name of a form holds.
enum Node {
    Leaf(Json),
    Branch(BTreeMap<String, Node>),
}

impl Node {
    fn into_json(self) -> Json {
        match self {
            Self::Leaf(json) => json,
            Self::Branch(members) => {
                // PHP writes lists as objects of numbers.
                let list = (0..members.len()).all(|at| members.contains_key(&at.to_string()));
                if list {
                    let mut numbered: Vec<(usize, Self)> = members
                        .into_iter()
                        .map(|(key, node)| (key.parse().unwrap_or_default(), node))
                        .collect();
                    numbered.sort_by_key(|(at, _)| *at);
                    return Json::List(
                        numbered
                            .into_iter()
                            .map(|(_, node)| node.into_json())
                            .collect(),
                    );
                }
                Json::Map(
                    members
                        .into_iter()
                        .map(|(name, node)| (name, node.into_json()))
                        .collect(),
                )
            }
        }
    }
}

fn put(members: &mut BTreeMap<String, Node>, path: &[&str], value: Json) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    let name = if first.is_empty() {
        members.len().to_string()
    } else {
        (*first).to_owned()
    };
    if rest.is_empty() {
        members.insert(name, Node::Leaf(value));
        return;
    }
    let node = members
        .entry(name)
        .or_insert_with(|| Node::Branch(BTreeMap::new()));
    if matches!(node, Node::Leaf(_)) {
        *node = Node::Branch(BTreeMap::new());
    }
    if let Node::Branch(inner) = node {
        put(inner, rest, value);
    }
}
