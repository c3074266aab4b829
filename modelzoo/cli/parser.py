"""The parser of the whole command line. Commands are named by path and imported when run."""

from __future__ import annotations

import argparse

from modelzoo.cli.model_commands import add_model_commands
from modelzoo.cli.options import Parser
from modelzoo.cli.query_commands import add_queries


def build_parser() -> Parser:
    """Builds the parser of the whole command line."""
    parser = Parser(
        prog="modelzoo",
        description="Keras models for sequences: choose one, train it on your data, use it.",
        epilog="Each command has its own help with examples: modelzoo fit --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and stop")
    parser.add_argument("--debug", action="store_true", help="show where an error arose")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    add_queries(commands)
    add_model_commands(commands)
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        from modelzoo import __version__

        print(f"modelzoo {__version__}")
        parser.exit()
