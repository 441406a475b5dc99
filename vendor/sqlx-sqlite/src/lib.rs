//! Empty on purpose: see docs/decisions/0003.
