//! What a text wishes for, found on the disk: kits, samplers and sound fonts as entries of the catalog.
//!
//! Invariant: a wish that cannot be fulfilled is answered with what it was in the last good version, and said.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bank::{Bank, Stamp};
use super::kit::Scan;
use super::naming::{self, Found, Meaning, marks};
use super::{sf2, sfz};
use crate::base::catalog::{Catalog, Kit, Variant, Zoned};
use crate::base::diagnostic::{Diagnostic, nearest};
use crate::base::source::Place;
use crate::base::zone::{Zone, ZoneEnvelope, ZoneLoop};
use crate::model::build::Wants;
use crate::model::wishes::{InstrumentWish, KitWish, Labelled, Named, Preset, SamplerFile, Wished};

/// The envelope of a sampler whose file goes round: as it is, and a release that does not cut it off.
const HELD: ZoneEnvelope = ZoneEnvelope { attack: 0.0, decay: 0.05, sustain: 1.0, release: 0.1, decay_by_key: 0.0 };

/// Larger files are not watched: their contents would be read to be compared.
const MOST_WATCHED: u64 = 16 << 20;

/// What was read of a font, or why nothing was.
type Font = Result<sfz::Read, Diagnostic>;

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    scans: HashMap<PathBuf, Scan>,
    fonts: HashMap<(PathBuf, String), (Option<Stamp>, Font)>,
    /// The last good version of each.
    kits: HashMap<String, Kit>,
    instruments: HashMap<String, Zoned>,
}

/// What fulfilling a text's wishes brings.
#[derive(Debug, Default)]
pub(super) struct Supply {
    pub(super) catalog: Catalog,
    pub(super) said: Vec<Diagnostic>,
    /// Files and folders to watch.
    pub(super) watched: Vec<PathBuf>,
    /// Files that cannot be read, which was said.
    pub(super) unreadable: Vec<PathBuf>,
    /// Which path is written where: for what is found out as audio is loaded.
    pub(super) places: Vec<(PathBuf, Place)>,
}

impl Supply {
    /// Where the text names a file, or the folder that holds it.
    pub(super) fn place(&self, path: &Path) -> Option<Place> {
        self.places
            .iter()
            .filter(|(named, _)| path.starts_with(named))
            .max_by_key(|(named, _)| named.as_os_str().len())
            .map(|(_, place)| *place)
    }

    fn name(&mut self, named: &Named) {
        if named.path.metadata().is_ok_and(|known| known.len() <= MOST_WATCHED) {
            self.watched.push(named.path.clone());
        }
        self.places.push((named.path.clone(), named.place));
    }

    fn say(&mut self, mut said: Diagnostic, place: Place) {
        said.place = Some(place);
        self.said.push(said);
    }
}

impl Shelf {
    /// Folders are looked through again.
    pub(super) fn forget(&mut self) {
        self.scans.clear();
        self.fonts.clear();
    }

    /// Instruments whose text has an error are what they were.
    pub(super) fn keep(&self, names: &[Arc<str>], catalog: &mut Catalog) {
        for name in names {
            if let Some(zoned) = self.instruments.get(&**name)
                && !catalog.instruments.contains_key(&**name)
            {
                catalog.instruments.insert(name.to_string(), zoned.clone());
            }
        }
    }

    /// Finds what one text wants.
    pub(super) fn fulfil(&mut self, wants: &Wants, bank: &mut Bank, supply: &mut Supply) {
        for wish in &wants.kits {
            let before = supply.said.len();
            let mut kit = self.kit(wish, bank, supply);
            if supply.said[before..].iter().any(Diagnostic::is_error) {
                kit.merge(self.kits.get(&wish.name).cloned().unwrap_or_default());
            } else {
                self.kits.insert(wish.name.clone(), kit.clone());
            }
            supply.catalog.kits.entry(wish.name.clone()).or_default().merge(kit);
        }
        for wish in &wants.instruments {
            let found = self.instrument(wish, bank, supply);
            if let Some(zoned) = found {
                self.instruments.insert(wish.name.clone(), zoned.clone());
                supply.catalog.instruments.insert(wish.name.clone(), zoned);
            }
        }
    }

