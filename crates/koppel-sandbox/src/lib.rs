#![doc = include_str!("../README.md")]

pub mod smartcrm;

pub use smartcrm::{
    ExternalIdMode, Fault, FaultKind, HookAction, Phase, RequestEvent, SmartCrm, SmartCrmServer,
};
