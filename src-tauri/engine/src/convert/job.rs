//! A conversion from beginning to end, in the process that does nothing else: recognized or begun or resumed, written,
//! checked, verified, and put into place.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::cache::{Cache, Shape};
use super::check::{Checked, check};
use super::folder::{self, JobFolder};
use super::journal::{Journal, Progress};
use super::plan::ConversionPlan;
use super::progress::{Listener, Meter};
use super::source::{self, SourceFiles, SourceHasher};
use super::verify::verify;
use super::write::{OpenShard, Sums, Writing, cannot_write};
use crate::bytes::Bytes;
use crate::checkpoint::Folder;
use crate::digest::{self, Remembered};
use crate::error::{Error, ErrorCode, Result};
use crate::manifest::{self, Manifest, Source};
use crate::memory::{HostPool, Ledger, PoolOptions, Staging, Strategy};
use crate::model::Model;
use crate::process;
use crate::protocol::{ConvertRequest, Converted, Phase};

/// Of the arithmetic and the layout: raised when the same source and options would give other bytes.
const CONVERTER: u32 = 1;
/// Disk left free beside the result.
const DISK_RESERVE: u64 = 16 << 20;

/// A conversion under way.
struct Job<'a> {
    request: &'a ConvertRequest,
    listener: &'a Listener<'a>,
    begin: Instant,
    model: Model,
    plan: ConversionPlan,
    files: SourceFiles,
    remembered: Remembered,
    /// Most memory, as far as other processes of the conversion are concerned.
    others_peak: u64,
}

/// Does what `request` says; `listener` hears how far it is.
pub fn run(request: &ConvertRequest, listener: &Listener<'_>) -> Result<Converted> {
    let begin = Instant::now();
    folder::sweep(&request.home.join("models"));
    let model = Model::open(&request.source)?;
    let plan = ConversionPlan::new(&model, &request.options)?;
    super::check_memory_limit(&plan, request.memory_limit)?;
    check_apart(&model, &request.output)?;
    if request.force {
        folder::check_replaceable(&request.output)?;
    }
    let remembered = Remembered::open(&request.home);
    let files = SourceFiles::open(&model, &remembered)?;
    Job { request, listener, begin, model, plan, files, remembered, others_peak: 0 }.run()
}

/// The result must not lie in the source, nor the source in the result.
fn check_apart(source: &Model, output: &Path) -> Result<()> {
    let source = source.folder.path();
    let parent = output.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent)
        .map_err(|error| Error::internal(format!("{} cannot be made: {error}", parent.display())))?;
    let parent = parent.canonicalize().map_err(|error| Error::internal(format!("{}: {error}", parent.display())))?;
    let output = parent.join(output.file_name().unwrap_or_default());
    if output.starts_with(source) || source.starts_with(&output) {
        return Err(Error::bad_request(format!(
            "{} and its source lie inside each other; give an --output elsewhere",
            output.display()
        )));
    }
    Ok(())
}

