"""Chats, logs and examples of Vowpal Wabbit: the message is the review, not the time and the author before it."""

import time

import pytest

from sentiment.tables.table import ReadOptions, inspect_table

TEXTS = [
    "The porter was kind, and the room was quiet.",
    "Cold soup, slow waiters; we left: before the sweet.",
    'They call it "grand" | I call it a cupboard.',
    "We will be back next year, if not before!",
]
PLAIN = ["the porter was kind and the room was quiet", "cold soup and slow waiters", "a cupboard", "we will be back"]


def lines(form, texts=TEXTS):
    return "".join(f"{form.format(i=i, text=text)}\n" for i, text in enumerate(texts, start=1))


def table_of(tmp_path, text, name="t.txt", **options):
    path = tmp_path / name
    path.write_text(text)
    return inspect_table(path, ReadOptions(**options))


@pytest.mark.parametrize("name", ["t.txt", "t.csv"])
@pytest.mark.parametrize(
    "form",
    [
        "[0{i}.05.24, 10:00:00] Ann: {text}",
        "\u200e[5/{i}/24, 10:0{i}:00\u202fAM] Ann B.: {text}",
        "05/0{i}/24, 10:00 - Ann (shop): {text}",
        "2024-05-0{i} 10:00 Ann: {text}",
        "2024-05-0{i} 10:00:00,123 INFO {text}",
        "2024-05-0{i} 10:00:00,123 - shop.reviews - WARNING - {text}",
        "[2024-05-0{i} 10:00:00] [app] [INFO] {text}",
        "[2024-05-0{i} 10:00:00] {text}",
        "2024-05-0{i}T10:00:00.123Z {text}",
        "May  {i} 10:00:00 host shop[12]: {text}",
        "[10:00:0{i}] <ann> {text}",
        "10:0{i} <@ann> {text}",
        "Ann, 10:0{i}: {text}",
        "[10:00:0{i}] ann: {text}",
        "10:00:0{i} From Ann B. to Everyone : {text}",
        "10:00:0{i}.123 [main] INFO  c.x.Shop - {text}",
        "2024-05-0{i} 10:00:00.123  INFO 123 --- [main] c.x.Shop : {text}",
        "2024-05-0{i} 10:00:00.123 | INFO     | shop:main:12 - {text}",
        "INFO:shop.reviews:{text}",
        "I050{i} 10:00:00.123456 123 shop.cc:12] {text}",
    ],
)
def test_the_message_is_read_without_its_time_and_author(tmp_path, form, name):
    table = table_of(tmp_path, lines(form), name)
    assert (table.text_column, list(table.reviews())) == ("message", TEXTS)
    assert table.detected["delimiter"] == "time and message"


def test_a_message_of_several_lines_is_one_review_and_a_notice_none(tmp_path):
    text = "05/01/24, 09:59 - Messages are encrypted.\n" + lines(
        "05/0{i}/24, 10:00 - Ann: {text}\nMore, in a second line.\n"
    )
    table = table_of(tmp_path, text)
    assert list(table.reviews()) == [None, *(f"{text}\nMore, in a second line." for text in TEXTS)]
    assert [row.number for row in table.rows()] == [1, 2, 5, 8, 11]
    assert [problem.sentence for problem in table.problems] == ["Line 1 does not have the layout of the others."]


def test_a_picture_is_no_review(tmp_path):
    table = table_of(tmp_path, lines("05/0{i}/24, 10:00 - Ann: {text}", [*TEXTS, "<Media omitted>", "image omitted"]))
    assert list(table.reviews()) == [*TEXTS, "", ""]


def test_sentences_with_a_comma_each_are_not_cut_in_a_csv_either(tmp_path):
    sentences = ["Ann: a fine place, really", "Bo: too loud for us, sadly", "Cy: the soup was cold, and late"]
    text = "".join(f"{one}\n" for one in sentences)
    assert list(table_of(tmp_path, text, "t.csv", header=False).reviews()) == sentences
    for text in ("Ann, a fine place\nBo, Too loud\nCy, The soup\n", "name, text\nann, fine\nbo, loud\ncy, cold\n"):
        assert len(table_of(tmp_path, text, "t.csv").columns) == 2


