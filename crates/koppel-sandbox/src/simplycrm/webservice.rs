//! The operations of `/webservice.php`.

use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::call::Call;
use super::doors::{CHALLENGE_LIFE, Door, Doors};
use super::generation::Generation;
use super::read::Wishes;
use super::reply::{
    DENIED, Failure, Outcome, Style, denied, denied_for, error, fail, fatal, internal,
};
use super::store::{By, Store, User};
use super::write::Change;
use crate::common::Plan;

/// How the webservice writes its JSON.
pub(crate) fn style(generation: Generation) -> Style {
    Style {
        ascii: !generation.is_newest(),
        message_first: generation.is_newest(),
        kind: "application/json",
    }
}

/// Where an operation reads its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
}

/// The registered operations; which of them there are depends on the generation.
fn verb(operation: &str, generation: Generation) -> Option<Verb> {
    Some(match operation {
        "getchallenge" | "retrieve" | "sync" | "query" | "listtypes" | "describe" => Verb::Get,
        "login" | "create" | "update" | "revise" | "delete" | "logout" | "extendsession"
        | "convertlead" | "changepassword" | "deleteuser" => Verb::Post,
        "retrieve_related" | "query_related" | "relatedtypes" | "retrieve_inventory"
            if !generation.is_old() =>
        {
            Verb::Get
        }
        "add_related" if !generation.is_old() => Verb::Post,
        "files_retrieve" if generation.is_newest() => Verb::Get,
        "delete_related" if generation.is_newest() => Verb::Post,
        _ => return None,
    })
}

/// Everything an operation works on.
pub(crate) struct Desk<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) doors: &'a mut Doors,
    pub(crate) call: &'a Call,
    pub(crate) plan: &'a Plan,
    pub(crate) number: u64,
    pub(crate) method: &'a http::Method,
    pub(crate) cookies: &'a str,
}

pub(crate) fn run(desk: &mut Desk<'_>) -> Outcome {
    let generation = desk.store.generation;
    let operation = desk.call.operation.clone();
    if operation.strip_prefix("mobile.").is_some() {
        return super::mobile::through_webservice(desk);
    }
    // An unknown operation is an exception outside of the part that makes JSON of them.
    let Some(verb) = verb(&operation, generation) else {
        return fatal();
    };
    if desk
        .call
        .params
        .either("format")
        .is_some_and(|format| !format.eq_ignore_ascii_case("json"))
    {
        return Err(Failure::Empty(200));
    }
    match operation.as_str() {
        "getchallenge" => return desk.challenge(verb),
        "login" => return desk.login(verb),
        "extendsession" => return desk.extend(),
        _ => {}
    }
    let by = desk.by()?;
    desk.operate(&operation, verb, &by)
}

