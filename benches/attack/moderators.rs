//! Floods by moderators: imports, forms and previews.

use std::time::Duration;

use footnote_sandbox::{MODERATOR, Message, OWNER, Snowflake};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::arena::{Arena, FLOODED, Result};
use crate::floods::FloodOutcome;
use crate::generated::Random;
use crate::report::milliseconds;

/// An entry of the bundled knowledge, and of [`long_file`].
const ENTRY: &str = "why-court-russia";

/// The bytes of a large file. The bot accepts imports of 4 MiB.
const LARGE: usize = 3_900 * 1024;

/// Waits for the bot's first answer, which must come within Discord's three seconds, and until it is no longer loading.
async fn page(arena: &Arena, interaction: Snowflake) -> Result<Message> {
    arena.sandbox.wait_for_first_answer(interaction).await?;
    let shown = arena.sandbox.wait_for("a page", |world| {
        let message = world.message(world.interaction(interaction)?.original?)?;
        (!message.is_loading()).then(|| message.clone())
    });
    Ok(shown.await?)
}

/// Opens the form of [`ENTRY`]. Returns the interaction that opened it.
async fn open_form(arena: &Arena, user: &str) -> Result<Snowflake> {
    let opener = arena.sandbox.slash(user, FLOODED, "knowledge edit", &[("entry", json!(ENTRY))]).await?;
    arena.sandbox.wait_for_answer(opener).await?.modal()?;
    Ok(opener)
}

/// The beginning of a page, for the table.
fn summary(page: &Message) -> String {
    let text = page.text().replace(['\n', '|'], " ");
    format!("\"{}\"", text.chars().take(80).collect::<String>())
}

/// A moderator imports a file of wordings that consist of kanji, no two of them alike.
pub async fn import(arena: &Arena) -> Result<FloodOutcome> {
    let file = arena.sandbox.attach("knowledge.json", kanji_file());
    let shown = arena.sandbox.slash(MODERATOR, FLOODED, "knowledge import", &[("attachment", json!(file))]).await?;
    Ok(FloodOutcome::note(summary(&page(arena, shown).await?)))
}

/// A knowledge file of 3.9 MiB of kanji.
fn kanji_file() -> String {
    let mut random = Random(1);
    let mut wording =
        || (0..250).map(|_| char::from_u32(0x4E00 + random.below(20_000) as u32).unwrap()).collect::<String>();
    let entry_bytes = 20 * 250 * 3;
    let entries: Vec<_> = (0..LARGE / entry_bytes)
        .map(|number| {
            let also_asked: Vec<_> = (0..19).map(|_| wording()).collect();
            json!({
                "id": format!("e{number}"), "question": wording(), "also_asked": also_asked, "passage": "A passage.",
                "citations": [{ "section": "s", "paragraphs": [1] }],
            })
        })
        .collect();
    document(entries)
}

/// A knowledge file of 4 MiB that is quickly learned: few wordings and long passages.
pub fn long_file() -> String {
    let passage = "A long passage. ".repeat(120);
    let entries = (0..LARGE / passage.len()).map(|number| {
        let (id, question) = match number {
            0 => (ENTRY.to_owned(), "Why did Abe want to get closer to Russia?".to_owned()),
            1 => ("successor".to_owned(), "who followed abe".to_owned()),
            2 => ("talks".to_owned(), "what happened to the island talks?".to_owned()),
            _ => (format!("e{number}"), format!("What is word{number} of the list?")),
        };
        json!({
            "id": id, "question": question, "passage": passage.trim_end(),
            "citations": [{ "section": "s", "paragraphs": [1] }],
        })
    });
    document(entries.collect())
}

fn document(entries: Vec<serde_json::Value>) -> String {
    let sections = json!([{ "id": "s", "title": "S", "paragraphs": 1 }]);
    json!({ "title": "Large", "sections": sections, "entries": entries }).to_string()
}

/// A moderator opens 40 forms at once.
pub async fn forms(arena: &Arena) -> Result<FloodOutcome> {
    let mut opened = Vec::new();
    for _ in 0..40 {
        let opener = arena.sandbox.slash(MODERATOR, FLOODED, "knowledge edit", &[("entry", json!(ENTRY))]).await?;
        opened.push(opener);
    }
    sleep(Duration::from_millis(3_100)).await;
    let forms = arena.sandbox.read(|world| {
        let form = |id: &&Snowflake| world.interaction(**id).is_some_and(|found| found.first_answer.is_some());
        opened.iter().filter(form).count()
    });
    Ok(FloodOutcome::note(format!("{forms} of 40 forms opened in time")))
}

/// A moderator submits one form 30 times.
pub async fn submissions(arena: &Arena) -> Result<FloodOutcome> {
    let opener = open_form(arena, MODERATOR).await?;
    let mut sent = Vec::new();
    for number in 0..30 {
        let passage = format!("Passage number {number}.");
        sent.push(arena.sandbox.submit_modal(opener, &[("passage", passage.as_str())]).await?);
    }
    let begun = Instant::now();
    let last = page(arena, *sent.last().ok_or("nothing sent")?).await?;
    let newest = last.text().contains("29");
    let note = format!("the last preview came after {} ms", milliseconds(begun.elapsed()));
    Ok(FloodOutcome::note(note).expect(newest, "the last submission got no preview"))
}

/// A moderator submits a form whose citations are as costly to normalise as possible.
pub async fn citations(arena: &Arena) -> Result<FloodOutcome> {
    // A letter that becomes 18 when it is normalised, and an end of a word after each.
    let citations = "\u{FDFA} ".repeat(2_000);
    let opener = open_form(arena, MODERATOR).await?;
    let mut sent = Vec::new();
    arena
        .repeat(2, arena.seconds(2, 5), async |_| {
            sent.push(arena.sandbox.submit_modal(opener, &[("citations", citations.as_str())]).await?);
            Ok(())
        })
        .await?;
    let last = page(arena, *sent.last().ok_or("nothing sent")?).await?;
    Ok(FloodOutcome::note(format!("{} submissions: {}", sent.len(), summary(&last))))
}

/// A moderator opens 32 forms while another has a preview open. Can the other still save?
pub async fn opened_forms(arena: &Arena) -> Result<FloodOutcome> {
    let opener = open_form(arena, OWNER).await?;
    let sent = arena.sandbox.submit_modal(opener, &[("passage", "Another passage.")]).await?;
    let preview = page(arena, sent).await?;
    for _ in 0..32 {
        open_form(arena, MODERATOR).await?;
    }
    let saving = arena.sandbox.click(OWNER, preview.id, "Save").await?;
    // The preview changes, or the bot responds with a message of its own.
    let told = arena.sandbox.wait_for("a response to Save", |world| {
        let message = world.message(world.interaction(saving)?.original?)?;
        (!message.is_loading() && message.text() != preview.text()).then(|| message.clone())
    });
    let saved = told.await?;
    let kept = saved.text().starts_with("Saved");
    Ok(FloodOutcome::note(format!("the other moderator's draft: {}", summary(&saved)))
        .expect(kept, "another moderator's draft is forgotten"))
}
