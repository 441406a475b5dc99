//! The officers of the demonstration. They act through the same commands as the console.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use domain::{
    ByOfficer, CertificateId,
    application::{Application, Command, StageRecord},
    catalogue::{Catalogue, FieldKind, Service, Stage, StageKind, Value},
    certificate::{self, Certificate, RevocationReason},
    ist_date,
};
use ledger::{Clock, Context, Ledger, Receipt};
use projections::{File, Projector, Views};
use uuid::Uuid;

use super::citizen::Citizen;
use crate::say;

/// The office, with all its desks.
pub(super) struct Office {
    pub(super) ledger: Ledger,
    pub(super) projector: Arc<Projector>,
    pub(super) catalogue: &'static Catalogue,
    pub(super) clock: Arc<dyn Clock>,
}

impl Office {
    fn views(&self) -> Views {
        Views::new(self.ledger.clone(), Arc::new(self.catalogue.clone()))
    }

    /// The file as it stands, once the views have caught up.
    async fn file(&self, number: &str) -> anyhow::Result<(File, &'static Service)> {
        let head = self.ledger.head().await?;
        self.projector.reached(head, Duration::from_secs(10)).await;
        let file = self
            .views()
            .file(&number.parse()?)
            .await?
            .with_context(|| format!("no file {number}"))?;
        let service = self
            .catalogue
            .get(&file.service)
            .context("a service that is not in the catalogue")?;
        Ok((file, service))
    }

    /// Somebody of the role who did not pass the stage before.
    async fn officer(&self, file: &File, role: &str) -> anyhow::Result<ByOfficer> {
        let before = file.passed_by.as_ref().map(|by| by.officer.clone());
        let officers = self.views().officers().await?;
        officers
            .iter()
            .filter(|officer| Some(&officer.id) != before.as_ref())
            .find_map(|officer| officer.acting_as(role))
            .with_context(|| format!("nobody acts as {role}"))
    }

    /// Says where the log stands after a step.
    pub(super) async fn tell(&self, what: &str) -> anyhow::Result<()> {
        say(format!("   {what} (position {})", self.ledger.head().await?));
        Ok(())
    }

    /// Passes every stage before the deciding one, each by another officer; the citizen is told of each.
    pub(super) async fn pass_to_decision(&self, number: &str, citizen: &mut Citizen) -> anyhow::Result<()> {
        loop {
            let (file, service) = self.file(number).await?;
            let plan = file.current().context("the file is not under way")?.clone();
            if plan.kind == StageKind::Automatic {
                tokio::task::yield_now().await;
                continue;
            }
            if file.is_last_stage() {
                return Ok(());
            }
            let by = self.officer(&file, &plan.role).await?;
            let stage = service
                .stages
                .iter()
                .find(|s| s.code == plan.code)
                .context("a stage that is not there")?;
            let record = self.record(stage);
            let at = self.clock.now();
            let who = by.officer.clone();
            let command = Command::Forward {
                stage: plan.code.clone(),
                by,
                record,
                note: None,
                at,
            };
            let receipt = self
                .act(number, &format!("forward {number} {}", plan.code), command)
                .await?;
            say(format!(
                "   {who} passes {} (position {})",
                plan.code, receipt.last_position
            ));
            citizen.next().await?;
        }
    }

    /// Says yes.
    pub(super) async fn approve(&self, number: &str) -> anyhow::Result<()> {
        let (file, service) = self.file(number).await?;
        let plan = file.current().context("the file is not under way")?.clone();
        let by = self.officer(&file, &plan.role).await?;
        let stage = service
            .stages
            .iter()
            .find(|s| s.code == plan.code)
            .context("a stage that is not there")?;
        let who = by.officer.clone();
        let (record, at) = (self.record(stage), self.clock.now());
        let command = Command::Approve {
            stage: plan.code,
            by,
            record,
            note: None,
            at,
        };
        let receipt = self.act(number, &format!("approve {number}"), command).await?;
        say(format!(
            "   {who} approves {number} (position {})",
            receipt.last_position
        ));
        Ok(())
    }

    /// Says no, with the first reason of the list.
    pub(super) async fn refuse(&self, number: &str) -> anyhow::Result<()> {
        let (file, service) = self.file(number).await?;
        let plan = file.current().context("the file is not under way")?.clone();
        let by = self.officer(&file, &plan.role).await?;
        let reason = service.refusals.first().cloned();
        let at = self.clock.now();
        let command = Command::Refuse {
            stage: plan.code,
            by,
            reason,
            words: None,
            at,
        };
        self.act(number, &format!("refuse {number}"), command).await?;
        Ok(())
    }

    /// Ends a certificate.
    pub(super) async fn revoke(&self, id: &CertificateId) -> anyhow::Result<()> {
        let officers = self.views().officers().await?;
        let by = officers
            .iter()
            .find_map(|o| o.acting_as("sub_divisional_magistrate"))
            .context("no magistrate")?;
        let command = certificate::Command::Revoke {
            reason: RevocationReason::FalseEvidence,
            note: None,
            by,
            at: self.clock.now(),
        };
        let receipt = self
            .ledger
            .execute::<Certificate>(id, command, context(&format!("revoke {id}")))
            .await?;
        say(format!("   revoked (position {})", receipt.last_position));
        Ok(())
    }

    async fn act(&self, number: &str, doing: &str, command: Command) -> anyhow::Result<Receipt> {
        match self
            .ledger
            .execute::<Application>(number, command, context(doing))
            .await
        {
            Ok(receipt) => Ok(receipt),
            Err(ledger::ExecuteError::Rejected(rejection)) => bail!("{doing}: {}", rejection.code()),
            Err(error) => Err(error.into()),
        }
    }

    /// What the stage wants recorded, as an officer finds it when all is well.
    fn record(&self, stage: &Stage) -> StageRecord {
        let passes = |code: &str| {
            stage
                .passes_if
                .as_ref()
                .filter(|c| c.field == code)
                .map(|c| c.equals.clone())
        };
        let value = |kind: &FieldKind, code: &str| match kind {
            FieldKind::Date { .. } => Value::Date(ist_date(self.clock.now())),
            FieldKind::Choice { options } => Value::Choice(
                passes(code)
                    .or_else(|| options.first().map(|o| o.code.clone()))
                    .unwrap_or_default(),
            ),
            FieldKind::Number { max, .. } | FieldKind::Money { max } => Value::Number(*max),
            FieldKind::YesNo => Value::Yes(true),
            FieldKind::Name
            | FieldKind::Text { .. }
            | FieldKind::Address
            | FieldKind::Choices { .. }
            | FieldKind::Pin
            | FieldKind::Phone
            | FieldKind::VehicleNumber
            | FieldKind::LicenceNumber
            | FieldKind::People { .. } => Value::Text("as required".to_owned()),
        };
        stage
            .records
            .iter()
            .map(|field| (field.code.clone(), value(&field.kind, &field.code)))
            .collect()
    }
}

fn context(doing: &str) -> Context {
    const NAMESPACE: Uuid = Uuid::from_u128(0x7072_616d_616e_5000_8000_6465_6d6f_0000);
    Context {
        command_id: Uuid::new_v5(&NAMESPACE, doing.as_bytes()),
        actor: "officer/demonstration".to_owned(),
        correlation_id: Uuid::nil(),
        causation: None,
        commits_to: None,
    }
}
