//! `koppel init`.

use std::path::Path;

use koppel_app::{App, AppError, Exit, init};

use crate::out::Out;

pub(super) async fn run(path: &Path, out: &mut Out) -> Result<Exit, AppError> {
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
    // The log begins with it: who set this up, and when.
    let app = App::load(path)?;
    app.tell_made().await;
    app.close().await;
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
