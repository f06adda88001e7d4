//! Discord's markup in the text of a message: mentions, custom emoji, command links.
//! Format: Discord's developer documentation, Reference, "Message Formatting".

/// The most bytes between `<` and `>`. Names of emoji and commands have at most 32 characters of at most 4 bytes each,
/// and a command has at most three of them; an id has 20 digits.
const INSIDE_BYTES_MAX: usize = 512;

/// Returns the text of a message without mentions. A custom emoji or a command link becomes its name. White space is
/// collapsed.
#[must_use]
pub fn plain_text(content: &str) -> String {
    let mut text = String::with_capacity(content.len());
    let mut rest = content;
    while let Some((before, tail)) = rest.split_once('<') {
        text += before;
        let end = tail.bytes().take(INSIDE_BYTES_MAX).position(|byte| byte == b'>');
        match end.and_then(|end| Some((readable(&tail[..end])?, &tail[end + 1..]))) {
            Some((name, after)) => {
                text.push(' ');
                text += name;
                text.push(' ');
                rest = after;
            }
            None => {
                text.push('<');
                rest = tail;
            }
        }
    }
    text += rest;
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The readable part of the text between `<` and `>`: nothing of a mention, the name of an emoji or command.
/// Returns `None` if Discord shows the text as it was written.
fn readable(inside: &str) -> Option<&str> {
    let is_id = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let mention = ["@!", "@&", "@", "#"].iter().find_map(|prefix| inside.strip_prefix(prefix));
    if mention.is_some_and(is_id) {
        return Some("");
    }
    let named = [":", "a:", "/"].iter().find_map(|prefix| inside.strip_prefix(prefix));
    let (name, id) = named?.rsplit_once(':')?;
    is_id(id).then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn mentions_are_removed_and_emoji_become_their_names() {
        for (content, expected) in [
            ("<@123> why did Abe?", "why did Abe?"),
            ("<@!123>why<@&9>", "why"),
            ("see <#55>  and\n<:abe:123> </ask:9>", "see and abe ask"),
            ("1 < 2 > 0", "1 < 2 > 0"),
            ("<@abc> <@> <", "<@abc> <@> <"),
            ("<<@1>", "<"),
            ("<@123>", ""),
            ("", ""),
        ] {
            assert_eq!(plain_text(content), expected, "{content}");
        }
    }

    proptest! {
        #[test]
        fn no_message_panics_or_grows(content in ".*") {
            prop_assert!(plain_text(&content).len() <= content.len() + 2 * content.matches('<').count());
        }
    }
}
