//! A conversion from beginning to end, in the process that does nothing else: recognized or begun or resumed, written,
//! checked, verified, and put into place. Recognizing is [`super::reuse`].

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::cache::{Cache, Shape};
use super::check::{Checked, check};
use super::journal::{Journal, Progress};
use super::plan::ConversionPlan;
use super::progress::{Listener, Meter};
use super::source::{SourceFiles, SourceHasher};
use super::target;
use super::verify::verify;
use super::write::{OpenShard, Sums, Writing, cannot_write};
use crate::bytes::Bytes;
use crate::digest::{self, Remembered};
use crate::disk;
use crate::error::{Error, ErrorCode, Result};
use crate::job_folder::{self, JobFolder, Work};
use crate::manifest::{self, Manifest, Record, Source};
use crate::memory::{HostPool, Ledger, PoolOptions, Staging, Strategy};
use crate::model::Model;
use crate::process;
use crate::protocol::{ConvertRequest, Converted, Phase};

/// Of the arithmetic and the layout: raised when the same source and options would give other bytes.
pub(super) const CONVERTER: u32 = 1;
/// Disk left free beside the result.
const DISK_RESERVE: u64 = 16 << 20;

/// A conversion under way.
pub(super) struct Job<'a> {
    pub(super) request: &'a ConvertRequest,
    pub(super) listener: &'a Listener<'a>,
    begin: Instant,
    model: Model,
    pub(super) plan: ConversionPlan,
    pub(super) files: SourceFiles,
    pub(super) remembered: Remembered,
    /// Of the source.
    record: Option<Record>,
    /// Most memory, as far as other processes of the conversion are concerned.
    others_peak: u64,
}

