"""What must be equal between a recorded response and the one received (data/exchanges/README.md)."""

import base64
import json
import re

import httpx

HEX64 = re.compile(r"[0-9a-f]{64}\Z")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_.]*)(?:\[:(\d+)\])?\}")


def substitute(value, variables: dict):
    """Replaces ${name} and ${name[:8]} inside every string; KeyError for a name never captured."""
    if isinstance(value, str):
        def text_of(match: re.Match) -> str:
            text = str(variables[match.group(1)])
            return text[:int(match.group(2))] if match.group(2) else text
        return _VARIABLE.sub(text_of, value)
    if isinstance(value, list):
        return [substitute(item, variables) for item in value]
    if isinstance(value, dict):
        return {substitute(key, variables): substitute(item, variables) for key, item in value.items()}
    return value


def resolve(document, pointer: str):
    """The value that a JSON pointer names."""
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        document = document[int(token)] if isinstance(document, list) else document[token]
    return document


def response_differences(step: dict, response: httpx.Response, variables: dict) -> list[str]:
    """Every difference, as text. What the step captures is put into `variables`."""
    expected = step["response"]
    if expected["status"] == 500 and 400 <= response.status_code < 500 and _has_message(response):
        return []  # the reference answers some of the caller's mistakes with 500; 4xx is better
    if response.status_code != expected["status"]:
        return [f"status: expected {expected['status']}, got {response.status_code} (body {response.text[:300]})"]
    found = _header_differences(substitute(expected.get("headers", {}), variables), response)
    found += _capture(step, response, variables)
    found += _body_differences(step, expected, response, variables)
    return found


def _has_message(response: httpx.Response) -> bool:
    try:
        return isinstance(response.json()["message"], str)
    except (ValueError, KeyError, TypeError):
        return False


def _header_differences(expected: dict, response: httpx.Response) -> list[str]:
    found = []
    for name, wanted in expected.items():
        value = response.headers.get(name)
        if isinstance(wanted, dict):
            right = value is not None and re.search(wanted["match"], value)
        else:
            right = value == wanted  # None: must be absent
        if not right:
            found.append(f"header {name}: expected {wanted!r}, got {value!r}")
    return found


def _capture(step: dict, response: httpx.Response, variables: dict) -> list[str]:
    found = []
    for name, source in step.get("capture", {}).items():
        try:
            if source == "text":
                value = response.text
            elif source.startswith("header:"):
                value = response.headers[source.removeprefix("header:")]
            elif source.startswith("cookie:"):
                value = response.cookies[source.removeprefix("cookie:")]
            else:
                value = resolve(response.json(), source)
        except (ValueError, KeyError, IndexError, TypeError):
            found.append(f"{source}: nothing to capture as ${{{name}}}")
            continue
        variables[name] = value
        if name in step.get("hex64", []) and not HEX64.match(str(value)):
            found.append(f"{source}: {value!r} is not 64 lowercase hex digits")
    return found


def _body_differences(step: dict, expected: dict, response: httpx.Response, variables: dict) -> list[str]:
    rules = Rules(step, variables)
    if "json" in expected:
        try:
            document = response.json()
        except ValueError:
            return [f"body is not JSON: {response.text[:200]!r}"]
        return rules.differences(substitute(expected["json"], variables), document)
    if "text" in expected or "base64" in expected:
        if "" in rules.match:
            right = re.search(rules.match[""], response.text)
            return [] if right else [f"body does not match /{rules.match['']}/: {response.text[:300]!r}"]
        wanted = (substitute(expected["text"], variables).encode() if "text" in expected
                  else base64.b64decode(expected["base64"]))
        if "" in rules.volatile or response.content == wanted:
            return []
        return [f"body: expected {wanted[:200]!r}, got {response.content[:200]!r}"]
    if expected.get("empty") and response.content:
        return [f"body: expected none, got {response.content[:200]!r}"]
    return []


class Rules:
    """How a step loosens the comparison of JSON: by pointer, volatile, unordered or matched."""

    def __init__(self, step: dict, variables: dict) -> None:
        self.volatile = set(step.get("volatile", []))
        self.unordered = set(step.get("unordered", []))
        self.match = substitute(step.get("match", {}), variables)

    def differences(self, expected, actual, pointer: str = "") -> list[str]:
        at = pointer or "(body)"
        if pointer in self.match:
            right = isinstance(actual, str) and re.search(self.match[pointer], actual)
            return [] if right else [f"{at}: {actual!r} does not match /{self.match[pointer]}/"]
        if _type(expected) != _type(actual):
            return [f"{at}: expected {_short(expected)}, got {_short(actual)}"]
        if pointer in self.volatile:
            return []
        if isinstance(expected, dict):
            return self._object_differences(expected, actual, pointer)
        if isinstance(expected, list):
            return self._array_differences(expected, actual, pointer)
        return [] if expected == actual else [f"{at}: expected {_short(expected)}, got {_short(actual)}"]

    def _object_differences(self, expected: dict, actual: dict, pointer: str) -> list[str]:
        found = []
        for key in expected | actual:
            inner = pointer + "/" + key.replace("~", "~0").replace("/", "~1")
            if key not in actual:
                found.append(f"{inner}: missing (expected {_short(expected[key])})")
            elif key not in expected:
                found.append(f"{inner}: unexpected field {_short(actual[key])}")
            else:
                found += self.differences(expected[key], actual[key], inner)
        return found

    def _array_differences(self, expected: list, actual: list, pointer: str) -> list[str]:
        if len(expected) != len(actual):
            return [f"{pointer or '(body)'}: expected {len(expected)} items, got {len(actual)}: {_short(actual)}"]
        if pointer in self.unordered:
            expected, actual = sorted(expected, key=_short), sorted(actual, key=_short)
        return [line for index, pair in enumerate(zip(expected, actual))
                for line in self.differences(*pair, f"{pointer}/{index}")]


def _type(value) -> str:
    if isinstance(value, bool):
        return "boolean"
    return {int: "number", float: "number", str: "string", list: "array", dict: "object"}.get(type(value), "null")


def _short(value) -> str:
    return json.dumps(value, sort_keys=True)[:300]
