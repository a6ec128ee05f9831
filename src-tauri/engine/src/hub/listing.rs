//! What is in a repository at one commit, and which of its files make a model.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::Hub;
use super::client::network;
use super::name::{Commit, FileName, Repo, leads_out};
use crate::digest;
use crate::error::{Error, Result};
use crate::session::CancelToken;

/// A repository at a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub repo: Repo,
    pub commit: Commit,
    /// Whether its conditions have to be accepted on its page first.
    pub gated: bool,
    pub license: Option<String>,
    /// Files at the top of the repository; the others belong to other programs.
    files: Vec<RemoteFile>,
    /// Those of which the Hub does not say how long they are, or what sum they have.
    unsure: Vec<FileName>,
    /// Names of all files, for saying what there is instead.
    names: Vec<String>,
}

/// A file of a repository, with what its bytes have to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFile {
    pub name: FileName,
    pub bytes: u64,
    pub sum: Sum,
}

/// The sum of a file's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sum {
    /// SHA-256, of files that Git keeps elsewhere.
    Sha256(String),
    /// Git's own: SHA-1 over "blob", the length, and the bytes.
    Git(String),
}

/// More than any repository of a model has.
const MOST_FILES: usize = 20_000;
/// More than any model has.
pub const MOST_BYTES: u64 = 1 << 43;

/// What else belongs to a model, if it is there.
const BESIDE: [&str; 11] = [
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
];
const INDEX: &str = "model.safetensors.index.json";

/// The files of `repo` at `revision`, a branch, a tag or a commit.
pub fn list(hub: &Hub, repo: &Repo, revision: &str, cancel: &CancelToken) -> Result<Listing> {
    let mut url = hub.endpoint().below(["api", "models", repo.owner(), repo.name(), "revision", revision]);
    url.set_query(Some("blobs=true"));
    let what = if revision == "main" { repo.to_string() } else { format!("{repo} at {revision}") };
    let listing = read(repo, &hub.json(&url, &what, cancel)?)?;
    if Commit::parse(revision).is_some_and(|asked| asked != listing.commit) {
        return Err(Error::bad_request(format!("the Hub answers {what} with another commit; try again later")));
    }
    Ok(listing)
}

