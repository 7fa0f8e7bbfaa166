//! First reading of the items: what is named, what is commanded, what stands twice.
//!
//! Invariant: nothing is evaluated here; each item goes to exactly one list or becomes a diagnostic.

use std::collections::HashMap;

use super::words::{self, Room};
use crate::base::control;
use crate::base::diagnostic::{Diagnostic, Severity, nearest};
use crate::base::random;
use crate::base::source::{FileId, Place, Source};
use crate::lang::syntax::{
    Argument, Block, Command, Expr, ExprKind, File, Item, ItemKind, MiniKind, Name, ParameterSyntax,
};

/// A track as written.
#[derive(Clone, Debug)]
pub struct TrackItem<'a> {
    /// Its name; `$1` and so on for anonymous ones.
    pub name: String,
    /// The path of its dice: its name, or for an anonymous one the hash of its text and its count among equals.
    pub dice: String,
    /// Where the name is, or the item for an anonymous one.
    pub place: Place,
    /// The whole item.
    pub item: Place,
    /// `_` before it.
    pub muted: bool,
    /// What it plays.
    pub expr: &'a Expr,
}

/// A name for a value or a function.
#[derive(Clone, Copy, Debug)]
pub struct Definition<'a> {
    /// Where its name is.
    pub place: Place,
    /// Its parameters; `None` for a value.
    pub parameters: Option<&'a [ParameterSyntax]>,
    /// Its value.
    pub body: &'a Expr,
    /// Its order in the text.
    pub order: usize,
}

/// A command in a common form, whether written with brackets or without.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The word.
    pub name: &'a Name,
    /// Its arguments.
    pub arguments: &'a [Argument],
    /// Its block.
    pub block: Option<&'a Block>,
    /// The whole item.
    pub place: Place,
}

impl<'a> Told<'a> {
    /// The n-th argument's value.
    pub fn argument(&self, index: usize) -> Option<&'a Expr> {
        self.arguments.get(index).map(|argument| &argument.value)
    }
}

/// An item as a command, if it is one: `tempo 120`, `tempo(120)`, `hush`.
pub fn told(item: &Item) -> Option<Told<'_>> {
    match &item.kind {
        ItemKind::Command(Command { name, arguments, block }) => {
            Some(Told { name, arguments, block: block.as_ref(), place: item.place })
        }
        ItemKind::Expr(Expr { kind: ExprKind::Call(name, arguments), .. }) => {
            Some(Told { name, arguments, block: None, place: item.place })
        }
        _ => None,
    }
}

/// All items of a piece, by what they are.
#[derive(Debug, Default)]
pub struct Collected<'a> {
    /// In the order of the text.
    pub tracks: Vec<TrackItem<'a>>,
    /// Values and functions by name.
    pub definitions: HashMap<&'a str, Definition<'a>>,
    /// Every top-level command but the few that are read in place.
    pub commands: Vec<Told<'a>>,
    /// Names (of tracks or definitions) whose text could not be read.
    pub broken: HashMap<String, Place>,
}

