//! What the faked systems share: faults, hooks, answers, and connections that can be cut.

mod action;
mod answer;
mod api;
mod ask;
mod clock;
mod control;
mod desk;
mod faults;
mod hooks;
mod listen;
mod post;
mod query;
mod route;
mod server;
mod system;
mod tally;
mod template;
mod wire;

pub use action::Action;
pub(crate) use answer::{Answer, CAPTCHA_PAGE, NOT_FOUND_PAGE};
pub(crate) use api::{Api, serve};
pub(crate) use ask::Ask;
pub(crate) use clock::Clock;
pub(crate) use control::{answer_control, read};
pub(crate) use desk::{Desk, cut};
pub use faults::{BadRecord, Fault, FaultId, FaultKind, FaultReport, Faults, Matcher};
pub(crate) use faults::{Kin, Plan, Shift, Target};
pub(crate) use hooks::Hook;
pub use hooks::{HookAction, Phase, RequestEvent};
pub(crate) use post::{Letter, Post};
pub(crate) use query::{pairs, parameter};
pub(crate) use route::Route;
pub(crate) use server::{
    Running, Setup, api_methods, insert_error, shared_methods, shared_settings,
};
pub(crate) use system::System;
pub(crate) use tally::Tally;
pub(crate) use wire::Line;
