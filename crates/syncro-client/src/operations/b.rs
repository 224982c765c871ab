//! Money, stock, assets and the account.

use super::operations;

operations! {
    VENDORS_LIST = "vendors.list" GET "/vendors" ["Vendors - List"] list;
    VENDORS_CREATE = "vendors.create" POST "/vendors" ["Vendors - New"];
    VENDORS_GET = "vendors.get" GET "/vendors/{id}" ["Vendors - View Details"];
    VENDORS_UPDATE = "vendors.update" PUT "/vendors/{id}" ["Vendors - Edit"];
}
