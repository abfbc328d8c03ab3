"""Who may use the server: sessions, tickets, tokens and the audit log. A part of ``ServerAPI``."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence
from urllib.parse import urlencode

from .address import ServerAddress, device_path
from .listing import Listing

Answer = Dict[str, Any]


class AccessMethods:
    """The methods of ``ServerAPI`` about access."""

    _address: ServerAddress

    # Sessions and tickets

    def session(self) -> Answer:
        """The user of these requests, and their rights: ``name``, ``scope``, ``devices``, and ``expires_at`` of a session.

        ``anyone`` where no token is needed.
        """
        return self._request("GET", "/session", key="scope")

    def open_session(self, token: str) -> Answer:
        """Log in with a token: the requests of this object then carry the session, and no token.

        The session ends after 12 hours, with its token, with the server, and by ``close_session``.
        """
        cookies: List[str] = []
        answer = self._request("POST", "/session", {"token": token}, key="scope", cookies=cookies)
        # Where no token is needed there is no session.
        if cookies:
            self._address.enter_session(cookies[0].split(";")[0], answer["csrf_token"])
        return answer

    def close_session(self) -> None:
        """Log out: the session ends, and the streams that it has opened."""
        self._request("DELETE", "/session")
        self._address.leave_session()

    def create_ticket(self, path: str, scope: str = "read") -> Answer:
        """A ticket that opens one stream once, within 30 s, by ``?ticket=``: for what can send no token.

        ``path`` is ``/stream`` or ``/stream/devices/daq1``. With the scope ``control`` the stream may carry options and
        start its device.
        """
        return self._request("POST", "/tickets", {"path": path, "scope": scope}, key="ticket")

    # Tokens, for administrators

    def list_tokens(self) -> Listing:
        """All tokens, without the tokens themselves."""
        return self._list("tokens", "/tokens")

    def create_token(
        self,
        name: str,
        scope: str = "read",
        *,
        devices: Optional[Sequence[str]] = None,
        expires_in: Optional[str] = None,
    ) -> Answer:
        """Make a token. ``answer["token"]`` is the only place where it is shown.

        ``scope`` is ``read``, ``control`` or ``admin``; ``devices`` are ids in which ``*`` stands for any characters, all by
        default; ``expires_in`` is its lifetime, such as ``"30d"``, none by default.
        """
        body: Answer = {"name": name, "scope": scope}
        if devices is not None:
            body["devices"] = list(devices)
        if expires_in is not None:
            body["expires_in"] = expires_in
        return self._request("POST", "/tokens", body, key="token")

    def revoke_token(self, name: str) -> None:
        """End a token. The streams that it has opened end within a second."""
        self._request("DELETE", device_path(name, "/tokens"))

    def rotate_token(self, name: str) -> Answer:
        """Replace a token by a new one of the same name and rights; ``answer["token"]`` is shown this once."""
        return self._request("POST", device_path(name, "/tokens") + "/rotate", {}, key="token")

    # The audit log, for administrators

    def audit(
        self,
        *,
        limit: int = 100,
        before: Optional[str] = None,
        who: Optional[str] = None,
        device: Optional[str] = None,
        action: Optional[str] = None,
        since: Optional[str] = None,
        until: Optional[str] = None,
    ) -> Answer:
        """The newest entries of the record of commands that fit: ``{"entries": […], "next": …}``, the newest last.

        ``next``, as ``before`` of another question, goes on with older entries; None: there are none. ``action`` is a part of
        the route or the path, ``since`` and ``until`` are times such as ``"2026-11-22T06:25:52Z"``.
        """
        fields = {
            "limit": limit,
            "before": before,
            "who": who,
            "device": device,
            "action": action,
            "since": since,
            "until": until,
        }
        query = urlencode({name: value for name, value in fields.items() if value is not None})
        return self._request("GET", "/audit?" + query, key="entries")

    def _request(
        self,
        method: str,
        path: str,
        body: Optional[Answer] = None,
        key: Any = None,
        *,
        cookies: Optional[List[str]] = None,
    ) -> Answer:
        raise NotImplementedError

    def _list(self, name: str, path: str) -> Listing:
        raise NotImplementedError
