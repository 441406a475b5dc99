//! What WhatsApp tells about a message that we sent.

use domain::{
    CertificateId,
    certificate::{Certificate, Command},
};
use ledger::{CommitError, Expect, Row, RowChange};
use whatsapp::{
    inbound::Status,
    kept::{self, name_digest},
    outbox::{OutboxItem, Policy, State},
};

use super::{
    Setup, TurnError,
    inbox::{batch, encode},
    take::Pending,
};

/// Begins the id of the message that carries a certificate to its holder; the certificate's id follows.
const CERTIFICATE: &str = "certificate/";

/// Folds a status into the message that it is about, and records a delivered certificate in the same transaction. Any
/// order and any number of repeats end in the same state.
pub(super) async fn apply(setup: &Setup, status: &Status) -> Result<(), TurnError> {
    loop {
        let Some(row) = find(setup, status).await? else {
            return Ok(());
        };
        let item: OutboxItem = serde_json::from_slice(&row.body).map_err(|reader| TurnError::Decode {
            what: "outgoing message",
            reader,
        })?;
        let before = item.clone();
        let item = item.status(status, setup.clock.now(), &Policy::default()).item;
        if item == before {
            return Ok(());
        }
        let mut batch = batch(
            &format!("status {} {} {:?}", row.key, row.version, status.state),
            vec![RowChange::Put {
                space: kept::OUTBOX.to_owned(),
                key: row.key.clone(),
                body: encode(&item)?,
                terms: kept::outbox_terms(&item),
                expect: Expect::Version(row.version),
            }],
        );
        if let Some(id) = delivered_certificate(&item) {
            let mut certificate = Pending::<Certificate>::load(&setup.ledger, &id.to_string()).await?;
            let command = Command::RecordDelivery {
                message: name_digest(&status.id),
                at: status.at,
            };
            // A message about a certificate that the ledger does not know is nothing to record.
            if let Ok(events) = certificate.state.decide(command) {
                certificate.add(events, Certificate::evolve);
            }
            batch.appends.extend(certificate.append()?);
        }
        match setup.ledger.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::RowConflict { .. } | CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn delivered_certificate(item: &OutboxItem) -> Option<CertificateId> {
    let id = item.id.strip_prefix(CERTIFICATE)?.split('/').next()?.parse().ok()?;
    matches!(item.state, State::Delivered { .. } | State::Read { .. }).then_some(id)
}

async fn find(setup: &Setup, status: &Status) -> Result<Option<Row>, TurnError> {
    if let Some(callback) = &status.callback
        && let Some(row) = setup.ledger.row(kept::OUTBOX, callback).await?
    {
        return Ok(Some(row));
    }
    let wamid = name_digest(&status.id);
    Ok(setup
        .ledger
        .find(kept::OUTBOX, kept::WAMID, &wamid, &wamid, None, false, 1)
        .await?
        .into_iter()
        .next())
}
