//! A private PostgreSQL server.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::server::{Home, Server, free_port, password};
use crate::sh;

/// Where Debian keeps the server programs, one directory a version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Whether the server's programs are there.
pub(crate) fn installed() -> bool {
    programs().is_some()
}

/// The newest version's directory, else that of the `initdb` in `PATH`.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(VERSIONS)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").is_file() && bin.join("postgres").is_file())
        .collect();
    versions.sort();
    versions
        .pop()
        .map(|(_, bin)| bin)
        .or_else(|| Some(sh::find_program("initdb")?.parent()?.to_path_buf()))
}

/// What it says once it lets somebody in; it listens before.
const READY: &str = "database system is ready to accept connections";

/// For tests: the data is thrown away, so nothing waits for the disk.
const FLEETING: &[&str] = &[
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
];

/// For measurements: a commit is on the disk, with the memory of a small server of its own. What
/// is not named here is as PostgreSQL delivers it.
const DURABLE: &[&str] = &["shared_buffers=1GB", "max_wal_size=4GB"];

/// Starts a server and returns its URL; the user may create databases.
pub(crate) fn start() -> Result<(Server, String)> {
    start_with(FLEETING)
}

/// Starts a server that keeps what it commits, as one that is in use.
pub(crate) fn start_durable() -> Result<(Server, String)> {
    start_with(DURABLE)
}

fn start_with(settings: &[&str]) -> Result<(Server, String)> {
    let bin = programs().context("PostgreSQL's server programs are not installed")?;
    let home = Home::create(&["postgres", "nobody"])?;
    let data = home.path().join("data");
    let secret = password();
    let secret_file = home.path().join("password");
    std::fs::write(&secret_file, &secret).context("cannot write the password file")?;

    let mut init = as_user(&home, bin.join("initdb").as_os_str())?;
    init.arg("--pgdata")
        .arg(&data)
        .args(["--username=koppel", "--auth=scram-sha-256"])
        .args(["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
        .arg(format!("--pwfile={}", secret_file.display()))
        .current_dir("/")
        .stdin(Stdio::null());
    let out = init.output().context("cannot start `initdb`")?;
    if !out.status.success() {
        bail!(
            "`initdb` failed:\n{}{}",
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr)
        );
    }

    let port = free_port()?;
    let mut command = as_user(&home, bin.join("postgres").as_os_str())?;
    command
        .arg("-D")
        .arg(&data)
        .arg("-k")
        .arg(home.path())
        .args(["-h", "127.0.0.1", "-p"])
        .arg(port.to_string());
    for setting in settings {
        command.args(["-c", setting]);
    }
    // INT is PostgreSQL's fast shutdown: it does not wait for sessions to end.
    let server = Server::start(home, "INT", &command, port, READY)?;
    Ok((
        server,
        format!("postgres://koppel:{secret}@127.0.0.1:{port}/postgres"),
    ))
}

/// The program, run by the directory's owner when this is root.
fn as_user(home: &Home, program: &OsStr) -> Result<Command> {
    let Some(user) = &home.user else {
        return Ok(Command::new(program));
    };
    let setpriv = sh::find_program("setpriv")
        .context("`setpriv` is not installed; it comes with the package util-linux")?;
    let mut command = Command::new(setpriv);
    command
        .arg(format!("--reuid={user}"))
        .arg(format!("--regid={}", group_of(user)?))
        .args(["--clear-groups", "--"])
        .arg(program);
    Ok(command)
}

fn group_of(user: &str) -> Result<u32> {
    let found = nix::unistd::User::from_name(user)?
        .with_context(|| format!("the user `{user}` does not exist"))?;
    Ok(found.gid.as_raw())
}
