"""The colours of all drawings: safe for colour-blind readers, legible on light and dark backgrounds.

They equal those of `.streamlit/config.toml`, for places that a theme does not reach. Colour is never the only cue: a
word, a shape or a line style conveys the same.
"""

POSITIVE = "#1f77b4"
NEGATIVE = "#d9660a"
UNCERTAIN = "#7a828e"

# Text in charts, at least 4.5:1 on the background of its theme and on the shade of the uncertain band.
TEXT_ON_LIGHT, TEXT_ON_DARK = "#59626e", "#aab2bc"

# For things that only need to be distinguishable, such as jobs; the list repeats from the start.
SERIES = (POSITIVE, NEGATIVE, "#3f8f7a", "#8a6cb8", "#a8802f", UNCERTAIN)
