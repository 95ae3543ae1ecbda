import re
from dataclasses import replace
from html.parser import HTMLParser

from sentiment.answers.filters import Filter
from sentiment.reporting.document import report_html, write_report
from sentiment.reporting.findings import gather
from tests.reporting.conftest import SOURCE


class Page(HTMLParser):
    """The headings and the text of a page; fails on a tag that does not close."""

    def __init__(self, text):
        super().__init__()
        self.open, self.headings, self.words = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert tag not in {"script", "link", "img", "iframe", "object", "image"}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_data(self, data):
        if self.open and self.open[-1] in {"h1", "h2"}:
            self.headings.append(data)
        self.words.append(data)


def test_each_question_has_its_section(findings):
    assert Page(report_html(findings)).headings == [
        "Reviews in hotels.csv",
        "How many are unhappy?",
        "Since when?",
        "Where? By hotel",
        "Where? By nights",
        "What drives it?",
        "Which themes?",
        "How this report was made",
    ]


def test_it_asks_for_nothing(findings):
    text = report_html(findings)
    addresses = set(re.findall(r"(?:https?:)?//[^\s\"'<>)]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}  # names, not addresses
    assert not re.search(r"@import|url\((?!#)|\bsrc=|\bhref=", text)
    assert "default-src 'none'" in text


def test_charts_and_quotes_are_in_it(findings):
    text = report_html(findings)
    assert text.count("<svg") == 2
    assert "<mark>smelled of damp</mark>" in text
    assert "size: A4" in text


def test_text_of_the_table_is_never_markup(findings):
    source = replace(findings.source, table="<script>alert(1)</script>.csv")
    page = Page(report_html(replace(findings, source=source, about="<img src=x>")))
    assert page.headings[0] == "Reviews in <script>alert(1)</script>.csv"


def test_a_table_of_nothing_makes_a_report_too(hotels, today):
    found = gather(hotels, SOURCE, today, Filter(phrase="marble staircase"))
    words = " ".join(Page(report_html(found)).words)
    assert "None of these rows has a verdict." in words
    assert "Nothing stands out more than chance." in words


def test_the_file_is_written_whole(findings, tmp_path):
    path = tmp_path / "report.html"
    write_report(findings, path)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]
