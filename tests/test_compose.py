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
from config import containers
from config.fields import environment_name
from config.sections import SECTIONS, Console, Service
from worker.cli import doisoat
from worker.probe import DEFAULT_PORT

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
OURS = ("upgrade", "worker", "beat", "console")
DEMO = {"mail", "simulators"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file as the specification understands it, with its anchors merged."""
    plain = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", TEXT)  # as without an .env
    parsed = PyOptions(apply_merge=True).from_yaml(plain)
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
    assert set(services) == {"database", "broker", "init", *OURS, *DEMO}
    assert {name for name, one in services.items() if one.get("profiles")} == {"init", *DEMO}


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
    for name in (*OURS, "init"):
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
    assert f"EXPOSE {Console().port} {DEFAULT_PORT}" in DOCKERFILE
    published = {}
    for name, one in compose["services"].items():
        for port in one.get("ports") or ():
            host, outer, inner = str(port).split(":")
            assert host == "127.0.0.1"
            published[name] = (outer, inner)
    assert published == {
        "beat": (str(DEFAULT_PORT), str(DEFAULT_PORT)),
        "console": (str(Console().port), str(Console().port)),
        "mail": ("8025", "8025"),
    }


def test_nobody_is_root_everything_is_limited_and_watched(compose: dict[str, Any]):
    for name, one in compose["services"].items():
        if name == "init":  # it gives files away, once, and reaches nobody
            assert one["network_mode"] == "none"
            assert set(one["cap_add"]) == {"CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"}
            assert one["cap_drop"] == ["ALL"]
            assert "restart" not in one
            assert one["read_only"]
        elif name != "database":  # its entry point gives its rights up by itself
            assert one["user"].partition(":")[0] not in ("", "0", "root"), name
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
    for name in ("worker", "beat", "console"):
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
            name = source.replace("[e]", "e")  # may be missing: only where there is no network
            assert name != source or (ROOT / name).exists(), name
            assert f"!{name}" in ignored, name


def test_the_numbers_of_the_users_are_the_same_everywhere(compose: dict[str, Any]):
    """Who owns a file that `init` makes is who reads it in its container."""
    services, service = compose["services"], str(containers.SERVICE)
    for name in OURS:
        assert services[name]["user"] == f"{service}:{service}"
    assert f"--gid {service} doisoat" in DOCKERFILE
    assert f"--uid {service} --gid {service} " in DOCKERFILE
    assert services["broker"]["user"] == f"{containers.SERVERS}:{containers.SERVERS}"
    assert set(containers.SECRETS) == set(compose["secrets"])


def test_what_the_containers_mount_is_made_by_one_command(compose: dict[str, Any], tmp_path: Path):
    """Folders, secrets for who needs them and no other, .env; what is there stays as it is."""
    given: dict[Path, tuple[int, int, int]] = {}
    made = containers.write(tmp_path, give=lambda one: given.update({one.path: one.wanted}))
    person = tmp_path.stat().st_uid
    for name in OURS:
        for volume in compose["services"][name]["volumes"]:
            source = str(volume).partition(":")[0]
            assert source == "data" or (tmp_path / source).is_dir(), source
    for name, secret in compose["secrets"].items():
        file = tmp_path / secret["file"]
        assert len(file.read_text().strip()) == 48
        assert file.stat().st_mode & 0o777 == 0o600  # until it is given away
        assert given[file] == (containers.SERVICE, containers.SERVERS, 0o440), name
    assert given[tmp_path / "secrets"][0::2] == (person, 0o700)
    assert given[tmp_path / "office"] == (person, containers.SERVICE, 0o2750)
    assert given[tmp_path / "office/doisoat.toml"] == (person, containers.SERVICE, 0o640)
    assert given[tmp_path / "office" / containers.WATCHED] == (person, containers.SERVICE, 0o2770)
    assert tmp_path / ".env" in made
    secrets = [(tmp_path / "secrets" / name).read_text() for name in containers.SECRETS]
    assert not any(secret.strip() in (tmp_path / ".env").read_text() for secret in secrets)

    (tmp_path / "office" / containers.WATCHED / "done").mkdir()
    (tmp_path / "office" / containers.WATCHED / "done" / "so.xlsx").touch()
    given.clear()
    assert containers.write(tmp_path, give=lambda one: given.update({one.path: one.wanted})) == []
    assert secrets == [(tmp_path / "secrets" / name).read_text() for name in containers.SECRETS]
    assert not [path for path in given if path.name in ("done", "so.xlsx")]  # the service's own


def test_the_server_is_asked_over_tcp_whether_it_is_ready(compose: dict[str, Any]):
    """While a first cluster is made, a server answers on the socket alone: nobody may begin."""
    asked = compose["services"]["database"]["healthcheck"]["test"]
    assert asked[asked.index("-h") + 1] == "127.0.0.1"
