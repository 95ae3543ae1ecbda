"""Evaluate IAM policies: whether they allow an action on a resource under the conditions of a request.

Supported are wildcards, Not elements, conditions with their modifiers, and policy variables, as far as identity
policies, permissions boundaries and trust policies use them.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

Decision = Literal["allowed", "denied", "not allowed"]
Context = Mapping[str, str | Sequence[str]]
VARIABLE = re.compile(r"\$\{([\w:./-]+)\}")


class Demand(NamedTuple):
    """A permission that a request needs; `context` holds the condition keys."""

    action: str
    resource: str
    context: Context


def decision(documents: Iterable[str], demand: Demand, principal: str = "") -> Decision:
    """Return the joint decision of these policies, given as JSON: any explicit denial wins, then any allowance.

    `principal` is the service or ARN that calls, for resource policies.
    """
    found: Decision = "not allowed"
    for statement in (each for document in documents for each in _listed(json.loads(document).get("Statement", []))):
        if _concerns(statement, demand, principal):
            if statement["Effect"] == "Deny":
                return "denied"
            found = "allowed"
    return found


def _concerns(statement: Mapping[str, Any], demand: Demand, principal: str) -> bool:
    return (
        _named(statement, "Action", demand.action.lower(), lambda pattern: pattern.lower())
        and _named(statement, "Resource", demand.resource, lambda pattern: _filled(pattern, demand.context))
        and _named(statement, "Principal", principal, str)
        and all(
            _condition(operator, key, _listed(wanted), demand.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _named(statement: Mapping[str, Any], element: str, value: str, changed: Callable[[str], str]) -> bool:
    """Whether an element of a statement, or its Not form, matches a value; a statement with neither matches all."""
    for name, wanted in ((element, True), (f"Not{element}", False)):
        if name in statement:
            given = statement[name]
            patterns = [each for one in given.values() for each in _listed(one)] if isinstance(given, dict) else given
            return any(matches(changed(pattern), value) for pattern in _listed(patterns)) is wanted
    return True


def matches(pattern: str, value: str) -> bool:
    """Return whether a value matches a pattern with `*` and `?`."""
    parts = ("".join(".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in pattern),)
    return re.fullmatch(parts[0], value, re.DOTALL) is not None


def _condition(operator: str, key: str, wanted: Sequence[str], context: Context) -> bool:
    """Whether a request meets a condition; if its key has several values, any suffices unless all must match."""
    modifier, _, name = operator.rpartition(":")
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    values = next((_listed(value) for known, value in context.items() if known.lower() == key.lower()), None)
    if name == "Null":
        return (values is None) is (str(wanted[0]).lower() == "true")
    if values is None:
        return optional or modifier == "ForAllValues" or name.startswith(("StringNot", "ArnNot"))
    test, negative = _TESTS[name.replace("Not", "", 1)], "Not" in name
    met = [any(test(_filled(str(each), context), value) for each in wanted) is not negative for value in values]
    return all(met) if modifier == "ForAllValues" or negative else any(met)


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": matches,
    "ArnEquals": matches,
    "ArnLike": matches,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
    "NumericEquals": lambda wanted, value: float(wanted) == float(value),
    "NumericLessThan": lambda wanted, value: float(value) < float(wanted),
    "NumericLessThanEquals": lambda wanted, value: float(value) <= float(wanted),
    "NumericGreaterThan": lambda wanted, value: float(value) > float(wanted),
    "NumericGreaterThanEquals": lambda wanted, value: float(value) >= float(wanted),
}


def _filled(pattern: str, context: Context) -> str:
    """Return the pattern with its policy variables, such as aws:username, filled in; unknown ones match nothing."""
    return VARIABLE.sub(lambda found: "".join(_listed(context.get(found[1], "\0"))[:1]), pattern)


def _listed(value: Any) -> Any:
    """Return a value that may be single or a list as a list."""
    return value if isinstance(value, list | tuple) else [value]
