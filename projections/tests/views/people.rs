//! Citizens and officers as the views know them.

use domain::{
    Bilingual, Language, OfficerId,
    citizen::{self, Citizen},
    officer::{self, Officer},
};
use uuid::Uuid;

use crate::home::{Home, citizen};

#[tokio::test]
async fn a_person_has_an_address_a_language_and_a_consent() {
    let home = Home::new().await;
    home.meets("+919000000001").await;
    home.catch_up().await;
    let person = home.views().person(citizen()).await.unwrap().unwrap();
    assert_eq!(
        (person.address.as_deref(), person.language, person.notice),
        (Some("+919000000001"), None, None)
    );
    let (language, at) = (Language::Hi, home.now());
    home.execute::<Citizen>(citizen(), citizen::Command::ChooseLanguage { language, at })
        .await;
    let consent = citizen::Command::GiveConsent {
        notice: "1".into(),
        language,
        message: "ab".repeat(32),
        at,
    };
    home.execute::<Citizen>(citizen(), consent).await;
    let language = Language::En;
    home.execute::<Citizen>(citizen(), citizen::Command::ChooseLanguage { language, at })
        .await;
    home.catch_up().await;
    let person = home.views().person(citizen()).await.unwrap().unwrap();
    assert_eq!(
        (person.language, person.notice.as_deref()),
        (Some(Language::En), Some("1")),
        "the last choice holds"
    );
    let stranger = domain::CitizenId::new(Uuid::from_u128(7));
    assert!(home.views().person(stranger).await.unwrap().is_none());
}

#[tokio::test]
async fn an_officer_acts_in_their_roles_while_in_office() {
    let home = Home::new().await;
    let (id, at) = (OfficerId::new("DEMO-1"), home.now());
    let office = Bilingual::new("Sample Office", "नमूना कार्यालय");
    let appoint = officer::Command::Appoint {
        name: Bilingual::new("Sample Officer", "नमूना अधिकारी"),
        designation: Bilingual::new("Registrar", "रजिस्ट्रार"),
        roles: vec!["registrar".into(), "sub_registrar".into()],
        office: office.clone(),
        at,
    };
    home.execute::<Officer>(&id, appoint).await;
    home.catch_up().await;
    let view = home.views().officer(&id).await.unwrap().unwrap();
    let by = view.acting_as("sub_registrar").unwrap();
    assert_eq!(
        (by.officer, by.role.as_str(), by.office),
        (id.clone(), "sub_registrar", office)
    );
    assert_eq!(view.acting_as("tehsildar"), None, "a role that is not held");
    assert_eq!(home.views().officers().await.unwrap().len(), 1);
    home.execute::<Officer>(&id, officer::Command::Relieve { at }).await;
    home.catch_up().await;
    let view = home.views().officer(&id).await.unwrap().unwrap();
    assert!(!view.in_office && view.acting_as("registrar").is_none());
}
