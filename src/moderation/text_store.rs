//! Stores the whole text of each revision in the database. To save space, splits a text into chunks and stores equal
//! chunks once: revisions of a file share all chunks except those around a change. Loading a text needs no other text.

use fastcdc::v2020::FastCDC;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use sha2::{Digest as _, Sha256};

/// The minimum, average and maximum length of a chunk, in bytes. FastCDC (Xia et al., 2020) derives each cut from a
/// hash of the bytes before it, so a change affects only the cuts close to it.
///
/// An edit usually stores one or two new chunks, and a list with 8 bytes for each chunk of the file: together 14 kB for
/// a file of 1.3 MB. So ten edits a day add 50 MB in a year. With longer chunks, each edit would store more text; with
/// shorter chunks, a longer list.
const CHUNK_BYTES: [usize; 3] = [1_024, 4 * 1_024, 16 * 1_024];

/// The SHA-256 hash that identifies a text or a chunk.
pub(super) type Hash = [u8; 32];

/// Hashes a text or a chunk.
pub(super) fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

fn chunks(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let [smallest, average, largest] = CHUNK_BYTES;
    FastCDC::new(bytes, smallest, average, largest).map(|chunk| &bytes[chunk.offset..][..chunk.length])
}

/// Stores a text, unless it is stored already. Returns its id in the table `text`. The table `piece` contains the
/// chunks.
pub(super) fn store(transaction: &Transaction<'_>, text: &str) -> rusqlite::Result<i64> {
    let key = hash(text.as_bytes());
    let stored = transaction.query_row("SELECT id FROM text WHERE hash = ?1", [key], |row| row.get(0)).optional()?;
    if let Some(id) = stored {
        return Ok(id);
    }
    let mut find = transaction.prepare("SELECT id FROM piece WHERE hash = ?1")?;
    let mut insert = transaction.prepare("INSERT INTO piece (hash, content) VALUES (?1, ?2)")?;
    let mut list = Vec::new();
    for chunk in chunks(text.as_bytes()) {
        let key = hash(chunk);
        let stored: Option<i64> = find.query_row([key], |row| row.get(0)).optional()?;
        let id = stored.map_or_else(|| insert.insert(params![key, chunk]), Ok)?;
        list.extend(id.to_le_bytes());
    }
    transaction.prepare("INSERT INTO text (hash, pieces) VALUES (?1, ?2)")?.insert(params![key, list])
}

/// Loads the text with this id in the table `text`. Returns `None` if chunks are missing or damaged, so that the text
/// does not match its hash.
pub(super) fn load(connection: &Connection, id: i64) -> rusqlite::Result<Option<String>> {
    let (key, list): (Hash, Vec<u8>) =
        connection
            .query_row("SELECT hash, pieces FROM text WHERE id = ?1", [id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut find = connection.prepare("SELECT content FROM piece WHERE id = ?1")?;
    let mut bytes = Vec::new();
    for &chunk in list.as_chunks::<8>().0 {
        let chunk: Option<Vec<u8>> = find.query_row([i64::from_le_bytes(chunk)], |row| row.get(0)).optional()?;
        bytes.extend(chunk.unwrap_or_default());
    }
    Ok(if hash(&bytes) == key { String::from_utf8(bytes).ok() } else { None })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::moderation::migrations::migrate;

    /// Text without repetitions, the same on every machine.
    fn prose(words: u64) -> String {
        (0..words).map(|number| format!("{:x} ", (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))).collect()
    }

    #[test]
    fn a_change_affects_few_chunks() {
        let old = prose(20_000);
        let stored: HashSet<&[u8]> = chunks(old.as_bytes()).collect();
        assert!(stored.len() > 50);
        for place in [0, 1, 100_000, 200_001, old.len()] {
            let new = format!("{}a changed word {}", &old[..place], &old[place..]);
            let fresh = chunks(new.as_bytes()).filter(|chunk| !stored.contains(chunk)).count();
            assert!((1..=3).contains(&fresh), "{fresh} new chunks for a change at {place}");
        }
    }

    proptest! {
        #[test]
        fn chunks_are_the_text_and_within_their_bounds(text in proptest::collection::vec(any::<u8>(), 0..60_000)) {
            let [least, _, most] = CHUNK_BYTES;
            let all: Vec<&[u8]> = chunks(&text).collect();
            prop_assert_eq!(all.concat(), text.as_slice());
            let all_but_last = &all[..all.len().saturating_sub(1)];
            prop_assert!(all.iter().all(|chunk| chunk.len() <= most));
            prop_assert!(all_but_last.iter().all(|chunk| chunk.len() >= least));
        }
    }

    #[test]
    fn text_without_a_natural_boundary_is_cut_at_the_greatest_size() {
        let [_, _, most] = CHUNK_BYTES;
        assert!(chunks("a".repeat(100_000).as_bytes()).all(|chunk| chunk.len() <= most));
    }

    #[test]
    fn every_text_can_be_loaded_again() {
        let mut database = Connection::open_in_memory().unwrap();
        migrate(&mut database).unwrap();
        for text in [prose(20_000), "a".repeat(100_000), String::new(), "日本".into()] {
            let transaction = database.transaction().unwrap();
            let id = store(&transaction, &text).unwrap();
            assert_eq!(store(&transaction, &text).unwrap(), id, "a text is stored once");
            assert_eq!(load(&transaction, id).unwrap(), Some(text));
            transaction.commit().unwrap();
        }
    }

    /// Earlier versions of the program split texts differently.
    #[test]
    fn texts_with_chunks_of_an_earlier_version_can_be_loaded() {
        let mut database = Connection::open_in_memory().unwrap();
        migrate(&mut database).unwrap();
        let mut list = Vec::new();
        for chunk in ["Ada built ", "the lighthouse."] {
            database
                .execute(
                    "INSERT INTO piece (hash, content) VALUES (?1, ?2)",
                    params![hash(chunk.as_bytes()), chunk.as_bytes()],
                )
                .unwrap();
            list.extend(database.last_insert_rowid().to_le_bytes());
        }
        let text = "Ada built the lighthouse.";
        database
            .execute("INSERT INTO text (hash, pieces) VALUES (?1, ?2)", params![hash(text.as_bytes()), list])
            .unwrap();
        assert_eq!(load(&database, database.last_insert_rowid()).unwrap().as_deref(), Some(text));
    }
}
