//! The bodies that our clients' fixtures hold.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// One fixture.
pub(crate) struct Fixture {
    /// Where it is, for messages.
    pub(crate) path: PathBuf,
    pub(crate) json: Value,
}

/// All JSON bodies of all clients; descriptions of an API are none.
pub(crate) fn all() -> Vec<Fixture> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned();
    let mut found = Vec::new();
    for client in [
        "smartcrm-client",
        "simplycrm-ws",
        "snelstart-client",
        "syncro-client",
    ] {
        let before = found.len();
        collect(&crates.join(client).join("tests/fixtures"), &mut found);
        assert!(found.len() > before + 20, "{client} has fixtures");
    }
    found
}

fn collect(dir: &Path, found: &mut Vec<Fixture>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "json")
            && path.file_name().is_some_and(|name| name != "openapi.json")
        {
            let text = std::fs::read_to_string(&path).unwrap();
            // Some are cut off on purpose.
            if let Ok(json) = serde_json::from_str(&text) {
                found.push(Fixture { path, json });
            }
        }
    }
}
