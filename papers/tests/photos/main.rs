//! Photographs of papers, made here: which are taken, which are doubted, which are refused.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

#[path = "../../../certificates/tests/verify/camera.rs"]
#[expect(dead_code, reason = "only some of the camera is needed here")]
mod camera;
mod pages;

mod campaign;
