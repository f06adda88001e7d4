//! Floods by members: messages, edits, commands and buttons.

use std::collections::HashSet;
use std::error::Error;
use std::time::Duration;

use footnote_sandbox::{MODERATOR, Snowflake};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::arena::{ATTACKERS, Arena, FLOODED, Posted, QUIET_CHANNELS, Result};
use crate::floods::FloodOutcome;
use crate::generated::Random;
use crate::report::milliseconds;

/// One letter that becomes 18 when it is normalised.
const LIGATURE: &str = "\u{FDFA}";

/// Words of a question, for texts of any length.
const WORDS: &str = "why did abe want closer ties with russia after the island talks and the sanctions of 2014 ";

/// Waits until Discord's three seconds for the first response to an interaction are over.
const RESPONSES: Duration = Duration::from_millis(3_100);

fn member(number: usize) -> String {
    format!("member-{}", 1 + number % ATTACKERS)
}

fn quiet_channel(number: usize) -> String {
    format!("channel-{}", QUIET_CHANNELS.start + number % QUIET_CHANNELS.len())
}

/// Members type long questions into `/ask`.
pub async fn typing(arena: &Arena, users: usize, per_second: u32, least: usize) -> Result<FloodOutcome> {
    let mut keystrokes = Vec::new();
    let act = async |number: usize| {
        let chars = least + number * 997 % (6_001 - least);
        let text: String = WORDS.chars().cycle().skip(number).take(chars).collect();
        let user = member(number % users);
        let typed = [("question", json!(text))];
        keystrokes.push(arena.sandbox.autocomplete(&user, FLOODED, "ask", &typed, "question").await?);
        Ok(())
    };
    arena.repeat(per_second, arena.seconds(2, 10), act).await?;
    Ok(FloodOutcome::note(responses(arena, "keystrokes", &keystrokes).await))
}

/// Five members ask five questions each in ten seconds.
pub async fn busy_channel(arena: &Arena) -> Result<FloodOutcome> {
    let mut asked = Vec::new();
    let act = async |number| {
        asked.push(arena.ask(&member(number % 5), FLOODED, "Why did Abe want to get closer to Russia?").await?);
        Ok(())
    };
    // 25 in 10 s.
    let length = arena.seconds(10, 30);
    arena.repeat(5, length / 2, act).await?;
    let end = Instant::now() + length;
    while Instant::now() < end && asked.iter().any(|(id, _)| arena.arrival(*id).is_none()) {
        sleep(Duration::from_millis(50)).await;
    }
    Ok(FloodOutcome::note(admitted(arena, &asked)))
}

/// Describes the replies to questions: how many, and how long the first, the last and the slowest answer took.
fn admitted(arena: &Arena, asked: &[Posted]) -> String {
    let replies: Vec<_> = asked.iter().filter_map(|(id, at)| Some((*at, arena.arrival(*id)?))).collect();
    let times: Vec<_> = replies.iter().filter(|(_, reply)| reply.answer).map(|(at, reply)| reply.at - *at).collect();
    let shown = |time: Option<&Duration>| time.map_or("–".to_owned(), |time| milliseconds(*time));
    format!(
        "{} questions: {} answered (first after {} ms, last {} ms, slowest {} ms), {} refused",
        asked.len(),
        times.len(),
        shown(times.first()),
        shown(times.last()),
        shown(times.iter().max()),
        replies.len() - times.len()
    )
}

/// Members edit their own question again and again, while others delete questions in other channels.
pub async fn edits(arena: &Arena) -> Result<FloodOutcome> {
    let editors = if arena.quick { 5 } else { 20 };
    let mut questions = Vec::new();
    for number in 0..editors {
        questions.push(arena.ask(&member(number), FLOODED, "who followed abe").await?);
    }
    arena.series(questions.clone()).await;
    let mut deleted = HashSet::new();
    let mention = arena.sandbox.mention();
    // Each of 20 members edits every 2 s for a minute; then scripts make as many edits in 3 s.
    let slow = if arena.quick { Duration::ZERO } else { Duration::from_secs(60) };
    let fast = Duration::from_secs(3);
    let edit = async |number: usize| {
        let text = format!("{mention} why did abe want closer ties with russia in {number}");
        arena.sandbox.edit(&member(number % editors), questions[number % editors].0, &text).await?;
        Ok(())
    };
    let editing =
        async { Ok::<_, Box<dyn Error>>(arena.repeat(10, slow, edit).await? + arena.repeat(200, fast, edit).await?) };
    let deleting = arena.repeat(4, slow + fast, async |number| {
        let user = member(editors + number % 50);
        let (question, _) = arena.ask(&user, &quiet_channel(number), "who followed abe").await?;
        arena.sandbox.wait_for_reply(question).await?;
        arena.sandbox.delete(&user, question).await?;
        deleted.insert(question);
        Ok(())
    });
    let (edits, deletions) = tokio::join!(editing, deleting);
    let patches = || {
        let calls = arena.sandbox.calls();
        calls.iter().filter(|call| call.method == "PATCH" && call.route().contains("/channels/")).count()
    };
    let note = format!("{} edits, {} PATCH calls, {} deletions", edits?, patches(), deletions?);
    Ok(FloodOutcome { deletions_lost: remaining_answers(arena, &deleted).await, ..FloodOutcome::note(note) })
}

