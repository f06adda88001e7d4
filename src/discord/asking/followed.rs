//! Which answer belongs to which question, for a while: an edited question updates its answer, a deleted one removes it.
//! In memory only, bounded in number and time.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use serenity::all::MessageId;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use tokio::time::Instant;

/// How long an answer follows its question; people mend a question within minutes.
pub const FOLLOWED_FOR: Duration = Duration::from_secs(60 * 60);

/// How many questions are followed at once; at about 200 bytes each this is 2 MB.
pub const FOLLOWED_MAX: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// What is known of a question in a channel.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Followed {
    /// The bot's message that answers it, once there is one.
    pub answer: Option<MessageId>,
    /// The text that the answer was made for; a hash, so that nobody's words are kept.
    pub text_hash: u64,
    /// Whether the bot answered unasked.
    pub unasked: bool,
}

/// The questions with the time since which each is followed.
type Slots = LruCache<MessageId, (Instant, Arc<AsyncMutex<Followed>>)>;

/// Held by whoever works on one question; others that come for it wait.
pub type Slot = OwnedMutexGuard<Followed>;

/// The questions that are followed.
#[derive(Debug)]
pub struct Answers {
    slots: Mutex<Slots>,
}

impl Default for Answers {
    fn default() -> Self {
        Self { slots: Mutex::new(LruCache::new(FOLLOWED_MAX)) }
    }
}

impl Answers {
    /// Begins to follow a question; none if it is followed already, and so somebody else's to answer.
    pub fn claim(&self, question: MessageId) -> Option<Slot> {
        let mut slots = self.lock();
        let followed = slots.peek(&question).is_some_and(|(since, _)| since.elapsed() < FOLLOWED_FOR);
        if followed {
            return None;
        }
        let slot = Arc::new(AsyncMutex::default());
        slots.put(question, (Instant::now(), Arc::clone(&slot)));
        // Nobody else has seen it yet.
        slot.try_lock_owned().ok()
    }

    /// Follows a question no more: it was not answered, and may be claimed again.
    pub fn abandon(&self, question: MessageId) {
        self.lock().pop(&question);
    }

    /// The question, if it is followed; waits while it is being answered.
    pub async fn find(&self, question: MessageId) -> Option<Slot> {
        let slot = match self.lock().peek(&question) {
            Some((since, slot)) if since.elapsed() < FOLLOWED_FOR => Arc::clone(slot),
            _ => return None,
        };
        Some(slot.lock_owned().await)
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_question_is_followed_for_its_time_and_no_longer() {
        let answers = Answers::default();
        answers.claim(MessageId::new(1)).unwrap().answer = Some(MessageId::new(2));
        tokio::time::advance(FOLLOWED_FOR - Duration::from_secs(1)).await;
        assert_eq!(answers.find(MessageId::new(1)).await.unwrap().answer, Some(MessageId::new(2)));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(answers.find(MessageId::new(1)).await.is_none());
        assert!(answers.find(MessageId::new(9)).await.is_none());
    }

    #[tokio::test]
    async fn a_question_is_claimed_once_unless_it_is_abandoned() {
        let answers = Answers::default();
        assert!(answers.claim(MessageId::new(1)).is_some());
        assert!(answers.claim(MessageId::new(1)).is_none());
        answers.abandon(MessageId::new(1));
        assert!(answers.claim(MessageId::new(1)).is_some());
    }

    #[tokio::test]
    async fn an_edit_waits_for_the_answer_that_is_under_way() {
        let answers = Arc::new(Answers::default());
        let mut slot = answers.claim(MessageId::new(1)).unwrap();
        let edit = tokio::spawn({
            let answers = Arc::clone(&answers);
            async move { answers.find(MessageId::new(1)).await.unwrap().answer }
        });
        tokio::task::yield_now().await;
        assert!(!edit.is_finished());
        slot.answer = Some(MessageId::new(7));
        drop(slot);
        assert_eq!(edit.await.unwrap(), Some(MessageId::new(7)));
    }

    #[tokio::test]
    async fn the_oldest_is_forgotten_first() {
        let answers = Answers::default();
        for id in 1..=FOLLOWED_MAX.get() as u64 + 1 {
            drop(answers.claim(MessageId::new(id)));
        }
        assert!(answers.find(MessageId::new(1)).await.is_none());
        assert!(answers.find(MessageId::new(2)).await.is_some());
    }
}
