"""The little of JSON Schema that our schemas use, checked without a library; an unknown keyword is an error."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

_KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
_TOLD = {"$schema", "$id", "title", "description"}


def violations(schema: dict[str, Any], value: Any, place: str = "$") -> list[str]:
    """Return every way in which the value breaks the schema."""
    found: list[str] = []
    for keyword, rule in schema.items():
        if keyword not in _TOLD and not _holds(keyword, rule, schema, value):
            found.append(f"{place} breaks {keyword}")
    if isinstance(value, dict):
        for key, item in value.items():
            if key in schema.get("properties", {}):
                found += violations(schema["properties"][key], item, f"{place}.{key}")
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            found += violations(schema["items"], item, f"{place}[{index}]")
    return found


def _holds(keyword: str, rule: Any, schema: dict[str, Any], value: Any) -> bool:
    is_text, is_list, is_object = isinstance(value, str), isinstance(value, list), isinstance(value, dict)
    match keyword:
        case "type":
            return any(_is(kind, value) for kind in ([rule] if isinstance(rule, str) else rule))
        case "properties" | "items" | "minContains" | "maxContains":
            return True  # checked with the children, or by "contains"
        case "additionalProperties":
            return not is_object or set(value) <= set(schema["properties"])
        case "required":
            return not is_object or set(rule) <= set(value)
        case "minProperties":
            return not is_object or len(value) >= rule
        case "contains":
            matching = [item for item in value if not violations(rule, item)] if is_list else []
            return not is_list or schema["minContains"] <= len(matching) <= schema["maxContains"]
        case "minItems":
            return not is_list or len(value) >= rule
        case "uniqueItems":
            return not is_list or len(value) == len(set(value))
        case "oneOf":
            return sum(not violations(option, value) for option in rule) == 1
        case "const":
            return bool(value == rule)
        case "minLength":
            return not is_text or len(value) >= rule
        case "maxLength":
            return not is_text or len(value) <= rule
        case "pattern":
            return not is_text or re.search(rule, value) is not None
        case "minimum":
            return not _is("integer", value) or value >= rule
        case "maximum":
            return not _is("integer", value) or value <= rule
        case "format":
            return not is_text or _formatted(rule, value)
        case _:
            raise AssertionError(f"unknown keyword {keyword}")


def _is(kind: str, value: Any) -> bool:
    return isinstance(value, _KINDS[kind]) and not (kind == "integer" and isinstance(value, bool))


def _formatted(kind: str, text: str) -> bool:
    try:
        if kind == "date":
            date.fromisoformat(text)
            return True
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
