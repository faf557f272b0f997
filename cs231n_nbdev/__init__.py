__version__ = "0.1.0"

from cs231n_nbdev import helping

helping.install()  # comments on parameters, in help()
