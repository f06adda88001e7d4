//! The log of the bot's REST calls: in memory, and a line of JSON each in a file if one is named.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How many calls are remembered. The file, if there is one, has all of them.
const REMEMBERED: usize = 10_000;

/// A REST call and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    /// The HTTP method.
    pub method: String,
    /// The path without `/api/v10`, with the query.
    pub path: String,
    /// The body as it was sent; null without one.
    pub body: Value,
    /// The HTTP status it was answered with; 0 if the connection was cut off instead.
    pub status: u16,
    /// The body of the answer; null without one.
    pub response: Value,
}

impl Call {
    /// The path without its query.
    pub fn route(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }
}

/// The calls so far.
#[derive(Debug, Default)]
pub struct CallLog {
    calls: VecDeque<Call>,
    count: usize,
    file: Option<File>,
}

impl CallLog {
    /// Starts a log; with a path, calls are appended to that file.
    pub(super) fn open(path: Option<&Path>) -> io::Result<Self> {
        let file = path.map(|path| OpenOptions::new().create(true).append(true).open(path)).transpose()?;
        Ok(Self { file, ..Self::default() })
    }

    /// The calls that are remembered, oldest first.
    pub fn calls(&self) -> impl DoubleEndedIterator<Item = &Call> + ExactSizeIterator {
        self.calls.iter()
    }

    /// How many calls there were, the forgotten ones included.
    pub fn count(&self) -> usize {
        self.count
    }

    pub(super) fn push(&mut self, call: Call) {
        if let Some(file) = &mut self.file
            && let Err(error) = write_line(file, &call)
        {
            tracing::warn!(%error, "the log of REST calls cannot be written; it ends here");
            self.file = None;
        }
        self.count += 1;
        self.calls.push_back(call);
        if self.calls.len() > REMEMBERED {
            self.calls.pop_front();
        }
    }
}

fn write_line(file: &mut File, call: &Call) -> io::Result<()> {
    let mut line = serde_json::to_vec(call)?;
    line.push(b'\n');
    file.write_all(&line)
}
