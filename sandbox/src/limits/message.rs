//! Discord's maximum numbers and lengths for messages, and the parsing of a request body into a [`MessageDraft`]
//! (<https://discord.com/developers/docs/resources/message#create-message>).

use serde_json::{Map, Value, json};

use super::{Reader, components};
use crate::error::{ApiError, FieldErrors};
use crate::mentions::AllowedMentions;
use crate::message::Upload;
use crate::message::{EPHEMERAL, SUPPRESS_EMBEDS};
use crate::snowflake::Snowflake;

/// Characters in a message's content.
pub(crate) const CONTENT: usize = 2000;
/// Embeds per message.
pub(crate) const EMBEDS: usize = 10;
/// Characters in all embeds of a message.
pub(crate) const EMBED_TOTAL: usize = 6000;
/// Characters in an embed's title.
pub(crate) const EMBED_TITLE: usize = 256;
/// Characters in an embed's description.
pub(crate) const EMBED_DESCRIPTION: usize = 4096;
/// Fields per embed.
pub(crate) const EMBED_FIELDS: usize = 25;
/// Characters in the name of a field.
pub(crate) const FIELD_NAME: usize = 256;
/// Characters in the value of a field.
pub(crate) const FIELD_VALUE: usize = 1024;
/// Characters in the text of a footer.
pub(crate) const FOOTER: usize = 2048;
/// Characters in the name of an author.
pub(crate) const AUTHOR: usize = 256;
/// Characters in a URL.
pub(crate) const URL: usize = 2048;
/// Characters in a nonce.
pub(crate) const NONCE: usize = 25;
/// Users or roles listed in `allowed_mentions`.
pub(crate) const ALLOWED_MENTIONS: usize = 100;
/// Files per message.
pub(crate) const FILES: usize = 10;
/// The largest colour value, white.
const COLOUR: i64 = 0xFF_FFFF;
/// Message flag: version 2 of the components, which the sandbox does not model.
const COMPONENTS_V2: u64 = 1 << 15;
/// Message flag: the message causes no push notification.
const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
/// The flags that a bot may set.
const SETTABLE_FLAGS: u64 = SUPPRESS_EMBEDS | EPHEMERAL | SUPPRESS_NOTIFICATIONS;

/// The validated body of a request to create or edit a message. A field that the body does not contain is `None`.
#[derive(Debug)]
pub(crate) struct MessageDraft {
    pub(crate) content: Option<String>,
    pub(crate) embeds: Option<Vec<Value>>,
    pub(crate) components: Option<Vec<Value>>,
    /// The attachments that the message keeps in an edit; `None` keeps all of them.
    pub(crate) kept_files: Option<Vec<Snowflake>>,
    /// The files uploaded with the request.
    pub(crate) uploads: Vec<Upload>,
    pub(crate) flags: Option<u64>,
    pub(crate) allowed: AllowedMentions,
    pub(crate) reference: Option<ReferenceDraft>,
    pub(crate) nonce: Option<Value>,
    pub(crate) enforce_nonce: bool,
}

/// The reference of a draft to the message that it replies to.
#[derive(Debug)]
pub(crate) struct ReferenceDraft {
    pub(crate) message: Snowflake,
    pub(crate) channel: Option<Snowflake>,
    pub(crate) must_exist: bool,
}

