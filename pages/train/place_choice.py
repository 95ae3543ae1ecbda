"""The part of the launch page that says where a job runs: on this machine, or on SageMaker, and on what there."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from pages.shared import ui
from pages.shared.background import (
    LOOK_SECONDS,
    begin,
    button,
    is_working,
    look_at,
    note_drawn,
    redraw_when_changed,
    show_work,
)
from pages.shared.connection import ask_account
from pages.shared.lasting import lasting
from sentiment.cloud.aws import prices, roles
from sentiment.cloud.aws.account import Account
from sentiment.cloud.training import training_start
from sentiment.errors import CloudError
from sentiment.jobs.sagemaker_run import Place
from sentiment.system.background import BackgroundLook, Report

HERE, THERE = "This machine", "On SageMaker"
LONGEST_MINUTES = training_start.MAXIMUM_SECONDS // 60
REFRESH = "1s"


@dataclass(frozen=True)
class PlaceChoice:
    """What is chosen on SageMaker; `ready` says whether nothing is missing."""

    account: Account | None = None
    role: str = ""
    instance_type: str = ""
    instances: int = 1
    max_minutes: int = 60
    spot: bool = False

    @property
    def ready(self) -> bool:
        """Whether a job can be started with it."""
        return self.account is not None and bool(self.role)

    def place(self, name: str) -> Place:
        """Return where a job of that name is to run. CloudError when something is missing."""
        if self.account is None or not self.role:
            raise CloudError("Connect to an AWS account and choose a role first.")
        return training_start.place(
            self.account,
            name,
            self.role,
            self.instance_type,
            self.max_minutes * 60,
            instances=self.instances,
            spot=self.spot,
        )

    def price_in_words(self, expected_seconds: float | None) -> str:
        """Say what a job would cost; empty without an account."""
        if self.account is None:
            return ""
        seconds = self.max_minutes * 60
        return training_start.price_in_words(
            self.instance_type, self.account.region, self.spot, seconds, expected_seconds, self.instances
        )


def choose_place(cloned: Place | None) -> PlaceChoice | None:
    """Draw the choice, opened at the cloned job's place; None for this machine."""
    first = THERE if cloned else HERE
    chosen = st.segmented_control(
        "Where", [HERE, THERE], default=first, required=True, format_func=ui.option, **lasting(f"where {first}", cloned)
    )
    if chosen == HERE:
        return None
    account = ask_account()
    if account is None:
        return PlaceChoice()
    types = prices.offered("training")
    usual = (cloned or Place).instance_type
    wide, middle, narrow = st.columns([2, 1, 1])
    instance_type = wide.selectbox(
        "Instance",
        types,
        types.index(usual) if usual in types else 0,
        format_func=prices.described,
        help="Training uses all graphics processors, or all processors where there is none",
        **lasting("instance type", cloned),
    )
    instances = middle.number_input(
        "Instances",
        1,
        training_start.MAXIMUM_INSTANCES,
        cloned.instances if cloned else 1,
        help="The reviews of a step are shared out among all instances and graphics processors; it pays with a "
        "batch size that is as many times larger",
        **lasting("instances", cloned),
    )
    minutes = narrow.number_input(
        "Minutes at most",
        1,
        LONGEST_MINUTES,
        cloned.max_seconds // 60 if cloned else 60,
        help="SageMaker ends the job after so long, whatever it does",
        **lasting("max minutes", cloned),
    )
    spot = st.checkbox(
        "Spot instance",
        cloned.spot if cloned else False,
        help="Spare capacity: cheaper; when it is taken away, the job goes on from its checkpoint on another",
        **lasting("spot", cloned),
    )
    return PlaceChoice(account, _choose_role(account), instance_type, int(instances), int(minutes), spot)


def _choose_role(account: Account) -> str:
    """Draw the choice of the role that SageMaker takes on, or offer to make one; empty while there is none.

    AWS is asked in the background: the page is drawn anew once it has answered.
    """
    look = _look_of(account)
    look.renew(LOOK_SECONDS)
    if look.value:
        return st.selectbox(
            "Role", look.value, format_func=lambda arn: arn.rpartition("/")[2], key="role", help="What SageMaker may do"
        )
    if look.error:
        # Many may use a role whose list they may not see.
        st.caption(ui.plain(look.error))
        return st.text_input("Role", placeholder="arn:aws:iam::…:role/…", key="role arn").strip()
    note_drawn("roles", _found(look))
    st.fragment(_wait_for_roles, run_every=REFRESH)(account)
    if look.value is None:
        st.caption("Looking for roles")
    else:
        _offer_role(account)
    return ""


def _offer_role(account: Account) -> None:
    """Draw why a role is needed, and the button that makes it."""
    show_work("train")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("SageMaker works with a role of its own, and this account has none yet.")
        if button("Make the role", "role", disabled=is_working(), help="It may use our folder in S3, and write logs"):
            begin("Making the role", partial(_make_role, account))


def _make_role(account: Account, report: Report) -> str:
    report("Asking AWS for it")
    return f"{roles.create_role(account, 'execution').rpartition('/')[2]} is there."


def _wait_for_roles(account: Account) -> None:
    """Draw the page anew once AWS has said something new. A fragment: it looks each second while there is no role."""
    look = _look_of(account)
    look.renew(LOOK_SECONDS)
    redraw_when_changed("roles", _found(look))


def _look_of(account: Account) -> BackgroundLook[list[str]]:
    """Return the session's look at the roles that SageMaker may take on."""
    return look_at("roles", account, partial(roles.execution_roles, account))


def _found(look: BackgroundLook[list[str]]) -> tuple[list[str] | None, str]:
    return look.value, look.error
