//! The demonstration's officers: for every stage of every service another person, and one who may act at two stages.

use domain::{
    Bilingual, OfficerId,
    catalogue::{Catalogue, StageKind},
    officer,
};
use jiff::Timestamp;

/// A demonstration officer.
pub(crate) struct Demonstration {
    pub(crate) id: OfficerId,
    pub(crate) command: officer::Command,
}

/// Two officers for each role in the catalogue, so that four eyes can be tried out.
pub(crate) fn demonstration(catalogue: &Catalogue, at: Timestamp) -> Vec<Demonstration> {
    let mut roles: Vec<(String, Bilingual)> = vec![];
    for service in catalogue.iter() {
        for stage in &service.stages {
            if stage.kind == StageKind::Officer && !roles.iter().any(|(role, _)| *role == stage.role) {
                roles.push((stage.role.clone(), service.office.clone()));
            }
        }
    }
    roles.sort();
    let mut officers = vec![];
    for (place, (role, office)) in roles.iter().enumerate() {
        for second in 0..2 {
            let number = 101 + place * 10 + second;
            officers.push(Demonstration {
                id: OfficerId::new(format!("DEMO-{number}")),
                command: officer::Command::Appoint {
                    name: Bilingual::new(format!("Sample Officer {number}"), format!("नमूना अधिकारी {number}")),
                    designation: designation(role),
                    roles: vec![role.clone()],
                    office: office.clone(),
                    at,
                },
            });
        }
    }
    officers.extend(link_officer(catalogue, at));
    officers
}

/// One person with every role of one service, as when a post stands empty: so that it can be tried that the rules do not
/// let the same person act at two stages next to each other, whatever roles they hold.
fn link_officer(catalogue: &Catalogue, at: Timestamp) -> Option<Demonstration> {
    let number = 901;
    catalogue.iter().find_map(|service| {
        let mut roles: Vec<String> = vec![];
        for stage in service.stages.iter().filter(|stage| stage.kind == StageKind::Officer) {
            if !roles.contains(&stage.role) {
                roles.push(stage.role.clone());
            }
        }
        (roles.len() > 1).then(|| Demonstration {
            id: OfficerId::new(format!("DEMO-{number}")),
            command: officer::Command::Appoint {
                name: Bilingual::new(format!("Sample Officer {number}"), format!("नमूना अधिकारी {number}")),
                designation: Bilingual::new("Link Officer (additional charge)", "लिंक अधिकारी (अतिरिक्त प्रभार)"),
                roles,
                office: service.office.clone(),
                at,
            },
        })
    })
}

fn designation(role: &str) -> Bilingual {
    match role {
        "sub_registrar" => Bilingual::new("Sub-Registrar (Births and Deaths)", "उप रजिस्ट्रार (जन्म एवं मृत्यु)"),
        "registrar" => Bilingual::new("Registrar (Births and Deaths)", "रजिस्ट्रार (जन्म एवं मृत्यु)"),
        "dealing_assistant" => Bilingual::new("Dealing Assistant", "सहायक"),
        "field_verifier" => Bilingual::new("Field Verification Officer", "क्षेत्र सत्यापन अधिकारी"),
        "tehsildar" => Bilingual::new("Tehsildar", "तहसीलदार"),
        "sub_divisional_magistrate" => Bilingual::new("Sub-Divisional Magistrate", "उप-मंडल मजिस्ट्रेट"),
        "additional_district_magistrate" => Bilingual::new("Additional District Magistrate", "अपर ज़िला मजिस्ट्रेट"),
        "motor_licensing_officer" => Bilingual::new("Motor Licensing Officer", "मोटर लाइसेंस अधिकारी"),
        "motor_vehicle_inspector" => Bilingual::new("Motor Vehicle Inspector", "मोटर वाहन निरीक्षक"),
        "test_examiner" => Bilingual::new("Test Examiner", "परीक्षा अधिकारी"),
        "marriage_officer" => Bilingual::new("Marriage Officer", "विवाह अधिकारी"),
        "naib_tehsildar" => Bilingual::new("Naib Tehsildar", "नायब तहसीलदार"),
        "food_supply_inspector" => Bilingual::new("Food Supply Inspector", "खाद्य आपूर्ति निरीक्षक"),
        "food_supply_officer" => Bilingual::new("Food Supply Officer", "खाद्य आपूर्ति अधिकारी"),
        "district_social_welfare_officer" => {
            Bilingual::new("District Social Welfare Officer", "ज़िला समाज कल्याण अधिकारी")
        }
        "labour_inspector" => Bilingual::new("Labour Inspector", "श्रम निरीक्षक"),
        "head_of_school" => Bilingual::new("Head of School", "प्रधानाचार्य"),
        "licensing_inspector" => Bilingual::new("Licensing Inspector", "लाइसेंस निरीक्षक"),
        other => Bilingual::new(other.replace('_', " "), other.replace('_', " ")),
    }
}