impl MessageDraft {
    /// Validates the body of a request with its uploaded files. `path` is the path of the message in the body, for
    /// errors: empty, or `data` in an interaction callback.
    pub(crate) fn read(body: &Value, files: &[Upload], path: &str) -> Result<Self, ApiError> {
        let mut errors = FieldErrors::default();
        let Some(reader) = Reader::new(body, path, &mut errors) else {
            errors.into_result()?;
            return Err(ApiError::invalid_json());
        };
        for (key, what) in [("sticker_ids", "stickers"), ("poll", "polls")] {
            let filled = reader.get(key).is_some_and(|value| value.as_array().is_none_or(|list| !list.is_empty()));
            if filled {
                return Err(ApiError::not_modelled(what));
            }
        }
        let flags = reader.number("flags", 0, i64::MAX, &mut errors).and_then(|flags| u64::try_from(flags).ok());
        if flags.is_some_and(|flags| flags & COMPONENTS_V2 != 0) {
            return Err(ApiError::not_modelled("components of the second kind"));
        }
        reader.flag("tts", &mut errors);
        let content = reader.text("content", 0, CONTENT, &mut errors).map(|text| text.trim().to_owned());
        let embeds = read_embeds(&reader, &mut errors);
        let rows = components::read_rows(&reader, &mut errors);
        let draft = Self {
            content: reader.has("content").then(|| content.unwrap_or_default()),
            embeds: reader.has("embeds").then_some(embeds),
            components: reader.has("components").then_some(rows),
            kept_files: read_kept_files(&reader, files, &mut errors),
            uploads: files.to_vec(),
            flags: flags.map(|flags| flags & SETTABLE_FLAGS),
            allowed: read_allowed(&reader, &mut errors),
            reference: read_reference(&reader, &mut errors),
            nonce: read_nonce(&reader, &mut errors),
            enforce_nonce: reader.flag("enforce_nonce", &mut errors) == Some(true),
        };
        errors.into_result()?;
        Ok(draft)
    }

    /// Whether a new message from this draft would have no visible content. Does not consider `kept_files`.
    pub(crate) fn is_empty(&self) -> bool {
        let no_items = |items: &Option<Vec<Value>>| items.as_ref().is_none_or(Vec::is_empty);
        let no_text = self.content.as_ref().is_none_or(String::is_empty);
        no_text && no_items(&self.embeds) && no_items(&self.components) && self.uploads.is_empty()
    }
}

/// The ids in the field `attachments` that are not uploads of this request: the attachments that the message keeps. If
/// the field exists, it must list every upload.
fn read_kept_files(reader: &Reader, files: &[Upload], errors: &mut FieldErrors) -> Option<Vec<Snowflake>> {
    let listed = reader.list("attachments", 0, FILES, errors);
    let mut kept = Vec::new();
    let mut listed_uploads = 0;
    for (index, attachment) in listed.iter().enumerate() {
        let id = attachment["id"].as_u64().or_else(|| attachment["id"].as_str()?.parse().ok());
        match id {
            Some(id) if files.iter().any(|file| file.number == id) => listed_uploads += 1,
            Some(id) => kept.push(Snowflake(id)),
            None => {
                let path = reader.path(&format!("attachments.{index}.id"));
                errors.add(&path, "NUMBER_TYPE_COERCE", "Value is not snowflake.");
            }
        }
    }
    if reader.has("attachments") && listed_uploads < files.len() || files.len() > FILES {
        let message = format!("{} files uploaded, {listed_uploads} of them listed", files.len());
        errors.add(&reader.path("attachments"), "ATTACHMENT_NOT_FOUND", message);
    }
    reader.has("attachments").then_some(kept)
}

fn read_nonce(reader: &Reader, errors: &mut FieldErrors) -> Option<Value> {
    match reader.get("nonce")? {
        number @ Value::Number(_) => Some(number.clone()),
        _ => reader.text("nonce", 0, NONCE, errors).map(Value::from),
    }
}

fn read_reference(reader: &Reader, errors: &mut FieldErrors) -> Option<ReferenceDraft> {
    let path = reader.path("message_reference");
    let reference = Reader::new(reader.get("message_reference")?, path, errors)?;
    let mut id = |key: &str| {
        let value = reference.get(key)?;
        let id = Snowflake::from_value(value);
        if id.is_none() {
            let message = format!("Value \"{value}\" is not snowflake.");
            errors.add(&reference.path(key), "NUMBER_TYPE_COERCE", message);
        }
        id
    };
    let (message, channel) = (id("message_id"), id("channel_id"));
    let must_exist = reference.flag("fail_if_not_exists", errors) != Some(false);
    Some(ReferenceDraft { message: message?, channel, must_exist })
}

