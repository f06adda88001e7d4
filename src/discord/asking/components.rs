//! Buttons and menus on the messages that members see. The asker's press changes the message itself; any other member
//! gets an ephemeral answer.

use serenity::all::{ComponentInteraction, CreateInteractionResponse, MessageFlags, Permissions};

use super::{Asking, feedback};
use crate::discord::interaction::error::{HandlerError, Refusal};
use crate::discord::interaction::selected_value;
use crate::discord::view::button_id::{ButtonAction, ButtonId, SectionId};
use crate::discord::view::message_view::{Audience, MessageView, passage_view};
use crate::discord::view::sections::{SectionRef, section_page_view, sections_view};

/// Handles a press of a button or a selection from a menu.
///
/// # Errors
/// If the press is refused, or Discord refuses the response.
pub async fn handle(asking: &Asking, press: &ComponentInteraction) -> Result<(), HandlerError> {
    let ButtonId { asker, action } = press.data.custom_id.parse().map_err(|_| Refusal::OutOfDate)?;
    match &action {
        ButtonAction::Remove(_) => return remove(asking, press, asker == press.user.id).await,
        ButtonAction::NotHelpful(id) => return feedback::not_helpful(asking, press, asker, Some(id)).await,
        ButtonAction::NoneOfThese => return feedback::not_helpful(asking, press, asker, None).await,
        _ => {}
    }
    let accepts_suggestion = matches!(action, ButtonAction::Take(_));
    let shown = match &action {
        ButtonAction::Show(entry) | ButtonAction::Take(entry) => Some(entry.clone()),
        _ => None,
    };
    let by_asker = press.user.id == asker;
    let is_ephemeral = press.message.flags.is_some_and(|flags| flags.contains(MessageFlags::EPHEMERAL));
    let audience = Audience { asker: press.user.id, private: !by_asker || is_ephemeral };
    let view = view(asking, press, action, audience)?;
    if !by_asker {
        return asking.responder.show(press, view, true).await;
    }
    asking.responder.respond(press, CreateInteractionResponse::UpdateMessage(view.response())).await?;
    asking.remember_shown(press.guild_id.is_none(), press.channel_id, shown, press.id.created_at());
    if accepts_suggestion {
        feedback::suggestion_accepted(asking, asker, &press.message).await;
    }
    Ok(())
}

/// Renders the message that an action leads to.
fn view(
    asking: &Asking,
    press: &ComponentInteraction,
    action: ButtonAction,
    audience: Audience,
) -> Result<MessageView, Refusal> {
    let library = asking.library.within(&asking.scopes.of_press(press));
    let section_page = |id: &SectionId, page| {
        let section = SectionRef::find(&library, id).ok_or(Refusal::NoSuchSection)?;
        Ok(section_page_view(&section, page, audience))
    };
    match action {
        ButtonAction::Show(entry) | ButtonAction::Take(entry) => {
            let key = library.find(&entry).ok_or(Refusal::EntryGone)?;
            Ok(passage_view(&library.passage(key), audience))
        }
        ButtonAction::Page(id, page) => section_page(&id, page),
        ButtonAction::ChooseSection(document) => {
            let section = selected_value(press)?.to_owned();
            section_page(&SectionId { document, section }, 0)
        }
        ButtonAction::Sections | ButtonAction::Remove(_) | ButtonAction::NotHelpful(_) | ButtonAction::NoneOfThese => {
            Ok(sections_view(&library, audience))
        }
    }
}

/// Deletes the message: for the asker, and for a member who may delete messages in this channel.
async fn remove(asking: &Asking, press: &ComponentInteraction, by_asker: bool) -> Result<(), HandlerError> {
    let permissions = press.member.as_ref().and_then(|member| member.permissions);
    let may_manage = permissions.is_some_and(|may| may.contains(Permissions::MANAGE_MESSAGES) || may.administrator());
    if !by_asker && !may_manage {
        return Err(Refusal::NotYours.into());
    }
    let token = asking.responder.acknowledge(press).await?;
    asking.responder.delete_original(&token).await
}
