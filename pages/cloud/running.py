"""Running on AWS: all our resources there, what they cost and until when; extend or delete them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial

import streamlit as st

from pages.cloud import endpoint_work
from pages.shared import ui
from pages.shared.background import (
    BUSY_LOOK_SECONDS,
    LOOK_SECONDS,
    begin,
    button,
    forget_looks,
    is_working,
    look_at,
    note_drawn,
    redraw_when_changed,
    show_look,
    show_work,
)
from pages.shared.connection import ask_account
from sentiment.cloud.aws import prices
from sentiment.cloud.aws.account import Account
from sentiment.cloud.ending import expiry
from sentiment.cloud.housekeeping import inventory_table, teardown
from sentiment.cloud.housekeeping.inventory import Inventory, everywhere, inventory, sentence
from sentiment.cloud.housekeeping.resource import Resource
from sentiment.cloud.housekeeping.teardown import of_whom
from sentiment.cloud.training import training_jobs
from sentiment.system.background import Report
from sentiment.wording import counted, listed, opening

REFRESH = "3s"
ALL_REGIONS_SECONDS = 300.0
# Of the table of resources, in pixels; more rows are scrolled.
HEADER_HEIGHT, ROW_HEIGHT, MOST_ROWS = 38, 35, 20


def show_inventory(account: Account) -> None:
    """Draw the resources. A fragment: it polls the latest answer, and queries AWS at intervals."""
    look = look_at("inventory", account, partial(inventory, account))
    look.renew(BUSY_LOOK_SECONDS if is_working() else LOOK_SECONDS)
    found = show_look(look, "Looking up what exists")
    if found is None:
        return
    redraw_when_changed("inventory", found)
    st.header(ui.plain(sentence(found, account.region)))
    for unseen in found.unseen:
        st.warning(ui.plain(unseen.sentence), icon=":material/visibility_off:")
    if found:
        draw_table(found)
    elif not found.unseen:
        st.info(f"Nothing of this project exists in {account.region}, and nothing costs money there.")


def show_all_regions(account: Account) -> None:
    """Draw the resources in all other regions, once that was requested. A fragment, like `show_inventory`."""
    look = look_at("all regions", account, partial(everywhere, account))
    look.renew(ALL_REGIONS_SECONDS)
    found = show_look(look, "Checking every region, which takes a minute")
    if found is None:
        return
    others = {region: each for region, each in found.found.items() if region != account.region}
    busy = {region: each for region, each in others.items() if each or each.unseen}
    if not busy:
        st.info("Nothing of this project exists in any other region of this account.")
    for region, each in busy.items():
        st.markdown(f"**{region}**: {ui.plain(sentence(each))}")
        for unseen in each.unseen:
            st.warning(ui.plain(unseen.sentence), icon=":material/visibility_off:")
        if each:
            draw_table(each)
    empty = [region for region in others if region not in busy]
    if empty:
        st.caption(f"Nothing in {', '.join(empty)}.")
    if found.refused:
        st.warning(ui.plain(found.refused_in_words), icon=":material/visibility_off:")
    if found.closed:
        st.caption(f"Regions that are not enabled in this account: {', '.join(found.closed)}.")


def draw_all_regions(account: Account) -> None:
    """Offer to search all other regions than that of the page."""
    if st.toggle(
        "Look in all other regions too",
        key="all regions",
        help="To extend or delete what is in another region, change the region above first",
    ):
        st.fragment(show_all_regions, run_every=REFRESH)(account)


def draw_table(found: Inventory) -> None:
    """Draw one row per resource, running ones first."""
    st.dataframe(
        inventory_table.rows(found),
        hide_index=True,
        column_config={
            "what": st.column_config.TextColumn(width=155),
            "price": st.column_config.TextColumn(help="List price, before tax and discounts", width=155),
            "ends": st.column_config.TextColumn(help="When it is deleted by itself", width=105),
            "owner": st.column_config.TextColumn(help="Who created it", width=120),
            "age": st.column_config.TextColumn(help="Time since it was created"),
            "state": st.column_config.TextColumn(help="AWS's name for it", width=120),
            "detail": st.column_config.TextColumn(width=160),
            "console": st.column_config.LinkColumn(display_text="open", help="Opens it in the AWS console"),
        },
        placeholder="",
        height=HEADER_HEIGHT + ROW_HEIGHT * min(len(found), MOST_ROWS),
        alt="What this project has on AWS",
    )


def draw_extensions(account: Account, found: Iterable[Resource]) -> None:
    """Draw one line per endpoint: its end time, its cost until a later one, and a button to extend it."""
    now, hours = datetime.now(UTC), expiry.DEFAULT_HOURS
    for endpoint in (each for each in found if each.kind == "endpoint"):
        until = max(endpoint.expires or now, now) + timedelta(hours=hours)
        latest = expiry.ending(expiry.LONGEST_HOURS)
        with st.container(horizontal=True, vertical_alignment="center"):
            end = inventory_table.ends(endpoint, now)
            price = ui.plain(inventory_table.price(endpoint))
            whose = "" if endpoint.is_of(account) else f" of {ui.plain(endpoint.owner)}"
            st.markdown(
                f"**{ui.plain(endpoint.name)}**{whose} ends {end or 'only when it is deleted'}; its price: {price}"
            )
            if until > latest:
                st.caption(f"It cannot be extended further: {expiry.LONGEST_HOURS // 24} days is the limit.")
            elif button(f"Extend by {hours:g} hours", f"extend {endpoint.name}", icon=":material/more_time:"):
                begin(f"Extending {endpoint.name}", partial(endpoint_work.extend, account, endpoint.name, until))


def draw_teardown(account: Account, found: Inventory) -> None:
    """Draw the deletion of everything, which requires the account's number, so that no click does it by mistake."""
    with st.expander("Delete everything", icon=":material/delete_forever:"):
        st.write(
            f"Stops and deletes everything in {account.region} that you created: jobs, endpoints, models, public APIs, "
            "schedules, files, roles and logs. Models that you have downloaded stay on this machine. Anything without "
            "both a name and the tags of this project is left alone."
        )
        colleagues = sorted({each.owner for each in found if not each.is_of(account)})
        everyone = False
        if colleagues:
            st.write(ui.plain(f"What {listed(colleagues)} created is kept, with everything it needs."))
            everyone = st.checkbox("Also delete what colleagues created", key="teardown_everyone")
        going = of_whom(account, found, everyone)
        st.markdown(f"To be deleted: **{counted(len(going), 'resource')}** in {account.region}.")
        if lost := training_jobs.left_there_in_words(account):
            st.warning(ui.plain(lost), icon=":material/warning:")
            st.page_link("pages/train/monitor.py", label="Download them first", icon=":material/home:")
        typed = st.text_input(
            f"Type the account number, {account.number}, to confirm", key="teardown_number", live=True
        )
        agreed = "".join(typed.split()) == account.number
        if button("Delete everything", "teardown", type="primary", disabled=not agreed or is_working()):
            begin("Deleting everything", partial(take_down, account, len(going), everyone))


