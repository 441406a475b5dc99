//! The Cloud API from the other side.
