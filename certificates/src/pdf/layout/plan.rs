//! What kinds of paper there are. The catalogue names one for each service, with its version; a version's places never
//! change once a certificate was issued with it, because old ones are made again from it.

use super::super::text::words;
use super::super::{PdfError, REVIEWED};
use super::MM;

/// The places and sizes in which the kinds differ. Lengths are points from the top of the sheet.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    /// What the number is called.
    pub(super) number: words::Pair,
    /// The two rules around the title.
    pub(super) title: (f64, f64),
    /// Type sizes of the title, the largest first: Hindi, English.
    pub(super) title_sizes: [&'static [f64]; 2],
    /// Where the days stand large under the title; else they stand small under the number.
    pub(super) band: Option<f64>,
    pub(super) statement_top: f64,
    /// Of both languages.
    pub(super) statement_sizes: &'static [f64],
    pub(super) table: TablePlan,
    /// The rule above the verification block.
    pub(super) verify_top: f64,
    /// The line about the signature stands here, below all that may vary.
    pub(super) signed_top: f64,
    pub(super) foot: f64,
    /// A card to cut out takes the place of the verification block.
    pub(super) card: bool,
    /// The QR code without its quiet zone: left, top, side.
    pub(super) qr: (f64, f64, f64),
}

/// The rows.
#[derive(Clone, Copy)]
pub(super) struct TablePlan {
    /// Where they start when the statement is short, and on every later page.
    pub(super) top: f64,
    pub(super) later: f64,
    /// They end above this.
    pub(super) bottom: f64,
    pub(super) row_min: f64,
    /// Values in full width under their label, as an order reads; else in columns beside it.
    pub(super) stacked: bool,
    /// The last row is the sum: set larger, under a strong rule.
    pub(super) total: bool,
}

const CERTIFICATE: Plan = Plan {
    number: words::NUMBER,
    title: (54.0 * MM, 77.0 * MM),
    title_sizes: [&[22.0, 20.0, 18.0, 16.0, 14.0], &[15.0, 13.0, 12.0, 11.0]],
    band: None,
    statement_top: 80.5 * MM,
    statement_sizes: &[9.5, 9.0],
    table: TablePlan {
        top: 96.0 * MM,
        later: 82.0 * MM,
        bottom: 209.0 * MM,
        row_min: 10.7 * MM,
        stacked: false,
        total: false,
    },
    verify_top: 212.0 * MM,
    signed_top: 270.0 * MM,
    foot: 277.0 * MM,
    card: false,
    qr: (154.0 * MM, 217.5 * MM, 35.0 * MM),
};

/// A permission: how long it holds is as important as what it allows.
const LICENCE: Plan = Plan {
    number: words::LICENCE_NUMBER,
    title: (54.0 * MM, 75.0 * MM),
    band: Some(76.5 * MM),
    statement_top: 92.0 * MM,
    table: TablePlan {
        top: 106.0 * MM,
        later: 93.0 * MM,
        ..CERTIFICATE.table
    },
    ..CERTIFICATE
};

/// A card of the size ID-1 (ISO/IEC 7810: 85.6 mm by 54 mm), both sides beside each other, at the foot of a sheet that says
/// everything.
const CARD: Plan = Plan {
    number: words::CARD_NUMBER,
    table: TablePlan {
        bottom: 191.0 * MM,
        ..CERTIFICATE.table
    },
    verify_top: 192.5 * MM,
    signed_top: 275.0 * MM,
    foot: 280.0 * MM,
    card: true,
    qr: (151.1 * MM, 222.5 * MM, 35.0 * MM),
    ..CERTIFICATE
};

/// An order is read like a letter.
const ORDER: Plan = Plan {
    number: words::ORDER_NUMBER,
    title_sizes: [&[20.0, 18.0, 16.0, 14.0], &[14.0, 13.0, 12.0, 11.0]],
    statement_sizes: &[11.0, 10.0, 9.5],
    table: TablePlan {
        top: 102.0 * MM,
        stacked: true,
        ..CERTIFICATE.table
    },
    ..CERTIFICATE
};

/// A receipt: close rows, and the sum at their end.
const RECEIPT: Plan = Plan {
    number: words::RECEIPT_NUMBER,
    title: (54.0 * MM, 71.0 * MM),
    title_sizes: [&[17.0, 15.0, 14.0], &[12.0, 11.0, 10.0]],
    statement_top: 74.0 * MM,
    table: TablePlan {
        top: 88.0 * MM,
        later: 76.0 * MM,
        row_min: 9.4 * MM,
        total: true,
        ..CERTIFICATE.table
    },
    ..CERTIFICATE
};

/// The layouts by the names that the catalogue uses.
const PLANS: [(&str, Plan); 5] = [
    ("certificate/1", CERTIFICATE),
    ("licence/1", LICENCE),
    ("card/1", CARD),
    ("order/1", ORDER),
    ("receipt/1", RECEIPT),
];

impl Plan {
    /// The plan of a layout. What is reviewed is laid out as what is not.
    pub(super) fn of(layout: &str) -> Result<Self, PdfError> {
        let base = layout.replacen(REVIEWED, "/", 1);
        PLANS
            .iter()
            .find(|(name, _)| *name == base)
            .map(|(_, plan)| *plan)
            .ok_or_else(|| PdfError::UnknownLayout {
                layout: layout.to_owned(),
            })
    }
}

/// The names of all layouts.
pub(in crate::pdf) fn names() -> impl Iterator<Item = &'static str> {
    PLANS.iter().map(|(name, _)| *name)
}