impl Desk<'_> {
    /// A parameter from where the operation reads it; "0" is none.
    fn param(&self, verb: Verb, name: &str) -> Option<String> {
        let pairs = match verb {
            Verb::Get => &self.call.params.query,
            Verb::Post => &self.call.params.form,
        };
        pairs
            .get(name)
            .filter(|value| !value.is_empty() && *value != "0")
            .cloned()
    }

    /// Who the session belongs to.
    pub(crate) fn by(&self) -> Result<By, Failure> {
        let Some(name) = self.call.session() else {
            return fail("AUTHENTICATION_REQUIRED", "Authencation required");
        };
        let session = self
            .doors
            .session(name)
            .filter(|session| session.door == Door::Webservice);
        let user = session.and_then(|session| self.store.user(session.user));
        match user {
            Some(user) => Ok(By {
                user: user.clone(),
                request: self.number,
            }),
            None => fail(
                "INVALID_SESSIONID",
                "Session Identifier provided is Invalid",
            ),
        }
    }

    fn user_named(&self, name: &str) -> Option<&User> {
        self.store
            .users
            .iter()
            .find(|user| user.name.eq_ignore_ascii_case(name))
    }

    fn challenge(&mut self, verb: Verb) -> Outcome {
        let name = self.param(verb, "username");
        let user = name
            .as_deref()
            .and_then(|name| self.user_named(name))
            .cloned();
        if !self.store.generation.is_old() {
            if name.is_none() {
                return fail("ACCESS_DENIED", "No username given");
            }
            if user.is_none() {
                return fail("ACCESS_DENIED", "username does not exists");
            }
        }
        let now = self.store.clock.now();
        let token = self.doors.challenge(user.as_ref(), now);
        if matches!(
            self.plan.verdict,
            Some(crate::common::FaultKind::ChallengeOvertaken)
        ) {
            self.doors.challenge(user.as_ref(), now);
        }
        Ok(json!({"token": token, "serverTime": now, "expireTime": now + CHALLENGE_LIFE}))
    }

    fn login(&mut self, verb: Verb) -> Outcome {
        let user = self
            .param(verb, "username")
            .and_then(|name| self.user_named(&name).cloned());
        let now = self.store.clock.now();
        let token = user
            .as_ref()
            .and_then(|user| self.doors.token(user.id, now))
            .map(str::to_owned);
        let (Some(user), Some(token)) = (user, token) else {
            return fail(
                "INVALID_AUTH_TOKEN",
                "Specified token is invalid or expired",
            );
        };
        if user.key.is_empty() {
            return fail(
                "ACCESSKEY_UNDEFINED",
                "Access key for the user is undefined",
            );
        }
        let digest = Md5::new()
            .chain_update(token.as_bytes())
            .chain_update(user.key.as_bytes())
            .finalize();
        let wanted: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        if self.param(verb, "accessKey").as_deref() != Some(wanted.as_str()) {
            return fail("INVALID_USER_CREDENTIALS", "Invalid username or password");
        }
        if self.store.whitelisted {
            let message = "Access from this IP address is not allowed for the user";
            return fail("ACCESS_DENIED", message);
        }
        let session = self.doors.open(user.id, Door::Webservice);
        Ok(self.welcome(&session, &user))
    }

    fn welcome(&self, session: &str, user: &User) -> Value {
        let generation = self.store.generation;
        let mut told = json!({
            "sessionName": session,
            "userId": user.ws_id(),
            "version": "0.22",
            "vtigerVersion": generation.version(),
        });
        if generation.is_newest()
            && let Some(map) = told.as_object_mut()
        {
            for (name, value) in [
                ("username", user.name.as_str()),
                ("first_name", ""),
                ("last_name", user.name.as_str()),
                ("email", "admin@example.test"),
                ("time_zone", "UTC"),
                ("hour_format", "24"),
                ("date_format", "yyyy-mm-dd"),
                ("is_admin", if user.admin { "on" } else { "off" }),
                ("call_duration", "5"),
                ("other_event_duration", "5"),
            ] {
                map.insert(name.into(), value.into());
            }
        }
        told
    }

    fn extend(&mut self) -> Outcome {
        if *self.method != http::Method::POST {
            return fail("AUTHENTICATION_REQUIRED", "Authencation required");
        }
        let cookie = super::cookie(self.cookies, "PHPSESSID");
        let name = self
            .call
            .params
            .form
            .get("PHPSESSID")
            .cloned()
            .or(cookie)
            .unwrap_or_default();
        let user = self.doors.extend(&name);
        match user.and_then(|user| self.store.user(user)) {
            Some(user) => Ok(self.welcome(&name, user)),
            None => fail("AUTHENTICATION_FAILURE", "Authencation Failed"),
        }
    }

    fn logout(&mut self) -> Outcome {
        let generation = self.store.generation;
        if generation.is_newest() {
            return fatal();
        }
        if !generation.is_old() {
            if *self.method != http::Method::POST {
                return fail("OPERATION_NOT_SUPPORTED", DENIED);
            }
            // PHP's end of a session fails, and the session lives on.
            return Err(internal());
        }
        if let Some(name) = self.call.session() {
            self.doors.close(name);
        }
        Ok(json!({"message": "successfull"}))
    }

    fn operate(&mut self, operation: &str, verb: Verb, by: &By) -> Outcome {
        let bad = &self.plan.bad;
        let wishes = Wishes {
            younger: self.plan.search_delay,
        };
        let get = |name: &str| self.param(verb, name);
        match operation {
            "logout" => self.logout(),
            "listtypes" => {
                let kinds = self.call.params.query.get("fieldTypeList");
                Ok(self.store.list_types(kinds.map(String::as_str), &by.user))
            }
            "describe" => self.store.describe(get("elementType").as_deref(), &by.user),
            "retrieve" | "retrieve_inventory" => match get("id") {
                Some(id) => self.store.retrieve(&id, by),
                None => Err(denied_for("id")),
            },
            "query" => self.store.query(get("query").as_deref(), by, wishes),
            "sync" => {
                let (since, module) = (get("modifiedTime"), get("elementType"));
                let kind = get("syncType");
                self.store
                    .sync(since.as_deref(), module.as_deref(), kind.as_deref(), by)
            }
            "create" => {
                let (module, element) = (get("elementType"), get("element"));
                let Some(module) = module else {
                    return Err(denied());
                };
                let element = self.store.element(element.as_deref())?;
                let files = &self.call.params.files;
                self.store.create(&module, &element, files, by, bad)
            }
            "update" | "revise" => {
                let element = get("element");
                let element = self.store.element(element.as_deref())?;
                let how = if operation == "update" {
                    Change::Update
                } else {
                    Change::Revise
                };
                self.store.change(how, &element, by, bad)
            }
            "delete" => match get("id") {
                Some(id) => self.store.remove(&id, by),
                None => Err(denied_for("id")),
            },
            "changepassword" if self.store.generation.is_old() => self.change_password(by),
            "changepassword" => Err(Failure::Text(
                "Sorry! Attempt to access restricted file. - include/Webservices/ChangePassword.php"
                    .into(),
            )),
            "deleteuser" => fail("ACCESS_DENIED", DENIED),
            "relatedtypes" => {
                let module = get("elementType");
                self.store.related_types(module.as_deref(), &by.user)
            }
            "retrieve_related" => {
                let (id, kind, label) = (get("id"), get("relatedType"), get("relatedLabel"));
                self.store
                    .retrieve_related(id.as_deref(), kind.as_deref(), label.as_deref(), by)
            }
            "query_related" => {
                let (query, id, label) = (get("query"), get("id"), get("relatedLabel"));
                self.store
                    .query_related(query.as_deref(), id.as_deref(), label.as_deref(), by)
            }
            "add_related" => {
                let (from, to) = (get("sourceRecordId"), get("relatedRecordId"));
                self.store
                    .add_related(from.as_deref(), to.as_deref(), by)
            }
            "delete_related" => {
                let (from, to) = (get("sourceRecordId"), get("relatedRecordId"));
                self.store
                    .delete_related(from.as_deref(), to.as_deref(), by)
            }
            "convertlead" => {
                let element = get("element");
                self.store.convert_lead(element.as_deref(), by)
            }
            // Called with names that do not match its own (recorded vtiger 8.3.0 server).
            "files_retrieve" => fatal(),
            _ => fatal(),
        }
    }

    fn change_password(&mut self, by: &By) -> Outcome {
        let get = |name: &str| self.param(Verb::Post, name).unwrap_or_default();
        let (id, old) = (get("id"), get("oldPassword"));
        let (new, again) = (get("newPassword"), get("confirmPassword"));
        let number = id.split_once('x').and_then(|(_, n)| n.parse::<u64>().ok());
        if !by.user.admin && number != Some(by.user.id) {
            return Err(denied());
        }
        let user = self
            .store
            .users
            .iter_mut()
            .find(|user| Some(user.id) == number)
            .ok_or_else(|| denied_for("id"))?;
        if !by.user.admin && user.password != old {
            return Err(error("INVALID_OLD_PASSWORD", "Old password is not correct"));
        }
        if new != again {
            return Err(error(
                "NEW_PASSWORD_MISMATCH",
                "New password and confirm password do not match",
            ));
        }
        user.password = new;
        Ok(
            json!({"message": "Changed password successfully. Save your new access key to continue"}),
        )
    }
}
