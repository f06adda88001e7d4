//! The commands: `/ask`, **Answer this**, `/sections`, `/section` and `/about`.
//! Their names and descriptions are also in Japanese and Russian, the two countries of the bundled text.

use serenity::all::{AutocompleteChoice, CreateAutocompleteResponse, CreateCommand, Message};

use crate::discord::asking::{Command, Context, Source};
use crate::discord::interaction::error::{Failure, Refusal};
use crate::discord::moderation;
use crate::discord::transport::markup::plain_text;
use crate::discord::view::limits::{CHOICE_MAX, CHOICES_MAX, clip};
use crate::discord::view::message_view::Audience;
use crate::discord::view::sections::{self, Shelf, shelves};
use crate::knowledge::Knowledge;
use crate::matching::normalise;

/// The question in what was put to the bot: in a message's text, or in what a command was given. None where none is asked.
#[must_use]
pub fn question_put(command: Option<&str>, text: &str) -> Option<String> {
    let question = match command {
        None | Some("Answer this") => plain_text(text),
        Some("ask") => text.to_owned(),
        Some(_) => String::new(),
    };
    (!question.is_empty()).then_some(question)
}

/// What poise hands to a command.
/// Every command.
#[must_use]
pub fn all() -> Vec<Command> {
    let mut all = vec![ask(), answer_this(), sections(), section(), about()];
    all.extend(moderation::commands::all());
    all
}

/// The commands as Discord is told them. poise leaves out the localised names of message menus; they are added here.
#[must_use]
pub fn definitions(commands: &[Command]) -> Vec<CreateCommand> {
    let localised = |command: &Command| {
        let menu = command.create_as_context_menu_command()?;
        let names = command.name_localizations.iter();
        Some(names.fold(menu, |menu, (locale, name)| menu.name_localized(locale.as_ref(), name.as_ref())))
    };
    commands.iter().filter_map(|command| command.create_as_slash_command().or_else(|| localised(command))).collect()
}

/// Ask a question; I answer from the text and show where it says so
#[poise::command(
    slash_command,
    name_localized("ja", "質問"),
    name_localized("ru", "вопрос"),
    description_localized("ja", "質問すると、本文から出典つきで答えます"),
    description_localized("ru", "Задайте вопрос: отвечу по тексту и покажу, где это сказано"),
    install_context = "Guild",
    interaction_context = "Guild|BotDm"
)]
async fn ask(
    context: Context<'_>,
    #[description = "Your question, in your own words"]
    #[name_localized("ja", "質問文")]
    #[name_localized("ru", "текст")]
    #[description_localized("ja", "あなたの言葉での質問")]
    #[description_localized("ru", "Ваш вопрос своими словами")]
    #[autocomplete = "complete_question"]
    #[max_length = 1000]
    question: String,
    #[description = "Show the answer to you alone"]
    #[name_localized("ja", "非公開")]
    #[name_localized("ru", "лично")]
    #[description_localized("ja", "答えを自分だけに表示します")]
    #[description_localized("ru", "Показать ответ только вам")]
    private: Option<bool>,
) -> Result<(), Failure> {
    respond(context, &question, private.unwrap_or(false), Source::Command).await
}

/// Answers the message that it is picked on.
#[poise::command(
    context_menu_command = "Answer this",
    name_localized("ja", "これに回答"),
    name_localized("ru", "Ответить на это"),
    install_context = "Guild",
    interaction_context = "Guild|BotDm"
)]
async fn answer_this(context: Context<'_>, message: Message) -> Result<(), Failure> {
    let question = plain_text(&message.content);
    if question.is_empty() {
        return Err(Refusal::NothingAsked.into());
    }
    respond(context, &question, false, Source::Menu).await
}

async fn respond(context: Context<'_>, question: &str, private: bool, way: Source) -> Result<(), Failure> {
    let (bot, interaction) = (context.data(), context.interaction);
    let channel = (!private).then_some(interaction.channel_id);
    bot.may_interact(interaction.user.id, channel, interaction.id.created_at())?;
    let drawn = bot.answer(question, Audience { asker: interaction.user.id, private }, way);
    bot.show(interaction, drawn.look.asked(question), private).await?;
    drawn.question.sent();
    bot.note(drawn.note);
    Ok(())
}

/// See what I can answer, section by section
#[poise::command(
    slash_command,
    name_localized("ja", "章一覧"),
    name_localized("ru", "разделы"),
    description_localized("ja", "答えられる内容を章ごとに見る"),
    description_localized("ru", "Посмотреть по разделам, на что я могу ответить"),
    install_context = "Guild",
    interaction_context = "Guild|BotDm"
)]
async fn sections(context: Context<'_>) -> Result<(), Failure> {
    let audience = Audience { asker: context.interaction.user.id, private: true };
    let look = sections::sections(context.data().library.load().knowledge(), audience);
    context.data().show(context.interaction, look, true).await
}

