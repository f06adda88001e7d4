//! The list of unanswered questions as moderators see it: pages of groups, one group with its actions, and emptying the
//! list. Every action reads the list anew, so that a group which another moderator has handled is gone.

use std::sync::{Arc, Weak};

use serenity::all::{ButtonStyle, ComponentInteraction, CreateActionRow, EditInteractionResponse};

use super::access::Moderator;
use super::action::ModerationAction;
use super::draft::Draft;
use super::form::{self, FormSubject, FormText};
use super::page::{button, menu, page, show_result, text_page};
use super::preview::preview_new_draft;
use super::{ModerationContext, lookup};
use crate::discord::interaction::error::{HandlerError, Refusal};
use crate::discord::interaction::selected_value;
use crate::discord::view::markdown::{code, escape, relative_time};
use crate::knowledge::limits::ID_CHARS;
use crate::library::Library;
use crate::moderation::unanswered::{
    QuestionGroup, QuestionKey, SHOWN_MAX, UnansweredQuestion, UnansweredReason, group,
};
use crate::moderation::{Database, DatabaseVersion, Edit};
use crate::text::truncate;
use crate::throttle::off_thread;

/// Groups on a page. With questions of the shown length, they take less than 3,000 of the 4,096 characters of an embed.
const PAGE: usize = 8;

/// Characters of a question in the list: two lines. The page of its group shows more.
const LISTED_CHARS: usize = 120;

/// Questions shown of one group.
const GROUP_QUESTIONS_MAX: usize = 10;

/// Characters shown of a boundary's explanation: a long sentence.
const SAYS_CHARS: usize = 300;

/// Handles a button or menu of the list.
///
/// # Errors
/// If the user may not do this, or Discord refuses the response.
pub async fn handle(
    context: &ModerationContext,
    press: &ComponentInteraction,
    moderator: &Moderator,
    action: ModerationAction,
) -> Result<(), HandlerError> {
    // A form must be the first response, so it cannot be deferred.
    if let ModerationAction::Answer(key) | ModerationAction::Bound(key) = action {
        let group = find_group(context, moderator, key).await?;
        let subject = match action {
            ModerationAction::Bound(_) => {
                FormSubject::NewBoundary(lookup::closest_file(context, moderator, &group.head.asked).await?)
            }
            _ => FormSubject::NewEntry(None),
        };
        return open_form(context, press, moderator, &group, subject).await;
    }
    let token = context.responder.acknowledge(press).await?;
    let page = match action {
        ModerationAction::Teach(key) => {
            let draft = wording_draft(context, press, moderator, key).await;
            return preview_new_draft(context, &token, moderator, draft).await;
        }
        ModerationAction::Group => selected_group_page(context, press, moderator).await,
        ModerationAction::Dismiss(key) => dismiss(context, moderator, key).await,
        ModerationAction::Clear => clear(context, moderator).await,
        ModerationAction::Questions(number) => {
            list_page(context, moderator, usize::try_from(number).unwrap_or(usize::MAX)).await
        }
        _ => Err(Refusal::OutOfDate.into()),
    };
    show_result(context, &token, page).await
}

/// Asks for confirmation before the list is emptied.
///
/// # Errors
/// If the list cannot be read.
pub async fn clear_page(
    context: &ModerationContext,
    moderator: &Moderator,
) -> Result<EditInteractionResponse, HandlerError> {
    context.unanswered_queue.flush().await;
    let count = moderator.edit_service.database().run(|database| database.question_count()).await?;
    let rows = vec![CreateActionRow::Buttons(vec![
        button(ModerationAction::Clear, "Empty the list", ButtonStyle::Danger),
        button(ModerationAction::Questions(0), "Look at it", ButtonStyle::Secondary),
    ])];
    let text =
        format!("{count} on the list. Emptying it deletes them for good, dismissed ones too. This cannot be undone.");
    Ok(page("Empty the list of unanswered questions?", &text, rows))
}

