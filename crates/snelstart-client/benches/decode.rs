//! A page of sales invoices, decoded.

fn main() {}
