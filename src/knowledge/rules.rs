//! Rules that the schema cannot express: ids and wordings are unique across files, citations are valid, quotes are
//! short, and no text misleads. Skips blank texts and zeros: they replace invalid values that `schema_check` has
//! reported.

use std::collections::{HashMap, HashSet};

use super::findings::{Findings, closest_match, quoted};
use super::json::PathStep::{self, Field, Index};
use super::parsed::ParsedDocument;
use super::wording::{is_blank, normalise};
use super::{Citation, Document, HasWordings, display, limits};

/// Checks the rules within each document and between them. `complete` means that every file could be read; if not, a
/// reference may lead to a file that is missing, so references are not checked.
pub(super) fn check(documents: &[ParsedDocument<'_>], complete: bool, findings: &mut Findings) {
    let ids = check_unique_ids(documents, findings);
    let complete = complete && WordingOwner::all(documents).all(|(owner, _)| owner.id != Some(""));
    check_unique_wordings(documents, findings);
    for parsed in documents {
        check_section_ids(parsed, findings);
        check_synonyms(parsed, findings);
        for n in 0..parsed.document.entries.len() {
            check_entry(parsed, n, findings);
        }
        check_uncited_paragraphs(parsed, findings);
        if complete {
            check_related(parsed, documents, &ids, findings);
        }
    }
    // After the rules above, because it finds more warnings than they do.
    documents.iter().for_each(|parsed| display::check(parsed, findings));
}

/// An entry, a boundary or small talk of a parsed document.
#[derive(Clone, Copy)]
pub(super) struct WordingOwner<'d> {
    pub(super) document: &'d ParsedDocument<'d>,
    /// The field that contains it: `entries`, `boundaries` or `small_talk`.
    list: &'static str,
    /// Its index in that list.
    index: usize,
    /// `None` for small talk, which has no id.
    id: Option<&'d str>,
}

impl<'d> WordingOwner<'d> {
    /// All entries, boundaries and small talk with their wordings, in this order within each document.
    pub(super) fn all(parsed: &'d [ParsedDocument<'d>]) -> impl Iterator<Item = (Self, Vec<&'d str>)> {
        parsed.iter().flat_map(|document| {
            let Document { entries, boundaries, small_talk, .. } = &document.document;
            let entries = entries.iter().enumerate().map(move |(index, entry)| {
                (Self { document, list: "entries", index, id: Some(&entry.id) }, entry.wordings().collect())
            });
            let boundaries = boundaries.iter().enumerate().map(move |(index, boundary)| {
                (Self { document, list: "boundaries", index, id: Some(&boundary.id) }, boundary.wordings().collect())
            });
            let small_talk = small_talk.iter().enumerate().map(move |(index, talk)| {
                (Self { document, list: "small_talk", index, id: None }, talk.wordings().collect())
            });
            entries.chain(boundaries).chain(small_talk)
        })
    }

    /// Returns `true` if both refer to the same entry, boundary or small talk.
    pub(super) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.list == other.list && self.index == other.index
    }

    /// Returns `true` for small talk.
    pub(super) fn is_small_talk(&self) -> bool {
        self.list == "small_talk"
    }

    /// Its name in the message of a finding: the quoted id, or `small talk`.
    pub(super) fn name(&self) -> String {
        self.id.map_or_else(|| "small talk".to_owned(), quoted)
    }

    fn id_path(&self) -> [PathStep<'static>; 3] {
        [Field(self.list), Index(self.index), Field("id")]
    }

    /// The path of a wording. Number 0 is the question; of small talk, the first wording.
    pub(super) fn wording_path(&self, number: usize) -> Vec<PathStep<'static>> {
        wording_path(self.list, self.index, number)
    }
}

