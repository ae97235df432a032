"""Chinese punctuation: what a screen shows in half width stands in full width in a document (GB/T 15834-2011)."""

from __future__ import annotations

import re

_CHINESE = r"\u3000-\u303f\u3400-\u9fff\uff00-\uffef\u201c\u201d\u2014"
_MARKS = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}
_BRACKETS = re.compile(rf"(?<=[{_CHINESE}])\(([^()]*)\)|\(([^()]*[{_CHINESE}][^()]*)\)")
_AFTER = re.compile(rf"(?<=[{_CHINESE}])[,;:?!] ?|(?<=%)[,;](?! )|(?<=[TP][0-9][0-9]): ")
_BEFORE = re.compile(rf"[,;:?!] ?(?=[{_CHINESE}])")


def full_width(words: str) -> str:
    r"""Chinese text with the marks that it has in print; text without a Chinese character stays as it is.

    >>> full_width("预计为13110亿元(按不变价计算),目标为14000;依据:T01、T06(T10)。")
    '预计为13110亿元（按不变价计算），目标为14000；依据：T01、T06(T10)。'
    >>> full_width("T02: 9%对应2020年"), full_width("100%;9项")
    ('T02：9%对应2020年', '100%；9项')
    >>> full_width("assumed; no source found"), full_width("1,234 (a)"), full_width("(2016—2020年,单位:亿元)")
    ('assumed; no source found', '1,234 (a)', '（2016—2020年，单位：亿元）')
    """
    if not re.search(r"[\u3400-\u9fff]", words):
        return words
    before = ""
    while before != words:  # brackets within brackets
        before, words = words, _BRACKETS.sub(lambda pair: f"（{pair[1] if pair[1] is not None else pair[2]}）", words)
    for pattern in (_AFTER, _BEFORE):
        words = pattern.sub(lambda mark: _MARKS[mark[0].strip()], words)
    return words