    fn kit(&mut self, wish: &KitWish, bank: &mut Bank, supply: &mut Supply) -> Kit {
        let mut kit = Kit::default();
        if let Some(folder) = &wish.folder {
            kit = self.scan(folder, bank, supply);
        }
        let mut files = Kit::default();
        for file in &wish.files {
            // Its name is known though it cannot be read, so that its tracks are not errors for the same reason.
            let (found, _) = self::file(file, bank, supply);
            let stem = naming::stem(&file.path);
            files.sounds.entry(naming::word(naming::without_count(&stem))).or_default().push(found);
        }
        kit.merge(files);
        // A kit whose sounds all lie in its one bank is that bank.
        let lone = kit.banks.iter().next().filter(|_| kit.banks.len() == 1);
        if let Some((name, inner)) = lone.map(|(name, inner)| (format!("{name}_"), inner.clone()))
            && kit.names().all(|sound| sound.starts_with(&name))
        {
            kit.merge(inner);
        }
        for (label, labelled) in &wish.labels {
            self.label(label, labelled, wish, &mut kit, bank, supply);
        }
        kit
    }

    fn label(
        &mut self,
        label: &str,
        labelled: &Labelled,
        wish: &KitWish,
        kit: &mut Kit,
        bank: &mut Bank,
        supply: &mut Supply,
    ) {
        match labelled {
            Labelled::File(named) => {
                // A path counts from the text's folder, as all do, or from the kit's.
                let mut named = named.clone();
                if let Some(folder) = &wish.folder
                    && !named.path.exists()
                    && folder.path.join(&named.written).exists()
                {
                    named.path = folder.path.join(&named.written);
                }
                if named.path.is_dir() {
                    let scan = self.scan(&named, bank, supply);
                    let files: Vec<Variant> = scan.sounds.into_values().flatten().collect();
                    if !files.is_empty() {
                        kit.zoned.remove(label);
                        kit.sounds.insert(label.to_owned(), files);
                    }
                } else {
                    let (found, _) = self::file(&named, bank, supply);
                    kit.zoned.remove(label);
                    kit.sounds.insert(label.to_owned(), vec![found]);
                }
            }
            Labelled::Sound(name, n, place) => {
                let plain = kit.sounds.get(name).cloned();
                let zoned = kit.zoned.get(name).cloned();
                match (plain, zoned, n) {
                    (Some(files), _, None) => {
                        kit.sounds.insert(label.to_owned(), files);
                    }
                    (Some(files), _, Some(n)) => {
                        kit.sounds.insert(label.to_owned(), vec![files[n % files.len().max(1)].clone()]);
                    }
                    (_, Some(zoned), n) => {
                        let sets = match n {
                            Some(n) => vec![zoned.sets[n % zoned.sets.len().max(1)].clone()],
                            None => zoned.sets,
                        };
                        kit.zoned.insert(label.to_owned(), Zoned { sets, ..zoned });
                    }
                    _ => {
                        let error =
                            Diagnostic::error("unknown-sound", *place, format!("the kit has no sound `{name}`"));
                        supply.said.push(match nearest(name, kit.names().map(String::as_str)) {
                            Some(near) => error.help(format!("did you mean `{near}`?")),
                            None => error.help("a file is written as plain text: hat: 'hats/closed.wav'"),
                        });
                    }
                }
            }
        }
    }

    fn scan(&mut self, folder: &Named, bank: &mut Bank, supply: &mut Supply) -> Kit {
        supply.name(folder);
        let scan = self.scans.entry(folder.path.clone()).or_insert_with(|| bank.kit(&folder.path));
        for said in &scan.said {
            supply.say(said.clone(), folder.place);
        }
        scan.kit.clone()
    }

    fn instrument(&mut self, wish: &InstrumentWish, bank: &mut Bank, supply: &mut Supply) -> Option<Zoned> {
        match &wish.what {
            Wished::Sampler(files, folder) => self.sampler(files, folder.as_ref(), bank, supply),
            Wished::Font(file, preset) => self.font(file, preset, bank, supply),
        }
    }

