"""Answers of E-utilities: esearch, esummary and elink, as XML (both versions) and as JSON."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from discovery.geo.entries import iso_day
from discovery.geo.records import Found, History, Links, Summary, Unreadable
from discovery.geo.text import Source
from discovery.geo.xml import Elements, Node
from discovery.records import BadRecord, SeriesRecord, series_of

MAX_JSON = 64 * 2**20
WHOLE = re.compile("[0-9]{1,18}")
NOTHING: frozenset[str] = frozenset()
Answer = Found | list[Summary] | list[Links]


class SaidError(Unreadable):
    """E-utilities answered with a sentence about what went wrong, which is the message."""


def read_json(source: Source) -> Answer:
    """Return what an answer in JSON says.

    :raises SaidError: if it says that something went wrong
    :raises Unreadable: if it is no answer of esearch, esummary or elink
    """
    body = bytearray()
    for chunk in source.chunks():
        body += chunk
        if len(body) > MAX_JSON:
            raise Unreadable(f"The JSON is longer than {MAX_JSON:,} bytes.")
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"This is not JSON: {error}.") from error
    if not isinstance(raw, dict):
        raise Unreadable("This is JSON, but no answer of E-utilities.")
    return _of_json(raw)


def _of_json(raw: dict[str, Any]) -> Answer:
    if isinstance(raw.get("error"), str):
        raise SaidError(raw["error"])
    if isinstance(found := raw.get("esearchresult"), dict):
        return _found(_lower(found))
    if isinstance(refusal := raw.get("eutilsresult"), dict):
        raise SaidError(str(refusal.get("ERROR")))
    if isinstance(errors := raw.get("esummaryresult"), list):
        raise SaidError("; ".join(str(one) for one in errors))
    if isinstance(sets := raw.get("linksets"), list):
        return [_links(one) for one in sets if isinstance(one, dict)]
    result = raw.get("result")
    if isinstance(result, dict) and isinstance(result.get("uids"), list):
        return [_summary(str(uid), result.get(str(uid))) for uid in result["uids"]]
    raise Unreadable("This is JSON, but no answer of esearch, esummary or elink.")


def _found(raw: Mapping[str, Any]) -> Found:
    if raw.get("error"):
        raise SaidError(str(raw["error"]))
    ids, count = raw.get("idlist", []), _whole(raw.get("count"))
    if not isinstance(ids, list) or count is None:
        raise Unreadable("The answer of esearch has no count, or no list of ids.")
    web_env, query_key = raw.get("webenv"), raw.get("querykey")
    return Found(
        count=count,
        ids=[str(one) for one in ids],
        history=History(str(web_env), str(query_key)) if web_env and query_key else None,
        translation=str(raw["querytranslation"]) if raw.get("querytranslation") else None,
        warnings=_flat(raw.get("errorlist")) + _flat(raw.get("warninglist")),
    )


def _links(raw: Mapping[str, Any]) -> Links:
    if raw.get("error"):
        raise SaidError(str(raw["error"]))
    sets = raw.get("linksetdbs") or []
    if not isinstance(sets, list) or not all(isinstance(one, dict) for one in sets):
        raise Unreadable("The answer of elink is not a list of links.")
    return Links(
        from_ids=_flat(raw.get("ids")),
        to={str(one.get("linkname")): _flat(one.get("links")) for one in sets},
    )


def _summary(uid: str, raw: object) -> Summary:
    if not isinstance(raw, dict):
        raise Unreadable(f"The answer of esummary names {uid[:40]!r} and does not describe it.")
    if raw.get("error"):
        raise SaidError(f"{uid}: {raw['error']}")
    return Summary(uid, _lower(raw))


def read_search(source: Source) -> Found:
    """Return what an answer of esearch in XML says.

    :raises SaidError: if it says that something went wrong
    :raises Unreadable: if it cannot be read
    """
    for node in Elements(source, wanted=frozenset({"eSearchResult"}), skipped=NOTHING):
        raw: dict[str, Any] = {one.name.lower(): one.text for one in node.children}
        raw["idlist"] = [one.text for one in _children(node, "IdList")]
        for name in ("ErrorList", "WarningList"):
            raw[name.lower()] = [one.text for one in _children(node, name)]
        return _found(raw)
    raise Unreadable("The answer of esearch is empty.")


def read_summaries(source: Source) -> list[Summary]:
    """Return the documents of an answer of esummary in XML, of either version.

    :raises SaidError: if it says that something went wrong
    :raises Unreadable: if it cannot be read
    """
    summaries = []
    for node in Elements(
        source, wanted=frozenset({"DocSum", "DocumentSummary", "ERROR"}), skipped=NOTHING
    ):
        if node.name == "ERROR" or node.said("error"):
            raise SaidError(node.said("error") or node.text)
        if node.name == "DocSum":
            fields = {_name(item): _item(item) for item in node.all("Item")}
            summaries.append(Summary(node.said("Id") or "", fields))
        else:
            fields = {one.name.lower(): _element(one) for one in node.children}
            summaries.append(Summary(node.attributes.get("uid", ""), fields))
    return summaries


def read_links(source: Source) -> list[Links]:
    """Return the links of an answer of elink in XML.

    :raises SaidError: if it says that something went wrong
    :raises Unreadable: if it cannot be read
    """
    links = []
    for node in Elements(source, wanted=frozenset({"LinkSet", "ERROR"}), skipped=NOTHING):
        if node.name == "ERROR" or node.said("ERROR"):
            raise SaidError(node.said("ERROR") or node.text)
        to = {
            one.said("LinkName") or "": [link.said("Id") or "" for link in one.all("Link")]
            for one in node.all("LinkSetDb")
        }
        links.append(Links([one.text for one in _children(node, "IdList")], to))
    return links


def series_of_summary(summary: Summary) -> SeriesRecord:
    """Return the series that a summary of db=gds describes. NCBI cuts long texts in it.

    :raises Unreadable: if it describes something else, or lacks what a series must have
    """
    said = summary.fields
    if str(said.get("entrytype")).upper() != "GSE":
        raise Unreadable(f"{summary.uid}: this is not a series.")
    text = str(said.get("summary") or "")
    raw = {
        "accession": said.get("accession"),
        "title": said.get("title"),
        "summary": text,
        "organisms": _split(said.get("taxon")),
        "series_type": _split(said.get("gdstype")),
        "platforms": [f"GPL{one}" for one in _split(said.get("gpl"))],
        "n_samples": _whole(said.get("n_samples")),
        "pubmed_ids": _flat(said.get("pubmedids")),
        "release_date": iso_day(str(said.get("pdat"))),
        "supplementary_types": [one.strip() for one in str(said.get("suppfile") or "").split(",")],
        "relations": list(_relations(said)),
        "samples": [one for one in said.get("samples") or [] if isinstance(one, dict)],
        "summary_truncated": text.endswith("..."),
    }
    try:
        return series_of(raw)
    except BadRecord as error:
        raise Unreadable(f"{summary.uid}: {error}") from error


def _relations(said: Mapping[str, Any]) -> Iterator[str]:
    if said.get("bioproject"):
        yield f"BioProject: {said['bioproject']}"
    for one in _objects(said.get("extrelations")):
        yield f"{one.get('relationtype')}: {one.get('targetobject')}"
    for one in _objects(said.get("relations")):
        yield f"{one.get('relationtype')}: {one.get('targetobject')}"


def _objects(raw: object) -> list[dict[str, Any]]:
    return [one for one in raw if isinstance(one, dict)] if isinstance(raw, list) else []


def _split(raw: object) -> list[str]:
    return [one.strip() for one in str(raw or "").split(";") if one.strip()]


def _whole(raw: object) -> int | None:
    text = str(raw)
    return int(text) if WHOLE.fullmatch(text) else None


def _flat(raw: object) -> list[str]:
    if isinstance(raw, dict):
        return [text for value in raw.values() if isinstance(value, list) for text in _flat(value)]
    return [str(one) for one in raw if one != ""] if isinstance(raw, list) else []


def _lower(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name).lower(): value for name, value in raw.items()}


def _children(node: Node, name: str) -> list[Node]:
    inner = node.first(name)
    return inner.children if inner else []


def _name(item: Node) -> str:
    return item.attributes.get("Name", "").lower()


def _item(item: Node) -> object:
    """Return an <Item> of version 1: a text, a list, or an object."""
    if item.attributes.get("Type") == "List":
        return [_item(one) for one in item.children]
    if item.attributes.get("Type") == "Structure":
        return {_name(one): _item(one) for one in item.children}
    return item.text


def _element(node: Node) -> object:
    """Return an element of version 2: a text; an object; or a list if all in it bear one name."""
    names = {one.name for one in node.children}
    if not names:
        return node.text
    if len(names) == 1:
        return [_element(one) for one in node.children]
    return {one.name.lower(): _element(one) for one in node.children}
