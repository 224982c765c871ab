//! Sums over ledger mutations, worked out by the server (`$apply`).

use std::fmt;

use api_core::money::parse_decimal;
use api_core::{Error, ErrorKind, Json};
use rust_decimal::Decimal;
use uuid::Uuid;

/// By what mutations are grouped.
///
/// The vendor documentation names a group by "the item's name" and shows the
/// ledger, the cost centre and the journal; the rest is inferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Group {
    /// The ledger account (`Grootboek`).
    Ledger,
    /// The cost centre (`Kostenplaats`).
    CostCentre,
    /// The journal (`Dagboek`).
    Journal,
    /// The day (`Datum`).
    Date,
    /// Whom it concerns (`RelatiePublicIdentifier`).
    Relation,
    /// The invoice's number (`FactuurNummer`).
    InvoiceNumber,
}

impl Group {
    /// Returns the name the server groups by.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ledger => "Grootboek",
            Self::CostCentre => "Kostenplaats",
            Self::Journal => "Dagboek",
            Self::Date => "Datum",
            Self::Relation => "RelatiePublicIdentifier",
            Self::InvoiceNumber => "FactuurNummer",
        }
    }
}

/// Which amount is worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Measure {
    /// Debit less credit (`Saldo`).
    Balance,
    /// What was debited (`Debet`).
    Debit,
    /// What was credited (`Credit`).
    Credit,
}

impl Measure {
    /// Returns the name the server works it out by.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Balance => "Saldo",
            Self::Debit => "Debet",
            Self::Credit => "Credit",
        }
    }
}

/// How an amount is worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Aggregate {
    /// Added up (`sum`).
    Sum,
    /// The smallest (`min`).
    Min,
    /// The largest (`max`).
    Max,
    /// The mean (`average`).
    Average,
}

impl Aggregate {
    /// Returns the server's name of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
            Self::Average => "average",
        }
    }
}

/// What is worked out: an amount, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Aggregation {
    measure: Measure,
    aggregate: Aggregate,
}

impl Aggregation {
    /// The member of the answer it comes back in, such as `SaldoSum`.
    #[must_use]
    pub fn name(self) -> String {
        let how = match self.aggregate {
            Aggregate::Sum => "Sum",
            Aggregate::Min => "Min",
            Aggregate::Max => "Max",
            Aggregate::Average => "Average",
        };
        format!("{}{how}", self.measure.as_str())
    }
}

impl fmt::Display for Aggregation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (measure, aggregate) = (self.measure.as_str(), self.aggregate.as_str());
        write!(
            f,
            "aggregate({measure} with {aggregate} as {})",
            self.name()
        )
    }
}

/// A question for sums over ledger mutations (`$apply`).
///
/// ```
/// use snelstart_client::{Aggregate, Apply, Group, Measure};
///
/// let by_ledger = Apply::group_by(Group::Ledger).aggregate(Measure::Balance, Aggregate::Sum);
/// assert_eq!(
///     by_ledger.to_string(),
///     "groupby((Grootboek),aggregate(Saldo with sum as SaldoSum))"
/// );
/// let overall = Apply::aggregate_all(Measure::Debit, Aggregate::Max);
/// assert_eq!(overall.to_string(), "aggregate(Debet with max as DebetMax)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apply {
    groups: Vec<Group>,
    aggregation: Option<Aggregation>,
}

impl Apply {
    /// Works an amount out over all mutations.
    #[must_use]
    pub fn aggregate_all(measure: Measure, aggregate: Aggregate) -> Self {
        Self {
            groups: Vec::new(),
            aggregation: Some(Aggregation { measure, aggregate }),
        }
    }

    /// Groups mutations; without an amount, the answer lists the groups.
    #[must_use]
    pub fn group_by(group: Group) -> Self {
        Self {
            groups: vec![group],
            aggregation: None,
        }
    }

    /// Groups by something else too.
    #[must_use]
    pub fn and_by(mut self, group: Group) -> Self {
        if !self.groups.contains(&group) {
            self.groups.push(group);
        }
        self
    }

    /// Works an amount out for each group, in place of one asked before.
    #[must_use]
    pub fn aggregate(mut self, measure: Measure, aggregate: Aggregate) -> Self {
        self.aggregation = Some(Aggregation { measure, aggregate });
        self
    }

    /// Reads the rows of an answer to this question.
    pub(super) fn read(&self, rows: &[Json]) -> Result<Vec<AggregateRow>, Error> {
        rows.iter()
            .enumerate()
            .map(|(at, row)| {
                self.read_row(row)
                    .map_err(|why| Error::new(ErrorKind::Decode, format!("Row {at} {why}.")))
            })
            .collect()
    }

    fn read_row(&self, row: &Json) -> Result<AggregateRow, String> {
        if row.as_map().is_none() {
            return Err("is not an object".to_owned());
        }
        let value = match self.aggregation {
            None => None,
            Some(aggregation) => {
                let name = aggregation.name();
                match member(row, &name) {
                    None => return Err(format!("has no member {name}")),
                    Some(Json::Null) => None,
                    Some(value) => Some(
                        amount(value)
                            .ok_or_else(|| format!("has a {name} that is not an amount"))?,
                    ),
                }
            }
        };
        Ok(AggregateRow {
            value,
            row: row.clone(),
        })
    }
}

impl fmt::Display for Apply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.groups.as_slice(), self.aggregation) {
            ([], Some(aggregation)) => write!(f, "{aggregation}"),
            (groups, aggregation) => {
                let groups: Vec<_> = groups.iter().map(|group| group.as_str()).collect();
                write!(f, "groupby(({})", groups.join(","))?;
                if let Some(aggregation) = aggregation {
                    write!(f, ",{aggregation}")?;
                }
                f.write_str(")")
            }
        }
    }
}

/// One row of sums over ledger mutations.
///
/// The answer's shape is in no documentation (unknown), so members are found
/// whatever the case of their names, and a group's id both as an object with an
/// `id` and as bare text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AggregateRow {
    value: Option<Decimal>,
    row: Json,
}

impl AggregateRow {
    /// Returns the amount asked for, in euros; `None` where the server has none.
    #[must_use]
    pub fn value(&self) -> Option<Decimal> {
        self.value
    }

    /// Returns what the server sends for a group, as it stands.
    #[must_use]
    pub fn group(&self, group: Group) -> Option<&Json> {
        member(&self.row, group.as_str()).filter(|value| !value.is_null())
    }

    /// Returns the id of a group that is a record, such as a ledger account.
    #[must_use]
    pub fn group_id(&self, group: Group) -> Option<Uuid> {
        let value = self.group(group)?;
        let text = match value {
            Json::Text(text) => text,
            value => member(value, "id")?.as_str()?,
        };
        text.parse().ok()
    }

    /// Returns the whole row as the server sent it.
    #[must_use]
    pub fn as_json(&self) -> &Json {
        &self.row
    }
}

/// Reads an amount, sent as a number or as text.
fn amount(value: &Json) -> Option<Decimal> {
    match value {
        Json::Number(number) => number.to_decimal(),
        Json::Text(text) => parse_decimal(text).ok(),
        _ => None,
    }
}

/// Finds a member by its name, else by its name in another case.
fn member<'a>(object: &'a Json, name: &str) -> Option<&'a Json> {
    object.get(name).or_else(|| {
        let (_, value) = object
            .as_map()?
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value)
    })
}
