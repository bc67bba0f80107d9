"""How the keys of the cache are spelled, in plain Python.

A key is `<namespace>:<name>`. A name never holds what a person wrote, only its digest.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

GEO_QUERY = "geo:query"
AI_SUMMARY = "ai:summary"
USER = "user"
API_RESPONSE = "api:response"
NAMESPACES = (GEO_QUERY, AI_SUMMARY, USER, API_RESPONSE)


@dataclass(frozen=True, slots=True)
class Key:
    """Where something is kept."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}:{self.name}"


def geo_query(parameters: Mapping[str, object]) -> Key:
    """Return the key of a search: of all that its answer depends on."""
    return Key(GEO_QUERY, digest_of(parameters))


def ai_summary(dataset_id: str, parameters: Mapping[str, object]) -> Key:
    """Return the key of a summary: of the series, and of all else that its summary depends on."""
    return Key(AI_SUMMARY, f"{dataset_id}:{digest_of(parameters)}")


def user(user_id: object) -> Key:
    return Key(USER, str(user_id))


def api_response(endpoint: str, parameters: Mapping[str, object]) -> Key:
    return Key(API_RESPONSE, f"{endpoint}:{digest_of(parameters)}")


def parse(text: str) -> Key | None:
    """Return the key that is spelled so, None if none is."""
    for namespace in NAMESPACES:
        if text.startswith(f"{namespace}:") and len(text) > len(namespace) + 1:
            return Key(namespace, text[len(namespace) + 1 :])
    return None


def digest_of(parameters: Mapping[str, object]) -> str:
    """Return the SHA-256 of parameters, whatever their order."""
    written = orjson.dumps(parameters, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(written).hexdigest()
