"""Example reviews for the page, one of each kind that a model finds easy, hard or impossible."""

EXAMPLES = {
    "Praise with a doubt": (
        "I went in expecting very little and came out wanting to call everyone I know. The two leads are wonderful "
        "together, the photography of the harbour is beautiful, and the last ten minutes moved me to tears. A few of "
        "the jokes fall flat. None of that mattered: this is one of the best films I have seen all year, and I loved "
        "every minute of it."
    ),
    "Mixed": (
        "The first hour is excellent: sharp dialogue, a villain you almost like, and a soundtrack that stays with you. "
        "Then the story falls apart. The second half is slow, the twist makes no sense and the ending is a "
        "disappointment. Great acting, poor script. I cannot decide whether to recommend it."
    ),
    "Negated": (
        "This is not a bad film at all. It isn't boring, nobody overacts, and the plot never feels silly. I had heard "
        "that it was awful and I could not disagree more. You won't regret the evening."
    ),
    "A wasted evening": (
        "What a waste of two hours. The plot makes no sense, the acting is wooden and every joke is one you have heard "
        "before. I kept looking at my watch. The poster is the best thing about it. Avoid."
    ),
    "Short": "Loved it!",
    "In French": (
        "Un film magnifique, porté par deux acteurs extraordinaires. La fin m'a bouleversé et je le reverrai avec "
        "grand plaisir."
    ),
}
OPENING = "Praise with a doubt"
