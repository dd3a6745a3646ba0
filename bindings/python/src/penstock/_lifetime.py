"""When and on which thread engines and graphs are given up.

Explicit: ``close()`` or ``with``. Otherwise the garbage collector does it, at any
moment and on any thread, maybe inside one of the very callbacks that would have to be
waited for, maybe while the thread holds a lock that such a callback wants. So a
finaliser never waits: what still runs goes to a thread of its own.

At the interpreter's exit all that still lives is closed before threads lose the right
to run Python: a native thread that asks for the GIL later would be ended in the middle
of the library.
"""

from __future__ import annotations

import _thread
import atexit
import os
import weakref
from collections.abc import Callable
from typing import Any

from penstock._closable import Closable

# Graphs before engines: a graph that ends needs its engine, not the other way round.
_graphs: weakref.WeakSet[Any] = weakref.WeakSet()
_engines: weakref.WeakSet[Any] = weakref.WeakSet()
# Locks of burials under way, each held until its burial is done.
_burials: set[_thread.LockType] = set()
_exiting = False


def is_exiting() -> bool:
    return _exiting


def watch_graph(graph: Closable[Any]) -> None:
    """It will be closed at exit, unless it was before."""
    _graphs.add(graph)


def watch_engine(engine: Closable[Any]) -> None:
    _engines.add(engine)


def bury(give_up: Callable[[], None]) -> None:
    """Calls give_up on a thread of its own. For finalisers: takes no lock, does not
    wait. Whatever callbacks may still use must be reachable from give_up."""
    done = _thread.allocate_lock()
    done.acquire()

    def work() -> None:
        try:
            give_up()
        finally:
            _burials.discard(done)
            done.release()

    _burials.add(done)
    try:
        # Not threading.Thread, whose start takes locks that the interrupted code may
        # hold.
        _thread.start_new_thread(work, ())
    except RuntimeError:
        # No thread can be had, as late at exit: then rather wait here.
        work()


def bury_when_dead(views: list[weakref.ref[Any]], give_up: Callable[[], None]) -> None:
    """Calls give_up when none of the objects is alive any more."""
    left = {id(view): view for view in views}

    def died(key: int) -> None:
        left.pop(key, None)
        if not left and not _exiting:
            bury(give_up)

    for view in views:
        alive = view()
        if alive is None:
            left.pop(id(view), None)
        else:
            weakref.finalize(alive, died, id(view)).atexit = False
    if not left:
        give_up()


def _close_all(objects: weakref.WeakSet[Any]) -> None:
    for closable in _snapshot(objects):
        closable.close()


def _snapshot(objects: weakref.WeakSet[Any]) -> list[Any]:
    while True:
        try:
            return list(objects)
        except RuntimeError:
            # Another thread has added one meanwhile.
            continue


@atexit.register
def _at_exit() -> None:
    global _exiting
    _exiting = True
    _close_all(_graphs)
    _close_all(_engines)
    for done in list(_burials):
        done.acquire()
        done.release()


def _in_child() -> None:
    # Threads that were burying are the parent's.
    _burials.clear()


os.register_at_fork(after_in_child=_in_child)
