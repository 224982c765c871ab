//! Challenges and sessions.

use std::collections::HashMap;
use std::sync::Arc;

use super::store::User;

/// Seconds a challenge is good for.
pub(crate) const CHALLENGE_LIFE: i64 = 300;
/// Most sessions kept; the oldest go first.
const MAX_SESSIONS: usize = 10_000;

/// A session of either API.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) user: u64,
    /// Requests of one session wait for each other.
    pub(crate) lock: Arc<tokio::sync::Mutex<()>>,
    pub(crate) door: Door,
    serial: u64,
}

/// Where a session came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Webservice,
    Mobile,
    /// A browser's, which `extendsession` makes one of the webservice.
    Web,
}

/// Challenges and sessions of a server.
#[derive(Debug, Default)]
pub(crate) struct Doors {
    /// One row a user: a new challenge replaces the one before.
    challenges: HashMap<u64, (String, i64)>,
    sessions: HashMap<String, Session>,
    serial: u64,
}

impl Doors {
    fn word(&mut self) -> String {
        self.serial += 1;
        format!("{:08x}{:05x}", fastrand::u32(..), self.serial & 0xf_ffff)
    }

    pub(crate) fn challenge(&mut self, user: Option<&User>, now: i64) -> String {
        let token = self.word();
        if let Some(user) = user {
            self.challenges
                .insert(user.id, (token.clone(), now + CHALLENGE_LIFE));
        }
        token
    }

    /// The token that a login of the user must answer.
    pub(crate) fn token(&self, user: u64, now: i64) -> Option<&str> {
        self.challenges
            .get(&user)
            .filter(|(_, until)| *until > now)
            .map(|(token, _)| token.as_str())
    }

    pub(crate) fn open(&mut self, user: u64, door: Door) -> String {
        let name = format!("{}{}", self.word(), fastrand::u32(10..100));
        if self.sessions.len() >= MAX_SESSIONS
            && let Some(oldest) = self
                .sessions
                .iter()
                .min_by_key(|(_, session)| session.serial)
                .map(|(name, _)| name.clone())
        {
            self.sessions.remove(&oldest);
        }
        let serial = self.serial;
        let session = Session {
            user,
            lock: Arc::default(),
            door,
            serial,
        };
        self.sessions.insert(name.clone(), session);
        name
    }

    pub(crate) fn session(&self, name: &str) -> Option<&Session> {
        self.sessions.get(name)
    }

    pub(crate) fn extend(&mut self, name: &str) -> Option<u64> {
        let session = self.sessions.get_mut(name)?;
        if session.door != Door::Web {
            return None;
        }
        session.door = Door::Webservice;
        Some(session.user)
    }

    pub(crate) fn close(&mut self, name: &str) -> bool {
        self.sessions.remove(name).is_some()
    }

    pub(crate) fn close_all(&mut self) {
        self.sessions.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.sessions.len()
    }
}
