//! Products with their groups and stock, and discounts of groups of customers.

use super::generator::{Generator, Stream, pick};
use super::money::Cents;
use super::rows::Shape;
use super::words::{EXTRA_TAX, GROUPS, ITEM_GROUPS, LOCALES, UNITS, WAREHOUSES};

const ITEM: Shape = Shape {
    table: "items",
    columns: "id,description,long_description,rate,tax,tax2,unit,group_id,commodity_code,sku_code",
};
const GROUP: Shape = Shape {
    table: "items_groups",
    columns: "id,name",
};
const LOT: Shape = Shape {
    table: "inventory_manage",
    columns: "id,warehouse_id,commodity_id,inventory_number,date_manufacture,expiry_date,\
              lot_number,purchase_price",
};
const DISCOUNT: Shape = Shape {
    table: "group_discounts",
    columns: "id,groupid,product_id,item_group_id,percent,valid_from,valid_until",
};

/// What is told by a product's number alone.
pub(crate) struct Product {
    pub(crate) description: String,
    /// A multiple of four cents, so that quarters of it are exact.
    pub(crate) rate: Cents,
    /// Names and rates as in the list of taxes.
    pub(crate) taxes: Vec<(&'static str, i64)>,
    pub(crate) unit: Option<&'static str>,
}

impl Generator {
    /// How many groups of products there are: none without products.
    fn item_groups(&self) -> u32 {
        let words = u32::try_from(ITEM_GROUPS.len()).unwrap_or(1);
        self.size.products.min(words)
    }

    /// Product `n` (id n + 1).
    pub(crate) fn product(&self, n: u32) -> Product {
        let mut rng = self.rng(Stream::Product, n);
        let locale = &LOCALES[rng.usize(0..LOCALES.len())];
        let taxes = match rng.u32(0..10) {
            0 => Vec::new(),
            1 => vec![locale.taxes[0], EXTRA_TAX],
            2 => vec![locale.taxes[1]],
            _ => vec![locale.taxes[0]],
        };
        Product {
            description: format!("{} {:05}", pick(&mut rng, locale.goods), n + 1),
            rate: Cents(rng.i64(25..60_000) * 4),
            taxes,
            unit: (rng.u32(0..5) > 0).then(|| pick(&mut rng, UNITS)),
        }
    }

    /// The row of product `n`, its group if it is the first, and its stock.
    pub(crate) fn product_row(&mut self, n: u32) {
        let id = n + 1;
        let groups = self.item_groups();
        if n == 0 {
            for (id, name) in (1..=groups).zip(ITEM_GROUPS) {
                self.rows.row(GROUP).int(id).text(name).end();
            }
        }
        let product = self.product(n);
        let mut rng = self.rng(Stream::Stock, n);
        let tax = |place: usize| product.taxes.get(place).map(tax_id);
        let group = if rng.u32(0..12) == 0 {
            0
        } else {
            rng.u32(1..=groups)
        };
        let code = format!("P-{id:05}");
        let sku = format!("SKU{:08}", u64::from(id) * 7_919 % 100_000_000);
        self.rows
            .row(ITEM)
            .int(id)
            .text(&product.description)
            .opt((rng.u32(0..3) == 0).then_some("Levering binnen 5 dagen / livrare în 5 zile"))
            .plain(product.rate)
            .opt_int(tax(0))
            .opt_int(tax(1))
            .opt(product.unit)
            .int(group)
            .opt((rng.u32(0..15) > 0).then_some(code.as_str()))
            .opt((rng.u32(0..3) == 0).then_some(sku.as_str()))
            .end();
        for house in 1..=u32::try_from(WAREHOUSES.len()).unwrap_or(1) {
            let lots = match rng.u32(0..10) {
                0..5 => continue,
                5..8 => 1,
                8 => 2,
                _ => 3,
            };
            self.summary.stock_levels += 1;
            for lot in 0..lots {
                self.ids.lot += 1;
                // The quantity is text: whole, with decimals, or missing beside other lots.
                let quarters = rng.u32(0..4_000);
                let quantity = match rng.u32(0..8) {
                    0 if lot > 0 => None,
                    1 => Some(format!("{}.{:02}", quarters / 4, quarters % 4 * 25)),
                    _ => Some((quarters / 4).to_string()),
                };
                let expires = (lots > 1 && rng.bool()).then(|| self.days.of(2_400 + lot * 100));
                let number = (lots > 1).then(|| format!("LOT-{id}-{}", lot + 1));
                let row = self.rows.row(LOT).int(self.ids.lot).int(house).int(id);
                row.opt(quantity.as_deref())
                    .null()
                    .opt_plain(expires)
                    .opt(number.as_deref())
                    .opt_plain(rng.bool().then_some(Cents(product.rate.0 / 2)))
                    .end();
            }
        }
        self.summary.products += 1;
    }

    /// Discount `n` (id n + 1): on a product, on a group of products, or on everything.
    pub(crate) fn discount(&mut self, n: u32) {
        let mut rng = self.rng(Stream::Discount, n);
        let groups = u32::try_from(GROUPS.len()).unwrap_or(1);
        let (product, items) = match rng.u32(0..5) {
            0 | 1 if self.size.products > 0 => (Some(rng.u32(1..=self.size.products)), None),
            2 | 3 if self.size.products > 0 => (None, Some(rng.u32(1..=self.item_groups()))),
            _ => (None, None),
        };
        let from = rng.bool().then(|| self.days.of(2_192));
        let until = match from {
            Some(_) if rng.bool() => Some(self.days.of(2_556)),
            _ => None,
        };
        self.rows
            .row(DISCOUNT)
            .int(n + 1)
            .int(n % groups + 1)
            .opt_int(product)
            .opt_int(items)
            .plain(Cents(rng.i64(4..120) * 25))
            .opt_plain(from)
            .opt_plain(until)
            .end();
        self.summary.discounts += 1;
    }
}

/// The row of a tax in the list of taxes.
fn tax_id(tax: &(&'static str, i64)) -> u32 {
    let all = LOCALES
        .iter()
        .flat_map(|locale| locale.taxes)
        .chain([&EXTRA_TAX]);
    (1..)
        .zip(all)
        .find(|(_, known)| *known == tax)
        .map_or(0, |(id, _)| id)
}