fn read_allowed(reader: &Reader, errors: &mut FieldErrors) -> AllowedMentions {
    let path = reader.path("allowed_mentions");
    let Some(field) = reader.get("allowed_mentions") else { return AllowedMentions::everything() };
    let Some(allowed) = Reader::new(field, path, errors) else { return AllowedMentions::everything() };
    let kinds = allowed.list("parse", 0, usize::MAX, errors);
    for (index, kind) in kinds.iter().enumerate() {
        if !["users", "roles", "everyone"].iter().any(|known| kind == known) {
            let message = "Value must be one of ('users', 'roles', 'everyone').";
            errors.add(&allowed.path(&format!("parse.{index}")), "BASE_TYPE_CHOICES", message);
        }
    }
    for key in ["users", "roles"] {
        let listed = allowed.list(key, 0, ALLOWED_MENTIONS, errors);
        if !listed.is_empty() && kinds.iter().any(|kind| kind == key) {
            let message = format!("parse:[\"{key}\"] and {key}: [ids...] are mutually exclusive.");
            errors.add(&allowed.path(""), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message);
        }
    }
    allowed.flag("replied_user", errors);
    AllowedMentions::read(field)
}

fn read_embeds(reader: &Reader, errors: &mut FieldErrors) -> Vec<Value> {
    let mut total = 0;
    let list = reader.list("embeds", 0, EMBEDS, errors);
    let embeds = list
        .iter()
        .enumerate()
        .filter_map(|(index, embed)| {
            let embed = Reader::new(embed, reader.path(&format!("embeds.{index}")), errors)?;
            Some(read_embed(&embed, &mut total, errors))
        })
        .collect();
    if total > EMBED_TOTAL {
        let message = format!("Embed size exceeds maximum size of {EMBED_TOTAL}");
        errors.add(&reader.path("embeds"), "MAX_EMBED_SIZE_EXCEEDED", message);
    }
    embeds
}