/// See the questions of one section
#[poise::command(
    slash_command,
    name_localized("ja", "章"),
    name_localized("ru", "раздел"),
    description_localized("ja", "一つの章の質問を見る"),
    description_localized("ru", "Посмотреть вопросы одного раздела"),
    install_context = "Guild",
    interaction_context = "Guild|BotDm"
)]
async fn section(
    context: Context<'_>,
    #[description = "The section's title"]
    #[name_localized("ja", "章名")]
    #[name_localized("ru", "название")]
    #[description_localized("ja", "章の題名")]
    #[description_localized("ru", "Название раздела")]
    #[autocomplete = "complete_section"]
    #[max_length = 100]
    name: String,
) -> Result<(), Failure> {
    let audience = Audience { asker: context.interaction.user.id, private: true };
    let look = {
        let library = context.data().library.load();
        let found = named(library.knowledge(), &name);
        // A name of punctuation alone says as little as none.
        let shelf = found.first().filter(|_| !normalise(&name).is_empty()).ok_or(Refusal::NoSuchSection)?;
        sections::page(shelf, 0, audience)
    };
    context.data().show(context.interaction, look, true).await
}

/// What I know, from when the text is, and what I store
#[poise::command(
    slash_command,
    name_localized("ja", "概要"),
    name_localized("ru", "о-боте"),
    description_localized("ja", "何を知っているか、本文の時期、保存する情報について"),
    description_localized("ru", "Что я знаю, от какого времени текст и что я храню"),
    install_context = "Guild",
    interaction_context = "Guild|BotDm"
)]
async fn about(context: Context<'_>) -> Result<(), Failure> {
    let bot = context.data();
    let look = sections::about(bot.library.load().knowledge(), bot.moderation.unanswered_queue.is_on());
    context.data().show(context.interaction, look, true).await
}

/// The sections that what is typed may name, by their label or a part of it, or by their id. The one of just that label comes
/// first, the others in order. Nothing typed may become any of them.
fn named<'a>(knowledge: &'a Knowledge, typed: &str) -> Vec<Shelf<'a>> {
    let normal = normalise(typed);
    let label = |shelf: &Shelf<'_>| normalise(&shelf.label(knowledge));
    let fits = |shelf: &Shelf<'_>| label(shelf).contains(&normal) || shelf.section.id == typed;
    let mut found: Vec<_> = shelves(knowledge).filter(fits).collect();
    found.sort_by_key(|shelf| label(shelf) != normal);
    found
}

async fn complete_section(context: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let library = context.data().library.load();
    let found = named(library.knowledge(), typed);
    choices(found.iter().map(|shelf| shelf.label(library.knowledge())))
}

/// The curated questions nearest to what is typed; before a letter is typed, those that most other entries lead to.
async fn complete_question(context: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let library = context.data().library.load();
    let keys = if typed.trim().is_empty() {
        library.starters(CHOICES_MAX)
    } else {
        library.matcher().complete(typed, CHOICES_MAX)
    };
    choices(keys.into_iter().map(|key| library.knowledge().entry(key).question.clone()))
}

/// Choices whose value is what they show.
fn choices(labels: impl Iterator<Item = String>) -> CreateAutocompleteResponse {
    let labels = labels.take(CHOICES_MAX).map(|label| clip(&label, CHOICE_MAX));
    let choices = labels.map(|label| AutocompleteChoice::new(label.clone(), label));
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::knowledge::{Document, Section};

    #[test]
    fn a_section_is_named_by_its_label_a_part_of_it_or_its_id() {
        let section =
            |id: &str, title: &str| Section { id: id.into(), title: title.into(), paragraphs: 1, summary: None };
        let sections = vec![section("crew", "The Ferry and Its Crew"), section("bay-crossing", "The Ferry")];
        let knowledge = Knowledge::new(vec![Document { sections, ..Document::default() }]);
        for (typed, ids) in [
            ("the ferry", &["bay-crossing", "crew"][..]),
            ("FERRY", &["crew", "bay-crossing"]),
            ("bay-crossing", &["bay-crossing"]),
            ("", &["crew", "bay-crossing"]),
            ("harbour", &[]),
        ] {
            let found: Vec<_> = named(&knowledge, typed).iter().map(|shelf| shelf.section.id.clone()).collect();
            assert_eq!(found, ids, "{typed}");
        }
    }

    #[test]
    fn every_command_option_and_description_is_in_three_languages() {
        let definitions = serde_json::to_value(definitions(&all())).unwrap();
        for command in definitions.as_array().unwrap() {
            let options = command["options"].as_array().unwrap();
            let has_description = command["description"].is_string();
            for part in [command].into_iter().chain(options) {
                for locale in ["ja", "ru"] {
                    assert!(part["name_localizations"][locale].is_string(), "{part}");
                    assert!(!has_description || part["description_localizations"][locale].is_string(), "{part}");
                }
            }
        }
    }

    #[test]
    fn names_and_descriptions_are_within_discords_limits() {
        let definitions = serde_json::to_value(definitions(&all())).unwrap();
        let text = definitions.to_string();
        for key in ["ask", "Answer this", "sections", "section", "about"] {
            assert!(text.contains(&format!("\"name\":\"{key}\"")), "{key}");
        }
        for command in definitions.as_array().unwrap() {
            let description = command["description"].as_str().unwrap_or_default();
            assert!(description.chars().count() <= 100, "{description}");
        }
    }
}
