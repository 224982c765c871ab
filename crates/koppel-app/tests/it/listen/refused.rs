//! Where nothing can be heard.

use koppel_app::sync_core::Cancel;
use koppel_app::webhook::EventKind;
use koppel_app::{AppError, Exit, ListenOptions};
use koppel_sandbox::syncro::Size;

use super::{Msp, options};
use crate::support::{secret, silent};

#[tokio::test(flavor = "multi_thread")]
async fn listening_where_nothing_can_be_heard_is_refused() {
    let msp = Msp::new(Size::default()).await;
    let app = msp.app("").await;
    let cancel = Cancel::new();
    let mut tell = |told| panic!("{told:?}");
    for (connection, flow, says) in [
        ("crm", "msp", "only Syncro sends webhooks"),
        ("nobody", "msp", "nobody"),
        ("syncro", "back", "reads from `crm`"),
        ("syncro", "nothing", "nothing"),
    ] {
        let asked = options(&[flow]);
        let listened = app.listen(connection, &asked, silent(), &cancel, &mut tell);
        let error = listened.await.unwrap_err();
        assert_eq!(error.exit(), Exit::Usage, "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
    let error = app
        .trigger("syncro", &EventKind::TicketCreated, 1, None)
        .await;
    assert!(matches!(error, Err(AppError::Asked { .. })));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let asked = ListenOptions {
        bind: taken.local_addr().unwrap(),
        ..options(&[])
    };
    let listened = app.listen("syncro", &asked, silent(), &cancel, &mut tell);
    let error = listened.await.unwrap_err();
    assert!(error.help().unwrap().contains("--bind"), "{error}");
    secret(&msp.dir.path().join("path-token"), "short");
    let app = msp.app("webhook_token = \"file:path-token\"").await;
    let asked = options(&[]);
    let listened = app.listen("syncro", &asked, silent(), &cancel, &mut tell);
    let error = listened.await.unwrap_err().to_string();
    assert!(
        error.contains("webhook_token") && error.contains("16 characters"),
        "{error}"
    );
}
