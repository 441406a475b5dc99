//! `praman catalogue show`: a service as people meet it, to be read and agreed upon without reading its file.

use std::path::Path;

use anyhow::{Context as _, bail};
use domain::{
    Bilingual, Language,
    catalogue::{Catalogue, Condition, Field, FieldKind, Service, StageKind, Validity},
};

use crate::{Answer, say};

pub(crate) fn run(what: &str, language: Language) -> anyhow::Result<Answer> {
    let embedded = Catalogue::embedded()?;
    if let Some(service) = embedded.get(what) {
        return Ok(tell(embedded, service, language));
    }
    let path = Path::new(what);
    if !path.is_file() {
        let codes: Vec<&str> = embedded.iter().map(|service| service.code.as_str()).collect();
        bail!("no service and no file {what}; the services are {}", codes.join(", "));
    }
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let code = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let alone = Catalogue::from_files([(code.as_str(), text.as_str())])?;
    let service = alone.get(&code).context("the file holds no service")?;
    Ok(tell(&alone, service, language))
}

fn tell(catalogue: &Catalogue, service: &Service, language: Language) -> Answer {
    for line in (Told {
        catalogue,
        service,
        language,
    })
    .lines()
    {
        say(line);
    }
    Answer::Yes
}

struct Told<'a> {
    catalogue: &'a Catalogue,
    service: &'a Service,
    language: Language,
}

