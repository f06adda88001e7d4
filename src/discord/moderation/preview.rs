//! What a moderator sees before saving: the answer as members will see it, what the check finds, and which questions would be
//! answered differently. Nothing is changed by looking.

use serenity::all::{ButtonStyle, CreateActionRow, CreateButton, CreateEmbed, EditInteractionResponse, UserId};

use super::action::{DraftId, Step};
use super::draft::Draft;
use super::gate::Moderator;
use crate::discord::asking::{Bot, Ticket};
use crate::discord::interaction::error::{APOLOGY, Failure};
use crate::discord::moderation::difference;
use crate::discord::view::limits::{EMBED_DESCRIPTION_MAX, clip};
use crate::discord::view::markdown::{escape, one_line};
use crate::discord::view::message_view::{self, Audience, INK, nobody};
use crate::knowledge::{SaveError, Severity};
use crate::library::Library;
use crate::moderation::{Edit, EditError, Item, PredictedReply, Preview, ReplyChange};

/// The bar beside what takes something away: brick red.
const BRICK: u32 = 0xB3_43_3B;

/// How much of a message's embeds (6,000 characters) goes to what an edit does; an answer takes up to 2,800.
const REPORT_CHARS: usize = 2_500;

/// How much goes to what changes in a whole file; together with the report and the titles less than 6,000.
const DIFFERENCE_CHARS: usize = 3_200;

/// What a moderator is told when the disk did not say that all is safe.
const UNSURE: &str = "It is in the file, and the disk did not confirm that it is safe there: after a power cut it may be gone. The \
                      operator finds the reason in my log.";

/// How many findings and how many changed answers are told each; the rest is counted.
const TOLD_MAX: usize = 5;

/// How much of a question is told in a list.
const QUESTION_CHARS: usize = 100;

/// Shows a draft's edit with Save and Cancel, in place of the deferred response that the ticket is for; or what is wrong with it.
///
/// # Errors
/// If Discord does not take it.
pub async fn propose(
    bot: &Bot,
    ticket: &Ticket,
    moderator: &Moderator,
    id: DraftId,
    draft: &Draft,
) -> Result<(), Failure> {
    let Some((file, edit)) = &draft.edit else { return Ok(()) };
    let shown = match moderator.edit_service.preview(file, edit.clone()).await {
        Ok(preview) => {
            let changed = changed(edit, &preview).await;
            looks(id, draft, edit, &preview, changed)
        }
        Err(error) => {
            bot.moderation.drafts.contest(id, &error);
            refused(id, draft, &error)
        }
    };
    bot.revise(ticket, shown).await
}

/// A sentence in place of the deferred response, with a way back to the form where there is one.
pub fn sentence(text: &str, id: Option<(DraftId, &Draft)>) -> EditInteractionResponse {
    let rows = id.map(|(id, draft)| buttons(id, draft, false)).unwrap_or_default();
    let response = EditInteractionResponse::new().content(clip(text, crate::discord::view::limits::CONTENT_MAX));
    response.embeds(Vec::new()).components(rows).allowed_mentions(nobody())
}

/// Why an edit cannot be made, in the moderator's words; what is the bot's fault is logged.
pub fn refused(id: DraftId, draft: &Draft, error: &EditError) -> EditInteractionResponse {
    match error {
        EditError::Refused(refusal) => {
            tracing::debug!(%refusal, "an edit was refused");
            sentence(&format!("Not saved: {}", escape(&refusal.to_string())), Some((id, draft)))
        }
        EditError::Failed(failure) => {
            tracing::error!(error = %failure, "an edit could not be made");
            let told = match failure {
                crate::moderation::SaveFailure::Save(SaveError::NotDurable { .. }) => UNSURE.to_owned(),
                _ => format!("Not saved: {APOLOGY} The operator finds the reason in my log."),
            };
            // What failed now may do in a moment, so it can be saved again.
            sentence(&told, None).components(buttons(id, draft, true))
        }
    }
}

/// What an edit of a whole file changes in it; none for an edit of one question, which is shown itself.
async fn changed(edit: &Edit, preview: &Preview) -> Option<String> {
    if !matches!(edit, Edit::Replace { .. } | Edit::Undo { .. }) {
        return None;
    }
    let (before, after) = (preview.before.clone(), preview.after.clone());
    let told = move || difference::of_texts(before.as_deref(), &after, DIFFERENCE_CHARS);
    // It does not panic, and if it did, the rest would still be told.
    Some(tokio::task::spawn_blocking(told).await.unwrap_or_default())
}

