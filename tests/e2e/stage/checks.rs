//! The rules for every run: no message pings, each message can be sent twice and lands once, every call conforms to
//! Discord's description of its API, and the log has no secrets.

use footnote_sandbox::Call;
use serde_json::{Value, json};

use super::Stage;
use crate::openapi;

impl Stage {
    /// Checks everything that happened.
    pub(super) fn check(&self) {
        let calls = self.sandbox.calls();
        openapi::assert_conforms(&calls);
        calls.iter().for_each(assert_harmless);
        for message in self.bot_messages() {
            assert!(message.pings.is_empty() && !message.mention_everyone, "pings: {message:?}");
        }
        for line in self.log.lines() {
            self.assert_discreet(line);
        }
    }

    /// The statuses from 400 on, in the order of the calls.
    pub fn refusals(&self) -> Vec<u16> {
        self.sandbox.calls().iter().map(|call| call.status).filter(|status| *status >= 400).collect()
    }

    /// Asserts that a text for the operator has no secret in it.
    pub fn assert_discreet(&self, text: &str) {
        for secret in self.secrets().iter().filter(|secret| !secret.is_empty()) {
            assert!(!text.contains(secret.as_str()), "the operator sees {secret:?}: {text}");
        }
    }

    /// Tokens, the ids of users, and, unless the bot was configured to log them, the words of users.
    fn secrets(&self) -> Vec<String> {
        let bot = self.sandbox.bot();
        let mention = self.sandbox.mention();
        let mut secrets = vec![self.sandbox.token()];
        self.sandbox.read(|world| {
            secrets.extend(world.directory.users.iter().map(|user| user.id.to_string()));
            secrets.extend(world.interactions().map(|interaction| interaction.token.clone()));
            if self.questions_logged {
                return;
            }
            let posted = world.messages().filter(|message| message.author != bot).map(|message| &message.content);
            secrets.extend(posted.map(|text| text.replace(&mention, "").trim().to_owned()));
            // Options of subcommands and inputs of forms are not secret: moderators write them for everybody to read.
            let options = world
                .interactions()
                .flat_map(|interaction| interaction.data["options"].as_array().cloned().unwrap_or_default());
            secrets.extend(options.filter_map(|option| option["value"].as_str().map(str::to_owned)));
        });
        secrets
    }
}

/// Asserts that a message lands only once if it is sent twice, does not fail if its question is deleted, and has no
/// mentions.
fn assert_harmless(call: &Call) {
    let posts = call.method == "POST" && call.route().ends_with("/messages");
    let edits = call.method == "PATCH" && call.route().contains("/messages/");
    // Callbacks of type 4 and 7 carry a message.
    let answers = call.route().ends_with("/callback") && (call.body["type"] == 4 || call.body["type"] == 7);
    if posts {
        assert!(call.body["nonce"].is_string() && call.body["enforce_nonce"] == true, "{call:?}");
        let reference = &call.body["message_reference"];
        assert!(reference.is_null() || reference["fail_if_not_exists"] == false, "{call:?}");
    }
    let message = if answers { &call.body["data"] } else { &call.body };
    if posts || edits || answers {
        assert_eq!(message["allowed_mentions"], silent(), "{call:?}");
    }
}

/// An `allowed_mentions` that allows none.
pub(super) fn silent() -> Value {
    json!({ "parse": [], "users": [], "roles": [], "replied_user": false })
}
