//! The log of the bot's REST calls: in memory, and optionally as JSON lines in a file.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Number of calls kept in memory. The file contains all of them.
const CALLS_MAX: usize = 10_000;

/// A REST call and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    /// The HTTP method.
    pub method: String,
    /// The path without `/api/v10`, with the query.
    pub path: String,
    /// The request body; null if there was none.
    pub body: Value,
    /// The HTTP status of the response; 0 if the sandbox cut the connection instead.
    pub status: u16,
    /// The response body; null if there was none.
    pub response: Value,
}

impl Call {
    /// The path without its query.
    pub fn route(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }
}

/// The calls of this run.
#[derive(Debug, Default)]
pub struct CallLog {
    calls: VecDeque<Call>,
    count: usize,
    file: Option<File>,
}

impl CallLog {
    /// Starts a log; `path` is a file to which all calls are appended.
    pub(super) fn open(path: Option<&Path>) -> io::Result<Self> {
        let file = path.map(|path| OpenOptions::new().create(true).append(true).open(path)).transpose()?;
        Ok(Self { file, ..Self::default() })
    }

    /// The calls in memory, oldest first.
    pub fn calls(&self) -> impl DoubleEndedIterator<Item = &Call> + ExactSizeIterator {
        self.calls.iter()
    }

    /// Number of all calls, including those that are no longer in memory.
    pub fn count(&self) -> usize {
        self.count
    }

    pub(super) fn push(&mut self, call: Call) {
        if let Some(file) = &mut self.file
            && let Err(error) = write_line(file, &call)
        {
            tracing::warn!(%error, "cannot write the log of REST calls; logging stops");
            self.file = None;
        }
        self.count += 1;
        self.calls.push_back(call);
        if self.calls.len() > CALLS_MAX {
            self.calls.pop_front();
        }
    }
}

fn write_line(file: &mut File, call: &Call) -> io::Result<()> {
    let mut line = serde_json::to_vec(call)?;
    line.push(b'\n');
    file.write_all(&line)
}
