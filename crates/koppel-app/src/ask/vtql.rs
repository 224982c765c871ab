//! Reading a query as far as it takes to ask for it page by page.
//!
//! The server gives 100 rows at most. Where a query has no order of its own, the next page is asked
//! for by the id behind which it begins (`id > '12x345'`), so that no row is missed while others
//! come and go; a query with an order of its own goes on by counting rows.

/// The most rows that the server gives at once (recorded vtiger 5.4.0 and 7.1.0 servers).
pub(super) const PAGE: u64 = 100;

/// A query, in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    /// What is selected, as it was written: `*` alone, or names.
    columns: Vec<String>,
    head: String,
    /// The branches between the `or`s behind `where`.
    branches: Vec<String>,
    order: Option<String>,
    limit: Option<(u64, u64)>,
}

/// Where the next page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// At the first row.
    Start,
    /// Behind the row with this id.
    After(String),
    /// Behind so many rows.
    Skip(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token<'a> {
    text: &'a str,
    start: usize,
    literal: bool,
}

fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        let mut end = start + first.len_utf8();
        let literal = first == '\'';
        if literal {
            // A quote that is doubled is one of the text.
            loop {
                let (at, c) = rest.next()?;
                end = at + c.len_utf8();
                if c == '\'' && rest.next_if(|(_, next)| *next == '\'').is_none() {
                    break;
                }
            }
        } else if first.is_alphanumeric() || first == '_' {
            while let Some((at, c)) = rest.next_if(|(_, c)| c.is_alphanumeric() || *c == '_') {
                end = at + c.len_utf8();
            }
        } else if first.is_whitespace() {
            continue;
        }
        tokens.push(Token {
            text: text.get(start..end)?,
            start,
            literal,
        });
    }
    Some(tokens)
}

