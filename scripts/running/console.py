# SPDX-License-Identifier: Apache-2.0
"""One UART of the machine: QEMU's socket, its log file and the programs attached to it. Nobody is ever waited for."""

import atexit
import os
import select
import socket
from pathlib import Path

from .machine import MachineError

CLIENTS = 8
HISTORY = 1 << 20  # bytes that a program that attaches late still gets
INPUT = 1 << 16  # bytes that wait for the partition to read them
PATH_MAX = 107  # of a socket
CLOSE_MILLISECONDS = 1000


def in_order(devices):
    """The UARTs in the order of QEMU's -serial options: as the board's aliases number them, the others behind them."""
    uarts = [device for device in devices if device["is-uart"]]
    return sorted(uarts, key=lambda uart: len(uarts) if uart["serial"] is None else uart["serial"])


def is_listening(path):
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


class Client:
    def __init__(self, stream, history):
        self.stream = stream
        self.pending = bytearray(history)
        self.is_silent = False  # it has said all, and may listen still


class Console:
    def __init__(self, name, is_owned, is_hypervisor):
        self.name, self.is_owned, self.is_hypervisor = name, is_owned, is_hypervisor
        self.uart, self.far_end = socket.socketpair()
        self.uart.setblocking(False)
        self.log = self.listener = None
        self.clients = []
        self.history = bytearray()
        self.input = bytearray()

    def listen(self, folder):
        path = f"{folder}/{self.name}.sock"
        if len(os.fsencode(path)) > PATH_MAX:
            raise MachineError(f"'{path}' is too long for a socket's path; choose a folder with a shorter one")
        if is_listening(path):
            raise MachineError(f"another program listens on '{path}'")
        listener = socket.socket(socket.AF_UNIX)
        listener.setblocking(False)
        try:
            if Path(path).is_socket():
                os.unlink(path)  # an earlier run was not given the time to
            listener.bind(path)
            listener.listen(CLIENTS)
        except OSError as error:
            listener.close()
            raise MachineError(f"cannot listen on '{path}': {error.strerror}") from None
        atexit.register(Path(path).unlink, missing_ok=True)  # however this program ends
        self.listener = listener

    # ---- to the partition ----

    @property
    def room(self):
        return INPUT - len(self.input)

    def type(self, data):
        self.input += data[: self.room]

    # ---- the loop's view: poll()'s events by descriptor, and what to call when one of them is there ----

    def watch(self):
        wanted = {}
        if self.uart:
            wanted[self.uart] = select.POLLIN | (select.POLLOUT if self.input else 0)
        if self.listener:
            wanted[self.listener] = select.POLLIN
        for client in self.clients:
            reads = self.room and not client.is_silent
            wanted[client.stream] = (select.POLLIN if reads else 0) | (select.POLLOUT if client.pending else 0)
        return wanted

    def serve(self, ready):
        """Moves bytes; returns those that the partition has sent."""
        data = self._read() if self.uart and ready(self.uart, select.POLLIN) else b""
        for client in list(self.clients):
            if ready(client.stream, select.POLLIN):
                self._read_client(client)
            if client.pending and ready(client.stream, select.POLLOUT):
                self._send(client)
        if self.uart and self.input and ready(self.uart, select.POLLOUT):
            self._write()
        if self.listener and ready(self.listener, select.POLLIN):
            self._accept()
        return data

    def _read(self):
        try:
            data = self.uart.recv(65536)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self.uart.close()
            self.uart = None
            return b""
        if self.log:
            self.log.write(data)
        for kept in (self.history, *(client.pending for client in self.clients)):
            kept += data
            del kept[:-HISTORY]  # of a client that is too slow: the oldest is gone
        return data

    def _write(self):
        try:
            del self.input[: self.uart.send(self.input)]
        except OSError:
            pass  # full for now, or QEMU is gone: reading finds that out

    def _accept(self):
        try:
            stream, _ = self.listener.accept()
        except OSError:
            return
        if len(self.clients) == CLIENTS:
            stream.close()
            return
        stream.setblocking(False)
        self.clients.append(Client(stream, self.history))

    def _drop(self, client):
        client.stream.close()
        client.pending.clear()
        if client in self.clients:
            self.clients.remove(client)

    def _read_client(self, client):
        if not self.room or client.is_silent:
            return
        try:
            data = client.stream.recv(self.room)
        except BlockingIOError:
            return
        except OSError:
            self._drop(client)
            return
        self.type(data)
        if not data:
            client.is_silent = True
            self._send(client)  # fails at once, even without a byte, where it is gone

    def _send(self, client):
        try:
            del client.pending[: client.stream.send(client.pending)]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(client)

    def close(self, feed):
        """Passes on what is still on its way; gives clients the time to take it."""
        while self.uart and (data := self._read()):
            feed(data)
        if self.uart:
            self.uart.close()
        for client in list(self.clients):
            poller = select.poll()
            poller.register(client.stream, select.POLLOUT)
            while client.pending and poller.poll(CLOSE_MILLISECONDS):
                self._send(client)
            self._drop(client)
        if self.log:
            self.log.close()
        if self.listener:
            self.listener.close()
