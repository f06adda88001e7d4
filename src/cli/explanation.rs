//! Prints the explanation of a verdict: its reason, a table with the share of each word in each score, and why an
//! expected entry is not the answer.

use std::io::{self, Write};

use crate::library::expected_entry::{ExpectedEntry, TriedWording};
use crate::library::explanation::Explanation;
use crate::library::score_breakdown::ScoreBreakdown;
use crate::matching::{Outcome, WordShare};
use crate::text::truncate;

/// The longest word in the table, in characters. Real words are shorter; longer ones would break the layout.
const WORD_CHARS_MAX: usize = 40;

/// The heading of the first column, which is at least as wide.
const WORD_HEAD: &str = "word";

/// Prints the reason, then a row for each word and a column for each entry, then what is known of the expected entry.
/// The last row of the table has the sums, which are the scores.
pub(super) fn print(explained: &Explanation<'_>, out: &mut impl Write) -> io::Result<()> {
    print_reason(explained, out)?;
    print_table(explained, out)?;
    explained.expected.iter().try_for_each(|expected| print_expected(expected, explained, out))
}

fn print_table(explained: &Explanation<'_>, out: &mut impl Write) -> io::Result<()> {
    let boundary = explained.boundary.iter().map(|column| ("boundary".to_owned(), column));
    let numbered = (1..).zip(&explained.entries).map(|(number, column): (usize, _)| (number.to_string(), column));
    // An expected entry that is one of the best has its column already.
    let expected = explained.expected.iter().map(|expected| &expected.breakdown);
    let expected = expected.filter(|expected| explained.entries.iter().all(|entry| entry.id != expected.id));
    let expected = expected.map(|column| ("expected".to_owned(), column));
    let columns: Vec<(String, &ScoreBreakdown<'_>)> = boundary.chain(numbered).chain(expected).collect();
    let Some((_, first)) = columns.first() else {
        return writeln!(out, "\nNo word of the question speaks for any entry.");
    };
    let labels: Vec<String> = first.words.iter().map(label).collect();
    let widest = labels.iter().map(|label| label.chars().count()).fold(WORD_HEAD.len(), usize::max);
    let row = |out: &mut dyn Write, label: &str, cells: &[String]| {
        write!(out, "{label:<widest$}")?;
        cells.iter().try_for_each(|cell| write!(out, "{cell:>10}"))?;
        writeln!(out)
    };
    writeln!(out)?;
    row(out, WORD_HEAD, &columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>())?;
    for (place, label) in labels.iter().enumerate() {
        let shares = columns.iter().map(|(_, column)| column.words.get(place).map_or(0.0, |word| word.share));
        row(out, label, &shares.map(signed).collect::<Vec<_>>())?;
    }
    let scores = columns.iter().map(|(_, column)| column.score());
    row(out, "score", &scores.map(|score| format!("{score:.3}")).collect::<Vec<_>>())?;
    writeln!(out)?;
    columns.iter().try_for_each(|(name, column)| writeln!(out, "{name:>8}  {}", column.question))
}

/// Prints why the verdict is what it is, with the figures that decided.
fn print_reason(explained: &Explanation<'_>, out: &mut impl Write) -> io::Result<()> {
    let thresholds = explained.thresholds;
    writeln!(out, "\noutcome     {}", outcome_name(explained.outcome))?;
    writeln!(out, "reason      {}", explained.reason.description())?;
    write!(out, "confidence  {:.3}", explained.confidence)?;
    writeln!(out, " (answers from {}, suggests from {})", thresholds.answer, thresholds.suggest)?;
    if !explained.unknown_words.is_empty() {
        writeln!(out, "unknown     {}", explained.unknown_words.join(", "))?;
    }
    if let Some(nearest) = explained.entries.first().and_then(|best| best.nearest) {
        writeln!(
            out,
            "nearest     {} (wording of the best entry, similarity {:.2})",
            nearest.wording, nearest.similarity
        )?;
    }
    let Some(rival) = &explained.rival else { return Ok(()) };
    let relation = if rival.lead < 0.0 { "ahead of" } else { "behind" };
    let confidence =
        if rival.confidence > 0.0 { format!(", confidence {:.3}", rival.confidence) } else { String::new() };
    let (score, lead) = (rival.score, rival.lead.abs());
    writeln!(out, "boundary    {} (score {score:.3}, {lead:.3} {relation} the best entry{confidence})", rival.question)
}

/// Prints why the expected entry is not the answer, and the wordings that were tried.
fn print_expected(expected: &ExpectedEntry<'_>, explained: &Explanation<'_>, out: &mut impl Write) -> io::Result<()> {
    let ScoreBreakdown { id, question, nearest, .. } = &expected.breakdown;
    writeln!(out, "\nexpected    {id}: {question}")?;
    if expected.is_answer {
        return writeln!(out, "            it is the answer");
    }
    match (expected.rank, explained.entries.first()) {
        (Some(1), _) => {
            writeln!(out, "            number 1 of the entries, but not sure enough, see the reason above")?
        }
        (Some(rank), Some(first)) => writeln!(
            out,
            "            number {rank} of the entries with score {:.3}; {} has {:.3}",
            expected.breakdown.score(),
            first.id,
            first.score()
        )?,
        _ => writeln!(out, "            no word of the question speaks for it")?,
    }
    if let Some(nearest) = nearest {
        writeln!(out, "nearest     {} (its wording, similarity {:.2})", nearest.wording, nearest.similarity)?;
    }
    if !expected.missing_words.is_empty() {
        writeln!(out, "it lacks    {}", expected.missing_words.join(", "))?;
    }
    if expected.tried.is_empty() {
        return writeln!(out, "\nThe entry already has a wording with the words of the question.");
    }
    writeln!(out, "\nThe question with one more wording in {id}:")?;
    for TriedWording { wording, outcome, is_answer, confidence, reason, .. } in &expected.tried {
        let result = match (is_answer, outcome) {
            (true, _) => format!("it is the answer, confidence {confidence:.3}"),
            (false, Outcome::Answer) => format!("another entry is the answer, confidence {confidence:.3}"),
            (false, outcome) => {
                format!("{}, confidence {confidence:.3}: {}", outcome_name(*outcome), reason.description())
            }
        };
        writeln!(out, "  \"{wording}\": {result}")?;
    }
    match expected.tried.last() {
        Some(TriedWording { is_answer: true, is_question: false, .. }) => Ok(()),
        Some(TriedWording { is_answer: true, .. }) => writeln!(
            out,
            "Only the question itself as a wording changes that, which helps no other question. Find what questions\n\
             like it have in common, and write two or three wordings of that kind."
        ),
        _ => writeln!(out, "No single wording changes that. Reword what the winner has in common with the question."),
    }
}

/// An outcome in words.
pub(super) fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answer => "answer",
        Outcome::Suggest => "suggestions",
        Outcome::Unknown => "no answer",
        Outcome::SmallTalk => "small talk",
    }
}

