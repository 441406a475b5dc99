//! Trouble on demand.

use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;

/// Which calls a fault meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Target {
    /// `POST …/messages`.
    Messages,
    /// `POST …/media` and the reading of media addresses.
    Media,
    /// `GET` and `DELETE` of a media id.
    Node,
    /// The simulator's own calls to the webhook.
    Webhook,
}

impl Target {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Media => "media",
            Self::Node => "node",
            Self::Webhook => "webhook",
        }
    }
}

/// `POST /_sim/v1/fault`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct FaultRequest {
    #[serde(rename = "match")]
    target: Target,
    mode: Option<String>,
    times: Option<u32>,
    http: Option<u16>,
    code: Option<i64>,
    n: Option<u32>,
    seconds: Option<u64>,
}

/// A fault that is armed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) target: Target,
    pub(super) times: u32,
    pub(super) trouble: Trouble,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The call is refused; nothing happens. At the webhook: as if the receiver had answered so.
    Refuse {
        /// The HTTP status.
        http: Option<u16>,
        /// Meta's code.
        code: Option<i64>,
    },
    /// The call is carried out, and the answer lost (504).
    LoseAnswer,
    /// The webhook is sent so many times in all.
    Repeat(u32),
    /// The webhook is sent so many seconds later.
    Delay(u64),
    /// The webhook is sent after the next one.
    Reorder,
    /// The webhook is never sent.
    Drop,
}

impl Trouble {
    /// The refusal that a Graph call gets.
    pub(super) fn refusal(http: Option<u16>, code: Option<i64>) -> Refusal {
        Refusal::of_code(http, code.unwrap_or(131_000))
    }
}

impl TryFrom<FaultRequest> for Fault {
    type Error = &'static str;

    fn try_from(request: FaultRequest) -> Result<Self, Self::Error> {
        let trouble = match (request.target, request.mode.as_deref()) {
            (_, None | Some("error")) => Trouble::Refuse {
                http: request.http,
                code: request.code,
            },
            (Target::Webhook, Some("duplicate")) => Trouble::Repeat(request.n.unwrap_or(2).clamp(1, 1000)),
            (Target::Webhook, Some("delay")) => Trouble::Delay(request.seconds.unwrap_or(5).min(604_800)),
            (Target::Webhook, Some("reorder")) => Trouble::Reorder,
            (Target::Webhook, Some("drop")) => Trouble::Drop,
            (Target::Messages, Some("lose_answer")) => Trouble::LoseAnswer,
            _ => {
                return Err("mode is one of error; duplicate, delay, reorder, drop (webhook); lose_answer (messages)");
            }
        };
        if request.http.is_some_and(|http| !(400..=599).contains(&http)) {
            return Err("http is a status from 400 to 599");
        }
        Ok(Self {
            target: request.target,
            times: request.times.unwrap_or(1),
            trouble,
        })
    }
}

impl Fault {
    /// What the control contract shows.
    pub(super) fn to_json(&self) -> Value {
        let mut out = json!({"match": self.target.word(), "times": self.times});
        let extra = match self.trouble {
            Trouble::Refuse { http, code } => json!({"mode": "error", "http": http, "code": code}),
            Trouble::LoseAnswer => json!({"mode": "lose_answer"}),
            Trouble::Repeat(n) => json!({"mode": "duplicate", "n": n}),
            Trouble::Delay(seconds) => json!({"mode": "delay", "seconds": seconds}),
            Trouble::Reorder => json!({"mode": "reorder"}),
            Trouble::Drop => json!({"mode": "drop"}),
        };
        if let (Some(out), Value::Object(extra)) = (out.as_object_mut(), extra) {
            out.extend(extra);
        }
        out
    }
}

/// Takes the first armed fault that meets a call, and uses it up by one.
pub(super) fn take(faults: &mut Vec<Fault>, target: Target) -> Option<Trouble> {
    let index = faults
        .iter()
        .position(|fault| fault.target == target && fault.times > 0)?;
    let fault = faults.get_mut(index)?;
    fault.times -= 1;
    let trouble = fault.trouble;
    faults.retain(|fault| fault.times > 0);
    Some(trouble)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Result<Fault, String> {
        let request: FaultRequest = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Fault::try_from(request).map_err(str::to_owned)
    }

    #[test]
    fn the_contract_is_read_and_each_fault_is_used_up() {
        let mut faults = vec![
            fault(r#"{"match":"messages","times":2,"http":500,"code":131000}"#).unwrap(),
            fault(r#"{"match":"webhook","mode":"duplicate","n":3,"times":1}"#).unwrap(),
            fault(r#"{"match":"webhook","mode":"delay","seconds":4,"times":1}"#).unwrap(),
        ];
        let refuse = Trouble::Refuse {
            http: Some(500),
            code: Some(131_000),
        };
        assert_eq!(take(&mut faults, Target::Messages), Some(refuse));
        assert_eq!(take(&mut faults, Target::Messages), Some(refuse));
        assert_eq!(take(&mut faults, Target::Messages), None);
        assert_eq!(take(&mut faults, Target::Node), None);
        assert_eq!(take(&mut faults, Target::Webhook), Some(Trouble::Repeat(3)));
        assert_eq!(take(&mut faults, Target::Webhook), Some(Trouble::Delay(4)));
        assert!(faults.is_empty());
        for wrong in [
            r#"{"match":"nothing"}"#,
            r#"{"match":"media","mode":"duplicate"}"#,
            r#"{"match":"media","http":200}"#,
            r#"{}"#,
        ] {
            assert!(fault(wrong).is_err(), "{wrong}");
        }
    }
}
