import re

import pytest

from sentiment.answers.themes.lists import Theme, shipped_themes, themes_from_toml, themes_to_toml
from sentiment.errors import ThemeError


def theme_of(sentence):
    return {theme.name for theme in shipped_themes() if re.search(theme.pattern, sentence)}


@pytest.mark.parametrize(
    ("sentence", "theme"),
    [
        ("Far too expensive.", "price"),
        ("Great value for money!", "value"),
        ("The receptionists were rude", "staff and service"),
        ("It broke after a week.", "quality"),
        ("The parcel never came", "delivery"),
        ("Our room smelled of damp", "cleanliness"),
        ("We could hear the neighbours", "noise"),
        ("Breakfast was cold", "food and drink"),
        ("These shoes are true to size", "size and fit"),
        ("The BATTERY died", "battery"),
        ("I cannot log in any more", "app and login"),
    ],
)
def test_shipped_themes_find_their_sentences(sentence, theme):
    assert theme in theme_of(sentence)


def test_a_word_is_found_whole_unless_it_ends_in_an_asterisk():
    pattern = Theme("x", ("fee", "clean*", "thin walls")).pattern
    assert all(re.search(pattern, text) for text in ("a fee.", "Cleaner", "so thin walls"))
    assert not any(re.search(pattern, text) for text in ("coffee", "feed", "unclean"))


def test_themes_survive_being_written():
    own = (Theme("Größe & fit", ("too small", "fit*")), Theme('the "app"', ("log-in",)))
    assert themes_from_toml(themes_to_toml(own)) == own
    assert themes_from_toml(themes_to_toml(shipped_themes())) == shipped_themes()


def test_words_are_taken_in_lower_case_and_once():
    assert themes_from_toml('noise = ["Loud", "loud ", "thin  walls"]') == (Theme("noise", ("loud", "thin walls")),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("noise = loud", "line 1"),
        (f"noise = {'9' * 5_000}", "cannot be read"),
        ("", "no theme"),
        ("noise = 3", '"noise" needs a list'),
        ("noise = []", '"noise" needs a list'),
        ('noise = ["*"]', 'the word "*"'),
        ('noise = ["lo*ud"]', 'the word "lo*ud"'),
        ('"" = ["x"]', "no name"),
        ("\n".join(f't{n} = ["x"]' for n in range(61)), "61 themes"),
        ('noise = ["x"]\n' + "a." * 50_000 + "b = 1", "line 2 has too many dots"),
        ("a = " + "[" * 50_000, "cannot be read"),
        ('a = ["' + "x" * 300_000 + '"]', "more than 200,000 characters"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_wrong_is_said_with_its_place(text, said):
    with pytest.raises(ThemeError, match=re.escape(said)):
        themes_from_toml(text)
