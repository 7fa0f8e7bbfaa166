//! Floor 7: the command line, a file per subcommand.

pub mod query;
