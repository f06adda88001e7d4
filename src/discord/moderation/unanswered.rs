//! `/knowledge unanswered` and `clear`: what nobody could answer, and what to do about it. Each step reads the list anew, so that
//! what somebody else dealt with meanwhile is gone.

use std::sync::Arc;

use serenity::all::{
    ButtonStyle, ComponentInteraction, CreateActionRow, CreateInteractionResponse, EditInteractionResponse,
};

use super::action::Step;
use super::draft::Draft;
use super::form::{self, Subject, Typed};
use super::gate::Moderator;
use super::page::{button, chosen, keep, menu, page, promise, promise_change};
use super::pick;
use super::preview::{propose, sentence};
use crate::discord::asking::{Bot, Context};
use crate::discord::interaction::error::{Failure, Refusal};
use crate::discord::moderation::unanswered_text as text;
use crate::discord::view::limits::clip;
use crate::discord::view::markdown::escape;
use crate::moderation::Edit;
use crate::moderation::unanswered::{QuestionGroup, QuestionKey, SHOWN_MAX, group};

/// How much is shown of what a boundary says to a question: a long sentence.
const SAYS_CHARS: usize = 300;

/// See what I could not answer, and teach me
#[poise::command(
    slash_command,
    name_localized("ja", "未回答"),
    name_localized("ru", "без-ответа"),
    description_localized("ja", "答えられなかった質問を見て、教える"),
    description_localized("ru", "Посмотреть, на что я не смог ответить, и научить меня")
)]
pub async fn unanswered(context: Context<'_>) -> Result<(), Failure> {
    let bot = context.data();
    let moderator = bot.moderation.gate(context.interaction)?;
    let ticket = promise(bot, context.interaction).await?;
    keep(bot, &ticket, list(bot, &moderator, 0).await).await
}

/// Empty the list of questions I could not answer
#[poise::command(
    slash_command,
    name_localized("ja", "一掃"),
    name_localized("ru", "очистить"),
    description_localized("ja", "未回答の質問の一覧を空にする"),
    description_localized("ru", "Очистить список вопросов без ответа")
)]
pub async fn clear(context: Context<'_>) -> Result<(), Failure> {
    let bot = context.data();
    let moderator = bot.moderation.gate(context.interaction)?;
    let ticket = promise(bot, context.interaction).await?;
    keep(bot, &ticket, ask_to_clear(bot, &moderator).await).await
}

async fn ask_to_clear(bot: &Bot, moderator: &Moderator) -> Result<EditInteractionResponse, Failure> {
    bot.moderation.unanswered_queue.flush().await;
    let count = moderator.edit_service.database().run(|database| database.question_count()).await?;
    let rows = vec![CreateActionRow::Buttons(vec![
        button(Step::Clear, "Empty the list", ButtonStyle::Danger),
        button(Step::Questions(0), "Look at it", ButtonStyle::Secondary),
    ])];
    let told =
        format!("{count} on the list. Emptying it forgets them for good, dismissed ones too; this cannot be undone.");
    Ok(page("Empty the list of unanswered questions?", &told, rows))
}

/// Takes a step with the list.
///
/// # Errors
/// If it cannot be taken; nothing was answered then.
pub async fn step(bot: &Bot, press: &ComponentInteraction, moderator: &Moderator, step: Step) -> Result<(), Failure> {
    // A form must be the first response.
    if let Step::Answer(key) | Step::Bound(key) = step {
        let asked = find(bot, moderator, key).await?;
        let subject = match step {
            Step::Bound(_) => Subject::NewBoundary(pick::nearest(bot, moderator, &asked.head.asked).await?),
            _ => Subject::NewEntry(None),
        };
        return open(bot, press, moderator, &asked, subject).await;
    }
    let ticket = promise_change(bot, press).await?;
    if let Step::Teach(key) = step {
        return match lesson(bot, press, moderator, key).await {
            Ok(draft) => {
                let id = bot.moderation.drafts.keep(draft.clone());
                propose(bot, &ticket, moderator, id, &draft).await
            }
            Err(failure) => keep(bot, &ticket, Err(failure)).await,
        };
    }
    let made = match step {
        Step::Group => one(bot, press, moderator).await,
        Step::Dismiss(key) => dismiss(bot, moderator, key).await,
        Step::Clear => empty(bot, moderator).await,
        Step::Questions(number) => list(bot, moderator, usize::try_from(number).unwrap_or(usize::MAX)).await,
        _ => Err(Refusal::OutOfDate.into()),
    };
    keep(bot, &ticket, made).await
}

/// The list as it is now, in groups. Grouping has a thread of its own.
async fn groups(bot: &Bot, moderator: &Moderator) -> Result<Vec<QuestionGroup>, Failure> {
    bot.moderation.unanswered_queue.flush().await;
    let questions = moderator.edit_service.database().run(|database| database.questions()).await?;
    let library = Arc::clone(&bot.library.load());
    let grouped = tokio::task::spawn_blocking(move || group(questions, library.matcher())).await;
    // It does not panic, and if it did, nobody could be told which group was meant.
    grouped.map_err(|_| Refusal::QuestionGone.into())
}

/// The group that a question is in.
async fn find(bot: &Bot, moderator: &Moderator, key: QuestionKey) -> Result<QuestionGroup, Failure> {
    let mut groups = groups(bot, moderator).await?.into_iter();
    Ok(groups.find(|group| group.keys().contains(&key)).ok_or(Refusal::QuestionGone)?)
}

