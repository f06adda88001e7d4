//! The drafts of moderators: the text typed into a form, and the edit made from it. Drafts are in memory only. After a
//! restart, a moderator who submits an open form gets the typed text back, to copy it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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

/// The most drafts of one moderator: a person works on one or two, and opens a few more to look at. So one moderator
/// cannot make the bot forget the drafts of the others.
const DRAFTS_PER_OWNER_MAX: usize = 8;

/// The most drafts of all moderators: eight moderators at their limit. Most drafts take a few kilobytes.
const DRAFTS_MAX: usize = 8 * DRAFTS_PER_OWNER_MAX;

/// The most bytes of large texts (imports, restored and undone revisions, entries with very many wordings) in all
/// drafts: four imports of the greatest size. The newest draft is kept whatever its size, so that a revision of a
/// larger file can be undone.
const TEXT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Drafts with fewer bytes do not count towards [`TEXT_BYTES_MAX`]. All of them together take at most 4 MiB.
const SMALL_BYTES: usize = 64 * 1024;

/// A change that is not saved yet.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The moderator who started it. No other user can save it.
    pub owner: UserId,
    /// The subject of the form and the text typed into it. `None` if the change has no form.
    pub form: Option<(FormSubject, FormText)>,
    /// The file and the edit, which may contain the text of whole files, so clones share it. `None` until a valid form
    /// was submitted.
    pub edit: Option<(PathBuf, Arc<Edit>)>,
    /// The revision whose text the edit restores, if any.
    pub restores: Option<RevisionId>,
    /// Whether the edit was refused because another moderator changed the same item. The owner has seen that change.
    pub conflicts: bool,
    /// The unanswered questions to remove from the list when the edit is saved.
    pub resolves: Vec<QuestionKey>,
    /// Whether the draft is being saved. All clones of a draft share this flag.
    pub(super) saving: Arc<AtomicBool>,
    /// The number of times that the form was submitted; shared by all copies.
    pub(super) submissions: Arc<AtomicU64>,
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
        Self::new(owner, None, Some((file, Arc::new(edit))))
    }

    fn new(owner: UserId, form: Option<(FormSubject, FormText)>, edit: Option<(PathBuf, Arc<Edit>)>) -> Self {
        Self {
            owner,
            form,
            edit,
            restores: None,
            conflicts: false,
            resolves: Vec::new(),
            saving: Arc::default(),
            submissions: Arc::default(),
        }
    }

    /// Counts a submission of the form. Returns its number.
    pub fn count_submission(&self) -> u64 {
        self.submissions.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Returns `true` if no other submission of the form followed this one.
    pub fn is_last_submission(&self, number: u64) -> bool {
        self.submissions.load(Ordering::Relaxed) == number
    }

    /// The bytes of the texts in the draft, or 0 if it is small.
    fn large_bytes(&self) -> usize {
        let edited = self.edit.as_ref().map_or(0, |(_, edit)| edit.text_bytes());
        let opened = match &self.form {
            Some((FormSubject::Change(_, item), _)) => item.text_bytes(),
            _ => 0,
        };
        Some(edited + opened).filter(|bytes| *bytes > SMALL_BYTES).unwrap_or(0)
    }
}

/// All drafts. Beyond a limit, the moderator with the most loses the least recently used one.
#[derive(Debug)]
pub struct Drafts(Mutex<LruCache<DraftId, Draft>>);

