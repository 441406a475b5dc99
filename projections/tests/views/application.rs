//! What each event of an application makes of its file.

use domain::application::{Application, Command, StageRecord};
use jiff::{SignedDuration, civil::date};
use projections::{FileState, What};

use crate::home::{Home, birth_answers, birth_papers, citizen, number, officer, paper};

#[tokio::test]
async fn a_submission_opens_a_file_with_all_that_was_said() {
    let home = Home::new().await;
    let position = home.submits(&number(1), Some(date(2026, 11, 29))).await;
    home.catch_up().await;
    let file = home.views().file(&number(1)).await.unwrap().unwrap();
    assert_eq!(
        (file.number.clone(), file.service.as_str()),
        (number(1), "birth_certificate")
    );
    assert_eq!(file.citizen, citizen());
    assert_eq!(
        file.answers.as_ref(),
        Some(&birth_answers()),
        "personal answers are opened again"
    );
    assert_eq!(file.papers, birth_papers());
    assert_eq!(file.current().map(|plan| plan.code.as_str()), Some("scrutiny"));
    assert_eq!(
        (file.state.clone(), file.stage, file.passed_by.clone()),
        (FileState::Open, 0, None)
    );
    assert_eq!(
        (file.due, file.submitted_at, file.since),
        (Some(date(2026, 11, 29)), home.now(), home.now())
    );
    assert_eq!(home.views().name_on(&file).as_deref(), Some("Aarav Sharma"));
    let line = &file.history[0];
    assert_eq!(
        (line.what, line.position, line.by.clone()),
        (What::Submitted, position, None)
    );
    assert!(
        home.views().file(&number(2)).await.unwrap().is_none(),
        "there is none of this number"
    );
}

#[tokio::test]
async fn question_and_answer_pass_through_waiting_back_to_open() {
    let home = Home::new().await;
    let number = number(1);
    home.submits(&number, None).await;
    home.clock.advance(SignedDuration::from_mins(5));
    let asked = home.now();
    let by = officer("DEMO-1", "sub_registrar");
    let ask = Command::Ask {
        stage: "scrutiny".into(),
        by: by.clone(),
        question: "पता साफ़ नहीं है".into(),
        paper: Some("address_proof".into()),
        at: asked,
    };
    home.execute::<Application>(&number, ask).await;
    home.catch_up().await;
    let file = home.views().file(&number).await.unwrap().unwrap();
    let (question, again) = (Some("पता साफ़ नहीं है".to_owned()), Some("address_proof".to_owned()));
    assert_eq!(
        file.state,
        FileState::Waiting {
            question: question.clone(),
            paper: again
        }
    );
    assert_eq!(file.since, asked);
    assert_eq!(
        (file.history[1].what, file.history[1].words.clone()),
        (What::Asked, question)
    );
    assert!(file.is_under_way() && file.current().is_some());

    home.clock.advance(SignedDuration::from_mins(5));
    let answer = Command::Answer {
        citizen: citizen(),
        answer: Some("नया काग़ज़ भेजा है".into()),
        papers: vec![paper("address_proof")],
        at: home.now(),
    };
    home.execute::<Application>(&number, answer).await;
    home.catch_up().await;
    let file = home.views().file(&number).await.unwrap().unwrap();
    assert_eq!((file.state, file.stage), (FileState::Open, 0));
    assert_eq!(file.papers.len(), 4, "the earlier paper stays beside the new one");
    assert_eq!(file.papers[3], paper("address_proof"));
    let line = &file.history[2];
    assert_eq!(
        (line.what, line.by.clone(), line.words.as_deref()),
        (What::Answered, None, Some("नया काग़ज़ भेजा है"))
    );
}

#[tokio::test]
async fn forwarding_moves_on_and_remembers_who() {
    let home = Home::new().await;
    home.submits(&number(1), None).await;
    home.forwards(&number(1)).await;
    home.catch_up().await;
    let file = home.views().file(&number(1)).await.unwrap().unwrap();
    assert_eq!(file.current().map(|plan| plan.role.as_str()), Some("registrar"));
    assert_eq!(file.passed_by, Some(officer("DEMO-1", "sub_registrar")));
    assert!(file.is_last_stage());
    let line = &file.history[1];
    assert_eq!(
        (line.what, line.stage.as_deref(), line.words.as_deref()),
        (What::Forwarded, Some("scrutiny"), Some("देखा"))
    );
}

