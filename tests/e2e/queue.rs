//! The queue of unanswered questions: it records questions and reasons, but no users and no channels.

use footnote::moderation::unanswered::UnansweredReason;
use footnote_sandbox::{FirstAnswer, MEMBER, Message, OTHER, Options, Snowflake};

use crate::stage::{NO_LIMITS, Stage, UNSURE};

const ANSWERED: &str = "who built the beacon?";
const BOUNDARY: &str = "what did the lighthouse cost to build?";
const NEAR_BOUNDARY: &str = "the price of building that tower please";
const UNKNOWN: &str = "what is the best pizza in town?";
const VAGUE: &str = "which vessel";
const FEEDBACK: &str = "Not what I meant";
const NONE: &str = "None of these";
const THANKS: &str = "Thank you. The moderators will find your question in their list, without your name.";
const TOO_LATE: &str = "I can no longer see your question, so I recorded nothing.";

fn unsure() -> String {
    format!("{NO_LIMITS}{UNSURE}")
}

/// A question in the queue that was recorded this number of times for one reason.
fn recorded(question: &str, reason: UnansweredReason, times: u64) -> (String, Vec<(UnansweredReason, u64)>) {
    (question.to_owned(), vec![(reason, times)])
}

fn wrong(entry: &str) -> UnansweredReason {
    UnansweredReason::Wrong { entry: entry.to_owned() }
}

