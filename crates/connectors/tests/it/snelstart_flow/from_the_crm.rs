//! A whole CRM database, with everything that is odd in one.

use koppel_sandbox::snelstart::country_id;
use serde_json::json;

use super::*;

async fn crm(directory: &tempfile::TempDir) -> CrmConnect {
    let size = CrmSize {
        duplicate_keys: 0.0,
        drafts: 0.1,
        ..CrmSize::scaled(20)
    };
    let path = directory.path().join("crm.db");
    // An even seed puts the CRM into Amsterdam.
    koppel_sandbox::generate_sqlite(&path, &size, 8, "tbl")
        .await
        .unwrap();
    CrmConnect::builder(&format!("sqlite:{}", path.display()))
        .writable(false)
        .connect()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_crm_lands_in_the_books_once_and_for_its_amounts() {
    let directory = tempfile::tempdir().unwrap();
    let source = Arc::new(crm(&directory).await);
    let server = administration().await;
    // The CRM has customers in countries that the sandbox's short list leaves out.
    for code in ["AX", "RO"] {
        let country = json!({"id": country_id(code), "landcode": code, "naam": code});
        server.insert("landen", &country).unwrap();
    }
    let target = patient(&server).build().unwrap();
    let leg = Leg::new(
        ("crm", source.clone()),
        ("books", Arc::new(target)),
        &KINDS,
        50,
    );
    for fault in [
        Fault::new(FaultKind::AnswerLost).method("POST").every(20),
        Fault::new(FaultKind::ConnectionDropped).every(37),
        Fault::new(FaultKind::Status {
            status: 503,
            after_commit: false,
        })
        .every(41),
    ] {
        server.fault(fault);
    }
    let mut quiet = 0;
    for run in 1.. {
        quiet = match leg.run().await {
            Some((0, 0)) => quiet + 1,
            _ => 0,
        };
        if quiet == 2 {
            break;
        }
        if run >= 40 {
            let all = ParkedFilter::default();
            let parked = leg.store.parked(all, None, 10).await.unwrap();
            panic!("not done: {parked:#?}");
        }
    }
    server.faults().clear();
    let all = ParkedFilter::default();
    let parked = leg.store.parked(all, None, 1_000).await.unwrap();
    for row in &parked {
        // Other currencies, taxes on top of taxes, invoices that are not booked: each is refused
        // by name, or waits for what was refused; none is in doubt.
        let known = [ParkReason::Rejected, ParkReason::Waits];
        assert!(known.contains(&row.reason), "{row:?}");
    }
    nothing_twice(&server);
    let customers = read_all(source.as_ref(), CUSTOMER, 200).await;
    let ids: Vec<RecordId> = customers.iter().map(|record| record.id.clone()).collect();
    let links = leg.links(CUSTOMER, &ids).await;
    assert!(
        links.len() > 10,
        "{} of {}: {parked:#?}",
        links.len(),
        ids.len()
    );
    assert_eq!(created(&server, "relaties"), links.len());

    let invoices = read_all(source.as_ref(), INVOICE, 200).await;
    let ids: Vec<RecordId> = invoices.iter().map(|record| record.id.clone()).collect();
    let links = leg.links(INVOICE, &ids).await;
    assert!(
        links.len() > 5,
        "{} of {}: {parked:#?}",
        links.len(),
        ids.len()
    );
    assert_eq!(created(&server, "verkoopboekingen"), links.len());
    for record in &invoices {
        let wanted = Invoice::from_fields(&record.fields).unwrap();
        let Some(id) = links.get(&record.id) else {
            let is_parked = parked.iter().any(|row| row.source_id == record.id);
            assert!(is_parked, "{} is lost", record.id);
            continue;
        };
        let booked = server.record("verkoopboekingen", id.as_str()).unwrap();
        let total: Decimal = booked["factuurbedrag"].to_string().parse().unwrap();
        assert_eq!(Some(total), wanted.total, "{record:?}");
        assert_eq!(booked["factuurnummer"], wanted.number.unwrap());
    }

    let payments = read_all(source.as_ref(), PAYMENT, 200).await;
    let ids: Vec<RecordId> = payments.iter().map(|record| record.id.clone()).collect();
    let paid = leg.links(PAYMENT, &ids).await;
    assert!(!paid.is_empty());
    assert_eq!(created(&server, "bankboekingen"), paid.len());
    let mut rest: BTreeMap<RecordId, Decimal> = BTreeMap::new();
    for record in payments
        .iter()
        .filter(|record| paid.contains_key(&record.id))
    {
        let payment = Payment::from_fields(&record.fields).unwrap();
        let of = payment.invoice.unwrap().id;
        *rest.entry(of).or_default() += payment.amount.unwrap();
    }
    let open = open(&server);
    for record in &invoices {
        let wanted = Invoice::from_fields(&record.fields).unwrap();
        if links.contains_key(&record.id) {
            let left = wanted.total.unwrap() - rest.get(&record.id).copied().unwrap_or_default();
            assert_eq!(open[&wanted.number.unwrap()], left, "{}", record.id);
            assert!(!left.is_sign_negative() || left.is_zero(), "paid too much");
        }
    }
    let before = server.applied();
    assert_eq!(leg.run().await, Some((0, 0)));
    assert_eq!(server.applied(), before, "the second run wrote something");
}
