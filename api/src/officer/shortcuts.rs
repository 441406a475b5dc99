//! The list of keys, and the switch that WCAG 2.1.4 asks for.

use axum::{
    extract::State,
    http::StatusCode,
    response::{Redirect, Response},
};
use domain::Bilingual;

use super::page::{Key, ShortcutsPage};
use crate::{
    fields::Fields,
    page::{Page, html},
    problem::Problem,
    session::{Sessions, SignedIn},
    state::App,
};

/// `GET /officer/shortcuts`.
pub(super) async fn page(p: Page, signed_in: SignedIn) -> Response {
    let key = |keys, en: &str, hi: &str| Key {
        keys,
        does: Bilingual::new(en, hi),
    };
    let keys = vec![
        key(
            &["J", "K"],
            "next, previous file in the queue",
            "कतार में अगली, पिछली फ़ाइल",
        ),
        key(&["O"], "open the file", "फ़ाइल खोलें"),
        key(&["/"], "search by number", "नंबर से खोजें"),
        key(&["A"], "go to “Approve”", "“मंज़ूर करें” पर जाएँ"),
        key(&["R"], "go to “Refuse”", "“अस्वीकार करें” पर जाएँ"),
        key(&["Q"], "go to “Ask the citizen”", "“नागरिक से पूछें” पर जाएँ"),
        key(&["F"], "go to “Pass on”", "“आगे भेजें” पर जाएँ"),
        key(&["1", "9"], "go to a paper by its number", "नंबर से किसी कागज़ पर जाएँ"),
        key(&["Esc"], "back", "पीछे"),
        key(&["?"], "this list", "यह सूची"),
    ];
    let (csrf, shortcuts) = (signed_in.csrf.clone(), signed_in.shortcuts);
    html(
        StatusCode::OK,
        &ShortcutsPage {
            p,
            desk: signed_in.desk(),
            here: "shortcuts",
            csrf,
            shortcuts,
            keys,
        },
    )
}

/// `POST /officer/shortcuts`.
pub(super) async fn switch(signed_in: SignedIn, State(app): State<App>, form: Fields) -> Result<Redirect, Problem> {
    signed_in.sent(&form)?;
    let on = form.get("on") == "yes";
    Sessions::of(&app.state.ledger)
        .switch_shortcuts(&signed_in.officer.id, on)
        .await?;
    Ok(Redirect::to("/officer/shortcuts"))
}
