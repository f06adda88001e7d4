//! Remembers which answer belongs to which question for a while: an edit of the question updates the answer, a deletion
//! deletes it. Also remembers which feedback was given. Kept in memory only, and bounded in number and time.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use serenity::all::MessageId;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use tokio::time::Instant;

/// How long an answer follows its question. People correct a question within minutes.
pub const FOLLOWED_FOR: Duration = Duration::from_secs(60 * 60);

/// Questions followed at once. At about 250 bytes each, this is 2.5 MB.
pub const FOLLOWED_MAX: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// The state of one followed question.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FollowedQuestion {
    /// The bot's answer, once it is posted.
    pub answer: Option<MessageId>,
    /// A hash of the text that the answer is for. A hash, so that no member's words are stored.
    pub text_hash: u64,
    /// Whether the bot answered without being asked.
    pub unasked: bool,
    /// Whether it was asked in direct messages.
    pub direct: bool,
    /// The id of the entry in whose context it was asked.
    pub context: Option<String>,
}

/// Exclusive access to one followed question. Other tasks wait for it.
pub type Claim = OwnedMutexGuard<FollowedQuestion>;

/// A followed question as events see it.
#[derive(Debug)]
struct Slot {
    since: Instant,
    question: Arc<AsyncMutex<FollowedQuestion>>,
    /// The number of changes read so far. Only the newest change is carried out.
    changes: Arc<AtomicU64>,
}

/// An edit or a deletion of a followed question that has been read but not yet carried out.
#[derive(Debug)]
pub struct PendingChange {
    question: Arc<AsyncMutex<FollowedQuestion>>,
    changes: Arc<AtomicU64>,
    number: u64,
}

impl PendingChange {
    /// Waits for exclusive access to the question. Returns `None` if a newer change arrived meanwhile: that one is
    /// carried out instead, so that the order in which tasks run does not matter.
    pub async fn claim(self) -> Option<Claim> {
        let claim = self.question.lock_owned().await;
        (self.changes.load(Ordering::Acquire) == self.number).then_some(claim)
    }
}

/// All followed questions.
#[derive(Debug)]
pub struct FollowedQuestions {
    slots: Mutex<LruCache<MessageId, Slot>>,
}

impl Default for FollowedQuestions {
    fn default() -> Self {
        Self { slots: Mutex::new(LruCache::new(FOLLOWED_MAX)) }
    }
}

impl FollowedQuestions {
    /// Starts to follow a question. Returns `None` if it is followed already, because then another task answers it.
    /// Call it when the question's event is read: later events of the same question then find it, whichever task runs
    /// first.
    pub fn claim(&self, question: MessageId) -> Option<Claim> {
        let mut slots = self.lock();
        if slots.peek(&question).is_some_and(|slot| slot.since.elapsed() < FOLLOWED_FOR) {
            return None;
        }
        let state = Arc::new(AsyncMutex::default());
        slots.put(question, Slot { since: Instant::now(), question: Arc::clone(&state), changes: Arc::default() });
        // No other task has seen the new mutex, so this succeeds.
        state.try_lock_owned().ok()
    }

    /// Stops following a question. It was not answered and may be claimed again.
    pub fn abandon(&self, question: MessageId) {
        self.lock().pop(&question);
    }

    /// Returns the id of the entry in whose context a question was asked. `None` if it has no context or is not
    /// followed, or while another task uses it.
    pub fn context(&self, question: MessageId) -> Option<String> {
        let question = Arc::clone(&self.lock().peek(&question)?.question);
        question.try_lock().ok()?.context.clone()
    }

