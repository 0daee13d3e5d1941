"""An S3-compatible service keeps files as a folder does, spoken to over real HTTP."""

import http.server
import io
import re
import threading

import pytest

from ptce_aap.storage import open_storage

CONTENT = b"abc" * 100_000


class Bucket(http.server.BaseHTTPRequestHandler):
    """As much of the protocol as one bucket needs."""

    kept: dict[str, bytes] = {}

    def do_PUT(self):
        self.kept[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200)

    def do_GET(self):
        content = self.kept.get(self.path)
        if content is None:
            return self.answer(404)
        if asked := re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", "")):
            first, last = int(asked[1]), min(int(asked[2]), len(content) - 1)
            span = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
            return self.answer(206, content[first : last + 1], span)
        return self.answer(200, content)

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        [key] = re.findall(r"<Key>(.*?)</Key>", body)
        self.kept.pop(f"/pieces/{key}", None)
        self.answer(200, f"<DeleteResult><Deleted><Key>{key}</Key></Deleted></DeleteResult>".encode())

    def answer(self, status, content=b"", headers=None):
        self.send_response(status)
        known = {"ETag": '"1"', "Last-Modified": "Mon, 01 Jun 2015 06:00:00 GMT", "Content-Length": str(len(content))}
        for name, value in {**known, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def storage(monkeypatch):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_REGION", "fr")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    yield open_storage("s3://pieces/aap")
    server.shutdown()


def test_a_file_goes_to_the_bucket_under_its_digest_and_comes_back(storage):
    stored = storage.put(io.BytesIO(CONTENT))
    assert list(Bucket.kept) == [f"/pieces/aap/{stored.digest[:2]}/{stored.digest}"]
    with storage.open(stored.digest) as file:
        file.seek(100)
        assert file.read() == CONTENT[100:]
    assert storage.exists(stored.digest)
    storage.delete(stored.digest)
    assert not storage.exists(stored.digest)
