"""Reads include/penstock.h: what it declares, as far as ctypes needs to know."""

from __future__ import annotations

import pathlib
import re
from dataclasses import dataclass

PATH = pathlib.Path(__file__).parents[3] / "include" / "penstock.h"


@dataclass
class Function:
    result: str
    arguments: list[str]


class Header:
    def __init__(self) -> None:
        text = PATH.read_text()
        text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
        text = re.sub(r"//[^\n]*", " ", text)
        self.text = text.replace("\\\n", " ")
        #: Without the preprocessor's lines.
        self.code = re.sub(r"^[ \t]*#.*$", "", self.text, flags=re.MULTILINE)

    def functions(self) -> dict[str, Function]:
        found = {}
        pattern = r"PST_API\s+(?:PST_CHECKED\s+)?([\w\s*]+?)(\w+)\s*\(([^;{]*)\)\s*;"
        for result, name, arguments in re.findall(pattern, self.code):
            types = [_type_of(part) for part in arguments.split(",")]
            found[name] = Function(
                _spaced(result), [] if arguments.strip() == "void" else types
            )
        return found

    def structs(self) -> dict[str, list[tuple[str, str]]]:
        """Type and name of each field, in their order."""
        found = {}
        pattern = r"typedef struct (\w+)\s*\{(.*?)\}\s*\1\s*;"
        for name, body in re.findall(pattern, self.code, flags=re.DOTALL):
            found[name] = [
                field for line in body.split(";") for field in _fields(_spaced(line))
            ]
        return found

    def callbacks(self) -> dict[str, Function]:
        pattern = r"typedef\s+([\w\s*]+?)\(\*(\w+)\)\s*\(([^;]*)\)\s*;"
        return {
            name: Function(_spaced(result), [_type_of(p) for p in arguments.split(",")])
            for result, name, arguments in re.findall(pattern, self.code)
        }

    def enums(self) -> dict[str, dict[str, int]]:
        found = {}
        pattern = r"typedef enum (\w+)\s*\{(.*?)\}\s*\1\s*;"
        for name, body in re.findall(pattern, self.code, flags=re.DOTALL):
            found[name] = {
                member: int(value, 0)
                for member, value in re.findall(r"(PST_\w+)\s*=\s*(\w+)", body)
            }
        for name, value in re.findall(r"X\((\w+), (\d+), \"", self.text):
            found["pst_status"]["PST_" + name] = int(value)
        return found

    def constants(self) -> dict[str, int]:
        pattern = r"^#define (PST_\w+) (\w+)\s*$"
        found = {}
        for name, value in re.findall(pattern, self.text, flags=re.MULTILINE):
            if value == "UINT64_MAX":
                found[name] = 2**64 - 1
            elif re.fullmatch(r"0x[0-9a-f]+|\d+", value):
                found[name] = int(value, 0)
        return found

    def defaults(self) -> dict[str, str]:
        """The text of each PST_..._INIT, by the struct's name."""
        pattern = r"#define PST_(\w+)_INIT\s+\{(.*)\}[ \t]*$"
        return {
            f"pst_{name.lower()}": _spaced(values)
            for name, values in re.findall(pattern, self.text, flags=re.MULTILINE)
        }


def _spaced(text: str) -> str:
    return re.sub(r"\s*\*\s*", " *", " ".join(text.split())).strip()


def _type_of(argument: str) -> str:
    """Of a parameter with a name: `const void *in` is `const void *`."""
    text = _spaced(argument)
    return _spaced(re.sub(r"\w+$", "", text)) if text != "void" else text


def _fields(line: str) -> list[tuple[str, str]]:
    pointer = re.fullmatch(r"(.+?)\( ?\*(\w+)\)\s*\(.*\)", line)
    if pointer:
        return [("function", pointer[2])]
    if not line:
        return []
    first, *others = (part.strip() for part in line.split(","))
    name = re.search(r"\w+$", first)
    assert name, line
    kind = _spaced(first[: name.start()])
    return [(kind, name[0])] + [(kind, other) for other in others]
