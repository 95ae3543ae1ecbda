"""The colours of everything drawn, in one place: safe for the colour-blind, readable on light and on dark.

Those of `.streamlit/config.toml`, for what a theme cannot reach. Colour never stands alone: a word, a
shape or a line style says the same.
"""

POSITIVE = "#1f77b4"
NEGATIVE = "#d9660a"
UNCERTAIN = "#7a828e"

# For things that are only to be distinguished, such as jobs; used again from the start.
SERIES = (POSITIVE, NEGATIVE, "#3f8f7a", "#8a6cb8", "#a8802f", UNCERTAIN)
