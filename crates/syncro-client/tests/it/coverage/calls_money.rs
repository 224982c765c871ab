//! Calls every method of money, stock and devices once.

use syncro_client::{
    AlertStatus, Client, EstimateFilter, FileUrl, InvoiceFilter, LineItemFilter, MuteFor,
    PartOrderFilter, Payment, PaymentFilter, ProductFilter, ProductSerialFilter, RmmAlertFilter,
    ScheduleFilter,
};

use super::calls::Called;

pub(super) async fn all(client: &Client, called: &mut Called) {
    invoices(client, called).await;
    estimates(client, called).await;
    payments(client, called).await;
    products(client, called).await;
    purchases(client, called).await;
    schedules(client, called).await;
    assets(client, called).await;
}

async fn invoices(client: &Client, called: &mut Called) {
    let invoices = client.invoices();
    let line = Default::default();
    called.left(invoices.list(&InvoiceFilter::new()).page(1).await);
    called.left(invoices.create(&Default::default()).await);
    called.left(invoices.get(1.into()).await);
    called.left(invoices.update(1.into(), &Default::default()).await);
    called.left(invoices.delete(1.into()).await);
    called.left(invoices.add_line(1.into(), &line).await);
    called.left(invoices.update_line(1.into(), 2.into(), &line).await);
    called.left(invoices.delete_line(1.into(), 2.into()).await);
    called.left(invoices.ticket(1.into()).await);
    called.left(invoices.print(1.into()).await);
    called.left(invoices.email(1.into()).await);
    let lines = client.line_items();
    called.left(lines.list(&LineItemFilter::new()).page(1).await);
}

async fn estimates(client: &Client, called: &mut Called) {
    let estimates = client.estimates();
    let line = Default::default();
    called.left(estimates.list(&EstimateFilter::new()).page(1).await);
    called.left(estimates.create(&Default::default()).await);
    called.left(estimates.get(1.into()).await);
    // One that is not there is no failure, so how it ends is of no interest.
    drop(estimates.find_by_number("E-1").await);
    called.left(estimates.update(1.into(), &Default::default()).await);
    called.left(estimates.delete(1.into()).await);
    called.left(estimates.print(1.into()).await);
    called.left(estimates.email(1.into()).await);
    called.left(estimates.add_line(1.into(), &line).await);
    called.left(estimates.update_line(1.into(), 2.into(), &line).await);
    called.left(estimates.delete_line(1.into(), 2.into()).await);
    called.left(estimates.convert_to_invoice(1.into()).await);
}

async fn payments(client: &Client, called: &mut Called) {
    let payments = client.payments();
    let payment = Payment::on_invoice(1.into(), 2.into(), 3.into());
    called.left(payments.list(&PaymentFilter::new()).page(1).await);
    called.left(payments.create(&payment).await);
    called.left(payments.get(1.into()).await);
    called.left(client.payment_methods().list().page(1).await);
    let profiles = client.payment_profiles();
    let (customer, id) = (4.into(), 1.into());
    called.left(profiles.list(customer).page(1).await);
    called.left(profiles.create(customer, &Default::default()).await);
    called.left(profiles.get(customer, id).await);
    called.left(profiles.update(customer, id, &Default::default()).await);
    called.left(profiles.delete(customer, id).await);
}

async fn products(client: &Client, called: &mut Called) {
    let products = client.products();
    let id = 12.into();
    called.left(products.list(&ProductFilter::new()).page(1).await);
    called.left(products.create(&Default::default()).await);
    called.left(products.get(id).await);
    called.left(products.update(id, &Default::default()).await);
    called.left(products.by_barcode("871").await);
    called.left(products.categories().page(1).await);
    let images = [FileUrl::new("https://example.com/a.jpg", "a.jpg")];
    called.left(products.add_images(id, &images).await);
    called.left(products.delete_image(id, 5.into()).await);
    called.left(products.set_location_quantity(id, 8.into(), 9).await);
    let serials = client.product_serials();
    let filter = ProductSerialFilter::new();
    called.left(serials.list(id, &filter).page(1).await);
    called.left(serials.create(id, &Default::default()).await);
    called.left(serials.update(id, 6.into(), &Default::default()).await);
    called.left(serials.attach(id, &Default::default()).await);
    let skus = client.product_skus();
    called.left(skus.list(id).await);
    called.left(skus.create(id, 3.into(), "P").await);
    called.left(skus.update(id, 2.into(), 3.into(), "P").await);
}

async fn purchases(client: &Client, called: &mut Called) {
    let orders = client.purchase_orders();
    called.left(orders.list().page(1).await);
    called.left(orders.create(&Default::default()).await);
    called.left(orders.get(1.into()).await);
    called.left(orders.receive(1.into(), 2.into()).await);
    called.left(orders.add_line(1.into(), &Default::default()).await);
    let parts = client.part_orders();
    called.left(parts.list(&PartOrderFilter::new()).page(1).await);
    let vendors = client.vendors();
    called.left(vendors.list().page(1).await);
    called.left(vendors.create(&Default::default()).await);
    called.left(vendors.get(1.into()).await);
    called.left(vendors.update(1.into(), &Default::default()).await);
}

async fn schedules(client: &Client, called: &mut Called) {
    let schedules = client.schedules();
    let line = Default::default();
    called.left(schedules.list(&ScheduleFilter::new()).page(1).await);
    called.left(schedules.create(&Default::default()).await);
    called.left(schedules.get(1.into()).await);
    called.left(schedules.update(1.into(), &Default::default()).await);
    called.left(schedules.delete(1.into()).await);
    called.left(schedules.add_line(1.into(), &line).await);
    called.left(schedules.update_line(1.into(), 2.into(), &line).await);
    called.left(schedules.remove_line(1.into(), 2.into()).await);
    let contracts = client.contracts();
    called.left(contracts.list().page(1).await);
    called.left(contracts.create(&Default::default()).await);
    called.left(contracts.get(1.into()).await);
    called.left(contracts.update(1.into(), &Default::default()).await);
    called.left(contracts.delete(1.into()).await);
}

async fn assets(client: &Client, called: &mut Called) {
    let assets = client.assets();
    called.left(assets.list(&Default::default()).page(1).await);
    called.left(assets.create(&Default::default()).await);
    called.left(assets.get(1.into()).await);
    called.left(assets.update(1.into(), &Default::default()).await);
    called.left(assets.chat_information(&[1.into()]).await);
    called.left(assets.patches(1.into(), 1).await);
    called.left(assets.of_contact(1.into()).page(1).await);
    called.left(assets.applications(1.into()).page(1).await);
    let alerts = client.rmm_alerts();
    let filter = RmmAlertFilter::new().status(AlertStatus::All);
    called.left(alerts.list(&filter).page(1).await);
    called.left(alerts.create(&Default::default()).await);
    called.left(alerts.get(1.into()).await);
    called.left(alerts.mute(1.into(), &MuteFor::Day).await);
    called.left(alerts.resolve(1.into()).await);
    let scripts = client.scripts();
    called.left(scripts.schedule(1.into(), &Default::default()).await);
}
