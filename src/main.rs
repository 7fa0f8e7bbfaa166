//! The program: everything is in the library.

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "talea", version, about = "Music as text")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Prints the haps of an expression, without sound
    Query {
        /// The expression
        #[arg(short)]
        expression: Option<String>,
        /// An expression a line on standard input
        #[arg(long)]
        batch: bool,
        /// Which cycles, half open
        #[arg(long, default_value = "0..1")]
        cycles: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

fn main() -> std::process::ExitCode {
    let Command::Query { expression, batch, cycles, json } = Arguments::parse().command;
    let Some(cycles) = talea::cli::query::cycles(&cycles) else {
        return std::process::ExitCode::from(2);
    };
    let options = talea::cli::query::Options { expression, batch, cycles, json };
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    match talea::cli::query::run(&options, std::io::stdin().lock(), &mut output) {
        Ok(code) => std::process::ExitCode::from(code as u8),
        Err(_) => std::process::ExitCode::from(3),
    }
}
