//! What the schema cannot say: ids and wordings are unique over all files, citations lead somewhere, quotes are short.
//! Blank texts and zeros stand for what the shape's check has told already, and are passed over.

use std::collections::{HashMap, HashSet};

use super::draft::Draft;
use super::findings::{Findings, nearest, shown};
use super::tree::Step::{self, Field, Index};
use super::wording::{is_blank, normalise};
use super::{Citation, Document, HasWordings, limits};

/// Checks what the documents mean, each by itself and all together. `complete` says that every file could be
/// read; else what one refers to may stand in another.
pub(super) fn check(drafts: &[Draft<'_>], complete: bool, findings: &mut Findings) {
    let ids = unique_ids(drafts, findings);
    let complete = complete && Item::all(drafts).all(|(item, _)| !item.id.is_empty());
    unique_wordings(drafts, findings);
    for draft in drafts {
        sections(draft, findings);
        synonyms(draft, findings);
        for n in 0..draft.document.entries.len() {
            entry(draft, n, findings);
        }
        uncited(draft, findings);
        if complete {
            related(draft, drafts, &ids, findings);
        }
    }
}

/// An entry or a boundary: anything that has wordings.
#[derive(Clone, Copy)]
pub(super) struct Item<'d> {
    pub(super) draft: &'d Draft<'d>,
    list: &'static str,
    n: usize,
    pub(super) id: &'d str,
}

impl<'d> Item<'d> {
    /// All entries and boundaries, in the order of the files.
    pub(super) fn all(drafts: &'d [Draft<'d>]) -> impl Iterator<Item = (Self, Vec<&'d str>)> {
        drafts.iter().flat_map(|draft| {
            let Document { entries, boundaries, .. } = &draft.document;
            let entries = entries
                .iter()
                .enumerate()
                .map(move |(n, entry)| (Self { draft, list: "entries", n, id: &entry.id }, entry.wordings().collect()));
            let boundaries = boundaries.iter().enumerate().map(move |(n, boundary)| {
                (Self { draft, list: "boundaries", n, id: &boundary.id }, boundary.wordings().collect())
            });
            entries.chain(boundaries)
        })
    }

    /// Whether this is the same entry or boundary.
    pub(super) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.draft, other.draft) && self.list == other.list && self.n == other.n
    }

    /// The path of the id.
    fn id_path(&self) -> [Step<'static>; 3] {
        [Field(self.list), Index(self.n), Field("id")]
    }

    /// The path of a wording; the question is number 0.
    pub(super) fn wording_path(&self, number: usize) -> Vec<Step<'static>> {
        wording_path(self.list, self.n, number)
    }
}

