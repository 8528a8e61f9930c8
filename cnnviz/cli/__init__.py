"""The commands of ``cnnviz``: each module has ``add_arguments(parser)`` and ``run(arguments) -> exit status``."""
