//! The data of the inspector: the questions to the bot in a channel, and the bot's REST calls.

use serde_json::{Value, json};

use super::state::{InspectedQuestion, PageState, Viewer};
use super::view::locate_viewer;
use crate::acts::json::as_typed;
use crate::call_log::Call;
use crate::error::ActError;
use crate::interaction::{Interaction, InteractionKind};
use crate::message::Message;
use crate::snowflake::Snowflake;
use crate::world::World;

/// Number of questions shown, newest first.
const QUESTIONS_MAX: usize = 20;

/// Number of REST calls shown, newest first.
const CALLS_MAX: usize = 50;

/// Maximum length of a shown request or response body, in characters: enough for an answer with its embed and buttons.
const BODY_CHARS_MAX: usize = 8_000;

/// The questions in the viewer's channel that the viewer can see, newest first; each with the text that the bot
/// extracts from it.
pub(super) fn questions(state: &PageState, viewer: &Viewer) -> Result<Vec<(InspectedQuestion, String)>, ActError> {
    let with_text =
        |question: InspectedQuestion| state.bot_info.extract_question(&question).map(|text| (question, text));
    state.sandbox.read(|world| {
        let (user, channel) = locate_viewer(world, viewer)?;
        let sees = |message: &Message| message.channel == channel.id && world.sees(user.id, message);
        let messages = world.messages().rev().filter(|message| sees(message) && is_addressed_to_bot(world, message));
        let own = |interaction: &Interaction| interaction.channel == channel.id && interaction.user == user.id;
        let is_visible = |interaction: &&Interaction| {
            let answer = interaction.original.and_then(|id| world.message(id));
            own(interaction) || answer.is_some_and(sees)
        };
        let commands = world.interactions().rev().filter(is_visible);
        let messages = messages.map(|message| question_in_message(world, message)).filter_map(with_text);
        let commands = commands.filter_map(|interaction| question_in_command(world, interaction)).filter_map(with_text);
        let mut questions: Vec<_> = messages.take(QUESTIONS_MAX).chain(commands.take(QUESTIONS_MAX)).collect();
        questions.sort_by_key(|(question, _)| std::cmp::Reverse(question.id));
        questions.truncate(QUESTIONS_MAX);
        Ok(questions)
    })
}

/// Whether a message is for the bot: it mentions the bot, is a direct message, or has a reply from the bot.
fn is_addressed_to_bot(world: &World, message: &Message) -> bool {
    let bot = world.directory.bot;
    let direct = message.guild.is_none() || message.mentions.contains(&bot);
    let answered = || world.messages().any(|reply| reply.author == bot && reply.reference == Some(message.id));
    message.author != bot && (direct || answered())
}

fn name(world: &World, user: Snowflake) -> String {
    world.directory.user(user).map(|user| user.name.clone()).unwrap_or_default()
}

fn question_in_message(world: &World, message: &Message) -> InspectedQuestion {
    InspectedQuestion {
        id: message.id,
        user: name(world, message.author),
        command: None,
        text: message.content.clone(),
    }
}

fn question_in_command(world: &World, interaction: &Interaction) -> Option<InspectedQuestion> {
    if interaction.kind != InteractionKind::Command {
        return None;
    }
    let data = &interaction.data;
    let target = data["target_id"].as_str().map(|target| &data["resolved"]["messages"][target]["content"]);
    let text = target.or_else(|| first_text(&data["options"]))?.as_str()?.to_owned();
    let command = data["name"].as_str().map(str::to_owned);
    Some(InspectedQuestion { id: interaction.id, user: name(world, interaction.user), command, text })
}

/// The first text among options, including those of subcommands.
fn first_text(options: &Value) -> Option<&Value> {
    let mut options = options.as_array()?.iter();
    options
        .find_map(|option| first_text(&option["options"]).or(Some(&option["value"]).filter(|value| value.is_string())))
}

/// The data of the inspector, without explanations; the page requests each explanation when its question is opened.
pub(super) fn inspector_json(state: &PageState, viewer: &Viewer) -> Result<Value, ActError> {
    let questions = questions(state, viewer)?;
    Ok(state.sandbox.read(|world| {
        let questions = questions.iter().map(|(question, _)| {
            json!({
                "id": question.id, "user": question.user, "command": question.command, "text": as_typed(world, &question.text),
            })
        });
        let numbers = (0..world.log.count()).rev();
        let calls = numbers.zip(world.log.calls().rev()).take(CALLS_MAX).map(|(number, call)| call_json(number, call));
        json!({ "questions": questions.collect::<Vec<_>>(), "calls": calls.collect::<Vec<_>>() })
    }))
}

fn call_json(number: usize, call: &Call) -> Value {
    let shown = |body: &Value| {
        let text = if body.is_null() { String::new() } else { format!("{body:#}") };
        match text.char_indices().nth(BODY_CHARS_MAX) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    };
    json!({
        "number": number, "method": call.method, "path": call.path, "status": call.status,
        "body": shown(&call.body), "response": shown(&call.response),
    })
}
