//! A file whose first bytes are read from memory, where what is harmlessly wrong in a header is mended.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

use super::decode::Refusal;

/// A header with its remarks lies within so many bytes; what does not is left as it is.
const HEAD: u64 = 1 << 20;

/// The file.
pub(super) struct Mended<S> {
    head: Vec<u8>,
    rest: S,
    /// Where the next byte is read.
    at: u64,
    /// Where `rest` stands.
    stands: u64,
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
    fn new(mut rest: S) -> io::Result<Result<Mended<S>, Refusal>> {
        let length = rest.seek(SeekFrom::End(0))?;
        if length == 0 {
            return Ok(Err(Refusal::Empty));
        }
        rest.rewind()?;
        let mut head = Vec::new();
        rest.by_ref().take(HEAD).read_to_end(&mut head)?;
        if let Err(refusal) = check_riff(&head, length) {
            return Ok(Err(refusal));
        }
        mend_lengths(&mut head, length);
        let stands = head.len() as u64;
        Ok(Ok(Mended { head, rest, at: 0, stands, length }))
    }
}

impl<S: Read + Seek> Read for Mended<S> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = if let Some(head) = usize::try_from(self.at).ok().and_then(|at| self.head.get(at..))
            && !head.is_empty()
        {
            let count = head.len().min(out.len());
            out[..count].copy_from_slice(&head[..count]);
            count
        } else {
            if self.stands != self.at {
                self.rest.seek(SeekFrom::Start(self.at))?;
            }
            let count = self.rest.read(out)?;
            self.stands = self.at + count as u64;
            count
        };
        self.at += count as u64;
        Ok(count)
    }
}

impl<S: Read + Seek> Seek for Mended<S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
        };
        self.at = to.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
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

/// The chunks of a RIFF file: their names, and where their contents begin and should end.
fn chunks(head: &[u8]) -> impl Iterator<Item = ([u8; 4], usize, u64)> {
    let is_riff = head.len() >= 12 && &head[..4] == b"RIFF" && &head[8..12] == b"WAVE";
    let mut at = if is_riff { 12 } else { head.len() };
    std::iter::from_fn(move || {
        let name = head.get(at..at.checked_add(8)?)?;
        let length = u32::from_le_bytes([name[4], name[5], name[6], name[7]]);
        let start = at + 8;
        let end = start as u64 + u64::from(length);
        at = usize::try_from(end + u64::from(length & 1)).unwrap_or(head.len()).min(head.len());
        Some(([name[0], name[1], name[2], name[3]], start, end))
    })
}

/// A chunk of remarks that claims more bytes than the file has would be allocated before it is read; only the audio
/// itself may be cut short.
fn check_riff(head: &[u8], length: u64) -> Result<(), Refusal> {
    for (name, _, end) in chunks(head) {
        if &name == b"data" {
            break;
        }
        if end > length {
            let name = String::from_utf8_lossy(&name).trim().to_owned();
            return Err(Refusal::Broken(format!("its part `{name}` ends after the file")));
        }
    }
    Ok(())
}

/// Lengths that are harmless are mended: that of the whole file, which many writers get wrong, and that of the audio
/// where a WAV came through a pipe and its writer could not go back to note it.
fn mend_lengths(head: &mut [u8], length: u64) {
    let Some((_, start, end)) = chunks(head).find(|(name, ..)| name == b"data") else { return };
    head[4..8].fill(0xff);
    if end - start as u64 >= 0x7fff_0000 && end > length {
        let found = u32::try_from(length - start as u64).unwrap_or(u32::MAX);
        head[start - 4..start].copy_from_slice(&found.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_behind_the_head_is_read_where_it_stands() {
        let bytes: Vec<u8> = (0..3 * HEAD as usize / 2).map(|i| (i % 251) as u8).collect();
        let mut mended = Mended::of_bytes(bytes.clone()).unwrap();
        let mut all = Vec::new();
        mended.read_to_end(&mut all).unwrap();
        assert_eq!(all, bytes);
        for at in [0, 5, HEAD - 3, HEAD, HEAD + 70_000, 12] {
            let mut some = [0; 9];
            mended.seek(SeekFrom::Start(at)).unwrap();
            mended.read_exact(&mut some).unwrap();
            assert_eq!(some, bytes[at as usize..at as usize + 9], "{at}");
        }
        assert_eq!(mended.seek(SeekFrom::End(-1)).unwrap(), bytes.len() as u64 - 1);
        assert!(mended.seek(SeekFrom::End(i64::MIN)).is_err());
    }
}
