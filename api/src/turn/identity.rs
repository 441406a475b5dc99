//! Who wrote: our own citizen behind an address of the channel.

use domain::CitizenId;
use ledger::{Expect, RowChange};
use whatsapp::Address;

use super::{Setup, TurnError, inbox::encode};

/// Citizens by address; key: the address under the vault's blinding key, because a phone number can be guessed.
const IDENTITY: &str = "identity";

/// Somebody who wrote.
pub(super) struct Identified {
    pub(super) citizen: CitizenId,
    /// What has to be stored with the first turn.
    pub(super) rows: Vec<RowChange>,
}

/// The citizen of an address; a new one for an address that never wrote.
pub(super) async fn identify(setup: &Setup, address: &Address) -> Result<Identified, TurnError> {
    let parts: Vec<&str> = [&address.phone, &address.user_id]
        .into_iter()
        .filter_map(Option::as_deref)
        .collect();
    let keys: Vec<String> = parts
        .iter()
        .map(|part| setup.ledger.blind("whatsapp address", part))
        .collect();
    let mut citizen = None;
    let mut unknown = vec![];
    for key in keys {
        match setup.ledger.row(IDENTITY, &key).await? {
            Some(row) => {
                let known: CitizenId = serde_json::from_slice(&row.body).map_err(|reader| TurnError::Decode {
                    what: "identity",
                    reader,
                })?;
                citizen = citizen.or(Some(known));
            }
            None => unknown.push(key),
        }
    }
    let citizen = citizen.unwrap_or_else(|| CitizenId::new(setup.entropy.uuid_v4()));
    let rows = unknown.into_iter().map(|key| {
        Ok(RowChange::Put {
            space: IDENTITY.to_owned(),
            key,
            body: encode(&citizen)?,
            terms: vec![],
            expect: Expect::Absent,
        })
    });
    Ok(Identified {
        citizen,
        rows: rows.collect::<Result<_, TurnError>>()?,
    })
}

/// The address as the citizen's record keeps it.
pub(super) fn address_text(address: &Address) -> String {
    address
        .phone
        .as_deref()
        .or(address.user_id.as_deref())
        .unwrap_or_default()
        .to_owned()
}
