"""Just enough DNS to ask a question and to see that the answer is right."""
from __future__ import annotations

import dataclasses
import random
import socket
import struct
import time

TYPES = {"A": 1, "PTR": 12, "AAAA": 28, "SRV": 33}


@dataclasses.dataclass(frozen=True)
class Question:
    name: str
    type: str


def encode(question: Question, edns_size: int, query_id: int) -> bytes:
    name = b"".join(bytes([len(label)]) + label.encode("ascii") for label in question.name.split(".")) + b"\0"
    header = struct.pack(">6H", query_id, 0x0100, 1, 0, 0, 1 if edns_size else 0)
    opt = struct.pack(">BHHIH", 0, 41, edns_size, 0, 0) if edns_size else b""
    return header + name + struct.pack(">HH", TYPES[question.type], 1) + opt


def ask(port: int, question: Question, edns_size: int, least_answers: int, timeout: float, again: float | None = None) -> int | None:
    """Asks 127.0.0.1:port over UDP, once or every so many seconds, until a right reply comes.

    Returns the size of the reply in bytes, or None where no right one came in time.
    """
    query = encode(question, edns_size, random.getrandbits(16))
    question_end = len(query) - (11 if edns_size else 0)
    deadline = time.monotonic() + timeout
    next_send = 0.0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect(("127.0.0.1", port))
        while (now := time.monotonic()) < deadline:
            try:
                if now >= next_send:
                    next_send = now + (again or timeout)
                    udp.send(query)
                udp.settimeout(max(0.0005, min(next_send, deadline) - time.monotonic()))
                reply = udp.recv(65535)
            except socket.timeout:
                continue
            except ConnectionRefusedError:  # nobody is there yet; the kernel says so at the next call
                time.sleep(max(0.0, min(next_send, deadline) - time.monotonic()))
                continue
            if (
                len(reply) >= question_end
                and reply[:2] == query[:2]
                and reply[2] & 0xF8 == 0x80  # a reply, opcode QUERY
                and reply[3] & 0x0F == 0  # NOERROR
                and struct.unpack(">H", reply[6:8])[0] >= least_answers
                and reply[12:question_end] == query[12:question_end]
            ):
                return len(reply)
    return None
