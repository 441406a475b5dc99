use std::sync::Arc;

/// Named points between two steps at which a test can hold the process and kill it.
///
/// Holding is by waiting for ever: the process is then killed from outside with SIGKILL, so nothing of the program
/// helps it to end well. Outside tests no point is named and passing one costs a comparison.
#[derive(Clone, Default)]
pub struct PausePoints {
    hold_at: Option<Arc<str>>,
}

impl PausePoints {
    /// Never holds.
    #[must_use]
    pub const fn none() -> Self {
        Self { hold_at: None }
    }

    /// Holds at this point, the first time it is passed.
    #[must_use]
    pub fn hold_at(point: &str) -> Self {
        Self {
            hold_at: Some(point.into()),
        }
    }

    /// Passes a point, or holds there after telling the log.
    pub async fn pass(&self, point: &'static str) {
        if self.hold_at.as_deref() == Some(point) {
            tracing::warn!(point, "holding here until killed");
            std::future::pending::<()>().await;
        }
    }
}