def test_a_message_with_damaged_bytes_is_reported(tmp_path):
    path = tmp_path / "t.txt"
    whole = [f"{text} Café." for text in TEXTS]
    damaged = b"2024-05-09 10:00 Bo: fine\ncaf\xe9\n2024-05-10 10:00 Bo: caf\xe9\n"
    path.write_bytes(b"\n" + lines("2024-05-0{i} 10:00 Ann: {text}", whole).encode() + damaged)
    table = inspect_table(path)
    assert list(table.reviews()) == ["", *whole, None, None]
    assert [row.cells[-1] for row in table.rows()][-2:] == ["fine\ncafé", "café"]
    assert all("bytes that do not fit" in problem.sentence for problem in table.problems)


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-01 10:00:00 UTC,Ann,Good: all of it\n" * 4,
        "2024-05-01 10:00:00,Ann,Good: all of it\n" * 4,
        "2024-05-01 10:00:00\tAnn: mine\tGood: all of it\n" * 4,
        "2024-05-01 10:00:00;Ann: mine;Good\n" * 4,
        "2024-05-01 10:00:00|Ann: mine|Good\n" * 4,
        "2024/05/01 10:00:00 AM GMT+2,a@x.example,Good: all of it\n" * 4,
        "time,text\n" + "2024-05-01 10:00 Ann: mine,Good: all of it\n" * 4,
        "".join(f"2024-05-01 10:00:0{i}  ann     Good: all of it\n" for i in range(6)),
        "May was cold: we left.\nJune was fine: we stayed.\n10:00 is too early.\nAnn, you are great: thanks.\n",
        "Open at 10:00: good.\nAt 2024-05-01 10:00 Ann left.\n10:30 came: nobody.\n",
    ],
)
def test_tables_with_times_and_texts_with_colons_are_no_chats(tmp_path, text):
    assert table_of(tmp_path, text).detected["delimiter"] != "time and message"


@pytest.mark.parametrize(
    "form",
    [
        "{i} |text {text}",
        "-{i} 1.0 2.5 tag{i}|text {text}",
        "{i} 'tag |text {text} |shop id:{i} far:0.5",
        "|text {text}",
    ],
)
def test_the_words_of_vowpal_wabbit_are_read_without_the_names_of_their_groups(tmp_path, form):
    for name in ("t.txt", "t.csv"):
        assert list(table_of(tmp_path, lines(form, PLAIN), name).reviews()) == PLAIN


def test_weights_of_words_are_no_words(tmp_path):
    table = table_of(tmp_path, "1 |t the:0.5 room:2 was quiet\n-1 |t cold soup:-1\n1 |t a cupboard\n")
    assert list(table.reviews()) == ["the room was quiet", "cold soup", "a cupboard"]
    assert [row.cells[0] for row in table.rows()] == ["1", "-1", "1"]


@pytest.mark.parametrize("piece", ["1", "1:", "a ", "[a] ", "INFO ", "a:1 "])
def test_the_search_for_a_layout_takes_linear_time(tmp_path, piece):
    text = ("2024-05-01 10:00 " + piece * 60_000 + "\n" + piece * 60_000 + "\n") * 2
    start = time.process_time()
    table_of(tmp_path, text)
    assert time.process_time() - start < 8


@pytest.mark.parametrize(
    "text",
    [
        "1 |Great film\n2 |Never again\n3 |Great sound\n4 |Dull\n",
        '1|{"text": "Great"}\n2|{"text": "Dull"}\n3|{"text": "Fine"}\n',
        "1 | great film\n2 | great sound\n3 | great\n",
        "| A | great film |\n| A | dull |\n| A | fine |\n",
        "1|A |great film\n2|A |dull film\n3|A |fine\n",
    ],
)
def test_bars_between_columns_are_no_vowpal_wabbit(tmp_path, text):
    assert table_of(tmp_path, text).detected["delimiter"] == "|"
