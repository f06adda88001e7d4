//! What moderators are about to change and have not saved: what was typed, and the edit that it makes.
//! Kept in memory, so a restart forgets drafts; whoever sends the form of a forgotten one gets its words back.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use serenity::all::UserId;

use super::action::DraftId;
use super::form::{Subject, Typed};
use crate::discord::interaction::error::Refusal;
use crate::moderation::EditRefusal::Conflict;
use crate::moderation::history::RevisionId;
use crate::moderation::unanswered::QuestionKey;
use crate::moderation::{Edit, EditError};

/// How many drafts are kept: those of all moderators in an hour. A draft has some kilobytes, or a whole file that is imported.
const DRAFTS_MAX: NonZeroUsize = NonZeroUsize::new(32).unwrap();

/// What somebody is about to change.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Whose it is; nobody else can save it.
    pub owner: UserId,
    /// What the form is for and what was typed into it; none for what has no form.
    pub form: Option<(Subject, Typed)>,
    /// The edit that would be made, and of which file; none until the form was sent and makes sense.
    pub edit: Option<(PathBuf, Edit)>,
    /// The revision whose text the edit brings back, if it does.
    pub restores: Option<RevisionId>,
    /// Whether its owner was told that somebody else changed the same meanwhile.
    pub contested: bool,
    /// The questions that nobody could answer and that this deals with.
    pub settles: Vec<QuestionKey>,
    /// Whether it is being saved; all clones of a draft share this.
    pub(super) saving: Arc<AtomicBool>,
}

impl Draft {
    /// A draft of something to be typed.
    #[must_use]
    pub fn to_type(owner: UserId, subject: Subject, typed: Typed) -> Self {
        Self::new(owner, Some((subject, typed)), None)
    }

    /// A draft of an edit that needs no typing.
    #[must_use]
    pub fn of(owner: UserId, file: PathBuf, edit: Edit) -> Self {
        Self::new(owner, None, Some((file, edit)))
    }

    fn new(owner: UserId, form: Option<(Subject, Typed)>, edit: Option<(PathBuf, Edit)>) -> Self {
        Self { owner, form, edit, restores: None, contested: false, settles: Vec::new(), saving: Arc::default() }
    }
}

/// The drafts, the latest used first.
#[derive(Debug)]
pub struct Drafts(Mutex<LruCache<DraftId, Draft>>);

impl Default for Drafts {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(DRAFTS_MAX)))
    }
}

impl Drafts {
    /// Keeps a draft.
    #[must_use]
    pub fn keep(&self, draft: Draft) -> DraftId {
        let id = DraftId(fastrand::u64(..));
        self.replace(id, draft);
        id
    }

    /// Keeps a draft under the name that it has.
    pub fn replace(&self, id: DraftId, draft: Draft) {
        self.locked().put(id, draft);
    }

    /// Somebody's own draft.
    ///
    /// # Errors
    /// If it is forgotten, or somebody else's.
    pub fn get(&self, id: DraftId, owner: UserId) -> Result<Draft, Refusal> {
        let draft = self.locked().get(&id).cloned().ok_or(Refusal::DraftGone)?;
        if draft.owner == owner { Ok(draft) } else { Err(Refusal::NotYourDraft) }
    }

    /// Begins to save somebody's own draft. Returns `None` while it is being saved already, and when there is no such draft.
    pub fn begin_save(&self, id: DraftId, owner: UserId) -> Option<(Draft, SaveGuard)> {
        let draft = self.get(id, owner).ok()?;
        if draft.saving.swap(true, Ordering::Acquire) {
            return None;
        }
        // Create the guard only now: a guard that is created for a refused save would end the save that is under way.
        let guard = SaveGuard(Arc::clone(&draft.saving));
        // A save that has just ended has forgotten the draft.
        self.get(id, owner).ok().map(|draft| (draft, guard))
    }

    /// Notes that a draft's edit was refused because somebody else changed the same, if that is why.
    pub fn contest(&self, id: DraftId, error: &EditError) {
        if let EditError::Refused(Conflict(_)) = error
            && let Some(draft) = self.locked().get_mut(&id)
        {
            draft.contested = true;
        }
    }

    /// Forgets a draft.
    pub fn forget(&self, id: DraftId) {
        self.locked().pop(&id);
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, LruCache<DraftId, Draft>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks a draft as being saved until it is dropped. Dropping it takes no lock, so it may happen anywhere.
#[derive(Debug)]
pub struct SaveGuard(Arc<AtomicBool>);

impl Drop for SaveGuard {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_draft_is_its_owners_until_it_is_forgotten() {
        let drafts = Drafts::default();
        let (mine, yours) = (UserId::new(1), UserId::new(2));
        let draft = || Draft::of(mine, "a.json".into(), Edit::AddWording { id: "a".into(), wording: "b".into() });
        let id = drafts.keep(draft());
        assert!(drafts.get(id, mine).is_ok());
        assert_eq!(drafts.get(id, yours).err(), Some(Refusal::NotYourDraft));
        drafts.forget(id);
        assert_eq!(drafts.get(id, mine).err(), Some(Refusal::DraftGone));
        let first = drafts.keep(draft());
        for _ in 0..DRAFTS_MAX.get() {
            _ = drafts.keep(draft());
        }
        assert_eq!(drafts.get(first, mine).err(), Some(Refusal::DraftGone));
    }

    #[test]
    fn a_draft_is_saved_by_one_press_at_a_time_without_stalling_the_others() {
        let drafts = Drafts::default();
        let owner = UserId::new(1);
        let id =
            drafts.keep(Draft::of(owner, "a.json".into(), Edit::AddWording { id: "a".into(), wording: "b".into() }));
        let (draft, guard) = drafts.begin_save(id, owner).unwrap();
        // The second press must return at once; it used to wait for a lock that its own thread held.
        assert!(drafts.begin_save(id, owner).is_none());
        assert!(drafts.begin_save(id, UserId::new(2)).is_none(), "somebody else's draft");
        drafts.replace(id, Draft { contested: true, ..draft });
        assert!(drafts.begin_save(id, owner).is_none(), "a changed draft is still being saved");
        drop(guard);
        let saved = drafts.begin_save(id, owner).unwrap();
        drafts.forget(id);
        drop(saved);
        assert!(drafts.begin_save(id, owner).is_none(), "a saved draft is gone");
    }
}
