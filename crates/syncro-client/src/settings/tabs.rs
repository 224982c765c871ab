//! Which parts of Syncro the account shows.

use crate::model::model;

model! {
    /// Which parts of Syncro the account shows.
    pub struct Tabs, wire "tabs"/"tabs" {
        /// The dashboard of monitoring.
        msp_dashboard: bool = "msp_dashboard" [read_only],
        /// Customers.
        customers: bool = "customers" [read_only],
        /// Assets.
        assets: bool = "assets" [read_only],
        /// Alerts.
        alerts: bool = "alerts" [read_only],
        /// Contracts.
        contracts: bool = "contracts" [read_only],
        /// Invoices.
        invoices: bool = "invoices" [read_only],
        /// Purchases from customers.
        customer_purchases: bool = "customer_purchases" [read_only],
        /// Refurbished devices.
        refurbs: bool = "refurbs" [read_only],
        /// Estimates.
        estimates: bool = "estimates" [read_only],
        /// Tickets.
        tickets: bool = "tickets" [read_only],
        /// Part orders.
        parts: bool = "parts" [read_only],
        /// Products.
        products: bool = "products" [read_only],
        /// Purchase orders.
        purchase_orders: bool = "purchase_orders" [read_only],
        /// Field jobs.
        field_jobs: bool = "field_jobs" [read_only],
        /// Policies of monitoring.
        kabuto_policies: bool = "kabuto_policies" [read_only],
        /// Scripts.
        scripts: bool = "scripts" [read_only],
        /// Sales.
        sales: bool = "sales" [read_only],
        /// Leads.
        leads: bool = "leads" [read_only],
        /// Domo.
        domo: bool = "domo" [read_only],
        /// Marketr.
        marketr: bool = "marketr" [read_only],
        /// Recurring invoices.
        recur: bool = "recur" [read_only],
        /// Reports.
        reports: bool = "reports" [read_only],
        /// Documentation.
        wiki: bool = "wiki" [read_only],
        /// The app center.
        app_center: bool = "app_center" [read_only],
        /// Pax8.
        pax8: bool = "pax8" [read_only],
    }
}
