//! The parameters that may follow the address of a server.

/// The parameters of a MySQL address: `mysql://USER@HOST/DATABASE?ssl-mode=REQUIRED`.
///
/// sqlx passes over what it does not know, so that a slip in `ssl-mode` would leave a connection
/// without the encryption that was asked for; therefore every other name is refused. Its
/// `timezone` is not among them: times are read in the zone of the CRM.
pub const MYSQL_PARAMETERS: [&str; 8] = [
    "ssl-mode",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "charset",
    "collation",
    "socket",
    "statement-cache-capacity",
];

/// Whether a MySQL address may have a parameter of this name; spellings without `-` count.
pub fn is_mysql_parameter(name: &str) -> bool {
    MYSQL_PARAMETERS.contains(&name) || matches!(name, "sslmode" | "sslca" | "sslcert" | "sslkey")
}

/// The parameters of a PostgreSQL address: `postgres://USER@HOST/DATABASE?sslmode=verify-full`.
///
/// As with MySQL, every other name is refused: a slip in `sslmode` would leave a connection
/// without the encryption that was asked for.
pub const POSTGRES_PARAMETERS: [&str; 6] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "statement-cache-capacity",
];

/// Whether a PostgreSQL address may have a parameter of this name; spellings with `-` count.
pub fn is_postgres_parameter(name: &str) -> bool {
    POSTGRES_PARAMETERS.contains(&name)
        || matches!(
            name,
            "ssl-mode" | "ssl-ca" | "ssl-root-cert" | "ssl-cert" | "ssl-key"
        )
}