/// Waits until the answers to deleted questions are gone, or for a limited time. Returns how many remain.
async fn remaining_answers(arena: &Arena, deleted: &HashSet<Snowflake>) -> usize {
    let end = Instant::now() + arena.seconds(5, 20);
    loop {
        let remain = arena.sandbox.read(|world| {
            let answers = world.messages().filter(|message| message.author == world.directory.bot);
            answers.filter(|answer| answer.reference.is_some_and(|question| deleted.contains(&question))).count()
        });
        if remain == 0 || Instant::now() > end {
            return remain;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// One member sends the costliest text far too often.
pub async fn over_the_limit(arena: &Arena) -> Result<FloodOutcome> {
    let text = LIGATURE.repeat(1_900);
    let mut asked = Vec::new();
    let act = async |_| {
        asked.push(arena.ask(&member(0), FLOODED, &text).await?);
        Ok(())
    };
    arena.repeat(130, arena.seconds(2, 10), act).await?;
    sleep(Duration::from_secs(1)).await;
    let replies = asked.iter().filter(|(id, _)| arena.arrival(*id).is_some()).count();
    Ok(FloodOutcome::note(format!("{} messages, {replies} replies", asked.len())))
}

/// Many members post what looks like questions in a channel that the bot listens to.
pub async fn unasked(arena: &Arena) -> Result<FloodOutcome> {
    let mut posted = Vec::new();
    let act = async |number| {
        let text = match number % 3 {
            0 => format!("why did abe want closer ties with russia, number {number}?"),
            1 => format!("does anybody know what the best pizza place number {number} is called?"),
            _ => WORDS.chars().cycle().take(1_900).chain("?".chars()).collect(),
        };
        let id = arena.sandbox.post(&member(number), FLOODED, &text).await?;
        posted.push((id, Instant::now()));
        Ok(())
    };
    arena.repeat(100, arena.seconds(2, 10), act).await?;
    Ok(FloodOutcome::note(admitted(arena, &posted)))
}

/// Members press a button of one answer 200 times a second.
pub async fn presses(arena: &Arena, users: usize) -> Result<FloodOutcome> {
    let (question, _) = arena.ask(&member(0), FLOODED, "Why did Abe want to get closer to Russia?").await?;
    let answer = arena.sandbox.wait_for_reply(question).await?.id;
    let mut presses = Vec::new();
    let act = async |number: usize| {
        // A press by the asker replaces the buttons.
        let message = arena.sandbox.message(answer).ok_or("the answer is gone")?;
        let label = message.button_labels().first().copied().unwrap_or_default().to_owned();
        presses.push(arena.sandbox.click(&member(number % users), answer, &label).await?);
        Ok(())
    };
    arena.repeat(200, arena.seconds(2, 10), act).await?;
    Ok(FloodOutcome::note(responses(arena, "presses", &presses).await))
}

/// Describes how many interactions got a response in time.
async fn responses(arena: &Arena, name: &str, interactions: &[Snowflake]) -> String {
    sleep(RESPONSES).await;
    let answered = arena.sandbox.read(|world| {
        let answered = |id: &&Snowflake| world.interaction(**id).is_some_and(|found| found.first_answer.is_some());
        interactions.iter().filter(answered).count()
    });
    format!("{} {name}, {answered} with a response", interactions.len())
}

/// Many members ask what nobody asked before, after one question was asked 300 times.
pub async fn nonsense(arena: &Arena) -> Result<FloodOutcome> {
    const FREQUENT: &str = "what is the best pizza in town?";
    let (frequent, once) = if arena.quick { (300, 2_000) } else { (300, 10_400) };
    let mut asked: Vec<Posted> = Vec::new();
    for number in 0..frequent + once {
        let text = if number < frequent { FREQUENT.to_owned() } else { format!("zorblax{number} glimmer{number}?") };
        asked.push(arena.ask(&member(number), &quiet_channel(number), &text).await?);
        // No more at once than the bot handles.
        while asked.len().checked_sub(200).is_some_and(|earlier| arena.arrival(asked[earlier].0).is_none()) {
            sleep(Duration::from_millis(1)).await;
        }
    }
    arena.series(asked.split_off(asked.len() - 200)).await;
    // The bot writes the list at least once a second.
    sleep(Duration::from_secs(2)).await;
    let list = arena.sandbox.slash(MODERATOR, FLOODED, "knowledge unanswered", &[]).await?;
    let list = arena.sandbox.wait_for_answer(list).await?.message()?;
    let listed = list.text().contains("pizza");
    let note = format!("{once} one-off questions; the frequent one is {}on the list", if listed { "" } else { "not " });
    Ok(FloodOutcome::note(note).expect(listed, "the frequent question is not on the list"))
}

/// Members ask in 100 direct messages; then the gateway fails and the session is lost. Are the questions that others
/// asked meanwhile in other channels answered?
pub async fn many_places(arena: &Arena) -> Result<FloodOutcome> {
    let mut asked = Vec::new();
    for number in 0..5 {
        asked.push(arena.ask(&member(100 + number), &quiet_channel(number), "who followed abe").await?);
    }
    arena.series(std::mem::take(&mut asked)).await;
    for number in 0..100 {
        asked.push(arena.ask(&member(number), "dm", "who followed abe").await?);
    }
    arena.series(std::mem::take(&mut asked)).await;
    arena.over.cancel();
    arena.sandbox.refuse_connections(3);
    arena.sandbox.refuse_resumes(1);
    arena.sandbox.drop_gateway(None);
    for number in 0..5 {
        asked.push(arena.ask(&member(100 + number), &quiet_channel(number), "who followed abe").await?);
    }
    // The first answers come after the reconnection.
    let missed = arena.series(asked).await.unanswered;
    let note = format!("{} of 5 questions asked during the outage answered", 5 - missed);
    Ok(FloodOutcome::note(note).expect(missed == 0, "questions asked during the outage stay unanswered"))
}

/// One message arrives 200 times; then 20 messages are created, edited and deleted 6,000 times in random order.
pub async fn storm(arena: &Arena) -> Result<FloodOutcome> {
    let mut asked = Vec::new();
    for number in 0..20 {
        asked.push(arena.ask(&member(number), &quiet_channel(number), "who followed abe").await?.0);
    }
    let send = |name: &str, number: usize, data: serde_json::Value| {
        // Events with the sequence number of the last real one leave the session as it is.
        let sequence = arena.sandbox.read(|world| world.sessions.iter().next_back().map(|session| session.sequence));
        arena.sandbox.send_on_gateway(&json!({ "op": 0, "t": name, "s": sequence, "d": data }).to_string());
        number
    };
    let messages = arena.sandbox.read(|world| {
        let found = asked.iter().filter_map(|id| world.message(*id));
        found
            .map(|message| {
                let mut json = world.message_json(message);
                json["guild_id"] = json!(message.guild);
                json
            })
            .collect::<Vec<_>>()
    });
    for number in 0..200 {
        send("MESSAGE_CREATE", number, messages[0].clone());
    }
    let events = if arena.quick { 2_000 } else { 6_000 };
    let mut random = Random(1);
    for number in 0..events {
        let mut message = messages[random.below(20)].clone();
        match random.below(3) {
            0 => send("MESSAGE_CREATE", number, message),
            1 => {
                message["content"] = json!(format!("{} why did abe court russia {number}", arena.sandbox.mention()));
                message["edited_timestamp"] = message["timestamp"].clone();
                send("MESSAGE_UPDATE", number, message)
            }
            _ => {
                let ids = json!({ "id": message["id"], "channel_id": message["channel_id"], "guild_id": message["guild_id"] });
                send("MESSAGE_DELETE", number, ids)
            }
        };
        // The sandbox ends a connection for which 1,000 events wait.
        if number % 300 == 299 {
            sleep(Duration::from_millis(15)).await;
        }
    }
    for (number, id) in asked.iter().enumerate() {
        arena.sandbox.delete(&member(number), *id).await?;
    }
    let deleted: HashSet<_> = asked.iter().copied().collect();
    let lost = remaining_answers(arena, &deleted).await;
    let answers = |id: &Snowflake| {
        let nonce = json!(id.to_string());
        let calls = arena.sandbox.calls();
        calls.iter().filter(|call| call.method == "POST" && call.status == 200 && call.body["nonce"] == nonce).count()
    };
    let duplicates = asked.iter().filter(|id| answers(id) > 1).count();
    let note = format!("200 duplicates and {events} events; {duplicates} questions answered twice");
    let findings = FloodOutcome { deletions_lost: lost, ..FloodOutcome::note(note) };
    Ok(findings.expect(duplicates == 0, "questions were answered twice"))
}