impl<'a> Collected<'a> {
    /// The commands with a name.
    pub fn of(&self, name: &'static str) -> impl Iterator<Item = &Told<'a>> {
        self.commands.iter().filter(move |told| told.name.text == name)
    }
}

/// The most tracks of a piece: each has a strip, and the desk is walked for each of them.
const MOST_TRACKS: usize = 200;

/// Reads the items of the piece's files; the first file is the piece itself.
pub fn collect<'a>(files: &'a [(Source, File)], said: &mut Vec<Diagnostic>) -> Collected<'a> {
    let mut out = Collected::default();
    let mut names: HashMap<String, Place> = HashMap::new();
    let mut equals: HashMap<u64, usize> = HashMap::new();
    let (mut order, mut anonymous_tracks) = (0, 0);
    let commanded = |name: &str| {
        let items = files.iter().flat_map(|(_, file)| &file.items);
        items.filter_map(told).any(|told| told.name.text == name)
    };
    for (source, file) in files {
        let main = source.id == FileId(0);
        for (name, place) in &file.broken {
            out.broken.insert(name.clone(), *place);
        }
        for item in &file.items {
            order += 1;
            if out.tracks.len() > MOST_TRACKS {
                out.tracks.pop();
                said.push(
                    Diagnostic::error(
                        "too-many-tracks",
                        item.place,
                        format!("a piece has {MOST_TRACKS} tracks at most"),
                    )
                    .help("stack(…) plays several patterns in one track"),
                );
                return out;
            }
            match &item.kind {
                ItemKind::Label(label, expr) => {
                    if !main {
                        continue; // the tracks of a used file do not play
                    }
                    if let Some(setting) = setting_as_name(&label.name, expr, ":", &commanded) {
                        said.push(setting);
                        continue;
                    }
                    let anonymous = label.name.text.is_empty();
                    let mut track = TrackItem {
                        name: label.name.text.clone(),
                        dice: label.name.text.clone(),
                        place: label.name.place,
                        item: item.place,
                        muted: label.muted,
                        expr,
                    };
                    if anonymous {
                        name_anonymous(&mut track, source, &mut equals, &mut anonymous_tracks);
                    } else if !first(&mut names, &track.name, track.place, "track", said) {
                        continue;
                    }
                    out.tracks.push(track);
                }
                ItemKind::Define(name, body) => {
                    said.extend(setting_as_name(name, body, "=", &commanded));
                    let own = registered(body).filter(|(names, _)| names.contains(&name.text.as_str()));
                    let body = match registered(body) {
                        Some((others, function)) => {
                            register(&mut out, &mut names, (others, name.place), function, order, said);
                            function
                        }
                        None => body,
                    };
                    if own.is_some() {
                        continue;
                    }
                    if first(&mut names, &name.text, name.place, "definition", said) {
                        let definition = Definition { place: name.place, parameters: None, body, order };
                        out.definitions.insert(&name.text, definition);
                    }
                }
                ItemKind::Function { name, parameters, body } => {
                    if first(&mut names, &name.text, name.place, "function", said) {
                        let definition = Definition { place: name.place, parameters: Some(parameters), body, order };
                        out.definitions.insert(&name.text, definition);
                    }
                }
                ItemKind::Command(_) => {
                    let told = told(item).filter(|told| known(told, said));
                    out.commands.extend(told);
                }
                ItemKind::Expr(expr) => {
                    if let Some((others, function)) = registered(expr) {
                        register(&mut out, &mut names, (others, expr.place), function, order, said);
                    } else if let Some(told) =
                        told(item).filter(|told| words::find(&told.name.text, Room::Top).is_some())
                    {
                        out.commands.push(told);
                    } else if let Some(told) = told(item).filter(|told| is_meant(told)) {
                        known(&told, said);
                    } else if main {
                        let mut track = TrackItem {
                            name: String::new(),
                            dice: String::new(),
                            place: item.place,
                            item: item.place,
                            muted: false,
                            expr,
                        };
                        name_anonymous(&mut track, source, &mut equals, &mut anonymous_tracks);
                        said.push(
                            Diagnostic::hint("bare-track", item.place, "a track without a label")
                                .help("write `$: ` before it, or a name and a colon"),
                        );
                        out.tracks.push(track);
                    }
                }
            }
        }
    }
    out
}

/// `tempo = 120`, `tempo: 120`: a name is made, and the tempo stays what it was.
fn setting_as_name(name: &Name, value: &Expr, sign: &str, commanded: &dyn Fn(&str) -> bool) -> Option<Diagnostic> {
    const SETTINGS: [&str; 7] = ["tempo", "meter", "key", "swing", "seed", "quantum", "target"];
    let plain = match &value.kind {
        ExprKind::Number(_) | ExprKind::Ratio(..) | ExprKind::Negative(_) | ExprKind::Text(_) => true,
        ExprKind::Binary(..) => name.text == "meter",
        ExprKind::Mini(_) => name.text == "key",
        _ => false,
    };
    if !plain || !SETTINGS.contains(&name.text.as_str()) || commanded(&name.text) {
        return None;
    }
    let word = words::find(&name.text, Room::Top)?;
    // A label would be a track of a bare number, which cannot play.
    let severity = if sign == ":" { Severity::Error } else { Severity::Warning };
    let message =
        format!("`{} {sign}` names a {}, and sets nothing", name.text, if sign == ":" { "track" } else { "value" });
    Some(
        Diagnostic::new(severity, "setting-as-name", name.place, message)
            .help(format!("leave the `{sign}` out: {}", word.form)),
    )
}

