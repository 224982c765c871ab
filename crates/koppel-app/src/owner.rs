//! Who holds a flow: `HOST:PID:STARTTIME`, and whether that process is still there.
//!
//! The start time tells a process from a later one with the same number. In a container the host
//! part names the process namespace as well (`HOST/NAMESPACE`), as numbers mean nothing outside.

use std::fs;

/// The first process namespace of a Linux machine has this number on every machine.
const FIRST_NAMESPACE: &str = "4026531836";
/// Stands for what the system does not tell.
const UNKNOWN: &str = "?";

/// The name under which this process holds flows.
#[must_use]
pub fn current() -> String {
    let pid = std::process::id();
    let started = start_time(pid).unwrap_or_else(|| UNKNOWN.to_owned());
    format!("{}:{pid}:{started}", host())
}

/// Whether the owner was a process on this host that is gone.
///
/// `false` when that cannot be told: for another host, and on systems without `/proc`.
#[must_use]
pub fn is_dead(owner: &str) -> bool {
    let Some((on, pid, started)) = parts(owner) else {
        return false;
    };
    // Without our own start time there is no `/proc`, or none that can be trusted.
    if on != host() || started == UNKNOWN || start_time(std::process::id()).is_none() {
        return false;
    }
    start_time(pid).is_none_or(|now| now != started)
}

/// The owner for people: `process 4711 on crm-host`.
#[must_use]
pub fn describe(owner: &str) -> String {
    match parts(owner) {
        Some((host, pid, _)) => format!("process {pid} on {host}"),
        None => owner.to_owned(),
    }
}

/// The name of the user that runs this program, as the operating system knows it.
#[must_use]
pub fn user() -> String {
    #[cfg(unix)]
    {
        let id = rustix::process::getuid().as_raw();
        let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
        if let Some(name) = name_of(&known, id) {
            return name.to_owned();
        }
    }
    // Where users are kept elsewhere, the session says who it is.
    let named = ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .filter_map(|variable| std::env::var(variable).ok())
        .map(|name| name.trim().chars().take(64).collect::<String>())
        .find(|name| !name.is_empty() && !name.chars().any(char::is_control));
    #[cfg(unix)]
    let named = named.or_else(|| Some(format!("uid {}", rustix::process::getuid().as_raw())));
    named.unwrap_or_else(|| UNKNOWN.to_owned())
}

/// The name of a user in the lines of passwd(5): `name:password:number:…`.
#[cfg(unix)]
fn name_of(passwd: &str, id: u32) -> Option<&str> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)?.parse() == Ok(id)).then_some(name)
    })
}

fn parts(owner: &str) -> Option<(&str, u32, &str)> {
    let (rest, started) = owner.rsplit_once(':')?;
    let (host, pid) = rest.rsplit_once(':')?;
    Some((host, pid.parse().ok()?, started))
}

fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "localhost".to_owned());
    // The link reads `pid:[4026531836]`.
    let namespace = fs::read_link("/proc/self/ns/pid")
        .ok()
        .and_then(|link| {
            Some(
                link.to_str()?
                    .trim_matches(|c: char| !c.is_ascii_digit())
                    .to_owned(),
            )
        })
        .filter(|namespace| namespace != FIRST_NAMESPACE);
    match namespace {
        Some(namespace) => format!("{name}/{namespace}"),
        None => name,
    }
}

/// When a living process was started, in the kernel's own count since the machine was started.
fn start_time(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold blanks and brackets itself: `4711 (a) b) S 1 …`.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    // A zombie is dead and only waits for its parent to notice.
    if matches!(fields.next()?, "Z" | "X" | "x") {
        return None;
    }
    // Field 22 of proc(5); the state was field 3.
    fields.nth(18).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_not_dead() {
        assert!(!is_dead(&current()), "{}", current());
        assert!(describe(&current()).starts_with(&format!("process {}", std::process::id())));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_ended_is_dead_also_before_its_parent_noticed() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let started = start_time(child.id()).unwrap();
        let owner = format!("{}:{}:{started}", host(), child.id());
        assert!(!is_dead(&owner));
        child.kill().unwrap();
        while start_time(child.id()).is_some() {
            std::thread::yield_now();
        }
        assert!(is_dead(&owner), "a zombie");
        child.wait().unwrap();
        assert!(is_dead(&owner), "gone");
    }

    #[cfg(unix)]
    #[test]
    fn a_user_is_named_as_the_system_names_it() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\n\n:x:7:\nkoppel:x:998:998::/:/bin/false\n";
        assert_eq!(name_of(passwd, 0), Some("root"));
        assert_eq!(name_of(passwd, 998), Some("koppel"));
        assert_eq!((name_of(passwd, 7), name_of("x:y", 0)), (None, None));
        assert!(!user().is_empty());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_later_process_with_the_same_number_is_not_the_owner() {
        let owner = format!("{}:{}:1", host(), std::process::id());
        assert!(is_dead(&owner));
    }

    #[test]
    fn of_other_hosts_and_unknown_owners_nothing_is_claimed() {
        for owner in ["elsewhere:1:1", "process 5", "", "a:b:c"] {
            assert!(!is_dead(owner), "{owner}");
        }
        assert!(!is_dead(&format!("{}:999999999:{UNKNOWN}", host())));
        assert_eq!(describe("elsewhere:12:9"), "process 12 on elsewhere");
        assert_eq!(describe("process 5"), "process 5");
    }
}
