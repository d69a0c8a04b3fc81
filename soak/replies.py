"""Replies to the churn's questions, read back into what the catalogue says."""
from __future__ import annotations

import dataclasses
import ipaddress
import struct

from catalogue import Answer

A, AAAA, SRV, OPT = 1, 28, 33, 41
EXTENDED_ERROR, STALE = 15, 3
TRUNCATED = 0x0200


class Unreadable(Exception):
    """Not a reply."""


@dataclasses.dataclass(frozen=True)
class Reply:
    """What a reply says. One that is cut off says less than there is; one that is stale says so (RFC 8914)."""

    answer: Answer
    cut: bool
    stale: bool


def read(reply: bytes) -> Reply:
    try:
        _, flags, questions, answers, authorities, additionals = struct.unpack_from(">6H", reply)
        if not flags & 0x8000 or questions != 1:
            raise Unreadable
        _, at = _name(reply, 12)
        at += 4
        records = []
        for _ in range(answers + authorities + additionals):
            owner, at = _name(reply, at)
            type, _, _, length = struct.unpack_from(">HHIH", reply, at)
            records.append((owner, type, at + 10, length))
            at += 10 + length
        glue = {owner: _address(reply, *place) for owner, type, *place in records[answers + authorities :] if type in (A, AAAA)}
        found = []
        for _, type, *place in records[:answers]:
            if type == SRV:
                _, weight, port = struct.unpack_from(">3H", reply, place[0])
                target, _ = _name(reply, place[0] + 6)
                found.append((weight, port, target, glue.get(target)))
            else:
                found.append(_address(reply, *place) if type in (A, AAAA) else f"type {type}")
        stale = any(_is_stale(reply, *place) for _, type, *place in records[answers + authorities :] if type == OPT)
        return Reply((flags & 15, frozenset(found)), bool(flags & TRUNCATED), stale)
    except (struct.error, IndexError, ValueError, RecursionError) as error:
        raise Unreadable from error


def _is_stale(reply: bytes, at: int, length: int) -> bool:
    end = at + length
    while at < end:
        code, size, first = struct.unpack_from(">3H", reply + b"\0\0", at)
        if code == EXTENDED_ERROR and first == STALE:
            return True
        at += 4 + size
    return False


def _address(reply: bytes, at: int, length: int) -> str:
    return str(ipaddress.ip_address(reply[at : at + length]))


def _name(reply: bytes, at: int) -> tuple[str, int]:
    """In lower case; and where it ends."""
    labels = []
    while length := reply[at]:
        if length >= 192:
            rest, _ = _name(reply, (length & 63) << 8 | reply[at + 1])
            return ".".join([*labels, rest]) if labels else rest, at + 2
        labels.append(reply[at + 1 : at + 1 + length].decode("latin-1").lower())
        at += 1 + length
    return ".".join(labels), at + 1
