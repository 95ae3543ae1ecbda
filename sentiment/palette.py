"""The colours of everything drawn, in one place: safe for the colour-blind, readable on light and on dark.

From Paul Tol's vibrant scheme (https://personal.sron.nl/~pault/), darkened where it was faint on
white: each has a contrast of at least 3 to 1 with both backgrounds. Colour never stands alone: a
word, a shape or a line style says the same.
"""

POSITIVE = "#0077bb"
NEGATIVE = "#e0661a"
UNCERTAIN = "#808080"
UNSCORED = "#a0a0a0"

SENTIMENT_COLOURS = {
    "positive": POSITIVE,
    "negative": NEGATIVE,
    "uncertain": UNCERTAIN,
    "unscored": UNSCORED,
}

# For things that are told apart and mean nothing by themselves, such as jobs; used again from the start.
SERIES = (POSITIVE, NEGATIVE, "#009977", "#aa3377", "#cc3311", "#7a6ad8", "#8a7a1f", UNCERTAIN)
