"""The user's own networks in the window: asked about once, remembered, and inspected again when they are saved."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui import dialogs
from cnnviz.gui.picker.own_reading import is_gone, note_imported, offered_by, offered_by_running, revision_now
from cnnviz.gui.preferences import Preferences
from cnnviz.gui.session import Session
from cnnviz.gui.workers.file_watch import FileWatch
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.slow_disks import SlowDiskError, found
from cnnviz.zoo.catalog import Architecture, ModelSpec, find, resolve
from cnnviz.zoo.own.neighbours import neighbours_of
from cnnviz.zoo.own.own_names import NotToldError, file_of, own_name
from cnnviz.zoo.own.permission import NotAllowedError

SUFFIXES = (".py", ".ipynb", ".pt2", ".json")
_RECENT, _TRUSTED = "own/recent", "own/trusted"
_REMEMBERED = 8  # files
_LATER_MS = 2000


class OwnNetworks(QObject):
    """Lists the user's files, follows the one that is picked, and decides which of them may run."""

    list_changed = Signal()
    network_wanted = Signal(object)  # str: an architecture's name
    failed = Signal(object)  # CnnvizError: a file cannot be opened; what is picked stays
    allowed = Signal()  # the picked network's file may run now

    def __init__(self, session: Session, settings: Preferences, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._settings, self._window = session, settings, window
        self._recent: list[Path] = []
        self._trusted: dict[str, str] = {}  # digests of contents by file
        self._ran: dict[Path, str] = {}  # the same of what was run last
        self._followed: set[Path] = set()  # allowed in this window: what is saved into them may run
        self._asking: Path | None = None
        self._said: Architecture | None = None  # of the picked network, by its file
        self._read_settings()
        self._unread: Path | None = None  # to be run, once torch is there: its text does not tell what it holds
        self._reading = LatestJob(self, "read own file")
        self._reading.succeeded.connect(self._open_read)
        self._reading.failed.connect(self._take_failed_reading)
        session.torch_ready.connect(self._read)
        self._later = QTimer(self, singleShot=True, interval=_LATER_MS)  # a disk that was silent may answer by then
        self._later.timeout.connect(self.list_changed)
        self._watch = FileWatch(self)
        self._watch.changed.connect(self._take_change)
        session.spec_changed.connect(self._follow)
        session.failure_changed.connect(self._ask_if_not_allowed)
        session.refused.connect(self._ask_if_not_allowed)
        session.inspected_changed.connect(self._remember_trust)
        session.kept_changed.connect(self._remember_trust)

    def may_run(self, file: Path, content: str) -> bool:
        """Return whether a file of this digest may run, and note that it then does. Called from every thread."""
        allowed = file in self._followed or (bool(content) and self._trusted.get(str(file)) == content)
        if allowed:
            self._ran[file] = content
        return allowed

    def architectures(self) -> tuple[Architecture, ...]:
        """Return what the listed files offer; of a broken one, what it offered last."""
        listed: list[Architecture] = []
        for file in self._recent:
            try:
                listed += offered_by(file)
            except SlowDiskError:
                self._later.start()
            except CnnvizError:
                continue
        spec = self._session.spec
        if spec is not None and file_of(spec) is not None and spec.name not in {each.name for each in listed}:
            listed.append(find(spec.name))
        return tuple(listed)

    def unreadable(self) -> tuple[Path, ...]:
        """Return the listed files that are gone."""
        return tuple(file for file in self._recent if found(partial(is_gone, file), file))

    @Slot(object)
    def open(self, file: Path) -> None:
        """Pick the first network of a file, once its text, or running it, has told which that is."""
        try:
            self._pick(offered_by(file))
        except SlowDiskError:
            self._unread = file
            self._reading.submit(partial(offered_by, file))  # another thread waits for the disk, or for a long text
        except NotToldError:
            self._unread = file
            self._read()
        except CnnvizError as error:
            self.failed.emit(error)

    def _pick(self, offered: tuple[Architecture, ...]) -> None:
        first, spec = offered[0], self._session.spec
        name = own_name(first.name)
        assert name is not None
        self._list_first(name.file)
        if spec is not None and spec.name == first.name:
            self._session.set_spec(self._refreshed(spec))
            self.allowed.emit()  # the same content again: inspecting it asks again
        else:
            self.network_wanted.emit(first.name)

    def close(self) -> None:
        """End the thread that reads files by running them."""
        self._reading.close()

    @Slot()
    def _read(self) -> None:
        if self._unread is not None and self._session.torch_is_ready:
            self._reading.submit(partial(offered_by_running, self._unread))

    @Slot(object)
    def _open_read(self, offered: tuple[Architecture, ...]) -> None:
        self._unread = None
        self._pick(offered)

    @Slot(object)
    def _take_failed_reading(self, error: CnnvizError) -> None:
        if isinstance(error, NotAllowedError):
            self._ask(error)
        elif isinstance(error, NotToldError):
            self._read()
        else:
            self._unread = None
            self.failed.emit(error)

    @Slot(object)
    def forget(self, file: Path) -> None:
        """Take a file off the list, and what was said about it."""
        self._read_settings()
        self._recent = [each for each in self._recent if each != file]
        self._trusted.pop(str(file), None)
        self._ran.pop(file, None)
        self._followed.discard(file)
        self._save()
        self.list_changed.emit()

    @Slot(object)
    def _follow(self, spec: ModelSpec) -> None:
        file = file_of(spec)
        self._watch.follow(file, () if file is None else neighbours_of(file))
        if file is not None:
            self._said = find(spec.name)
            self._list_first(file)

    @Slot()
    def _take_change(self) -> None:
        spec = self._session.spec
        name = own_name(spec.name) if spec is not None else None
        if spec is None or name is None:
            return
        if not revision_now(name):
            gone = CnnvizError(
                f"{name.file.name} is gone.", "The numbers are of how it was. It is read when it is back."
            )
            self._session.fail_inspection(gone)
        elif (fresh := self._refreshed(spec)) == spec:
            self.allowed.emit()  # gone and back again
        else:
            self._session.set_spec(fresh)
        self.list_changed.emit()

    def _refreshed(self, spec: ModelSpec) -> ModelSpec:
        """Return the network as its file says now, with the options and the input that were chosen, where it can be."""
        architecture, before = find(spec.name), self._said
        usual = {} if before is None else {option.name: option.default for option in before.options}
        kept = {
            name: value
            for name, value in spec.options.items()
            if architecture.option(name) is not None and (name not in usual or value != usual[name])
        }
        declares_others = not architecture.input_is_guess and (
            before is None or _inputs(before) != _inputs(architecture)
        )
        inputs = () if declares_others else (spec.input_shape, spec.further_inputs, spec.dtypes)
        for options in (kept, {}):
            try:
                return resolve(spec.name, options, *inputs)
            except CnnvizError:
                continue
        return spec

    @Slot(object)
    def _ask_if_not_allowed(self, error: CnnvizError | None) -> None:
        if isinstance(error, NotAllowedError):
            self._ask(error)

    def _ask(self, error: NotAllowedError) -> None:
        if self._asking == error.file:
            return
        self._asking = error.file
        box = dialogs.ask_to_run(self._window, error.file, lambda: self._allow(error))
        box.rejected.connect(lambda: self.failed.emit(error))
        box.finished.connect(self._end_asking)

    @Slot()
    def _end_asking(self) -> None:
        self._asking = None

    def _allow(self, asked: NotAllowedError) -> None:
        self._read_settings()
        self._followed.add(asked.file)
        self._trusted[str(asked.file)] = asked.content
        self._save()
        if asked.file == self._unread:
            self._read()
        else:
            self.allowed.emit()

    @Slot()
    def _remember_trust(self) -> None:
        """What was saved while it was open was the user's own doing, and needs no question at the next start.

        A file whose answer is only kept has not run.
        """
        spec = self._session.spec
        name = own_name(spec.name) if spec is not None else None
        if spec is None or name is None or self._session.kept is not None:
            return
        self._read_settings()
        if name.file in self._ran and self._trusted.get(str(name.file)) != self._ran[name.file]:
            self._trusted[str(name.file)] = self._ran[name.file]
            self._save()
        if name.file in self._ran:
            self._followed.add(name.file)
            note_imported(name.file)
            self._watch.follow(name.file, neighbours_of(name.file))
        self._take_what_running_told(spec)

    def _take_what_running_told(self, spec: ModelSpec) -> None:
        """Show the options and networks that only the file's module tells, now that it has been run."""
        options = {option.name for option in find(spec.name).options}
        if options != spec.options.keys():
            self._session.set_spec(self._refreshed(spec))
            self.list_changed.emit()

    def _list_first(self, file: Path) -> None:
        self._read_settings()
        if self._recent[:1] != [file]:
            self._recent = [file, *(each for each in self._recent if each != file)][:_REMEMBERED]
            self._save()
            self.list_changed.emit()

    def _read_settings(self) -> None:
        """Take over what another window has stored meanwhile; what it has forgotten may not run here either."""
        self._settings.refresh()
        self._recent = [Path(name) for name in self._settings.texts(_RECENT)[:_REMEMBERED]]
        trusted = self._settings.mapping(_TRUSTED)
        for forgotten in map(Path, self._trusted.keys() - trusted.keys()):
            self._followed.discard(forgotten)
            self._ran.pop(forgotten, None)
        self._trusted = trusted

    def _save(self) -> None:
        self._settings.store(_RECENT, [str(file) for file in self._recent])
        self._settings.store_mapping(_TRUSTED, self._trusted)
        self._settings.save()


def _inputs(architecture: Architecture) -> object:
    return architecture.input_shape, architecture.further_inputs, architecture.dtypes
