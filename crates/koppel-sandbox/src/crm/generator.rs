//! Which record comes next, and what all records share.

use fastrand::Rng;

use super::rows::Rows;
use super::words::{LOCALES, Locale, Vat};
use super::{CrmSize, Summary, fixed};

/// Days are counted from 2020-01-01; this is 2026-03-01, the data's "today".
pub(crate) const TODAY: u32 = 2_251;
const DAYS: i16 = 3_200;
/// Combinations are walked in steps of this prime, so that neighbours differ.
const STEP: u64 = 15_485_863;

/// Streams of random numbers that do not disturb each other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    ClientKey = 1,
    Client,
    Lead,
    Project,
    Ticket,
    Invoice,
    Staff,
    Duplicate,
    Product,
    Stock,
    Discount,
    Order,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Fixed,
    Clients(u32),
    Leads(u32),
    Projects(u32),
    Tickets(u32),
    Invoices(u32),
    Products(u32),
    Discounts(u32),
    Orders(u32),
    Done,
}

/// Makes the rows one record after the other; memory grows by 4 bytes for each
/// customer and project.
pub(crate) struct Generator {
    pub(crate) seed: u64,
    pub(crate) size: CrmSize,
    pub(crate) rows: Rows,
    pub(crate) days: Days,
    /// The id of the first contact of each customer, and one past the last.
    pub(crate) first_contact: Vec<u32>,
    /// The customer of each project.
    pub(crate) project_client: Vec<u32>,
    pub(crate) ids: Ids,
    pub(crate) previous: Previous,
    pub(crate) summary: Summary,
    stage: Stage,
}

/// The days of the data as text.
pub(crate) struct Days(Vec<String>);

impl Days {
    /// The day so many days after 2020-01-01.
    pub(crate) fn of(&self, n: u32) -> &str {
        self.0
            .get(n as usize)
            .or(self.0.last())
            .map_or("", String::as_str)
    }
}

/// The last id given in tables whose rows hang on others.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    pub(crate) contact: u32,
    pub(crate) group_link: u32,
    pub(crate) field_value: u32,
    pub(crate) reply: u32,
    pub(crate) line: u32,
    pub(crate) line_tax: u32,
    pub(crate) payment: u32,
    pub(crate) credit: u32,
    pub(crate) lot: u32,
}

/// Natural keys of the record before, for those that shall share them.
#[derive(Debug, Default)]
pub(crate) struct Previous {
    pub(crate) contact_email: String,
    pub(crate) lead: (String, String, String),
    pub(crate) project: (String, u32),
    pub(crate) ticket: (String, u32),
}

/// What other records need to know of a customer.
#[derive(Debug)]
pub(crate) struct Party {
    pub(crate) locale: &'static Locale,
    pub(crate) person: bool,
    /// The company's name; for a person the first and the last name.
    pub(crate) company: String,
    pub(crate) first: String,
    pub(crate) last: String,
    pub(crate) vat: Option<String>,
    /// 0 = the base currency.
    pub(crate) currency: u32,
    pub(crate) domain: String,
}

impl Generator {
    pub(crate) fn new(size: &CrmSize, seed: u64, prefix: &str) -> Generator {
        let start = jiff::civil::date(2020, 1, 1);
        let days = (0..DAYS)
            .map(|n| start.saturating_add(jiff::Span::new().days(n)).to_string())
            .collect();
        Generator {
            seed,
            size: size.clone(),
            rows: Rows::new(prefix),
            days: Days(days),
            first_contact: Vec::new(),
            project_client: Vec::new(),
            ids: Ids::default(),
            previous: Previous::default(),
            summary: Summary::default(),
            stage: Stage::Fixed,
        }
    }

