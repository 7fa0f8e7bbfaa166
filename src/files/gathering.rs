//! Audio as it is decoded: in memory while it is short, on disk from then on.

use crate::base::reel::{Channel, Writer};

use super::decode::Refusal;

/// What was decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// Frames a second.
    pub rate: u32,
    /// Its channels, of equal lengths, at least one.
    pub channels: Vec<Channel>,
}

/// What has been decoded so far.
pub(super) struct Gathering {
    most_channels: usize,
    held_seconds: f64,
    rate: u32,
    held: Vec<Vec<f32>>,
    writer: Option<Writer>,
}

impl Gathering {
    /// Keeps the first channels; in memory up to a length in seconds.
    pub(super) fn new(most_channels: usize, held_seconds: f64) -> Gathering {
        Gathering { most_channels, held_seconds, rate: 0, held: Vec::new(), writer: None }
    }

    /// The next frames.
    pub(super) fn add(&mut self, rate: u32, block: &[&[f32]]) -> Result<(), Refusal> {
        if let Some(writer) = &mut self.writer {
            return writer.write(block).map_err(|why| no_room(&why));
        }
        self.rate = rate;
        self.held.resize_with(block.len().min(self.most_channels), Vec::new);
        for (channel, new) in self.held.iter_mut().zip(block) {
            channel.extend_from_slice(new);
        }
        if self.held[0].len() as f64 > self.held_seconds * f64::from(rate.min(48_000)) {
            let begun = Writer::new(self.held.len()).and_then(|mut writer| {
                writer.write(&self.held)?;
                Ok(writer)
            });
            self.writer = Some(begun.map_err(|why| no_room(&why))?);
            self.held = Vec::new();
        }
        Ok(())
    }

    /// That was all.
    pub(super) fn finish(self) -> Result<Audio, Refusal> {
        let channels = match self.writer {
            Some(writer) => std::sync::Arc::new(writer.finish().map_err(|why| no_room(&why))?).channels(),
            None => self.held.into_iter().map(Channel::from).collect(),
        };
        Ok(Audio { rate: self.rate, channels })
    }
}

fn no_room(why: &std::io::Error) -> Refusal {
    Refusal::NoRoom(why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_goes_to_the_disk_and_is_the_same() {
        let block: Vec<f32> = (0..480).map(|i| i as f32).collect();
        let gather = |held_seconds: f64| {
            let mut gathering = Gathering::new(2, held_seconds);
            for _ in 0..10 {
                gathering.add(48_000, &[&block, &block, &block]).unwrap();
            }
            gathering.finish().unwrap()
        };
        let (held, on_disk) = (gather(0.2), gather(0.03));
        assert!(matches!(held.channels[0], Channel::Held(_)));
        assert!(matches!(on_disk.channels[0], Channel::OnDisk(..)));
        assert_eq!(held.channels.len(), 2);
        assert_eq!(held.channels, on_disk.channels);
        assert_eq!((held.rate, held.channels[1].len()), (48_000, 4800));
    }
}