/// Validates an embed, adds its number of characters to `total`, and returns the embed as Discord's API would.
fn read_embed(embed: &Reader, total: &mut usize, errors: &mut FieldErrors) -> Value {
    let mut out = Map::from_iter([("type".to_owned(), json!("rich"))]);
    let mut count = |text: &str| *total += text.chars().count();
    for (key, most) in [("title", EMBED_TITLE), ("description", EMBED_DESCRIPTION)] {
        if let Some(text) = embed.text(key, 0, most, errors) {
            count(text);
            out.insert(key.to_owned(), json!(text));
        }
    }
    if let Some(url) = embed.url("url", URL, errors) {
        out.insert("url".to_owned(), json!(url));
    }
    if let Some(colour) = embed.number("color", 0, COLOUR, errors) {
        out.insert("color".to_owned(), json!(colour));
    }
    if let Some(timestamp) = embed.get("timestamp") {
        out.insert("timestamp".to_owned(), timestamp.clone());
    }
    for key in ["image", "thumbnail"] {
        let picture = embed.get(key).and_then(|value| Reader::new(value, embed.path(key), errors));
        if let Some(url) = picture.and_then(|picture| picture.url("url", URL, errors)) {
            out.insert(key.to_owned(), json!({ "url": url }));
        }
    }
    for (key, name, most) in [("footer", "text", FOOTER), ("author", "name", AUTHOR)] {
        let Some(part) = embed.get(key).and_then(|value| Reader::new(value, embed.path(key), errors)) else { continue };
        if let Some(text) = part.required_text(name, 0, most, errors) {
            count(text);
        }
        part.url("icon_url", URL, errors);
        part.url("url", URL, errors);
        out.insert(key.to_owned(), Value::Object(super::without_nulls(part.object)));
    }
    let fields = embed.list("fields", 0, EMBED_FIELDS, errors);
    let mut list = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let Some(field) = Reader::new(field, embed.path(&format!("fields.{index}")), errors) else { continue };
        let name = field.required_text("name", 1, FIELD_NAME, errors).unwrap_or_default();
        let value = field.required_text("value", 1, FIELD_VALUE, errors).unwrap_or_default();
        count(name);
        count(value);
        let inline = field.flag("inline", errors) == Some(true);
        list.push(json!({ "name": name, "value": value, "inline": inline }));
    }
    if !list.is_empty() {
        out.insert("fields".to_owned(), json!(list));
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Returns the error codes for a body, as `path: CODE`, or `ok`.
    fn verdict(body: &Value) -> String {
        match MessageDraft::read(body, &[], "") {
            Ok(_) => "ok".to_owned(),
            Err(error) => leaves("", error.errors.as_ref().unwrap_or(&Value::Null)).join(" "),
        }
    }

    fn leaves(path: &str, errors: &Value) -> Vec<String> {
        let Some(object) = errors.as_object() else { return vec![] };
        let children = object.iter().flat_map(|(key, value)| match value.as_array() {
            Some(list) => list.iter().map(|leaf| format!("{path}{}", leaf["code"].as_str().unwrap())).collect(),
            None => leaves(&format!("{path}{key}:"), value),
        });
        children.collect()
    }

    fn long(count: usize) -> String {
        "é".repeat(count)
    }

    #[test]
    fn every_limit_is_enforced_at_one_over() {
        let embed = |embed: Value| json!({ "embeds": [embed] });
        let field = |name: usize, value: usize| json!({ "fields": [{ "name": long(name), "value": long(value) }] });
        let full = |count: usize| json!({ "embeds": [{ "description": long(4096) }, { "footer": { "text": long(count - 4096) } }] });
        let table: Vec<(Value, Value, &str)> = vec![
            (json!({ "content": long(2000) }), json!({ "content": long(2001) }), "content:BASE_TYPE_MAX_LENGTH"),
            (
                embed(json!({ "title": long(256) })),
                embed(json!({ "title": long(257) })),
                "embeds:0:title:BASE_TYPE_MAX_LENGTH",
            ),
            (
                embed(json!({ "description": long(4096) })),
                embed(json!({ "description": long(4097) })),
                "embeds:0:description:BASE_TYPE_MAX_LENGTH",
            ),
            (embed(field(256, 1024)), embed(field(257, 1024)), "embeds:0:fields:0:name:BASE_TYPE_BAD_LENGTH"),
            (embed(field(1, 1)), embed(field(1, 1025)), "embeds:0:fields:0:value:BASE_TYPE_BAD_LENGTH"),
            (embed(field(1, 1)), embed(field(1, 0)), "embeds:0:fields:0:value:BASE_TYPE_BAD_LENGTH"),
            (
                embed(json!({ "footer": { "text": long(2048) } })),
                embed(json!({ "footer": { "text": long(2049) } })),
                "embeds:0:footer:text:BASE_TYPE_MAX_LENGTH",
            ),
            (
                embed(json!({ "color": 0xFF_FFFF })),
                embed(json!({ "color": 0x100_0000 })),
                "embeds:0:color:NUMBER_TYPE_MAX",
            ),
            (
                embed(json!({ "url": "https://example.org" })),
                embed(json!({ "url": "javascript:alert()" })),
                "embeds:0:url:URL_TYPE_INVALID_SCHEME",
            ),
            (full(6000), full(6001), "embeds:MAX_EMBED_SIZE_EXCEEDED"),
            (json!({ "nonce": long(25) }), json!({ "nonce": long(26) }), "nonce:BASE_TYPE_MAX_LENGTH"),
            (
                json!({ "embeds": vec![json!({}); 10] }),
                json!({ "embeds": vec![json!({}); 11] }),
                "embeds:BASE_TYPE_MAX_LENGTH",
            ),
            (
                json!({ "allowed_mentions": { "parse": [], "users": ["1"] } }),
                json!({ "allowed_mentions": { "parse": ["users"], "users": ["1"] } }),
                "allowed_mentions:MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
            ),
        ];
        for (fits, too_much, code) in table {
            assert_eq!(verdict(&fits), "ok", "{fits}");
            assert_eq!(verdict(&too_much), code, "{too_much}");
        }
    }

    #[test]
    fn wrong_types_are_refused() {
        let table = [
            (json!({ "content": 5 }), "content:STRING_TYPE_CONVERT"),
            (json!({ "embeds": {} }), "embeds:LIST_TYPE_CONVERT"),
            (json!({ "embeds": ["x"] }), "embeds:0:MODEL_TYPE_CONVERT"),
            (json!({ "tts": "yes" }), "tts:BOOLEAN_TYPE_CONVERT"),
            (json!([]), "MODEL_TYPE_CONVERT"),
        ];
        for (body, code) in table {
            assert_eq!(verdict(&body), code, "{body}");
        }
    }

    #[test]
    fn a_message_of_blanks_is_empty() {
        assert!(MessageDraft::read(&json!({ "content": " \n " }), &[], "").unwrap().is_empty());
        assert!(!MessageDraft::read(&json!({ "embeds": [{ "title": "x" }] }), &[], "").unwrap().is_empty());
    }
}