/// `register('f', (a, x) => …)`, or with a list of names: the names and the function.
fn registered(expr: &Expr) -> Option<(Vec<&str>, &Expr)> {
    fn text(expr: &Expr) -> Option<&str> {
        match &expr.kind {
            ExprKind::Text(text) => Some(text.as_str()),
            ExprKind::Mini(mini) => match &mini.kind {
                MiniKind::Word(word) => Some(word.as_str()),
                _ => None,
            },
            _ => None,
        }
    }
    let ExprKind::Call(word, arguments) = &expr.kind else { return None };
    // Strudel's third argument says whether numbers may be patterns; here they always may.
    let ([names, function] | [names, function, _]) = &arguments[..] else { return None };
    if word.text != "register" {
        return None;
    }
    let names = match &names.value.kind {
        ExprKind::List(items) => items.iter().map(text).collect::<Option<Vec<_>>>()?,
        _ => vec![text(&names.value)?],
    };
    Some((names, &function.value))
}

/// Makes a registered function known by its names.
fn register<'a>(
    out: &mut Collected<'a>,
    names: &mut HashMap<String, Place>,
    (words, place): (Vec<&'a str>, Place),
    body: &'a Expr,
    order: usize,
    said: &mut Vec<Diagnostic>,
) {
    for word in words {
        if first(names, word, place, "function", said) {
            out.definitions.insert(word, Definition { place, parameters: None, body, order });
        }
    }
}

/// An anonymous track is known by its text and its count among equals.
fn name_anonymous(track: &mut TrackItem, source: &Source, equals: &mut HashMap<u64, usize>, before: &mut usize) {
    let text = source.at(track.expr.place);
    let count = equals.entry(random::name(text)).or_insert(0);
    track.dice = format!("${:016x}.{count}", random::name(text));
    *count += 1;
    *before += 1;
    track.name = format!("${before}");
}

fn first(names: &mut HashMap<String, Place>, name: &str, place: Place, kind: &str, said: &mut Vec<Diagnostic>) -> bool {
    if let Some(before) = names.get(name) {
        said.push(
            Diagnostic::error("name-twice", place, format!("there is a `{name}` already"))
                .label(format!("a second {kind} of this name"))
                .also(*before, "the first one")
                .help(format!("call this one `{name}2`, or take one of them away")),
        );
        return false;
    }
    names.insert(name.to_owned(), place);
    true
}

/// `bpm(120)`: a call of what is no function, and means a command.
fn is_meant(told: &Told) -> bool {
    let name = told.name.text.as_str();
    let playable = super::functions::find(name).is_some() || control::find(name).is_some();
    !playable && words::meant(name, Room::Top).is_some()
}

/// Whether a command may stand at the top; else it says what could have been meant.
fn known(told: &Told, said: &mut Vec<Diagnostic>) -> bool {
    let name = told.name.text.as_str();
    if words::find(name, Room::Top).is_some() {
        return true;
    }
    let elsewhere = words::WORDS.iter().find(|word| word.name == name);
    let meant = words::meant(name, Room::Top);
    let error = Diagnostic::error("unknown-command", told.name.place, format!("`{name}` is no command of a file"));
    said.push(if let Some(word) = meant {
        error.help(format!("did you mean `{}`? {}", word.name, word.form))
    } else if let Some(word) = elsewhere {
        error.help(format!("`{name}` belongs {}: {}", word.rooms[0].phrase(), word.form))
    } else if let Some(near) = nearest(name, words::names(Room::Top)) {
        error.help(format!("did you mean `{near}`?"))
    } else {
        error.help(format!("a track is written with a colon: `{name}: s(\"bd*4\")`"))
    });
    false
}
