"""The part of the launch page that says where a job runs: on this machine, or on SageMaker, and on what there."""

from dataclasses import dataclass

import streamlit as st

from pages.cloud.background import forget_looks
from pages.cloud.connection import ask_account
from sentiment import ui
from sentiment.cloud import prices, roles, training_start
from sentiment.cloud.account import Account
from sentiment.cloud.training_record import Place
from sentiment.errors import CloudError

HERE, THERE = "This machine", "On SageMaker"
LONGEST_MINUTES = training_start.MAXIMUM_SECONDS // 60


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
    chosen = st.segmented_control("Where", [HERE, THERE], default=first, required=True, key=f"where {first}")
    if chosen == HERE:
        return None
    account = ask_account()
    if account is None:
        return PlaceChoice()
    types = prices.offered("training")
    usual = (cloned or Place).instance_type
    wide, narrow = st.columns([2, 1])
    instance_type = wide.selectbox(
        "Instance",
        types,
        types.index(usual) if usual in types else 0,
        format_func=prices.described,
        key="instance type",
        help="Training uses all graphics processors, or all processors where there is none",
    )
    instances = narrow.number_input(
        "Instances",
        1,
        training_start.MAXIMUM_INSTANCES,
        cloned.instances if cloned else 1,
        key="instances",
        help="The reviews of a step are shared out among all instances and graphics processors; it pays with a "
        "batch size that is as many times larger",
    )
    wide, narrow = st.columns([2, 1], vertical_alignment="bottom")
    with wide:
        role = _choose_role(account)
    minutes = narrow.number_input(
        "Maximum time in minutes",
        1,
        LONGEST_MINUTES,
        cloned.max_seconds // 60 if cloned else 60,
        key="max minutes",
        help="SageMaker ends the job after so long, whatever it does",
    )
    spot = st.checkbox(
        "Spot instance",
        cloned.spot if cloned else False,
        key="spot",
        help="Spare capacity: cheaper; when it is taken away, the job goes on from its checkpoint on another",
    )
    return PlaceChoice(account, role, instance_type, int(instances), int(minutes), spot)


def _choose_role(account: Account) -> str:
    """Draw the choice of the role that SageMaker takes on, or offer to make one; empty while there is none."""
    try:
        found = _roles(account.profile, account.region, account.arn, account)
    except CloudError as error:
        # Many may use a role whose list they may not see.
        st.caption(ui.plain(str(error)))
        return st.text_input("Role", placeholder="arn:aws:iam::…:role/…", key="role arn").strip()
    if found:
        return st.selectbox(
            "Role", found, format_func=lambda arn: arn.rpartition("/")[2], key="role", help="What SageMaker may do"
        )
    if st.button("Make the role", help="SageMaker works with a role of its own; it may use our folder in S3 and logs"):
        with ui.errors_shown():
            roles.create_execution_role(account)
            _roles.clear()
            forget_looks()
            st.rerun()
    return ""


@st.cache_data(ttl=300, show_spinner="Looking for roles")
def _roles(profile: str | None, region: str, identity: str, _account: Account) -> list[str]:
    """Return the roles of an account that SageMaker may take on; all but the last argument are the cache's key."""
    return roles.execution_roles(_account)
