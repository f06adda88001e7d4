//! Questions and answers from a CSV file. Columns are recognised by their names, or by their order if they have none.
//! Further columns with questions, and rows with the same answer, become wordings.

use std::collections::HashMap;
use std::path::Path;

use super::answers::{self, ImportedAnswer};
use super::{DraftError, KnowledgeDraft};

/// Names of the column with the question.
const QUESTION_NAMES: [&str; 5] = ["question", "questions", "q", "title", "prompt"];

/// Names of the column with the answer.
const ANSWER_NAMES: [&str; 7] = ["answer", "answers", "a", "response", "reply", "content", "text"];

/// Beginnings of the names of columns with further questions.
const WORDING_NAMES: [&str; 7] = ["question", "also", "alt", "wording", "variant", "alias", "keyword"];

/// The columns of a table.
struct Columns {
    question: usize,
    answer: usize,
    /// The columns with further questions.
    wordings: Vec<usize>,
}

impl Columns {
    /// Recognises the columns by the names in the first row. `None` if that row has no names.
    fn of(names: &::csv::StringRecord) -> Option<Self> {
        let names: Vec<String> = names.iter().map(|name| name.trim().to_lowercase()).collect();
        let find = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
        let (question, answer) = (find(&QUESTION_NAMES)?, find(&ANSWER_NAMES)?);
        let is_wording = |(n, name): (usize, &String)| {
            let known = WORDING_NAMES.iter().any(|beginning| name.starts_with(beginning));
            (known && n != question && n != answer).then_some(n)
        };
        Some(Self { question, answer, wordings: names.iter().enumerate().filter_map(is_wording).collect() })
    }
}

/// Makes a draft from the text of a CSV file.
pub(super) fn of_table(path: &Path, text: &str) -> Result<KnowledgeDraft, DraftError> {
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut columns = None;
    let mut answers: Vec<ImportedAnswer> = Vec::new();
    let mut by_answer: HashMap<String, usize> = HashMap::new();
    let mut omissions = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| DraftError::Malformed { path: path.to_owned(), found: error.to_string() })?;
        let columns = match &columns {
            Some(columns) => columns,
            None => match Columns::of(&row) {
                Some(found) => {
                    columns = Some(found);
                    continue;
                }
                None => columns.insert(Columns { question: 0, answer: 1, wordings: (2..row.len()).collect() }),
            },
        };
        let cell = |n: usize| row.get(n).map(str::trim).unwrap_or_default().to_owned();
        let (question, passage) = (cell(columns.question), cell(columns.answer));
        let mut questions = std::iter::once(question)
            .chain(columns.wordings.iter().map(|n| cell(*n)))
            .filter(|question| !question.is_empty())
            .collect::<Vec<_>>();
        if questions.is_empty() || passage.is_empty() {
            let line = row.position().map_or(0, ::csv::Position::line);
            let missing = if passage.is_empty() { "answer" } else { "question" };
            omissions.push(format!("line {line}: left out, because it has no {missing}"));
            continue;
        }
        if let Some(answer) = by_answer.get(&passage).and_then(|n| answers.get_mut(*n)) {
            answer.wordings.append(&mut questions);
            continue;
        }
        by_answer.insert(passage.clone(), answers.len());
        let question = questions.remove(0);
        answers.push(ImportedAnswer { name: question.clone(), question, wordings: questions, passage });
    }
    answers::draft(path, "Answers", answers, omissions)
}

/// The delimiter that the first line has most of. Spreadsheets write semicolons where the comma is the decimal mark.
fn delimiter(text: &str) -> u8 {
    let line = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| line.bytes().filter(|byte| byte == delimiter).count();
    // Of equal counts, the last is taken.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}
