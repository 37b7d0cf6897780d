"""Answers as other software really writes them: wide types, marks, dead tokens, circles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.connector import Memory
from connectors.errors import SourceGarbled, SourceUnavailable
from connectors.network import answers
from connectors.network.sessions import Session
from connectors.network.transport import _retry_after, get
from reconcile.claims import Channel
from tests.connectors.contract import TODAY
from tests.connectors.sites import IgateSite, OpencpsSite
from tests.simulators import igate, opencps
from tests.simulators.web import Fault, Reply

EVERYTHING = Memory(today=TODAY, sweep=True)


def polled(site: Any, served: Any, **more: Any) -> Any:
    (snapshot,) = site.connector(served, **more).fetch(EVERYTHING)
    return snapshot


def opencps_with(change: Any, size: int = 3) -> Any:
    site = OpencpsSite()
    with site.serve(site.world(size)) as served:
        served.rows = [row | change for row in served.rows]
        return polled(site, served)


@pytest.mark.parametrize(
    ("said", "channel"),
    [("false", Channel.UNKNOWN), ("true", Channel.ONLINE), (True, Channel.ONLINE),
     (1, Channel.ONLINE),
     ("1", Channel.ONLINE), (0, Channel.UNKNOWN), ("", Channel.UNKNOWN), (None, Channel.UNKNOWN),
     ({"x": 1}, Channel.UNKNOWN)],
)  # fmt: skip
def test_a_flag_in_any_type_is_read(said: Any, channel: Channel):
    assert {one.channel for one in opencps_with({"online": said}).claims} == {channel}


@pytest.mark.parametrize("said", [1001193, 1.5, ["x"], {"a": 1}, True])
@pytest.mark.parametrize("field", ["serviceCode", "applicantName", "applicantIdNo", "dossierName",
                                   "govAgencyName", "dueDate"])  # fmt: skip
def test_one_odd_value_is_one_rejection_at_most(field: str, said: Any):
    snapshot = opencps_with({field: said})
    assert len(snapshot.claims) == 3
    assert len(snapshot.rejected) in (0, 3)
    if isinstance(said, list | dict):
        assert len(snapshot.rejected) == 3


def test_a_total_in_text_is_one():
    site = OpencpsSite()
    with site.serve(site.world(7)) as served:
        served.faults.append(Fault(body(lambda said: said | {"total": f"{said['total']}"}),
                                   opencps.LIST_PATH))  # fmt: skip
        assert len(polled(site, served).claims) == 7


def body(change: Any) -> Any:
    return lambda said: replace(said, body=change(said.body))


def test_a_server_that_gives_fewer_at_once_is_read_to_the_end():
    """It is asked for 5 a page and gives 2, whatever it is asked for."""
    site = OpencpsSite()
    with site.serve(site.world(9)) as served:
        served.faults.append(Fault(body(lambda said: said | {"data": said["data"][:2]}),
                                   opencps.LIST_PATH))  # fmt: skip
        snapshot = polled(site, served, page_size=5)
    assert (snapshot.complete, len(snapshot.claims)) == (True, 9)


def test_equal_pages_for_ever_end_the_list():
    """The source repeats its first page and never says that it was the last."""
    site = OpencpsSite()
    with site.serve(site.world(4)) as served:
        first = served.rows[:2]
        served.faults.append(Fault(body(lambda _said: {"total": 100_000, "data": first}),
                                   opencps.LIST_PATH))  # fmt: skip
        with pytest.raises(SourceUnavailable, match="đưa đi đưa lại"):
            polled(site, served, page_size=2)
        assert len(served.ledger) < 8


def test_an_empty_first_list_is_not_taken_as_read():
    snapshot = opencps_with({}, size=0)
    assert (snapshot.complete, snapshot.swept, snapshot.cursor) == (False, False, "")
    assert "không có hồ sơ nào" in snapshot.problem


@pytest.mark.parametrize(
    "said",
    [{"error": "invalid_token"}, {"status": 401, "message": "x"}, {"code": "401"},
     {"message": "Token đã hết hạn"}, {"error_description": "Access token expired: abc"}],
)  # fmt: skip
def test_a_token_that_dies_in_mid_list_with_http_200_is_renewed(said: Any):
    site = IgateSite()
    with igate.Igate(rows=igate.rows(35)) as served:
        served.faults.append(Fault(lambda _said: Reply(said), igate.SEARCH_PATH, after=1, times=1))
        snapshot = polled(site, served)
    assert (snapshot.complete, len(snapshot.claims)) == (True, 35)


@pytest.mark.parametrize("token", ["", "tökên", "a\nb", "a b\u200e"])
def test_a_token_that_cannot_be_sent_is_told(token: str):
    with pytest.raises(SourceGarbled, match="token"):
        Session(lambda: (token, 60.0)).ticket()


@pytest.mark.parametrize(
    ("said", "wait"),
    [("²", None), ("3", 3), ("9" * 5000, 86_400), ("-1", None), ("", None),
     ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400)],
)  # fmt: skip
def test_retry_after_of_any_kind(said: str, wait: int | None):
    found = _retry_after(said, "Mon, 01 Jan 2024 00:00:00 GMT")
    assert (found.total_seconds() if found else None) == wait


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '{"x":[{"b":1,"\\u0062":2}]}'])
def test_a_key_that_stands_twice_is_refused(text: str):
    with pytest.raises(answers.Doubled):
        answers.decoded(text, Any)


@pytest.mark.parametrize(
    ("text", "read"),
    [('\ufeff{"a":1}', {"a": 1}), ('{"a":' + "9" * 5000 + ',"b":1}', {"a": [], "b": 1}),
     ('{"a":1e999,"b":1}', {"a": [], "b": 1}), ('{"a":"x\\ud800"}', {"a": "x\ufffd"}),
     ('{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}), ('{"a\\":":1}', {'a":': 1})],
)  # fmt: skip
def test_one_value_that_no_parser_takes_does_not_end_the_answer(text: str, read: Any):
    assert answers.decoded(text, Any) == read


@pytest.mark.parametrize("text", ["[" * 5000 + "]" * 5000, '{"a":NaN}', '{"a"', ""])
def test_what_is_no_json_is_a_value_error(text: str):
    with pytest.raises(ValueError):
        answers.decoded(text, Any)


def test_an_address_that_http_cannot_carry_is_told():
    from connectors.network.transport import _may_be_sent

    assert not _may_be_sent(get("https://a.vn/đường"))
    assert not _may_be_sent(get("https://a.vn/x", Authorization="Bearer tök"))
    assert _may_be_sent(get("https://a.vn/x", [("q", "đ")], Authorization="Bearer t"))


def test_json_after_a_byte_order_mark_is_read():
    site = IgateSite()
    with igate.Igate(rows=igate.rows(3)) as served:
        served.faults.append(
            Fault(
                lambda said: replace(said, raw=b"\xef\xbb\xbf" + said.content()), igate.SEARCH_PATH
            )
        )
        assert len(polled(site, served).claims) == 3


@pytest.mark.parametrize(
    ("value", "found"),
    [("9" * 5000, None), ("-" + "9" * 5000, None), ("12", 12), ("-3", -3), ("²", None), ("", None)],
)
def test_a_text_is_a_whole_number_only_where_a_machine_holds_it(value: str, found: int | None):
    assert answers.whole(value) == found
