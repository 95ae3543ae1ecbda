"""The options of reading on the command line."""

import argparse

import pytest

from sentiment.tables.rows import ReadOptions


@pytest.mark.parametrize("value", ["-1", "1.5", "two", "9" * 19, "9" * 5_000])
def test_a_number_of_rows_that_no_file_has_is_refused(value, capsys):
    parser = argparse.ArgumentParser()
    ReadOptions.add_flags(parser)
    with pytest.raises(SystemExit):
        parser.parse_args([f"--skip-rows={value}"])
    assert "is not a number of rows" in capsys.readouterr().err


def test_written_options_are_parsed_to_the_same_options():
    parser = argparse.ArgumentParser()
    ReadOptions.add_flags(parser)
    options = ReadOptions(delimiter="-", header=False, text_column="--text", sheet="ü 1", skip_rows=10**18 - 1)
    assert ReadOptions.from_flags(parser.parse_args(options.written())) == options
