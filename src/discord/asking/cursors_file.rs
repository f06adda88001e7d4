//! Remembers places in a small file of JSON, which is written beside itself and put in place whole.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::discord::asking::cursors::{Memory, Place};

/// Largest file that is read, in bytes; a hundred places take a tenth of it.
const FILE_BYTES_MAX: u64 = 1 << 18;

/// A file of places.
#[derive(Debug)]
pub struct PlacesFile(pub PathBuf);

impl Memory for PlacesFile {
    fn load(&self) -> Vec<Place> {
        match read(&self.0) {
            Ok(places) => places,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                tracing::warn!(path = %self.0.display(), %error, "what was seen before cannot be read; starting anew");
                Vec::new()
            }
        }
    }

    fn save(&self, places: &[Place]) -> io::Result<()> {
        crate::atomic_file::replace(&self.0, &serde_json::to_vec(places)?)
    }
}

fn read(path: &Path) -> io::Result<Vec<Place>> {
    let mut text = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serenity::all::{ChannelId, GuildId, MessageId};

    use super::*;

    #[test]
    fn what_is_saved_is_loaded_and_nothing_else_stops_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = PlacesFile(folder.path().join("places.json"));
        assert_eq!(file.load(), []);
        let place = Place {
            channel: ChannelId::new(1),
            guild: Some(GuildId::new(2)),
            direct: false,
            mark: MessageId::new(u64::MAX),
        };
        file.save(&[place]).unwrap();
        assert_eq!(file.load(), [place]);
        for broken in ["", "{", "[{}]"] {
            std::fs::write(&file.0, broken).unwrap();
            assert_eq!(file.load(), []);
        }
        assert!(PlacesFile(folder.path().join("missing").join("places.json")).save(&[place]).is_err());
    }
}
