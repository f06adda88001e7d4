//! Labelled questions, read from a file of JSON lines. A label names the entries that answer the question, or the
//! paragraphs that do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::knowledge::{Citation, Entry, Knowledge, closest_match};

/// The most problems that an error lists. More would scroll the first ones, which explain the others, off the screen.
const PROBLEMS_MAX: usize = 20;

/// The most names that a problem lists to say what exists: about three lines of a terminal.
const NAMES_MAX: usize = 12;

/// A question with its label. Other fields of the file are ignored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelledQuestion {
    /// The line of the file, from 1.
    pub line: usize,
    /// The question.
    pub q: String,
    /// The kind of question; `footnote eval` counts each kind separately.
    pub kind: String,
    /// The paragraphs that answer it.
    pub gold: Vec<Citation>,
    /// The ids of the entries that answer it.
    pub entries: Vec<String>,
}

impl LabelledQuestion {
    /// Returns `true` if the text answers the question.
    #[must_use]
    pub fn is_answerable(&self) -> bool {
        !self.gold.is_empty() || !self.entries.is_empty()
    }

    /// Returns `true` if the label names an entry, or a paragraph that it cites.
    #[must_use]
    pub fn is_answered_by(&self, entry: &Entry) -> bool {
        self.entries.contains(&entry.id)
            || entry.citations.iter().any(|citation| {
                self.gold.iter().any(|label| {
                    label.section == citation.section
                        && label.paragraphs.iter().any(|number| citation.paragraphs.contains(number))
                })
            })
    }

    /// Parses a line.
    fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            format!("expected one JSON object, found a mistake in its syntax at column {}", error.column())
        })?;
        let Value::Object(fields) = value else {
            return Err(format!("expected one JSON object, found {}", kind_of(&value)));
        };
        let text_of = |name: &str| match fields.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(format!("expected a text as \"{name}\", found {}", kind_of(other))),
        };
        let q = text_of("q")?.ok_or_else(|| format!("expected the question as \"q\", found {}", names(&fields)))?;
        let kind = text_of("kind")?.unwrap_or_default();
        if !["gold", "entries"].iter().any(|name| fields.contains_key(*name)) {
            return Err(format!(
                "expected a label, \"entries\": [ids] or \"gold\": [{{\"section\", \"paragraphs\"}}], found {}",
                names(&fields)
            ));
        }
        let list = |name: &str| match fields.get(name) {
            None => Ok(&[][..]),
            Some(Value::Array(list)) => Ok(list.as_slice()),
            Some(other) => Err(format!("expected a list as \"{name}\", found {}", kind_of(other))),
        };
        let id = |value: &Value| {
            let id = value.as_str().map(str::to_owned);
            id.ok_or_else(|| format!("expected ids of entries in \"entries\", found {}", kind_of(value)))
        };
        Ok(Self {
            line: 0,
            q,
            kind,
            gold: list("gold")?.iter().map(paragraphs).collect::<Result<_, _>>()?,
            entries: list("entries")?.iter().map(id).collect::<Result<_, _>>()?,
        })
    }

    /// The names in the label that the knowledge does not have.
    fn unknown_targets(&self, knowledge: &Knowledge) -> Vec<String> {
        let mut problems = Vec::new();
        for id in self.entries.iter().filter(|id| knowledge.find(id).is_none()) {
            let keys = knowledge.entry_keys();
            problems.push(unknown("entry", id, keys.map(|key| knowledge.entry(key).id.as_str()).collect()));
        }
        let sections = || knowledge.documents().iter().flat_map(|document| &document.sections);
        for Citation { section, paragraphs, .. } in &self.gold {
            // Documents may have sections of the same id; the label may mean any of them.
            let longest = sections().filter(|found| found.id == *section).map(|found| found.paragraphs).max();
            let Some(longest) = longest else {
                problems.push(unknown("section", section, sections().map(|section| section.id.as_str()).collect()));
                continue;
            };
            let beyond = paragraphs.iter().filter(|&&number| number == 0 || number > longest);
            problems.extend(beyond.map(|number| {
                format!("unknown paragraph {number} of section `{section}`, which has paragraphs 1 to {longest}")
            }));
        }
        problems
    }
}

/// Parses a label of paragraphs.
fn paragraphs(value: &Value) -> Result<Citation, String> {
    let expected = || format!("expected {{\"section\": id, \"paragraphs\": [numbers]}} in \"gold\", found {value}");
    let section = value["section"].as_str().ok_or_else(expected)?.to_owned();
    let list = value["paragraphs"].as_array().filter(|list| !list.is_empty()).ok_or_else(expected)?;
    let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok()).ok_or_else(expected);
    Ok(Citation { section, paragraphs: list.iter().map(number).collect::<Result<_, _>>()?, quote: None })
}