impl Job<'_> {
    fn run(mut self) -> Result<Converted> {
        let cache = Cache::open(&self.request.home);
        let shape = Shape::of(&self.files.lengths(), &self.plan.options, CONVERTER);
        if !self.request.force {
            if let Some((path, manifest)) = self.find(&cache, &shape)? {
                return self.reuse(&cache, &shape, &path, manifest);
            }
            if fs::symlink_metadata(&self.request.output).is_ok() {
                return Err(folder::exists(&self.request.output));
            }
        }
        let job = JobFolder::lock(&self.request.output)?;
        let identity = self.identity();
        let opened = Journal::open(&job.journal(), &identity);
        let (mut journal, progress) = opened.map_err(|error| cannot_write(&job.journal(), &error))?;
        let progress = progress.filter(|_| job.model().is_dir());
        let resumed = progress.as_ref().is_some_and(|progress| !progress.done.is_empty());
        if progress.is_none() {
            job.clear()?;
        }
        let made = self.make(&job, &mut journal, progress.unwrap_or_default()).and_then(|manifest| {
            if self.request.verify { self.verified(&job.model(), manifest) } else { Ok(manifest) }
        });
        let manifest = match made {
            Ok(manifest) => manifest,
            // What is broken, or not even begun, is not worth resuming.
            Err(error) if error.code == ErrorCode::InvalidModel || !journal.has_progress => {
                job.remove();
                return Err(error);
            }
            Err(error) => return Err(error),
        };
        write_file(&job.model().join(manifest::FILE), &manifest.clone().sealed())?;
        job.finish(self.request.force)?;
        cache.add(&shape, &manifest.key(), &absolute(&self.request.output));
        Ok(self.converted(&manifest, false, resumed))
    }

    /// A model that this conversion would make again, and is sound.
    fn find(&mut self, cache: &Cache, shape: &Shape) -> Result<Option<(PathBuf, Manifest)>> {
        let output = absolute(&self.request.output);
        let mut candidates = vec![output.clone()];
        candidates.extend(cache.candidates(shape).into_iter().filter(|path| *path != output));
        let mut sums: Option<BTreeMap<String, String>> = None;
        for path in candidates {
            let Ok(folder) = Folder::open(&path) else { continue };
            let manifest = match Manifest::read(&folder) {
                Ok(Some(manifest)) => manifest,
                Err(error) if path == output => return Err(error),
                _ => continue,
            };
            if manifest.options != self.plan.options || manifest.tools.converter != CONVERTER {
                continue;
            }
            if sums.is_none() {
                sums = Some(self.hash_source()?);
            }
            if sums.as_ref() != Some(&manifest.source.files) {
                continue;
            }
            let meter = Meter::new(self.listener, Phase::Checking, manifest.bytes());
            let told = |bytes| {
                meter.add(bytes);
                true
            };
            match manifest.check(&folder, &mut self.remembered, &told) {
                Ok(_) => return Ok(Some((path, manifest))),
                Err(error) if path == output => return Err(error),
                Err(_) => {}
            }
        }
        Ok(None)
    }

    /// The sums of all of the source's files, made now if need be.
    fn hash_source(&mut self) -> Result<BTreeMap<String, String>> {
        if let Some(sums) = self.files.sums() {
            return Ok(sums);
        }
        let meter = Meter::new(self.listener, Phase::Hashing, self.files.unknown_bytes());
        let hasher = SourceHasher::new(&self.files, Default::default());
        let hashed = hasher.run(&false.into(), &|bytes| meter.add(bytes));
        hashed.map_err(|error| Error::invalid_model(format!("the source cannot be read: {error}")))?;
        let sums = hasher.sums().ok_or_else(|| Error::internal("the source was not hashed"))?;
        self.files.learn(&sums, &mut self.remembered);
        Ok(sums)
    }

    /// Gives out a model that was converted before, copied if it lies elsewhere.
    fn reuse(mut self, cache: &Cache, shape: &Shape, path: &Path, mut manifest: Manifest) -> Result<Converted> {
        let output = absolute(&self.request.output);
        let is_there = path == output;
        if !is_there && fs::symlink_metadata(&output).is_ok() {
            return Err(folder::exists(&self.request.output));
        }
        let must_verify = self.request.verify && manifest.quality.is_none();
        if is_there && !must_verify {
            return Ok(self.converted(&manifest, true, false));
        }
        let job = JobFolder::lock(&self.request.output)?;
        let model = if is_there { output.clone() } else { job.model() };
        if !is_there {
            job.clear()?;
            self.check_disk(manifest.bytes())?;
            self.copy(path, &model, &manifest)?;
        }
        if must_verify {
            manifest = self.verified(&model, manifest)?;
            digest::replace(&model.join(manifest::FILE), &manifest.clone().sealed())
                .map_err(|error| cannot_write(&model.join(manifest::FILE), &error))?;
        }
        if is_there {
            job.remove();
        } else {
            job.finish(false)?;
            cache.add(shape, &manifest.key(), &output);
        }
        Ok(self.converted(&manifest, true, false))
    }

    /// Copies a model, sharing its blocks where the file system can.
    fn copy(&mut self, from: &Path, to: &Path, manifest: &Manifest) -> Result<()> {
        let meter = Meter::new(self.listener, Phase::Copying, manifest.bytes());
        let names = manifest.files.keys().chain(manifest.shards.keys()).map(String::as_str);
        for name in names.chain([manifest::FILE]) {
            let target = to.join(name);
            fs::copy(from.join(name), &target)
                .and_then(|_| File::open(&target)?.sync_all())
                .map_err(|error| cannot_write(&target, &error))?;
            meter.add(manifest.shards.get(name).map_or(0, |shard| shard.bytes));
        }
        manifest.check(&Folder::open(to)?, &mut self.remembered, &|_| true).map(|_| ())
    }

    /// What is being made, of what: another source or other options cannot go on with it.
    fn identity(&self) -> String {
        let shards: Vec<&[u8]> = self.plan.shards.iter().map(|shard| shard.header.as_slice()).collect();
        let parts = (CONVERTER, &self.plan.options, self.files.stamps(), shards, self.plan.units().len());
        digest::of_bytes(&serde_json::to_vec(&parts).unwrap_or_default())
    }

    /// Writes and checks everything but the manifest, which is returned.
    fn make(&mut self, job: &JobFolder, journal: &mut Journal, progress: Progress) -> Result<Manifest> {
        let units = self.plan.units();
        let mut sums: Sums = vec![None; units.len()];
        for done in progress.done {
            if let Some(sum) = sums.get_mut(done.0 as usize) {
                *sum = Some(done.1);
            }
        }
        let undone = sums.iter().filter(|sum| sum.is_none()).count() as u64;
        self.check_disk(self.plan.summary.output_bytes / units.len().max(1) as u64 * undone)?;
        let shards = self.open_shards(&job.model())?;
        let hasher = SourceHasher::new(&self.files, progress.hashed);
        let checked = {
            let pool = HostPool::new(PoolOptions::up_to(self.request.memory_limit), Arc::new(Ledger::unlimited()));
            let staging = Staging::new(pool, Strategy::BestFit);
            let writing = Writing {
                plan: &self.plan,
                weights: &self.model.weights,
                staging: &staging,
                hasher: &hasher,
                shards: &shards,
            };
            let mut sound = None;
            // Once more if the disk gives back other bytes than it was given.
            for _ in 0..2 {
                let (total, mut meter) = (self.plan.input_bytes(), None);
                writing.run(&units, &mut sums, journal, &mut |written| {
                    let begin = || Meter::resumed(self.listener, Phase::Converting, total, written.bytes);
                    let meter: &Meter<'_> = meter.get_or_insert_with(begin);
                    meter.set(written.bytes, (written.tensors, self.plan.steps.len()));
                })?;
                let meter = Meter::new(self.listener, Phase::Checking, self.plan.summary.output_bytes);
                match check(&self.plan, &units, &sums, &shards, &|bytes| meter.add(bytes))? {
                    Checked::Sound(found) => {
                        sound = Some(found);
                        break;
                    }
                    Checked::Damaged(damaged) => damaged.into_iter().for_each(|unit| sums[unit] = None),
                }
            }
            sound.ok_or_else(|| {
                Error::internal(format!(
                    "{} gives back other bytes than were written to it: its disk is failing",
                    job.model().display()
                ))
            })?
        };
        self.files.check_unchanged(&self.model.folder)?;
        let source_sums = hasher.sums().ok_or_else(|| Error::internal("the source was not hashed"))?;
        self.files.learn(&source_sums, &mut self.remembered);

        let mut manifest = Manifest::new(self.provenance(source_sums), self.plan.options.clone(), CONVERTER);
        manifest.bits_per_weight = self.plan.summary.bits_per_weight;
        manifest.padded_parameters = self.plan.summary.parameters - self.model.spec.parameters();
        manifest.shards = checked;
        for (name, bytes) in self.small_files()? {
            write_file(&job.model().join(&name), &bytes)?;
            manifest.files.insert(name, digest::of_bytes(&bytes));
        }
        Ok(manifest)
    }

    fn provenance(&self, files: BTreeMap<String, String>) -> Source {
        let folder = &self.model.folder;
        let (repo, commit) = folder.hub().map_or((None, None), |(repo, commit)| (Some(repo), Some(commit)));
        Source {
            name: folder.name(),
            path: folder.path().to_owned(),
            repo,
            commit,
            bytes: self.plan.summary.source_bytes,
            files,
        }
    }

    /// Everything but weights and manifest.
    fn small_files(&self) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut files = source::copied(&self.model.folder)?;
        for (name, value) in [("config.json", &self.plan.config), ("model.safetensors.index.json", &self.plan.index)] {
            files.insert(name.into(), indented(value)?);
        }
        Ok(files)
    }

    /// The result's files, as long as they will be, their headers written.
    fn open_shards(&self, model: &Path) -> Result<Vec<OpenShard>> {
        use std::os::unix::fs::FileExt;

        let shards = self.plan.shards.iter().map(|shard| {
            let path = model.join(&shard.name);
            let open = || {
                let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path)?;
                file.set_len(shard.bytes)?;
                file.write_all_at(&shard.header, 0)?;
                Ok(file)
            };
            match open() {
                Ok(file) => Ok(OpenShard { path, file }),
                Err(error) => Err(cannot_write(&path, &error)),
            }
        });
        shards.collect()
    }

    fn check_disk(&self, needed: u64) -> Result<()> {
        let folder = absolute(&self.request.output);
        let folder = folder.parent().unwrap_or(Path::new("/"));
        let Ok(disk) = rustix::fs::statvfs(folder) else { return Ok(()) };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free >= needed.saturating_add(DISK_RESERVE) {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::DiskFull,
            format!(
                "{} has {} free, the conversion needs {} there; free some space and run it again",
                folder.display(),
                Bytes(free),
                Bytes(needed + DISK_RESERVE)
            ),
        ))
    }

    /// `manifest` with the quality of the model in `folder`.
    fn verified(&mut self, folder: &Path, mut manifest: Manifest) -> Result<Manifest> {
        let verdict = verify(self.model.folder.path(), folder, self.request.memory_limit, self.listener)?;
        manifest.quality = Some(verdict.quality);
        let here = process::resident_bytes(std::process::id()).unwrap_or(0);
        self.others_peak = here + verdict.peak_memory_bytes;
        Ok(manifest)
    }

    fn converted(&self, manifest: &Manifest, cached: bool, resumed: bool) -> Converted {
        Converted {
            output: absolute(&self.request.output),
            options: manifest.options.clone(),
            bits_per_weight: manifest.bits_per_weight,
            cached,
            resumed,
            seconds: self.begin.elapsed().as_secs_f64(),
            peak_memory_bytes: process::peak_resident_bytes().max(self.others_peak),
            source_bytes: manifest.source.bytes,
            output_bytes: manifest.bytes(),
            quality: manifest.quality.clone(),
        }
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// JSON as mlx-lm writes it: four spaces a level.
fn indented(value: &serde_json::Value) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
    serde::Serialize::serialize(value, &mut serializer).map_err(|error| Error::internal(error.to_string()))?;
    Ok(text)
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    digest::replace(path, bytes).map_err(|error| cannot_write(path, &error))
}
