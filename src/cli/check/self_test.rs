//! Prints the report of the self-test: shares, and the worst entries with what to do about them.

use std::io::{self, Write};

use crate::library::self_test::{FailedWording, SelfTest, WeakEntry};
use crate::matching::Outcome;
use crate::text::truncate;

/// The most entries, boundaries and competing wordings that are listed: a curator mends a few at a time and measures
/// again. `--json` lists all.
const LISTED_MAX: usize = 10;

/// The most wordings and lone words that are listed of one entry or boundary.
const EXAMPLES_MAX: usize = 3;

/// The longest wording in the lists, in characters; two fit in a line.
const WORDING_CHARS_MAX: usize = 60;

/// The share of right answers in the self-test, and on labelled questions: of the two examples, which have five wordings
/// in each entry, and of the bundled file with 26, whose labels accept every entry that cites the right paragraph.
const CALIBRATION: &str = "17, 26 and 58% here went with 60, 59 and 88% of labelled questions answered right";

/// Prints the report.
pub(super) fn print(test: &SelfTest, out: &mut impl Write) -> io::Result<()> {
    let tally = &test.entries;
    if tally.asked == 0 {
        return writeln!(out, "\nself-test: no entry has two wordings, so there is nothing to leave out and ask");
    }
    writeln!(out, "\nself-test: {} wordings of entries, each asked as if it were not in the file\n", tally.asked)?;
    for (count, what) in [
        (tally.right, "answered by their entry"),
        (tally.same_paragraph, "answered by another entry that cites the same paragraph"),
        (tally.wrong, "answered by another entry"),
        (tally.suggested_with, "suggestions with their entry"),
        (tally.suggested_without, "suggestions without it"),
        (tally.refused, "refused"),
    ] {
        writeln!(out, "{:>6.1}%  {what}", percent(count as f64 / tally.asked as f64))?;
    }
    let (share, margin) = (percent(test.right.share), percent(test.right.margin));
    writeln!(
        out,
        "\nThat is {share:.0}% right (± {margin:.0} by chance), and {:.0}% with their entry ranked first. It is harder than\n\
         labelled questions: on three files, {CALIBRATION}.\n\
         Compare it with the figure before a change, and measure new questions with footnote eval.",
        percent(tally.first as f64 / tally.asked as f64)
    )?;
    if test.boundary_wordings > 0 {
        let (asked, answered) = (test.boundary_wordings, test.boundary_wordings_answered);
        writeln!(out, "Wordings of boundaries, asked in the same way: {asked}, answered by an entry: {answered}.")?;
    }
    if let Some(gain) = test.gain_of_one_wording {
        // Adding 0 turns -0 into 0, which is not printed as "-0.0".
        let change = (-10.0 * percent(gain.share)).round() / 10.0 + 0.0;
        let margin = percent(gain.margin);
        let verdict = if gain.share > gain.margin {
            "one more should\nbring about as much, or a little less"
        } else {
            "too\nlittle to tell from chance, so mend the entries below rather than adding wordings everywhere"
        };
        writeln!(
            out,
            "With one wording fewer in each entry, the share ranked first changes by {change:+.1} points (± {margin:.1}): {verdict}."
        )?;
    }
    if !test.untested.is_empty() {
        let named: Vec<&str> = test.untested.iter().take(LISTED_MAX).map(String::as_str).collect();
        writeln!(
            out,
            "Not tested, because they have only one wording: {}{}",
            named.join(", "),
            more(test.untested.len())
        )?;
    }
    print_entries(&test.weak_entries, out)?;
    if !test.taking_boundaries.is_empty() {
        writeln!(out, "\nBoundaries that take questions of entries:")?;
    }
    for boundary in test.taking_boundaries.iter().take(LISTED_MAX) {
        let examples = boundary.takes.iter().take(EXAMPLES_MAX);
        let examples: Vec<String> =
            examples.map(|failed| format!("\"{}\" of `{}`", shown(failed), failed.entry)).collect();
        writeln!(out, "  {}  {}: {}", boundary.id, boundary.takes.len(), examples.join(", "))?;
    }
    if !test.between_documents.is_empty() {
        writeln!(out, "\nWordings that go to another document ({}):", test.between_documents.len())?;
    }
    for failed in test.between_documents.iter().take(LISTED_MAX) {
        writeln!(out, "  \"{}\" of `{}` {}", shown(failed), failed.entry, destination(failed))?;
    }
    Ok(())
}

fn print_entries(entries: &[WeakEntry], out: &mut impl Write) -> io::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let more = if entries.len() > LISTED_MAX {
        format!(" (the worst {LISTED_MAX} of {})", entries.len())
    } else {
        String::new()
    };
    writeln!(out, "\nEntries that need other words{more}:")?;
    for entry in entries.iter().take(LISTED_MAX) {
        writeln!(out, "\n  {}: {} of {} wordings failed", entry.id, entry.failed.len(), entry.asked)?;
        for failed in entry.failed.iter().take(EXAMPLES_MAX) {
            writeln!(out, "    \"{}\" {}", shown(failed), destination(failed))?;
        }
        if !entry.lone_words.is_empty() {
            let words: Vec<&str> = entry.lone_words.iter().take(2 * EXAMPLES_MAX).map(String::as_str).collect();
            writeln!(out, "    words found in no other text of this entry: {}", words.join(", "))?;
        }
        writeln!(out, "    → {}", entry.action)?;
    }
    Ok(())
}

/// The destination of a failed wording.
fn destination(failed: &FailedWording) -> String {
    let boundary = if failed.to_boundary { "boundary " } else { "" };
    match (failed.outcome, &failed.went_to) {
        (Outcome::Answer, Some(id)) => format!("was answered by `{id}`"),
        (Outcome::Suggest, Some(id)) => format!("led to suggestions, {boundary}`{id}` first"),
        (Outcome::Suggest, None) => "led to suggestions".to_owned(),
        (_, Some(id)) => format!("was refused; {boundary}`{id}` is nearest"),
        (_, None) => "was refused".to_owned(),
    }
}

fn shown(failed: &FailedWording) -> String {
    truncate(&failed.wording, WORDING_CHARS_MAX)
}

fn more(count: usize) -> String {
    if count > LISTED_MAX { format!(" and {} more", count - LISTED_MAX) } else { String::new() }
}

fn percent(share: f64) -> f64 {
    100.0 * share
}