/// Says that a name is unknown, and what exists.
fn unknown(kind: &str, found: &str, mut exist: Vec<&str>) -> String {
    if let Some(near) = closest_match(found, exist.iter().copied()) {
        return format!("unknown {kind} `{found}`, did you mean `{near}`?");
    }
    let more = exist.len().saturating_sub(NAMES_MAX);
    exist.truncate(NAMES_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("unknown {kind} `{found}`; there are {}{more}", exist.join(", "))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn names(fields: &Map<String, Value>) -> String {
    let names: Vec<String> = fields.keys().map(|name| format!("\"{name}\"")).collect();
    if names.is_empty() { "no field".to_owned() } else { format!("only {}", names.join(", ")) }
}

/// An error in a file of labelled questions.
#[derive(Debug, thiserror::Error)]
pub enum LabelledError {
    /// The file cannot be read.
    #[error("{}: expected a readable file, found: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// Some lines are no labelled questions, or their labels name what the knowledge does not have.
    #[error("{0}")]
    Wrong(LabelProblems),
    /// The file has no questions.
    #[error("{}: expected at least one question, found none", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// Everything that is wrong in a file of labelled questions.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelProblems {
    path: PathBuf,
    /// Each with its line, from 1.
    problems: Vec<(usize, String)>,
}

/// Prints a line for each problem, at most `PROBLEMS_MAX`, and the number of the others.
impl fmt::Display for LabelProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the labelled questions cannot be used:")?;
        for (line, problem) in self.problems.iter().take(PROBLEMS_MAX) {
            write!(f, "\n{}:{line}: {problem}", self.path.display())?;
        }
        match self.problems.len().saturating_sub(PROBLEMS_MAX) {
            0 => Ok(()),
            more => write!(f, "\n... and {more} more"),
        }
    }
}

/// Reads the questions of a file, at least one. Blank lines are skipped. If `knowledge` is given, every label must name
/// what it has.
///
/// # Errors
/// If the file cannot be read or has no questions; or all lines that are no labelled questions, together with all
/// labels that name nothing.
pub fn read(path: &Path, knowledge: Option<&Knowledge>) -> Result<Vec<LabelledQuestion>, LabelledError> {
    let unreadable = |error| LabelledError::Unreadable { path: path.to_owned(), error };
    // Another encoding is reported as a mistake of its line.
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let (questions, problems) = parse(&String::from_utf8_lossy(&bytes), knowledge);
    if !problems.is_empty() {
        return Err(LabelledError::Wrong(LabelProblems { path: path.to_owned(), problems }));
    }
    if questions.is_empty() {
        return Err(LabelledError::Empty { path: path.to_owned() });
    }
    Ok(questions)
}