    fn sampler(
        &mut self,
        files: &[SamplerFile],
        folder: Option<&Named>,
        bank: &mut Bank,
        supply: &mut Supply,
    ) -> Option<Zoned> {
        let mut found: Vec<Found> = Vec::new();
        let mut told = HashMap::new();
        let before = supply.said.len();
        for file in files {
            let (variant, readable) = self::file(&file.file, bank, supply);
            if !readable {
                continue;
            }
            let mut marks = marks(&naming::stem(&file.file.path));
            // What the text says, then the name, then the file itself.
            let header = bank.known(&variant.path).unwrap_or_default();
            let root = file.root.or(if marks.note.is_none() { header.root } else { None });
            if let Some(root) = root {
                marks.note = Some(root as u8);
            }
            marks.base = String::new();
            let frame = |frame: u64| frame as f64 / f64::from(header.rate.max(1));
            let points = file.repeats.or(header.repeats.map(|(start, end)| (frame(start), frame(end + 1))));
            told.insert(variant.path.clone(), (points, root));
            found.push(Found { marks, variant });
        }
        let mut zones = match folder {
            Some(folder) => self.folder_zones(folder, bank, supply),
            None => Vec::new(),
        };
        if supply.said[before..].iter().any(Diagnostic::is_error) {
            return None;
        }
        let unrooted = found.len() == 1 && found[0].marks.note.is_none();
        for file in &mut found {
            // One file without a root is c3, as every sample; of several each must tell.
            if file.marks.note.is_none() && unrooted {
                file.marks.note = Some(48);
            } else if file.marks.note.is_none() {
                let path = &file.variant.path;
                let place = supply.place(path).unwrap_or_default();
                let error = Diagnostic::error("not-a-note", place, format!("which note is `{}`?", path.display()));
                supply.said.push(error.help("write `root 'c3'` after it, or name it piano-c3.wav"));
                return None;
            }
        }
        if let Meaning::Zoned(zoned) = naming::meaning(found) {
            zones.extend(zoned.sets.into_iter().flatten());
        }
        for zone in &mut zones {
            let (points, root) = told.get(&zone.audio.path).copied().unwrap_or_default();
            // The root may lie between the keys.
            zone.root = root.unwrap_or(zone.root);
            if let Some((start, end)) = points {
                if zone.audio.seconds.is_some_and(|seconds| end > seconds + 0.001) {
                    let seconds = zone.audio.seconds.unwrap_or_default();
                    let place = supply.place(&zone.audio.path).unwrap_or_default();
                    let error =
                        Diagnostic::error("loop-points", place, format!("the file is only {seconds:.3} s long"));
                    supply.said.push(error.help("the loop ends before the file does"));
                    return None;
                }
                zone.repeats = Some(ZoneLoop { start, end, sustain: false });
                zone.held = true;
                zone.envelope = Some(HELD);
            }
        }
        (!zones.is_empty()).then(|| Zoned { sets: vec![zones], pitched: true })
    }

    /// A font; what was read of it once is kept until it changes, or a folder does.
    fn font(&mut self, file: &Named, preset: &Preset, bank: &mut Bank, supply: &mut Supply) -> Option<Zoned> {
        supply.name(file);
        let is_sfz = file.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sfz"));
        if is_sfz && let Some(folder) = file.path.parent() {
            // Its samples lie beside it.
            supply.places.push((folder.to_path_buf(), file.place));
        }
        let stamp = Stamp::of_path(&file.path);
        let name = (file.path.clone(), format!("{:?} {}", preset.program, preset.bank));
        let read = match self.fonts.get(&name) {
            Some((known, read)) if stamp.is_some() && *known == stamp => read.clone(),
            _ => {
                let read = if is_sfz { sfz::read(&file.path, bank) } else { sf2::read(&file.path, preset) };
                self.fonts.insert(name, (stamp, read.clone()));
                read
            }
        };
        match read {
            Ok(font) => {
                for said in font.said {
                    supply.say(said, file.place);
                }
                Some(Zoned { sets: vec![font.zones], pitched: true })
            }
            Err(said) => {
                let place = preset.place.filter(|_| said.code == "no-preset").unwrap_or(file.place);
                supply.say(said, place);
                None
            }
        }
    }

    /// The files of a folder by the notes in their names.
    fn folder_zones(&mut self, folder: &Named, bank: &mut Bank, supply: &mut Supply) -> Vec<Zone<Variant>> {
        let kit = self.scan(folder, bank, supply);
        let pitched = kit.zoned.into_values().find(|zoned| zoned.pitched);
        if pitched.is_none() && !supply.said.iter().any(Diagnostic::is_error) {
            let error = Diagnostic::error("not-a-note", folder.place, "the names of these files tell no notes");
            supply
                .said
                .push(error.help("name them by their notes, as piano-c3.wav, or write each: file 'x.wav', root 'c3'"));
        }
        pitched.map_or_else(Vec::new, |zoned| zoned.sets.into_iter().flatten().collect())
    }
}

/// A file, and whether it can be read; its audio is read when it is played.
fn file(file: &Named, bank: &mut Bank, supply: &mut Supply) -> (Variant, bool) {
    supply.name(file);
    match bank.seconds(&file.path) {
        Ok(seconds) => (Variant { seconds, ..Variant::file(&file.path) }, true),
        Err(said) => {
            supply.say(said, file.place);
            supply.unreadable.push(file.path.clone());
            (Variant::file(&file.path), false)
        }
    }
}
