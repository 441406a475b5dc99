//! Automatic stages: passed by Praman when the form, which was checked on submission, is in.

use domain::{
    AnyEvent,
    application::{Application, Command, Event},
    catalogue::StageKind,
};
use ledger::Recorded;

use crate::{
    Setup,
    follow::{Reaction, ReactionError, context},
};

pub(crate) struct Automatic;

impl Reaction for Automatic {
    const NAME: &'static str = "automatic";

    fn concerns(&self, event: &AnyEvent) -> bool {
        matches!(
            event,
            AnyEvent::Application(Event::Submitted { .. } | Event::Forwarded { .. })
        )
    }

    async fn react(&self, setup: &Setup, _: &AnyEvent, recorded: &Recorded) -> Result<(), ReactionError> {
        let number = &recorded.aggregate_id;
        let (application, _) = setup.ledger.load::<Application>(number).await?;
        let Application::Open(open) = application else {
            return Ok(());
        };
        let Some(stage) = open.current().filter(|plan| plan.kind == StageKind::Automatic) else {
            return Ok(());
        };
        let command = Command::PassAutomatically {
            stage: stage.code.clone(),
            at: setup.clock.now(),
        };
        let context = context(
            &format!("automatic {number} {}", stage.code),
            recorded.meta.correlation_id,
            Some(recorded.position),
        );
        setup.ledger.execute::<Application>(number, command, context).await?;
        Ok(())
    }
}
