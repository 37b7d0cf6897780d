"""Which mails there are, to whom and when; and what a digest counts."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from reconcile.claims import Procedure, Role
from reconcile.findings import Kind
from reconcile.lifecycle import State
from reconcile.workdays import Calendar
from tests.worker.alerts_sample import (
    HALF_PAST_SEVEN,
    HEAD,
    IT,
    MONDAY,
    PORTAL_DOWN,
    SOURCES,
    TAN_MINH,
    ZONE,
    chair,
    held,
    office,
    situation,
    told,
    twelve,
    unit,
)
from worker.alerts.digest import (
    DIGEST,
    ESCALATION,
    FULL_RUN_DIFFERS,
    SOURCES_DOWN,
    compose,
    is_mail_day,
)
from worker.alerts.letters import Templates, key_of

OFFICE = office()
TUESDAY = HALF_PAST_SEVEN + timedelta(days=1)


def on(moment: datetime, *known: object, **more: object):
    """The same office at another moment."""
    return situation(*known, now=moment, read_at=moment, as_of=moment.date(), **more)


def heads(messages: list) -> list:
    return [one for one in messages if one.kind == DIGEST]


def test_the_subject_is_the_agreed_one():
    known = twelve()
    [message] = compose(situation(*known, told=told(*known[3:]), last={HEAD: date(2026, 11, 16)}),
                        OFFICE)  # fmt: skip
    assert Templates().body(message).subject == (
        "[Đối soát hồ sơ] UBND xã Tân Minh: 12 hồ sơ cần xử lý, 03 mới, 02 quá hạn "
        "(đến 07h30 ngày 23/11/2026)"
    )


def test_the_opening_is_the_agreed_one():
    known = twelve()
    [message] = compose(situation(*known, told=told(*known[3:]), last={HEAD: date(2026, 11, 16)}),
                        OFFICE)  # fmt: skip
    text = Templates().body(message).text
    assert text.startswith(
        "Kính gửi: Chủ tịch Ủy ban nhân dân xã Tân Minh.\n\n"
        "Qua đối chiếu sổ với phần mềm một cửa và Cổng Dịch vụ công quốc gia (số liệu đến 07 giờ "
        "30 phút ngày 23/11/2026), đơn vị có 12 hồ sơ khai sinh, khai tử cần xử lý, trong đó: 07 "
        "hồ sơ đã trả kết quả nhưng phần mềm chưa kết thúc; 02 hồ sơ đang giải quyết quá hạn, "
        "chưa có căn cứ đã xong; 03 hồ sơ cần kiểm tra lại.\n\n"
        "Đề nghị Chủ tịch UBND xã chỉ đạo bộ phận liên quan rà soát, xử lý trước ngày "
        "25/11/2026. Danh sách dưới đây chỉ ghi mã hồ sơ và chữ cái đầu của họ tên.\n"
    )
    assert (
        "Thư gửi tự động để phục vụ rà soát, không thay văn bản hành chính. Thư sau chỉ gửi khi có "
        "thay đổi, sớm nhất ngày 24/11/2026."
    ) in text


def test_names_and_ids_stay_at_home():
    known = twelve()
    for message in compose(situation(*known), OFFICE, asked_for=True):
        body = Templates().body(message)
        for part in (body.subject, body.text, body.html):
            assert "Nguyễn Văn Ảo" not in part
            assert "Mẫu" not in part
        assert "N.V.Ả." in body.text or "N.V.A." in body.text
        assert "000.15" not in body.subject


def test_new_and_overdue_come_first_then_what_is_still_open():
    known = twelve()
    [message] = compose(situation(*known, told=told(*known[3:]), last={HEAD: date(2026, 11, 16)}),
                        OFFICE)  # fmt: skip
    first, rest = message.says.sections
    assert [entry.marks[0] for entry in first.entries] == [
        "quá hạn 12 ngày", "quá hạn 4 ngày", "mới", "mới", "mới",
    ]  # fmt: skip
    assert [entry.number for section in (first, rest) for entry in section.entries] == [
        *range(1, 13)
    ]
    assert not any("mới" in entry.marks for entry in rest.entries)


def test_the_backlog_of_a_first_run_is_one_line():
    known = [held(number, backlog=True) for number in range(1, 801)]
    [message] = compose(situation(*known), OFFICE)
    body = Templates().body(message)
    assert message.says.backlog == 800
    assert not message.says.listed
    assert "Tồn từ trước khi bắt đầu đối soát: 800 hồ sơ" in body.text
    assert "UBND xã Tân Minh: 800 hồ sơ cần xử lý (đến" in body.subject
    assert len(body.text.splitlines()) < 15


def test_the_overdue_of_a_backlog_are_listed():
    known = (held(1, backlog=True), held(2, Kind.TRULY_OVERDUE, backlog=True))
    [message] = compose(situation(*known), OFFICE)
    assert message.says.backlog == 1
    [section] = message.says.sections
    assert [entry.code for entry in section.entries] == ["000.15.H11-261102-0002"]


def test_a_storm_is_one_digest_with_a_list_that_can_be_read():
    known = [held(number) for number in range(1, 2001)]
    [message] = compose(situation(*known), OFFICE)
    [section] = message.says.sections
    assert (len(section.entries), section.more, message.says.total) == (30, 1970, 2000)


def test_one_dossier_with_several_findings_counts_once():
    late = held(1, Kind.RETURNED_LATE)
    [message] = compose(situation(held(1), late), OFFICE)
    assert (message.says.total, message.says.stuck, message.says.check) == (1, 1, 0)
    [group] = message.says.sections[0].groups
    assert group.what == "Đã trả kết quả, phần mềm chưa kết thúc"
    assert group.remedy.startswith("kết thúc trên phần mềm một cửa")
    assert [entry.also for entry in group.entries] == ["giải quyết xong quá hạn"]
    assert len(group.entries) == 1


def test_nothing_changed_is_no_mail():
    known = twelve()
    same = situation(*known, told=told(*known), last={HEAD: date(2026, 11, 20)})
    assert compose(same, OFFICE) == []
    assert compose(same, OFFICE, asked_for=True) == []


@pytest.mark.parametrize("days", range(1, 7))
def test_what_is_new_waits_for_monday(days: int):
    moment = HALF_PAST_SEVEN + timedelta(days=days)
    assert compose(on(moment, held(1)), OFFICE) == []
    assert len(compose(on(moment, held(1)), OFFICE, asked_for=True)) == 1


def test_before_the_hour_nothing_goes():
    early = HALF_PAST_SEVEN - timedelta(minutes=1)
    assert compose(on(early, held(1)), OFFICE) == []
    assert len(compose(on(early, held(1)), office(at=time(6, 0)))) == 1


def test_what_becomes_overdue_goes_on_its_day():
    old, overdue = held(1), held(2, Kind.TRULY_OVERDUE)
    at = on(TUESDAY, old, overdue, told=told(old), last={HEAD: MONDAY})
    [message] = compose(at, OFFICE)
    assert message.says.overdue == 1
    assert compose(at, office(on_overdue=False)) == []
    saturday = on(HALF_PAST_SEVEN + timedelta(days=5), old, overdue, told=told(old))
    assert compose(saturday, OFFICE) == []


def test_at_most_one_digest_a_day():
    at = situation(held(1), taken=frozenset({HEAD}))
    assert compose(at, OFFICE) == []
    assert compose(at, OFFICE, asked_for=True) == []


def test_a_monday_that_is_off_passes_the_mail_on():
    off = Calendar(off=frozenset({MONDAY}))
    mail = OFFICE.mail
    assert not is_mail_day(MONDAY, mail, off)
    assert is_mail_day(MONDAY + timedelta(days=1), mail, off)
    assert not is_mail_day(MONDAY + timedelta(days=2), mail, off)


def test_the_first_mail_can_wait_for_some_days():
    at = situation(held(1, opened_on=date(2026, 11, 21)))
    assert compose(at, office(first_after_days=3)) == []
    assert len(compose(at, office(first_after_days=2))) == 1


def test_nobody_is_reminded_before_the_time():
    known = held(1)
    before = on(HALF_PAST_SEVEN, known, told=told(known), last={HEAD: date(2026, 11, 17)})
    assert compose(before, OFFICE) == []
    week = on(HALF_PAST_SEVEN, known, told=told(known), last={HEAD: date(2026, 11, 16)})
    [message] = compose(week, OFFICE)
    assert message.says.reminds_of == date(2026, 11, 16)
    assert compose(week, office(remind_every_days=14)) == []


@pytest.mark.parametrize("state", [State.ACKNOWLEDGED, State.WAIVED])
def test_who_took_the_work_on_is_not_reminded(state: State):
    known = held(1, state=state)
    at = situation(known, told=told(known), last={HEAD: date(2026, 10, 5)})
    assert compose(at, OFFICE) == []


def test_silence_is_a_number_and_no_list():
    known = (held(1), held(2, state=State.WAIVED))
    [message] = compose(situation(*known), OFFICE)
    assert (message.says.total, message.says.waived) == (1, 1)
    assert "Đang tạm gác" in Templates().body(message).text


def test_what_slipped_back_is_told_again():
    once, again = held(1), held(1, round_=2)
    at = situation(again, told=told(once), last={HEAD: date(2026, 11, 16)})
    [message] = compose(at, OFFICE)
    assert message.says.sections[0].entries[0].marks[0] == "phát sinh lại"


def test_what_was_settled_is_told_once():
    known = held(1)
    at = situation(
        told=told(known), last={HEAD: MONDAY}, resolved=frozenset({known.discrepancy.id})
    )
    [message] = compose(at, OFFICE)
    body = Templates().body(message)
    assert message.over == {known.discrepancy.id}
    assert body.subject.endswith("không có hồ sơ cần xử lý (đến 07h30 ngày 23/11/2026)")
    assert (
        "Không có hồ sơ cần xử lý. Đã đối chiếu 1.204 hồ sơ với 1.187 dòng sổ; các nguồn đã đọc đủ "
        "đến 07 giờ 30 phút ngày 23/11/2026."
    ) in body.text


def test_nothing_to_do_is_said_only_where_all_was_read():
    known = held(1)
    at = situation(
        told=told(known),
        last={HEAD: MONDAY},
        resolved=frozenset({known.discrepancy.id}),
        sources=(SOURCES[0], PORTAL_DOWN, SOURCES[2]),
    )
    [message] = heads(compose(at, OFFICE))
    assert (
        "Chưa thể kết luận: còn thiếu dữ liệu của Cổng Dịch vụ công quốc gia từ 08 giờ 10 phút "
        "ngày 22/11/2026; với dữ liệu đã đọc chưa thấy hồ sơ cần xử lý."
    ) in Templates().body(message).text


# Sources


def test_a_silent_source_is_one_mail_to_it_and_none_to_heads():
    known = [held(number) for number in range(1, 10_001)]
    at = situation(
        *known,
        told=told(*known),
        last={HEAD: date(2026, 11, 16)},
        sources=(SOURCES[0], PORTAL_DOWN, SOURCES[2]),
    )
    [message] = compose(at, OFFICE)
    assert (message.kind, message.recipient) == (SOURCES_DOWN, IT)
    assert message.told == {"source:cong:2026-11-22": 1}


def test_it_is_told_of_a_silence_once_and_of_the_next_one_again():
    sources = (SOURCES[0], PORTAL_DOWN, SOURCES[2])
    known = {IT: {PORTAL_DOWN.silence: 1}}
    assert compose(situation(told=known, sources=sources), OFFICE) == []
    later = replace(PORTAL_DOWN, unread_since=date(2026, 11, 23))
    assert len(compose(situation(told=known, sources=(later,)), OFFICE)) == 1


def test_it_is_told_at_any_hour():
    night = datetime(2026, 11, 22, 2, 0, tzinfo=ZONE)
    assert len(compose(on(night, sources=(PORTAL_DOWN,)), OFFICE)) == 1


def test_it_is_told_once_that_a_full_run_differs():
    night = datetime(2026, 11, 22, 1, 0, tzinfo=ZONE)
    [message] = compose(on(night, differs_at=night), OFFICE)
    assert (message.kind, message.recipient) == (FULL_RUN_DIFFERS, IT)
    next_night = night + timedelta(days=1)
    assert compose(on(next_night, differs_at=next_night, told={IT: message.told}), OFFICE) == []


def test_a_digest_says_what_was_not_read():
    at = situation(held(1), sources=(SOURCES[0], PORTAL_DOWN, SOURCES[2]))
    [message] = heads(compose(at, OFFICE))
    assert (
        "Chưa đọc được Cổng Dịch vụ công quốc gia từ 08 giờ 10 phút ngày 22/11/2026. Từ thời điểm "
        "đó chưa kết luận hồ sơ thiếu, đã khớp hay quá hạn theo nguồn này. Bộ phận công nghệ thông "
        "tin đã được báo; đơn vị chưa phải làm gì."
    ) in Templates().body(message).text


def test_where_the_hour_is_not_known_the_day_is_said():
    before = replace(PORTAL_DOWN, unread_at=None)  # as silences are that began before an upgrade
    [message] = heads(compose(situation(held(1), sources=(SOURCES[0], before)), OFFICE))
    assert "từ ngày 22/11/2026. Từ thời điểm đó" in Templates().body(message).text


# Whose fault


def test_what_the_software_or_an_agency_holds_is_not_asked_of_the_head():
    theirs = (
        held(1, Kind.LOCAL_DONE_PORTAL_PENDING, open_in=()),
        held(2, Kind.RETURNED_LATE, waits_for="cư trú (Công an)", procedure=Procedure.BIRTH_LINKED),
    )
    assert compose(situation(*theirs), OFFICE) == []
    [message] = compose(situation(held(3), *theirs), OFFICE)
    assert message.says.total == 1
    assert [(one.count, one.who) for one in message.says.elsewhere] == [
        (1, "do phần mềm, bộ phận công nghệ thông tin xử lý"),
        (1, "chờ cư trú (Công an)"),
    ]


# Heads


def test_a_unit_without_a_successor_is_nobodys():
    gone = unit("90299", "Xã Cũ", chair("cu@xa.example"), valid_to=date(2025, 6, 30))
    assert compose(situation(held(1, unit="90299", received_on=date(2024, 1, 5))),
                   office(gone)) == []  # fmt: skip


def test_the_successor_answers_for_the_old_unit_by_its_old_name():
    old = unit("90299", "Xã Cũ", chair("cu@xa.example"), valid_to=date(2025, 6, 30), successor="1")
    new = unit("1", "Xã Mới", chair("moi@xa.example"), valid_from=date(2025, 7, 1))
    at = situation(held(1, unit="90299", received_on=date(2024, 1, 5)))
    [message] = compose(at, office(old, new))
    assert message.recipient == "moi@xa.example"
    assert message.says.unit == "UBND xã Mới"
    assert message.says.sections[0].entries[0].unit == "Xã Cũ"


def test_only_who_is_in_office_gets_it():
    before = chair("cu@xa.example", valid_to=date(2026, 6, 30))
    now = chair("nay@xa.example", valid_from=date(2026, 7, 1))
    messages = compose(situation(held(1)), office(unit(TAN_MINH, "Xã Tân Minh", before, now)))
    assert [one.recipient for one in messages] == ["nay@xa.example"]


def test_a_new_head_gets_what_is_open_and_none_of_it_as_new():
    known = held(1)
    at = situation(known, told=told(known, to="cu@xa.example"))
    [message] = compose(at, OFFICE)
    assert message.says.new == 0
    assert [section.title for section in message.says.sections] == ["Còn tồn từ trước"]


def test_one_mailbox_of_two_units_gets_one_digest():
    units = (
        unit(TAN_MINH, "Xã Tân Minh", chair("chung@x.example")),
        unit("90202", "Xã Tân Hà", chair("chung@x.example")),
    )
    [message] = compose(situation(held(1), held(2, unit="90202")), office(*units))
    assert message.says.unit == "UBND xã Tân Minh và UBND xã Tân Hà"
    assert [entry.unit for entry in message.says.sections[0].entries] == [
        "Xã Tân Minh", "Xã Tân Hà",
    ]  # fmt: skip


def test_500_discrepancies_in_40_units_are_40_mails():
    units = [unit(f"9{n:04}", f"Xã Số {n}", chair(f"xa{n}@x.example")) for n in range(40)]
    known = [held(number, unit=f"9{number % 40:04}") for number in range(500)]
    messages = compose(situation(*known), office(*units))
    assert len(messages) == 40
    assert len({key_of(one) for one in messages}) == 40
    assert sum(one.says.total for one in messages) == 500


def test_without_a_mail_server_a_unit_without_an_address_gets_its_letter_on_paper():
    bare = replace(office(unit(TAN_MINH, "Xã Tân Minh")), mail=OFFICE.mail)
    assert compose(situation(held(1)), bare) == []
    on_paper = replace(bare, mail=OFFICE.mail.model_copy(update={"host": "", "it": ()}))
    [message] = compose(situation(held(1)), on_paper)
    assert message.recipient == f"unit:{TAN_MINH}"


# Escalation


def test_escalation_is_off_by_default_and_goes_to_the_secretariat_when_switched_on():
    known = held(1, opened_on=date(2026, 11, 2))
    at = situation(known, told=told(known), last={HEAD: date(2026, 11, 20)})
    assert compose(at, OFFICE) == []
    on_ = office(escalation=True, escalation_to=("vanphong@huyen.example",))
    [message] = compose(at, on_)
    assert (message.kind, message.recipient) == (ESCALATION, "vanphong@huyen.example")
    assert [line.total for line in message.says.lines] == [1]
    again = replace(at, last={**at.last, f"{ESCALATION}:{message.recipient}": date(2026, 11, 20)})
    assert compose(again, on_) == []


def test_what_was_not_judged_is_never_nought():
    known = (held(1), held(2))
    unknown = situation(*known, undetermined={"Xã Tân Minh": 43})
    [message] = compose(unknown, OFFICE)
    body = Templates().body(message)
    assert (message.says.overdue, message.says.undetermined) == (None, 43)
    assert body.subject.startswith(
        "[Đối soát hồ sơ] UBND xã Tân Minh: 02 hồ sơ cần xử lý, 02 mới, 43 quá hạn chưa kết luận"
    )
    assert "hồ sơ quá hạn thật chưa xét được" in body.text
    assert "43 hồ sơ đang giải quyết quá hạn, chưa kết luận được" in body.text
    judged = situation(*known, undetermined={})
    [message] = compose(judged, OFFICE)
    body = Templates().body(message)
    assert message.says.overdue == 0
    assert "; không có hồ sơ đang giải quyết quá hạn" in body.text
    assert "quá hạn" not in body.subject
    for text in (body.subject, body.text, body.html):
        assert "00 hồ sơ" not in text
        assert ">00<" not in text


def test_a_unit_of_which_no_register_was_judged_is_never_0_overdue():
    [message] = compose(
        situation(held(1), undetermined={}, unjudged=frozenset({"Xã Tân Minh"})), OFFICE
    )
    assert message.says.overdue is None
    assert "không có hồ sơ đang giải quyết quá hạn" not in Templates().body(message).text


def test_a_unit_that_has_only_undecided_overdue_dossiers_is_told_once():
    waiting = situation(undetermined={"Xã Tân Minh": 3})
    [message] = compose(waiting, OFFICE)
    assert message.recipient == HEAD
    assert (message.says.total, message.says.undetermined) == (0, 3)
    assert "03 hồ sơ quá hạn chưa kết luận" in Templates().body(message).subject
    assert message.shown == frozenset()
    assert compose(replace(waiting, told={HEAD: dict(message.told)}), OFFICE) == []
    assert compose(situation(undetermined={"Xã Tân Minh": 0}), OFFICE) == []


def test_a_silent_source_leaves_the_overdue_open():
    silent = situation(held(1), sources=(SOURCES[0], PORTAL_DOWN, SOURCES[2]), undetermined={})
    [message] = [one for one in compose(silent, OFFICE) if one.kind == DIGEST]
    assert message.says.overdue is None


def test_the_deadline_grows_with_the_backlog():
    few = compose(situation(*(held(n) for n in range(1, 13))), OFFICE)[0].says
    many = compose(situation(*(held(n) for n in range(1, 136))), OFFICE)[0].says
    assert few.answer_by == date(2026, 11, 25)  # two working days, at least
    assert many.answer_by == date(2026, 12, 11)  # 135 dossiers, ten a working day
    slow = office(dossiers_per_day=5)
    assert compose(situation(*(held(n) for n in range(1, 13))), slow)[0].says.answer_by == date(
        2026, 11, 26
    )


def test_who_holds_the_list_is_named():
    known = [held(number, backlog=True) for number in range(1, 59)]
    said = office(contact="Bộ phận Một cửa, điện thoại 0252 0000 000")
    [message] = compose(situation(*known), said)
    body = Templates().body(message)
    assert "hỏi ở Bộ phận Một cửa, điện thoại 0252 0000 000" in body.text
    assert "hỏi ở Bộ phận Một cửa, điện thoại 0252 0000 000" in body.html


def test_the_numbers_are_those_of_the_report_with_their_parts():
    known = (
        held(1),
        held(2, Kind.LOCAL_DONE_PORTAL_PENDING, open_in=(Role.PORTAL,)),
        held(3, Kind.RETURNED_LATE),
        held(4, state=State.SUSPECTED),
    )
    [message] = compose(situation(*known, undetermined={}), OFFICE)
    text = Templates().body(message).text
    assert (
        "Báo cáo đối soát ghi 4 hồ sơ chưa khớp: 2 do đơn vị xử lý, 1 do Cổng, bộ phận công nghệ "
        "thông tin xử lý, 1 chờ đồng bộ. Danh sách đề nghị kết thúc có 2 hồ sơ: 1 kết thúc · 1 chỉ "
        "vướng ở Cổng, bộ phận CNTT. 01 hồ sơ đã giải quyết xong quá hạn"
    ) in text
