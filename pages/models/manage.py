"""The models on this machine: search, use, rename, annotate, export, import and delete them.

A link (`?model=…`) selects a model, as on the other pages, and shows it alone.
"""

from functools import partial

import streamlit as st

from pages.shared import ui
from sentiment.display import report_table
from sentiment.errors import SentimentError, StorageError
from sentiment.jobs import model_library
from sentiment.jobs.model_library import SHIPPED, Label
from sentiment.model.bundle import Card

SEARCH_FROM = 6
IMPORTED, PROBLEM, TURN = "imported_model", "import_problem", "import_turn"
MEGABYTES = 200


def offer_import() -> None:
    """Draw the upload of a bundle archive, and import the uploaded file."""
    turn = st.session_state.setdefault(TURN, 0)
    with st.popover("Import a model", icon=":material/upload:", key=f"import_open_{turn}"):
        # Any type: Streamlit would refuse another one with a symbol alone.
        upload = st.file_uploader(
            "A model that was exported or downloaded here (.tar.gz)", key=f"import_{turn}", max_upload_size=MEGABYTES
        )
    if upload is None:
        return
    # New keys give a new, empty uploader, so that no rerun imports the same file again, in a popover that is closed.
    st.session_state[TURN] = turn + 1
    ui.release(upload)
    forget_import()
    try:
        with st.spinner("Importing the model"):
            st.session_state[IMPORTED] = model_library.add(upload, upload.name)
        show_all()
    except (SentimentError, OSError) as error:
        st.session_state[PROBLEM] = f"{upload.name} was not imported. {in_words(error)}"
    st.rerun()


def in_words(error: SentimentError | OSError) -> str:
    """Return the sentence to show for an error."""
    return str(StorageError.of(error) if isinstance(error, OSError) else error)


def show_imported() -> None:
    """State which model was imported, or why the file was not, until the message is dismissed."""
    imported: str = st.session_state.get(IMPORTED, "")
    problem: str = st.session_state.get(PROBLEM, "")
    if not imported and not problem:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if problem:
            st.error(ui.plain(problem), icon=":material/error:")
        else:
            st.success(f"Imported {ui.plain(model_library.name(imported))}.", icon=":material/check:")
        st.button("Dismiss", type="tertiary", icon=":material/close:", on_click=forget_import)


def forget_import() -> None:
    """Forget the result of the last import."""
    st.session_state.pop(IMPORTED, None)
    st.session_state.pop(PROBLEM, None)


def linked(cards: dict[str, Card]) -> dict[str, Card]:
    """Return only the model of the URL, with a button that shows all; all of them if there is none in the URL.

    A URL with an unknown model shows a warning.
    """
    wanted = st.query_params.get(ui.MODEL_KEY)
    if wanted is None:
        return cards
    if wanted not in cards:
        st.warning(
            f"There is no model called {ui.plain(wanted)} on this machine: it may have been deleted.",
            icon=":material/search_off:",
        )
        return cards
    if len(cards) > 1:
        st.button(f"Show all {len(cards)} models", icon=":material/arrow_back:", on_click=show_all)
    return {wanted: cards[wanted]}


def show_all() -> None:
    """Remove the model from the URL."""
    st.query_params.pop(ui.MODEL_KEY, None)


def search(cards: dict[str, Card]) -> dict[str, Card]:
    """Draw the search field if there are many models; return those whose name, id or notes contain the text."""
    if len(cards) < SEARCH_FROM:
        return cards
    typed = st.text_input("Search", type="search", live=True, key="model_search", placeholder="Name or notes")
    wanted = (typed or "").casefold().strip()
    return {
        model: card
        for model, card in cards.items()
        if wanted in f"{model} {model_library.name(model)} {model_library.label(model).notes}".casefold()
    }


def show_model(model: str, card: Card) -> None:
    """Draw the facts about a model, and the actions on it."""
    about = model_library.label(model)
    with st.container(border=True, key=f"model_{model}"):
        badge = " :blue-badge[default]" if model == model_library.default() else ""
        st.header(f"{ui.plain(model_library.name(model))}{badge}", anchor=False)
        st.caption(ui.plain(" · ".join(facts(model, card))))
        if about.notes:
            st.markdown(ui.plain(about.notes).replace("\n", "  \n"))
        with st.container(horizontal=True):
            if st.button("Use", key=f"use_{model}", help="Score a review with this model"):
                st.session_state[ui.MODEL_KEY] = model
                st.switch_page("pages/score/review.py")
            if model != model_library.default():
                st.button("Make default", key=f"default_{model}", on_click=model_library.set_default, args=(model,))
            edit(model, about)
            show_kinds(card)
            st.download_button(
                "Export",
                data=partial(model_library.exported, model),
                file_name=f"{model}.tar.gz",
                mime="application/gzip",
                on_click="ignore",
                key=f"export_{model}",
            )
            if model != SHIPPED:
                offer_deletion(model)


def facts(model: str, card: Card) -> list[str]:
    """Return short facts about a model."""
    data = card.config.data
    return [
        *([model] if model_library.name(model) != model else []),
        *filter(None, (report_table.accuracy_on_other_goods(card), report_table.accuracy_in_words(card))),
        *([f"trained on {data['train']:,} reviews of {data['name']}"] if "train" in data else []),
        card.fingerprint[:12],
    ]


def edit(model: str, about: Label) -> None:
    """Draw the form for a model's name and notes."""
    with st.popover("Rename and notes", icon=":material/edit:"), st.form(f"edit_{model}", border=False):
        name = st.text_input("Name", about.name, placeholder=model, max_chars=model_library.LONGEST_NAME)
        notes = st.text_area("Notes", about.notes, max_chars=model_library.LONGEST_NOTES)
        problem = st.container()  # above the button: an error below it would be out of view
        if st.form_submit_button("Save", type="primary"):
            try:
                model_library.set_label(model, Label(name, notes))
            except (SentimentError, OSError) as error:
                problem.error(ui.plain(in_words(error)), icon=":material/error:")
            else:
                st.rerun()


def show_kinds(card: Card) -> None:
    """Draw the kinds of goods that a model was trained on, and its accuracy on held-out kinds."""
    found = report_table.kinds(card)
    if not found.empty:
        with st.popover("Kinds of goods", icon=":material/category:"):
            st.caption(
                "The tables that it was trained on, with their numbers of reviews. Some were held out to evaluate it, "
                "which shows its accuracy on new kinds of goods: the mean of those on positive and on negative reviews."
            )
            st.dataframe(
                found,
                hide_index=True,
                column_config={"training reviews": st.column_config.NumberColumn(format="localized")},
                placeholder="",
                alt="Kinds of goods that the model was trained on, most reviews first",
            )


def offer_deletion(model: str) -> None:
    """Draw the confirmation of a model's deletion."""
    with st.popover("Delete", icon=":material/delete:"):
        instead = " New sessions then start with another model." if model == model_library.default() else ""
        st.write(f"Deletes {ui.plain(model_library.name(model))} from this machine. This cannot be undone.{instead}")
        if st.button("Delete the model", key=f"delete_{model}"):
            with ui.errors_shown():
                model_library.delete(model)
            show_all()
            st.rerun()


st.title("Models")
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    st.caption("Every model on this machine. The default is used when you open the dashboard.", width="content")
    offer_import()
show_imported()
models = model_library.cards()
found = search(linked(models))
if not found:
    st.info("No model matches. Change the search." if models else "There is no model on this machine: import one.")
for identifier, one in found.items():
    show_model(identifier, one)
