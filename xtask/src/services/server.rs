//! A server process with a directory of its own that both end with xtask.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::unistd::{Uid, User};

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(90);

/// Starts the server, waits until its own standard input ends, stops the
/// server and removes the directory.
///
/// The input is a pipe that xtask holds open, so its end is seen however xtask
/// ends: by itself, by Ctrl-C, or killed. Arguments: the directory, the signal,
/// then the server's command line.
const KEEPER: &str = r#"
trap : INT HUP TERM
dir=$1; signal=$2; shift 2
"$@" >>"$dir/log" 2>&1 </dev/null &
server=$!
while read -r _; do :; done
kill -s "$signal" "$server" 2>/dev/null
( sleep 20; kill -s KILL "$server" ) >/dev/null 2>&1 &
wait "$server"
rm -rf "$dir"
trap '' TERM
kill -s TERM 0
"#;

/// A running server. Dropping it stops it too, without a word on failure.
#[derive(Debug)]
pub(crate) struct Server {
    keeper: Child,
    dir: PathBuf,
}

impl Server {
    /// Starts the command line and waits until `port` accepts a connection and the server has
    /// said `ready`: some listen before they let anybody in.
    pub(crate) fn start(
        dir: Home,
        signal: &str,
        command: &Command,
        port: u16,
        ready: &str,
    ) -> Result<Self> {
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&dir.path)
            .arg(signal)
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C reaches the group of xtask; the server is stopped in order.
            .process_group(0)
            .spawn()
            .context("cannot start `sh`")?;
        let server = Self {
            keeper,
            dir: dir.kept(),
        };
        server.wait_for(port, ready)?;
        Ok(server)
    }

    fn wait_for(&self, port: u16, ready: &str) -> Result<()> {
        let deadline = Instant::now() + START;
        loop {
            let log = std::fs::read(self.dir.join("log")).unwrap_or_default();
            let log = String::from_utf8_lossy(&log);
            let listens = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
            if log.contains(ready) && listens() {
                return Ok(());
            }
            let gave_up = ["Aborting", "FATAL:"].iter().any(|word| log.contains(word));
            if gave_up || Instant::now() > deadline {
                let lines: Vec<&str> = log.lines().collect();
                let tail = &lines[lines.len().saturating_sub(20)..];
                bail!(
                    "the server did not come up; its log ends:\n{}",
                    tail.join("\n")
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Stops the server and removes its directory.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.end()?;
        if self.dir.exists() {
            bail!("{} could not be removed", self.dir.display());
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        drop(self.keeper.stdin.take());
        self.keeper
            .wait()
            .context("the keeper of the server is lost")?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            eprintln!("warning: {error:#}");
        }
    }
}

/// A new directory for a server's files, owned by the user it runs as.
#[derive(Debug)]
pub(crate) struct Home {
    path: PathBuf,
    /// The unprivileged user, when this process is root's.
    pub(crate) user: Option<String>,
    held: Option<tempfile::TempDir>,
}

impl Home {
    /// Creates it for the first of `users` that exists, if this is root.
    pub(crate) fn create(users: &[&str]) -> Result<Self> {
        let held = tempfile::Builder::new()
            .prefix("koppel-test-")
            .tempdir()
            .context("cannot create a temporary directory")?;
        let mut user = None;
        if is_root() {
            for name in users {
                if let Some(found) = User::from_name(name)? {
                    std::os::unix::fs::chown(
                        held.path(),
                        Some(found.uid.as_raw()),
                        Some(found.gid.as_raw()),
                    )?;
                    user = Some(found.name);
                    break;
                }
            }
            if user.is_none() {
                bail!(
                    "a database server does not run as root, and none of the users {users:?} exists"
                );
            }
        }
        Ok(Self {
            path: held.path().to_path_buf(),
            user,
            held: Some(held),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// From here on the keeper removes the directory.
    fn kept(mut self) -> PathBuf {
        match self.held.take() {
            Some(held) => held.keep(),
            None => self.path,
        }
    }
}

/// Whether this process has root's rights.
pub(crate) fn is_root() -> bool {
    Uid::effective().is_root()
}

/// A port of 127.0.0.1 that nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    Ok(listener.local_addr()?.port())
}

/// A password for one run, letters and digits only.
///
/// `RandomState` is seeded by the operating system; the server listens on
/// 127.0.0.1 and holds test data alone.
pub(crate) fn password() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    (0..2_u8)
        .map(|part| {
            let mut hasher = RandomState::new().build_hasher();
            hasher.write_u8(part);
            format!("{:016x}", hasher.finish())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_differ_and_need_no_quoting() {
        let (one, two) = (password(), password());
        assert_ne!(one, two);
        assert!(one.len() == 32 && one.chars().all(|c| c.is_ascii_alphanumeric()));
    }

    #[test]
    fn a_server_and_its_directory_end_with_the_value() {
        let held = tempfile::tempdir().unwrap();
        let dir = held.path().join("home");
        std::fs::create_dir(&dir).unwrap();
        let home = Home {
            path: dir.clone(),
            user: None,
            held: None,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let pid = held.path().join("pid");
        let mut command = Command::new("sh");
        command
            .args(["-c", "echo $$ >\"$1\"; exec sleep 600", "server"])
            .arg(&pid);
        let server = Server::start(home, "TERM", &command, port, "").unwrap();
        let started = Instant::now();
        while std::fs::read_to_string(&pid).unwrap_or_default().is_empty() {
            assert!(started.elapsed() < Duration::from_secs(30));
            std::thread::yield_now();
        }
        let number = std::fs::read_to_string(&pid).unwrap();
        server.stop().unwrap();
        assert!(!dir.exists());
        let alive = Command::new("kill")
            .args(["-0", number.trim()])
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(!alive.success());
    }

    #[test]
    fn a_server_that_listens_is_not_up_before_it_says_so() {
        let held = tempfile::tempdir().unwrap();
        let home = Home {
            path: held.path().join("home"),
            user: None,
            held: None,
        };
        std::fs::create_dir(home.path()).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut command = Command::new("sh");
        // It goes on once the test has made the file.
        let go = held.path().join("go");
        command
            .args([
                "-c",
                "while ! [ -e \"$1\" ]; do :; done; echo Ready.; exec sleep 600",
                "server",
            ])
            .arg(&go);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| Server::start(home, "TERM", &command, port, "Ready."));
            // It looks at the port only after it has read the word.
            listener.set_nonblocking(true).unwrap();
            assert!(!waits.is_finished() && listener.accept().is_err());
            std::fs::write(&go, "").unwrap();
            waits.join().unwrap().unwrap().stop().unwrap();
        });
        assert!(listener.accept().is_ok());
    }

    #[test]
    fn a_server_that_gives_up_is_reported_with_its_log() {
        let held = tempfile::tempdir().unwrap();
        let home = Home {
            path: held.path().join("home"),
            user: None,
            held: None,
        };
        std::fs::create_dir(home.path()).unwrap();
        let mut command = Command::new("echo");
        command.arg("[ERROR] Aborting: no space");
        let error = Server::start(home, "TERM", &command, free_port().unwrap(), "").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the server did not come up; its log ends:\n[ERROR] Aborting: no space"
        );
    }
}