impl Told<'_> {
    fn t<'b>(&self, en: &'b str, hi: &'b str) -> &'b str {
        match self.language {
            Language::En => en,
            Language::Hi => hi,
        }
    }

    fn b<'b>(&self, text: &'b Bilingual) -> &'b str {
        text.get(self.language)
    }

    fn lines(&self) -> Vec<String> {
        let service = self.service;
        let mut lines = vec![
            format!("{} ({}, {})", self.b(&service.name), service.code, service.letters),
            format!("{}; {}", self.b(&service.department), self.b(&service.office)),
        ];
        lines.extend(self.figures());
        lines.push(String::new());
        lines.push(self.t("Questions", "सवाल").to_owned());
        for (place, field) in service.fields.iter().enumerate() {
            lines.extend(self.question(place + 1, field));
        }
        lines.push(String::new());
        lines.push(self.t("Papers", "काग़ज़").to_owned());
        lines.extend(self.papers());
        lines.push(String::new());
        lines.push(self.t("Who acts", "कौन देखता है").to_owned());
        lines.extend(self.stages());
        lines.push(String::new());
        lines.push(self.t("It may be refused because", "अस्वीकार होने के कारण").to_owned());
        lines.extend(
            service
                .refusals
                .iter()
                .map(|reason| format!("  - {}", self.b(&reason.text))),
        );
        lines.push(String::new());
        lines.extend(self.printed());
        lines
    }

    fn sure(&self, confirmed: bool) -> &'static str {
        match (confirmed, self.language) {
            (true, _) => "",
            (false, Language::En) => " (not confirmed)",
            (false, Language::Hi) => " (पुष्टि नहीं हुई)",
        }
    }

    fn figures(&self) -> Vec<String> {
        let (fee, limit) = (&self.service.fee, &self.service.time_limit);
        let unknown = self.t("not known", "मालूम नहीं").to_owned();
        let mut rupees = fee
            .rupees
            .map_or_else(|| unknown.clone(), |rupees| format!("₹{rupees}"));
        if let Some((each, field)) = fee
            .each
            .as_ref()
            .and_then(|each| Some((each, self.service.field(&each.field)?)))
        {
            let further = self.t("for each further one of", "हर अतिरिक्त पर:");
            rupees = format!("{rupees}, + ₹{} {further} {}", each.rupees, self.b(&field.label));
        }
        let days = limit
            .days
            .map_or(unknown, |days| format!("{days} {}", self.t("days", "दिन")));
        let mut lines = vec![
            format!("{}: {rupees}{}", self.t("Fee", "शुल्क"), self.sure(fee.confirmed)),
            format!("{}: {days}{}", self.t("Time", "समय"), self.sure(limit.confirmed)),
        ];
        lines.extend(fee.note.as_ref().map(|note| format!("  {}", self.b(note))));
        for rule in &self.service.eligibility {
            let told = match rule.test {
                Some(_) => "",
                None => self.t(" [an officer looks]", " [अधिकारी देखेंगे]"),
            };
            lines.push(format!("* {}{}{told}", self.b(&rule.text), self.sure(rule.confirmed)));
        }
        lines
    }

    /// `[only if Place of birth: Hospital]`, with the words that a citizen sees.
    fn only_if(&self, condition: Option<&Condition>) -> String {
        let Some(condition) = condition else {
            return String::new();
        };
        let field = self.service.field(&condition.field);
        let label = field.map_or(condition.field.as_str(), |field| self.b(&field.label));
        let value = match (field.map(|field| &field.kind), condition.equals.as_str()) {
            (Some(FieldKind::Choice { options } | FieldKind::Choices { options }), code) => options
                .iter()
                .find(|option| option.code == code)
                .map_or(code, |option| self.b(&option.label)),
            (_, "yes") => self.t("Yes", "हाँ"),
            (_, "no") => self.t("No", "नहीं"),
            (_, other) => other,
        };
        format!(" [{} {label}: {value}]", self.t("only if", "केवल अगर"))
    }

    fn optional(&self, optional: bool) -> &'static str {
        match (optional, self.language) {
            (false, _) => "",
            (true, Language::En) => " [may be skipped]",
            (true, Language::Hi) => " [छोड़ सकते हैं]",
        }
    }

    fn question(&self, place: usize, field: &Field) -> Vec<String> {
        let (optional, only_if) = (self.optional(field.optional), self.only_if(field.only_if.as_ref()));
        let mut lines = vec![format!("{place:>3}. {}{optional}{only_if}", self.b(&field.ask))];
        lines.push(match &field.kind {
            FieldKind::Choice { options } | FieldKind::Choices { options } => {
                let labels: Vec<&str> = options.iter().map(|option| self.b(&option.label)).collect();
                format!("     ( {} )", labels.join(" | "))
            }
            FieldKind::YesNo => format!("     ( {} )", self.t("Yes | No", "हाँ | नहीं")),
            _ => format!("     {}: {}", self.t("Example", "उदाहरण"), self.b(&field.example)),
        });
        lines
    }

    fn papers(&self) -> Vec<String> {
        let mut lines = vec![];
        for document in &self.service.documents {
            let (optional, only_if) = (
                self.optional(document.optional),
                self.only_if(document.only_if.as_ref()),
            );
            lines.push(format!("  - {}{optional}{only_if}", self.b(&document.label)));
            if let Some(accepted) = self.catalogue.accepted(document) {
                lines.push(format!(
                    "    {}: {}",
                    self.t("Any one of", "इनमें से कोई एक"),
                    self.b(&accepted)
                ));
            }
            lines.push(format!("    {}", self.b(&document.help)));
        }
        lines
    }

    fn stages(&self) -> Vec<String> {
        let mut lines = vec![];
        for (place, stage) in self.service.stages.iter().enumerate() {
            let who = match stage.kind {
                StageKind::Automatic => self.t("automatic", "अपने आप").to_owned(),
                StageKind::Officer => assistant::words::role(&stage.role, self.language)
                    .map_or_else(|| stage.role.replace('_', " "), str::to_owned),
            };
            let only_if = self.only_if(stage.only_if.as_ref());
            lines.push(format!("{:>3}. {who}: {}{only_if}", place + 1, self.b(&stage.title)));
            for record in &stage.records {
                lines.push(format!(
                    "     {}: {}",
                    self.t("records", "दर्ज करते हैं"),
                    self.b(&record.label)
                ));
            }
        }
        lines
    }

    fn printed(&self) -> Vec<String> {
        let layout = &self.service.certificate;
        let ends = match &self.service.validity {
            Validity::Lifetime { .. } => self.t("without end", "आजीवन").to_owned(),
            Validity::Months { months, .. } => format!("{months} {}", self.t("months", "महीने")),
            Validity::DrivingLicence { .. } => self.t("by the age of the holder", "धारक की उम्र के अनुसार").to_owned(),
            Validity::FinancialYear { .. } => self.t("until 31 March", "31 मार्च तक").to_owned(),
            Validity::UntilReviewed { .. } => self.t("until it is reviewed", "अगली समीक्षा तक").to_owned(),
        };
        let rows: Vec<&str> = layout
            .rows
            .iter()
            .filter_map(|code| self.service.field(code))
            .map(|field| self.b(&field.label))
            .collect();
        vec![
            format!(
                "{}: {} ({})",
                self.t("Printed", "छपता है"),
                self.b(&layout.title),
                layout.layout
            ),
            format!("  {}", self.b(&layout.statement)),
            format!("  {}", rows.join(" | ")),
            format!("  {}: {ends}", self.t("It holds", "वैध")),
        ]
    }
}