fn read(repo: &Repo, answer: &Value) -> Result<Listing> {
    let wrong = |why: &str| Error::bad_request(format!("{repo}: {why}; choose another model"));
    let commit = answer["sha"].as_str().and_then(Commit::parse);
    let commit = commit.ok_or_else(|| wrong("the Hub names no commit"))?;
    let siblings = answer["siblings"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    if siblings.len() > MOST_FILES {
        return Err(wrong("it lists more files than any model has"));
    }
    let mut listing = Listing {
        repo: repo.clone(),
        commit,
        gated: !matches!(answer["gated"], Value::Null | Value::Bool(false)),
        license: license(answer),
        files: Vec::new(),
        unsure: Vec::new(),
        names: Vec::new(),
    };
    let mut seen = BTreeSet::new();
    for entry in siblings {
        let Some(path) = entry["rfilename"].as_str() else { continue };
        if leads_out(path) {
            return Err(wrong(&format!("it lists {path:?}, which would lead out of its folder")));
        }
        listing.names.push(path.to_owned());
        let Some(name) = FileName::parse(path) else { continue };
        if !seen.insert(path) {
            return Err(wrong(&format!("it lists {path} twice")));
        }
        match size_and_sum(entry) {
            Some((bytes, sum)) => listing.files.push(RemoteFile { name, bytes, sum }),
            None => listing.unsure.push(name),
        }
    }
    Ok(listing)
}

fn license(answer: &Value) -> Option<String> {
    let card = answer["cardData"]["license"].as_str();
    let tags = answer["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
    card.or_else(|| tags.into_iter().find_map(|tag| tag.strip_prefix("license:"))).map(str::to_owned)
}

fn size_and_sum(entry: &Value) -> Option<(u64, Sum)> {
    let is_hex = |text: &&str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let size = |entry: &Value| entry["size"].as_u64();
    let large = &entry["lfs"];
    if large.is_object() {
        let sum = large["sha256"].as_str().filter(|sum| is_hex(sum, 64))?;
        return Some((size(large)?, Sum::Sha256(sum.to_ascii_lowercase())));
    }
    let sum = entry["blobId"].as_str().filter(|sum| is_hex(sum, 40))?;
    Some((size(entry)?, Sum::Git(sum.to_ascii_lowercase())))
}

impl Listing {
    pub fn file(&self, name: &str) -> Option<&RemoteFile> {
        self.files.iter().find(|file| file.name.as_str() == name)
    }

    /// The file that lists the shards, if the weights are in several.
    fn index(&self) -> Option<&RemoteFile> {
        self.file(INDEX)
    }

    /// Where the bytes of `file` are.
    pub fn address(&self, hub: &Hub, file: &FileName) -> Url {
        let path = [self.repo.owner(), self.repo.name(), "resolve", self.commit.as_str(), file.as_str()];
        hub.endpoint().below(path)
    }

    /// The text of a small file, checked against its sum.
    pub fn text(&self, hub: &Hub, file: &RemoteFile, cancel: &CancelToken) -> Result<String> {
        let what = format!("{} of {}", file.name.as_str(), self.repo);
        let bytes = hub.bytes(&self.address(hub, &file.name), &what, cancel)?;
        let is_listed = match &file.sum {
            Sum::Sha256(sum) => digest::of_bytes(&bytes) == *sum,
            Sum::Git(sum) => digest::git_sum(&bytes) == *sum,
        };
        if bytes.len() as u64 != file.bytes || !is_listed {
            let (found, listed) = (bytes.len(), file.bytes);
            return Err(network(&format!("{what} is not what the Hub lists ({found} bytes of {listed}); try again")));
        }
        String::from_utf8(bytes).map_err(|_| Error::invalid_model(format!("{what} is no text; choose another model")))
    }

    /// The files that make the model, as its index has it if there is one.
    pub fn model(&self, hub: &Hub, cancel: &CancelToken) -> Result<Vec<&RemoteFile>> {
        let index = self.index().map(|index| shards(&self.text(hub, index, cancel)?));
        self.needed(index.transpose()?.as_ref())
    }

    /// Why it could not be used once it is there.
    pub fn lack(&self) -> Option<String> {
        let missing = ["config.json", "tokenizer.json"].into_iter().find(|name| self.file(name).is_none());
        missing.map(|name| format!("it has no {name}"))
    }

    /// The files that make the model, weights last. `shards` are the names that the index lists, if there is one. An
    /// error says what is missing.
    fn needed(&self, shards: Option<&BTreeSet<String>>) -> Result<Vec<&RemoteFile>> {
        let wrong = |why: String| Error::unsupported(format!("{}: {why}; choose another model", self.repo));
        let is_meant = |name: &str| BESIDE.contains(&name) || name.ends_with(".safetensors") || name == INDEX;
        if let Some(unsure) = self.unsure.iter().find(|name| is_meant(name.as_str())) {
            return Err(wrong(format!("the Hub lists no size or no checksum for {}", unsure.as_str())));
        }
        let weights: Vec<&RemoteFile> = match shards {
            Some(shards) => {
                let found = shards.iter().map(|shard| {
                    self.file(shard).ok_or_else(|| wrong(format!("its index lists {shard}, which is not there")))
                });
                found.collect::<Result<_>>()?
            }
            // A second copy in another layout goes by this name.
            None => self
                .files
                .iter()
                .filter(|file| file.name.as_str().ends_with(".safetensors"))
                .filter(|file| !file.name.as_str().starts_with("consolidated"))
                .collect(),
        };
        if weights.is_empty() {
            return Err(wrong(format!("its weights are not in safetensors ({})", self.other_weights())));
        }
        let beside = BESIDE.iter().filter_map(|name| self.file(name));
        let needed: Vec<&RemoteFile> = beside.chain(self.index().filter(|_| shards.is_some())).chain(weights).collect();
        let mut names = BTreeMap::new();
        for file in &needed {
            let folded = file.name.as_str().to_ascii_lowercase();
            if let Some(other) = names.insert(folded, file.name.as_str()) {
                let name = file.name.as_str();
                return Err(wrong(format!("{other} and {name} are one file on disks that do not tell case apart")));
            }
        }
        if needed.iter().fold(0, |sum: u64, file| sum.saturating_add(file.bytes)) > MOST_BYTES {
            return Err(wrong("it is larger than any model".into()));
        }
        Ok(needed)
    }

    /// What there is instead of safetensors.
    fn other_weights(&self) -> String {
        let is_pickle = |name: &str| [".bin", ".pt", ".pth", ".ckpt", ".pkl"].iter().any(|end| name.ends_with(end));
        let kinds = [
            ("pickle, which can run code and is never opened", self.names.iter().any(|name| is_pickle(name))),
            ("GGUF", self.names.iter().any(|name| name.ends_with(".gguf"))),
            ("ONNX", self.names.iter().any(|name| name.ends_with(".onnx"))),
        ];
        let found: Vec<&str> = kinds.into_iter().filter(|(_, is_there)| *is_there).map(|(kind, _)| kind).collect();
        if found.is_empty() { "there are none".into() } else { format!("there is {}", found.join(", ")) }
    }
}

/// The shards that the text of an index lists.
fn shards(index: &str) -> Result<BTreeSet<String>> {
    let wrong = || Error::invalid_model(format!("{INDEX} lists no files; choose another model"));
    let value: Value = serde_json::from_str(index).map_err(|_| wrong())?;
    let map = value["weight_map"].as_object().ok_or_else(wrong)?;
    let names: BTreeSet<String> = map.values().filter_map(Value::as_str).map(str::to_owned).collect();
    match names.iter().find(|name| !name.ends_with(".safetensors")) {
        Some(other) => {
            Err(Error::unsupported(format!("{INDEX} lists {other:?}, which is no safetensors; choose another model")))
        }
        None if names.is_empty() => Err(wrong()),
        None => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn listing(names: &[&str]) -> Result<Listing> {
        let siblings: Vec<Value> = names
            .iter()
            .map(|name| match name.ends_with(".safetensors") {
                true => json!({ "rfilename": name, "size": 9, "blobId": "b".repeat(40), "lfs": { "sha256": "A".repeat(64), "size": 1000 } }),
                false => json!({ "rfilename": name, "size": 10, "blobId": "c".repeat(40) }),
            })
            .collect();
        let answer =
            json!({ "sha": "0".repeat(40), "siblings": siblings, "gated": "auto", "cardData": { "license": "mit" } });
        read(&Repo::parse("a/b").expect("a repository"), &answer)
    }

    fn names(files: &[&RemoteFile]) -> Vec<String> {
        files.iter().map(|file| file.name.as_str().to_owned()).collect()
    }

    #[test]
    fn only_what_makes_the_model_is_needed() {
        let all = [
            "config.json",
            "tokenizer.json",
            "README.md",
            "model.safetensors",
            "consolidated.safetensors",
            "pytorch_model.bin",
            "onnx/model.onnx",
            ".gitattributes",
        ];
        let listing = listing(&all).expect("a listing");
        assert_eq!((listing.gated, listing.license.as_deref()), (true, Some("mit")));
        let needed = listing.needed(None).expect("a model");
        assert_eq!(names(&needed), ["config.json", "tokenizer.json", "model.safetensors"]);
        assert_eq!((needed[2].bytes, &needed[2].sum), (1000, &Sum::Sha256("a".repeat(64))));
        assert_eq!((needed[0].bytes, &needed[0].sum), (10, &Sum::Git("c".repeat(40))));
    }

    #[test]
    fn shards_are_those_of_the_index() {
        let all =
            ["config.json", "tokenizer.json", INDEX, "model-1.safetensors", "model-2.safetensors", "extra.safetensors"];
        let listing = listing(&all).expect("a listing");
        let index = json!({ "weight_map": { "x": "model-1.safetensors", "y": "model-2.safetensors", "z": "model-1.safetensors" } });
        let listed = shards(&index.to_string()).expect("shards");
        let needed = listing.needed(Some(&listed)).expect("a model");
        assert_eq!(
            names(&needed),
            ["config.json", "tokenizer.json", INDEX, "model-1.safetensors", "model-2.safetensors"]
        );
        let missing = BTreeSet::from(["../../x.safetensors".to_owned()]);
        assert!(listing.needed(Some(&missing)).is_err_and(|error| error.message.contains("not there")));
        for wrong in
            ["", "[]", "{\"weight_map\": {}}", "{\"weight_map\": {\"x\": 1}}", "{\"weight_map\": {\"x\": \"a.bin\"}}"]
        {
            assert!(shards(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let why = |names: &[&str]| {
            listing(names).and_then(|listing| listing.needed(None).map(|_| ())).expect_err("no model").message
        };
        assert!(
            why(&["config.json", "tokenizer.json", "pytorch_model.bin", "x.gguf"])
                .contains("pickle, which can run code")
        );
        let lack = |names: &[&str]| listing(names).expect("a listing").lack();
        assert!(lack(&["tokenizer.json", "model.safetensors"]).is_some_and(|why| why.contains("no config.json")));
        assert_eq!(lack(&["config.json", "tokenizer.json"]), None);
        assert!(why(&["config.json", "tokenizer.json", "a.safetensors", "A.safetensors"]).contains("tell case apart"));
        assert!(why(&["../../evil.safetensors"]).contains("lead out"));
        let one = |entry: Value| {
            let others = ["config.json", "tokenizer.json"]
                .map(|name| json!({ "rfilename": name, "size": 1, "blobId": "c".repeat(40) }));
            let answer = json!({ "sha": "0".repeat(40), "siblings": [others[0], others[1], entry] });
            let listing = read(&Repo::parse("a/b").expect("a repository"), &answer).expect("a listing");
            listing.needed(None).map(|_| ()).expect_err("no model").message
        };
        let large =
            |size: Value, sum: &str| json!({ "rfilename": "m.safetensors", "lfs": { "size": size, "sha256": sum } });
        assert!(one(large(json!(u64::MAX), &"a".repeat(64))).contains("larger than any model"));
        for unsure in [large(json!(-1), &"a".repeat(64)), large(json!(1.5), &"a".repeat(64)), large(json!(5), "?")] {
            assert!(one(unsure.clone()).contains("no size or no checksum for m.safetensors"), "{unsure}");
        }
        let answer = json!({ "sha": "main" });
        assert!(read(&Repo::parse("a/b").expect("a repository"), &answer).is_err());
    }
}
