use serde::{Deserialize, Serialize};

/// Why a call of the Graph API did not do what it should, by what there is to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The connection was lost, or the time ran out, after the request had left: the message may have gone out.
    #[error("no answer came; the message may have gone out")]
    Unknown,
    /// Passing trouble; nothing was sent. Try again.
    #[error("the Graph API is not available at the moment (code {code:?})")]
    Transient {
        /// Meta's code, when there was an answer.
        code: Option<i64>,
    },
    /// Too fast. Try again later, and slow down as far as `scope` reaches.
    #[error("the Graph API asks to slow down (code {code})")]
    Throttled {
        /// Meta's code.
        code: i64,
        /// What has to slow down.
        scope: Scope,
    },
    /// The 24 hours after the person's last message are over: only a template reaches them (131047).
    #[error("the 24-hour window is closed")]
    Window,
    /// A file has to be uploaded or looked up again (131052, 131053).
    #[error("a media file could not be handled (code {code})")]
    Media {
        /// Meta's code.
        code: i64,
    },
    /// This message will never go out. [`advice`] says what else may be done.
    #[error("the message was refused for good (code {code})")]
    Permanent {
        /// Meta's code.
        code: i64,
    },
    /// Nothing at all will go out until a person mends it: token, permission, account.
    #[error("the Graph API refuses this account or token (code {code})")]
    Stop {
        /// Meta's code.
        code: i64,
    },
}

/// How far a throttle reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Messages to one person (131056).
    Person,
    /// Everything from this number (4, 80007, 130429).
    Number,
}

impl SendError {
    /// Reads one of Meta's codes. A code that is not known here is taken as permanent: to repeat what is not
    /// understood may send twice, and a person is told either way.
    pub const fn from_code(code: i64) -> Self {
        match code {
            0 | 3 | 10 | 190 | 200..=299 | 368 | 131_031 | 131_045 | 133_010 | 133_016 => Self::Stop { code },
            4 | 80_007 | 130_429 => Self::Throttled {
                code,
                scope: Scope::Number,
            },
            131_056 => Self::Throttled {
                code,
                scope: Scope::Person,
            },
            131_047 => Self::Window,
            131_052 | 131_053 => Self::Media { code },
            1 | 2 | 131_000 | 131_016 | 131_057 => Self::Transient { code: Some(code) },
            _ => Self::Permanent { code },
        }
    }

    /// Meta's code, when there was one.
    pub const fn code(&self) -> Option<i64> {
        match self {
            Self::Unknown => None,
            Self::Transient { code } => *code,
            Self::Window => Some(131_047),
            Self::Throttled { code, .. } | Self::Media { code } | Self::Permanent { code } | Self::Stop { code } => {
                Some(*code)
            }
        }
    }
}

/// What else may be done when a message is refused for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// Send an approved template instead (131047).
    UseTemplate,
    /// Not soon on WhatsApp; a statutory notice goes by another way (131048, 131049, 131064, 130472).
    OtherWayForNotices,
    /// This person cannot be reached on WhatsApp (131026, 131062, 131063).
    OtherWay,
    /// The person asked for no marketing; the rest is still allowed (131050).
    NoMarketing,
    /// The template is missing, paused or filled wrongly (132xxx): plain words, if the window is open.
    PlainWords,
    /// The native form is blocked or throttled (132068, 132069): ask question by question.
    QuestionByQuestion,
    /// The person behind the number may have changed (137000): make sure first.
    ConfirmIdentity,
    /// Our mistake: raise an alarm, change the program.
    MendProgram,
}

/// What else may be done after a permanent refusal with this code.
pub const fn advice(code: i64) -> Advice {
    match code {
        131_047 => Advice::UseTemplate,
        131_048 | 131_049 | 131_064 | 130_472 => Advice::OtherWayForNotices,
        131_026 | 131_062 | 131_063 => Advice::OtherWay,
        131_050 => Advice::NoMarketing,
        132_068 | 132_069 => Advice::QuestionByQuestion,
        132_000..=132_067 => Advice::PlainWords,
        137_000 => Advice::ConfirmIdentity,
        _ => Advice::MendProgram,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_table_has_its_answer() {
        use SendError::*;
        for (code, expected) in [
            (0, Stop { code: 0 }),
            (190, Stop { code: 190 }),
            (200, Stop { code: 200 }),
            (299, Stop { code: 299 }),
            (368, Stop { code: 368 }),
            (131_031, Stop { code: 131_031 }),
            (
                4,
                Throttled {
                    code: 4,
                    scope: Scope::Number,
                },
            ),
            (
                80_007,
                Throttled {
                    code: 80_007,
                    scope: Scope::Number,
                },
            ),
            (
                130_429,
                Throttled {
                    code: 130_429,
                    scope: Scope::Number,
                },
            ),
            (
                131_056,
                Throttled {
                    code: 131_056,
                    scope: Scope::Person,
                },
            ),
            (131_047, Window),
            (131_052, Media { code: 131_052 }),
            (131_053, Media { code: 131_053 }),
            (131_000, Transient { code: Some(131_000) }),
            (131_016, Transient { code: Some(131_016) }),
            (131_057, Transient { code: Some(131_057) }),
            (100, Permanent { code: 100 }),
            (131_008, Permanent { code: 131_008 }),
            (131_009, Permanent { code: 131_009 }),
            (131_021, Permanent { code: 131_021 }),
            (131_026, Permanent { code: 131_026 }),
            (131_051, Permanent { code: 131_051 }),
            (999_999, Permanent { code: 999_999 }),
        ] {
            let error = SendError::from_code(code);
            assert_eq!(error, expected);
            assert_eq!(error.code(), Some(code));
        }
        assert_eq!(advice(132_001), Advice::PlainWords);
        assert_eq!(advice(132_068), Advice::QuestionByQuestion);
        assert_eq!(advice(131_026), Advice::OtherWay);
        assert_eq!(advice(131_009), Advice::MendProgram);
    }
}
