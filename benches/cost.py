#!/usr/bin/env python3
"""Measures CPU, memory, start and latency of Footnote and of a minimal bot (`benches/echo`), against an offline Discord.

    cargo build --release
    cargo build --release --manifest-path benches/echo/Cargo.toml --target-dir target
    python3 benches/cost.py FOLDER_OF_THE_OFFLINE_DISCORD

Prints a table of medians over several runs. The two bots take turns, so that both run under the same load of a shared
machine. Start to first answer: the time from the process's start until it is connected, plus the time from a question
to its answer. The first start learns the weights; later starts read them from `learned_file`. The first questions
after a start open the connections that the next ones use. The offline Discord's garbage collector is off, unless
`--pauses` is given.
"""

import itertools
import pathlib
import statistics
import sys
import time

from support.bot import REPOSITORY, Bot, arguments, disable_garbage_collection

RUNS = 5
GUILDS = (1, 1000)


def start(bot, discord):
    """Starts a bot. Returns the time until its first answer, in seconds."""
    began = bot.start()
    connected = bot.connected()
    return connected - began + discord.send(bot.mentioning()[0], user="bob")["latency_ms"] / 1000


def run(drive, program, command, port, guilds):
    discord = drive.Discord.launch(port=port, guilds=guilds)
    bot = Bot(program, discord, command=command)
    try:
        figures = {}
        if command:
            # Footnote only: the first start learns the weights.
            figures["first start, s"] = start(bot, discord)
            # Footnote writes the file while it already answers questions.
            while not (bot.folder / "learned.bin").exists():
                time.sleep(0.01)
            bot.stop()
        figures["start, s"] = start(bot, discord)
        for when in ("the first", "the next"):
            before = bot.cpu_seconds()
            burst = discord.burst(n=1000, texts=bot.mentioning(), concurrency=20)
            figures[f"CPU, s for {when} 1,000 replies"] = bot.cpu_seconds() - before
            figures[f"latency p99, ms, 20 at a time, {when} 1,000"] = burst["latency_ms"]["p99"]
            figures[f"memory after {when} 1,000, MiB"] = bot.memory_mib()
            assert (burst["answered"], burst["lost"], burst["duplicated"]) == (1000, 0, 0), burst
        bot.stop()
        return figures
    finally:
        discord.stop()


def cell(values):
    if not values:
        return ""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def main():
    parser = arguments("Measures CPU, memory, start and latency")
    parser.add_argument("--echo", type=pathlib.Path, default=REPOSITORY / "target/release/echo")
    parser.add_argument("--pauses", action="store_true", help="leave the offline Discord's garbage collector on")
    options = parser.parse_args()
    if not options.pauses:
        disable_garbage_collection()
    sys.path.insert(0, str(options.discord))
    import drive

    programs = {"Footnote": (options.footnote, ["serve"])}
    if options.echo.exists():
        programs["echo"] = (options.echo, [])
    else:
        print(f"skipped: the minimal bot (no {options.echo})")
    columns = {column: [] for column in itertools.product(programs, GUILDS)}
    for _ in range(RUNS):
        for (name, guilds), runs in columns.items():
            runs.append(run(drive, *programs[name], options.port, guilds))
    print("| | " + " | ".join(f"{name}, {guilds:,} guilds" for name, guilds in columns) + " |")
    print("| --- |" + " --- |" * len(columns))
    for figure in columns["Footnote", GUILDS[0]][0]:
        cells = (cell([figures[figure] for figures in runs if figure in figures]) for runs in columns.values())
        print(f"| {figure} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
