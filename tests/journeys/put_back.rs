//! A database is put back to the day before a certificate was cancelled: by mistake, or by somebody who wants it so. The
//! service notices, and nothing is called valid until a person has looked.

use anyhow::{Context, Result, ensure};
use domain::Language;
use harness::{Applicant, World};

use crate::standing::{Copy, REGISTRAR, SUB_REGISTRAR};

pub(crate) async fn journey(world: &mut World) -> Result<()> {
    let mut mother = Applicant::new(world.citizen("919810000041", "Asha"), Language::En);
    let file = mother.applies("birth_certificate").await?;
    world
        .officer_who_is(SUB_REGISTRAR)
        .await?
        .acts(&file, "forward", &[])
        .await?;
    let mut registrar = world.officer_who_is(REGISTRAR).await?;
    registrar.acts(&file, "approve", &[]).await?;
    let (_, pdf) = mother.citizen.receives_document().await?;
    let copy = Copy::of(mother.citizen.last()?.text(), pdf)?;
    copy.is("valid", world).await?;

    world.stop().await?;
    let before = tempfile::tempdir()?;
    copy_store(&world.data(), before.path())?;
    world.restart().await?;
    let mut registrar = world.officer_who_is(REGISTRAR).await?;
    registrar.revokes(&file, "mistake").await?;
    copy.is("revoked", world).await?;
    world.stop().await?;

    // Keys, documents and the kept checkpoint stay as they are.
    copy_store(before.path(), &world.data())?;
    world.restart_in_doubt().await?;
    let answer = copy.is("unknown", world).await.context("a store that was put back")?;
    ensure!(answer["reason"] == "log_unavailable", "{answer}");
    Ok(())
}

/// The database and its companions, in place of whatever is there.
fn copy_store(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    for companion in ["", "-wal", "-shm"] {
        let name = format!("praman.sqlite{companion}");
        let (source, target) = (from.join(&name), to.join(&name));
        if target.exists() {
            std::fs::remove_file(&target)?;
        }
        if source.exists() {
            std::fs::copy(&source, &target).with_context(|| name.clone())?;
        }
    }
    Ok(())
}