impl Default for Drafts {
    fn default() -> Self {
        Self(Mutex::new(LruCache::unbounded()))
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

    /// Stores a draft under its id. Drops others if there are too many.
    pub fn replace(&self, id: DraftId, draft: Draft) {
        let mut drafts = self.lock();
        drafts.put(id, draft);
        while let Some(dropped) = excess(&drafts, id) {
            drafts.pop(&dropped);
        }
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

    /// Records that the edit of a draft was refused. A draft without a form cannot be changed, so it is discarded: it may
    /// be the text of a whole file. A draft with a form is marked if another moderator changed the same item.
    pub fn record_error(&self, id: DraftId, error: &EditError) {
        let EditError::Refused(refusal) = error else { return };
        let mut drafts = self.lock();
        match drafts.get_mut(&id) {
            Some(draft) if draft.form.is_none() => _ = drafts.pop(&id),
            Some(draft) if matches!(refusal, Conflict(_)) => draft.conflicts = true,
            _ => {}
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

/// Returns a draft to drop if there are too many: the least recently used one of the moderator who has the most. Keeps
/// the newest one.
fn excess(drafts: &LruCache<DraftId, Draft>, newest: DraftId) -> Option<DraftId> {
    let owner = drafts.peek(&newest)?.owner;
    let all = || drafts.iter().map(|(_, draft)| draft);
    let of_most = |weight: fn(&Draft) -> usize, owners: &dyn Fn(UserId) -> bool| {
        // The least recently used one first.
        let others =
            drafts.iter().rev().filter(|(id, draft)| **id != newest && owners(draft.owner) && weight(draft) > 0);
        let others: Vec<_> = others.map(|(id, draft)| (*id, draft.owner)).collect();
        let total = |owner| all().filter(|draft| draft.owner == owner).map(weight).sum::<usize>();
        others.into_iter().rev().max_by_key(|(_, owner)| total(*owner)).map(|(id, _)| id)
    };
    if all().filter(|draft| draft.owner == owner).count() > DRAFTS_PER_OWNER_MAX {
        of_most(|_| 1, &|other| other == owner)
    } else if drafts.len() > DRAFTS_MAX {
        of_most(|_| 1, &|_| true)
    } else if all().map(Draft::large_bytes).sum::<usize>() > TEXT_BYTES_MAX {
        of_most(Draft::large_bytes, &|_| true)
    } else {
        None
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
    }

    fn small(owner: u64) -> Draft {
        let edit = Edit::AddWording { id: "a".into(), wording: "b".into() };
        Draft::with_edit(UserId::new(owner), "a.json".into(), edit)
    }

    fn import(owner: u64, bytes: usize) -> Draft {
        let edit = Edit::Replace { expected: None, text: "x".repeat(bytes) };
        Draft::with_edit(UserId::new(owner), "a.json".into(), edit)
    }

    /// Which of the drafts are still there.
    fn kept(drafts: &Drafts, ids: &[DraftId], owner: u64) -> Vec<bool> {
        ids.iter().map(|id| drafts.lock().peek(id).is_some_and(|draft| draft.owner.get() == owner)).collect()
    }

    #[test]
    fn one_moderator_cannot_make_the_bot_forget_the_drafts_of_others() {
        let drafts = Drafts::default();
        let mine = drafts.add(small(1));
        let flood: Vec<_> = (0..32).map(|_| drafts.add(small(2))).collect();
        assert!(drafts.get(mine, UserId::new(1)).is_ok());
        let mut expected = vec![false; 32 - DRAFTS_PER_OWNER_MAX];
        expected.extend([true; DRAFTS_PER_OWNER_MAX]);
        assert_eq!(kept(&drafts, &flood, 2), expected, "the newest stay");
        // All places are taken; the newcomer takes one of a moderator with more.
        for owner in 3..=9 {
            (0..DRAFTS_PER_OWNER_MAX).for_each(|_| _ = drafts.add(small(owner)));
        }
        assert_eq!(drafts.lock().len(), DRAFTS_MAX);
        assert!(drafts.get(mine, UserId::new(1)).is_ok());
        let newcomer = drafts.add(small(10));
        assert!(drafts.get(newcomer, UserId::new(10)).is_ok() && drafts.get(mine, UserId::new(1)).is_ok());
        assert_eq!(drafts.lock().len(), DRAFTS_MAX);
    }

    #[test]
    fn large_texts_are_bounded_and_small_drafts_survive() {
        let drafts = Drafts::default();
        let mine = [drafts.add(import(1, TEXT_BYTES_MAX / 4)), drafts.add(small(1))];
        let flood: Vec<_> = (0..6).map(|_| drafts.add(import(2, TEXT_BYTES_MAX / 4))).collect();
        assert_eq!(kept(&drafts, &mine, 1), [true, true]);
        assert_eq!(kept(&drafts, &flood, 2), [false, false, false, true, true, true]);
        // A text beyond the limit is kept alone.
        let huge = drafts.add(import(3, TEXT_BYTES_MAX + 1));
        assert_eq!(kept(&drafts, &[huge], 3), [true]);
        assert_eq!((kept(&drafts, &mine, 1), kept(&drafts, &flood, 2)), (vec![false, true], vec![false; 6]));
    }

    #[test]
    fn a_refused_draft_that_cannot_be_changed_is_discarded() {
        let drafts = Drafts::default();
        let owner = UserId::new(1);
        let edit = Edit::AddWording { id: "a".into(), wording: "b".into() };
        let id = drafts.add(Draft::with_edit(owner, "a.json".into(), edit));
        drafts.record_error(id, &EditError::Busy(crate::throttle::Bound::Total));
        assert!(drafts.get(id, owner).is_ok(), "it can be saved later");
        drafts.record_error(id, &EditError::Refused(crate::moderation::EditRefusal::TooLarge { bytes: 1 }));
        assert_eq!(drafts.get(id, owner).err(), Some(Refusal::DraftGone));
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
