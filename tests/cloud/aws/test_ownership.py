import re
from datetime import UTC, datetime

from sentiment.cloud.aws import ownership

NOW = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)


def test_name_takes_what_sagemaker_takes():
    assert re.fullmatch("review-sentiment-modern-20261123-101500-[0-9a-f]{4}", ownership.resource_name("modern", NOW))
    for what in ("my_model v2 (best)!", "x" * 100, "", "--", "ÄÖ"):
        name = ownership.resource_name(what, NOW)
        assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name), name


def test_names_of_one_second_differ():
    assert ownership.resource_name("modern", NOW) != ownership.resource_name("modern", NOW)


def test_name_from_a_name_has_only_another_end():
    again = ownership.resource_name(ownership.resource_name("my model", NOW), NOW)
    assert re.fullmatch("review-sentiment-my-model-20261123-101500-[0-9a-f]{4}", again)


def test_a_name_that_we_gave_is_known_as_such():
    assert ownership.is_our_name(ownership.resource_name("my model"))
    for other in ("review-sentiment-tiny", "review-sentiment-20261123-101500-3fa2", "their-20261123-101500-3fa2"):
        assert not ownership.is_our_name(other)


def test_tags_say_whose_it_is_and_when_it_ends():
    named = ownership.tags("arn:aws:iam::123456789012:user/ada,lovelace", NOW)
    assert named["created-by"] == "arn:aws:iam::123456789012:user/ada-lovelace"
    assert ownership.expiry(ownership.from_tag_list(ownership.tag_list(named))) == NOW
    assert ownership.is_tagged(named)


def test_what_has_other_tags_is_not_ours_and_has_no_end():
    assert not ownership.is_tagged({"project": "another"})
    assert ownership.expiry({}) is None
    assert ownership.expiry({"expires-at": "tomorrow"}) is None
    assert ownership.tags("ada")["expires-at"] == "teardown"