#[tokio::test]
async fn unanswered_questions_are_recorded_for_every_way_to_ask() {
    let mut stage =
        Stage::empty(Options { approved_intents: footnote_sandbox::intents::MESSAGE_CONTENT, ..Options::default() })
            .await;
    let listened = stage.channel("offtopic");
    stage.run(&format!("{NO_LIMITS}[discord]\nlisten_channels = [\"{listened}\"]\n")).await;
    for question in [UNKNOWN, ANSWERED, BOUNDARY, NEAR_BOUNDARY, "%%%", ""] {
        stage.ask(MEMBER, "general", question).await;
    }
    stage.ask(OTHER, "dm", "What is the best pizza in town").await;
    stage.ask_by_command("who sells the best ice cream?", true).await;
    let overheard = stage.sandbox.post(MEMBER, "offtopic", "how do I bake bread at home?").await.unwrap();
    stage.stop().await;
    assert!(stage.replies(overheard).is_empty());
    let expected = [
        recorded("What is the best pizza in town", UnansweredReason::Unknown, 2),
        recorded(NEAR_BOUNDARY, UnansweredReason::Unknown, 1),
        recorded("who sells the best ice cream?", UnansweredReason::Unknown, 1),
    ];
    assert_eq!(stage.unanswered_questions(), expected);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn a_question_with_suggestions_is_recorded_until_the_asker_picks_one() {
    let mut stage = Stage::start(&unsure()).await;
    let by_mention = stage.ask(MEMBER, "general", VAGUE).await;
    let by_command = stage.ask_by_command(VAGUE, true).await;
    let others = stage.ask(MEMBER, "general", "any keepers in storms").await;
    let first = |message: &Message| message.button_labels()[0].to_owned();
    for suggested in [&by_mention, &by_command] {
        let pressed = stage.click(MEMBER, suggested.id, &first(suggested)).await;
        assert_eq!(pressed.first_answer, FirstAnswer::Update);
        assert!(
            !stage.sandbox.message(suggested.id).unwrap().button_labels().contains(&FEEDBACK),
            "the asker picked this answer"
        );
    }
    stage.click(OTHER, others.id, &first(&others)).await;
    stage.stop().await;
    assert_eq!(stage.unanswered_questions(), [recorded("any keepers in storms", UnansweredReason::Suggested, 1)]);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn only_the_asker_can_mark_an_answer_as_not_meant_and_only_once() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let by_mention = stage.ask(MEMBER, "general", ANSWERED).await;
    let by_command = stage.ask_by_command(ANSWERED, false).await;
    let alone = stage.ask_by_command(ANSWERED, true).await;
    let pressed_twice = stage.ask(MEMBER, "dm", ANSWERED).await;
    let refused = stage.ask(MEMBER, "general", BOUNDARY).await;
    assert!(by_command.text().ends_with(&format!("Asked: {ANSWERED}")), "{}", by_command.text());
    let refusal = stage.give_feedback(OTHER, by_mention.id, FEEDBACK).await;
    assert_eq!(refusal.text(), "Only the member who asked can give this feedback.");
    for answer in [&by_mention, &by_command, &alone, &refused] {
        assert_eq!(stage.give_feedback(MEMBER, answer.id, FEEDBACK).await.content, THANKS);
        let marked = stage.sandbox.message(answer.id).unwrap();
        assert_eq!(marked.embeds, answer.embeds);
        let expected: Vec<_> = answer.button_labels().into_iter().filter(|label| *label != FEEDBACK).collect();
        assert_eq!(marked.button_labels(), expected);
    }
    // The second press comes before the first has removed the button.
    let first = stage.sandbox.click(MEMBER, pressed_twice.id, FEEDBACK).await.unwrap();
    let second = stage.sandbox.click(MEMBER, pressed_twice.id, FEEDBACK).await.unwrap();
    assert_eq!(stage.sandbox.wait_for_answer(first).await.unwrap().first_answer, FirstAnswer::Update);
    assert_eq!(stage.sandbox.wait_for_answer(second).await.unwrap().first_answer, FirstAnswer::DeferredUpdate);
    stage.stop().await;
    let expected = [recorded(BOUNDARY, wrong("cost-of-tower"), 1), recorded(ANSWERED, wrong("who-built-it"), 4)];
    assert_eq!(stage.unanswered_questions(), expected);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn not_what_i_meant_offers_the_next_candidates() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let by_mention = stage.ask(MEMBER, "general", ANSWERED).await;
    let by_command = stage.ask_by_command(ANSWERED, true).await;
    let directly = stage.ask(MEMBER, "dm", ANSWERED).await;
    for answer in [by_mention, by_command, directly] {
        let reply = stage.give_feedback(MEMBER, answer.id, FEEDBACK).await;
        let others: Vec<String> = reply.button_labels().into_iter().map(str::to_owned).collect();
        assert!((1..=3).contains(&others.len()), "{others:?}");
        assert!(!others.iter().any(|other| other == "Who built the lighthouse?"), "{others:?}");
        for other in &others {
            assert!(reply.text().contains(&format!("- {other}")), "{}", reply.text());
        }
        let opened = stage.click_in_place(reply.id, &others[0]).await;
        assert_eq!(opened.embeds[0]["title"], *others[0]);
        assert!(opened.only_for.is_some());
    }
    // A refusal offers its nearest questions itself. The next ones are others.
    let refused = stage.ask(MEMBER, "general", BOUNDARY).await;
    let reply = stage.give_feedback(MEMBER, refused.id, FEEDBACK).await;
    assert!(!reply.button_labels().is_empty());
    assert!(reply.button_labels().iter().all(|label| !refused.button_labels().contains(label)), "{}", reply.text());
    stage.stop().await;
    let expected = [recorded(BOUNDARY, wrong("cost-of-tower"), 1), recorded(ANSWERED, wrong("who-built-it"), 3)];
    assert_eq!(stage.unanswered_questions(), expected);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn none_of_these_records_the_question_once_and_offers_other_entries() {
    let mut stage = Stage::start(&unsure()).await;
    let by_mention = stage.ask(MEMBER, "general", VAGUE).await;
    let by_command = stage.ask_by_command(VAGUE, true).await;
    let undecided = stage.ask(MEMBER, "general", VAGUE).await;
    let refusal = stage.give_feedback(OTHER, undecided.id, NONE).await;
    assert_eq!(refusal.text(), "Only the member who asked can give this feedback.");
    for suggested in [&by_mention, &by_command] {
        let reply = stage.give_feedback(MEMBER, suggested.id, NONE).await;
        assert_eq!(reply.content, THANKS);
        let offered = suggested.button_labels();
        assert!(reply.button_labels().iter().all(|label| !offered.contains(label)), "{}", reply.text());
        assert!(!stage.sandbox.message(suggested.id).unwrap().button_labels().contains(&NONE));
    }
    // The member can still open a suggestion, but has rejected it.
    let first = by_mention.button_labels()[0].to_owned();
    stage.click_in_place(by_mention.id, &first).await;
    stage.stop().await;
    let questions = stage.unanswered_questions();
    let [(question, reasons)] = &questions[..] else { panic!("{questions:?}") };
    let mut reasons = reasons.clone();
    reasons.sort();
    assert_eq!(question, VAGUE);
    assert_eq!(reasons, [(UnansweredReason::Unknown, 2), (UnansweredReason::Suggested, 1)]);
    stage.finish(&[]).await;
}

#[tokio::test]
async fn after_a_restart_an_answer_can_be_marked_unless_its_question_is_deleted() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let by_mention = stage.ask(MEMBER, "general", ANSWERED).await;
    let by_command = stage.ask_by_command("how tall is the beacon?", false).await;
    let asked = stage.mention(MEMBER, "general", "why is it red?").await;
    let orphan = stage.sandbox.wait_for_reply(asked).await.unwrap();
    stage.stop().await;
    stage.sandbox.delete(MEMBER, asked).await.unwrap();
    stage.run(NO_LIMITS).await;
    for answer in [&by_mention, &by_command] {
        let reply = stage.give_feedback(MEMBER, answer.id, FEEDBACK).await;
        assert_eq!(reply.content, THANKS);
        assert!((1..=3).contains(&reply.button_labels().len()), "{:?}", reply.button_labels());
    }
    let lost = stage.give_feedback(MEMBER, orphan.id, FEEDBACK).await;
    assert_eq!(lost.content, TOO_LATE);
    assert_eq!(lost.button_labels()[0], "Who built the lighthouse?", "the related questions");
    stage.stop().await;
    let expected =
        [recorded("how tall is the beacon?", wrong("how-tall-is-it"), 1), recorded(ANSWERED, wrong("who-built-it"), 1)];
    assert_eq!(stage.unanswered_questions(), expected);
    stage.finish(&[404]).await;
}

#[tokio::test]
async fn without_retention_or_database_feedback_offers_other_entries_and_nothing_is_recorded() {
    for broken in [false, true] {
        let mut stage = Stage::empty(Options::default()).await;
        if broken {
            std::fs::write(stage.folder().join("state.db"), "no database").unwrap();
        }
        let retention = if broken { 90 } else { 0 };
        stage.run(&format!("{NO_LIMITS}[moderation]\nretention_days = {retention}\n")).await;
        stage.ask(MEMBER, "general", UNKNOWN).await;
        let answer = stage.ask(MEMBER, "general", ANSWERED).await;
        let reply = stage.give_feedback(MEMBER, answer.id, FEEDBACK).await;
        assert_eq!(reply.content, "This may fit better.");
        assert!(!reply.button_labels().is_empty());
        let member = stage.id_of(MEMBER);
        let forged = stage.post_as_bot(&format!("doubt:{member}:who-built-it")).await;
        let pressed = stage.click(MEMBER, forged, "Old").await;
        assert!(!stage.follow_up(&pressed).await.content.contains("moderators"));
        stage.stop().await;
        if !broken {
            assert!(stage.unanswered_questions().is_empty());
        }
        stage.finish(&[]).await;
    }
}

#[tokio::test]
async fn the_database_contains_no_ids_of_users_channels_servers_or_messages() {
    let mut stage = Stage::start(NO_LIMITS).await;
    let bot = stage.sandbox.mention();
    let member = stage.id_of(MEMBER);
    let asked =
        format!("{bot} which dragons would <@{member}> tame with <@!{member}> on <#{}>?", stage.channel("general"));
    let asked = stage.sandbox.post(OTHER, "general", &asked).await.unwrap();
    stage.sandbox.wait_for_reply(asked).await.unwrap();
    let answer = stage.ask(MEMBER, "general", ANSWERED).await;
    stage.give_feedback(MEMBER, answer.id, FEEDBACK).await;
    stage.stop().await;
    assert_eq!(stage.unanswered_questions().len(), 2);
    let ids: Vec<(String, Snowflake)> = stage.sandbox.read(|world| {
        let users = world.directory.users.iter().map(|user| (user.name.clone(), user.id));
        let channels = world.directory.channels.iter().map(|channel| (channel.name.clone(), channel.id));
        let guilds = world.directory.guilds.iter().map(|guild| ("the guild".to_owned(), guild.id));
        let messages = world.messages().map(|message| ("a message".to_owned(), message.id));
        users.chain(channels).chain(guilds).chain(messages).collect()
    });
    for file in ["state.db", "state.db-wal"] {
        let bytes = std::fs::read(stage.folder().join(file)).unwrap_or_default();
        let has = |wanted: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
        assert!(file != "state.db" || has(b"which dragons would tame with on"), "the words are recorded");
        for (name, id) in &ids {
            // SQLite stores an integer of this size in eight bytes, big-endian.
            assert!(!has(id.to_string().as_bytes()) && !has(&id.0.to_be_bytes()), "{file} has the id of {name}");
        }
    }
    stage.finish(&[]).await;
}
