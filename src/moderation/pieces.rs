//! Whole texts kept in little room: cut into pieces where the text itself says, and each distinct piece kept once.
//! Two revisions of a file share all pieces but those around a change; no text depends on another's being there.

use rusqlite::{OptionalExtension as _, Transaction, params};
use sha2::{Digest as _, Sha256};

/// The least length of a piece in bytes (the last one of a text aside), so that a repetitive text is not cut into crumbs.
const PIECE_LEAST: usize = 1024;

/// The greatest, for texts that offer no cut.
const PIECE_MOST: usize = 16 * 1024;

/// A cut is where this many high bits of the rolling hash are zero: on average 4 KiB after the least length. One edit of a
/// file of 1.3 MB then adds 14 kB to the database, so ten edits a day add 50 MB a year; longer pieces make the pieces of an
/// edit larger, shorter ones the list of them.
const CUT_BITS: u32 = 12;

/// One random-looking number a byte (SplitMix64 of its value), for the gear hash.
const GEAR: [u64; 256] = {
    let mut gear = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut mixed = (byte as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        gear[byte] = mixed ^ (mixed >> 31);
        byte += 1;
    }
    gear
};

/// What names a text, or a piece of one: SHA-256.
pub(super) type Hash = [u8; 32];

/// The name of a text.
pub(super) fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// Cuts by the gear hash (Xia et al., "Ddelta", 2014): its high bits depend on the 64 bytes before the cut alone, so that
/// behind a change the cuts fall where they fell before.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut rolling: u64 = 0;
        let cut = rest.iter().take(PIECE_MOST).enumerate().find_map(|(place, &byte)| {
            rolling = (rolling << 1).wrapping_add(GEAR[usize::from(byte)]);
            (place + 1 >= PIECE_LEAST && rolling >> (u64::BITS - CUT_BITS) == 0).then_some(place + 1)
        });
        let (piece, after) = rest.split_at(cut.unwrap_or(PIECE_MOST.min(rest.len())));
        rest = after;
        Some(piece)
    })
}

/// Keeps a text, if it is not kept yet; its number in the table `text`.
pub(super) fn keep(writing: &Transaction<'_>, text: &str) -> rusqlite::Result<i64> {
    let name = hash(text.as_bytes());
    let known = writing.query_row("SELECT id FROM text WHERE hash = ?1", [name], |row| row.get(0)).optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    let mut find = writing.prepare("SELECT id FROM piece WHERE hash = ?1")?;
    let mut insert = writing.prepare("INSERT INTO piece (hash, content) VALUES (?1, ?2)")?;
    let mut list = Vec::new();
    for piece in pieces(text.as_bytes()) {
        let name = hash(piece);
        let known: Option<i64> = find.query_row([name], |row| row.get(0)).optional()?;
        let id = known.map_or_else(|| insert.insert(params![name, piece]), Ok)?;
        list.extend(id.to_le_bytes());
    }
    writing.prepare("INSERT INTO text (hash, pieces) VALUES (?1, ?2)")?.insert(params![name, list])
}

/// The text of a number, put together again; nothing if it is not what was kept.
pub(super) fn text(reading: &rusqlite::Connection, id: i64) -> rusqlite::Result<Option<String>> {
    let (name, list): (Hash, Vec<u8>) =
        reading.query_row("SELECT hash, pieces FROM text WHERE id = ?1", [id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut find = reading.prepare("SELECT content FROM piece WHERE id = ?1")?;
    let mut bytes = Vec::new();
    for &piece in list.as_chunks::<8>().0 {
        let piece: Option<Vec<u8>> = find.query_row([i64::from_le_bytes(piece)], |row| row.get(0)).optional()?;
        bytes.extend(piece.unwrap_or_default());
    }
    Ok(if hash(&bytes) == name { String::from_utf8(bytes).ok() } else { None })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// Text that does not repeat itself, the same on every machine.
    fn prose(words: u64) -> String {
        (0..words).map(|number| format!("{:x} ", (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))).collect()
    }

    #[test]
    fn a_change_touches_few_pieces() {
        let old = prose(20_000);
        let known: HashSet<&[u8]> = pieces(old.as_bytes()).collect();
        assert!(known.len() > 50);
        for place in [0, 1, 100_000, 200_001, old.len()] {
            let new = format!("{}a changed word {}", &old[..place], &old[place..]);
            let fresh = pieces(new.as_bytes()).filter(|piece| !known.contains(piece)).count();
            assert!((1..=3).contains(&fresh), "{fresh} new pieces for a change at {place}");
        }
    }

    #[test]
    fn texts_that_offer_no_cut_are_cut_all_the_same() {
        for text in ["a".repeat(100_000), String::new(), "x".into()] {
            assert!(pieces(text.as_bytes()).all(|piece| piece.len() <= PIECE_MOST));
            assert_eq!(pieces(text.as_bytes()).collect::<Vec<_>>().concat(), text.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn pieces_are_the_text(text in proptest::collection::vec(any::<u8>(), 0..60_000)) {
            let cut: Vec<&[u8]> = pieces(&text).collect();
            prop_assert_eq!(cut.concat(), text.as_slice());
            let all_but_last = cut.len().saturating_sub(1);
            let in_bounds = |piece: &&[u8]| (PIECE_LEAST..=PIECE_MOST).contains(&piece.len());
            prop_assert!(cut[..all_but_last].iter().all(in_bounds));
        }
    }
}
