"""Speed of `ingot pull` against `curl | sha256sum`, in turn, from one server on this machine.

What curl does less: it writes nothing to the disk. What it does more: nothing. The server sends files with sendfile, so
that it takes as little of the processors as can be.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def sums(path):
    sha256, git = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            sha256.update(piece)
            git.update(piece)
    return sha256.hexdigest(), git.hexdigest()


def listing(folder):
    siblings = []
    for path in sorted(folder.iterdir()):
        sha256, git = sums(path)
        size = path.stat().st_size
        entry = {"rfilename": path.name, "size": size, "blobId": git}
        if path.suffix == ".safetensors":
            entry["lfs"] = {"sha256": sha256, "size": size}
        siblings.append(entry)
    return json.dumps({"sha": COMMIT, "siblings": siblings}).encode()


def serve(folder):
    """A Hub with one repository; returns its address."""
    listed = listing(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):
            if self.path.startswith("/api/"):
                self.answer(200, "application/json", len(listed))
                self.wfile.write(listed)
                return
            path = folder / Path(self.path).name
            size = path.stat().st_size
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("range", ""))
            start, end = (int(asked[1]), int(asked[2]) + 1) if asked else (0, size)
            part = f"bytes {start}-{end - 1}/{size}" if asked else None
            self.answer(206 if asked else 200, "application/octet-stream", end - start, part)
            self.wfile.flush()
            with path.open("rb") as file:
                while start < end:
                    start += os.sendfile(self.connection.fileno(), file.fileno(), start, end - start)

        def answer(self, status, kind, length, part=None):
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(length))
            if part:
                self.send_header("content-range", part)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


def timed(command, **options):
    begin = time.monotonic()
    subprocess.run(command, check=True, capture_output=True, **options)
    return time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ingot", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    shutil.rmtree(options.scratch, ignore_errors=True)
    folder, home = options.scratch / "repository", options.scratch / "home"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text("{}")
    with (folder / "model.safetensors").open("wb") as file:
        for _ in range(options.megabytes):
            file.write(os.urandom(1_000_000))
    endpoint = serve(folder)
    url = f"{endpoint}/acme/big/resolve/{COMMIT}/model.safetensors"
    environment = dict(os.environ, HF_ENDPOINT=endpoint, INGOT_HOME=str(home), HF_HOME=str(home), NO_PROXY="127.0.0.1")
    ours, theirs = [], []
    for _ in range(options.rounds):
        theirs.append(timed(["sh", "-c", f"curl -s --noproxy '*' {url} | sha256sum"]))
        shutil.rmtree(home, ignore_errors=True)
        # What is still to be written of the last round is not this one's.
        os.sync()
        ours.append(timed([options.ingot, "pull", "acme/big", "--json"], env=environment))
        print(f"curl | sha256sum {theirs[-1]:.2f} s, ingot pull {ours[-1]:.2f} s", flush=True)
    ratio = statistics.median(theirs) / statistics.median(ours)
    print(f"{options.megabytes} MB: ingot pull is {ratio:.2f} times as fast as curl | sha256sum (medians)")
    shutil.rmtree(options.scratch)


if __name__ == "__main__":
    main()