/// The path of a wording in one of a document's lists. Number 0 is the question; of small talk, the first wording.
pub(super) fn wording_path(list: &'static str, index: usize, number: usize) -> Vec<PathStep<'static>> {
    let mut path = vec![Field(list), Index(index)];
    match (list, number.checked_sub(1)) {
        ("small_talk", _) => path.extend([Field("wordings"), Index(number)]),
        (_, None) => path.push(Field("question")),
        (_, Some(n)) => path.extend([Field("also_asked"), Index(n)]),
    }
    path
}

/// Reports ids that several entries or boundaries have. Returns the first of each id.
fn check_unique_ids<'d>(
    documents: &'d [ParsedDocument<'d>],
    findings: &mut Findings,
) -> HashMap<&'d str, WordingOwner<'d>> {
    let mut ids: HashMap<&str, WordingOwner<'_>> = HashMap::new();
    for (owner, _) in WordingOwner::all(documents) {
        let Some(id) = owner.id.filter(|id| !id.is_empty()) else { continue };
        if let Some(first) = ids.get(id) {
            owner.document.error(findings, &owner.id_path(), || {
                let place = first.document.file_and_line(&first.id_path());
                let message = format!("the id {} is already used at {place}", quoted(id));
                (message, "choose another id: each entry and boundary needs its own, across all files".to_owned())
            });
        } else {
            ids.insert(id, owner);
        }
    }
    ids
}

/// The help for a wording that two documents answer.
const COMPETING_HELP: &str = "where both documents answer, one of the two entries wins: reword one of them, or give each \
                              document its own channels (`[documents]` in the configuration)";

