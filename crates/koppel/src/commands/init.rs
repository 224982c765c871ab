//! `koppel init`.

use std::path::Path;

use koppel_app::{App, AppError, Exit, init};

use crate::out::Out;

pub(super) async fn run(path: &Path, out: &mut Out) -> Result<Exit, AppError> {
    written(path, |path| App::load(path), out).await
}

/// Writes the file; `load` reads it again, to tell the audit log.
async fn written(
    path: &Path,
    load: impl FnOnce(&Path) -> Result<App, AppError>,
    out: &mut Out,
) -> Result<Exit, AppError> {
    let shown = path.display();
    init::write_config(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => AppError::Failed {
            message: format!("{shown} is there already; it was left as it is"),
            help: "move it away, or write elsewhere: `koppel init --config PATH`".to_owned(),
        },
        _ => AppError::Failed {
            message: format!("{shown} cannot be written: {error}"),
            help: "check that its directory is there and may be written, or name another place: \
                   `koppel init --config PATH`"
                .to_owned(),
        },
    })?;
    // The log begins with it: who set this up, and when. The file is there, whatever becomes of
    // that.
    match load(path) {
        Ok(app) => {
            app.tell_made().await;
            app.close().await;
        }
        Err(error) => out.warn(&format!(
            "who made {shown} is not in the audit log: {error}{}",
            error
                .help()
                .map_or_else(String::new, |help| format!("; {help}"))
        )),
    }
    if out.json {
        out.object(&serde_json::json!({ "config": path }));
        return Ok(Exit::Ok);
    }
    out.line(&format!("{shown} is written. Next:"));
    out.line("  1. put in where your systems are, and where their passwords are found");
    out.line(&format!("  2. koppel --config {shown} connection test"));
    out.line(&format!(
        "  3. koppel --config {shown} plan        (changes nothing)"
    ));
    out.line(&format!("  4. koppel --config {shown} sync"));
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    #[tokio::test]
    async fn a_file_that_is_written_and_cannot_be_told_of_is_no_failure() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("koppel.toml");
        let mut out = Out::new(&Cli::parse_from(["koppel", "init"]).global);
        out.closed = true;
        let unreadable = |path: &Path| App::load(path.with_file_name("gone.toml"));
        let exit = written(&path, unreadable, &mut out).await.unwrap();
        assert_eq!(exit, Exit::Ok);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("[flows.push]"), "{text}");
        assert!(!dir.path().join("koppel-audit.db").exists());
    }
}
