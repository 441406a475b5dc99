//! Sessions as rows of the ledger.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use domain::OfficerId;
use keys::Entropy;
use ledger::{Batch, CommitError, Context, Expect, Fault, Ledger, RowChange};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Session;
use crate::page::Site;

const SPACE: &str = "session";
const OFFICER: &str = "officer";
/// What an officer has chosen for themselves: shortcuts on or off.
const CHOICES: &str = "officer_choices";

/// The rows of sessions.
pub(crate) struct Sessions<'a> {
    ledger: &'a Ledger,
}

impl<'a> Sessions<'a> {
    pub(crate) const fn of(ledger: &'a Ledger) -> Self {
        Self { ledger }
    }

    /// Begins one; answers with the token for the cookie.
    pub(crate) async fn begin(&self, officer: &OfficerId, entropy: &dyn Entropy) -> Result<String, CommitError> {
        let mut random = [0; 32];
        entropy.fill(&mut random);
        let token = BASE64URL_NOPAD.encode(&random);
        let session = Session::begin(officer.clone(), self.ledger.clock().now());
        self.put(&key(&token), &session, Expect::Absent).await?;
        Ok(token)
    }

    /// The session under a token, with its key, if it holds now. A step is written down on the way.
    pub(crate) async fn find(&self, token: &str) -> Result<Option<Session>, Fault> {
        let Some(row) = self.ledger.row(SPACE, &key(token)).await? else {
            return Ok(None);
        };
        let Ok(session) = serde_json::from_slice::<Session>(&row.body) else {
            return Ok(None);
        };
        let now = self.ledger.clock().now();
        if !session.holds(now) {
            return Ok(None);
        }
        if session.to_be_noted(now) {
            let seen = Session {
                seen_at: now,
                ..session.clone()
            };
            // Two pages at once: the other one has noted it. A store that cannot write now does not sign anybody out.
            match self.put(&row.key, &seen, Expect::Version(row.version)).await {
                Ok(()) | Err(CommitError::RowConflict { .. }) => {}
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a session's step was not noted"
                ),
            }
        }
        Ok(Some(session))
    }

    /// Ends it.
    pub(crate) async fn end(&self, token: &str) -> Result<(), CommitError> {
        let change = RowChange::Delete {
            space: SPACE.to_owned(),
            key: key(token),
            expect: Expect::Any,
        };
        self.commit(change).await
    }

    /// Are the keyboard shortcuts of an officer switched on?
    pub(crate) async fn shortcuts(&self, officer: &OfficerId) -> Result<bool, Fault> {
        let row = self.ledger.row(CHOICES, officer.as_str()).await?;
        Ok(row.is_none_or(|row| row.body != b"off"))
    }

    /// Switches the keyboard shortcuts of an officer.
    pub(crate) async fn switch_shortcuts(&self, officer: &OfficerId, on: bool) -> Result<(), CommitError> {
        self.commit(RowChange::Put {
            space: CHOICES.to_owned(),
            key: officer.as_str().to_owned(),
            body: if on { b"on".to_vec() } else { b"off".to_vec() },
            terms: vec![],
            expect: Expect::Any,
        })
        .await
    }

    async fn put(&self, key: &str, session: &Session, expect: Expect) -> Result<(), CommitError> {
        let body = serde_json::to_vec(session).map_err(|_| CommitError::Invalid {
            what: "a session is no JSON".to_owned(),
        })?;
        self.commit(RowChange::Put {
            space: SPACE.to_owned(),
            key: key.to_owned(),
            body,
            terms: vec![(OFFICER.to_owned(), session.officer.to_string())],
            expect,
        })
        .await
    }

    async fn commit(&self, change: RowChange) -> Result<(), CommitError> {
        let context = Context {
            command_id: self.ledger.entropy().uuid_v4(),
            actor: "console".to_owned(),
            correlation_id: Uuid::nil(),
            causation: None,
            commits_to: None,
        };
        let mut batch = Batch::new(context, [0; 32]);
        batch.rows = vec![change];
        self.ledger.commit(batch).await.map(|_| ())
    }
}

/// The row's key: the token's hash.
fn key(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token.as_bytes()))
}

/// The hidden word of a session's forms: it follows from the token and does not lead back to it.
pub(super) fn csrf(token: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"praman form ");
    hash.update(token.as_bytes());
    BASE64URL_NOPAD.encode(&hash.finalize())
}

/// The cookie's name. With the prefix `__Host-` a browser takes it over https and for this very host only.
pub(crate) const fn cookie_name(site: &Site) -> &'static str {
    if site.https {
        "__Host-praman-officer"
    } else {
        "praman-officer"
    }
}

/// The header that hands the token out.
pub(crate) fn set_cookie(site: &Site, token: &str) -> String {
    let secure = if site.https { "; Secure" } else { "" };
    format!(
        "{}={token}; Path=/; HttpOnly; SameSite=Strict{secure}",
        cookie_name(site)
    )
}

/// The header that takes it back.
pub(crate) fn unset_cookie(site: &Site) -> String {
    format!("{}; Max-Age=0", set_cookie(site, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_https_the_cookie_is_bound_to_the_host() {
        let site = |https: bool| Site {
            demo: !https,
            host: "h".into(),
            https,
        };
        assert_eq!(
            set_cookie(&site(true), "t"),
            "__Host-praman-officer=t; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(
            set_cookie(&site(false), "t"),
            "praman-officer=t; Path=/; HttpOnly; SameSite=Strict"
        );
        assert!(unset_cookie(&site(true)).ends_with("; Max-Age=0"));
    }

    #[test]
    fn what_is_stored_and_what_is_hidden_in_forms_is_not_the_token() {
        assert_ne!(key("token"), csrf("token"));
        assert!(!key("token").contains("token") && !csrf("token").contains("token"));
        assert_eq!(key("token").len(), 64);
    }
}