    /// Makes the next record; false when there are no more.
    pub(crate) fn step(&mut self) -> bool {
        self.stage = match self.stage {
            Stage::Fixed => {
                fixed::fill(self);
                Stage::Clients(0)
            }
            Stage::Clients(n) if n < self.size.customers => {
                self.client(n);
                Stage::Clients(n + 1)
            }
            Stage::Clients(_) => Stage::Leads(0),
            Stage::Leads(n) if n < self.size.leads => {
                self.lead(n);
                Stage::Leads(n + 1)
            }
            Stage::Leads(_) => Stage::Projects(0),
            Stage::Projects(n) if n < self.size.projects && self.size.customers > 0 => {
                self.project(n);
                Stage::Projects(n + 1)
            }
            Stage::Projects(_) => Stage::Tickets(0),
            Stage::Tickets(n) if n < self.size.tickets => {
                self.ticket(n);
                Stage::Tickets(n + 1)
            }
            Stage::Tickets(_) => Stage::Invoices(0),
            Stage::Invoices(n) if n < self.size.invoices && self.size.customers > 0 => {
                self.invoice(n);
                Stage::Invoices(n + 1)
            }
            Stage::Invoices(_) => Stage::Products(0),
            Stage::Products(n) if n < self.size.products => {
                self.product_row(n);
                Stage::Products(n + 1)
            }
            Stage::Products(_) => Stage::Discounts(0),
            Stage::Discounts(n) if n < self.size.discounts => {
                self.discount(n);
                Stage::Discounts(n + 1)
            }
            Stage::Discounts(_) => Stage::Orders(0),
            Stage::Orders(n) if n < self.size.orders && self.size.customers > 0 => {
                self.order(n);
                Stage::Orders(n + 1)
            }
            Stage::Orders(_) | Stage::Done => Stage::Done,
        };
        self.stage != Stage::Done
    }

    pub(crate) fn finish(mut self) -> Summary {
        self.summary.rows = self
            .rows
            .counts()
            .iter()
            .map(|(table, count)| ((*table).to_owned(), *count))
            .collect();
        self.summary
    }

    /// The random numbers of one record: the same whatever came before.
    pub(crate) fn rng(&self, stream: Stream, n: u32) -> Rng {
        let mut z = self
            .seed
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add((stream as u64) << 40)
            .wrapping_add(u64::from(n));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Rng::with_seed(z ^ (z >> 31))
    }

    /// Whether record `n` shares the natural keys of the one before it.
    ///
    /// Records go in pairs, so the share of records that share is as asked.
    pub(crate) fn is_double(&self, stream: Stream, n: u32) -> bool {
        n % 2 == 1
            && self.size.duplicate_keys > 0.0
            && self
                .rng(Stream::Duplicate, n ^ ((stream as u32) << 28))
                .f64()
                < self.size.duplicate_keys
    }

    /// Numbers for combination `n` of lists of these lengths, and how often all
    /// combinations were used before.
    pub(crate) fn combination<const N: usize>(
        &self,
        n: u32,
        lengths: [usize; N],
    ) -> ([usize; N], u64) {
        let total: u64 = lengths.iter().map(|length| *length as u64).product();
        let total = total.max(1);
        let n = u64::from(n);
        let mut place = ((n % total) * (STEP % total) + self.seed % total) % total;
        let picks = lengths.map(|length| {
            let length = (length as u64).max(1);
            let pick = place % length;
            place /= length;
            usize::try_from(pick).unwrap_or(0)
        });
        (picks, n / total)
    }

