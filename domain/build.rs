//! Lists the catalogue's files, so that adding a service is adding a file.
use std::{env, error::Error, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=services");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("services");
    let mut files: Vec<_> = fs::read_dir(&folder)?
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        writeln!(
            list,
            "    ({:?}, include_str!({file:?})),",
            file.file_stem().unwrap_or_default().to_string_lossy()
        )?;
    }
    list.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("services.rs"), list)?;
    Ok(())
}
