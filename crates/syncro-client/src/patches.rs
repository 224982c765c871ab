//! Windows updates of assets (`/customer_assets/{id}/patches`).

use api_core::Timestamp;

use crate::model::model;

model! {
    /// The Windows updates of an asset.
    pub struct Patches, wire "patches"/"patches" {
        /// Those it has.
        installed: Vec<InstalledPatch> = "installed_patches" [read_only],
        /// Those it lacks, a page of them.
        available: Vec<AvailablePatch> = "available_patches" [read_only],
        /// Which page of them, and of how many.
        available_meta: PatchPages = "available_patches_meta" [read_only],
    }
}

model! {
    /// A Windows update that an asset has.
    pub struct InstalledPatch, wire "installed_patch"/"installed_patches" {
        /// Its number, such as `KB5026361`.
        kb: String = "kb" [read_only],
        /// Its title.
        title: String = "title" [read_only],
        /// Its category.
        category: String = "category" [read_only],
        /// How it stands.
        status: String = "status" [read_only],
        /// When it was installed.
        installed_at: Timestamp = "installed_at" [read_only],
    }
}

model! {
    /// A Windows update that an asset lacks.
    pub struct AvailablePatch, wire "available_patch"/"available_patches" {
        /// Its number, such as `KB5027538`.
        kb: String = "kb" [read_only],
        /// Its title.
        title: String = "title" [read_only],
        /// Its category.
        category: String = "category" [read_only],
        /// How it stands: missing, failed or rejected.
        status: String = "status" [read_only],
        /// When it was looked at.
        evaluated_at: Timestamp = "evaluated_at" [read_only],
        /// When installing it was tried.
        attempted_installation: Timestamp = "attempted_installation" [read_only],
        /// When it was rejected.
        rejected_at: Timestamp = "rejected_at" [read_only],
    }
}

model! {
    /// Which page of missing updates was answered.
    pub struct PatchPages, wire "available_patches_meta"/"available_patches_metas" {
        /// The page, from 1.
        page: i64 = "page" [read_only],
        /// How many a page holds.
        per_page: i64 = "per_page" [read_only],
        /// How many pages there are.
        total_pages: i64 = "total_pages" [read_only],
        /// How many updates there are.
        total_entries: i64 = "total_entries" [read_only],
    }
}
