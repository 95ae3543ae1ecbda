"""Fixtures shared by the tests of pages."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def no_search_for_components():
    """Keep Streamlit from looking through all installed packages for components, a second for each AppTest.

    No page uses any.
    """
    from streamlit.components.v2.component_manager import BidiComponentManager

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BidiComponentManager, "discover_and_register_components", lambda manager, **_: None)
        yield
