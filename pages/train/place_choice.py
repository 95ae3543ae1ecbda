"""The part of the launch page that selects where a job runs: this machine or SageMaker, and its instances there."""

from dataclasses import dataclass

import streamlit as st

from pages.shared import ui
from pages.shared.connection import ask_account
from pages.shared.lasting import lasting
from sentiment.cloud.aws import prices, roles
from sentiment.cloud.aws.account import Account
from sentiment.cloud.training import training_start
from sentiment.errors import CloudError
from sentiment.jobs.sagemaker_run import Place

HERE, THERE = "This machine", "On SageMaker"
LONGEST_MINUTES = training_start.MAXIMUM_SECONDS // 60


@dataclass(frozen=True)
class PlaceChoice:
    """The choices for SageMaker; `ready` states whether nothing is missing. `role` is "" for our own."""

    account: Account | None = None
    role: str = ""
    instance_type: str = ""
    instances: int = 1
    max_minutes: int = 60
    spot: bool = False

    @property
    def ready(self) -> bool:
        """Whether a job can be started with these choices."""
        return self.account is not None

    def place(self, name: str) -> Place:
        """Return where a job of that name should run.

        Raises:
            CloudError: something is missing.
        """
        if self.account is None:
            raise CloudError("Connect to an AWS account first.")
        return training_start.place(
            self.account,
            name,
            self.role or roles.arn(self.account, "execution"),
            self.instance_type,
            self.max_minutes * 60,
            instances=self.instances,
            spot=self.spot,
        )

    def price_in_words(self, expected_seconds: float | None) -> str:
        """Return what a job would cost, in words; empty without an account."""
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
    wide, middle, narrow = st.columns([2, 1, 1], vertical_alignment="bottom")
    instance_type = wide.selectbox(
        "Instance type",
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
        "Time limit in minutes",
        1,
        LONGEST_MINUTES,
        cloned.max_seconds // 60 if cloned else 60,
        help="SageMaker stops the job after this time, finished or not",
        **lasting("max minutes", cloned),
    )
    spot = st.checkbox(
        "Spot instance",
        cloned.spot if cloned else False,
        help="Spare capacity: cheaper; if it is interrupted, the job continues from its checkpoint",
        **lasting("spot", cloned),
    )
    return PlaceChoice(account, _choose_role(), instance_type, int(instances), int(minutes), spot)


def _choose_role() -> str:
    """Draw the field for a role other than our own, which is created when needed; "" for our own."""
    return st.text_input(
        "Role",
        placeholder="this project's own, created if it is missing",
        key="role arn",
        help="ARN of another role that SageMaker takes on, such as one that your organisation asks you to use",
    ).strip()
