"""The Budgets API of the local cloud: moto's, extended to store a budget's tags. No email is ever sent."""

import json
from typing import Any

from moto.budgets import urls
from moto.budgets.responses import BudgetsResponse
from typing_extensions import override


class LocalBudgets(BudgetsResponse):
    """Handles one request; moto creates an instance for each."""

    @override
    def create_budget(self) -> str:
        answer: str = super().create_budget()
        self._budget(self._get_param("Budget")["BudgetName"]).tags = self._get_param("ResourceTags", [])
        return answer

    def list_tags_for_resource(self) -> str:
        """Return the tags that a budget was created with."""
        name = self._get_param("ResourceARN").rpartition("/")[2]
        self.backend.describe_budget(self.current_account, name)  # raises an error if there is none
        return json.dumps({"ResourceTags": self._budget(name).tags})

    def _budget(self, name: str) -> Any:
        return self.backend.budgets[self.current_account][name]


def install() -> None:
    """Make every moto server started from now on in this process use this Budgets API."""
    urls.url_paths["{0}/$"] = LocalBudgets.dispatch
