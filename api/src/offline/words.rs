//! The words of the page, from where the online page has them.

use certificates::{Reason, VerdictCode};
use domain::{Bilingual, catalogue::Catalogue};
use serde_json::{Map, Value, json};

use crate::verification::page::NoVerdict;
use crate::verification::words::{Facts, labels, questions, title, why, words};

/// All of them, in both languages, as JSON that may stand inside a page: it has no `<`.
pub(super) fn json(catalogue: &Catalogue) -> String {
    // Kept lists tell no day; an end is in the credential itself.
    let placed = || Bilingual::new("{date}", "{date}");
    let verdicts: Map<String, Value> = VerdictCode::ALL
        .into_iter()
        .map(|answer| {
            let facts = Facts {
                date: (answer == VerdictCode::Expired).then(placed),
                ..Facts::default()
            };
            let told = words(answer, &facts);
            let told = json!({ "word": told.word, "reason": told.reason, "next": told.next });
            (answer.code().to_owned(), told)
        })
        .collect();
    let mut reasons: Map<String, Value> = Reason::ALL
        .into_iter()
        .filter_map(|reason| Some((reason.code().to_owned(), json!(why(reason.code())?))))
        .collect();
    reasons.insert(Reason::Mistyped.code().to_owned(), json!(NoVerdict::mistyped().what));
    let services: Map<String, Value> = catalogue
        .iter()
        .map(|service| {
            let labels: Map<String, Value> = labels(Some(service))
                .into_iter()
                .map(|(code, label)| (code.to_owned(), json!(label)))
                .collect();
            let told = json!({ "title": title(catalogue, &service.code), "labels": labels });
            (service.letters.clone(), told)
        })
        .collect();
    let others: Map<String, Value> = labels(None)
        .into_iter()
        .map(|(code, label)| (code.to_owned(), json!(label)))
        .collect();
    let [signed, logged, listed] = questions().map(|question| json!(question));
    json!({
        "verdicts": verdicts,
        "reasons": reasons,
        "services": services,
        "other": { "title": title(catalogue, ""), "labels": others },
        "signed": signed,
        "logged": logged,
        "listed": listed,
    })
    .to_string()
    .replace('<', "\\u003c")
}
