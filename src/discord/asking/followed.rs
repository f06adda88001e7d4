//! Remembers which answer belongs to which question for a while: an edit of the question updates the answer, a deletion
//! deletes it. Also remembers which feedback was given. Kept in memory only, and bounded in number and time.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use serenity::all::MessageId;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use tokio::time::Instant;

use crate::discord::transport::message::MessageUpdate;
use crate::library::scope::Scope;

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
    /// The documents that answer it.
    pub scope: Scope,
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
    changes: Arc<Mutex<Changes>>,
}

/// The changes of a followed question that events have reported.
#[derive(Debug, Default)]
struct Changes {
    /// The newest edit that no task has carried out. One task waits for it.
    edit: Option<Box<MessageUpdate>>,
    deleted: bool,
}

/// An edit of a followed question that has been read but not yet carried out. Newer edits replace its text until then.
#[derive(Debug)]
pub struct PendingEdit {
    question: Arc<AsyncMutex<FollowedQuestion>>,
    changes: Arc<Mutex<Changes>>,
}

impl PendingEdit {
    /// Waits for exclusive access to the question, and returns it together with the newest edit. Returns `None` if the
    /// question was deleted meanwhile.
    pub async fn claim(self) -> Option<(Claim, Box<MessageUpdate>)> {
        let claim = self.question.lock_owned().await;
        let edit = lock(&self.changes).edit.take();
        edit.map(|edit| (claim, edit))
    }
}

/// The deletion of a followed question that has been read but not yet carried out.
#[derive(Debug)]
pub struct PendingDeletion(Arc<AsyncMutex<FollowedQuestion>>);

impl PendingDeletion {
    /// Waits for exclusive access to the question.
    pub async fn claim(self) -> Claim {
        self.0.lock_owned().await
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

    /// Whether the bot follows this question.
    pub fn follows(&self, question: MessageId) -> bool {
        followed(&self.lock(), question).is_some()
    }

    /// Registers an edit. Returns `None` if the question is not followed or was deleted, or if an earlier edit is still
    /// pending, which this one then replaces. So each question has at most one pending edit. Call it when the event is
    /// read.
    pub fn edit(&self, update: Box<MessageUpdate>) -> Option<PendingEdit> {
        let slots = self.lock();
        let slot = followed(&slots, update.id)?;
        let mut changes = lock(&slot.changes);
        if changes.deleted {
            return None;
        }
        let replaced = changes.edit.replace(update);
        let pending = PendingEdit { question: Arc::clone(&slot.question), changes: Arc::clone(&slot.changes) };
        replaced.is_none().then_some(pending)
    }

    /// Registers a deletion. Returns `None` if the question is not followed or its deletion is registered already. Call
    /// it when the event is read.
    pub fn delete(&self, question: MessageId) -> Option<PendingDeletion> {
        let slots = self.lock();
        let slot = followed(&slots, question)?;
        let mut changes = lock(&slot.changes);
        changes.edit = None;
        let first = !std::mem::replace(&mut changes.deleted, true);
        first.then(|| PendingDeletion(Arc::clone(&slot.question)))
    }

    /// Whether an edit with this text would change nothing: the answer is for this text, and no other edit is pending.
    /// `false` while another task uses the question.
    pub fn is_answered(&self, question: MessageId, text_hash: u64) -> bool {
        let slots = self.lock();
        let Some(slot) = followed(&slots, question) else { return false };
        let unchanged = lock(&slot.changes).edit.is_none();
        unchanged && slot.question.try_lock().is_ok_and(|question| question.text_hash == text_hash)
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<MessageId, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The slot of a question that is still followed.
fn followed(slots: &LruCache<MessageId, Slot>, question: MessageId) -> Option<&Slot> {
    slots.peek(&question).filter(|slot| slot.since.elapsed() < FOLLOWED_FOR)
}

fn lock(changes: &Mutex<Changes>) -> MutexGuard<'_, Changes> {
    changes.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn followed(questions: &FollowedQuestions, id: u64) -> bool {
        questions.edit(update(id, "")).is_some()
    }

    fn update(id: u64, content: &str) -> Box<MessageUpdate> {
        let json = serde_json::json!({ "id": id.to_string(), "channel_id": "1", "content": content });
        Box::new(serde_json::from_value(json).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_is_followed_for_a_limited_time() {
        let questions = FollowedQuestions::default();
        drop(questions.claim(MessageId::new(1)));
        tokio::time::advance(FOLLOWED_FOR - Duration::from_secs(1)).await;
        assert!(followed(&questions, 1));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!followed(&questions, 1) && questions.delete(MessageId::new(1)).is_none());
        assert!(!followed(&questions, 9));
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
        let edit = questions.edit(update(1, "a")).unwrap();
        let edit = tokio::spawn(async move { edit.claim().await.unwrap().0.answer });
        tokio::task::yield_now().await;
        assert!(!edit.is_finished());
        claim.answer = Some(MessageId::new(7));
        drop(claim);
        assert_eq!(edit.await.unwrap(), Some(MessageId::new(7)));
    }

    #[tokio::test]
    async fn only_the_newest_edit_is_carried_out_and_one_task_waits_for_it() {
        let questions = FollowedQuestions::default();
        let first = questions.claim(MessageId::new(1));
        let edit = questions.edit(update(1, "a")).unwrap();
        assert!((0..100).all(|_| questions.edit(update(1, "b")).is_none()));
        assert!(questions.edit(update(1, "c")).is_none());
        drop(first);
        assert_eq!(edit.claim().await.unwrap().1.content.as_deref(), Some("c"));
        assert!(questions.edit(update(1, "d")).is_some(), "the next edit needs a task of its own");
    }

    #[tokio::test]
    async fn a_deletion_ends_pending_edits_and_happens_once() {
        let questions = FollowedQuestions::default();
        questions.claim(MessageId::new(1)).unwrap().answer = Some(MessageId::new(7));
        let edit = questions.edit(update(1, "a")).unwrap();
        let deletion = questions.delete(MessageId::new(1)).unwrap();
        assert!(questions.delete(MessageId::new(1)).is_none());
        assert!(questions.edit(update(1, "b")).is_none());
        assert!(edit.claim().await.is_none());
        assert_eq!(deletion.claim().await.answer, Some(MessageId::new(7)));
    }

    #[tokio::test]
    async fn a_text_that_is_answered_needs_no_edit() {
        let questions = FollowedQuestions::default();
        let mut claim = questions.claim(MessageId::new(1)).unwrap();
        claim.text_hash = 5;
        assert!(!questions.is_answered(MessageId::new(1), 5), "the answer is in progress");
        drop(claim);
        assert!(questions.is_answered(MessageId::new(1), 5) && !questions.is_answered(MessageId::new(1), 6));
        let _edit = questions.edit(update(1, "a"));
        assert!(!questions.is_answered(MessageId::new(1), 5), "the pending edit is for another text");
    }

    #[test]
    fn the_oldest_question_is_forgotten_first() {
        let questions = FollowedQuestions::default();
        for id in 1..=FOLLOWED_MAX.get() as u64 + 1 {
            drop(questions.claim(MessageId::new(id)));
        }
        assert!(!followed(&questions, 1) && followed(&questions, 2));
    }
}