/// The groups as they were last read. Grouping takes up to a second, and moderators turn pages faster than that.
#[derive(Debug, Default)]
pub struct GroupCache {
    /// The version of the database that was read.
    version: Option<DatabaseVersion>,
    /// The library whose matcher grouped the questions.
    library: Weak<Library>,
    groups: Arc<Vec<QuestionGroup>>,
}

/// Reads the list and groups similar questions. Grouping runs on a thread for blocking work, once for each version of
/// the list and of the library, whoever asks and how often.
async fn groups(context: &ModerationContext, moderator: &Moderator) -> Result<Arc<Vec<QuestionGroup>>, HandlerError> {
    let mut cache = context.groups.lock().await;
    context.unanswered_queue.flush().await;
    let library = Arc::clone(&context.library.load());
    let known = cache.version.filter(|_| cache.library.as_ptr() == Arc::as_ptr(&library));
    let read = move |database: &mut Database| {
        let version = database.version()?;
        Ok(if Some(version) == known { None } else { Some((version, database.questions()?)) })
    };
    if let Some((version, questions)) = moderator.edit_service.database().run(read).await? {
        let matching = Arc::clone(&library);
        let groups = Arc::new(off_thread(move || group(questions, matching.matcher())).await);
        *cache = GroupCache { version: Some(version), library: Arc::downgrade(&library), groups };
    }
    Ok(Arc::clone(&cache.groups))
}

/// Finds the group of a question.
async fn find_group(
    context: &ModerationContext,
    moderator: &Moderator,
    key: QuestionKey,
) -> Result<QuestionGroup, HandlerError> {
    let groups = groups(context, moderator).await?;
    let mut groups = groups.iter();
    let found = groups.find(|group| group.questions().any(|question| question.key == key));
    Ok(found.cloned().ok_or(Refusal::QuestionGone)?)
}

/// Renders a page of the list, counted from 0.
///
/// # Errors
/// If the list cannot be read.
pub async fn list_page(
    context: &ModerationContext,
    moderator: &Moderator,
    number: usize,
) -> Result<EditInteractionResponse, HandlerError> {
    let groups = groups(context, moderator).await?;
    let total = moderator.edit_service.database().run(|database| database.question_count()).await?;
    let (mut text, shown) = group_lines(&groups, number);
    if total > SHOWN_MAX as u64 {
        text += &format!("\n\nThese are from the {SHOWN_MAX} most frequent of {total} questions.");
    }
    if !context.unanswered_queue.is_on() {
        text += "\n\nI do not keep questions: `moderation.retention_days` is 0.";
    }
    let number = shown.start / PAGE;
    let options = groups[shown.clone()].iter().map(|group| (group.head.asked.clone(), group.head.key.0.to_string()));
    let mut rows = Vec::from_iter(menu(ModerationAction::Group, "Choose a question", options.collect()));
    let turn = |number: usize, label| button(ModerationAction::Questions(number as u64), label, ButtonStyle::Secondary);
    let previous = (number > 0).then(|| turn(number - 1, "◀ Previous"));
    let next = (shown.end < groups.len()).then(|| turn(number + 1, "Next ▶"));
    let turns: Vec<_> = previous.into_iter().chain(next).collect();
    if !turns.is_empty() {
        rows.push(CreateActionRow::Buttons(turns));
    }
    Ok(page("Unanswered questions", &text, rows))
}

