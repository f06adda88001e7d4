//! The asynchronous runtime, the same for all commands, and the signals that end a program.

use std::io;
use std::num::NonZeroUsize;

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

/// The number of worker threads, for tests. The default of 1 is a single-threaded runtime, which costs the least memory
/// and CPU time; a bot needs no more. The code must not depend on it, so the test suite also runs with more.
const WORKER_THREADS_VARIABLE: &str = "FOOTNOTE_WORKER_THREADS";

/// An error that keeps the runtime from starting.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The variable is not a number from 1 on.
    #[error("{WORKER_THREADS_VARIABLE}: expected a number of threads from 1 on, found `{0}`")]
    WorkerThreads(String),
    /// The system refuses threads or timers.
    #[error("expected a working runtime, found: {0}")]
    System(#[from] io::Error),
}

/// Runs a future to its end. Work on blocking threads that is still running then is abandoned: reading knowledge from a
/// disk that does not respond must not keep the program from ending.
///
/// # Errors
/// If the runtime cannot start.
pub fn block_on<F: Future>(future: F) -> Result<F::Output, RuntimeError> {
    let mut builder = match worker_threads()? {
        1 => Builder::new_current_thread(),
        threads => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(threads);
            builder
        }
    };
    let runtime = builder.enable_all().build()?;
    let output = runtime.block_on(future);
    runtime.shutdown_background();
    Ok(output)
}

fn worker_threads() -> Result<usize, RuntimeError> {
    let Ok(value) = std::env::var(WORKER_THREADS_VARIABLE) else { return Ok(1) };
    let threads = value.parse::<NonZeroUsize>();
    threads.map(NonZeroUsize::get).map_err(|_| RuntimeError::WorkerThreads(value))
}

/// Registers for Ctrl-C and SIGTERM. The returned future resolves at the first of them.
///
/// # Errors
/// If the system refuses to register.
pub fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
