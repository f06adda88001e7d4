//! The drafts of moderators: the text typed into a form, and the edit made from it. Drafts are in memory only. After a
//! restart, a moderator who submits an open form gets the typed text back, to copy it.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use serenity::all::UserId;

use super::action::DraftId;
use super::form::{FormSubject, FormText};
use crate::discord::interaction::error::Refusal;
use crate::moderation::EditRefusal::Conflict;
use crate::moderation::history::RevisionId;
use crate::moderation::unanswered::QuestionKey;
use crate::moderation::{Edit, EditError};

/// The most drafts: about as many as all moderators make in an hour. A draft takes a few kilobytes, or the size of an
/// imported file. The least recently used draft is dropped.
const DRAFTS_MAX: NonZeroUsize = NonZeroUsize::new(32).unwrap();

/// A change that is not saved yet.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The moderator who started it. No other user can save it.
    pub owner: UserId,
    /// The subject of the form and the text typed into it. `None` if the change has no form.
    pub form: Option<(FormSubject, FormText)>,
    /// The file and the edit. `None` until a valid form was submitted.
    pub edit: Option<(PathBuf, Edit)>,
    /// The revision whose text the edit restores, if any.
    pub restores: Option<RevisionId>,
    /// Whether the edit was refused because another moderator changed the same item. The owner has seen that change.
    pub conflicts: bool,
    /// The unanswered questions to remove from the list when the edit is saved.
    pub resolves: Vec<QuestionKey>,
    /// Whether the draft is being saved. All clones of a draft share this flag.
    pub(super) saving: Arc<AtomicBool>,
}

impl Draft {
    /// Creates a draft with a form.
    #[must_use]
    pub fn with_form(owner: UserId, subject: FormSubject, typed: FormText) -> Self {
        Self::new(owner, Some((subject, typed)), None)
    }

    /// Creates a draft of an edit that needs no form.
    #[must_use]
    pub fn with_edit(owner: UserId, file: PathBuf, edit: Edit) -> Self {
        Self::new(owner, None, Some((file, edit)))
    }

    fn new(owner: UserId, form: Option<(FormSubject, FormText)>, edit: Option<(PathBuf, Edit)>) -> Self {
        Self { owner, form, edit, restores: None, conflicts: false, resolves: Vec::new(), saving: Arc::default() }
    }
}

/// All drafts.
#[derive(Debug)]
pub struct Drafts(Mutex<LruCache<DraftId, Draft>>);

impl Default for Drafts {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(DRAFTS_MAX)))
    }
}

impl Drafts {
    /// Stores a draft under a new id.
    #[must_use]
    pub fn add(&self, draft: Draft) -> DraftId {
        let id = DraftId(fastrand::u64(..));
        self.replace(id, draft);
        id
    }

    /// Stores a draft under its id.
    pub fn replace(&self, id: DraftId, draft: Draft) {
        self.lock().put(id, draft);
    }

    /// Returns a copy of a draft, if it belongs to this owner.
    ///
    /// # Errors
    /// If there is no such draft, or it belongs to another user.
    pub fn get(&self, id: DraftId, owner: UserId) -> Result<Draft, Refusal> {
        let draft = self.lock().get(&id).cloned().ok_or(Refusal::DraftGone)?;
        if draft.owner == owner { Ok(draft) } else { Err(Refusal::NotYourDraft) }
    }

    /// Marks a draft as being saved. Returns `None` if the draft is already being saved, no longer exists, or belongs
    /// to another user.
    pub fn begin_save(&self, id: DraftId, owner: UserId) -> Option<(Draft, SaveGuard)> {
        let draft = self.get(id, owner).ok()?;
        if draft.saving.swap(true, Ordering::Acquire) {
            return None;
        }
        // Create the guard only after the check: a guard for a refused save would clear the flag of the save in
        // progress.
        let guard = SaveGuard(Arc::clone(&draft.saving));
        // Look again: a save that succeeded after the first `get` has discarded the draft.
        self.get(id, owner).ok().map(|draft| (draft, guard))
    }

    /// Marks a draft if its edit was refused because another moderator changed the same item.
    pub fn record_conflict(&self, id: DraftId, error: &EditError) {
        if let EditError::Refused(Conflict(_)) = error
            && let Some(draft) = self.lock().get_mut(&id)
        {
            draft.conflicts = true;
        }
    }

    /// Discards a draft.
    pub fn discard(&self, id: DraftId) {
        self.lock().pop(&id);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<DraftId, Draft>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks a draft as being saved until the guard is dropped. Dropping it takes no lock, so it cannot deadlock.
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
    fn a_draft_belongs_to_its_owner_until_it_is_discarded() {
        let drafts = Drafts::default();
        let (mine, yours) = (UserId::new(1), UserId::new(2));
        let draft =
            || Draft::with_edit(mine, "a.json".into(), Edit::AddWording { id: "a".into(), wording: "b".into() });
        let id = drafts.add(draft());
        assert!(drafts.get(id, mine).is_ok());
        assert_eq!(drafts.get(id, yours).err(), Some(Refusal::NotYourDraft));
        drafts.discard(id);
        assert_eq!(drafts.get(id, mine).err(), Some(Refusal::DraftGone));
        let first = drafts.add(draft());
        for _ in 0..DRAFTS_MAX.get() {
            _ = drafts.add(draft());
        }
        assert_eq!(drafts.get(first, mine).err(), Some(Refusal::DraftGone));
    }

    #[test]
    fn a_draft_is_saved_by_one_press_at_a_time_without_stalling_the_others() {
        let drafts = Drafts::default();
        let owner = UserId::new(1);
        let id = drafts.add(Draft::with_edit(
            owner,
            "a.json".into(),
            Edit::AddWording { id: "a".into(), wording: "b".into() },
        ));
        let (draft, guard) = drafts.begin_save(id, owner).unwrap();
        // The second press must return at once; it used to wait for a lock that its own thread held.
        assert!(drafts.begin_save(id, owner).is_none());
        assert!(drafts.begin_save(id, UserId::new(2)).is_none(), "another user's draft");
        drafts.replace(id, Draft { conflicts: true, ..draft });
        assert!(drafts.begin_save(id, owner).is_none(), "a changed draft is still being saved");
        drop(guard);
        let saved = drafts.begin_save(id, owner).unwrap();
        drafts.discard(id);
        drop(saved);
        assert!(drafts.begin_save(id, owner).is_none(), "a saved draft is gone");
    }
}