/// Renders the selected group with its actions.
async fn selected_group_page(
    context: &ModerationContext,
    press: &ComponentInteraction,
    moderator: &Moderator,
) -> Result<EditInteractionResponse, HandlerError> {
    let key = QuestionKey(selected_value(press)?.parse().map_err(|_| Refusal::OutOfDate)?);
    let group = find_group(context, moderator, key).await?;
    let library = Arc::clone(&context.library.load());
    let verdict = {
        let (library, asked) = (Arc::clone(&library), group.head.asked.clone());
        off_thread(move || library.matcher().ask(&asked)).await
    };
    let boundary = verdict.boundary.map(|key| library.knowledge().boundary(key));
    let refused_by = boundary.map(|boundary| (format!("(no answer) {}", boundary.question), boundary.id.clone()));
    let candidates = verdict.ranked.iter().map(|candidate| library.knowledge().entry(candidate.entry));
    let candidates = candidates.map(|entry| (entry.question.clone(), entry.id.clone()));
    let options = refused_by.into_iter().chain(candidates).collect();
    let teach = menu(ModerationAction::Teach(key), "It is a wording of …", options);
    let actions = CreateActionRow::Buttons(vec![
        button(ModerationAction::Answer(key), "New entry", ButtonStyle::Primary),
        button(ModerationAction::Bound(key), "The text does not say", ButtonStyle::Primary),
        button(ModerationAction::Dismiss(key), "Dismiss", ButtonStyle::Secondary),
        button(ModerationAction::Questions(0), "Back to the list", ButtonStyle::Secondary),
    ]);
    let reply = boundary.map(|boundary| format!("\n\nMy reply now: {}", escape(&truncate(&boundary.says, SAYS_CHARS))));
    let text = group_text(&group)
        + &reply.unwrap_or_default()
        + "\n\nIs it a wording of a question I know? The menu offers the closest; `/knowledge wording` finds any.";
    Ok(page("Unanswered question", &text, teach.into_iter().chain([actions]).collect()))
}

/// Returns a draft that adds the most frequent question of a group to the selected entry or boundary as a wording.
async fn wording_draft(
    context: &ModerationContext,
    press: &ComponentInteraction,
    moderator: &Moderator,
    key: QuestionKey,
) -> Result<Draft, HandlerError> {
    let id = selected_value(press)?;
    let group = find_group(context, moderator, key).await?;
    let (file, item) = moderator.edit_service.find(id).await.ok_or(Refusal::NoSuchEntry)?;
    let edit = Edit::AddWording { id: item.id().to_owned(), wording: group.head.asked.clone() };
    Ok(Draft { resolves: group.keys(), ..Draft::with_edit(moderator.user, file, edit) })
}

/// Opens a form that contains the most frequent question of a group.
async fn open_form(
    context: &ModerationContext,
    press: &ComponentInteraction,
    moderator: &Moderator,
    group: &QuestionGroup,
    subject: FormSubject,
) -> Result<(), HandlerError> {
    let text = FormText::new(&group.head.asked, "", String::new());
    let draft = Draft { resolves: group.keys(), ..Draft::with_form(moderator.user, subject.clone(), text.clone()) };
    let id = context.drafts.add(draft);
    context.responder.respond(press, form::open(id, &subject, &text)).await
}

async fn dismiss(
    context: &ModerationContext,
    moderator: &Moderator,
    key: QuestionKey,
) -> Result<EditInteractionResponse, HandlerError> {
    let keys = find_group(context, moderator, key).await?.keys();
    moderator.edit_service.database().run(move |database| database.dismiss(&keys)).await?;
    list_page(context, moderator, 0).await
}

async fn clear(context: &ModerationContext, moderator: &Moderator) -> Result<EditInteractionResponse, HandlerError> {
    context.unanswered_queue.flush().await;
    let deleted = moderator.edit_service.database().run(|database| database.clear()).await?;
    tracing::info!(deleted, "emptied the list of unanswered questions");
    Ok(text_page("The list of unanswered questions is empty.", None))
}

/// Renders one page of the groups, counted from 0, and returns their range. A page number past the end selects the last
/// page.
fn group_lines(groups: &[QuestionGroup], page: usize) -> (String, std::ops::Range<usize>) {
    if groups.is_empty() {
        return ("No question waits for an answer.".to_owned(), 0..0);
    }
    let first = page.min((groups.len() - 1) / PAGE) * PAGE;
    let range = first..groups.len().min(first + PAGE);
    let lines = groups[range.clone()].iter().enumerate().map(|(index, group)| group_line(first + index + 1, group));
    (lines.collect::<Vec<_>>().join("\n"), range)
}

