//! The `footnote` binary: hands over to the command line.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    footnote::cli::main()
}