/// The questions of a text, and its problems, each with its line.
fn parse(text: &str, knowledge: Option<&Knowledge>) -> (Vec<LabelledQuestion>, Vec<(usize, String)>) {
    let (mut questions, mut problems) = (Vec::new(), Vec::new());
    let lines = (1..).zip(text.trim_start_matches('\u{feff}').lines());
    for (line, text) in lines.filter(|(_, text)| !text.trim().is_empty()) {
        match LabelledQuestion::parse(text) {
            Ok(question) => questions.push(LabelledQuestion { line, ..question }),
            Err(problem) => problems.push((line, problem)),
        }
    }
    if let Some(knowledge) = knowledge {
        for question in &questions {
            problems.extend(question.unknown_targets(knowledge).into_iter().map(|problem| (question.line, problem)));
        }
        problems.sort_by_key(|&(line, _)| line);
    }
    (questions, problems)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::knowledge::{Document, Section};

    fn knowledge() -> Knowledge {
        let entry = |id: &str, section: &str, paragraph| Entry {
            id: id.into(),
            citations: vec![Citation { section: section.into(), paragraphs: vec![paragraph], quote: None }],
            ..Entry::default()
        };
        let section = |id: &str, paragraphs| Section { id: id.into(), paragraphs, ..Section::default() };
        Knowledge::new(vec![Document {
            sections: vec![section("tower", 3), section("ferry", 12)],
            entries: vec![entry("who-built-it", "tower", 1), entry("fares", "ferry", 12)],
            ..Document::default()
        }])
    }

    #[test]
    fn a_label_names_entries_or_paragraphs() {
        let knowledge = knowledge();
        let answers = |line: &str| {
            let (questions, problems) = parse(line, Some(&knowledge));
            assert_eq!(problems, []);
            let answered = |key| questions[0].is_answered_by(knowledge.entry(key));
            (questions[0].is_answerable(), knowledge.entry_keys().map(answered).collect::<Vec<_>>())
        };
        for (line, answerable, answered) in [
            (r#"{"q": "a", "entries": ["fares"]}"#, true, [false, true]),
            (r#"{"q": "a", "entries": ["fares", "who-built-it"]}"#, true, [true, true]),
            (r#"{"q": "a", "entries": []}"#, false, [false, false]),
            (r#"{"q": "a", "gold": [{"section": "tower", "paragraphs": [1, 2]}]}"#, true, [true, false]),
            (r#"{"q": "a", "gold": [{"section": "tower", "paragraphs": [2]}]}"#, true, [false, false]),
            (r#"{"q": "a", "gold": [], "other": 1, "id": 7}"#, false, [false, false]),
            (
                r#"{"q": "a", "gold": [{"section": "tower", "paragraphs": [1]}], "entries": ["fares"]}"#,
                true,
                [true, true],
            ),
        ] {
            assert_eq!(answers(line), (answerable, answered.to_vec()), "{line}");
        }
    }

    #[test]
    fn everything_wrong_is_named_at_once_with_its_line() {
        let text = [
            r#"{"q": "right", "entries": ["fares"]}"#,
            "",
            "who built it?",
            r#"["q"]"#,
            r#"{"question": "a", "gold": []}"#,
            r#"{"q": 1, "gold": []}"#,
            r#"{"q": "a"}"#,
            r#"{"q": "a", "gold": "tower"}"#,
            r#"{"q": "a", "gold": [{"section": "tower"}]}"#,
            r#"{"q": "a", "gold": [{"section": "tower", "paragraphs": [-1]}]}"#,
            r#"{"q": "a", "entries": [1]}"#,
            r#"{"q": "a", "entries": ["who-built", "zzz"]}"#,
            r#"{"q": "a", "gold": [{"section": "farm", "paragraphs": [1]}, {"section": "tower", "paragraphs": [0, 3, 4]}]}"#,
        ];
        let (questions, problems) = parse(&text.join("\n"), Some(&knowledge()));
        assert_eq!(questions.len(), 3);
        let expected = [
            (3, "expected one JSON object, found a mistake in its syntax at column 1"),
            (4, "expected one JSON object, found a list"),
            (5, "expected the question as \"q\", found only \"gold\", \"question\""),
            (6, "expected a text as \"q\", found a number"),
            (7, "expected a label, \"entries\": [ids] or \"gold\": [{\"section\", \"paragraphs\"}], found only \"q\""),
            (8, "expected a list as \"gold\", found a text"),
            (9, "expected {\"section\": id, \"paragraphs\": [numbers]} in \"gold\", found {\"section\":\"tower\"}"),
            (
                10,
                "expected {\"section\": id, \"paragraphs\": [numbers]} in \"gold\", found {\"paragraphs\":[-1],\"section\":\"tower\"}",
            ),
            (11, "expected ids of entries in \"entries\", found a number"),
            (12, "unknown entry `who-built`, did you mean `who-built-it`?"),
            (12, "unknown entry `zzz`; there are who-built-it, fares"),
            (13, "unknown section `farm`; there are tower, ferry"),
            (13, "unknown paragraph 0 of section `tower`, which has paragraphs 1 to 3"),
            (13, "unknown paragraph 4 of section `tower`, which has paragraphs 1 to 3"),
        ];
        let found: Vec<(usize, &str)> = problems.iter().map(|(line, problem)| (*line, problem.as_str())).collect();
        assert_eq!(found, expected);
        // Without knowledge, only what is written counts.
        assert_eq!(parse(&text.join("\n"), None).1.len(), 9);
    }

    #[test]
    fn problems_beyond_the_limit_are_counted() {
        let problem = |line| (line, "wrong".to_owned());
        let shown = |count| LabelProblems { path: "q.jsonl".into(), problems: (1..=count).map(problem).collect() };
        let printed = shown(PROBLEMS_MAX).to_string();
        assert!(printed.ends_with(&format!("\nq.jsonl:{PROBLEMS_MAX}: wrong")), "{printed}");
        let printed = shown(PROBLEMS_MAX + 2).to_string();
        assert!(printed.ends_with(&format!("\nq.jsonl:{PROBLEMS_MAX}: wrong\n... and 2 more")), "{printed}");
    }
}