/// Renders a group as a line: `1. **3×** what is the best pizza? (and 2 like it), 2 hours ago`.
fn group_line(number: usize, group: &QuestionGroup) -> String {
    let question = escape(&truncate(&group.head.asked, LISTED_CHARS));
    let others = match group.others.len() {
        0 => String::new(),
        others => format!(" (and {others} like it)"),
    };
    format!("{number}\\. **{}×** {question}{others}, {}", group.count(), relative_time(group.last().0))
}

/// Renders the questions of a group, a line each.
fn group_text(group: &QuestionGroup) -> String {
    let mut lines: Vec<String> = group.questions().take(GROUP_QUESTIONS_MAX).map(question_line).collect();
    let more = group.others.len().saturating_sub(GROUP_QUESTIONS_MAX - 1);
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    lines.join("\n")
}

/// Renders a question with its count, the reasons why it is on the list, and when it was last asked.
fn question_line(question: &UnansweredQuestion) -> String {
    let reasons = question.reasons.iter().map(|(reason, count)| {
        let text = match reason {
            UnansweredReason::Unknown => "unknown".to_owned(),
            UnansweredReason::Suggested => "suggestions not taken".to_owned(),
            UnansweredReason::Wrong { entry } => format!("{} was not meant", code(&truncate(entry, ID_CHARS))),
        };
        if question.reasons.len() > 1 { format!("{text} {count}×") } else { text }
    });
    let reasons = truncate(&reasons.collect::<Vec<_>>().join(", "), 2 * LISTED_CHARS);
    let asked = escape(&truncate(&question.asked, LISTED_CHARS));
    format!("**{}×** {asked} ({reasons}, last {})", question.count, relative_time(question.last.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discord::view::limits::EMBED_DESCRIPTION_MAX;
    use crate::moderation::UnixMillis;
    use crate::moderation::unanswered::QUESTION_CHARS;

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
    fn groups_are_shown_in_pages() {
        let groups: Vec<QuestionGroup> = (0..=PAGE).map(|n| alone(&format!("question {n}?"))).collect();
        let (text, range) = group_lines(&groups, 0);
        assert_eq!((text.lines().count(), range), (PAGE, 0..PAGE));
        for past in [1, 99] {
            let (text, range) = group_lines(&groups, past);
            assert_eq!((text.as_str(), range), ("9\\. **1×** question 8?, <t:9:R>", PAGE..PAGE + 1));
        }
        assert_eq!(group_lines(&[], 3), ("No question waits for an answer.".to_owned(), 0..0));
    }

    #[test]
    fn a_group_shows_the_reasons_of_each_question() {
        let wrong = UnansweredReason::Wrong { entry: "why-red".into() };
        let whole = QuestionGroup {
            head: asked("why *red*?", &[(UnansweredReason::Unknown, 2), (wrong, 1)]),
            others: vec![asked("red why", &[(UnansweredReason::Suggested, 1)])],
        };
        assert_eq!(
            group_text(&whole),
            "**3×** why \\*red\\*? (unknown 2×, `why-red` was not meant 1×, last <t:9:R>)\n\
             **1×** red why (suggestions not taken, last <t:9:R>)"
        );
        assert_eq!(group_lines(&[whole], 0).0, "1\\. **4×** why \\*red\\*? (and 1 like it), <t:9:R>");
    }

    #[test]
    fn the_longest_questions_fit_an_embed() {
        let long = "*".repeat(QUESTION_CHARS);
        let groups = vec![alone(&long); PAGE];
        assert!(group_lines(&groups, 0).0.chars().count() <= EMBED_DESCRIPTION_MAX);
        let reasons: Vec<_> =
            (0..9).map(|n| (UnansweredReason::Wrong { entry: "x".repeat(64) + &n.to_string() }, 9)).collect();
        let whole = QuestionGroup { head: asked(&long, &reasons), others: vec![asked(&long, &reasons); 99] };
        let text = group_text(&whole);
        assert!(text.chars().count() <= 2 * EMBED_DESCRIPTION_MAX && text.ends_with("… and 90 more"));
    }
}
