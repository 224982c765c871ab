//! Tests of the connectors against real databases and servers.

#[cfg(test)]
mod attributed;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod crmconnect;
#[cfg(test)]
mod crmconnect_kill;
#[cfg(test)]
mod crmconnect_writing;
#[cfg(test)]
mod database;
#[cfg(test)]
mod leg;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod simplycrm;
#[cfg(test)]
mod simplycrm_changes;
#[cfg(test)]
mod simplycrm_flow;
#[cfg(test)]
mod simplycrm_invoices;
#[cfg(test)]
mod simplycrm_special;
#[cfg(test)]
mod smartcrm;
#[cfg(test)]
mod smartcrm_check;
#[cfg(test)]
mod smartcrm_lands;
#[cfg(test)]
mod smartcrm_profiles;
#[cfg(test)]
mod smartcrm_special;
#[cfg(test)]
mod snelstart_flow;
#[cfg(test)]
mod snelstart_payments;
#[cfg(test)]
mod snelstart_read;
#[cfg(test)]
mod snelstart_write;
#[cfg(test)]
mod sql_database;
#[cfg(test)]
mod sql_lost_answers;
#[cfg(test)]
mod sql_propose;
#[cfg(test)]
mod sql_tables;
#[cfg(test)]
mod sql_types;
#[cfg(test)]
mod support;
#[cfg(test)]
mod syncro_conformance;
#[cfg(test)]
mod syncro_drift;
#[cfg(test)]
mod syncro_flow;
#[cfg(test)]
mod syncro_read;
#[cfg(test)]
mod syncro_statuses;
#[cfg(test)]
mod syncro_steps;
#[cfg(test)]
mod syncro_write;
