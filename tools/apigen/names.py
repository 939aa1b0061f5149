"""From the words of the document to the words of a language."""

import re


def words(name: str) -> list[str]:
    """`getGCRules` → get, gc, rules; `blockstore_namespace_ValidityRegex` → blockstore, namespace, …"""
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return [word.lower() for word in re.split(r"[^A-Za-z0-9]+", name) if word]


def snake(name: str) -> str:
    return "_".join(words(name))


def pascal(name: str) -> str:
    """`getGCRules` → GetGcRules; what is already one capitalised word stays: `ErrorNoACL` → ErrorNoAcl."""
    return "".join(word[0].upper() + word[1:] for word in words(name))
