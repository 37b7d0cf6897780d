"""A service that was stopped on purpose is neither alive nor dead; hours are those of Viet Nam."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.worker.office import CONFIG, Office, make
from worker.service import health
from worker.service.schedule import BEAT
from worker.service.ticking import say_goodbye
from worker.store import restore


@pytest.fixture
def place(tmp_path: Path, either_database: str) -> Office:
    folder = tmp_path / "office"
    folder.mkdir()
    return make(folder)


def beat_of(place: Office) -> None:
    house = place.house()
    house.store.schedule.beat(BEAT, clock=house.clock.now(), host="máy", problem="")


def settings_of(place: Office):
    return place.house().settings


def test_a_clean_stop_is_remembered_and_a_new_start_ends_it(place: Office):
    beat_of(place)
    assert "chạy tốt" in place.command("status").output
    say_goodbye(settings_of(place))
    told = place.command("status").output
    assert "đã dừng theo yêu cầu lúc" in told
    assert "chạy tốt" not in told
    assert "KHÔNG LÀM VIỆC ĐƯỢC" not in told
    looked = health.look(settings_of(place))
    assert not looked.ready
    assert any("đã dừng theo yêu cầu" in one.said for one in health.problems(looked))
    beat_of(place)
    assert "chạy tốt" in place.command("status").output


def test_a_sign_from_the_future_is_not_called_well(place: Office):
    beat_of(place)
    with place.house().store.database.writer.begin() as connection:
        connection.execute(text("UPDATE heartbeat SET at = at + 31536000"))
    told = place.command("status").output
    assert "chạy tốt" not in told
    assert "Nhịp cuối ghi ở tương lai" in told


def test_mails_held_back_are_told_with_the_hour_of_viet_nam(place: Office):
    evening = datetime(2026, 11, 28, 18, 13, tzinfo=UTC)  # already the 29th at the office
    place.house().store.outbox.freeze("khôi phục", by="cli:thu", at=evening)
    assert "từ 01:13 ngày 29/11/2026" in place.command("status").output


def test_what_a_restore_puts_aside_bears_the_hour_of_viet_nam(tmp_path: Path):
    made = make(tmp_path)
    house = made.house()
    copy = tmp_path / "copy.db"
    house.store.upkeep.backup(copy)
    house.store.close()
    at = datetime(2026, 11, 28, 18, 13, tzinfo=UTC)
    url = house.settings.database.connect_url
    done = restore(url, copy, tmp_path, by="cli:thu", at=at, zone=house.clock.zone)
    assert done.aside is not None
    assert done.aside.name.endswith("20261129-011300")


def test_a_configuration_error_names_its_table(tmp_path: Path):
    place = make(tmp_path, CONFIG.replace("[office]", '[office]\ntimezone = "Asia/Saigonn"'))
    assert "[office]: timezone không phải" in place.command("check", "--offline").output


@pytest.mark.parametrize("address", ["tanminh@", "@x.vn", "tanminh@huyen", "a@x..vn", "a@.vn"])
def test_half_an_address_is_an_error(tmp_path: Path, address: str):
    place = make(tmp_path)
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/units.csv").write_text(
        f"code,name,email\n1,Xã Tân Minh,{address}\n", "utf-8"
    )
    told = place.command("check", "--offline").output
    assert "không phải là địa chỉ thư" in told