    /// Registers an edit or a deletion. Returns `None` if the question is not followed. Call it when the event is read.
    pub fn change(&self, question: MessageId) -> Option<PendingChange> {
        let slots = self.lock();
        let slot = slots.peek(&question).filter(|slot| slot.since.elapsed() < FOLLOWED_FOR)?;
        let number = slot.changes.fetch_add(1, Ordering::AcqRel) + 1;
        Some(PendingChange { question: Arc::clone(&slot.question), changes: Arc::clone(&slot.changes), number })
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<MessageId, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Feedback remembered. Feedback removes its button, so this only matters for a second press before the button
/// disappears.
const MARKS_MAX: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

/// The feedback buttons that were pressed recently: the message and the `custom_id`, because editing a question can
/// bring another reply.
#[derive(Debug)]
pub struct FeedbackMarks(Mutex<LruCache<(MessageId, String), ()>>);

impl Default for FeedbackMarks {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MARKS_MAX)))
    }
}

impl FeedbackMarks {
    /// Records a press. Returns whether it is the first one of this button.
    pub fn mark(&self, reply: MessageId, custom_id: &str) -> bool {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        marks.put((reply, custom_id.to_owned()), ()).is_none()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    async fn answer_of(questions: &FollowedQuestions, id: u64) -> Option<MessageId> {
        questions.change(MessageId::new(id))?.claim().await?.answer
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_is_followed_for_a_limited_time() {
        let questions = FollowedQuestions::default();
        questions.claim(MessageId::new(1)).unwrap().answer = Some(MessageId::new(2));
        tokio::time::advance(FOLLOWED_FOR - Duration::from_secs(1)).await;
        assert_eq!(answer_of(&questions, 1).await, Some(MessageId::new(2)));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(questions.change(MessageId::new(1)).is_none());
        assert!(questions.change(MessageId::new(9)).is_none());
    }

    #[tokio::test]
    async fn a_question_is_claimed_once_unless_it_is_abandoned() {
        let questions = FollowedQuestions::default();
        assert!(questions.claim(MessageId::new(1)).is_some());
        assert!(questions.claim(MessageId::new(1)).is_none());
        questions.abandon(MessageId::new(1));
        assert!(questions.claim(MessageId::new(1)).is_some());
    }

    #[tokio::test]
    async fn the_context_of_a_followed_question_is_known_once_it_is_answered() {
        let questions = FollowedQuestions::default();
        let mut claim = questions.claim(MessageId::new(1)).unwrap();
        claim.context = Some("why".into());
        assert_eq!(questions.context(MessageId::new(1)), None);
        drop(claim);
        assert_eq!(questions.context(MessageId::new(1)).as_deref(), Some("why"));
        assert_eq!(questions.context(MessageId::new(2)), None);
    }

    #[tokio::test]
    async fn an_edit_waits_for_the_answer_in_progress() {
        let questions = FollowedQuestions::default();
        let mut claim = questions.claim(MessageId::new(1)).unwrap();
        let edit = questions.change(MessageId::new(1)).unwrap();
        let edit = tokio::spawn(async move { edit.claim().await.unwrap().answer });
        tokio::task::yield_now().await;
        assert!(!edit.is_finished());
        claim.answer = Some(MessageId::new(7));
        drop(claim);
        assert_eq!(edit.await.unwrap(), Some(MessageId::new(7)));
    }

    #[tokio::test]
    async fn only_the_newest_change_is_carried_out_in_whatever_order_tasks_run() {
        let questions = FollowedQuestions::default();
        drop(questions.claim(MessageId::new(1)));
        let first = questions.change(MessageId::new(1)).unwrap();
        let second = questions.change(MessageId::new(1)).unwrap();
        assert!(second.claim().await.is_some());
        assert!(first.claim().await.is_none());
    }

    #[test]
    fn the_oldest_question_is_forgotten_first() {
        let questions = FollowedQuestions::default();
        for id in 1..=FOLLOWED_MAX.get() as u64 + 1 {
            drop(questions.claim(MessageId::new(id)));
        }
        assert!(questions.change(MessageId::new(1)).is_none());
        assert!(questions.change(MessageId::new(2)).is_some());
    }
}
