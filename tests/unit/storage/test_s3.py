"""An S3-compatible service keeps files as a folder does, spoken to over real HTTP."""

import http.server
import io
import re
import threading

import pytest

from ptce_aap.storage import open_storage

CONTENT = b"abc" * 100_000
MODIFIED = "2015-06-01T06:00:00.000Z"


class Bucket(http.server.BaseHTTPRequestHandler):
    """As much of the protocol as one bucket needs."""

    kept: dict[str, bytes] = {}

    def do_PUT(self):
        source = self.headers.get("x-amz-copy-source")
        if source is None:
            self.kept[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            return self.answer(200)
        content = self.kept.get(f"/{source.lstrip('/')}")
        if content is None:
            return self.answer(404)
        self.kept[self.path] = content
        self.answer(
            200, f"<CopyObjectResult><ETag>1</ETag><LastModified>{MODIFIED}</LastModified></CopyObjectResult>".encode()
        )

    def do_GET(self):
        if "list-type=2" in self.path:
            return self.answer(200, self.listing())
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
        keys = re.findall(r"<Key>(.*?)</Key>", body)
        for key in keys:
            self.kept.pop(f"/pieces/{key}", None)
        told = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self.answer(200, f"<DeleteResult>{told}</DeleteResult>".encode())

    def do_DELETE(self):
        self.kept.pop(self.path, None)
        self.answer(204)

    def listing(self):
        told = "".join(
            f"<Contents><Key>{path.removeprefix('/pieces/')}</Key><LastModified>{MODIFIED}</LastModified>"
            f"<ETag>1</ETag><Size>{len(content)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for path, content in self.kept.items()
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{told}</ListBucketResult>".encode()

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
    Bucket.kept.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
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
    storage.set_aside(stored.digest)
    storage.forget_aside(stored.digest)
    assert not storage.exists(stored.digest)


def test_what_the_bucket_holds_is_listed_set_aside_and_brought_back(storage):
    digest = storage.put(io.BytesIO(CONTENT)).digest
    [kept] = storage.kept()
    assert (kept.digest, kept.aside, kept.modified_at.isoformat()) == (digest, False, "2015-06-01T06:00:00+00:00")
    storage.set_aside(digest)
    assert list(Bucket.kept) == [f"/pieces/aap/aside/{digest}"]
    with storage.open(digest) as file:
        assert file.read() == CONTENT
    storage.bring_back(digest)
    assert list(Bucket.kept) == [f"/pieces/aap/{digest[:2]}/{digest}"]
    storage.set_aside("0" * 64)
    storage.set_aside(digest)
    storage.forget_aside(digest)
    assert Bucket.kept == {}
