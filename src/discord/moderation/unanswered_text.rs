//! Unanswered questions as text: the list of groups in pages, and one group with all that is known of it.

use crate::discord::view::limits::clip;
use crate::discord::view::markdown::{ago, code, escape};
use crate::moderation::unanswered::{QuestionGroup, UnansweredQuestion, UnansweredReason};

/// How many groups a page has. With questions of the shown length they take less than 3,000 of an embed's 4,096 characters.
pub const PAGE: usize = 8;

/// How many characters of a question the list shows: two lines; the whole of it is shown with its group.
const LISTED_CHARS: usize = 120;

/// How many questions of a group are shown.
const SHOWN: usize = 10;

/// Draws one page, counted from 0, of the groups; a page past the last is the last. Returns it with its groups' place in the list.
#[must_use]
pub fn page(groups: &[QuestionGroup], page: usize) -> (String, std::ops::Range<usize>) {
    if groups.is_empty() {
        return ("No question waits for an answer.".to_owned(), 0..0);
    }
    let first = page.min((groups.len() - 1) / PAGE) * PAGE;
    let range = first..groups.len().min(first + PAGE);
    let lines = groups[range.clone()].iter().enumerate().map(|(place, group)| listed(first + place + 1, group));
    (lines.collect::<Vec<_>>().join("\n"), range)
}

/// `1. **3×** what is the best pizza? (and 2 like it), 2 hours ago`.
fn listed(number: usize, group: &QuestionGroup) -> String {
    let question = escape(&clip(&group.head.asked, LISTED_CHARS));
    let others = match group.others.len() {
        0 => String::new(),
        others => format!(" (and {others} like it)"),
    };
    format!("{number}\\. **{}×** {question}{others}, {}", group.count(), ago(group.last()))
}

/// Draws a group: its questions, how often each was asked, and what came of it.
#[must_use]
pub fn group(group: &QuestionGroup) -> String {
    let mut lines: Vec<String> = group.questions().take(SHOWN).map(question).collect();
    let more = group.others.len().saturating_sub(SHOWN - 1);
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    lines.join("\n")
}

/// `**2×** what is the best pizza? Asked 2 hours ago; unknown`.
fn question(question: &UnansweredQuestion) -> String {
    let reasons = question.reasons.iter().map(|(reason, count)| {
        let said = match reason {
            UnansweredReason::Unknown => "unknown".to_owned(),
            UnansweredReason::Suggested => "suggestions not taken".to_owned(),
            UnansweredReason::Wrong { entry } => {
                format!("{} was not meant", code(&clip(entry, crate::knowledge::limits::ID_CHARS)))
            }
        };
        if question.reasons.len() > 1 { format!("{said} {count}×") } else { said }
    });
    let reasons = clip(&reasons.collect::<Vec<_>>().join(", "), 2 * LISTED_CHARS);
    let asked = escape(&clip(&question.asked, LISTED_CHARS));
    format!("**{}×** {asked} ({reasons}, last {})", question.count, ago(question.last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discord::view::limits::EMBED_DESCRIPTION_MAX;
    use crate::moderation::UnixMillis;
    use crate::moderation::unanswered::{QUESTION_CHARS, QuestionKey};

    fn asked(text: &str, reasons: &[(UnansweredReason, u64)]) -> UnansweredQuestion {
        let count = reasons.iter().map(|(_, count)| count).sum();
        UnansweredQuestion {
            key: QuestionKey(1),
            asked: text.into(),
            count,
            last: UnixMillis(9_000),
            reasons: reasons.to_vec(),
        }
    }

    fn alone(text: &str) -> QuestionGroup {
        QuestionGroup { head: asked(text, &[(UnansweredReason::Unknown, 1)]), others: Vec::new() }
    }

    #[test]
    fn groups_come_in_pages() {
        let groups: Vec<QuestionGroup> = (0..=PAGE).map(|n| alone(&format!("question {n}?"))).collect();
        let (text, range) = page(&groups, 0);
        assert_eq!((text.lines().count(), range), (PAGE, 0..PAGE));
        for past in [1, 99] {
            let (text, range) = page(&groups, past);
            assert_eq!((text.as_str(), range), ("9\\. **1×** question 8?, <t:9:R>", PAGE..PAGE + 1));
        }
        assert_eq!(page(&[], 3), ("No question waits for an answer.".to_owned(), 0..0));
    }

    #[test]
    fn a_group_tells_what_came_of_each_question() {
        let wrong = UnansweredReason::Wrong { entry: "why-red".into() };
        let whole = QuestionGroup {
            head: asked("why *red*?", &[(UnansweredReason::Unknown, 2), (wrong, 1)]),
            others: vec![asked("red why", &[(UnansweredReason::Suggested, 1)])],
        };
        assert_eq!(
            group(&whole),
            "**3×** why \\*red\\*? (unknown 2×, `why-red` was not meant 1×, last <t:9:R>)\n\
             **1×** red why (suggestions not taken, last <t:9:R>)"
        );
        assert_eq!(page(&[whole], 0).0, "1\\. **4×** why \\*red\\*? (and 1 like it), <t:9:R>");
    }

    #[test]
    fn the_longest_fit() {
        let long = "*".repeat(QUESTION_CHARS);
        let groups = vec![alone(&long); PAGE];
        assert!(page(&groups, 0).0.chars().count() <= EMBED_DESCRIPTION_MAX);
        let reasons: Vec<_> =
            (0..9).map(|n| (UnansweredReason::Wrong { entry: "x".repeat(64) + &n.to_string() }, 9)).collect();
        let whole = QuestionGroup { head: asked(&long, &reasons), others: vec![asked(&long, &reasons); 99] };
        let text = group(&whole);
        assert!(text.chars().count() <= 2 * EMBED_DESCRIPTION_MAX && text.ends_with("… and 90 more"));
    }
}
