//! A file in which what is harmlessly wrong in a header is mended as it is read.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

use super::decode::Refusal;

/// A file has no more chunks before its audio.
const MOST_CHUNKS: usize = 4096;

/// What is read in place of four bytes, and where they begin.
type Patch = (u64, [u8; 4]);

/// The file.
pub(super) struct Mended<S> {
    source: S,
    patches: Vec<Patch>,
    at: u64,
    length: u64,
}

impl Mended<Cursor<Vec<u8>>> {
    /// Of a file in memory.
    pub(super) fn of_bytes(bytes: Vec<u8>) -> Result<Self, Refusal> {
        Mended::new(Cursor::new(bytes)).unwrap_or(Err(Refusal::Empty))
    }
}

impl Mended<File> {
    /// Of a file on disk.
    pub(super) fn of_file(file: File) -> Result<Self, Refusal> {
        Mended::new(file).unwrap_or_else(|why| Err(Refusal::Broken(why.to_string())))
    }
}

impl<S: Read + Seek> Mended<S> {
    fn new(mut source: S) -> io::Result<Result<Mended<S>, Refusal>> {
        let length = source.seek(SeekFrom::End(0))?;
        if length == 0 {
            return Ok(Err(Refusal::Empty));
        }
        let patches = match patches(&mut source, length)? {
            Ok(patches) => patches,
            Err(refusal) => return Ok(Err(refusal)),
        };
        source.rewind()?;
        Ok(Ok(Mended { source, patches, at: 0, length }))
    }
}

impl<S: Read + Seek> Read for Mended<S> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(out)?;
        for (place, bytes) in &self.patches {
            for (place, byte) in (*place..).zip(bytes) {
                if let Some(out) = place.checked_sub(self.at).and_then(|at| out[..count].get_mut(at as usize)) {
                    *out = *byte;
                }
            }
        }
        self.at += count as u64;
        Ok(count)
    }
}

impl<S: Read + Seek> Seek for Mended<S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.source.seek(to)?;
        Ok(self.at)
    }
}

impl<S: Read + Seek + Send + Sync> MediaSource for Mended<S> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}

/// What is to be mended of a RIFF file: lengths that are harmless. That of the whole file, which many writers get wrong,
/// and that of the audio where a WAV came through a pipe and its writer could not go back to note it.
///
/// A chunk of remarks that claims more bytes than the file has would be allocated before it is read, so it is refused;
/// only the audio itself may be cut short.
fn patches(source: &mut (impl Read + Seek), length: u64) -> io::Result<Result<Vec<Patch>, Refusal>> {
    source.rewind()?;
    let mut head = [0; 12];
    if length < 12 || source.read_exact(&mut head).is_err() || &head[..4] != b"RIFF" || &head[8..] != b"WAVE" {
        return Ok(Ok(Vec::new()));
    }
    let mut at = 12;
    for _ in 0..MOST_CHUNKS {
        let mut head = [0; 8];
        source.seek(SeekFrom::Start(at))?;
        if at + 8 > length || source.read_exact(&mut head).is_err() {
            return Ok(Ok(Vec::new()));
        }
        let promised = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        let (start, end) = (at + 8, at + 8 + promised);
        if &head[..4] == b"data" {
            let mut patches = vec![(4, [0xff; 4])];
            if promised >= 0x7fff_0000 && end > length {
                let found = u32::try_from(length - start).unwrap_or(u32::MAX);
                patches.push((start - 4, found.to_le_bytes()));
            }
            return Ok(Ok(patches));
        }
        if end > length {
            let name = String::from_utf8_lossy(&head[..4]).trim().to_owned();
            return Ok(Err(Refusal::Broken(format!("its part `{name}` ends after the file"))));
        }
        at = end + (promised & 1);
    }
    Ok(Err(Refusal::Broken("it has more parts than a recording has".into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &str, promised: u32, bytes: usize) -> Vec<u8> {
        [name.as_bytes(), &promised.to_le_bytes(), &vec![7; bytes]].concat()
    }

    fn read(parts: &[Vec<u8>]) -> Result<Vec<u8>, Refusal> {
        let bytes = [&b"RIFF\0\0\0\0WAVE"[..], &parts.concat()].concat();
        let mut all = Vec::new();
        Mended::of_bytes(bytes)?.read_to_end(&mut all).unwrap();
        Ok(all)
    }

    #[test]
    fn lengths_are_mended_wherever_the_audio_begins() {
        // More remarks than anybody writes, then audio that came through a pipe.
        let far = chunk("JUNK", 3 << 20, 3 << 20);
        let mended = read(&[far.clone(), chunk("data", u32::MAX, 10)]).unwrap();
        let data = 12 + 8 + (3 << 20);
        assert_eq!(mended[4..8], [0xff; 4]);
        assert_eq!(mended[data..data + 10], *b"data\x0a\0\0\0\x07\x07");
        // What is merely cut short is left as it is, to be said.
        let short = read(&[far.clone(), chunk("data", 1000, 10)]).unwrap();
        assert_eq!(short[data + 4..data + 8], 1000u32.to_le_bytes());
        let refused = read(&[far, chunk("LIST", 0xffff_fff0, 10), chunk("data", 4, 4)]);
        assert!(matches!(refused, Err(Refusal::Broken(_))), "{refused:?}");
    }

    #[test]
    fn a_patch_is_read_wherever_the_reading_begins() {
        let bytes = [&b"RIFF\x01\x02\x03\x04WAVE"[..], &chunk("data", 4, 4)].concat();
        let mut mended = Mended::of_bytes(bytes).unwrap();
        for (at, wanted) in [(3, [b'F', 0xff]), (5, [0xff, 0xff]), (7, [0xff, b'W']), (8, [b'W', b'A'])] {
            let mut two = [0; 2];
            mended.seek(SeekFrom::Start(at)).unwrap();
            mended.read_exact(&mut two).unwrap();
            assert_eq!(two, wanted, "{at}");
        }
        assert_eq!(mended.seek(SeekFrom::End(-1)).unwrap(), 23);
        assert!(mended.seek(SeekFrom::End(i64::MIN)).is_err());
    }
}
