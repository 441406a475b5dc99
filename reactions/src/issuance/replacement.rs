//! A certificate that takes the place of another one: corrected or renewed.

use domain::{
    AnyEvent, ApplicationNumber, CertificateId, Personal,
    catalogue::Answers,
    certificate::{Certificate, Command, Error, Event, ReplacementReason, Standing},
    ist_date,
};
use ledger::{ExecuteError, Recorded};

use super::{Intent, IssuanceError, NewIntent};
use crate::{
    Setup,
    follow::{ReactionError, context},
    notices::Submission,
};

/// Writes the intent of the certificate that was ordered. `false`: the one before was revoked meanwhile, and nothing is to
/// take its place.
pub(super) async fn prepare(setup: &Setup, ordered: &AnyEvent, recorded: &Recorded) -> Result<bool, ReactionError> {
    let AnyEvent::Certificate(Event::ReplacementOrdered {
        version, reason, by, ..
    }) = ordered
    else {
        return Ok(false);
    };
    let before: CertificateId = recorded.aggregate_id.parse().map_err(|_| IssuanceError::Stored {
        what: "certificate's identifier",
    })?;
    let (Certificate::Issued(signed), _) = setup.ledger.load::<Certificate>(before).await? else {
        return Err(IssuanceError::Stored { what: "order" }.into());
    };
    if let Standing::Revoked { .. } = signed.standing {
        return Ok(false);
    }
    let application = &signed.intended.application;
    let submission = Submission::load(setup, &application.to_string()).await?;
    let service = setup
        .catalogue
        .get(&submission.service)
        .ok_or_else(|| IssuanceError::Service(submission.service.clone()))?;
    let corrected = corrected_answers(setup, application, *version).await?;
    let answers = match corrected {
        Some(answers) => answers.into_value(),
        None => submission.answers,
    };
    let answers = answers.ok_or(IssuanceError::Erased)?;
    let at = setup.clock.now();
    let issued_on = ist_date(at);
    let expires_on = match reason {
        ReplacementReason::Renewal => service.validity.last_day(issued_on, &answers),
        // A correction mends what was wrong; it lengthens nothing.
        _ => signed.intended.expires_on,
    };
    let intent = NewIntent {
        service,
        answers: &answers,
        application,
        holder: submission.citizen,
        issued_on,
        expires_on,
        by,
        version: *version,
        replaces: Some(before),
        at,
    };
    intent.write(setup, recorded).await?;
    Ok(true)
}

/// Records that the new one has taken the place of the one before: ahead of its signature, so that two never hold at once.
/// `false`: the one before was revoked meanwhile; the intent stays without a certificate.
pub(super) async fn supersede(
    setup: &Setup,
    replacement: CertificateId,
    recorded: &Recorded,
) -> Result<bool, ReactionError> {
    let Some(Intent {
        prepared: Event::Prepared { number, .. },
        position,
        ..
    }) = Intent::load(&setup.ledger, replacement).await?
    else {
        return Err(IssuanceError::Stored { what: "intent" }.into());
    };
    let before = &recorded.aggregate_id;
    let command = Command::Supersede {
        replacement,
        number: number.into_value().ok_or(IssuanceError::Erased)?,
        at: setup.clock.now(),
    };
    let context = context(
        &format!("supersede {before} {replacement}"),
        recorded.meta.correlation_id,
        Some(position),
    );
    match setup.ledger.execute::<Certificate>(before, command, context).await {
        Ok(_) => Ok(true),
        Err(ExecuteError::Rejected(Error::Revoked)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The answers of the latest correction before this version; `None` when there was none.
async fn corrected_answers(
    setup: &Setup,
    application: &ApplicationNumber,
    version: u32,
) -> Result<Option<Personal<Answers>>, ReactionError> {
    for before in (1..version).rev() {
        let id = CertificateId::for_version(application, before).to_string();
        for recorded in setup.ledger.stream("certificate", &id).await? {
            if let Ok(AnyEvent::Certificate(Event::ReplacementOrdered {
                answers: Some(answers), ..
            })) = AnyEvent::decode(&recorded.aggregate_type, &recorded.body)
            {
                return Ok(Some(answers));
            }
        }
    }
    Ok(None)
}
