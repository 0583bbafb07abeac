"""What the API says of itself, and whether an answer is what it says."""

import functools
from typing import Any

import jsonschema
from drf_spectacular.generators import SchemaGenerator

Described = dict[str, Any]


@functools.cache
def description() -> Described:
    found: Described = SchemaGenerator().get_schema(request=None, public=True)
    return found


def operations(prefix: str, method: str = "get") -> list[str]:
    """Return the addresses below `prefix`, with their places, that take this method."""
    paths = description()["paths"]
    return [path for path in paths if path.startswith(prefix) and method in paths[path]]


def problems(path: str, method: str, status: int, body: Any) -> list[str]:
    """Say where an answer differs from the description of its operation; fields included that
    the description does not know."""
    answers = description()["paths"][path][method]["responses"]
    said = answers.get(str(status)) or answers[f"{status // 100}XX"]
    schema = _strict(said["content"]["application/json"]["schema"])
    found = jsonschema.Draft4Validator(schema).iter_errors(body)
    return [f"{'/'.join(map(str, one.absolute_path))}: {one.message}" for one in found]


def _strict(schema: Any) -> Any:
    """Return an OpenAPI 3.0 schema as JSON Schema: references filled in, `nullable`, no extras."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _strict(description()["components"]["schemas"][name])
    made = {key: _strict(value) for key, value in schema.items() if key != "nullable"}
    if "properties" in schema:
        made["additionalProperties"] = False
    if schema.get("nullable"):
        made = {"anyOf": [made, {"type": "null"}]}
    return made
