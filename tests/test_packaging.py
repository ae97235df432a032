"""What an installation needs: every package is listed, catalogues are equal, the bundle can be copied."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from sim.words.catalogue import catalogue

ROOT = Path(__file__).parents[1]


def test_every_package_is_listed() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = set(settings["options"]["packages"].split())
    folders = {".".join(p.parent.relative_to(ROOT).parts) for p in (ROOT / "sim").rglob("__init__.py")}
    assert folders <= listed
    mapped = {"sim.starter.bundle", "sim.starter.scenarios"}
    assert listed - folders == mapped


def test_catalogues_have_equal_keys_and_placeholders() -> None:
    english, chinese = catalogue("en"), catalogue("zh")
    assert set(english) == set(chinese)

    def names(text: str) -> set[str]:
        return set(re.findall(r"(?<!\{)\{(\w+)", text))

    # one language may need fewer of the values than the other, or its own (name_zh, name_en); none may invent some
    def kinds(text: str) -> set[str]:
        return {name.removesuffix("_zh").removesuffix("_en") for name in names(text)}

    allowed = {"verdict.missed"}
    differing = [key for key in english if kinds(english[key]) != kinds(chinese[key])]
    assert [key for key in differing if key not in allowed] == []


def test_no_key_stands_in_two_files() -> None:
    import tomllib

    from sim.words.catalogue import _flatten

    for lang in ("en", "zh"):
        seen: dict[str, str] = {}
        for path in sorted((ROOT / "sim" / "words" / lang).glob("*.toml")):
            for key in _flatten(tomllib.loads(path.read_text(encoding="utf-8"))):
                assert key not in seen, f"{key} in {seen[key]} and {path.name}"
                seen[key] = path.name


@pytest.mark.parametrize("folder", ["models", "scenarios", "sim", "docs"])
def test_nothing_points_outside_the_project(folder: str) -> None:
    for path in (ROOT / folder).rglob("*"):
        if path.suffix in {".py", ".toml", ".md", ".csv", ".mdl", ".json"}:
            text = path.read_text(encoding="utf-8-sig")
            assert "../shared" not in text, path
            assert "/work/" not in text, path
