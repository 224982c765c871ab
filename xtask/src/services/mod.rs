//! The services some tests need: which they are, and starting them.

mod apt;
mod mariadb;
mod postgres;
mod server;

use std::collections::BTreeSet;
use std::io::BufRead;

use anyhow::{Context, Result, bail};

use crate::isolation;

pub(crate) use server::Server;

/// A running service and how tests reach it.
pub(crate) struct Running {
    /// The name in the table below.
    pub(crate) name: &'static str,
    /// The variables that tests read, with their values.
    pub(crate) env: Vec<(&'static str, String)>,
    /// Stops the server when dropped; absent when somebody else runs it.
    server: Option<Server>,
}

impl Running {
    /// Stops the server and removes its files.
    pub(crate) fn stop(self) -> Result<()> {
        match self.server {
            Some(server) => server.stop(),
            None => Ok(()),
        }
    }
}

/// A service that can be started.
pub(crate) struct Service {
    pub(crate) name: &'static str,
    /// Set by whoever runs a server of their own; it is then used as it is.
    pub(crate) variable: &'static str,
    /// The crates with tests that need it.
    pub(crate) needed_by: &'static [&'static str],
    /// The Debian package that brings the server.
    pub(crate) package: &'static str,
    /// Whether the server's programs are there.
    installed: fn() -> bool,
    start: fn() -> Result<(Server, String)>,
}

/// All services. A crate is entered here together with its first test that needs one.
pub(crate) static SERVICES: [Service; 2] = [
    Service {
        name: "mariadb",
        variable: "KOPPEL_TEST_MYSQL_URL",
        needed_by: &["connectors", "koppel", "koppel-sandbox"],
        package: "mariadb-server",
        installed: mariadb::installed,
        start: mariadb::start,
    },
    Service {
        name: "postgres",
        variable: "KOPPEL_TEST_POSTGRES_URL",
        needed_by: &["audit-log", "connectors", "koppel"],
        package: "postgresql",
        installed: postgres::installed,
        start: postgres::start,
    },
];

impl Service {
    /// Whether any crate of the workspace has tests that need it.
    pub(crate) fn needed(&self, members: &BTreeSet<String>) -> bool {
        self.needed_by.iter().any(|krate| members.contains(*krate))
    }

    /// Starts it, installing the server first where that is possible.
    pub(crate) fn start(&self) -> Result<Running> {
        if let Some(url) = std::env::var_os(self.variable) {
            eprintln!(
                "{}: using the server that {} names",
                self.name, self.variable
            );
            let url = url
                .into_string()
                .ok()
                .with_context(|| format!("{} is not UTF-8", self.variable))?;
            return Ok(Running {
                name: self.name,
                env: vec![(self.variable, url)],
                server: None,
            });
        }
        if !(self.installed)() {
            apt::install(self.package).with_context(|| self.how_to_install())?;
            if !(self.installed)() {
                bail!("{}", self.how_to_install());
            }
        }
        let (server, url) =
            (self.start)().with_context(|| format!("cannot start {}", self.name))?;
        Ok(Running {
            name: self.name,
            env: vec![(self.variable, url)],
            server: Some(server),
        })
    }

    fn how_to_install(&self) -> String {
        format!(
            "the tests need {name}, and its server is not installed\n  \
             help: install it (`sudo apt-get install --no-install-recommends {package}`),\n  \
             or name a running one in {variable} (a user that may create databases),\n  \
             or leave its tests out: `cargo xtask test --without {name}`",
            name = self.name,
            package = self.package,
            variable = self.variable
        )
    }
}

/// Finds a service by its name.
pub(crate) fn by_name(name: &str) -> Result<&'static Service> {
    match SERVICES.iter().find(|service| service.name == name) {
        Some(service) => Ok(service),
        None => bail!("there is no service `{name}`; there are {}", names()),
    }
}

fn names() -> String {
    let names: Vec<&str> = SERVICES.iter().map(|service| service.name).collect();
    names.join(", ")
}

/// `cargo xtask service NAME`: starts one and keeps it until Enter is pressed.
pub(crate) fn keep(args: &[String]) -> Result<bool> {
    let [name] = args else {
        bail!("`service` takes one name: {}", names());
    };
    let running = by_name(name)?.start()?;
    for (variable, value) in &running.env {
        println!("export {variable}={value}");
    }
    eprintln!("{name} runs until Enter is pressed.");
    std::io::stdin().lock().read_line(&mut String::new())?;
    running.stop()?;
    Ok(true)
}

/// A PostgreSQL server that keeps what it commits, for measurements, and its URL.
pub(crate) fn durable_postgres() -> Result<(Server, String)> {
    let service = by_name("postgres")?;
    if !(service.installed)() {
        bail!("{}", service.how_to_install());
    }
    postgres::start_durable().context("cannot start postgres")
}

/// The services to start for the tests of this workspace, and those left out by name.
pub(crate) fn needed(without: &[String]) -> Result<(Vec<&'static Service>, Vec<&'static str>)> {
    for name in without {
        by_name(name)?;
    }
    let members = isolation::members()?;
    let mut start = Vec::new();
    let mut left_out = Vec::new();
    for service in SERVICES.iter().filter(|service| service.needed(&members)) {
        if without.iter().any(|name| name == service.name) {
            left_out.push(service.name);
        } else {
            start.push(service);
        }
    }
    Ok((start, left_out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_needed_only_by_crates_that_exist() {
        let members = BTreeSet::from(["connectors".to_owned()]);
        assert!(by_name("mariadb").unwrap().needed(&members));
        assert!(!by_name("mariadb").unwrap().needed(&BTreeSet::new()));
    }

    #[test]
    fn an_unknown_service_is_refused_with_the_known_ones() {
        let error = by_name("oracle").err().unwrap();
        assert_eq!(
            error.to_string(),
            "there is no service `oracle`; there are mariadb, postgres"
        );
    }
}
