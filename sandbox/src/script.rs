//! Scripts: files of acts, one JSON object per line, performed in order. The parser skips empty lines and lines that
//! begin with `#`.

use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::acts::json::{Act, ActOutcome, ActResults};
use crate::error::ActError;
use crate::server::Sandbox;

/// A parsed script.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    lines: Vec<Line>,
}

/// A line of a script.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    /// The line's number, counted from 1.
    number: usize,
    name: Option<String>,
    step: Step,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Do(Act),
    Expect(Expect),
}

/// A condition that the script waits for: a text in a message, or the deletion of the message.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Expect {
    message: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    gone: bool,
}

/// An error in a script or during its execution.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ScriptError {
    /// A line that is not an act.
    #[error("line {line}: expected an act as a JSON object, found: {problem}")]
    NoAct {
        /// The line's number, counted from 1.
        line: usize,
        /// The parser's message.
        problem: String,
    },
    /// An act that a user could not perform, or that the bot did not answer.
    #[error("line {line}: {error}")]
    Failed {
        /// The line's number, counted from 1.
        line: usize,
        /// The cause.
        error: ActError,
    },
}

impl Script {
    /// Parses a script.
    ///
    /// # Errors
    ///
    /// Returns [`ScriptError::NoAct`] for the first line that is not an act.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let numbered = (1..).zip(text.lines().map(str::trim));
        let written = numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let lines = written.map(|(number, line)| {
            read(line)
                .map(|(name, step)| Line { number, name, step })
                .map_err(|error| ScriptError::NoAct { line: number, problem: error.to_string() })
        });
        Ok(Self { lines: lines.collect::<Result<_, _>>()? })
    }

    /// Performs all lines. Waits for the bot's answer to every interaction; waits for the answer to a message only if a
    /// line refers to it.
    ///
    /// # Errors
    ///
    /// Returns [`ScriptError::Failed`] for the first line that fails, and skips the rest.
    pub async fn play(&self, sandbox: &Sandbox) -> Result<(), ScriptError> {
        let mut results = ActResults::default();
        for line in &self.lines {
            let done = line.step.play(sandbox, &results).await;
            let done = done.map_err(|error| ScriptError::Failed { line: line.number, error })?;
            if let (Some(name), Some(done)) = (&line.name, done) {
                results.store(name.clone(), done);
            }
        }
        Ok(())
    }
}

fn read(line: &str) -> serde_json::Result<(Option<String>, Step)> {
    let mut fields: Map<String, Value> = serde_json::from_str(line)?;
    let name = fields.remove("name").map(serde_json::from_value).transpose()?;
    if fields.get("act").is_some_and(|act| act == "expect") {
        fields.remove("act");
        return Ok((name, Step::Expect(serde_json::from_value(fields.into())?)));
    }
    Ok((name, Step::Do(serde_json::from_value(fields.into())?)))
}

impl Step {
    async fn play(&self, sandbox: &Sandbox, results: &ActResults) -> Result<Option<ActOutcome>, ActError> {
        match self {
            Self::Do(act) => {
                let done = act.perform(sandbox, results).await?;
                if let ActOutcome::Interaction(interaction) = done {
                    sandbox.wait_for_answer(interaction).await?;
                }
                Ok(Some(done))
            }
            Self::Expect(Expect { message, text, gone }) => {
                let message = results.message(sandbox, message).await?;
                if let Some(text) = text {
                    sandbox.wait_for_message(message, |message| message.text().contains(text)).await?;
                }
                if *gone {
                    sandbox.wait_for_deletion(message).await?;
                }
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_acts_has_the_fields_of_expect() {
        let error = serde_json::from_str::<Expect>("{\"?\": 1}").map_err(|error| error.to_string());
        let listed = crate::ACTS.iter().find(|(name, _)| *name == "expect").map(|(_, fields)| fields.to_vec());
        let names: Vec<String> = listed.unwrap_or_default().iter().map(|field| format!("`{field}`")).collect();
        let expected = format!("expected one of {}", names.join(", "));
        assert!(error.as_ref().is_err_and(|error| error.contains(&expected)), "{error:?} {expected}");
    }

    #[test]
    fn an_invalid_line_is_reported_with_its_number() {
        let good = "# a scenario\n\n{\"act\": \"post\", \"text\": \"hi\", \"name\": \"q\"}\n{\"act\": \"expect\", \"message\": \"q.answer\", \"text\": \"x\"}";
        assert_eq!(
            Script::parse(good).map(|script| script.lines.iter().map(|line| line.number).collect()),
            Ok(vec![3, 4])
        );
        for (text, line, problem) in [
            ("\nnonsense", 2, "expected ident"),
            ("{\"act\": \"dance\"}", 1, "unknown variant `dance`"),
            ("{\"act\": \"post\"}", 1, "missing field `text`"),
            ("{\"act\": \"post\", \"text\": \"x\", \"txt\": 1}", 1, "unknown field `txt`"),
            ("{\"act\": \"expect\", \"text\": \"x\"}", 1, "missing field `message`"),
        ] {
            let error = Script::parse(text).map_err(|error| error.to_string());
            let expected = format!("line {line}: expected an act as a JSON object, found: {problem}");
            assert!(error.as_ref().is_err_and(|error| error.starts_with(&expected)), "{error:?} {expected}");
        }
    }
}
