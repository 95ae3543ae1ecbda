"""The Budgets API of the local cloud: moto's, which also keeps the tags of a budget. No email is ever sent."""

import json
from typing import Any

from moto.budgets import urls
from moto.budgets.responses import BudgetsResponse
from typing_extensions import override


class LocalBudgets(BudgetsResponse):
    """Answers each call; moto makes one for every request."""

    @override
    def create_budget(self) -> str:
        answer: str = super().create_budget()
        self._budget(self._get_param("Budget")["BudgetName"]).tags = self._get_param("ResourceTags", [])
        return answer

    def list_tags_for_resource(self) -> str:
        """Answer with the tags that a budget was made with."""
        name = self._get_param("ResourceARN").rpartition("/")[2]
        self.backend.describe_budget(self.current_account, name)  # which says so when there is none
        return json.dumps({"ResourceTags": self._budget(name).tags})

    def _budget(self, name: str) -> Any:
        return self.backend.budgets[self.current_account][name]


def install() -> None:
    """Have every moto server that this process starts from now on answer calls of Budgets so."""
    urls.url_paths["{0}/$"] = LocalBudgets.dispatch
