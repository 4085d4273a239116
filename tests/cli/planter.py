# SPDX-License-Identifier: MIT
"""Logs what it is told, where it is told: lines of "SINK VALUE" on standard input. In a mount namespace of its own, where
the sockets of syslog and the journal are its own too.

planter.py FOLDER UDP-PORT TCP-PORT
"""
import os
import socket
import struct
import subprocess
import sys

folder = sys.argv[1]
journal = "/run/systemd/journal"
os.makedirs(journal, exist_ok=True)
subprocess.run(["mount", "-t", "tmpfs", "none", journal], check=True)
keep = []


def datagrams(path):
    """A socket that is connected to one of ours."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(path)
    client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    client.connect(path)
    keep.extend([server, client])
    return client.fileno()


def net(kind, port):
    server = socket.socket(socket.AF_INET, kind)
    server.bind(("127.0.0.1", port))
    if kind == socket.SOCK_STREAM:
        server.listen()
    client = socket.socket(socket.AF_INET, kind)
    client.connect(("127.0.0.1", port))
    keep.extend([server, client])
    return client.fileno()


def journal_entry(text):
    return b"PRIORITY=6\nMESSAGE\n" + struct.pack("<Q", len(text)) + text + b"\n"


keeper, terminal = os.openpty()
keep.append(keeper)
line = b"%s\n"
sinks = {
    "file": (os.open(f"{folder}/app.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), line),
    "stdout": (1, line),
    "stderr": (2, line),
    "tty": (terminal, line),
    "socket": (datagrams(f"{folder}/socket"), line),
    "syslog": (datagrams(f"{journal}/dev-log"), b"<14>Nov 22 18:00:00 shop: %s"),
    "journal": (datagrams(f"{journal}/socket"), journal_entry),
    "udp": (net(socket.SOCK_DGRAM, int(sys.argv[2])), b"<14>1 - - shop - - - %s"),
    "tcp": (net(socket.SOCK_STREAM, int(sys.argv[3])), b"<14>1 - - shop - - - %s\n"),
}
if os.access("/dev/kmsg", os.W_OK):
    sinks["kmsg"] = (os.open("/dev/kmsg", os.O_WRONLY), b"<7>%s\n")

with open(f"{folder}/ready.new", "w") as f:
    f.write("\n".join(sinks))
os.rename(f"{folder}/ready.new", f"{folder}/ready")
for told in sys.stdin:
    sink, value = told.split()
    fd, form = sinks[sink]
    text = b"payment declined card=%s" % value.encode()
    os.write(fd, form(text) if callable(form) else form % text)
