//! A learner's licence: an automatic stage, a test with its marks, a failed test that cannot move on.

use anyhow::Result;
use domain::Language;
use harness::{Applicant, World, certificate_number};
use serde_json::json;

pub(crate) async fn journey(world: &World) -> Result<()> {
    let mut learner = Applicant::new(world.citizen("919810000004", "Imran"), Language::En)
        .answers("vehicle_classes", "mcwg,lmv")
        .answers("blood_group", "o_negative");
    let number = learner.applies("learner_licence").await?;
    let mut examiner = world.officer_who_is("Test Examiner").await?;
    let failed = [
        ("record_test_date", "2025-06-02"),
        ("record_marks", "4"),
        ("record_result", "failed"),
    ];
    let error = examiner
        .acts(&number, "forward", &failed)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("422") && error.contains("application.not_passed"),
        "{error}"
    );
    let nonsense = [
        ("record_test_date", "2025-06-02"),
        ("record_marks", "99"),
        ("record_result", "passed"),
    ];
    let error = examiner
        .acts(&number, "forward", &nonsense)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("422") && error.contains("application.record"), "{error}");
    let passed = [
        ("record_test_date", "2025-06-02"),
        ("record_marks", "12"),
        ("record_result", "passed"),
    ];
    examiner.acts(&number, "forward", &passed).await?;
    learner.citizen.next().await?;
    world
        .officer_who_is("Motor Licensing Officer")
        .await?
        .acts(&number, "approve", &[])
        .await?;
    let (_, pdf) = learner.citizen.receives_document().await?;
    let certificate = certificate_number(learner.citizen.last()?.text()).expect("a number");
    let answer = world.verifier()?.shows(pdf, "licence.pdf").await?;
    assert_eq!(
        (&answer["verdict"], &answer["certificate"]["number"]),
        (&json!("valid"), &json!(certificate))
    );
    assert!(
        answer["certificate"]["expires"]
            .as_str()
            .is_some_and(|last| last.starts_with("20")),
        "{answer}"
    );
    let history = world.auditor()?.history("application", &number).await?;
    let expected = ["submitted", "forwarded", "forwarded", "approved"];
    assert_eq!(history, expected.map(|event| format!("application.{event}")));
    Ok(())
}
