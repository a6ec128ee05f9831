//! A server that speaks the Hub's language on this machine, and misbehaves on demand.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ingot_engine::digest;
use serde_json::{Value, json};

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// With the query.
    pub path: String,
    /// By their names in small letters.
    pub headers: BTreeMap<String, String>,
}

/// What the server answers.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Closes the connection after so many bytes of the body.
    pub cut: Option<usize>,
    /// Waits so long before the body.
    pub stall: Duration,
    /// Sends so many bytes of the body a second; as fast as it goes if absent.
    pub rate: Option<u64>,
}

impl Reply {
    pub fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        Self { status, headers, body: body.into(), cut: None, stall: Duration::ZERO, rate: None }
    }

    pub fn json(value: &Value) -> Self {
        Self::new(200, "application/json; charset=utf-8", value.to_string())
    }

    pub fn redirect(to: &str) -> Self {
        Self::new(302, "text/plain", "").with("location", to)
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A repository as the Hub keeps it.
#[derive(Debug, Clone)]
pub struct Repository {
    /// `owner/name`
    pub name: String,
    pub commit: String,
    pub files: Vec<(String, Vec<u8>)>,
}

impl Repository {
    pub fn new(name: &str, files: &[(&str, Vec<u8>)]) -> Self {
        let files = files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.clone())).collect();
        Self { name: name.to_owned(), commit: "0123456789abcdef0123456789abcdef01234567".into(), files }
    }

    /// With the files of a folder.
    ///
    /// # Panics
    /// If they cannot be read.
    pub fn of_folder(name: &str, folder: &Path) -> Self {
        let mut repository = Self::new(name, &[]);
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            repository.files.push((name, std::fs::read(&path).expect("a file")));
        }
        repository
    }

    /// # Panics
    /// If there is no such file.
    pub fn bytes(&self, name: &str) -> &[u8] {
        &self.files.iter().find(|(other, _)| other == name).expect("a file").1
    }

    /// What the Hub answers to a request for its list, at any revision.
    pub fn list(&self) -> Value {
        let entry = |(name, bytes): &(String, Vec<u8>)| {
            let (length, git) = (bytes.len(), digest::git_sum(bytes));
            match name.ends_with(".safetensors") {
                true => {
                    let large = json!({ "sha256": digest::of_bytes(bytes), "size": length });
                    json!({ "rfilename": name, "size": length, "blobId": git, "lfs": large })
                }
                false => json!({ "rfilename": name, "size": length, "blobId": git }),
            }
        };
        let siblings: Vec<Value> = self.files.iter().map(entry).collect();
        json!({ "sha": self.commit, "siblings": siblings, "cardData": { "license": "mit" } })
    }

    /// A server for it that behaves, but for what `change` does to its replies.
    pub fn serve(self, change: impl Fn(&Seen, usize, Reply) -> Reply + Send + Sync + 'static) -> FakeHub {
        let list = Reply::json(&self.list());
        FakeHub::start(move |seen, number| {
            let reply = match seen.path.starts_with(&format!("/api/models/{}/revision/", self.name)) {
                true => list.clone(),
                false => self.answer(seen),
            };
            change(seen, number, reply)
        })
    }

    /// What the Hub answers to a request for a file, or for a part of it.
    pub fn answer(&self, seen: &Seen) -> Reply {
        let prefix = format!("/{}/resolve/{}/", self.name, self.commit);
        let name = seen.path.strip_prefix(&prefix);
        let Some((_, bytes)) = self.files.iter().find(|(other, _)| Some(other.as_str()) == name) else {
            return Reply::new(404, "text/plain", "");
        };
        let kind = "application/octet-stream";
        match seen.range() {
            None => Reply::new(200, kind, bytes.clone()),
            Some((start, _)) if start >= bytes.len() => Reply::new(416, kind, ""),
            Some((start, end)) => {
                let end = end.min(bytes.len() - 1);
                let range = format!("bytes {start}-{end}/{}", bytes.len());
                Reply::new(206, kind, &bytes[start..=end]).with("content-range", &range)
            }
        }
    }
}

impl Seen {
    /// The first and the last byte that are asked for.
    pub fn range(&self) -> Option<(usize, usize)> {
        let (start, end) = self.headers.get("range")?.strip_prefix("bytes=")?.split_once('-')?;
        Some((start.parse().ok()?, end.parse().unwrap_or(usize::MAX)))
    }
}

/// A running server. It ends with the test's process.
pub struct FakeHub {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    sent: Arc<AtomicU64>,
}

impl FakeHub {
    /// A server that answers each request, and is told how many it has had before.
    ///
    /// # Panics
    /// If this machine has no port left.
    pub fn start(answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (log, answer, sent) = (Arc::clone(&seen), Arc::new(answer), Arc::<AtomicU64>::default());
        let counter = Arc::clone(&sent);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer, sent) = (Arc::clone(&log), Arc::clone(&answer), Arc::clone(&counter));
                std::thread::spawn(move || serve(&stream, &log, &sent, &*answer));
            }
        });
        Self { address, seen, sent }
    }

    /// What to set `HF_ENDPOINT` to.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Bytes of bodies that were handed to the network so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// All requests so far.
    ///
    /// # Panics
    /// If the server has.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("the log").clone()
    }
}

fn serve(stream: &TcpStream, log: &Mutex<Vec<Seen>>, sent: &AtomicU64, answer: &dyn Fn(&Seen, usize) -> Reply) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let number = {
            let mut log = log.lock().expect("the log");
            log.push(request.clone());
            log.len() - 1
        };
        let reply = answer(&request, number);
        if write(stream, &reply, sent).is_err() || reply.cut.is_some() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Seen> {
    let mut lines = std::iter::from_fn(|| {
        let mut line = String::new();
        (reader.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
    });
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines.by_ref().take_while(|line| !line.is_empty()).filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    Some(Seen { path, headers: headers.collect() })
}

fn write(mut stream: &TcpStream, reply: &Reply, sent: &AtomicU64) -> std::io::Result<()> {
    const PIECE: usize = 64 << 10;
    let Reply { status, headers, body, cut, stall, rate } = reply;
    let mut head = format!("HTTP/1.1 {status} Reason\r\n");
    if !headers.iter().any(|(name, _)| name == "content-length") {
        head += &format!("content-length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    std::thread::sleep(*stall);
    for piece in body[..cut.unwrap_or(body.len()).min(body.len())].chunks(PIECE) {
        stream.write_all(piece)?;
        sent.fetch_add(piece.len() as u64, Ordering::Relaxed);
        if let Some(rate) = rate {
            std::thread::sleep(Duration::from_secs_f64(piece.len() as f64 / *rate as f64));
        }
    }
    stream.flush()
}