/// The path of a wording of an item; the question is number 0.
pub(super) fn wording_path(list: &'static str, item: usize, number: usize) -> Vec<Step<'static>> {
    let mut path = vec![Field(list), Index(item)];
    match number.checked_sub(1) {
        None => path.push(Field("question")),
        Some(n) => path.extend([Field("also_asked"), Index(n)]),
    }
    path
}

/// Tells ids that two entries or boundaries have. Returns the first of each id.
fn unique_ids<'d>(drafts: &'d [Draft<'d>], findings: &mut Findings) -> HashMap<&'d str, Item<'d>> {
    let mut ids: HashMap<&str, Item<'_>> = HashMap::new();
    for (item, _) in Item::all(drafts).filter(|(item, _)| !item.id.is_empty()) {
        if let Some(first) = ids.get(item.id) {
            item.draft.error(findings, &item.id_path(), || {
                let site = first.draft.site(&first.id_path());
                let message = format!("the id {} is taken: it stands at {site} already", shown(item.id));
                (message, "give each entry and boundary an id of its own, over all files".to_owned())
            });
        } else {
            ids.insert(item.id, item);
        }
    }
    ids
}

/// Tells wordings that stand twice, and those with nothing to match.
fn unique_wordings(drafts: &[Draft<'_>], findings: &mut Findings) {
    let mut seen: HashMap<String, (Item<'_>, usize)> = HashMap::new();
    for (item, wordings) in Item::all(drafts) {
        for (number, wording) in wordings.into_iter().enumerate().filter(|(_, wording)| !is_blank(wording)) {
            let path = || item.wording_path(number);
            let normal = normalise(wording);
            if normal.is_empty() {
                item.draft.error(findings, &path(), || {
                    let message = format!("the wording {} has no letter and no digit", shown(wording));
                    (message, "write the question in words: nothing else is compared".to_owned())
                });
                continue;
            }
            let Some((first, first_number)) = seen.get(&normal) else {
                seen.insert(normal, (item, number));
                continue;
            };
            item.draft.error(findings, &path(), || {
                let site = first.draft.site(&first.wording_path(*first_number));
                let (of, help) = if first.is(&item) {
                    (String::new(), "remove one of them: case, accents and punctuation make no difference")
                } else {
                    (
                        format!(" of {}", shown(first.id)),
                        "a wording belongs to one entry or boundary: reword or remove one",
                    )
                };
                (format!("the wording {} is the same as the one{of} at {site}", shown(wording)), help.to_owned())
            });
        }
    }
}

/// Tells section ids that stand twice.
fn sections(draft: &Draft<'_>, findings: &mut Findings) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (n, section) in draft.document.sections.iter().enumerate().filter(|(_, section)| !section.id.is_empty()) {
        if let Some(first) = seen.get(section.id.as_str()) {
            draft.error(findings, &[Field("sections"), Index(n), Field("id")], || {
                let site = draft.site(&[Field("sections"), Index(*first), Field("id")]);
                let message = format!("the id {} is another section's, at {site}", shown(&section.id));
                (message, "give each section an id of its own".to_owned())
            });
        } else {
            seen.insert(&section.id, n);
        }
    }
}

/// Tells synonyms that stand twice in their group.
fn synonyms(draft: &Draft<'_>, findings: &mut Findings) {
    for (n, group) in draft.document.synonyms.iter().enumerate() {
        let mut seen = HashSet::new();
        for (m, word) in group.iter().enumerate().filter(|(_, word)| !is_blank(word)) {
            if !seen.insert(normalise(word)) {
                draft.error(findings, &[Field("synonyms"), Index(n), Index(m)], || {
                    let message = format!("{} stands in this group already", shown(word));
                    (message, "remove it: case, accents and punctuation make no difference".to_owned())
                });
            }
        }
    }
}

/// Checks an entry by itself: its citations, and that it has wordings enough.
fn entry(draft: &Draft<'_>, n: usize, findings: &mut Findings) {
    let Some(entry) = draft.document.entries.get(n) else { return };
    for (m, citation) in entry.citations.iter().enumerate() {
        citation_leads_somewhere(
            draft,
            citation,
            &[Field("entries"), Index(n), Field("citations"), Index(m)],
            findings,
        );
    }
    let wordings = entry.wordings().count();
    if wordings < limits::WORDINGS_LEAST {
        draft.warning(findings, &[Field("entries"), Index(n), Field("question")], || {
            let least = limits::WORDINGS_LEAST;
            let message = format!("the entry {} has few wordings: {wordings}, its question included", shown(&entry.id));
            (message, format!("with `also_asked`, give it {least} or more, in other words each: more people find it"))
        });
    }
}

fn citation_leads_somewhere(draft: &Draft<'_>, citation: &Citation, path: &[Step<'static>], findings: &mut Findings) {
    let at = |steps: &[Step<'static>]| [path, steps].concat();
    let section = draft.document.section(&citation.section);
    let all_known = draft.document.sections.iter().all(|section| !section.id.is_empty());
    if section.is_none() && !citation.section.is_empty() && all_known {
        draft.error(findings, &at(&[Field("section")]), || {
            let ids = || draft.document.sections.iter().map(|section| section.id.as_str());
            let help = match nearest(&citation.section, ids()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the sections are {}", ids().map(shown).collect::<Vec<_>>().join(", ")),
            };
            (format!("the document has no section {}", shown(&citation.section)), help)
        });
    }
    // A section without a sound count has been told already.
    let last = section.map(|section| section.paragraphs).filter(|paragraphs| *paragraphs > 0);
    let mut before = 0;
    for (n, &paragraph) in citation.paragraphs.iter().enumerate().filter(|(_, paragraph)| **paragraph > 0) {
        let path = || at(&[Field("paragraphs"), Index(n)]);
        if let Some(last) = last.filter(|last| paragraph > *last) {
            draft.error(findings, &path(), || {
                let section = shown(&citation.section);
                let message = format!("the section {section} has no paragraph {paragraph}");
                (message, format!("its paragraphs are 1 to {last}"))
            });
        }
        if paragraph <= before {
            draft.error(findings, &path(), || {
                let message = format!("paragraph {paragraph} follows paragraph {before}");
                (message, "write the paragraphs in ascending order, each once".to_owned())
            });
        }
        before = paragraph;
    }
    let words = citation.quote.as_deref().map_or(0, |quote| quote.split_whitespace().count());
    if words > limits::QUOTE_WORDS {
        draft.error(findings, &at(&[Field("quote")]), || {
            let most = limits::QUOTE_WORDS;
            let message = format!("the quote has {words} words, at most {most} are allowed");
            (message, "quote just enough that a reader finds the place".to_owned())
        });
    }
}

/// Tells related ids that are no entry's, the entry's own, or named twice.
fn related(draft: &Draft<'_>, drafts: &[Draft<'_>], ids: &HashMap<&str, Item<'_>>, findings: &mut Findings) {
    for (n, entry) in draft.document.entries.iter().enumerate() {
        let mut seen = HashSet::new();
        for (m, id) in entry.related.iter().enumerate().filter(|(_, id)| !id.is_empty()) {
            let path = [Field("entries"), Index(n), Field("related"), Index(m)];
            let known = ids.get(id.as_str());
            if *id == entry.id {
                draft.error(findings, &path, || {
                    let message = format!("the entry {} is related to itself", shown(id));
                    (message, "name another entry, or none".to_owned())
                });
            } else if !seen.insert(id) {
                draft.error(findings, &path, || (format!("{} is named twice", shown(id)), "remove one".to_owned()));
            } else if known.is_none_or(|item| item.list != "entries") {
                draft.error(findings, &path, || {
                    let entries =
                        || drafts.iter().flat_map(|draft| &draft.document.entries).map(|entry| entry.id.as_str());
                    let help = match nearest(id, entries()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "name the `id` of an entry, in any of the files".to_owned(),
                    };
                    let boundary = if known.is_some() { "; it is a boundary's" } else { "" };
                    (format!("no entry has the id {}{boundary}", shown(id)), help)
                });
            }
        }
    }
}

/// Warns of paragraphs that no entry cites, once a section.
fn uncited(draft: &Draft<'_>, findings: &mut Findings) {
    let mut cited: HashMap<&str, Vec<u32>> = HashMap::new();
    for citation in draft.document.entries.iter().flat_map(|entry| &entry.citations) {
        cited.entry(&citation.section).or_default().extend(&citation.paragraphs);
    }
    for (n, section) in draft.document.sections.iter().enumerate() {
        let mut cited = cited.remove(section.id.as_str()).unwrap_or_default();
        cited.sort_unstable();
        let gaps = gaps(&cited, section.paragraphs);
        if !gaps.is_empty() {
            draft.warning(findings, &[Field("sections"), Index(n), Field("paragraphs")], || {
                let what = if gaps.contains(|c: char| !c.is_ascii_digit()) { "paragraphs" } else { "paragraph" };
                let message = format!("no entry cites {what} {gaps} of {}", shown(&section.id));
                (message, "write entries for what it says, or leave it if nobody would ask".to_owned())
            });
        }
    }
}

/// The numbers from 1 to `last` that are not among the sorted ones, as `2, 5 to 9`.
fn gaps(sorted: &[u32], last: u32) -> String {
    /// Beyond this many, a list is not read.
    const SHOWN: usize = 20;
    let mut gaps = Vec::new();
    let mut next = 1;
    for &number in sorted.iter().filter(|number| **number <= last).chain([&last.saturating_add(1)]) {
        if number > next {
            gaps.push(if number == next + 1 { next.to_string() } else { format!("{next} to {}", number - 1) });
        }
        next = next.max(number.saturating_add(1));
    }
    if gaps.len() > SHOWN {
        gaps.truncate(SHOWN);
        gaps.push("...".to_owned());
    }
    gaps.join(", ")
}

#[cfg(test)]
mod tests {
    use super::gaps;

    #[test]
    fn gaps_are_told_as_ranges() {
        for (sorted, last, expected) in [
            (&[][..], 0, ""),
            (&[], 1, "1"),
            (&[], 3, "1 to 3"),
            (&[1, 2, 3], 3, ""),
            (&[2, 2, 5, 40], 9, "1, 3 to 4, 6 to 9"),
            (&[0, 1], 2, "2"),
            (&[], u32::MAX, "1 to 4294967294"),
        ] {
            assert_eq!(gaps(sorted, last), expected, "{sorted:?} of {last}");
        }
    }
}
