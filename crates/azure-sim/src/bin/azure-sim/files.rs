//! Files that others of the same user read: whole or not there, and nobody else's business.

use crate::Outcome;
use std::{fmt, fs, io::ErrorKind, io::Write, path::Path};
use tempfile::NamedTempFile;

/// Writes a file, whole or not at all, for its owner only.
pub(crate) fn replace(file: &Path, content: &[u8]) -> Outcome {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    // On Unix a temporary file is its owner's alone, and stays so when it is renamed.
    let write = || {
        let mut next = NamedTempFile::new_in(folder)?;
        next.write_all(content)?;
        next.as_file().sync_all()?;
        next.persist(file)?;
        Ok::<_, std::io::Error>(())
    };
    write().map_err(|error| at(file, error).into())
}

/// The text of a file; `None` if there is no such file.
pub(crate) fn read_if_there(file: &Path) -> Outcome<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(file, error).into()),
    }
}

/// The text of a file.
pub(crate) fn read(file: &Path) -> Outcome<String> {
    fs::read_to_string(file).map_err(|error| at(file, error).into())
}

/// Makes a folder for its owner only. One that is there already keeps its mode, and is refused if others may write to it.
pub(crate) fn private_folder(folder: &Path) -> Outcome {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(|error| at(parent, error))?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => refuse_shared(folder),
        made => made.map_err(|error| at(folder, error).into()),
    }
}

/// Refuses a folder in which others could plant an environment that somebody then takes over.
#[cfg(unix)]
pub(crate) fn refuse_shared(folder: &Path) -> Outcome {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let found = fs::metadata(folder).map_err(|error| at(folder, error))?;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(at(
            folder,
            "this folder is somebody else's; give one that is not there yet",
        )
        .into());
    }
    if found.permissions().mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(at(
        folder,
        "others may write to this folder; give one that is not there yet, or take that right away (chmod go-w)",
    )
    .into())
}

#[cfg(not(unix))]
pub(crate) fn refuse_shared(_: &Path) -> Outcome {
    Ok(())
}

/// What is wrong, with the file that it is about.
pub(crate) fn at(file: &Path, error: impl fmt::Display) -> String {
    format!("{}: {error}", file.display())
}
