"""Charts, tables and sentences for a screen; no Streamlit."""
