//! `koppel db info`.

use koppel_app::{App, AppError, Exit};

use crate::out::Out;

pub(super) async fn info(app: &App, out: &mut Out) -> Result<Exit, AppError> {
    let info = app.store_info().await?;
    if out.json {
        out.object(&info);
        return Ok(Exit::Ok);
    }
    out.line(&format!("store           {}", info.path.display()));
    out.line(&format!("schema version  {}", info.schema_version));
    out.line(&format!("bytes           {}", info.size_bytes));
    out.line(&format!("audit log       {}", app.config().audit.url));
    let mut table = out.table(&["TABLE", "ROWS"]);
    for part in &info.tables {
        table.row(vec![part.name.to_owned(), part.rows.to_string()]);
    }
    table.end();
    Ok(Exit::Ok)
}
