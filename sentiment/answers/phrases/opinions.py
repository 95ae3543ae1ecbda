"""Words that express an opinion without its subject: they show that people are unhappy, but not why."""

from sentiment.text.stop_words import STOP_WORDS

OPINIONS = frozenset(
    """
    abysmal amazing appalling atrocious average avoid awesome awful bad badly beautiful best better brilliant
    crap decent delight delighted delightful disappoint disappointed disappointing disappointment disaster
    disgrace disgraceful dislike disliked dreadful enjoy enjoyable enjoyed enjoying excellent exceptional fab
    fabulous fail failed fantastic fault faultless fine first-rate flawless garbage glad good gorgeous great greatest
    happier happy hate hated highly honestly horrendous horrible horrid horror impressed impressive incredible
    inferior joke junk lacking like liked lousy love loved lovely magnificent marvellous marvelous mediocre
    mess miserable negative nice nicely nightmare okay ok outstanding pathetic perfect perfectly pleasant pleased
    pleasure poor poorly positive problem problems recommend recommendation recommended regret ridiculous rubbish sad
    sadly satisfied satisfying shame shocking splendid stars star subpar sucks super superb superior terrible
    terribly terrific thank thanks thrilled top-notch unacceptable unfortunately unhappy unimpressed unpleasant
    unsatisfied upset useless waste wasted wonderful wonderfully worse worst worth worthless wow
    """.split()
)
# Words that accompany opinions and add nothing: degrees, times, and the reviewed thing itself.
_FILLERS = frozenset(
    """
    absolutely actually almost also always bit come completely definitely ever everything extremely far
    feel felt get give got lot lots made make makes much never nothing one overall part pretty quite
    rather really say simply so thing things thoroughly totally truly utterly way went
    experience time times stay visit product place
    without cannot would could
    """.split()
)


def only_opinion(phrase: str) -> bool:
    """Whether a phrase, in lower case, is a verdict without a subject: "really awful", "would not recommend"."""
    words = phrase.split()
    return any(word in OPINIONS for word in words) and all(
        word in OPINIONS or word in _FILLERS or word in STOP_WORDS for word in words
    )
