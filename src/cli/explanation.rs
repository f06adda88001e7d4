//! Prints the explanation of a verdict: its reason, and a table with the share of each word in each score.

use std::io::{self, Write};

use crate::library::explanation::{Explanation, ScoreBreakdown};
use crate::matching::WordShare;
use crate::text::truncate;

/// The longest word in the table, in characters. Real words are shorter; longer ones would break the layout.
const WORD_CHARS_MAX: usize = 40;

/// The heading of the first column, which is at least as wide.
const WORD_HEAD: &str = "word";

/// Prints the reason, then a row for each word and a column for each entry. The last row has the sums, which are the
/// scores.
pub(super) fn print(explained: &Explanation<'_>, out: &mut impl Write) -> io::Result<()> {
    print_reason(explained, out)?;
    let boundary = explained.boundary.iter().map(|column| ("boundary".to_owned(), column));
    let numbered = (1..).zip(&explained.entries).map(|(number, column): (usize, _)| (number.to_string(), column));
    let columns: Vec<(String, &ScoreBreakdown<'_>)> = boundary.chain(numbered).collect();
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
    writeln!(out, "\nreason      {}", explained.reason.description())?;
    write!(out, "confidence  {:.3}", explained.confidence)?;
    writeln!(out, " (answers from {}, suggests from {})", thresholds.answer, thresholds.suggest)?;
    if !explained.unknown_words.is_empty() {
        writeln!(out, "unknown     {}", explained.unknown_words.join(", "))?;
    }
    let Some(rival) = &explained.rival else { return Ok(()) };
    let relation = if rival.lead < 0.0 { "ahead of" } else { "behind" };
    let confidence =
        if rival.confidence > 0.0 { format!(", confidence {:.3}", rival.confidence) } else { String::new() };
    writeln!(out, "boundary    {} ({:.3} {relation} the best entry{confidence})", rival.question, rival.lead.abs())
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
    use crate::matching::{Outcome, Reason, Thresholds};

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
                lead: -0.125,
                confidence: 0.75,
            }),
            boundary,
            entries,
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
        };
        let entries = vec![column("Why Abe?", [0.5, 0.25]), column("Why not?", [-0.125, 0.25])];
        let boundary = column("How much?", [0.75, 0.125]);
        let expected = "
reason      a boundary matches better than every entry
confidence  0.250 (answers from 0.5, suggests from 0.3)
unknown     carbonara, eggs
boundary    How much? (0.125 ahead of the best entry, confidence 0.750)

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