/// Does what `request` says; `listener` hears how far it is.
pub fn run(request: &ConvertRequest, listener: &Listener<'_>) -> Result<Converted> {
    let begin = Instant::now();
    let output = target::absolute(&request.output)?;
    let request = &ConvertRequest { output, home: target::absolute(&request.home)?, ..request.clone() };
    let model = Model::open(&request.source)?;
    target::absolute(model.folder.path())?;
    let plan = ConversionPlan::new(&model, &request.options)?;
    super::check_memory_limit(&plan, request.memory_limit)?;
    target::check_apart(&model, &request.output)?;
    if request.force {
        job_folder::check_replaceable(&request.output)?;
    }
    if request.verify && model.folder.find("tokenizer.json")?.is_none() {
        let reason = "is missing, so the result cannot be verified; give --no-verify to convert all the same";
        return Err(model.folder.error("tokenizer.json", reason));
    }
    let parent = job_folder::parent(&request.output);
    fs::create_dir_all(parent)
        .map_err(|error| Error::internal(format!("{} cannot be made: {error}", parent.display())))?;
    let remembered = Remembered::open(&request.home);
    let files = SourceFiles::open(&model, &remembered)?;
    let record = Record::read(&model.folder)?;
    Job { request, listener, begin, model, plan, files, remembered, record, others_peak: 0 }.run()
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
                return Err(Work::Conversion.exists(&self.request.output));
            }
        }
        let job = JobFolder::lock(Work::Conversion, &self.request.output)?;
        // Not before: it might be this one, and old.
        job_folder::sweep(&self.request.home.join("models"));
        let (path, identity) = (job.journal(), self.identity());
        let failed = |error| cannot_write(&path, &error);
        let resumed = Journal::resume(&path, &identity).map_err(failed)?.filter(|_| job.model().is_dir());
        let is_resumed = resumed.is_some();
        let (mut journal, progress) = match resumed {
            Some((journal, progress)) => (journal, progress),
            None => {
                // In this order: a journal is never older than what it is about.
                let _ = fs::remove_file(&path);
                job.clear()?;
                (Journal::begin(&path, &identity).map_err(failed)?, Progress::default())
            }
        };
        let made = self.make(&job, &mut journal, progress);
        let manifest = match made {
            Ok(manifest) => manifest,
            // What is hopeless, or not even begun, is not worth resuming.
            Err(error) if error.code == ErrorCode::InvalidModel || !journal.has_progress => {
                job.remove();
                return Err(error);
            }
            Err(error) => return Err(error),
        };
        let manifest = match self.request.verify {
            false => manifest,
            true => match self.verified(&job.model(), manifest)? {
                Ok(manifest) => manifest,
                Err(broken) => {
                    job.remove();
                    return Err(broken);
                }
            },
        };
        write_file(&job.model().join(manifest::FILE), &manifest.clone().sealed()?)?;
        job.retain(|name| is_part(&manifest, name))?;
        job.finish(self.request.force)?;
        cache.add(&shape, &manifest.key(), &self.request.output);
        Ok(self.converted(&manifest, false, is_resumed))
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
        let (shard_sums, tensor_sums) = {
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
                    Checked::Sound { shards, tensors } => {
                        sound = Some((shards, tensors));
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
        self.files.check_unchanged()?;
        let source_sums = hasher.sums().ok_or_else(|| Error::internal("the source was not hashed"))?;
        self.check_source(&source_sums)?;
        self.files.learn(&source_sums, &mut self.remembered);

        let mut manifest = Manifest::new(self.provenance(source_sums), self.plan.options.clone(), CONVERTER);
        manifest.bits_per_weight = self.plan.summary.bits_per_weight;
        manifest.padded_parameters = self.plan.summary.parameters - self.model.spec.parameters();
        (manifest.shards, manifest.tensors) = (shard_sums, tensor_sums);
        let mut write = |name: &str, bytes: Vec<u8>| {
            manifest.files.insert(name.to_owned(), digest::of_bytes(&bytes));
            write_file(&job.model().join(name), &bytes)
        };
        for name in self.files.copied() {
            write(name, self.files.read(name, &manifest.source.files)?)?;
        }
        write("config.json", indented(&self.plan.config)?)?;
        write("model.safetensors.index.json", indented(&self.plan.index)?)?;
        Ok(manifest)
    }

    fn provenance(&self, files: BTreeMap<String, String>) -> Source {
        let folder = &self.model.folder;
        let downloaded = match &self.record {
            Some(Record::Downloaded(download)) => Some((download.source.repo.clone(), download.source.commit.clone())),
            _ => None,
        };
        let cached = folder.hub().map(|(repo, commit)| (Some(repo), Some(commit)));
        let (repo, commit) = downloaded.or(cached).unwrap_or_default();
        Source {
            name: folder.name(),
            path: Some(folder.path().to_owned()),
            repo,
            commit,
            bytes: self.plan.summary.source_bytes,
            files,
        }
    }

    /// Refuses a source whose files are not what was downloaded.
    fn check_source(&self, sums: &BTreeMap<String, String>) -> Result<()> {
        let Some(Record::Downloaded(download)) = &self.record else { return Ok(()) };
        sums.iter().try_for_each(|(name, sum)| download.check_sum(&self.model.folder, name, sum))
    }

    /// The result's files, as long as they will be, their headers written.
    fn open_shards(&self, model: &Path) -> Result<Vec<OpenShard>> {
        let shards = self.plan.shards.iter().map(|shard| {
            let path = model.join(&shard.name);
            let open = || {
                let file = OpenOptions::new()
                    .create(true)
                    .truncate(false)
                    .read(true)
                    .write(true)
                    .custom_flags(libc::O_NOFOLLOW)
                    .open(&path)?;
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

    pub(super) fn check_disk(&self, needed: u64) -> Result<()> {
        let folder = job_folder::parent(&self.request.output);
        let Some(free) = disk::free_bytes(folder) else { return Ok(()) };
        if free >= needed.saturating_add(DISK_RESERVE) {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::DiskFull,
            format!(
                "{} has {} free, the conversion needs {} there; free some space and run it again",
                folder.display(),
                Bytes(free),
                Bytes(needed.saturating_add(DISK_RESERVE))
            ),
        ))
    }

    /// `manifest` with the quality of the model in `folder`; the inner error says that it is broken.
    pub(super) fn verified(&mut self, folder: &Path, mut manifest: Manifest) -> Result<Result<Manifest>> {
        let verdict = verify(self.model.folder.path(), folder, self.request.memory_limit, self.listener)?;
        let here = process::resident_bytes(std::process::id()).unwrap_or(0);
        self.others_peak = here + verdict.peak_memory_bytes;
        Ok(verdict.quality.map(|quality| {
            manifest.quality = Some(quality);
            manifest
        }))
    }

    pub(super) fn converted(&self, manifest: &Manifest, cached: bool, resumed: bool) -> Converted {
        Converted {
            output: self.request.output.clone(),
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

/// Whether the file `name` belongs to the model of `manifest`.
fn is_part(manifest: &Manifest, name: &str) -> bool {
    name == manifest::FILE || manifest.files.contains_key(name) || manifest.shards.contains_key(name)
}

/// JSON as mlx-lm writes it: four spaces a level.
fn indented(value: &serde_json::Value) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
    serde::Serialize::serialize(value, &mut serializer).map_err(|error| Error::internal(error.to_string()))?;
    Ok(text)
}

pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    digest::replace(path, bytes).map_err(|error| cannot_write(path, &error))
}
