"""One table of close codes (C): what the SDKs and the article say of each is what the server says."""

import re

import pytest
from widgetapp_stream import close_codes as python

from streaming.close_codes import CloseCode
from tests.rules import ROOT

RANGES = {40: "stop", 41: "credential", 42: "retry", 43: "move"}
TOO_BIG = {python.MESSAGE_TOO_BIG: CloseCode.FRAME_TOO_BIG.reason}  # what servers say before ours can
SAID = {int(code): code.reason for code in CloseCode} | TOO_BIG
JAVASCRIPT = (ROOT / "clients" / "javascript" / "close_codes.js").read_text()
ARTICLE = (ROOT / "docs" / "streaming-api.md").read_text()


def test_c_the_python_sdk_says_the_same() -> None:
    assert python._REASONS == SAID
    assert {code: verdict.value for code, verdict in python._RANGES.items()} == RANGES


def test_c_the_javascript_sdk_says_the_same() -> None:
    assert {int(code): reason for code, reason in re.findall(r'^  (\d{4}): "(.+)",$', JAVASCRIPT, re.M)} == SAID
    (ranges,) = re.findall(r"RANGES = \{ (.+) \}", JAVASCRIPT)
    assert {int(range): verdict for range, verdict in re.findall(r'(\d\d): "(\w+)"', ranges)} == RANGES


@pytest.mark.parametrize("code", [*CloseCode])
def test_c_the_article_has_every_code_in_the_row_of_its_range(code: CloseCode) -> None:
    (row,) = re.findall(rf"^\| {code // 100}xx \|.+$", ARTICLE, re.M)
    assert f" {int(code)} " in row
    assert all((code.reason, code.title, code.issued_when, code.remedy))
