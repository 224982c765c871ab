//! Pages of documentation (`/wiki_pages`).

use crate::calls::handle;
use crate::id::{AccountId, AssetId, CustomerId, WikiPageId};
use crate::model::model;
use crate::operations as ops;
use crate::records::records;

model! {
    /// A page of documentation.
    pub struct WikiPage, wire "wiki_page"/"wiki_pages" {
        /// Its id.
        id: WikiPageId = "id" [read_only],
        /// The account's id.
        account_id: AccountId = "account_id" [read_only],
        /// Its title; required by a create.
        name: String = "name",
        /// Its name in addresses.
        slug: String = "slug",
        /// Its text; required by a create.
        body: String = "body",
        /// Its text with everything filled in.
        interpolated_body: String = "interpolated_body" [read_only],
        /// The customer it is about.
        customer_id: CustomerId = "customer_id" [write_only],
        /// The asset it is about.
        asset_id: AssetId = "asset_id" [write_only],
        /// Who may see it.
        visibility: String = "visibility" [write_only],
    }
}

handle! {
    /// Pages of documentation (`/wiki_pages`).
    pub fn wiki_pages -> WikiPages, "Pages of documentation";
}

records! {
    impl WikiPages, "a page" as page: WikiPage by WikiPageId;

    list ops::WIKI_PAGES_LIST;
    get ops::WIKI_PAGES_GET;
    create ops::WIKI_PAGES_CREATE;
    update ops::WIKI_PAGES_UPDATE;
    delete ops::WIKI_PAGES_DELETE;
}
