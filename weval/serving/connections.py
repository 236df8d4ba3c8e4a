"""Connections to a server end when nothing is asked on them: who opens many of them keeps nobody else out for long."""

from __future__ import annotations

import asyncio


def ending_idle(idle_s: float) -> type[asyncio.Protocol]:
    """uvicorn's connection, ended once no request was whole, or in work, for `idle_s` seconds, or up to twice that.

    uvicorn waits so long between requests only: a connection on which no request ever becomes whole, or that sends a
    byte of one now and then, would stay for ever.
    """
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class EndingIdle(H11Protocol):
        """One connection. `cycle` is its newest request, None before the first."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._look_again()

        def connection_lost(self, exc: Exception | None) -> None:
            self._timer.cancel()
            super().connection_lost(exc)

        @property
        def _at_rest(self) -> bool:
            return self.cycle is None or self.cycle.response_complete

        def _look_again(self) -> None:
            self._rested_after = self.cycle if self._at_rest else "busy"
            self._timer = self.loop.call_later(idle_s, self._look)

        def _look(self) -> None:
            if self._at_rest and self._rested_after is self.cycle:
                self.transport.close()
            else:
                self._look_again()

    return EndingIdle
