use snelstart_client::{Base64, DocumentContent, DocumentKind, ErrorKind, SendOutcome};
use wiremock::ResponseTemplate;

use crate::book::{DOCUMENT, SALES_BOOKING, of, some};
use crate::support::{answer, client, on, once, server, with_body};

fn pdf() -> DocumentContent {
    DocumentContent {
        content: Some(Base64::from(b"%PDF-1.7\n".to_vec())),
        parent: Some(of(SALES_BOOKING)),
        file_name: some("20260117.pdf"),
        ..DocumentContent::default()
    }
}

#[tokio::test]
async fn a_document_is_fetched_with_its_content() {
    let server = server().await;
    answer(
        &server,
        on("GET", &format!("/documenten/{DOCUMENT}")),
        200,
        "documents/one.json",
    )
    .await;
    let document = client(&server)
        .documents()
        .get(&of(DOCUMENT))
        .await
        .unwrap();
    assert_eq!(document.content, Some(Base64::from(b"%PDF-1.7\n".to_vec())));
    assert_eq!(document.parent, Some(of(SALES_BOOKING)));
    assert_eq!(document.read_only, Some(false));
}

#[tokio::test]
async fn the_documents_of_a_booking_are_listed_in_either_shape() {
    let server = server().await;
    let path = format!("/documenten/Verkoopboekingen/{SALES_BOOKING}");
    answer(&server, on("GET", &path), 200, "documents/of_parent.json").await;
    let found = client(&server)
        .documents()
        .list_of_parent(DocumentKind::SalesBookings, &of(SALES_BOOKING))
        .await
        .unwrap();
    let names: Vec<_> = found
        .iter()
        .map(|one| one.file_name.as_deref().unwrap())
        .collect();
    assert_eq!(names, ["20260117.pdf", "bijlage é.pdf"]);
    for one in &found {
        assert_eq!(one.parent(), Some(of(SALES_BOOKING)));
    }
}

#[tokio::test]
async fn a_document_is_added_to_each_kind_of_parent() {
    for (kind, path) in [
        (
            DocumentKind::PurchaseBookings,
            "/documenten/Inkoopboekingen",
        ),
        (DocumentKind::SalesBookings, "/documenten/Verkoopboekingen"),
        (DocumentKind::Relations, "/documenten/Relaties"),
    ] {
        let server = server().await;
        let request = with_body(on("POST", path), "documents/create_request.json");
        answer(&server, request, 201, "documents/identifier.json").await;
        let id = client(&server)
            .documents()
            .create(kind, &pdf())
            .await
            .unwrap();
        assert_eq!(id, of(DOCUMENT));
    }
}

#[tokio::test]
async fn a_document_is_replaced() {
    let server = server().await;
    let request = on("PUT", &format!("/documenten/{DOCUMENT}"));
    answer(&server, request, 200, "documents/identifier.json").await;
    let client = client(&server);
    let id = client
        .documents()
        .replace(&of(DOCUMENT), &pdf())
        .await
        .unwrap();
    assert_eq!(id, of(DOCUMENT));
    let sent = server.received_requests().await.unwrap();
    let body: serde_json::Value = sent.last().unwrap().body_json().unwrap();
    assert_eq!(body["id"], DOCUMENT);
    assert_eq!(body["content"], "JVBERi0xLjcK");
}

#[tokio::test]
async fn a_document_is_deleted() {
    let server = server().await;
    once(
        &server,
        on("DELETE", &format!("/documenten/{DOCUMENT}")),
        ResponseTemplate::new(200),
    )
    .await;
    client(&server)
        .documents()
        .delete(&of(DOCUMENT))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_document_over_10_mb_or_without_a_name_is_not_sent() {
    let server = server().await;
    let client = client(&server);
    let large = DocumentContent {
        content: Some(Base64::from(vec![0; 10 * 1024 * 1024 + 1])),
        ..pdf()
    };
    let refused = client
        .documents()
        .create(DocumentKind::Relations, &large)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TooLarge);
    assert_eq!(refused.send_outcome(), SendOutcome::NotSent);
    let nameless = DocumentContent {
        file_name: some(" "),
        parent: None,
        ..pdf()
    };
    let refused = client
        .documents()
        .create(DocumentKind::Relations, &nameless)
        .await
        .unwrap_err();
    let named: Vec<_> = refused.field_errors().keys().map(String::as_str).collect();
    assert_eq!(named, ["fileName", "parentIdentifier"]);
}
