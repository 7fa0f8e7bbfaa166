//! The text of an SFZ file: headers with their opcodes, includes opened and defines replaced.
//!
//! Invariant: whatever the text is, reading ends: includes go [`DEEPEST`] levels deep, and all of it is at most
//! [`LARGEST`] bytes and [`MOST_OPCODES`] opcodes.

use std::fs;
use std::path::{Path, PathBuf};

/// How deep files include others.
const DEEPEST: usize = 16;
/// The most bytes of text in all.
const LARGEST: usize = 16 << 20;
/// The most opcodes in all.
const MOST_OPCODES: usize = 400_000;

/// A header and what stands under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// `region`, `group` and so on, in small letters.
    pub(super) header: String,
    /// Names in small letters, and values; in the order of the text.
    pub(super) opcodes: Vec<(String, String)>,
}

/// What a text holds, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) sections: Vec<Section>,
    /// Sentences about the file.
    pub(super) said: Vec<String>,
    defines: Vec<(String, String)>,
    bytes: usize,
    opcodes: usize,
}

/// Reads an SFZ file and what it includes.
pub(super) fn read(path: &Path) -> std::io::Result<Text> {
    let bytes = fs::read(path)?;
    let mut text = Text::default();
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    text.file(&String::from_utf8_lossy(&bytes), &folder, 0);
    Ok(text)
}

#[cfg(test)]
pub(super) fn parse(source: &str) -> Text {
    let mut text = Text::default();
    text.file(source, &PathBuf::new(), 0);
    text
}

impl Text {
    fn file(&mut self, source: &str, folder: &Path, depth: usize) {
        self.bytes += source.len();
        if self.bytes > LARGEST {
            self.say("it is larger than 16 MB with what it includes; the rest is left out");
            return;
        }
        let source = without_comments(source);
        for line in source.lines() {
            let line = line.trim();
            if let Some(rest) = line.strip_prefix("#include") {
                self.include(rest, folder, depth);
            } else if let Some(rest) = line.strip_prefix("#define") {
                self.define(rest);
            } else if !line.is_empty() {
                let line = self.replaced(line);
                self.line(&line);
            }
        }
    }

    fn say(&mut self, said: impl Into<String>) {
        let said = said.into();
        if self.said.len() < 10 && !self.said.contains(&said) {
            self.said.push(said);
        }
    }

    fn include(&mut self, rest: &str, folder: &Path, depth: usize) {
        let name = self.replaced(rest.trim().trim_matches(['"', '<', '>']));
        if depth >= DEEPEST {
            return self.say(format!("`#include \"{name}\"` lies too deep"));
        }
        let path: PathBuf = folder.join(name.replace('\\', "/"));
        let fits = fs::metadata(&path).is_ok_and(|known| known.is_file() && known.len() <= LARGEST as u64);
        match fs::read(&path) {
            Ok(bytes) if fits => self.file(&String::from_utf8_lossy(&bytes), folder, depth + 1),
            _ => self.say(format!("it includes `{name}`, which cannot be read")),
        }
    }

    fn define(&mut self, rest: &str) {
        let mut words = rest.split_whitespace();
        if let (Some(name), Some(value)) = (words.next(), words.next())
            && name.len() > 1
            && name.starts_with('$')
        {
            self.defines.retain(|(known, _)| known != name);
            self.defines.push((name.to_owned(), value.to_owned()));
            // `$KEYS` is replaced before `$KEY`.
            self.defines.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        }
    }

    /// A line with its defines replaced, once each.
    fn replaced(&self, line: &str) -> String {
        let mut line = line.to_owned();
        if line.contains('$') {
            for (name, value) in &self.defines {
                if line.len() < 10_000 {
                    line = line.replace(name.as_str(), value);
                }
            }
        }
        line
    }

    fn line(&mut self, line: &str) {
        let mut rest = line;
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('<') {
                let Some((name, after)) = inside.split_once('>') else {
                    return self.say(format!("`{}` is not closed", shown(rest)));
                };
                self.sections.push(Section { header: name.trim().to_lowercase(), opcodes: Vec::new() });
                rest = after.trim_start();
                continue;
            }
            let Some((name, value)) = rest.split_once('=') else {
                return self.say(format!("`{}` is neither a header nor an opcode", shown(rest)));
            };
            let end = value_end(value);
            let name = name.trim().to_lowercase();
            self.opcodes += 1;
            if self.opcodes > MOST_OPCODES {
                return self.say("it has too many opcodes; the rest is left out");
            }
            if let Some(section) = self.sections.last_mut() {
                section.opcodes.push((name, value[..end].trim().to_owned()));
            } else {
                self.say(format!("`{}` stands before any header", shown(&name)));
            }
            rest = value[end..].trim_start();
        }
    }
}

/// Where a value ends: before a header, or before a blank and the next `name=`; a sample's path may hold blanks.
fn value_end(value: &str) -> usize {
    let header = value.find('<').unwrap_or(value.len());
    let value = &value[..header];
    let Some(equals) = value.find('=') else { return header };
    value[..equals].trim_end().rfind(char::is_whitespace).unwrap_or(header)
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

/// `// to the end of the line` and `/* … */` are left out; a lone `/` belongs to a path.
fn without_comments(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('/') {
        out.push_str(&rest[..at]);
        let after = &rest[at..];
        rest = if after.starts_with("//") {
            &after[after.find(['\n', '\r']).unwrap_or(after.len())..]
        } else if let Some(inside) = after.strip_prefix("/*") {
            inside.find("*/").map_or("", |end| &inside[end + 2..])
        } else {
            out.push('/');
            &after[1..]
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(source: &str) -> Vec<(String, Vec<(String, String)>)> {
        parse(source).sections.into_iter().map(|section| (section.header, section.opcodes)).collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.into(), value.into())
    }

    #[test]
    fn headers_and_opcodes_in_lines_or_in_a_row() {
        let text =
            "<group> lovel=64 // hard\n<region>\nsample=Grand Piano/C 4.wav key=60\nhikey=62<region>sample=b.wav";
        assert_eq!(
            shape(text),
            [
                ("group".into(), vec![pair("lovel", "64")]),
                ("region".into(), vec![pair("sample", "Grand Piano/C 4.wav"), pair("key", "60"), pair("hikey", "62")]),
                ("region".into(), vec![pair("sample", "b.wav")]),
            ]
        );
    }

    #[test]
    fn defines_are_replaced_the_longer_name_first() {
        let text = "#define $K 60\n#define $KEY 61\n<region> key=$KEY lokey=$K /* no\nmore */ hikey=$K\n";
        let opcodes = vec![pair("key", "61"), pair("lokey", "60"), pair("hikey", "60")];
        assert_eq!(shape(text), [("region".into(), opcodes)]);
    }

    #[test]
    fn what_cannot_be_read_is_said_and_the_rest_goes_on() {
        let text = parse("key=60\n<region> sample=a.wav\nrubbish\n<group\n<region> sample=b.wav");
        assert_eq!(text.sections.len(), 2);
        assert_eq!(text.said.len(), 3, "{:?}", text.said);
    }

    #[test]
    fn a_file_that_includes_itself_ends() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.sfz");
        fs::write(&path, "<region> sample=a.wav\n#include \"a.sfz\"\n").unwrap();
        let text = read(&path).unwrap();
        assert_eq!(text.sections.len(), DEEPEST + 1);
        assert_eq!(text.said.len(), 1);
    }
}
