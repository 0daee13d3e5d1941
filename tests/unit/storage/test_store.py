"""Files are kept by digest, whole or not at all, the same way in a folder and in an object store."""

import io
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.storage import open_storage


@pytest.fixture(params=["file", "memory"])
def storage(request, tmp_path):
    return open_storage(f"file://{tmp_path}/uploads" if request.param == "file" else "memory:///")


CONTENT = b"piece \x00\xff" * 100_000


def test_what_was_put_is_found_again_by_its_digest(storage):
    stored = storage.put(io.BytesIO(CONTENT))
    assert (stored.digest, stored.size) == (sha256(CONTENT).hexdigest(), len(CONTENT))
    with storage.open(stored.digest) as file:
        assert file.read() == CONTENT


def test_a_part_can_be_read_without_the_rest(storage):
    stored = storage.put(io.BytesIO(CONTENT))
    with storage.open(stored.digest) as file:
        file.seek(500_000)
        assert file.read(10) == CONTENT[500_000:500_010]


def test_the_same_bytes_put_twice_are_kept_once_and_forgotten_once(storage):
    first, second = storage.put(io.BytesIO(b"a")), storage.put(io.BytesIO(b"a"))
    assert first == second
    for _ in range(2):
        storage.set_aside(first.digest)
        storage.forget_aside(first.digest)
    assert not storage.exists(first.digest)


def test_a_file_past_the_limit_is_refused_and_leaves_nothing(storage, tmp_path):
    with pytest.raises(RuleViolation) as refusal:
        storage.put(io.BytesIO(CONTENT), limit=len(CONTENT) - 1)
    assert (refusal.value.code, refusal.value.facts) == ("file_too_big", {"limit": len(CONTENT) - 1})
    assert not storage.exists(sha256(CONTENT).hexdigest())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_unknown_digest_is_a_missing_file(storage):
    with pytest.raises(FileNotFoundError):
        storage.open("0" * 64)


@pytest.mark.parametrize("digest", ["", "../" * 10, "A" * 64, "/etc/passwd", "0" * 63])
def test_what_is_not_a_digest_never_becomes_a_path(storage, digest):
    with pytest.raises(ValueError, match="SHA-256"):
        storage.exists(digest)


def test_an_unknown_kind_of_storage_is_refused_with_the_setting_named():
    with pytest.raises(ValueError, match="PTCE_STORAGE_URL"):
        open_storage("ftp://example.org/")


def test_a_file_set_aside_is_still_found_and_comes_back_or_is_forgotten(storage):
    digest = storage.put(io.BytesIO(CONTENT)).digest
    storage.set_aside(digest)
    assert [(kept.digest, kept.aside) for kept in storage.kept()] == [(digest, True)]
    with storage.open(digest) as file:
        assert file.read() == CONTENT
    storage.bring_back(digest)
    assert [(kept.digest, kept.aside) for kept in storage.kept()] == [(digest, False)]
    storage.set_aside(digest)
    storage.set_aside(digest)
    storage.forget_aside(digest)
    assert (storage.exists(digest), list(storage.kept())) == (False, [])


def test_forgetting_what_lies_aside_leaves_what_was_put_again(storage):
    digest = storage.put(io.BytesIO(CONTENT)).digest
    storage.set_aside(digest)
    storage.put(io.BytesIO(CONTENT))
    storage.forget_aside(digest)
    assert [(kept.digest, kept.aside) for kept in storage.kept()] == [(digest, False)]


def test_a_round_that_another_one_overtook_goes_on(storage):
    digest = storage.put(io.BytesIO(b"a")).digest
    storage.set_aside(digest)
    for _ in range(2):
        storage.bring_back(digest)
    assert [kept.aside for kept in storage.kept()] == [False]


def test_a_file_that_is_put_in_its_place_meanwhile_is_no_unfinished_one(tmp_path):
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    (incoming / "gone").symlink_to("nowhere")  # listed, and no more there when it is looked at
    (incoming / "left").write_bytes(b"a")
    open_storage(f"file://{tmp_path}").forget_unfinished(before=datetime.now(UTC) + timedelta(hours=1))
    assert not (incoming / "left").exists()


def test_a_file_is_never_aside_under_its_old_date(tmp_path, monkeypatch):
    storage = open_storage(f"file://{tmp_path}")
    digest = storage.put(io.BytesIO(b"a")).digest

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.utime", killed)
    with pytest.raises(KeyboardInterrupt):
        storage.set_aside(digest)
    assert [kept.aside for kept in storage.kept()] == [False]
