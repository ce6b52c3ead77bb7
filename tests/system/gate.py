"""A gate between a program and a store, which a test closes at a named message: bytes pass until
the message comes, which is held back along with everything after it on this connection."""

import os
import socket
import threading

UP, DOWN = "to the store", "to the program"
TAIL_SIZE = 32  # more than any message waited for


class Gate:
    """Listens at `path` and forwards to the unix socket `target`."""

    def __init__(self, path, target, on_knock=lambda: None):
        self.target, self.on_knock = target, on_knock
        self.lock = threading.Lock()
        self.wanted = None  # (direction, bytes), and how many of them may pass
        self.passes = 0
        self.held = threading.Event()
        self.pairs = []
        self.listener = socket.socket(socket.AF_UNIX)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.listener.bind(path)
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def hold(self, direction, message, passes=0):
        """Closes at the message, or after that many of them."""
        with self.lock:
            self.held.clear()
            self.wanted, self.passes = (direction, message), passes

    def open(self):
        """Lets everything pass again; connections whose messages were held are closed."""
        with self.lock:
            self.wanted = None
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            self.end(pair)

    def close(self):
        self.listener.close()
        self.open()

    @staticmethod
    def end(pair):
        for end in pair:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def accept(self):
        while True:
            try:
                program, _ = self.listener.accept()
            except OSError:
                return
            self.on_knock()
            store = socket.socket(socket.AF_UNIX)
            try:
                store.connect(self.target)
            except OSError:
                program.close()
                continue
            pair = (program, store)
            self.pairs.append(pair)
            for direction, source, sink in ((UP, program, store), (DOWN, store, program)):
                threading.Thread(target=self.pass_on, args=(direction, source, sink, pair),
                                 daemon=True).start()

    def cut(self, direction, tail, data):
        """How many of the bytes may pass; None: all. `tail` came before them."""
        with self.lock:
            if not self.wanted or self.wanted[0] != direction:
                return None
            message = self.wanted[1]
            tail = tail[1 - len(message):]  # too short to contain one that has passed
            whole, at = tail + data, 0
            while (at := whole.find(message, at)) >= 0:
                if self.passes == 0:
                    return max(0, at - len(tail))
                self.passes -= 1
                at += len(message)
            return None

    def pass_on(self, direction, source, sink, pair):
        tail = b""
        try:
            while data := source.recv(65536):
                size = self.cut(direction, tail, data)
                sink.sendall(data[:size])
                if size is not None:
                    self.held.set()
                    while source.recv(65536):  # until someone closes it
                        pass
                    break
                tail = (tail + data)[-TAIL_SIZE:]
        except OSError:
            pass
        self.end(pair)