impl Statement {
    /// Reads a query without the `;` at its end; `None` for one that is better left to the server
    /// to judge as it stands.
    pub(super) fn read(text: &str) -> Option<Self> {
        let tokens = tokens(text)?;
        let is = |at: usize, word: &str| {
            (tokens.get(at)).is_some_and(|t| !t.literal && t.text.eq_ignore_ascii_case(word))
        };
        let find = |word: &str, from: usize| (from..tokens.len()).find(|at| is(*at, word));
        let start = |at: usize| tokens.get(at).map_or(text.len(), |token| token.start);
        let part = |from: usize, to: usize| Some(text.get(start(from)..start(to))?.trim());
        // Lists behind `in` are the only brackets of the grammar, besides `count(*)`.
        let fits = |at: usize, token: &Token<'_>| match token.text {
            ";" => false,
            "(" => at > 0 && (is(at - 1, "in") || is(at - 1, "count")),
            _ => true,
        };
        if !is(0, "select") || !tokens.iter().enumerate().all(|(at, token)| fits(at, token)) {
            return None;
        }
        let from = find("from", 1)?;
        let wher = find("where", from);
        let order = find("order", from);
        let limit = find("limit", from);
        let end = tokens.len();
        let head_end = wher.or(order).or(limit).unwrap_or(end);
        let in_order = [wher, order, limit].into_iter().flatten().is_sorted();
        if head_end != from + 2 || !in_order {
            return None;
        }
        let branches = match wher {
            None => Vec::new(),
            Some(wher) => {
                let stop = order.or(limit).unwrap_or(end);
                let mut branches = Vec::new();
                let mut begin = wher + 1;
                for at in (begin..stop).filter(|at| is(*at, "or")).chain([stop]) {
                    branches.push(part(begin, at).filter(|text| !text.is_empty())?.to_owned());
                    begin = at + 1;
                }
                branches
            }
        };
        let order = match order {
            None => None,
            Some(order) if is(order + 1, "by") => {
                Some(part(order + 2, limit.unwrap_or(end))?.to_owned())
            }
            Some(_) => return None,
        };
        let number = |at: usize| tokens.get(at)?.text.parse::<u64>().ok();
        let limit = match limit.map(|limit| (limit, end - limit)) {
            None => None,
            Some((limit, 2)) => Some((0, number(limit + 1)?)),
            Some((limit, 4)) if tokens.get(limit + 2)?.text == "," => {
                Some((number(limit + 1)?, number(limit + 3)?))
            }
            Some(_) => return None,
        };
        let columns = (part(1, from)?.split(','))
            .map(|column| column.trim().to_owned())
            .collect();
        Some(Self {
            columns,
            head: part(0, head_end)?.to_owned(),
            branches,
            order,
            limit,
        })
    }

    /// The columns in the order in which they were named; `None` where they were not.
    pub(super) fn columns(&self) -> Option<Vec<String>> {
        let all = self.columns.iter().any(|column| column == "*");
        let plain = |name: &String| name.chars().all(|c| c.is_alphanumeric() || c == '_');
        (!all && self.columns.iter().all(plain)).then(|| self.columns.clone())
    }

    /// Whether rows are counted and not given.
    fn counts(&self) -> bool {
        let name: String = (self.columns.iter().flat_map(|column| column.chars()))
            .filter(|c| !c.is_whitespace())
            .collect();
        name.eq_ignore_ascii_case("count(*)")
    }

    /// Whether the rows come in the order of their ids, so that an id tells where to go on.
    pub(super) fn by_id(&self) -> bool {
        let offset = self.limit.is_some_and(|(offset, _)| offset > 0);
        let order = self.order.as_deref().map(str::to_ascii_lowercase);
        let words: Option<Vec<&str>> = order.as_deref().map(|o| o.split_whitespace().collect());
        !offset && matches!(words.as_deref(), None | Some(["id"] | ["id", "asc"]))
    }

    /// The query for one page; `None` when the query is at its end after so many rows.
    pub(super) fn page(&self, place: &Place, got: u64) -> Option<String> {
        let most = self.limit.map(|(_, most)| most);
        let offset = self.limit.map_or(0, |(offset, _)| offset);
        let single = self.counts() || most.is_some_and(|most| most <= PAGE);
        if *place != Place::Start && (single || most.is_some_and(|most| got >= most)) {
            return None;
        }
        let size = most.map_or(PAGE, |most| most.saturating_sub(got).min(PAGE));
        let mut text = self.head.clone();
        let after = match place {
            Place::After(id) => Some(format!("id > '{}'", id.replace('\'', "''"))),
            Place::Start | Place::Skip(_) => None,
        };
        let branches: Vec<String> = match (&after, self.branches.is_empty()) {
            (Some(after), true) => vec![after.clone()],
            // `and` binds tighter than `or`, and there are no brackets: it goes to each branch.
            (Some(after), false) => (self.branches.iter())
                .map(|branch| format!("{branch} and {after}"))
                .collect(),
            (None, _) => self.branches.clone(),
        };
        if !branches.is_empty() {
            text.push_str(&format!(" where {}", branches.join(" or ")));
        }
        if let Some(order) = &self.order {
            text.push_str(&format!(" order by {order}"));
        } else if !self.counts() && self.by_id() && !single {
            text.push_str(" order by id");
        }
        let skip = match place {
            Place::Skip(rows) => offset.saturating_add(*rows),
            _ => offset,
        };
        if self.counts() {
            match self.limit {
                Some((0, most)) => text.push_str(&format!(" limit {most}")),
                Some((offset, most)) => text.push_str(&format!(" limit {offset},{most}")),
                None => {}
            }
        } else if skip > 0 {
            text.push_str(&format!(" limit {skip},{size}"));
        } else {
            text.push_str(&format!(" limit {size}"));
        }
        text.push(';');
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(text: &str, places: &[(Place, u64)]) -> Vec<Option<String>> {
        let statement = Statement::read(text).unwrap();
        places
            .iter()
            .map(|(place, got)| statement.page(place, *got))
            .collect()
    }

    fn after(id: &str) -> Place {
        Place::After(id.to_owned())
    }

    #[test]
    fn without_an_order_the_next_page_begins_behind_an_id() {
        assert_eq!(
            pages(
                "SELECT lastname, email FROM Contacts",
                &[(Place::Start, 0), (after("12x99"), 100)]
            ),
            [
                Some("SELECT lastname, email FROM Contacts order by id limit 100;".to_owned()),
                Some(
                    "SELECT lastname, email FROM Contacts where id > '12x99' order by id limit 100;"
                        .to_owned()
                ),
            ]
        );
    }

    #[test]
    fn each_branch_of_an_or_gets_the_id_because_there_are_no_brackets() {
        assert_eq!(
            pages(
                "select * from Leads where a = 'x or y' or b > '1' and c in ('1', '2') Order By id",
                &[(after("10x5"), 100)]
            ),
            [Some(
                "select * from Leads where a = 'x or y' and id > '10x5' or b > '1' and \
                 c in ('1', '2') and id > '10x5' order by id limit 100;"
                    .to_owned()
            )]
        );
    }

    #[test]
    fn an_order_of_its_own_goes_on_by_counting() {
        let statement = Statement::read("select id from Leads order by lastname desc").unwrap();
        assert!(!statement.by_id());
        assert_eq!(
            statement.page(&Place::Skip(100), 100).unwrap(),
            "select id from Leads order by lastname desc limit 100,100;"
        );
        let offset = Statement::read("select id from Leads limit 20, 250").unwrap();
        assert!(!offset.by_id());
        assert_eq!(
            offset.page(&Place::Skip(200), 200).unwrap(),
            "select id from Leads limit 220,50;"
        );
        assert_eq!(offset.page(&Place::Skip(250), 250), None);
    }

    #[test]
    fn a_small_limit_and_a_count_take_one_request_as_they_stand() {
        for (text, sent) in [
            (
                "select id from Leads limit 7",
                "select id from Leads limit 7;",
            ),
            (
                "select id from Leads limit 0",
                "select id from Leads limit 0;",
            ),
            (
                "select count(*) from Leads where lastname = 'from'",
                "select count(*) from Leads where lastname = 'from';",
            ),
        ] {
            let statement = Statement::read(text).unwrap();
            assert_eq!(statement.page(&Place::Start, 0).unwrap(), sent);
            assert_eq!(statement.page(&after("10x1"), 1), None, "{text}");
        }
        let large = Statement::read("select id from Leads limit 150").unwrap();
        assert_eq!(
            large.page(&after("10x9"), 100).unwrap(),
            "select id from Leads where id > '10x9' order by id limit 50;"
        );
    }

    #[test]
    fn what_the_grammar_does_not_have_is_left_to_the_server() {
        for text in [
            "",
            "describe Leads",
            "select * from Leads where (a = '1')",
            "select * from Leads where a = 'open",
            "select * from Leads, Contacts",
            "select * from Leads limit 1 where a = '1'",
            "select * from Leads; drop",
            "select * from Leads where or a = '1'",
        ] {
            assert_eq!(Statement::read(text), None, "{text}");
        }
        let quoted = Statement::read("select * from Leads where a = 'O''Brien; (x)'").unwrap();
        assert_eq!(quoted.branches, ["a = 'O''Brien; (x)'"]);
    }

    #[test]
    fn columns_are_known_where_they_were_named() {
        let columns = |text: &str| Statement::read(text).unwrap().columns();
        assert_eq!(
            columns("select lastname , email from Contacts"),
            Some(vec!["lastname".to_owned(), "email".to_owned()])
        );
        assert_eq!(columns("select * from Contacts"), None);
        assert_eq!(columns("select count(*) from Contacts"), None);
    }
}
