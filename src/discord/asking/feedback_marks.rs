//! Which answers were marked as not meant, of late: each is noted once.
//! In memory only, bounded in number.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;
use serenity::all::MessageId;

/// How many marked answers are remembered. A mark takes its button off the answer; this is for a second press that comes
/// before that is seen.
const DOUBTED_MAX: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

/// The answers that were marked of late: the message, and the entry, since an edited question brings another.
#[derive(Debug)]
pub struct Doubted(Mutex<LruCache<(MessageId, String), ()>>);

impl Default for Doubted {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(DOUBTED_MAX)))
    }
}

impl Doubted {
    /// Whether this answer is marked for the first time.
    pub fn is_first(&self, answer: MessageId, entry: &str) -> bool {
        let mut marked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        marked.put((answer, entry.to_owned()), ()).is_none()
    }
}
