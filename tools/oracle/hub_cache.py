"""The model cache as Python's huggingface_hub sees it and makes it.

    hub_cache.py golden                       writes test/golden/hub/python-cache.json
    hub_cache.py download ENDPOINT CACHE ID   downloads a model, prints the snapshot folder
    hub_cache.py inspect CACHE ID COMMIT      prints what the client finds of it without network, as JSON
"""

import hashlib
import http.server
import json
import os
import sys
import tempfile
import threading
from pathlib import Path

os.environ.update(HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_PROGRESS_BARS="1")
os.environ.pop("HF_TOKEN", None)

MODEL = "org/tiny"
COMMIT = hashlib.sha1(b"the only commit").hexdigest()
FILES = {
    "README.md": b"# Tiny\n",
    "model_index.json": b'{"_class_name": "StableDiffusionInstructPix2PixPipeline"}\n',
    "scheduler/scheduler_config.json": b'{"num_train_timesteps": 1000}\n',
    "text_encoder/config.json": b'{"hidden_size": 8}\n',
    "text_encoder/model.safetensors": b"text encoder weights",
    "tokenizer/merges.txt": b"#version: 0.2\n",
    "tokenizer/vocab.json": b"{}\n",
    "unet/config.json": b'{"in_channels": 8}\n',
    "unet/diffusion_pytorch_model.safetensors": b"UNet weights",
    "vae/config.json": b'{"latent_channels": 4}\n',
    "vae/diffusion_pytorch_model.safetensors": b"autoencoder weights",
}


def git_sha1(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def listed(path, content):
    entry = {"type": "file", "path": path, "size": len(content), "oid": git_sha1(content)}
    if path.endswith(".safetensors"):
        entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
    return entry


class Hub(http.server.BaseHTTPRequestHandler):
    """The answers of a hub that has one model; large files are not redirected."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == f"/api/models/{MODEL}/revision/main":
            return self.reply({"id": MODEL, "sha": COMMIT, "private": False, "tags": [], "siblings": []})
        if path == f"/api/models/{MODEL}/tree/{COMMIT}":
            return self.reply([listed(name, content) for name, content in FILES.items()])
        name = path.removeprefix(f"/{MODEL}/resolve/{COMMIT}/")
        content = FILES[name]
        entry = listed(name, content)
        etag = entry["lfs"]["oid"] if "lfs" in entry else entry["oid"]
        self.reply(content, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})

    def reply(self, value, headers={}):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(200)
        for key, text in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, text)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


def download(endpoint, cache, model):
    from huggingface_hub import snapshot_download

    return snapshot_download(model, endpoint=endpoint, cache_dir=cache, token=False)


def golden():
    import huggingface_hub

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        download(f"http://127.0.0.1:{server.server_port}", folder, MODEL)
        root = Path(folder, "models--org--tiny")
        entries = {}
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_symlink():
                entries[name] = {"link": os.readlink(path)}
            elif path.is_file():
                entries[name] = {"text": path.read_text()}
    document = {
        "madeBy": f"tools/oracle/hub_cache.py with huggingface_hub {huggingface_hub.__version__}",
        "model": MODEL,
        "commit": COMMIT,
        "files": {name: content.decode() for name, content in FILES.items()},
        "cache": entries,
    }
    target = Path(__file__).parents[2] / "test/golden/hub/python-cache.json"
    target.write_text(json.dumps(document, indent=1) + "\n")


def inspect(cache, model, commit):
    from huggingface_hub import scan_cache_dir, snapshot_download, try_to_load_from_cache

    scan = scan_cache_dir(cache)
    folder = snapshot_download(model, cache_dir=cache, local_files_only=True)
    names = sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if not path.is_dir())
    return {
        "snapshot": folder,
        "byCommit": snapshot_download(model, revision=commit, cache_dir=cache, local_files_only=True),
        "files": {name: try_to_load_from_cache(model, name, cache_dir=cache) for name in names},
        "absent": try_to_load_from_cache(model, "absent.json", cache_dir=cache),
        "warnings": [str(warning) for warning in scan.warnings],
        "incomplete": len(scan.incomplete_files),
        "size": scan.size_on_disk,
        "repos": [
            {
                "id": repo.repo_id,
                "type": repo.repo_type,
                "revisions": [
                    {"commit": revision.commit_hash, "refs": sorted(revision.refs), "files": len(revision.files)}
                    for revision in repo.revisions
                ],
            }
            for repo in scan.repos
        ],
    }


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "golden":
        golden()
    elif command == "download":
        print(download(*arguments))
    else:
        print(json.dumps(inspect(*arguments)))