#[tokio::test]
async fn every_end_is_shown_as_what_it_is() {
    let home = Home::new().await;
    for count in 1..=3 {
        home.submits(&number(count), None).await;
    }
    home.forwards(&number(1)).await;
    home.approves(&number(1)).await;
    let by = officer("DEMO-1", "sub_registrar");
    let catalogue = domain::catalogue::Catalogue::embedded().unwrap();
    let reason = catalogue
        .get("birth_certificate")
        .unwrap()
        .refusal("other_area")
        .cloned();
    let words = Some("ग़ाज़ियाबाद में आवेदन करें".to_owned());
    let refuse = Command::Refuse {
        stage: "scrutiny".into(),
        by: by.clone(),
        reason,
        words: words.clone(),
        at: home.now(),
    };
    home.execute::<Application>(number(2), refuse).await;
    home.execute::<Application>(
        number(3),
        Command::Withdraw {
            citizen: citizen(),
            at: home.now(),
        },
    )
    .await;
    home.catch_up().await;

    let views = home.views();
    let approved = views.file(&number(1)).await.unwrap().unwrap();
    assert_eq!(
        approved.state,
        FileState::Approved {
            by: officer("DEMO-2", "registrar")
        }
    );
    let refused = views.file(&number(2)).await.unwrap().unwrap();
    assert_eq!(
        refused.state,
        FileState::Refused {
            by,
            reason: "other_area".into(),
            words
        }
    );
    let withdrawn = views.file(&number(3)).await.unwrap().unwrap();
    assert_eq!(
        (withdrawn.state.clone(), withdrawn.history[1].what),
        (FileState::Withdrawn, What::Withdrawn)
    );
    for file in [approved, refused, withdrawn] {
        assert!(!file.is_under_way() && file.current().is_none(), "{}", file.number);
    }
}

#[tokio::test]
async fn an_automatic_stage_leaves_the_officer_before_it_remembered() {
    let home = Home::new().await;
    let service = domain::catalogue::Catalogue::embedded()
        .unwrap()
        .get("learner_licence")
        .unwrap();
    let answers = [
        ("applicant_name", crate::home::name("Imran Ali", "इमरान अली")),
        ("guardian_name", crate::home::name("Yusuf Ali", "यूसुफ़ अली")),
        ("date_of_birth", domain::catalogue::Value::Date(date(2000, 8, 15))),
        ("blood_group", domain::catalogue::Value::Choice("b_positive".into())),
        ("vehicle_classes", domain::catalogue::Value::Choices(vec!["lmv".into()])),
        (
            "address",
            domain::catalogue::Value::Text("House 9, Block C, Saket, Delhi 110017".into()),
        ),
        ("fit_to_drive", domain::catalogue::Value::Yes(true)),
    ];
    let answers = answers.map(|(code, value)| (code.to_owned(), value)).into();
    let papers = ["age_proof", "address_proof", "photo", "form_1"].map(paper).to_vec();
    let form = Box::new(service.check(answers, papers, date(2026, 11, 22)).unwrap());
    let (language, at) = (domain::Language::En, home.now());
    let submit = Command::Submit {
        number: number(1),
        citizen: citizen(),
        language,
        form,
        due: None,
        at,
    };
    home.execute::<Application>(number(1), submit).await;
    home.execute::<Application>(
        number(1),
        Command::PassAutomatically {
            stage: "completeness".into(),
            at,
        },
    )
    .await;
    home.catch_up().await;
    let file = home.views().file(&number(1)).await.unwrap().unwrap();
    assert_eq!((file.stage, file.passed_by.clone()), (1, None));
    assert_eq!(
        (file.history[1].what, file.history[1].by.clone()),
        (What::Forwarded, None)
    );

    let record: StageRecord = [
        ("test_date", domain::catalogue::Value::Date(date(2026, 11, 20))),
        ("marks", domain::catalogue::Value::Number(12)),
        ("result", domain::catalogue::Value::Choice("passed".into())),
    ]
    .map(|(code, value)| (code.to_owned(), value))
    .into();
    let by = officer("DEMO-3", "test_examiner");
    let forward = Command::Forward {
        stage: "test".into(),
        by: by.clone(),
        record: record.clone(),
        note: None,
        at,
    };
    home.execute::<Application>(number(1), forward).await;
    home.catch_up().await;
    let file = home.views().file(&number(1)).await.unwrap().unwrap();
    assert_eq!((file.stage, file.passed_by), (2, Some(by)));
    assert_eq!(
        file.history[2].record, record,
        "what was recorded stands in the history"
    );
}
