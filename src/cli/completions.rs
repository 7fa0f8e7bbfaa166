//! `talea completions SHELL`: generated from the command line itself.

use clap_complete::Shell;

use super::Exit;

/// Prints the completions.
pub(super) fn run(shell: Shell, command: &mut clap::Command) -> Exit {
    clap_complete::generate(shell, command, "talea", &mut std::io::stdout());
    Exit::Done
}
