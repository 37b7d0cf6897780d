"""``docker-compose.yml`` and ``Dockerfile`` say what the code knows.

The files are read by a parser of the Compose specification; nothing is built or started here.
"""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
from compose_spec import PyOptions

import config.settings
from config.fields import environment_name
from config.sections import SECTIONS, Service
from worker.cli import doisoat
from worker.probe import DEFAULT_PORT

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
OURS = ("upgrade", "worker", "beat")
DEMO = {"mail", "simulators"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file as the specification understands it, with its anchors merged."""
    parsed = PyOptions(apply_merge=True).from_yaml(TEXT)
    parsed.validate()
    whole: dict[str, Any] = json.loads(parsed.to_json())
    return whole


def listed(value: Any) -> list[str]:
    """Names, from the short or the long way of writing them."""
    if isinstance(value, dict):
        return sorted(value)
    return sorted(one if isinstance(one, str) else one["source"] for one in value or ())


def environment(service: dict[str, Any]) -> dict[str, str]:
    given = service.get("environment") or {}
    if isinstance(given, list):
        given = dict(one.split("=", 1) for one in given)
    return {name: str(value) for name, value in given.items()}


def test_the_full_set_and_the_demo(compose: dict[str, Any]):
    services = compose["services"]
    assert set(services) == {"database", "broker", *OURS, *DEMO}
    assert {name for name, one in services.items() if one.get("profiles")} == DEMO


def test_every_variable_is_a_setting(compose: dict[str, Any]):
    known = {
        environment_name(section, key)
        for section, model in SECTIONS.items()
        for key in model.model_fields
    }
    for name in OURS:
        given = {one for one in environment(compose["services"][name]) if "DOISOAT" in one}
        assert given
        assert given <= known
    assert set(re.findall(r"DOISOAT_\w+__\w+", DOCKERFILE)) <= known


def test_the_configuration_loads_with_these_variables(compose: dict[str, Any], tmp_path: Path):
    (tmp_path / "doisoat.toml").write_text(
        '[office]\nname = "A"\n[[sources]]\nname = "motcua"\nrole = "one_stop"\n'
        'kind = "export"\npath = "inbox/*"\n',
        "utf-8",
    )
    given = environment(compose["services"]["worker"])
    for name in ("database", "broker"):
        secret = tmp_path / name
        secret.write_text("bi-mat-cua-thu\n")
        given[f"DOISOAT_{name.upper()}__PASSWORD_FILE"] = str(secret)
    settings = config.settings.load(tmp_path / "doisoat.toml", given)
    services = compose["services"]
    assert "@database/" in settings.database.url
    assert "@" in settings.database.connect_url
    assert "bi-mat-cua-thu" in settings.broker.connect_url
    assert settings.broker.url.split("//")[1].split(":")[0] in services
    assert str(settings.office.data_dir) == "/var/lib/doisoat"


def test_every_command_is_one_of_ours(compose: dict[str, Any]):
    for name in OURS:
        words = list(compose["services"][name]["command"])
        with click.Context(doisoat) as context:
            group: click.Command = doisoat
            while isinstance(group, click.Group):
                found = group.get_command(context, words.pop(0))
                assert found is not None, name
                group = found
            group.make_context(name, words)  # raises for an option or a choice that is unknown
    assert importlib.util.find_spec("worker.probe")
    simulators = compose["services"]["simulators"]["command"]
    assert simulators[:2] == ["-m", "tests.simulators.serving"]
    assert importlib.util.find_spec(simulators[1])


def test_ports_are_those_of_the_code_and_on_loopback_only(compose: dict[str, Any]):
    assert Service().health_port == DEFAULT_PORT
    assert f"EXPOSE {DEFAULT_PORT}" in DOCKERFILE
    published = {}
    for name, one in compose["services"].items():
        for port in one.get("ports") or ():
            host, outer, inner = str(port).split(":")
            assert host == "127.0.0.1"
            published[name] = (outer, inner)
    assert published == {
        "beat": (str(DEFAULT_PORT), str(DEFAULT_PORT)),
        "mail": ("8025", "8025"),
    }


def test_nobody_is_root_everything_is_limited_and_watched(compose: dict[str, Any]):
    for name, one in compose["services"].items():
        if name != "database":  # its entry point gives its rights up by itself
            assert one["user"] not in ("", "0", "root"), name
            assert one["read_only"], name
            assert one["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in one["security_opt"], name
        limits = one["deploy"]["resources"]["limits"]
        assert {"cpus", "memory", "pids"} <= set(limits), name
        assert one.get("healthcheck"), name
    last_user = re.findall(r"^USER (\S+)", DOCKERFILE, re.M)
    assert last_user == ["10001"]
    assert "HEALTHCHECK" in DOCKERFILE


def test_no_secret_stands_in_the_file(compose: dict[str, Any]):
    assert not re.search(r"://[^/\s:@]+:[^@\s]+@", TEXT)
    for name, one in compose["services"].items():
        for variable in environment(one):
            assert not variable.endswith(("PASSWORD", "TOKEN", "SECRET")), f"{name}: {variable}"
        for secret in listed(one.get("secrets")):
            assert secret in compose["secrets"]
    assert all(set(secret) == {"file"} for secret in compose["secrets"].values())


def test_who_waits_for_whom_and_what_is_kept(compose: dict[str, Any]):
    services = compose["services"]
    for name in ("worker", "beat"):
        waits = services[name]["depends_on"]
        assert waits["database"]["condition"] == "service_healthy"
        assert waits["broker"]["condition"] == "service_healthy"
        assert waits["upgrade"]["condition"] == "service_completed_successfully"
    assert set(compose["volumes"]) == {"data", "database", "broker"}
    assert compose["networks"]["inside"]["internal"] is True
    assert "ports" not in services["database"]
    assert "ports" not in services["broker"]


def test_the_image_gets_what_it_copies():
    ignored = (ROOT / ".dockerignore").read_text("utf-8")
    for line in re.findall(r"^COPY (?:--chown=\S+ )?(?!--from)(.+)$", DOCKERFILE, re.M):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in ignored, source
