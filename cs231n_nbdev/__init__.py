__version__ = "0.1.0"

from cs231n_nbdev import helping

helping.install()  # comments on parameters, in help()


def __getattr__(name):
    "Modules are loaded when they are asked for: `import cs231n_nbdev as book; book.saliency`"
    from importlib import import_module
    from importlib.util import find_spec
    if name.startswith("_") or find_spec(f"{__name__}.{name}") is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")
