"""Lines of chats and logs: a time, an author or a level, and a message, which may continue in the lines below."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sentiment.tables.formats import encoding
from sentiment.tables.formats.delimited.csv_records import Record
from sentiment.tables.formats.delimited.line_layouts import Layout

_FEWEST_LINES = 3
_FITTING_SHARE = 0.7  # of the lines with a time; the others are notices of the program
_BEGINNING_SHARE = 0.3  # of the lines of a chat; the others continue a message
_LONGEST_LINE = 20_000  # characters inspected to detect the layout

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DATE = rf"(?:\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}|{_MONTH} {{1,2}}\d{{1,2}}(?:,? \d{{4}})?)"
_TIME = r"\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d{1,9})?(?:[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?(?:Z| ?[+-]\d\d:?\d\d)?"
_MARK = r"[\u200e\u200f]?"  # which WhatsApp writes before a line, to fix the direction of its text
_STAMP = rf"{_MARK}\[?(?P<time>{_DATE},?[ T]{_TIME})\]?"
# No delimiter and no wide gap: those are columns of a table.
_AUTHOR = r"[^\s:,;|\"]{1,60}(?: [^\s:,;|\"]{1,60}){0,5}"
_LEVEL = r"TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL"
_GAP = r" {1,3}(?:- )?"
# What stands between level and message: a process, a thread and the name of a logger, up to a hyphen or a colon.
_LOGGER = r"(?: {1,4}\d{1,10})?(?: ---)?(?: {1,4}\[[^\]]{1,60}\])?(?: {1,4}[\w$]{1,60}[.:][\w.$:]{1,80})? {0,30}[-:|]"
_TEXT = r"(?P<text>\S.*)"
_NO_TEXT = re.compile(r"<[^<>]{1,40} omitted>|\u200e?\w{1,20} omitted|This message was deleted\.?|null")
_FORMS = tuple(
    re.compile(form, re.DOTALL)
    for form in (
        rf"{_MARK}\[?(?P<time>(?:{_DATE},?[ T])?{_TIME})\]?(?:{_GAP}\[?[\w.:/]{{1,60}}\]?){{0,3}}?"
        rf"{_GAP}\[?(?P<author>{_LEVEL})\]?:?(?:{_LOGGER}| [-|])? {{1,4}}{_TEXT}",
        rf"{_STAMP} \| *(?P<author>{_LEVEL}) *\| \S{{1,80}} - {_TEXT}",
        rf"(?P<author>{_LEVEL}):(?P<time>)[\w.]{{1,60}}:{_TEXT}",
        rf"[IWEF]\d{{4}} (?P<time>{_TIME}) {{1,6}}\d{{1,10}} [^\]\s]{{1,80}}\](?P<author>) {_TEXT}",
        rf"{_STAMP}(?: [-–])? (?P<author>{_AUTHOR}): {_TEXT}",
        rf"\[(?P<time>{_TIME})\] (?P<author>{_AUTHOR}): {_TEXT}",
        rf"(?P<time>{_TIME})\s{{1,2}}From\s{{1,2}}(?P<author>[^:]{{1,80}}?) ?: {_TEXT}",
        rf"\[?(?P<time>{_TIME})\]? <[@+ ]?(?P<author>[^<>\s]+)> {_TEXT}",
        rf"(?P<author>{_AUTHOR}), \[?(?P<time>{_TIME})\]?: {_TEXT}",
        rf"\[(?P<time>{_DATE},?[ T]{_TIME})\](?P<author>) {_TEXT}",
        rf"(?P<time>\d{{4}}-\d\d-\d\dT{_TIME})(?P<author>) (?P<text>[^\s\"].*)",
    )
)
_BEGINNING = re.compile(_STAMP)


@dataclass(frozen=True)
class MessageLines(Layout):
    """Messages that each begin with a time and an author, by the pattern `form`."""

    form: re.Pattern[str]
    name: str = "time and message"
    columns: tuple[str, ...] = ("time", "author", "message")

    def cells(self, line: str) -> list[str] | None:
        """Return the time, the author or level, and the message."""
        match = self.form.fullmatch(line)
        if match is None:
            return None
        return [match["time"], match["author"], "" if _NO_TEXT.fullmatch(match["text"]) else match["text"]]

    def records(self, lines: Iterable[str], first: int) -> Iterator[Record]:
        """Yield one record per message; a line that does not begin one continues the message above it."""
        above: Record | None = None
        continued, most = 0, encoding.longest_line()
        for number, line in enumerate(lines, start=first):
            if above and above.cells and continued < most and not self.begins(line):
                above = _continued(above, line, number)
                continued += len(line)
                continue
            if above:
                yield _ended(above)
            above, continued = self.record(line, number), 0
        if above:
            yield _ended(above)

    def begins(self, line: str) -> bool:
        """Return whether the line is the first one of a message, or a notice."""
        return _BEGINNING.match(line) is not None or self.form.fullmatch(line.rstrip("\r\n")) is not None


def message_lines(lines: Sequence[str]) -> MessageLines | None:
    """Return the layout of a chat or a log; None if the first line, or many others with a time, have another one."""
    texts = [line.rstrip("\r\n")[:_LONGEST_LINE] for line in lines if line.strip()]
    for form in _FORMS:
        layout = MessageLines(form)
        begun = [text for text in texts if layout.begins(text)]
        fitting = sum(form.fullmatch(text) is not None for text in begun)
        enough = max(_FEWEST_LINES, _FITTING_SHARE * len(begun), _BEGINNING_SHARE * len(texts))
        if fitting >= enough and begun[0] is texts[0]:
            return layout
    return None


def _continued(record: Record, line: str, number: int) -> Record:
    """Return the record with a further line of its message."""
    record.cells[-1] += "\n" + encoding.without_marks(line.rstrip("\r\n"))
    if encoding.has_marks(line) and not record.problem:
        return record._replace(problem=f"Line {number} {encoding.damage(line)}.")
    return record


def _ended(record: Record) -> Record:
    """Return the record without the blank lines below its message."""
    record.cells[-1:] = [cell.rstrip() for cell in record.cells[-1:]]
    return record
