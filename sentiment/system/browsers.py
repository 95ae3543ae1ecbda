"""Detects requests that a browser sends for another web site, which a server on this machine must not answer.

A server that listens on 127.0.0.1 is not reachable from other machines, but it is from web pages that are open in this
machine's browser: any of them can send it requests, and one whose host name resolves to 127.0.0.1 (DNS rebinding) can
read the responses. The browser states the source of a request in `Origin`, `Sec-Fetch-Site`, and the name in `Host`.
"""

from collections.abc import Collection

OWN_SITE = ("same-origin", "none")


def is_foreign(addresses: Collection[str], host: str | None, origin: str | None, fetch_site: str | None) -> bool:
    """Return whether a request is not meant for this server, or was sent by a page of another origin.

    Args:
        addresses: the addresses of the server, such as "127.0.0.1:5901".
        host: the request's `Host`; one that is not an address of the server is a name that a third party controls.
        origin: its `Origin`, None if it has none: browsers omit it when no other origin is involved.
        fetch_site: its `Sec-Fetch-Site`, None if it has none: only browsers send it.
    """
    if host not in addresses:
        return True
    return origin not in (None, f"http://{host}") or fetch_site not in (None, *OWN_SITE)
