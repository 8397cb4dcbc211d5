//! A journal in a file: one line of JSON an entry, each on the disk before the run goes on.

use super::{Journal, JournalEntry, JournalError};
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// A journal in a file that survives the process and the machine.
///
/// The first line names the format and its version; every further line is a [`JournalEntry`]. An entry is written in one piece
/// and synced before [`append`](Journal::append) returns. A last line that a crash cut off is taken away when the file is
/// opened; any other line that cannot be read is an error, and nothing is changed. While it is open, the file is locked: a
/// second process that opens it is refused.
#[derive(Debug, Clone)]
pub struct FileJournal {
    path: PathBuf,
    file: Arc<Mutex<Open>>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// The length up to which the file is sound: an entry that was written in part lies beyond.
    sound: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Header {
    kind: String,
    version: u32,
}

const KIND: &str = "cross-tenant-cmk-journal";
const VERSION: u32 = 1;

/// The longest line that is read, in bytes. A real one has under 1,000.
const MAX_LINE: u64 = 64 * 1024;

impl FileJournal {
    /// Opens a journal, or makes an empty one. Waits for no lock.
    ///
    /// Blocks while it reads the file.
    ///
    /// # Errors
    /// [`JournalError`] if another process has it open, if it is no journal or one of another version, if a line in its
    /// midst cannot be read, or if the file system refuses.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        let path = path.as_ref().to_owned();
        let failed = |error| io_error(&path, "cannot be opened", error);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::new(
                    format!(
                        "{} is open already, here or in another process",
                        path.display()
                    ),
                    None,
                ));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let mut open = Open { file, sound: 0 };
        open.recover(&path)?;
        // The name of a new file is on the disk once its folder is.
        sync_folder(&path).map_err(failed)?;
        Ok(Self {
            path,
            file: Arc::new(Mutex::new(open)),
        })
    }

    /// Runs blocking work on the file away from the executor's threads. It is done whether or not the caller waits.
    async fn with_file<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Open, &Path) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let this = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut open = this.file.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut open, &this.path)
        });
        done.await
            .map_err(|error| JournalError::new("cannot be reached", Some(Box::new(error))))?
    }
}

#[async_trait::async_trait]
impl Journal for FileJournal {
    async fn append(&self, entry: &JournalEntry) -> Result<(), JournalError> {
        let mut line = serde_json::to_string(entry)
            .map_err(|error| JournalError::new("cannot be written", Some(Box::new(error))))?;
        line.push('\n');
        if line.len() as u64 >= MAX_LINE {
            return Err(JournalError::new("takes no entry of this length", None));
        }
        self.with_file(move |open, path| {
            open.write(&line)
                .map_err(|error| io_error(path, "cannot be written", error))
        })
        .await
    }

    async fn entries(&self) -> Result<Vec<JournalEntry>, JournalError> {
        self.with_file(|open, path| open.read(path).map(|read| read.entries))
            .await
    }
}

/// What is in a file.
struct Content {
    entries: Vec<JournalEntry>,
    /// The length of its whole lines, in bytes.
    sound: u64,
}

impl Open {
    /// Makes a new file a journal, and takes away what a crash cut off.
    fn recover(&mut self, path: &Path) -> Result<(), JournalError> {
        let failed = |error| io_error(path, "cannot be opened", error);
        let content = self.read(path)?;
        let length = self.file.metadata().map_err(failed)?.len();
        if length > content.sound {
            self.file.set_len(content.sound).map_err(failed)?;
            self.file.sync_all().map_err(failed)?;
        }
        self.sound = content.sound;
        if self.sound == 0 {
            let header = Header {
                kind: KIND.to_owned(),
                version: VERSION,
            };
            let line = serde_json::to_string(&header)
                .map_err(|error| JournalError::new("cannot be written", Some(Box::new(error))))?;
            self.write(&(line + "\n")).map_err(failed)?;
        }
        Ok(())
    }

    /// Writes at the sound end, after what an earlier write left beyond it is taken away.
    fn write(&mut self, line: &str) -> io::Result<()> {
        self.file.set_len(self.sound)?;
        self.file.seek(SeekFrom::Start(self.sound))?;
        self.file.write_all(line.as_bytes())?;
        self.file.sync_all()?;
        self.sound += line.len() as u64;
        Ok(())
    }

    fn read(&mut self, path: &Path) -> Result<Content, JournalError> {
        let failed = |error| io_error(path, "cannot be read", error);
        self.file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut reader = BufReader::new(&self.file);
        let mut content = Content {
            entries: Vec::new(),
            sound: 0,
        };
        for number in 1_usize.. {
            let mut line = Vec::new();
            let read = (&mut reader)
                .take(MAX_LINE)
                .read_until(b'\n', &mut line)
                .map_err(failed)?;
            if read == 0 {
                break;
            }
            if line.last() != Some(&b'\n') {
                if line.len() as u64 == MAX_LINE {
                    return Err(unreadable(path, number, "it is too long"));
                }
                // The end of the file, cut off by a crash. A first line that is none of ours is no crash of ours.
                if number == 1
                    && !HEADER_START.starts_with(
                        line.get(..HEADER_START.len().min(line.len()))
                            .unwrap_or_default(),
                    )
                {
                    return Err(unreadable(path, number, "it is no journal"));
                }
                break;
            }
            if number == 1 {
                check_header(path, &line)?;
            } else {
                let entry = serde_json::from_slice(&line)
                    .map_err(|error| unreadable(path, number, &error.to_string()))?;
                content.entries.push(entry);
            }
            content.sound += line.len() as u64;
        }
        Ok(content)
    }
}

/// How every journal begins.
const HEADER_START: &[u8] = br#"{"kind":"cross-tenant-cmk-journal","#;

fn check_header(path: &Path, line: &[u8]) -> Result<(), JournalError> {
    let header: Header =
        serde_json::from_slice(line).map_err(|_| unreadable(path, 1, "it is no journal"))?;
    if header.kind != KIND {
        return Err(unreadable(path, 1, "it is no journal"));
    }
    if header.version != VERSION {
        let problem = format!(
            "its version is {}, and this release reads version {VERSION}",
            header.version
        );
        return Err(unreadable(path, 1, &problem));
    }
    Ok(())
}

fn unreadable(path: &Path, line: usize, problem: &str) -> JournalError {
    JournalError::new(
        format!(
            "{} cannot be read at line {line}: {problem}",
            path.display()
        ),
        None,
    )
}

fn io_error(path: &Path, problem: &str, error: io::Error) -> JournalError {
    JournalError::new(
        format!("{} {problem}", path.display()),
        Some(Box::new(error)),
    )
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be synced, and the file system keeps names by itself.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
