"""Carrier plugins, found by entry point and loaded when first asked for.

A clash of names, a plugin that cannot be imported and one written for another interface are each named in the error of the
one who asks for them; the others are not touched.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from threading import Lock

from retoure.carrier.plugin import INTERFACE_VERSION, CarrierPlugin
from retoure.errors import InterfaceMismatch, PluginLoadError

GROUP = "retoure.carriers"


def _distribution(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unnamed distribution"


class Registry:
    """The installed carriers, by code.

    Args:
        entries: Entry points to use instead of the installed ones.
        plugins: Plugins given in code; one of these wins over an installed one of the same code.
    """

    def __init__(self, entries: Iterable[EntryPoint] | None = None, plugins: Iterable[CarrierPlugin] = ()) -> None:
        self._given = entries
        self._entries: Mapping[str, list[EntryPoint]] | None = None
        self._plugins: dict[str, CarrierPlugin] = {plugin.code: plugin for plugin in plugins}
        self._lock = Lock()

    def _by_code(self) -> Mapping[str, list[EntryPoint]]:
        if self._entries is None:
            by_code: dict[str, list[EntryPoint]] = defaultdict(list)
            for entry in entry_points(group=GROUP) if self._given is None else self._given:
                if entry not in by_code[entry.name]:
                    by_code[entry.name].append(entry)
            self._entries = by_code
        return self._entries

    def codes(self) -> tuple[str, ...]:
        """Every carrier code that is installed or given, whether it loads or not; nothing is loaded."""
        return tuple(sorted({*self._by_code(), *self._plugins}))

    def working(self) -> tuple[str, ...]:
        """The codes of the carriers that load; what is wrong with another one, :meth:`get` tells."""
        return tuple(code for code in self.codes() if self._loads(code))

    def _loads(self, code: str) -> bool:
        try:
            self.get(code)
        except PluginLoadError:
            return False
        return True

    def get(self, code: str) -> CarrierPlugin:
        """The plugin of that code, loaded on first use.

        Raises:
            PluginLoadError: no such carrier, two distributions claim the code, or the plugin cannot be loaded.
            InterfaceMismatch: the plugin was written for another version of the interface.
        """
        with self._lock:
            if code not in self._plugins:
                self._plugins[code] = self._load(code)
            return self._plugins[code]

    def _load(self, code: str) -> CarrierPlugin:
        entries = self._by_code().get(code, [])
        if not entries:
            known = ", ".join(sorted(self._by_code())) or "none"
            raise PluginLoadError(f"no carrier {code!r} is installed; installed are: {known}")
        if len(entries) > 1:
            claims = " and ".join(sorted(f"{_distribution(entry)} ({entry.value})" for entry in entries))
            raise PluginLoadError(f"carrier {code!r} is claimed by {claims}; uninstall one of them")
        entry = entries[0]
        try:
            plugin = entry.load()
        except (Exception, SystemExit) as error:
            raise PluginLoadError(
                f"carrier {code!r} from {_distribution(entry)} cannot be loaded from {entry.value}: "
                f"{type(error).__name__}: {error}"
            ) from error
        if not isinstance(plugin, CarrierPlugin):
            raise PluginLoadError(f"carrier {code!r} from {_distribution(entry)}: {entry.value} is not a CarrierPlugin")
        if plugin.interface_version != INTERFACE_VERSION:
            raise InterfaceMismatch(
                f"carrier {code!r} from {_distribution(entry)} was written for interface {plugin.interface_version}, "
                f"this is interface {INTERFACE_VERSION}; install a matching version"
            )
        if plugin.code != code:
            raise PluginLoadError(
                f"carrier {code!r} from {_distribution(entry)} calls itself {plugin.code!r}; the names must be equal"
            )
        return plugin
