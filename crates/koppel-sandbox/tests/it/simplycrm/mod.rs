//! Simply CRM and its kin as clients see them.

mod basics;
mod inventory;
mod mobile;
mod mobile_more;
mod recorded;
mod rough;
mod talk;
mod values;
