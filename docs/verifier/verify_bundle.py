#!/usr/bin/env python3
"""Vérifie l'archive d'un appel à projets et refait son classement et sa liste. Explications : docs/verifier.md.

    python3 verify_bundle.py ARCHIVE.zip [EMPREINTE.json ...] [--ligne NUMÉRO EMPREINTE ...]

L'archive, ou le dossier où elle est décompressée. Python 3.9 ou plus récent, rien à installer. Termine par 0 si tout
concorde, 1 sinon, 2 si ce n'est pas une archive d'appel. Ne partage aucune ligne avec l'application.
"""
import hashlib, json, os, re, sys, zipfile
from datetime import datetime
from fractions import Fraction

try:
    import tomllib  # from Python 3.11: before, rule.json is not compared with the files of rules
except ImportError:
    tomllib = None
DATA = ["call", "rule", "dossiers", "eligibility", "opinions", "marks", "conflicts", "decisions", "ranking", "list"]
FILES = re.compile(r"(%s)\.json|heads?\.json|journal\.jsonl|LISEZMOI\.txt|verify_bundle\.py" % "|".join(DATA))
RULES = re.compile(r"definitions/(forms|scoring)/[a-z0-9][a-z0-9-]*/[a-z0-9_.-]+\.(toml|csv)")
FIELDS = {"act", "actor", "at", "chain", "digest", "facts", "object", "object_kind", "previous", "role", "sequence"}
MOST = 256 * 1024 * 1024
DATES = {"marking.opened": "marking_opened_at", "marking.closed": "marking_closed_at",
         "shortlist.frozen": "frozen_at", "shortlist.published": "published_at"}
OTHERWISE = "le journal dit autre chose"
WORDS = {"selected": "retenu", "reserve": "complémentaire", "not_selected": "non retenu", "unranked": "non classé"}


class NotABundle(Exception):
    """What is given is no bundle at all."""


class NotAHead(NotABundle):
    """What is given beside the bundle is no head, or none of its journal."""


class Wrong(Exception):
    """The first thing that does not hold: file, sentence, line."""


def require(holds, name, sentence, line=0):
    if not holds:
        raise Wrong(name, sentence, line)


def sha(content):
    return hashlib.sha256(content).hexdigest()


def compact(value):  # the form of a line of the journal, and of what a digest is made of
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def text(value):  # the form of a file of values
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n").encode()


def instant(written):  # an instant with its zone, in the form of a line of the journal
    moment = datetime.fromisoformat(written)
    return (moment.replace(tzinfo=None) - moment.utcoffset()).isoformat(timespec="microseconds") + "Z"


def exact(figure):
    return "%d/%d" % (figure.numerator, figure.denominator)


def euros(cents):
    return f"{cents // 100:,}".replace(",", " ") + ",%02d €" % (cents % 100)


