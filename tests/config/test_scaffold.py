"""What ``doisoat init`` lays out, and that the example speaks of every setting."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from config import scaffold
from config.office_tables import load as load_tables
from config.sections import SECTIONS, Declared
from config.settings import load
from config.sources import KINDS, FileSource


def _uncommented() -> str:
    """The example with every setting switched on that stands in it as a comment."""
    text = scaffold.EXAMPLE.read_text("utf-8")
    return re.sub(r"(?m)^#(?=\w+ = |\[)", "", text)


def test_the_first_folder_is_ready_to_be_checked(tmp_path: Path) -> None:
    written = {path.relative_to(tmp_path).as_posix() for path in scaffold.write(tmp_path)}
    assert {"doisoat.toml", "tables/units.csv", "tables/statuses.csv", "secrets"} <= written
    settings = load(tmp_path / "doisoat.toml", {})
    tables = load_tables(settings)
    assert tables.units.resolve("Xã Tân Hà") is None  # the example of Hàm Tân is not in use
    for source in settings.sources:
        assert isinstance(source, FileSource)
        assert (tmp_path / source.path).parent.is_dir()


def test_nothing_that_exists_is_touched(tmp_path: Path) -> None:
    (tmp_path / "doisoat.toml").write_text("của tôi", "utf-8")
    written = scaffold.write(tmp_path)
    assert tmp_path / "doisoat.toml" not in written
    assert (tmp_path / "doisoat.toml").read_text("utf-8") == "của tôi"
    assert scaffold.write(tmp_path) == []


def test_every_setting_stands_in_the_example_with_its_default() -> None:
    data = tomllib.loads(_uncommented())
    for name, model in SECTIONS.items():
        shown = [key for key in model.model_fields if key not in model.SECRETS]
        missing = [key for key in shown if key not in data[name]]
        assert not missing, (name, missing)
    for kind, model in KINDS.items():
        keys = {
            key for source in data["sources"] if source["kind"] == kind for key in source
        } | _explained_for_all(data)
        missing = [key for key in model.model_fields if key not in {*keys, *model.SECRETS}]
        assert not missing, (kind, missing)
    declared = next(one["complete_to"] for one in data["sources"] if "complete_to" in one)
    assert set(declared) == set(Declared.model_fields)


def _explained_for_all(data: dict[str, list[dict[str, object]]]) -> set[str]:
    """Keys that are shown once, for one kind, and mean the same for its family."""
    sources = data["sources"]
    family = ("export", "igate", "register")
    return {key for source in sources if source["kind"] in family for key in source}


def test_the_example_with_everything_switched_on_is_valid(tmp_path: Path) -> None:
    text = re.sub(r'(?m)^query = ""$|^escalation_to = \[\]$', "", _uncommented())
    for name in re.findall(r'_file = "(secrets/[\w-]+)"', text):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("bí mật")
    (tmp_path / "doisoat.toml").write_text(text, "utf-8")
    settings = load(tmp_path / "doisoat.toml", {})
    assert {source.kind for source in settings.sources} == set(KINDS)


def test_a_commented_value_is_the_default(tmp_path: Path) -> None:
    text = scaffold.EXAMPLE.read_text("utf-8")
    (tmp_path / "doisoat.toml").write_text(text, "utf-8")
    plain = load(tmp_path / "doisoat.toml", {})
    for name in ("schedule", "policy", "retention", "intake"):
        lines = text[text.index(f"[{name}]") :].split("\n[")[0]
        on = text.replace(lines, re.sub(r"(?m)^#(?=\w+ = )", "", lines))
        (tmp_path / "doisoat.toml").write_text(on, "utf-8")
        assert getattr(load(tmp_path / "doisoat.toml", {}), name) == getattr(plain, name)