/// A word as written and, if it differs, as the matcher read it.
fn label(word: &WordShare) -> String {
    match &word.read_as {
        Some(read_as) => {
            format!("{} (read as {})", truncate(&word.written, WORD_CHARS_MAX), truncate(read_as, WORD_CHARS_MAX))
        }
        None => truncate(&word.written, WORD_CHARS_MAX),
    }
}

/// A share with its sign; zero has none.
fn signed(share: f32) -> String {
    let text = format!("{share:+.3}");
    if text.ends_with("0.000") { "0.000".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::library::explanation::RivalExplanation;
    use crate::library::score_breakdown::NearestWording;
    use crate::matching::{Reason, Thresholds};

    fn word(written: &str, read_as: Option<&str>, share: f32) -> WordShare {
        WordShare { written: written.to_owned(), read_as: read_as.map(str::to_owned), share }
    }

    fn printed<'a>(boundary: Option<ScoreBreakdown<'a>>, entries: Vec<ScoreBreakdown<'a>>) -> String {
        let (outcome, thresholds) = (Outcome::Unknown, Thresholds::default());
        let mut out = Vec::new();
        let explanation = Explanation {
            outcome,
            reason: Reason::Boundary,
            reason_text: Reason::Boundary.description(),
            language: None,
            confidence: 0.25,
            thresholds,
            unknown_words: vec!["carbonara".to_owned(), "eggs".to_owned()],
            rival: boundary.as_ref().map(|boundary| RivalExplanation {
                id: boundary.id,
                question: boundary.question,
                score: 0.875,
                lead: -0.125,
                confidence: 0.75,
            }),
            boundary,
            entries,
            expected: None,
        };
        print(&explanation, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn shares_have_a_sign_unless_they_are_zero() {
        for (share, text) in [(0.25, "+0.250"), (-0.1, "-0.100"), (0.0, "0.000"), (-0.0001, "0.000"), (1.0, "+1.000")] {
            assert_eq!(signed(share), text);
        }
    }

    #[test]
    fn words_are_truncated_and_shown_with_their_correction() {
        for (word, expected) in [
            (word("abe", None, 0.0), "abe".to_owned()),
            (word("abbe", Some("abe"), 0.0), "abbe (read as abe)".to_owned()),
            (word(&"ü".repeat(40), None, 0.0), "ü".repeat(40)),
            (word(&"ü".repeat(41), None, 0.0), format!("{}…", "ü".repeat(39))),
        ] {
            assert_eq!(label(&word), expected);
        }
    }

    #[test]
    fn columns_are_aligned_and_add_up() {
        let column = |question, shares: [f32; 2]| ScoreBreakdown {
            id: "any",
            question,
            words: vec![word("abbe", Some("abe"), shares[0]), word("why", None, shares[1])],
            nearest: Some(NearestWording { wording: "why abe", similarity: 0.5 }),
        };
        let entries = vec![column("Why Abe?", [0.5, 0.25]), column("Why not?", [-0.125, 0.25])];
        let boundary = column("How much?", [0.75, 0.125]);
        let expected = "
outcome     no answer
reason      a boundary matches better than every entry
confidence  0.250 (answers from 0.5, suggests from 0.3)
unknown     carbonara, eggs
nearest     why abe (wording of the best entry, similarity 0.50)
boundary    How much? (score 0.875, 0.125 ahead of the best entry, confidence 0.750)

word                boundary         1         2
abbe (read as abe)    +0.750    +0.500    -0.125
why                   +0.125    +0.250    +0.250
score                  0.875     0.750     0.125

boundary  How much?
       1  Why Abe?
       2  Why not?
";
        assert_eq!(printed(Some(boundary), entries), expected);
        assert!(printed(None, Vec::new()).ends_with("\n\nNo word of the question speaks for any entry.\n"));
    }
}
