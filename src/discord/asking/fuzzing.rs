//! Laws of what members can do to a question; see [`crate::discord::fuzzing`].
//! The sequences of events use the state that the handlers use, with pauses in place of calls to Discord.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::json;
use serenity::all::MessageId;
use tokio::task::{JoinSet, LocalSet, yield_now};

use super::commands::{ask, section};
use super::followed::FollowedQuestions;
use crate::discord::transport::message::MessageUpdate;
use crate::discord::view::limits::{CHOICE_MAX, CHOICES_MAX};
use crate::knowledge::limits::WORDING_CHARS;
use crate::library::Library;

/// The messages of a sequence of events. Few, so that many events concern the same one.
const MESSAGES: u8 = 4;

/// The pauses after which all tasks must have ended. Each task makes at most as many as fit into a byte.
const PAUSES_MAX: usize = 100_000;

/// Checks what is offered while a member types: at most 25 choices, each within Discord's limit.
pub fn autocompletion(typed: &str, library: &Library) {
    for choices in [ask::completions(library, typed), section::completions(library, typed)] {
        assert!(choices.len() <= CHOICES_MAX);
        for choice in json!(choices).as_array().into_iter().flatten() {
            for text in [&choice["name"], &choice["value"]] {
                let length = text.as_str().map(|text| text.chars().count());
                assert!(length.is_some_and(|length| (1..=CHOICE_MAX).contains(&length)), "{choice}");
            }
        }
    }
    assert_bounded(typed, library);
}

/// Checks that of a long text only the end is read: the question that the member is typing.
fn assert_bounded(typed: &str, library: &Library) {
    let times = WORDING_CHARS / typed.chars().count().max(1) + 2;
    let end = typed.repeat(times);
    if end.chars().count() > WORDING_CHARS {
        let offered = |start: &str| json!(ask::completions(library, &format!("{start} {end}")));
        assert_eq!(offered("who followed abe"), offered("what happened to the island talks"), "{typed:?}");
    }
}

/// The answers that the bot posted, with the text that each is for.
#[derive(Debug, Default)]
struct PostedAnswers {
    answers: BTreeMap<MessageId, String>,
    answered: BTreeMap<u8, MessageId>,
    next: u64,
}

/// Plays creations, edits, deletions and duplicates of a few messages. Each byte is an event: the message, the kind, and
/// the number of pauses that its task makes. Checks that all tasks end, that no message is answered twice, that an
/// answer is for the newest text, and that no answer remains after a deletion.
pub fn events(bytes: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let Ok(runtime) = runtime else { return };
    LocalSet::new().block_on(&runtime, play(bytes));
}

async fn play(bytes: &[u8]) {
    let followed = Rc::new(FollowedQuestions::default());
    let discord = Rc::new(RefCell::new(PostedAnswers { next: 100, ..PostedAnswers::default() }));
    let mut tasks = JoinSet::new();
    let mut newest: BTreeMap<u8, String> = BTreeMap::new();
    let (mut created, mut deleted) = (BTreeSet::new(), BTreeSet::new());
    for (number, byte) in bytes.iter().enumerate() {
        let (message, kind, pauses) = (byte % MESSAGES, byte / MESSAGES % 4, byte / MESSAGES / 4);
        let id = MessageId::new(u64::from(message) + 1);
        let discord = Rc::clone(&discord);
        match kind {
            // The first time, the message itself; then a duplicate.
            0 if created.contains(&message) || !deleted.contains(&message) => {
                let Some(mut claim) = followed.claim(id) else { continue };
                assert!(created.insert(message), "claimed twice");
                newest.insert(message, "as it was asked".to_owned());
                tasks.spawn_local(async move {
                    pause(pauses).await;
                    let mut discord = discord.borrow_mut();
                    let answer = MessageId::new(discord.next);
                    discord.next += 1;
                    discord.answers.insert(answer, "as it was asked".to_owned());
                    assert!(discord.answered.insert(message, answer).is_none(), "answered twice");
                    claim.answer = Some(answer);
                });
            }
            1 => {
                let text = format!("edit {number}");
                let json = json!({ "id": id, "channel_id": "1", "content": text });
                let Ok(update) = serde_json::from_value::<MessageUpdate>(json) else { continue };
                if followed.follows(id) {
                    newest.insert(message, text);
                }
                let Some(edit) = followed.edit(Box::new(update)) else { continue };
                tasks.spawn_local(async move {
                    let Some((claim, update)) = edit.claim().await else { return };
                    pause(pauses).await;
                    let mut discord = discord.borrow_mut();
                    let text = claim.answer.and_then(|answer| discord.answers.get_mut(&answer));
                    if let (Some(text), Some(content)) = (text, update.content) {
                        *text = content;
                    }
                });
            }
            2 => {
                deleted.insert(message);
                let Some(deletion) = followed.delete(id) else { continue };
                tasks.spawn_local(async move {
                    let mut claim = deletion.claim().await;
                    pause(pauses).await;
                    if let Some(answer) = claim.answer.take() {
                        discord.borrow_mut().answers.remove(&answer);
                    }
                });
            }
            _ => pause(pauses).await,
        }
    }
    for _ in 0..PAUSES_MAX {
        while let Some(ended) = tasks.try_join_next() {
            assert!(ended.is_ok(), "a task panicked: {ended:?}");
        }
        if tasks.is_empty() {
            break;
        }
        yield_now().await;
    }
    assert!(tasks.is_empty(), "{} tasks wait for each other", tasks.len());
    let discord = discord.borrow();
    for message in created {
        let answer = discord.answered.get(&message).and_then(|answer| discord.answers.get(answer));
        let expected = if deleted.contains(&message) { None } else { newest.get(&message) };
        assert_eq!(answer, expected, "message {message}");
    }
}

/// Lets other tasks run, as a call to Discord does.
async fn pause(times: u8) {
    for _ in 0..times {
        yield_now().await;
    }
}
