//! What a person wants to know of the file, and a copy of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sqlx::Connection;
use sync_core::StoreError;

use crate::error;
use crate::open::private_file;
use crate::rows::{Stored, column};
use crate::{SqliteStore, schema};

/// What there is in a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoreInfo {
    /// Where it lives.
    pub path: PathBuf,
    /// Which version its tables have.
    pub schema_version: i64,
    /// How large it is in bytes, with what is still in the write-ahead log.
    pub size_bytes: u64,
    /// Its tables by name.
    pub tables: Vec<TableInfo>,
}

/// A table of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TableInfo {
    /// Its name.
    pub name: &'static str,
    /// How many rows it has.
    pub rows: u64,
}

impl SqliteStore {
    /// Counts what there is. Takes time in proportion to the size of the store.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the store cannot be read.
    pub async fn info(&self) -> Result<StoreInfo, StoreError> {
        let mut conn = self.reader().await?;
        let mut tables = Vec::new();
        for (name, count) in TABLES {
            let rows: i64 = sqlx::query_scalar(count)
                .fetch_one(&mut *conn)
                .await
                .map_err(self.db())?;
            tables.push(TableInfo {
                name,
                rows: rows.unsigned_abs(),
            });
        }
        let schema_version = schema::version_of(&mut conn).await.map_err(self.db())?;
        let mut wal = self.path().as_os_str().to_owned();
        wal.push("-wal");
        let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
        Ok(StoreInfo {
            path: self.path().to_owned(),
            schema_version,
            size_bytes: size(self.path()) + size(Path::new(&wal)),
            tables,
        })
    }

    /// Writes a copy of the store as of now to a new file, while others go on working.
    ///
    /// The copy is one file, complete and compact, with mode 0600 on Unix.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there is a file already or it cannot be written,
    /// [`StoreError::DiskFull`]; what was begun is removed.
    pub async fn backup_to(&self, path: &Path) -> Result<(), StoreError> {
        let path = std::path::absolute(path).map_err(|e| error::file(path, "found", &e))?;
        private_file(&path).map_err(|e| error::file(&path, "made", &e))?;
        let copied = self.copy_to(&path).await;
        if copied.is_err()
            && let Err(e) = fs::remove_file(&path)
        {
            tracing::warn!(path = %path.display(), error = %e, "Half a backup could not be removed.");
        }
        copied
    }

    async fn copy_to(&self, path: &Path) -> Stored<()> {
        let Some(name) = path.to_str() else {
            return Err(StoreError::Unavailable(format!(
                "`{}` cannot be written: the name is not UTF-8",
                path.display()
            )));
        };
        let mut conn = self.own_connection().await?;
        sqlx::query("VACUUM INTO ?")
            .bind(name)
            .execute(&mut conn)
            .await
            .map_err(|e| error::database(path, &e))?;
        conn.close().await.map_err(self.db())?;
        fs::File::open(path)
            .and_then(|file| file.sync_all())
            .map_err(|e| error::file(path, "written", &e))
    }

    /// A setting that was stored.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the store cannot be read.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let mut conn = self.reader().await?;
        sqlx::query("SELECT value FROM setting WHERE name = ?")
            .bind(name)
            .fetch_optional(&mut *conn)
            .await
            .map_err(self.db())?
            .map(|row| column(&row, 0))
            .transpose()
    }

    /// Stores a setting, or forgets it.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`], or [`StoreError::Unavailable`] if the store cannot be written.
    pub async fn set_setting(&self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        match value {
            Some(value) => sqlx::query(
                "INSERT INTO setting (name, value) VALUES (?, ?)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )
            .bind(name)
            .bind(value),
            None => sqlx::query("DELETE FROM setting WHERE name = ?").bind(name),
        }
        .execute(&mut *tx)
        .await
        .map_err(self.db())?;
        tx.commit().await.map_err(self.db())
    }
}

const TABLES: [(&str, &str); 15] = [
    ("base", "SELECT COUNT(*) FROM base"),
    ("change", "SELECT COUNT(*) FROM change"),
    ("connection", "SELECT COUNT(*) FROM connection"),
    ("cursor", "SELECT COUNT(*) FROM cursor"),
    ("event_outbox", "SELECT COUNT(*) FROM event_outbox"),
    ("flow", "SELECT COUNT(*) FROM flow"),
    ("intent", "SELECT COUNT(*) FROM intent"),
    ("link", "SELECT COUNT(*) FROM link"),
    ("link_decision", "SELECT COUNT(*) FROM link_decision"),
    ("link_rule", "SELECT COUNT(*) FROM link_rule"),
    ("parked", "SELECT COUNT(*) FROM parked"),
    ("run", "SELECT COUNT(*) FROM run"),
    ("run_count", "SELECT COUNT(*) FROM run_count"),
    ("setting", "SELECT COUNT(*) FROM setting"),
    ("suggestion", "SELECT COUNT(*) FROM suggestion"),
];
