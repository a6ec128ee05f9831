//! Conversions that need not be done: found by what they were made of, checked, and copied if they lie elsewhere.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::cache::{Cache, Shape};
use super::job::{CONVERTER, Job, write_file};
use super::progress::Meter;
use super::source::SourceHasher;
use super::write::cannot_write;
use crate::checkpoint::Folder;
use crate::error::{Error, Result};
use crate::job_folder::{JobFolder, Work};
use crate::manifest::{self, Manifest};
use crate::protocol::{Converted, Phase};

impl Job<'_> {
    /// A model that this conversion would make again, and is sound.
    pub(super) fn find(&mut self, cache: &Cache, shape: &Shape) -> Result<Option<(PathBuf, Manifest)>> {
        let output = self.request.output.clone();
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
        hasher.run(&false.into(), &|bytes| meter.add(bytes))?;
        let sums = hasher.sums().ok_or_else(|| Error::internal("the source was not hashed"))?;
        self.files.learn(&sums, &mut self.remembered);
        Ok(sums)
    }

    /// Gives out a model that was converted before, copied if it lies elsewhere.
    pub(super) fn reuse(
        mut self,
        cache: &Cache,
        shape: &Shape,
        path: &Path,
        mut manifest: Manifest,
    ) -> Result<Converted> {
        let output = self.request.output.clone();
        let is_there = path == output;
        if !is_there && fs::symlink_metadata(&output).is_ok() {
            return Err(Work::Conversion.exists(&self.request.output));
        }
        let must_verify = self.request.verify && manifest.quality.is_none();
        if is_there && !must_verify {
            // What a run left that was ended just after its result appeared.
            if let Ok(Some(left)) = JobFolder::try_lock(Work::Conversion, &output) {
                left.remove();
            }
            return Ok(self.converted(&manifest, true, false));
        }
        let job = JobFolder::lock(Work::Conversion, &output)?;
        let model = if is_there { output.clone() } else { job.model() };
        let reused = self.bring(&job, path, &model, &mut manifest, must_verify);
        if is_there || reused.is_err() {
            job.remove();
            reused?;
        } else {
            job.finish(false)?;
            cache.add(shape, &manifest.key(), &output);
        }
        Ok(self.converted(&manifest, true, false))
    }

    /// Copies the model at `path` to `model` unless it is there, and verifies it if that was not done.
    fn bring(
        &mut self,
        job: &JobFolder,
        path: &Path,
        model: &Path,
        manifest: &mut Manifest,
        must_verify: bool,
    ) -> Result<()> {
        if path != model {
            job.clear()?;
            self.check_disk(manifest.bytes())?;
            self.copy(path, model, manifest)?;
        }
        if must_verify {
            *manifest = self.verified(model, manifest.clone())??;
            write_file(&model.join(manifest::FILE), &manifest.clone().sealed()?)?;
        }
        Ok(())
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
}
