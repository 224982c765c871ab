//! A private MariaDB server.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::server::{Home, Server, free_port, password};
use crate::sh;

const DAEMONS: [&str; 2] = ["mariadbd", "mysqld"];
const INSTALLERS: [&str; 2] = ["mariadb-install-db", "mysql_install_db"];

/// Whether the server's programs are there.
pub(crate) fn installed() -> bool {
    let there = |names: &[&str]| names.iter().any(|name| sh::find_program(name).is_some());
    there(&DAEMONS) && there(&INSTALLERS)
}

/// Starts a server with the settings it comes with, and returns its URL.
///
/// The user in the URL may create databases; the URL names none.
pub(crate) fn start() -> Result<(Server, String)> {
    let find = |names: &[&str]| names.iter().find_map(|name| sh::find_program(name));
    let daemon = find(&DAEMONS).context("`mariadbd` is not installed")?;
    let installer = find(&INSTALLERS).context("`mariadb-install-db` is not installed")?;

    let home = Home::create(&["mysql", "nobody"])?;
    let data = home.path().join("data");
    let mut install = Command::new(installer);
    install
        .arg("--no-defaults")
        .arg(format!("--datadir={}", data.display()))
        .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
        .stdin(Stdio::null());
    if let Some(user) = &home.user {
        install.arg(format!("--user={user}"));
    }
    let out = install
        .output()
        .context("cannot start `mariadb-install-db`")?;
    if !out.status.success() {
        bail!(
            "`mariadb-install-db` failed:\n{}{}",
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr)
        );
    }

    let (root, secret) = (password(), password());
    let init = home.path().join("init.sql");
    // One statement a line: that is how the server reads the file.
    let statements = format!(
        "ALTER USER 'root'@'localhost' IDENTIFIED BY '{root}';\n\
         DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1';\n\
         CREATE USER 'koppel'@'127.0.0.1' IDENTIFIED BY '{secret}';\n\
         GRANT ALL PRIVILEGES ON *.* TO 'koppel'@'127.0.0.1';\n"
    );
    std::fs::write(&init, statements).context("cannot write the first statements")?;

    let port = free_port()?;
    let mut command = Command::new(daemon);
    command
        .arg("--no-defaults")
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--socket={}", home.path().join("socket").display()))
        .arg(format!("--pid-file={}", home.path().join("pid").display()))
        .arg(format!("--init-file={}", init.display()))
        .arg(format!("--port={port}"))
        .args([
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--skip-log-bin",
            // The data is thrown away, so nothing waits for the disk.
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-doublewrite=OFF",
            "--innodb-buffer-pool-size=128M",
            "--innodb-log-file-size=64M",
            "--max-connections=200",
        ]);
    if let Some(user) = &home.user {
        command.arg(format!("--user={user}"));
    }
    let server = Server::start(home, "TERM", &command, port, "")?;
    Ok((server, format!("mysql://koppel:{secret}@127.0.0.1:{port}/")))
}
