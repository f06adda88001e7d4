//! The `footnote` binary: hands over to the command line.

fn main() -> std::process::ExitCode {
    footnote::cli::main()
}
