//! What every server has from the start.

use super::Store;

/// A column and what it holds.
type Pair = (&'static str, &'static str);

impl Store {
    /// The rows that every server has.
    pub(super) fn furnish(&mut self) {
        let rate = if self.generation.is_old() {
            "1.000"
        } else {
            "1.00000"
        };
        let fixed: [(&str, u64, &[Pair]); 9] = [
            (
                "Groups",
                2,
                &[
                    ("groupid", "2"),
                    ("groupname", "Team Selling"),
                    ("description", "Group Related to Sales"),
                ],
            ),
            (
                "Groups",
                3,
                &[
                    ("groupid", "3"),
                    ("groupname", "Marketing Group"),
                    ("description", "Group Related to Marketing Activities"),
                ],
            ),
            (
                "Groups",
                4,
                &[
                    ("groupid", "4"),
                    ("groupname", "Support Group"),
                    (
                        "description",
                        "Group Related to providing Support to Customers",
                    ),
                ],
            ),
            (
                "Currency",
                1,
                &[
                    ("currency_name", "Euro"),
                    ("currency_code", "EUR"),
                    ("currency_symbol", "&#8364;"),
                    ("conversion_rate", rate),
                    ("currency_status", "Active"),
                    ("defaultid", "-11"),
                    ("deleted", "0"),
                ],
            ),
            (
                "DocumentFolders",
                1,
                &[
                    ("foldername", "Default"),
                    ("description", "This is a Default Folder"),
                    ("createdby", "1"),
                    ("sequence", "1"),
                ],
            ),
            (
                "CompanyDetails",
                1,
                &[
                    ("organizationname", "Voorbeeld B.V."),
                    ("city", "Utrecht"),
                    ("country", "Nederland"),
                ],
            ),
            ("Tax", 1, &tax("tax1", "VAT", "4.500")),
            ("Tax", 2, &tax("tax2", "Sales", "10.000")),
            ("Tax", 3, &tax("tax3", "Service", "12.500")),
        ];
        for (module, number, values) in fixed {
            let Some(module) = self.schema.module(module).map(|module| module.name) else {
                continue;
            };
            let values = values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            self.put(module, number, values, 0);
        }
    }
}

fn tax(name: &'static str, label: &'static str, percent: &'static str) -> [Pair; 8] {
    [
        ("taxname", name),
        ("taxlabel", label),
        ("percentage", percent),
        ("deleted", "0"),
        ("method", "Simple"),
        ("type", "Fixed"),
        ("compoundon", "[]"),
        ("regions", "[]"),
    ]
}
