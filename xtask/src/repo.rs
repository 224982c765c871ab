//! The files that make up the repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::sh;

/// One text file of the repository.
pub(crate) struct TextFile {
    /// Path from the root, with `/` between the parts.
    pub(crate) path: String,
    /// What the file holds.
    pub(crate) text: String,
}

/// All files that are tracked or would be: what `.gitignore` names is left out.
///
/// Without git (a source archive) the directories are walked instead.
pub(crate) fn files() -> Result<Vec<String>> {
    let root = sh::root();
    let listed = Command::new("git")
        .current_dir(&root)
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .output();
    let mut files = match listed {
        Ok(out) if out.status.success() => String::from_utf8(out.stdout)
            .context("a file name is not UTF-8")?
            .split('\0')
            .filter(|name| !name.is_empty() && root.join(name).is_file())
            .map(str::to_owned)
            .collect(),
        _ => walk(&root)?,
    };
    files.sort();
    files.dedup();
    Ok(files)
}

fn walk(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(dir) = open.pop() {
        let entries = std::fs::read_dir(root.join(&dir))
            .with_context(|| format!("cannot list {}", dir.display()))?;
        for entry in entries {
            let entry = entry?;
            let path = dir.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() && path != Path::new("target") && path != Path::new(".git") {
                open.push(path);
            } else if kind.is_file() {
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    Ok(found)
}

/// Reads the files that hold text; a file that is not UTF-8 is left out.
pub(crate) fn texts(files: &[String]) -> Result<Vec<TextFile>> {
    let root = sh::root();
    let mut texts = Vec::new();
    for path in files {
        let bytes =
            std::fs::read(root.join(path)).with_context(|| format!("cannot read {path}"))?;
        if let Ok(text) = String::from_utf8(bytes) {
            texts.push(TextFile {
                path: path.clone(),
                text,
            });
        }
    }
    Ok(texts)
}