/// A page of the list.
async fn list(bot: &Bot, moderator: &Moderator, number: usize) -> Result<EditInteractionResponse, Failure> {
    let groups = groups(bot, moderator).await?;
    let all = moderator.edit_service.database().run(|database| database.question_count()).await?;
    let (mut told, shown) = text::page(&groups, number);
    if all > SHOWN_MAX as u64 {
        told += &format!("\n\nOf {all} questions, these are of the {SHOWN_MAX} most frequent.");
    }
    if !bot.moderation.unanswered_queue.is_on() {
        told += "\n\nQuestions are not kept: `moderation.retention_days` is 0.";
    }
    let number = shown.start / text::PAGE;
    let options = groups[shown.clone()].iter().map(|group| (group.head.asked.clone(), group.head.key.0.to_string()));
    let mut rows = Vec::from_iter(menu(Step::Group, "Choose a question", options.collect()));
    let turn = |number: usize, label| button(Step::Questions(number as u64), label, ButtonStyle::Secondary);
    let back = (number > 0).then(|| turn(number - 1, "◀ Previous"));
    let forth = (shown.end < groups.len()).then(|| turn(number + 1, "Next ▶"));
    let turns: Vec<_> = back.into_iter().chain(forth).collect();
    if !turns.is_empty() {
        rows.push(CreateActionRow::Buttons(turns));
    }
    Ok(page("Unanswered questions", &told, rows))
}

/// The group that was chosen, with what can be done about it.
async fn one(
    bot: &Bot,
    press: &ComponentInteraction,
    moderator: &Moderator,
) -> Result<EditInteractionResponse, Failure> {
    let key = QuestionKey(chosen(press)?.parse().map_err(|_| Refusal::OutOfDate)?);
    let group = find(bot, moderator, key).await?;
    let library = bot.library.load();
    let verdict = library.ask(&group.head.asked).verdict;
    let boundary = verdict.boundary.map(|key| library.knowledge().boundary(key));
    let refuses = boundary.map(|boundary| (format!("(no answer) {}", boundary.question), boundary.id.clone()));
    let near = verdict.ranked.iter().map(|candidate| library.knowledge().entry(candidate.entry));
    let near = near.map(|entry| (entry.question.clone(), entry.id.clone()));
    let options = refuses.into_iter().chain(near).collect();
    let teach = menu(Step::Teach(key), "It is a wording of …", options);
    let actions = CreateActionRow::Buttons(vec![
        button(Step::Answer(key), "New entry", ButtonStyle::Primary),
        button(Step::Bound(key), "The text does not say", ButtonStyle::Primary),
        button(Step::Dismiss(key), "Dismiss", ButtonStyle::Secondary),
        button(Step::Questions(0), "Back to the list", ButtonStyle::Secondary),
    ]);
    let now = boundary.map(|boundary| format!("\n\nI say to it: {}", escape(&clip(&boundary.says, SAYS_CHARS))));
    let told = text::group(&group)
        + &now.unwrap_or_default()
        + "\n\nIs it a wording of a question I know? The menu has the nearest; `/knowledge wording` has them all.";
    Ok(page("Unanswered question", &told, teach.into_iter().chain([actions]).collect()))
}

/// The draft that teaches the chosen entry the commonest question of a group.
async fn lesson(
    bot: &Bot,
    press: &ComponentInteraction,
    moderator: &Moderator,
    key: QuestionKey,
) -> Result<Draft, Failure> {
    let entry = chosen(press)?;
    let group = find(bot, moderator, key).await?;
    let (file, item) = moderator.edit_service.find(entry).await.ok_or(Refusal::NoSuchEntry)?;
    let edit = Edit::AddWording { id: item.id().to_owned(), wording: group.head.asked.clone() };
    Ok(Draft { settles: group.keys(), ..Draft::of(moderator.user, file, edit) })
}

/// Opens a form with the commonest question of a group in it.
async fn open(
    bot: &Bot,
    press: &ComponentInteraction,
    moderator: &Moderator,
    group: &QuestionGroup,
    subject: Subject,
) -> Result<(), Failure> {
    let typed = Typed::begun(&group.head.asked, "", String::new());
    let draft = Draft { settles: group.keys(), ..Draft::to_type(moderator.user, subject.clone(), typed.clone()) };
    let id = bot.moderation.drafts.keep(draft);
    let form: CreateInteractionResponse = form::open(id, &subject, &typed);
    bot.respond(press, form).await
}

async fn dismiss(bot: &Bot, moderator: &Moderator, key: QuestionKey) -> Result<EditInteractionResponse, Failure> {
    let keys = find(bot, moderator, key).await?.keys();
    moderator.edit_service.database().run(move |database| database.dismiss(&keys)).await?;
    list(bot, moderator, 0).await
}

async fn empty(bot: &Bot, moderator: &Moderator) -> Result<EditInteractionResponse, Failure> {
    bot.moderation.unanswered_queue.flush().await;
    let gone = moderator.edit_service.database().run(|database| database.clear()).await?;
    tracing::info!(gone, "the list of unanswered questions was emptied");
    Ok(sentence("The list of unanswered questions is empty.", None))
}