def take_down(account: Account, number: int, everyone: bool, report: Report) -> str:
    """Delete everything, and return what is left."""
    teardown.teardown(account, report, everyone)
    return teardown.sentence(account, number, inventory(account))


def draw_prices(account: Account) -> None:
    """State the date of the prices, and offer to read AWS's current ones."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{opening(prices.dated(account.region))}, before tax and discounts.")
        if button("Read AWS's price list", "price list", type="tertiary", disabled=is_working()):
            begin("Reading the AWS price list", partial(read_prices, account))
        if st.button("Look again", type="tertiary", icon=":material/refresh:"):
            forget_looks()
            st.rerun()


def read_prices(account: Account, report: Report) -> str:
    """Read the price list, and return how many prices it contained."""
    return f"{prices.refresh(account):,} prices for {account.region}."


st.title("Running on AWS")
st.caption("Everything this project has in your account: what it costs, when it ends, and a way to delete it all.")
account = ask_account()
if account is not None:
    show_work("running")
    known: Inventory | None = look_at("inventory", account, partial(inventory, account)).value
    note_drawn("inventory", known)
    st.fragment(show_inventory, run_every=REFRESH)(account)
    # One place each, however much they draw, so that what follows stays where it is and open expanders stay open.
    with st.container():
        draw_all_regions(account)
    draw_prices(account)
    if known:
        with st.container():
            draw_extensions(account, known)
        draw_teardown(account, known)