fn looks(
    id: DraftId,
    draft: &Draft,
    edit: &Edit,
    preview: &Preview,
    changed: Option<String>,
) -> EditInteractionResponse {
    let shown = match changed {
        Some(changed) => CreateEmbed::new().title("What changes in the file").description(changed).color(INK),
        None => shown(edit, &preview.library, draft.owner),
    };
    let what = match draft.restores {
        Some(revision) => format!("restore revision {}", revision.0),
        None => edit.summary(),
    };
    let embeds = vec![shown, report(&what, preview)];
    let response = EditInteractionResponse::new().content("").embeds(embeds);
    response.components(buttons(id, draft, true)).allowed_mentions(nobody())
}

/// What members will see, or what they will see no longer.
fn shown(edit: &Edit, library: &Library, asker: UserId) -> CreateEmbed {
    let audience = Audience { asker, private: true };
    if let Edit::Remove { item } = edit {
        let text = match item {
            Item::Entry(entry) => &entry.passage,
            Item::Boundary(boundary) => &boundary.says,
        };
        return CreateEmbed::new()
            .title(format!("Removed: {}", clip(item.question(), 200)))
            .description(text)
            .color(BRICK);
    }
    let knowledge = library.knowledge();
    let id = edit.item_id().unwrap_or_default();
    if let Some(key) = knowledge.find(id) {
        return message_view::passage(&library.passage(key), audience).embed;
    }
    let mut boundaries = knowledge.boundary_keys().map(|key| knowledge.boundary(key));
    match boundaries.find(|boundary| boundary.id == id) {
        Some(boundary) => message_view::unknown(Some(&boundary.says), audience).embed,
        None => CreateEmbed::new().description(one_line(&edit.summary())).color(INK),
    }
}

/// What an edit does, in a few lines.
fn report(what: &str, preview: &Preview) -> CreateEmbed {
    let mut lines = vec![format!("**{}**", one_line(&clip(what, 300)))];
    let warnings = preview.warnings.iter().filter(|finding| finding.severity == Severity::Warning);
    let told: Vec<_> = warnings
        .clone()
        .take(TOLD_MAX)
        .map(|finding| format!("- {}", one_line(&clip(&finding.message, 300))))
        .collect();
    if told.is_empty() {
        lines.push("The check finds nothing new to warn of.".to_owned());
    } else {
        lines.push("The check warns:".to_owned());
        lines.extend(told);
        lines.extend(more(warnings.count()));
    }
    let effect = &preview.effect;
    if effect.changed == 0 {
        lines.push(format!("Of {} questions asked before and after, all are answered as before.", effect.asked));
    } else {
        lines.push(format!(
            "Of {} questions asked before and after, {} are answered differently:",
            effect.asked, effect.changed
        ));
        lines.extend(effect.changes.iter().take(TOLD_MAX).map(shift));
        lines.extend(more(effect.changed));
    }
    if effect.lost > 0 {
        lines.push(format!("⚠ {} of them lose the answer that is their own.", effect.lost));
    }
    CreateEmbed::new()
        .title("What this does")
        .description(clip(&lines.join("\n"), REPORT_CHARS.min(EMBED_DESCRIPTION_MAX)))
        .color(INK)
}

fn more(all: usize) -> Option<String> {
    (all > TOLD_MAX).then(|| format!("- … and {} more", all - TOLD_MAX))
}

fn shift(shift: &ReplyChange) -> String {
    let question = one_line(&clip(&shift.question, QUESTION_CHARS));
    format!("- {question}: {} → {}", said(&shift.before), said(&shift.after))
}

fn said(said: &PredictedReply) -> String {
    match said {
        PredictedReply::Answer(id) => format!("`{id}`"),
        PredictedReply::Suggest(id) => format!("suggests `{id}`"),
        PredictedReply::Boundary(id) => format!("refuses by `{id}`"),
        PredictedReply::Unknown => "unknown".to_owned(),
    }
}

/// Save, Cancel and, where there is a form, Change.
fn buttons(id: DraftId, draft: &Draft, can_save: bool) -> Vec<CreateActionRow> {
    let button = |step: Step, label: &str, style| CreateButton::new(step.to_string()).label(label).style(style);
    let save = can_save.then(|| button(Step::Save(id), "Save", ButtonStyle::Success));
    let change = draft.form.is_some().then(|| button(Step::Change(id), "Change", ButtonStyle::Primary));
    let cancel = button(Step::Cancel(id), "Cancel", ButtonStyle::Secondary);
    vec![CreateActionRow::Buttons(save.into_iter().chain(change).chain([cancel]).collect())]
}
