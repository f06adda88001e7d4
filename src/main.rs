//! The `footnote` binary: hands over to the command line.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fix_trim_threshold();
    footnote::cli::main()
}

/// Makes glibc return the memory that learning has freed, by starting the program again with a setting that glibc reads
/// only at the start. Without it, glibc raises the threshold above which it returns memory whenever a large block is
/// freed, and up to 40 MiB more stay in use after an import. Does nothing if the setting is there; if it cannot start the
/// program again, the program goes on without.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn fix_trim_threshold() {
    use std::env;
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    const SETTING: &str = "MALLOC_TRIM_THRESHOLD_";
    /// The threshold that glibc starts with, in bytes.
    const THRESHOLD: &str = "131072";
    let is_set = env::var_os(SETTING).is_some() || env::var_os("GLIBC_TUNABLES").is_some();
    let (Ok(program), false) = (env::current_exe(), is_set) else { return };
    let mut arguments = env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    // Returns only if it fails.
    let _error = command.args(arguments).env(SETTING, THRESHOLD).exec();
}
