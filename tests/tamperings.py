"""Ways to tamper with a bundle, each with what must be found: by whom knows it is done, no file is left as it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ptce_aap.documents import archive
from ptce_aap.domain.bundles import layout
from ptce_aap.domain.daily_heads import ChainHead, Head
from tests.bundles import CHAIN, Bundle, Heads
from tests.bundles import small as verifier


@dataclass(frozen=True)
class Tampered:
    """An archive that was tampered with, what an outside witness knows, and what must be found wrong first."""

    data: bytes
    heads: Heads = field(default_factory=dict)
    file: str | None = None  # None: whichever
    line: int | None = None
    status: int = 1


def edited_line(rng: Random, bundle: Bundle) -> Tampered:
    """A line of the journal says something else; its digest is left as it was."""
    place = rng.randrange(len(bundle.lines))
    _edit(rng, bundle.lines[place])
    return Tampered(bundle.archive(), {}, layout.JOURNAL, place + 1)


def edited_line_with_digest(rng: Random, bundle: Bundle) -> Tampered:
    """A line says something else and its own digest follows; the next line does not."""
    place = rng.randrange(len(bundle.lines) - 1)
    _edit(rng, bundle.lines[place])
    rest = bundle.lines[place + 1 :]
    kept = [dict(line) for line in rest]
    bundle.chain_again(place)
    bundle.lines[place + 1 :] = kept
    return Tampered(bundle.archive(), {}, layout.JOURNAL, place + 2)


def deleted_line(rng: Random, bundle: Bundle) -> Tampered:
    """A line that is not the last is gone."""
    place = rng.randrange(len(bundle.lines) - 1)
    del bundle.lines[place]
    return Tampered(bundle.archive(), {}, layout.JOURNAL, place + 1)


def inserted_line(rng: Random, bundle: Bundle) -> Tampered:
    """A line stands twice, or a forged one stands between two others."""
    place = rng.randrange(1, len(bundle.lines))
    forged = dict(bundle.lines[place - 1])
    if rng.random() < 0.5:
        forged |= {"sequence": place + 1, "previous": forged["digest"]}
        _edit(rng, forged)
    bundle.lines.insert(place, forged)
    return Tampered(bundle.archive(), {}, layout.JOURNAL, place + 1)


def swapped_lines(rng: Random, bundle: Bundle) -> Tampered:
    """Two lines have changed places."""
    first, second = sorted(rng.sample(range(len(bundle.lines)), 2))
    bundle.lines[first], bundle.lines[second] = bundle.lines[second], bundle.lines[first]
    return Tampered(bundle.archive(), {}, layout.JOURNAL, first + 1)


def chained_again(rng: Random, bundle: Bundle) -> Tampered:
    """A line says something else and every line after it is written again: only the outside head tells."""
    heads, place = bundle.head, rng.randrange(len(bundle.lines))
    _edit(rng, bundle.lines[place])
    bundle.chain_again(place)
    return Tampered(bundle.archive(), heads, layout.JOURNAL, len(bundle.lines))


def known_on_the_way(rng: Random, bundle: Bundle) -> Tampered:
    """The same, with a head known at each of several lines: the first known line after the change is named."""
    known = sorted(rng.sample(range(1, len(bundle.lines) + 1), min(3, len(bundle.lines))))
    heads = {number: bundle.lines[number - 1]["digest"] for number in {*known, len(bundle.lines)}}
    place = rng.randrange(len(bundle.lines))
    _edit(rng, bundle.lines[place])
    bundle.chain_again(place)
    return Tampered(bundle.archive(), heads, layout.JOURNAL, min(number for number in heads if number > place))


def tail_cut(rng: Random, bundle: Bundle) -> Tampered:
    """The last lines are gone and the archive is sealed again: only the outside head tells."""
    heads, seal = bundle.head, bundle.lines[-1]
    kept = rng.randrange(len(bundle.lines) - 1)
    bundle.lines[kept:] = [seal]
    bundle.chain_again(kept)
    return Tampered(bundle.archive(), heads, layout.JOURNAL, kept + 2)


def changed_values(rng: Random, bundle: Bundle) -> Tampered:
    """One figure or letter of a file of values or rules is another, and the manifest follows."""
    name = rng.choice([name for name in layout.sealed(bundle.files) if len(bundle.files[name]) > 3])
    content = bytearray(bundle.files[name])
    place = rng.randrange(len(content))
    content[place] ^= rng.choice((1, 2, 4))
    bundle.files[name] = bytes(content)
    return Tampered(bundle.archive())


def changed_mark(rng: Random, bundle: Bundle) -> Tampered:
    """A mark is another, and the manifest follows."""
    return _figure(rng, bundle, layout.MARKS)


def changed_rank(rng: Random, bundle: Bundle) -> Tampered:
    """A figure of the ranking is another, and the manifest follows."""
    return _figure(rng, bundle, layout.RANKING)


def changed_list(rng: Random, bundle: Bundle) -> Tampered:
    """A figure of the list is another, and the manifest follows."""
    return _figure(rng, bundle, layout.LIST)


def changed_rules(rng: Random, bundle: Bundle) -> Tampered:
    """A file of rules says something else, and the manifest follows."""
    name = rng.choice([name for name in bundle.files if layout.DEFINITION.fullmatch(name)])
    bundle.files[name] = bundle.files[name].replace(b"1", b"2", 1) + b"\n# ajout"
    return Tampered(bundle.archive(), {}, name)


def forged(rng: Random, bundle: Bundle) -> Tampered:
    """A value is another, the seal and the manifest follow, the older lines of the journal do not."""
    name = rng.choice((layout.MARKS, layout.RANKING, layout.LIST, layout.DOSSIERS, layout.DECISIONS, layout.RULE))
    if not _change_figure(rng, bundle, name):
        return changed_rules(rng, bundle)
    bundle.seal_again()
    return Tampered(bundle.archive())


def forged_list(rng: Random, bundle: Bundle) -> Tampered:
    """Two dossiers change places in ranking and list, the seal and the manifest follow: a better-made forgery."""
    for name in (layout.RANKING, layout.LIST):
        bundle.files[name] = bundle.files[name].replace(b'"rank": 1,', b'"rank": 2,')
    bundle.files[layout.LIST] += b" "
    bundle.seal_again()
    return Tampered(bundle.archive())


def unrooted_head(rng: Random, bundle: Bundle) -> Tampered:
    """A head of a day, still signed, gives another digest of a line: it is not that of its root."""
    place = rng.randrange(len(bundle.lines))
    head = day_head(bundle, place + 1)
    _edit(rng, bundle.lines[place])
    bundle.chain_again(place)
    head["chains"][0]["digest"] = bundle.lines[place]["digest"]
    if rng.random() < 0.5:
        return Tampered(bundle.archive(), [head], status=2)
    bundle.heads = [head]
    return Tampered(bundle.archive(), {}, layout.HEADS)


def contradictory_heads(rng: Random, bundle: Bundle) -> Tampered:
    """Two heads give different digests of one line; the journal goes through one of them."""
    place = rng.randrange(len(bundle.lines))
    true = {"chain": CHAIN, "sequence": place + 1, "digest": bundle.lines[place]["digest"]}
    other = {**true, "digest": hashlib.sha256(rng.randbytes(8)).hexdigest()}
    heads = [true, other]
    rng.shuffle(heads)
    if rng.random() < 0.5:
        bundle.heads, heads = [day_head(bundle, place + 1)], [other]
    return Tampered(bundle.archive(), heads, layout.JOURNAL, place + 1)


def changed_state(rng: Random, bundle: Bundle) -> Tampered:
    """A dossier is in another state than its last act left it in; the seal and every witness follow."""
    states = json.loads(bundle.files[layout.ELIGIBILITY])
    ref = rng.choice(sorted(states))
    states[ref] = rng.choice([one for one in ("filed", "eligible", "not_eligible", "withdrawn") if one != states[ref]])
    return _sealed(bundle, layout.ELIGIBILITY, states)


def changed_date(rng: Random, bundle: Bundle) -> Tampered:
    """A date of the call is another; the seal and every witness follow."""
    call = json.loads(bundle.files[layout.CALL])
    name = rng.choice([name for name in call if name.endswith("_at")])
    call[name] = "2015-12-24T00:00:00.000000Z"
    return _sealed(bundle, layout.CALL, call)


def unexplained_count(rng: Random, bundle: Bundle) -> Tampered:
    """A sheet counts against a conflict, or no longer counts without one, and the ranking was computed so."""
    marks = json.loads(bundle.files[layout.MARKS])
    if not marks:
        return changed_date(rng, bundle)
    ref = rng.choice(sorted(marks))
    marks[ref]["counts"] = not marks[ref]["counts"]
    bundle.files[layout.MARKS] = layout.text(marks)
    made_again(bundle)
    return Tampered(bundle.archive(), bundle.head, layout.MARKS)


def renamed_chain(rng: Random, bundle: Bundle) -> Tampered:
    """The journal takes the name of another, and its own heads stay: none of them is about it."""
    bundle.heads = [day_head(bundle, rng.randrange(len(bundle.lines)) + 1)]
    for line in bundle.lines:
        line["chain"] = "call-9"
    bundle.files[layout.CALL] = layout.text({**json.loads(bundle.files[layout.CALL]), "chain": "call-9"})
    bundle.chain_again()
    bundle.seal_again()
    return Tampered(bundle.archive(), rng.choice(({}, bundle.head)), layout.HEADS)


def missing_file(rng: Random, bundle: Bundle) -> Tampered:
    """A file is gone, and the manifest follows."""
    name = rng.choice(sorted(layout.sealed(bundle.files)))
    del bundle.files[name]
    return Tampered(bundle.archive(), {}, name)


def added_file(rng: Random, bundle: Bundle) -> Tampered:
    """A file is added, and the manifest follows."""
    name = rng.choice(("definitions/forms/appel/autre.v1.toml", "../ailleurs", "/etc/passwd", "notes.txt"))
    bundle.files[name] = b"x"
    return Tampered(bundle.archive(), {}, name)


def wrong_manifest(rng: Random, bundle: Bundle) -> Tampered:
    """The manifest gives another digest, or another size, of a file."""
    name, files = rng.choice(sorted(bundle.files)), bundle.wrapped()
    true = layout.digest(bundle.files[name]).encode()
    files[layout.MANIFEST] = files[layout.MANIFEST].replace(true, true[::-1])
    return Tampered(archive.write(files))


def broken_bytes(rng: Random, bundle: Bundle) -> Tampered:
    """A byte of the content of a file is another, in the archive as it is."""
    name = rng.choice(sorted(name for name, content in bundle.files.items() if len(content) > 40))
    content = bytearray(bundle.files[name])
    place = rng.randrange(len(content))
    content[place] ^= 1 << rng.randrange(8)
    data = bundle.archive()
    return Tampered(data.replace(bundle.files[name], bytes(content), 1), status=2)


def cut_archive(rng: Random, bundle: Bundle) -> Tampered:
    """The end of the archive did not come."""
    data = bundle.archive()
    return Tampered(data[: rng.randrange(len(data) - 1)], status=2)


ALL: tuple[Callable[[Random, Bundle], Tampered], ...] = (
    edited_line,
    edited_line_with_digest,
    deleted_line,
    inserted_line,
    swapped_lines,
    chained_again,
    known_on_the_way,
    tail_cut,
    changed_values,
    changed_mark,
    changed_rank,
    changed_list,
    changed_rules,
    forged,
    forged_list,
    unrooted_head,
    contradictory_heads,
    changed_state,
    changed_date,
    unexplained_count,
    renamed_chain,
    missing_file,
    added_file,
    wrong_manifest,
    broken_bytes,
    cut_archive,
)


def day_head(bundle: Bundle, line: int, key: bytes = b"1" * 32) -> dict[str, Any]:
    """Return the signed head of a day, as a witness is sent it."""
    chains = (ChainHead(CHAIN, line, bundle.lines[line - 1]["digest"]), ChainHead("platform", 1, "1" * 64))
    head = Head(1, date(2015, 6, 1), datetime(2015, 6, 1, 22, tzinfo=UTC), "0" * 64, chains)
    signer = Ed25519PrivateKey.from_private_bytes(key)
    return {
        **json.loads(head.content),
        "chains": [{"chain": one.chain, "digest": one.digest, "sequence": one.sequence} for one in chains],
        "digest": head.digest,
        "key": signer.public_key().public_bytes_raw().hex(),
        "signature": signer.sign(head.content).hex(),
    }


def made_again(bundle: Bundle) -> None:
    """Compute the ranking and the list again from forged marks, and write every line that tells them anew."""
    call, marks = (json.loads(bundle.files[name]) for name in (layout.RULE, layout.MARKS))
    small, decisions = verifier(), json.loads(bundle.files[layout.DECISIONS])
    states, dossiers = (json.loads(bundle.files[name]) for name in (layout.ELIGIBILITY, layout.DOSSIERS))
    sheets: dict[str, Any] = {ref: {} for ref, state in states.items() if state == "eligible"}
    for ref, one in marks.items():
        if one["counts"]:
            sheets[one["dossier"]][ref] = one["final"]
    facts = [line["facts"] for line in bundle.lines if line["act"] == "ranking.computed"][-1]
    ranked = small.ranking(call["grid"], sheets, decisions["admitted"], facts["seed"])
    value = {"entries": ranked, "seed": facts["seed"], "sequence": facts["sequence"]}
    bundle.files[layout.RANKING] = layout.text(value)
    entries = small.adopted(call["sheet"], ranked, dossiers, decisions)
    bundle.files[layout.LIST] = layout.text({"entries": entries})
    inputs = {"admitted": decisions["admitted"], "grid": facts["grid"], "seed": facts["seed"], "sheets": sheets}
    facts |= {"inputs": small.sha(small.compact(inputs)), "result": layout.digest(bundle.files[layout.RANKING])}
    for line in bundle.lines:
        if line["act"] == "shortlist.frozen":
            line["facts"]["list"] = layout.digest(bundle.files[layout.LIST])
    bundle.chain_again()
    bundle.seal_again()


def _sealed(bundle: Bundle, name: str, value: Any) -> Tampered:
    """Seal a value that was changed, before the witness keeps its head."""
    bundle.files[name] = layout.text(value)
    bundle.seal_again()
    return Tampered(bundle.archive(), bundle.head, name)


def _edit(rng: Random, line: dict[str, Any]) -> None:
    """Make a line say something else."""
    name = rng.choice(("act", "actor", "at", "facts", "object", "object_kind", "role"))
    if name == "facts":
        line["facts"] = {**line["facts"], "ajout": rng.randrange(1000)}
    elif name == "at":
        line["at"] = line["at"].replace("2015", "2014")
    else:
        line[name] += "x"


def _figure(rng: Random, bundle: Bundle, name: str) -> Tampered:
    if not _change_figure(rng, bundle, name):
        return changed_rules(rng, bundle)
    return Tampered(bundle.archive(), {}, name)


def _change_figure(rng: Random, bundle: Bundle, name: str) -> bool:
    """Change one figure of a file; tell whether there was one."""
    content = bytearray(bundle.files[name])
    figures = [place for place, byte in enumerate(content) if 0x31 <= byte <= 0x39]
    if not figures:
        return False
    place = rng.choice(figures)
    content[place] = 0x31 + (content[place] - 0x31 + rng.randint(1, 8)) % 9
    bundle.files[name] = bytes(content)
    return True


def reshaped(rng: Random, bundle: Bundle) -> bytes:
    """Return an archive where a value, or a fact of the journal, is of another kind; all that follows is made again.

    A forger who holds everything: without a head from outside, such a change may be found or not, never be a crash.
    """
    if rng.random() < 0.5:
        name = rng.choice(layout.DATA)
        bundle.files[name] = layout.text(_reshaped(rng, json.loads(bundle.files[name])))
        bundle.seal_again()
    else:
        place = rng.randrange(len(bundle.lines) - 1)
        bundle.lines[place]["facts"] = _reshaped(rng, json.loads(json.dumps(bundle.lines[place]["facts"])))
        bundle.chain_again(place)
    return bundle.archive()


def _reshaped(rng: Random, value: Any) -> Any:
    places = list(_places(value))
    path = rng.choice(places)
    other = rng.choice((None, True, 0, -1, 2**70, "", "x", [], {}, [[]]))
    if not path:
        return other
    holder = value
    for step in path[:-1]:
        holder = holder[step]
    if rng.random() < 0.1:
        del holder[path[-1]]
    else:
        holder[path[-1]] = other
    return value


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in inside:
        yield from _places(below, (*path, step))