    /// What is told by a customer's number alone.
    pub(crate) fn party(&self, n: u32) -> Party {
        let key = if self.is_double(Stream::ClientKey, n) {
            n - 1
        } else {
            n
        };
        let mut rng = self.rng(Stream::ClientKey, key);
        let locale = match rng.u32(0..10) {
            0..5 => &LOCALES[0],
            5..8 => &LOCALES[1],
            _ => &LOCALES[2],
        };
        let person = rng.u32(0..100) < 8;
        let has_vat = !person || rng.bool();
        let currency = match rng.u32(0..20) {
            0 => 4,
            1..4 => 0,
            _ => locale.currency,
        };
        let (first, last, company) = if person {
            let last = locale.last.len();
            let ([f, a, b], round) = self.combination(key, [locale.first.len(), last, last]);
            let last = format!("{}-{}", locale.last[a], locale.last[b]);
            let last = if round == 0 {
                last
            } else {
                format!("{last} {}", round + 1)
            };
            let first = locale.first[f].to_owned();
            let company = format!("{first} {last}");
            (first, last, company)
        } else {
            let lengths = [locale.trades.len(), locale.last.len(), locale.cities.len()];
            let ([t, l, c], round) = self.combination(key, lengths);
            let legal = locale.legal[rng.usize(0..locale.legal.len())];
            let (trade, name, city) = (locale.trades[t], locale.last[l], locale.cities[c].0);
            let number = if round == 0 {
                String::new()
            } else {
                format!(" {}", round + 1)
            };
            let flower = if key % 211 == 7 { " 🌷" } else { "" };
            let company = format!("{trade} {name} {city}{number} {legal}{flower}");
            let first = locale.first[rng.usize(0..locale.first.len())].to_owned();
            let last = locale.last[rng.usize(0..locale.last.len())].to_owned();
            (first, last, company)
        };
        let domain = format!("{}.example", slug(&company));
        Party {
            locale,
            person,
            company,
            first,
            last,
            vat: has_vat.then(|| self.vat_number(locale, key)),
            currency,
            domain,
        }
    }

    /// A VAT number no other customer key has.
    fn vat_number(&self, locale: &Locale, key: u32) -> String {
        let of = |prime: u64| {
            let step = STEP % prime;
            (u64::from(key) * step + self.seed % prime) % prime
        };
        match locale.vat {
            Vat::Nl => format!("NL{:09}B01", of(999_999_937)),
            Vat::Ro => format!("RO{}", 10_000_000 + of(89_999_999)),
            Vat::Gb => format!("GB{:09}", of(999_999_937)),
        }
    }

    /// A naive local time on that day.
    pub(crate) fn stamp(&self, rng: &mut Rng, day: u32) -> String {
        let (h, m, s) = (rng.u32(7..22), rng.u32(0..60), rng.u32(0..60));
        format!("{} {h:02}:{m:02}:{s:02}", self.days.of(day))
    }
}

/// Naive times in the nights on which clocks change, in either zone: two that
/// do not exist, two that exist twice.
pub(crate) const CLOCK_CHANGES: [&str; 4] = [
    "2025-03-30 02:30:00",
    "2025-03-30 03:30:00",
    "2025-10-26 02:30:00",
    "2025-10-26 03:30:00",
];

pub(crate) fn pick<T: Copy>(rng: &mut Rng, list: &[T]) -> T {
    list[rng.usize(0..list.len())]
}

/// Lower-case ASCII letters and digits, other characters as single hyphens.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.chars() {
        let c = match c {
            'ă' | 'â' | 'á' | 'à' | 'ä' => 'a',
            'ș' | 'Ș' | 'ş' => 's',
            'ț' | 'Ț' | 'ţ' => 't',
            'î' | 'Î' | 'í' | 'ï' => 'i',
            'é' | 'è' | 'ë' | 'ê' => 'e',
            'ó' | 'ö' | 'ô' => 'o',
            'ú' | 'ü' => 'u',
            c => c.to_ascii_lowercase(),
        };
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn slugs_are_plain_ascii() {
        assert_eq!(
            slug("Bakkerij van 't Hof 's-Gravenhage B.V. 🌷"),
            "bakkerij-van-t-hof-s-gravenhage-b-v"
        );
        assert_eq!(slug("Panificație Șerban Iași"), "panificatie-serban-iasi");
    }

    #[test]
    fn names_and_vat_numbers_of_100_000_customers_are_unique() {
        let generator = Generator::new(&CrmSize::scaled(100_000), 3, "tbl");
        let mut names = HashSet::new();
        let mut vats = HashSet::new();
        for n in 0..100_000 {
            let party = generator.party(n);
            assert!(names.insert(party.company.clone()), "{}", party.company);
            if let Some(vat) = party.vat {
                assert!(vats.insert(vat.clone()), "{vat}");
            }
        }
    }
}
