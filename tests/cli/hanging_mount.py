#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hanging_mount.py FOLDER PROGRAM: a FUSE file system with the files `log` and `program`, that one's bytes. Once there
is a file FOLDER.hang it answers nobody any more, as a network file system whose server has gone. Says "ready"."""
import ctypes
import errno
import os
import struct
import sys

LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, WRITE, RELEASE, FLUSH, INIT = 1, 2, 3, 4, 14, 15, 16, 18, 25, 26
ROOT, LOG, PROGRAM = 1, 2, 3
names = {b"log": LOG, b"program": PROGRAM}


def attributes(node):
    mode = 0o40755 if node == ROOT else 0o100755
    return struct.pack("<QQQQQQIIIIIIIIII", node, len(files.get(node, b"")), 8, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def answer(operation, node, body):
    """An error number, or bytes."""
    if operation == INIT:
        return struct.pack("<IIIIHHIIHHIIII", 7, 31, 65536, 0, 12, 10, 65536, 1, 1, 0, 0, 0, 0, 0) + bytes(8)
    if operation == LOOKUP:
        found = names.get(body.rstrip(b"\0"))
        return struct.pack("<QQQQII", found, 0, 0, 0, 0, 0) + attributes(found) if found else errno.ENOENT
    if operation in (GETATTR, SETATTR):
        return struct.pack("<QII", 0, 0, 0) + attributes(node)
    if operation == OPEN:
        return struct.pack("<QII", 1, 0, 0)
    if operation in (READ, WRITE):
        _, offset, size = struct.unpack("<QQI", body[:20])
        if operation == READ:
            return bytes(files[node][offset : offset + size])
        files[node][offset : offset + size] = body[40 : 40 + size]
        return struct.pack("<II", size, 0)
    return b"" if operation in (RELEASE, FLUSH) else errno.ENOSYS


folder, program = sys.argv[1:3]
with open(program, "rb") as source:
    files = {LOG: bytearray(), PROGRAM: bytearray(source.read())}
device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0"
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"hanging", folder.encode(), b"fuse", 0, options.encode()):
    sys.exit(os.strerror(ctypes.get_errno()))
print("ready", flush=True)
while True:
    request = os.read(device, 1 << 20)
    operation, unique, node = struct.unpack("<IQQ", request[4:24])
    if operation == FORGET or os.path.exists(folder + ".hang"):
        continue
    said = answer(operation, node, request[40:])
    error, data = (-said, b"") if isinstance(said, int) else (0, said)
    os.write(device, struct.pack("<IiQ", 16 + len(data), error, unique) + data)
