//! Hashes of features, and a map for keys that are hashes already.
//! FNV-1a: a published, fixed function, so that the same file makes the same index on every machine.

use std::hash::{BuildHasherDefault, Hasher};

/// The 64-bit offset basis of FNV-1a (Fowler, Noll, Vo).
const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// The 64-bit prime of FNV-1a.
const PRIME: u64 = 0x0100_0000_01b3;

/// The hash of letters; `kind` tells features apart that have the same letters.
pub(super) fn hash(kind: u8, letters: impl IntoIterator<Item = char>) -> u64 {
    let state = (OFFSET_BASIS ^ u64::from(kind)).wrapping_mul(PRIME);
    letters.into_iter().fold(state, |state, letter| (state ^ u64::from(letter)).wrapping_mul(PRIME))
}

/// Builds the hasher of a map whose keys are such hashes. The keys of a map come from the curated file, never from
/// questions, so nobody can choose keys that collide.
pub(super) type Hashed = BuildHasherDefault<KeyIsHash>;

/// Takes a `u64` key as its own hash, its high bits mixed in since FNV-1a is weakest in the low ones.
#[derive(Debug, Default)]
pub(super) struct KeyIsHash(u64);

impl Hasher for KeyIsHash {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash(0, bytes.iter().map(|&byte| char::from(byte)));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}