def parse(content, name):  # no float, no key written twice
    def refuse(written):
        raise ValueError(written)

    def once(pairs):
        return dict(pairs) if len(dict(pairs)) == len(pairs) else refuse("twice")

    try:
        require(len(content) <= MOST // 4, name, "le fichier est trop grand")
        return json.loads(content.decode(), parse_float=refuse, parse_constant=refuse, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Wrong(name, "ce n'est pas du JSON lisible", 0) from None


def load(path):
    if os.path.isdir(path):
        found = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
        names = {os.path.relpath(one, path).replace(os.sep, "/"): one for one in found}
        return {name: open(one, "rb").read() for name, one in names.items() if "/." not in "/" + name}
    with zipfile.ZipFile(path) as archive:  # never compressed: nothing can swell
        entries, size = archive.infolist(), os.path.getsize(path)
        swells = any(one.compress_type for one in entries) or sum(one.file_size for one in entries) > min(size, MOST)
        if swells or any(one.flag_bits for one in entries) or len({one.filename for one in entries}) < len(entries):
            raise NotABundle("elle a été recompressée ou refaite ; prendre le fichier d'origine")
        return {one.filename: archive.read(one) for one in entries}


def as_listed(files):  # every file is in the manifest with its digest, and nothing else
    try:
        manifest = parse(files["manifest.json"], "manifest.json")
        listed, form = dict(manifest["files"]), compact(manifest["format"])
        manifest["call"] + manifest["software"]["version"]
    except (Wrong, KeyError, TypeError, ValueError):
        raise NotABundle("manifest.json manque ou est illisible") from None
    if form != b"1":
        raise NotABundle("elle est d'un autre format : prendre le vérificateur de ce format")
    for name in sorted((set(listed) | set(files)) - {"manifest.json"}):
        require(FILES.fullmatch(name) or RULES.fullmatch(name), name, "une archive n'a pas de fichier de ce nom")
        said = name in files and {"sha256": sha(files[name]), "size": len(files[name])}
        require(listed.get(name) == said, name, "le fichier n'est pas celui que décrit manifest.json")
    for name in [one + ".json" for one in DATA] + ["journal.jsonl", "head.json", "heads.json"]:
        require(name in files, name, "le fichier manque")
    return manifest


def known(given, chain):
    """Return what (source, head) say of a chain: source, line, digest.

    The signature of a head of a day is of its root, and is not checked here (see the page); the root, of its lines, is.
    """
    found = []
    for source, head in given:
        try:
            rows = [{key: one[key] for key in ("chain", "digest", "sequence")} for one in head.get("chains", [head])]
            sound = all(type(one["chain"]) is type(one["digest"]) is str and type(one["sequence"]) is int
                        and one["sequence"] > 0 for one in rows)
            if "chains" in head:
                rows.sort(key=lambda one: (one["chain"], one["sequence"], one["digest"]))
                signed = compact({key: head[key] for key in ("at", "day", "number", "previous", "root")})
                sound = sound and (head["root"], head["digest"]) == (sha(compact(rows)), sha(signed))
        except (AttributeError, KeyError, TypeError, ValueError):
            sound = False
        if not sound:
            raise NotAHead("%s : ce n'est pas une empreinte du journal, ou elle a été modifiée" % source)
        found += [(source, one["sequence"], one["digest"]) for one in rows if one["chain"] == chain]
    return found


def within(heads, chain):  # the heads of the bundle itself: each is that of a day, and names its chain
    name, found = "heads.json", []
    require(isinstance(heads, list), name, "le contenu n'a pas la forme attendue")
    for head in heads:
        require(isinstance(head, dict) and "chains" in head, name, "ce n'est pas une empreinte quotidienne")
        try:
            said = known([(name, head)], chain)
        except NotAHead:
            raise Wrong(name, "une empreinte quotidienne a été modifiée", 0) from None
        require(said, name, "une empreinte quotidienne ne parle pas du journal de cette archive")
        found += said
    return found


def by_line(found):  # two heads that contradict each other are never both true
    heads = {}
    for source, line, digest in found:
        other = heads.setdefault(line, (source, digest))
        sentence = "deux empreintes de cette ligne se contredisent : celles de %s et de %s" % (other[0], source)
        require(other[1] == digest, "journal.jsonl", sentence, line)
    return heads


def journal(content, heads):  # each line holds the digest of the line before
    rows, lines, previous, name = content.split(b"\n"), [], "0" * 64, "journal.jsonl"
    require(not rows.pop() and rows, name, "la dernière ligne est coupée", len(rows) + 1)
    for number, row in enumerate(rows, 1):
        try:
            line = parse(row, name)
            digest = sha(compact({field: line[field] for field in FIELDS - {"digest"}}))
            datetime.strptime(line["at"], "%Y-%m-%dT%H:%M:%S.%fZ")
            whole = set(line) == FIELDS and compact(line) == row and len(line["at"]) == 27
        except (Wrong, ValueError, KeyError, TypeError):
            whole = False
        require(whole, name, "ce n'est pas une ligne du journal", number)
        lines.append(line)
        in_place = line["chain"] == lines[0]["chain"] and compact(line["sequence"]) == b"%d" % number
        require(in_place, name, "une ligne manque, est en double ou n'est pas à sa place", number)
        require((line["previous"], line["digest"]) == (previous, digest), name, "la ligne a été modifiée", number)
        source, said = heads.get(number, ("", digest))
        require(said == digest, name, "l'empreinte que donne %s est autre : le journal a été réécrit" % source, number)
        previous = digest
    last = max(heads, default=0)
    require(last <= number, name, "%s donne l'empreinte de la ligne %d : la fin manque, ou l'archive est plus ancienne "
            "que cette empreinte (en demander une plus récente)" % (heads.get(last, ("",))[0], last), number + 1)
    return lines


def told_by(lines):  # what the journal says by itself of each file of values
    def each(act, *facts, also=lambda line: {}):
        rows = [line for line in lines if line["act"] == act]
        return {row["object"]: dict({fact: row["facts"][fact] for fact in facts}, **also(row)) for row in rows}

    revised = each("mark.revised", "marks")
    back = [one["facts"]["departure"] for one in lines if one["act"] == "departure.withdrawn"]
    computed = max([one["sequence"] for one in lines if one["act"] == "ranking.computed"], default=0)
    votes = [one["facts"]["order"] for one in lines[computed:] if one["act"] == "tie.voted"]
    moves = [one for one in lines if one["act"] == "departure.decided" and one["facts"]["departure"] not in back]
    kept, conflicts, people, away, states, dates = ("departure", "ground", "ranking"), set(), set(), set(), {}, {}
    opinions = {}
    for one in lines:
        act, about, facts = one["act"], one["object"], one["facts"]
        if act == "conflict.declared":
            conflicts.add((about, one["actor"]))
        elif act == "conflict.corrected":
            conflicts.discard((about, facts["person"]))
        elif act == "person.joined":  # who works on a dossier is in conflict with it, and declares nothing
            people.add((about, one["actor"]))
        elif act == "ranking.computed":
            away = conflicts | people
        elif act == "call.opened":
            dates.update({name: instant(facts[name]) for name in ("opens_at", "closes_at")}, slug=about)
        elif act == "call.extended":
            dates["closes_at"] = instant(facts["closes"])
        elif act in DATES:
            dates[DATES[act]] = one["at"]
        elif act == "opinion.given":
            opinions[about] = {name: facts[name] for name in ("mark", "verdict")}
        elif act == "opinion.reopened":  # handed back to its region, until it is given again
            opinions.pop(about, None)
        elif act == "eligibility.decided":
            eligible = facts["eligible"]
            states[about] = ("eligible" if eligible else "not_eligible") if isinstance(eligible, bool) else ""
        elif act in ("dossier.filed", "dossier.withdrawn"):
            states[about] = act[8:]
    return {
        "eligibility": states, "away": away, "dates": dates,
        "dossiers": each("dossier.filed", "number", "requested_cents", "sha256",
                         also=lambda one: {"received": one["at"]}),
        "opinions": opinions,
        "marks": each("sheet.final", "dossier", also=lambda one: {
            "reader": one["actor"], "first": one["facts"]["marks"],
            "final": revised.get(one["object"], one["facts"])["marks"]}),
        "conflicts": [list(one) for one in sorted(conflicts)],
        "decisions": {
            "admitted": sorted(each("dossier.admitted")),
            "amounts": {ref: one["after"] for ref, one in each("amount.proposed", "after").items()},
            "departures": [dict({key: one["facts"][key] for key in kept}, dossier=one["object"],
                                place=one["facts"]["to_place"]) for one in moves],
            "votes": {ref: place for order in votes for place, ref in enumerate(order, 1)}},
        "frozen": ([one["facts"] for one in lines if one["act"] == "shortlist.frozen"] or [None])[-1],
        "ranking": lines[computed - 1]["facts"] if computed else None,
        "sources": {"definitions/" + path: digest for line in lines if line["act"] == "call.opened"
                    for path, digest in line["facts"]["sources"].items()},
    }


def ranking(grid, sheets, admitted, seed):
    """Return the announced ranking: exact totals on the marks, equal totals parted by the axes of the tie rule."""
    maximum, step = (int(Fraction(grid.get(key, value)) * 2) for key, value in (("note_maximale", 5), ("pas", "1/2")))
    axes = {axis["cle"]: {one["cle"]: one.get("poids", 1) for one in axis["critere"]} for axis in grid["axe"]}
    weights = {axis["cle"]: axis["poids"] for axis in grid["axe"]}
    criteria, rows, lines = {one for weighed in axes.values() for one in weighed}, [], []
    for dossier, given in sheets.items():
        complete, total = [marks for marks in given.values() if criteria <= set(marks)], None
        for marks in complete:
            fits = all(type(mark) is int and mark in range(0, maximum + 1, step) for mark in marks.values())
            require(fits and set(marks) == criteria, "marks.json", "une note n'est pas de la grille")
        means = {axis: sum(Fraction(weighed[one] * marks[one], 2 * sum(weighed.values()))
                           for marks in complete for one in weighed) / len(complete)
                 for axis, weighed in axes.items()} if complete else {}
        if complete:
            total = sum(weights[axis] * mean for axis, mean in means.items()) * 2 * grid.get("total_sur", 100)
            total /= maximum * sum(weights.values())
        ranked = bool(complete) and (len(complete) >= grid["lectures_minimales"] or dossier in admitted)
        key = [-total] + [-means[axis] for axis in grid.get("departage", [])] if ranked else []
        lot = int(sha(b"%d:%s" % (seed, dossier.encode())), 16) if ranked else 0
        rows.append((not ranked, key, lot, dossier, total, len(complete), means))
    rows.sort(key=lambda row: row[:4])
    for position, (unranked, key, _, dossier, total, readings, means) in enumerate(rows, 1):
        equal = position > 1 and key == rows[position - 2][1]
        lines.append({"axis_means": {axis: exact(mean) for axis, mean in means.items()}, "dossier": dossier,
                      "position": position, "rank": None if unranked else lines[-1]["rank"] if equal else position,
                      "readings": readings, "total": None if total is None else exact(total)})
    return lines


def adopted(sheet, ranked, dossiers, decisions):
    """Return the list: the ranking, votes between equals, departures, then the amounts down to the envelope."""
    ranks, votes, lines = {line["dossier"]: line["rank"] for line in ranked}, decisions["votes"], []
    order = sorted((ref for ref in ranks if ranks[ref]), key=lambda ref: (ranks[ref], votes.get(ref, len(ranks) + 1)))
    out, cumulated, above = [], 0, None
    for ref, place in [(move["dossier"], move["place"]) for move in decisions["departures"]]:
        if ref in order:
            order.remove(ref)
            if place is None:
                out.append(ref)
            else:
                order.insert(max(place, 1) - 1, ref)
    for ref in order + out + [ref for ref in ranks if ranks[ref] is None]:
        amount = decisions["amounts"].get(ref, dossiers[ref]["requested_cents"]) if ranks[ref] else None
        place, outcome = None, "not_selected" if ranks[ref] else "unranked"
        if ref in order:
            place, cumulated = len(lines) + 1, cumulated + (amount or 0)
            above = place - 1 if above is None and cumulated > Fraction(sheet["enveloppe"]) * 100 else above
            in_reserve = above is not None and place <= above + sheet["liste_complementaire"]
            outcome = "selected" if above is None else "reserve" if in_reserve else outcome
        lines.append({"adopted_place": place, "amount_cents": amount, "cumulated_cents": cumulated if place else None,
                      "dossier": ref, "number": dossiers[ref]["number"], "outcome": outcome, "rank": ranks[ref]})
    return lines


def check(files, manifest, lines, told, values):
    call, facts, frozen = values["call"], told["ranking"], told["frozen"] or {}
    rules = {name: sha(content) for name, content in files.items() if RULES.fullmatch(name)}
    sealed = dict(rules, **{name + ".json": sha(files[name + ".json"]) for name in DATA})
    said = lines[-1]["facts"]["files"] if lines[-1]["act"] == "bundle.sealed" else {}
    for name in sorted(set(sealed) | set(said)):
        require(sealed.get(name) == said.get(name), name, "la dernière ligne du journal scelle un autre fichier")
    require(rules == call["definitions"] == told["sources"], "definitions/", "l'appel n'a pas été ouvert avec eux")
    said = manifest["call"], told["dates"].get("slug"), lines[0]["chain"], frozen.get("sha256")
    require((call["slug"], call["slug"], call["chain"], call["official_list"]) == said, "call.json", OTHERWISE)
    for name in ("opens_at", "closes_at", *DATES.values()):
        require(call[name] == told["dates"].get(name), "call.json", OTHERWISE + " (%s)" % name)
    require(facts, "ranking.json", "le journal ne dit pas qu'un classement a été calculé")
    for kind, ending in (("grid", "/grille.v"), ("sheet", "/appel.v")):
        (name,) = [one for one in rules if ending in one]
        table = json.dumps(tomllib.loads(files[name].decode(), parse_float=str), default=str) if tomllib else None
        same = table is None or json.loads(table) == values["rule"][kind]
        require(same, "rule.json", "les poids et les seuils ne sont pas ceux des fichiers de règles")
        require(kind != "grid" or rules[name] == facts["grid"], name, "le classement a été calculé avec une autre")
    marks = {ref: {key: sha(compact({"marks": one[key], "sheet": ref})) if key in ("first", "final") else one[key]
                   for key in one if key != "counts"} for ref, one in values["marks"].items()}
    told["eligibility"] = {ref: state for ref, state in told["eligibility"].items() if ref in told["dossiers"]}
    for name in ("dossiers", "eligibility", "opinions", "marks", "conflicts", "decisions"):
        held = marks if name == "marks" else values[name]
        require(held == told[name], name + ".json", OTHERWISE)
    sheets = {ref: {} for ref, state in values["eligibility"].items() if state == "eligible"}
    for ref, one in values["marks"].items():
        counts = one["dossier"] in sheets and (one["dossier"], one["reader"]) not in told["away"]
        require(one["counts"] is counts, "marks.json", "une fiche compte ou ne compte pas contre les conflits "
                "d'intérêts que le journal connaissait le jour du calcul")
        if counts:
            sheets[one["dossier"]][ref] = one["final"]
    seed, admitted = facts["seed"], values["decisions"]["admitted"]
    inputs = sha(compact({"admitted": admitted, "grid": facts["grid"], "seed": seed, "sheets": sheets}))
    require(inputs == facts["inputs"], "marks.json", "le classement n'a pas été calculé avec ces notes")
    ranked = ranking(values["rule"]["grid"], sheets, admitted, seed)
    entries = adopted(values["rule"]["sheet"], ranked, values["dossiers"], values["decisions"])
    again = [("ranking.json", {"entries": ranked, "seed": seed, "sequence": facts["sequence"]}, facts["result"]),
             ("list.json", {"entries": entries}, frozen.get("list"))]
    for name, value, digest in again:
        old, new = values[name[:-5]]["entries"], value["entries"]
        first = next((n for n in range(max(len(old), len(new))) if old[n:n + 1] != new[n:n + 1]), -1) + 1
        require(text(value) == files[name], name, "le résultat refait est autre", first)
        require(digest in (None, sha(files[name])), name, "le journal donne une autre empreinte de ce résultat")
    return entries


def verify(path, heads=(), receipts=()):
    """Return, if all holds, the last line of the journal, the list, whether it is frozen, and what outside heads say.

    ``heads``: (source, head) from outside; ``receipts``: (source, line, digest) of this call's journal. Errors:
    ``Wrong``, ``NotABundle``, ``NotAHead``.
    """
    try:
        files = load(path)
    except FileNotFoundError:
        raise NotABundle("fichier introuvable, vérifier son nom") from None
    except (OSError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile) as error:
        raise NotABundle("le fichier ne peut pas être lu (%s)" % type(error).__name__) from None
    manifest = as_listed(files)
    values = {name: parse(files[name + ".json"], name + ".json") for name in [*DATA, "head", "heads"]}
    try:
        chain = values["head"]["chain"]
        inside, outside = within(values["heads"], chain), known(heads, chain)
        if heads and not outside:
            raise NotAHead("aucune des empreintes données ne parle du journal de cette archive (%s)" % chain)
        outside += receipts
        lines = journal(files["journal.jsonl"], by_line(outside + inside))
        last = {key: lines[-1][key] for key in ("chain", "digest", "sequence")}
        require(values["head"] == last, "head.json", "ce n'est pas la dernière ligne du journal")
        told = told_by(lines)
        return last, check(files, manifest, lines, told, values), told["frozen"] is not None, outside
    except (KeyError, TypeError, AttributeError, ValueError, IndexError, ArithmeticError):
        raise Wrong("journal.jsonl", "une ligne ou une valeur n'a pas la forme attendue", 0) from None


def from_outside(name):  # the heads of a file kept elsewhere: one, or a list
    try:
        with open(name, "rb") as file:
            content = parse(file.read(), name)
    except FileNotFoundError:
        raise NotAHead("%s : fichier introuvable, vérifier son nom" % name) from None
    except (OSError, Wrong):
        raise NotAHead("%s : ce n'est pas une empreinte lisible" % name) from None
    return [(name, head) for head in (content if isinstance(content, list) else [content])]


def from_receipts(arguments):  # what follows each --ligne, and what is left: the archive, then files of heads
    left, found = [], []
    while arguments:
        word, *arguments = arguments
        if word != "--ligne":
            left.append(word)
            continue
        number, digest, *arguments = [*arguments, "", ""] if len(arguments) < 2 else arguments
        digest = digest.lower()
        if not re.fullmatch("[1-9][0-9]{0,8}", number) or not re.fullmatch("[0-9a-f]{64}", digest):
            raise NotAHead("--ligne attend le numéro d'une ligne et son empreinte, 64 chiffres hexadécimaux")
        found.append(("--ligne " + number, int(number), digest))
    return left, found


def told_of(last, outside, sources):  # what the answer is worth: up to which line of the journal
    if not outside:
        return ["Aucune empreinte extérieure n'a été donnée : cela ne dit pas que le journal n'a été ni réécrit ni "
                "coupé."]
    covered, many = max(line for _, line, _ in outside), "s" if len(outside) > 1 else ""
    beyond = "" if covered >= last else " ; aucune ne couvre les lignes %d à %d" % (covered + 1, last)
    silent = [name for name in dict.fromkeys(sources) if name not in {source for source, _, _ in outside}]
    return ["Le journal concorde avec %d empreinte%s extérieure%s, jusqu'à la ligne %d%s."
            % (len(outside), many, many, covered, beyond)] + [
            "%s ne parle pas de ce journal et n'a servi à rien." % name for name in silent]


def main(arguments):
    try:
        arguments, receipts = from_receipts(arguments)
        if not arguments or arguments[0].startswith("-"):
            return print(__doc__) or 2
        heads = [one for name in arguments[1:] for one in from_outside(name)]
        last, entries, frozen, outside = verify(arguments[0], heads, receipts)
    except Wrong as wrong:
        name, sentence, line = wrong.args
        place = ", %s %d" % ("ligne" if name.endswith(".jsonl") else "entrée", line) if line else ""
        return print("NON. %s%s : %s." % (name, place, sentence)) or 1
    except NotAHead as refused:
        return print("Empreinte refusée. %s." % refused, file=sys.stderr) or 2
    except NotABundle as refused:
        return print("Ce n'est pas une archive d'appel : %s." % refused, file=sys.stderr) or 2
    for one in entries:
        place, amount = one["adopted_place"] or "", euros(one["amount_cents"] or 0) if one["rank"] else ""
        print("%4s  %-12s %18s  %s" % (place, one["number"], amount, WORDS[one["outcome"]]))
    selected = [one["amount_cents"] or 0 for one in entries if one["outcome"] == "selected"]
    print("Dossiers retenus : %d, pour %s au total." % (len(selected), euros(sum(selected))))
    if not frozen:
        print("Liste provisoire : aucune ligne shortlist.frozen dans le journal.")
    print("OUI. L'archive s'accorde avec elle-même ; le classement et la liste, refaits ici, sont les siens.")
    print("\n".join(told_of(last["sequence"], outside, [source for source, _ in heads])))
    if not tomllib:
        print("Ce Python est ancien : rule.json n'a pas été comparé aux fichiers de règles (il l'est depuis la 3.11).")
    return print("Journal %(chain)s, ligne %(sequence)d, empreinte %(digest)s" % last) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