/// Reports repeated wordings, and wordings without letters and digits. Different documents may have the same wording:
/// where both answer, the matcher chooses. Only if both answer it, and not with small talk, is that worth a warning.
fn check_unique_wordings(documents: &[ParsedDocument<'_>], findings: &mut Findings) {
    let mut seen: HashMap<String, (WordingOwner<'_>, usize)> = HashMap::new();
    for (owner, wordings) in WordingOwner::all(documents) {
        for (number, wording) in wordings.into_iter().enumerate().filter(|(_, wording)| !is_blank(wording)) {
            let path = || owner.wording_path(number);
            let normal = normalise(wording);
            if normal.is_empty() {
                owner.document.error(findings, &path(), || {
                    let message = format!("the wording {} has no letter and no digit", quoted(wording));
                    (message, "use words: only letters and digits are compared".to_owned())
                });
                continue;
            }
            let Some((first, first_number)) = seen.get(&normal) else {
                seen.insert(normal, (owner, number));
                continue;
            };
            if !std::ptr::eq(first.document, owner.document) {
                if first.list == "entries" && owner.list == "entries" {
                    owner.document.warning(findings, &path(), || {
                        let place = first.document.file_and_line(&first.wording_path(*first_number));
                        let message = format!("{} is also a wording of {} at {place}", quoted(wording), first.name());
                        (message, COMPETING_HELP.to_owned())
                    });
                }
                // Documents are listed one after another, so the rest of this one is compared with its own.
                seen.insert(normal, (owner, number));
                continue;
            }
            owner.document.error(findings, &path(), || {
                let place = first.document.file_and_line(&first.wording_path(*first_number));
                let (of, help) = if first.is(&owner) {
                    (String::new(), "remove one of them; case, accents and punctuation are ignored")
                } else {
                    (
                        format!(" of {}", first.name()),
                        "each wording may occur only once in a file: reword or remove one of them",
                    )
                };
                (format!("the wording {} is the same as the one{of} at {place}", quoted(wording)), help.to_owned())
            });
        }
    }
}

/// Reports repeated section ids.
fn check_section_ids(parsed: &ParsedDocument<'_>, findings: &mut Findings) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (n, section) in parsed.document.sections.iter().enumerate().filter(|(_, section)| !section.id.is_empty()) {
        if let Some(first) = seen.get(section.id.as_str()) {
            parsed.error(findings, &[Field("sections"), Index(n), Field("id")], || {
                let place = parsed.file_and_line(&[Field("sections"), Index(*first), Field("id")]);
                let message = format!("the section id {} is already used at {place}", quoted(&section.id));
                (message, "give each section its own id".to_owned())
            });
        } else {
            seen.insert(&section.id, n);
        }
    }
}

/// Reports synonyms that appear twice in their group.
fn check_synonyms(parsed: &ParsedDocument<'_>, findings: &mut Findings) {
    for (n, group) in parsed.document.synonyms.iter().enumerate() {
        let mut seen = HashSet::new();
        for (m, word) in group.iter().enumerate().filter(|(_, word)| !is_blank(word)) {
            if !seen.insert(normalise(word)) {
                parsed.error(findings, &[Field("synonyms"), Index(n), Index(m)], || {
                    let message = format!("{} is already in this group", quoted(word));
                    (message, "remove it; case, accents and punctuation are ignored".to_owned())
                });
            }
        }
    }
}

/// Checks an entry's citations and its number of wordings.
fn check_entry(parsed: &ParsedDocument<'_>, n: usize, findings: &mut Findings) {
    let Some(entry) = parsed.document.entries.get(n) else { return };
    for (m, citation) in entry.citations.iter().enumerate() {
        check_citation(parsed, citation, &[Field("entries"), Index(n), Field("citations"), Index(m)], findings);
    }
    let wordings = entry.wordings().count();
    // Without a question, the other wordings are not written yet either.
    if wordings < limits::WORDINGS_LEAST && !is_blank(&entry.question) {
        parsed.warning(findings, &[Field("entries"), Index(n), Field("question")], || {
            let least = limits::WORDINGS_LEAST;
            let message =
                format!("the entry {} has too few wordings: {wordings}, including its question", quoted(&entry.id));
            let help = "add differently worded questions to `also_asked`, so that more people find the entry";
            (message, format!("{help}; it should have {least} wordings or more"))
        });
    }
}

fn check_citation(
    parsed: &ParsedDocument<'_>,
    citation: &Citation,
    path: &[PathStep<'static>],
    findings: &mut Findings,
) {
    let at = |steps: &[PathStep<'static>]| [path, steps].concat();
    let section = parsed.document.section(&citation.section);
    let all_known = parsed.document.sections.iter().all(|section| !section.id.is_empty());
    if section.is_none() && !citation.section.is_empty() && all_known {
        parsed.error(findings, &at(&[Field("section")]), || {
            let ids = || parsed.document.sections.iter().map(|section| section.id.as_str());
            let help = match closest_match(&citation.section, ids()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the sections are {}", ids().map(quoted).collect::<Vec<_>>().join(", ")),
            };
            (format!("the document has no section {}", quoted(&citation.section)), help)
        });
    }
    // A count of zero replaces an invalid one, which has been reported.
    let last = section.map(|section| section.paragraphs).filter(|paragraphs| *paragraphs > 0);
    let mut before = 0;
    for (n, &paragraph) in citation.paragraphs.iter().enumerate().filter(|(_, paragraph)| **paragraph > 0) {
        let path = || at(&[Field("paragraphs"), Index(n)]);
        if let Some(last) = last.filter(|last| paragraph > *last) {
            parsed.error(findings, &path(), || {
                let section = quoted(&citation.section);
                let message = format!("the section {section} has no paragraph {paragraph}");
                (message, format!("its paragraphs are numbered from 1 to {last}"))
            });
        }
        if paragraph <= before {
            parsed.error(findings, &path(), || {
                let message = format!("paragraph {paragraph} follows paragraph {before}");
                (message, "list the paragraphs in ascending order, each once".to_owned())
            });
        }
        before = paragraph;
    }
    let words = citation.quote.as_deref().map_or(0, |quote| quote.split_whitespace().count());
    if words > limits::QUOTE_WORDS {
        parsed.error(findings, &at(&[Field("quote")]), || {
            let most = limits::QUOTE_WORDS;
            let message = format!("the quote has {words} words; at most {most} are allowed");
            (message, "quote only as much as a reader needs to find the place".to_owned())
        });
    }
}

/// Reports related ids that are repeated, unknown, or the entry's own. Warns about related entries that rest on a false
/// premise, because they are not offered.
fn check_related(
    parsed: &ParsedDocument<'_>,
    documents: &[ParsedDocument<'_>],
    ids: &HashMap<&str, WordingOwner<'_>>,
    findings: &mut Findings,
) {
    let Document { entries, boundaries, .. } = &parsed.document;
    let of_entries = entries.iter().map(|entry| ("entries", entry.id.as_str(), &entry.related)).enumerate();
    let of_boundaries = boundaries.iter().map(|boundary| ("boundaries", boundary.id.as_str(), &boundary.related));
    let misleading: HashSet<&str> = documents
        .iter()
        .flat_map(|parsed| &parsed.document.entries)
        .filter_map(|entry| entry.false_premise.then_some(entry.id.as_str()))
        .collect();
    for (n, (list, owner, related)) in of_entries.chain(of_boundaries.enumerate()) {
        let mut seen = HashSet::new();
        for (m, id) in related.iter().enumerate().filter(|(_, id)| !id.is_empty()) {
            let path = [Field(list), Index(n), Field("related"), Index(m)];
            let known = ids.get(id.as_str());
            if id == owner {
                parsed.error(findings, &path, || {
                    let kind = if list == "entries" { "entry" } else { "boundary" };
                    let message = format!("the {kind} {} lists itself as related", quoted(id));
                    (message, "remove it, or use another entry's id".to_owned())
                });
            } else if !seen.insert(id) {
                parsed.error(findings, &path, || {
                    (format!("{} is listed twice", quoted(id)), "remove one of them".to_owned())
                });
            } else if known.is_none_or(|owner| owner.list != "entries") {
                parsed.error(findings, &path, || {
                    let entries =
                        || documents.iter().flat_map(|parsed| &parsed.document.entries).map(|entry| entry.id.as_str());
                    let help = match closest_match(id, entries()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "use the id of an entry, from any of the files".to_owned(),
                    };
                    let boundary = if known.is_some() { "; it belongs to a boundary" } else { "" };
                    (format!("no entry has the id {}{boundary}", quoted(id)), help)
                });
            } else if misleading.contains(id.as_str()) {
                parsed.warning(findings, &path, || {
                    let message = format!("{} rests on a false premise, so it is not offered as related", quoted(id));
                    (message, "remove it, or use the entry with the right premise".to_owned())
                });
            }
        }
    }
}

/// Warns about paragraphs that no entry cites, with one warning per section.
fn check_uncited_paragraphs(parsed: &ParsedDocument<'_>, findings: &mut Findings) {
    let mut cited: HashMap<&str, Vec<u32>> = HashMap::new();
    for citation in parsed.document.entries.iter().flat_map(|entry| &entry.citations) {
        cited.entry(&citation.section).or_default().extend(&citation.paragraphs);
    }
    for (n, section) in parsed.document.sections.iter().enumerate() {
        let mut cited = cited.remove(section.id.as_str()).unwrap_or_default();
        cited.sort_unstable();
        let gaps = gaps(&cited, section.paragraphs);
        if !gaps.is_empty() {
            parsed.warning(findings, &[Field("sections"), Index(n), Field("paragraphs")], || {
                let noun = if gaps.contains(|c: char| !c.is_ascii_digit()) { "paragraphs" } else { "paragraph" };
                let message = format!("no entry cites {noun} {gaps} of {}", quoted(&section.id));
                (message, "add entries about them, or ignore this warning if nobody would ask about them".to_owned())
            });
        }
    }
}

/// Lists the numbers from 1 to `last` that are missing from a sorted list: `2, 5 to 9`.
fn gaps(sorted: &[u32], last: u32) -> String {
    /// Ranges to list. Nobody reads a longer list.
    const RANGES_MAX: usize = 20;
    let mut gaps = Vec::new();
    let mut next = 1;
    for &number in sorted.iter().filter(|number| **number <= last).chain([&last.saturating_add(1)]) {
        if number > next {
            gaps.push(if number == next + 1 { next.to_string() } else { format!("{next} to {}", number - 1) });
        }
        next = next.max(number.saturating_add(1));
    }
    if gaps.len() > RANGES_MAX {
        gaps.truncate(RANGES_MAX);
        gaps.push("...".to_owned());
    }
    gaps.join(", ")
}

#[cfg(test)]
mod tests {
    use super::gaps;

    #[test]
    fn gaps_are_listed_as_ranges() {
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
