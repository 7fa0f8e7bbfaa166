//! Floor 7: the command line. A file per subcommand; the names and forms are fixed by the language's reference.
//!
//! Invariant: only here is anything printed. Exit codes: 0 done, 1 the music has errors, 2 wrong usage, 3 the machine
//! failed it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

mod check;
mod completions;
mod devices;
pub mod help;
pub mod manual;
mod meter;
mod new;
mod paint;
mod play;
pub mod query;
mod query_piece;
mod render;
pub mod words;

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// Done.
    Done,
    /// The music has errors.
    Music,
    /// Wrong usage.
    Usage,
    /// The machine failed it.
    Machine,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Music => 1,
            Exit::Usage => 2,
            Exit::Machine => 3,
        })
    }
}

/// Music as text: plays a file while you edit it, renders it, tells what is wrong with it.
#[derive(Parser)]
#[command(name = "talea", version, arg_required_else_help = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Plays a piece and follows every save (also plain `talea FILE`)
    Play(play::PlayArgs),
    /// Writes a piece, or the log of a session, to an audio file
    Render(render::RenderArgs),
    /// Says what is wrong with pieces
    Check(check::CheckArgs),
    /// Shows what a piece or an expression does, without sound
    Query(query_piece::QueryArgs),
    /// Measures the loudness and the peaks of an audio file
    Meter(MeterArgs),
    /// Explains a word of the language
    Help(help::HelpArgs),
    /// Lists audio devices and MIDI ports
    Devices(devices::DevicesArgs),
    /// Makes a folder with a first piece in it
    New(NewArgs),
    /// Prints completions for a shell
    Completions(CompletionsArgs),
}

/// Arguments of `talea new`.
#[derive(Args)]
struct NewArgs {
    /// The folder to make
    dir: PathBuf,
}

/// Arguments of `talea meter`.
#[derive(Args)]
struct MeterArgs {
    /// The audio file
    file: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Arguments of `talea completions`.
#[derive(Args)]
struct CompletionsArgs {
    /// bash, zsh, fish, elvish or powershell
    shell: clap_complete::Shell,
}

/// Runs the program.
pub fn run() -> ExitCode {
    let arguments = with_play(std::env::args_os().collect());
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let usage = error.use_stderr();
            let _ = error.print();
            return if usage { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    match cli.command {
        Command::Play(args) => play::run(&args),
        Command::Render(args) => render::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Query(args) => query_piece::run(args),
        Command::Meter(args) => measure(&args),
        Command::Help(args) => help::run(&args),
        Command::Devices(args) => devices::run(&args),
        Command::New(args) => new::run(&args.dir),
        Command::Completions(args) => completions::run(args.shell, &mut Cli::command()),
    }
    .into()
}

/// `talea meter`, with its exit code.
fn measure(args: &MeterArgs) -> Exit {
    match meter::run(&args.file, args.json) {
        Ok(()) => Exit::Done,
        Err(said) => {
            let exit = if meter::is_usage(&said) { Exit::Usage } else { Exit::Machine };
            paint::diagnostics(&[], &[said]);
            exit
        }
    }
}

/// `talea FILE …` is `talea play FILE …`.
fn with_play(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let names: Vec<_> = Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    if let Some(first) = arguments.get(1) {
        let word = first.to_string_lossy();
        let flag = word.starts_with('-') && matches!(&*word, "-h" | "--help" | "-V" | "--version");
        if !flag && !names.contains(&word.to_string()) && !unknown_command(&word) {
            arguments.insert(1, "play".into());
        }
    }
    arguments
}

/// A word that is neither a file nor looks like one is a mistyped command, and clap says so.
fn unknown_command(word: &str) -> bool {
    !word.starts_with('-') && !word.contains(['.', '/', '\\']) && !std::path::Path::new(word).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_alone_is_played() {
        let with = |words: &[&str]| with_play(words.iter().map(OsString::from).collect());
        assert_eq!(with(&["talea", "x.talea"])[1], "play");
        assert_eq!(with(&["talea", "--headless", "x.talea"])[1], "play");
        assert_eq!(with(&["talea", "check", "x.talea"])[1], "check");
        assert_eq!(with(&["talea", "--help"])[1], "--help");
        assert_eq!(with(&["talea", "rendr"])[1], "rendr");
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
