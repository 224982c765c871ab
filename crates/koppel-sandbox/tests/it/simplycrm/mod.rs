//! Simply CRM and its kin as clients see them.

mod basics;
mod talk;
