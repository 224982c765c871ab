//! Answers that get lost.

use super::*;

#[tokio::test]
async fn the_answer_to_any_write_may_get_lost_and_every_line_is_there_once() {
    for nth in 1..=8 {
        for kind in [
            FaultKind::AnswerLost,
            FaultKind::TruncatedBody,
            FaultKind::ConnectionDropped,
            FaultKind::Status {
                status: 504,
                after_commit: true,
            },
        ] {
            let shop = shop(1, 1);
            let server = sandbox().start().await.unwrap();
            let leg = leg(&shop, patient(&server));
            server.fault(Fault::new(kind.clone()).writes().nth(nth));
            leg.run_until_done(20).await;
            let hits: u64 = server.faults().list().iter().map(|fault| fault.hits).sum();
            assert_eq!(hits, 1, "{nth} {kind:?}");
            whole_once(&server, 1, 1);
            nothing_left(&leg, &server).await;
        }
    }
}

#[tokio::test]
async fn a_shop_lands_once_while_many_answers_get_lost() {
    let shop = shop(6, 12);
    let server = sandbox().start().await.unwrap();
    let leg = leg(&shop, patient(&server));
    for fault in [
        Fault::new(FaultKind::AnswerLost).method("POST").every(13),
        Fault::new(FaultKind::TruncatedBody)
            .method("POST")
            .every(17),
        Fault::new(FaultKind::ConnectionDropped)
            .method("POST")
            .every(19),
    ] {
        server.fault(fault);
    }
    leg.run_until_done(60).await;
    let hits: u64 = server.faults().list().iter().map(|fault| fault.hits).sum();
    assert!(hits > 6, "{hits}");
    server.faults().clear();
    whole_once(&server, 6, 12);
    nothing_left(&leg, &server).await;
}

#[tokio::test]
async fn a_line_that_is_refused_sets_the_invoice_aside_and_the_rest_comes_later() {
    let shop = shop(1, 1);
    let server = sandbox().start().await.unwrap();
    let leg = leg(&shop, patient(&server));
    let bad = Fault::bad_record("item", "Travel", "Item is not sold today");
    server.fault(bad);
    assert!(leg.run().await.is_some());
    let parked = leg
        .store
        .parked(ParkedFilter::default(), None, 10)
        .await
        .unwrap();
    let invoice = parked.iter().find(|row| row.entity == INVOICE).unwrap();
    assert_eq!(invoice.reason, ParkReason::Rejected);
    assert_eq!(created(&server, "line_items"), 4);
    // What pays an invoice that is not whole waits for it.
    let paid = parked.iter().find(|row| row.entity == PAYMENT).unwrap();
    assert_eq!(paid.reason, ParkReason::Waits);
    server.faults().clear();
    let flow = FlowName::from("shop-syncro");
    let id = RecordId::from("i0");
    leg.store.retry_parked(&flow, INVOICE, &id).await.unwrap();
    leg.run_until_done(5).await;
    whole_once(&server, 1, 1);
    nothing_left(&leg, &server).await;
}

#[tokio::test]
async fn a_line_of_somebodys_own_between_two_steps_stays_beside_the_five() {
    let shop = shop(1, 1);
    let server = sandbox().start().await.unwrap();
    let leg = leg(&shop, patient(&server));
    // With the third line the token is refused, which ends the run.
    server.fault(Fault::new(FaultKind::Unauthorized).writes().nth(5));
    assert_eq!(leg.run().await, None);
    assert_eq!(created(&server, "line_items"), 2);
    let invoice = server.records("invoices")[0]["id"].clone();
    let gift = serde_json::json!({"invoice_id": invoice, "item": "Gift", "name": "Gift",
        "quantity": "1", "price": "0", "taxable": false});
    server.insert("line_items", gift);
    leg.run_until_done(5).await;
    assert_eq!(created(&server, "line_items"), 5);
    let lines = lines_of(&server, &RecordId::new(invoice.to_string()));
    assert_eq!(lines.len(), 6, "{lines:?}");
    let flow = FlowName::from("shop-syncro");
    assert_eq!(leg.store.open_intents(&flow).await.unwrap(), 0);
    nothing_left(&leg, &server).await;
}

#[tokio::test]
async fn tickets_whose_answers_get_lost_are_known_by_their_mark_and_mailed_to_nobody() {
    let shop = Arc::new(MemorySystem::new([CUSTOMER, TICKET]));
    for n in 0..12 {
        let id = format!("c{n}");
        shop.insert(Record::new(CUSTOMER, id.clone(), customer(n).into_fields()));
        let asked = ticket(n, &id).into_fields();
        shop.insert(Record::new(TICKET, format!("t{n}"), asked));
    }
    let server = sandbox().start().await.unwrap();
    let kinds = [CUSTOMER, TICKET];
    let leg = Leg::new(("shop", shop), ("syncro", patient(&server)), &kinds, 50);
    for fault in [
        Fault::new(FaultKind::AnswerLost).method("POST").every(7),
        Fault::new(FaultKind::ConnectionDropped)
            .method("POST")
            .every(11),
    ] {
        server.fault(fault);
    }
    leg.run_until_done(20).await;
    let hits: u64 = server.faults().list().iter().map(|fault| fault.hits).sum();
    assert!(hits > 3, "{hits}");
    server.faults().clear();
    for resource in ["customers", "tickets", "ticket_comments"] {
        assert_eq!(created(&server, resource), 12, "{resource}");
    }
    assert!(server.mails().is_empty());
    nothing_left(&leg, &server).await;
}
