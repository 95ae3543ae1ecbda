"""Which requests a browser sends on behalf of another web site: a server on this machine answers none of them.

A server that listens on 127.0.0.1 is out of reach of other machines, but not of the web pages that are open in this
machine's browser: any of them can send it requests, and one whose name is made to resolve to 127.0.0.1 can read the
answers. A browser says who is behind a request: `Origin`, `Sec-Fetch-Site`, and the name in `Host`.
"""

from collections.abc import Collection

OWN_SITE = ("same-origin", "none")


def is_foreign(addresses: Collection[str], host: str | None, origin: str | None, fetch_site: str | None) -> bool:
    """Return whether a request is not meant for this server, or a page of another origin is behind it.

    Args:
        addresses: where the server is called, such as "127.0.0.1:5901".
        host: the request's `Host`; any that is no address of the server is a name that somebody else chose.
        origin: its `Origin`, None when it has none: browsers leave it out where no other origin is involved.
        fetch_site: its `Sec-Fetch-Site`, None when it has none: what is no browser sends none.
    """
    if host not in addresses:
        return True
    return origin not in (None, f"http://{host}") or fetch_site not in (None, *OWN_SITE)
