#!/usr/bin/env python3
"""What Footnote costs: CPU, memory, start, latency, against an offline Discord; medians of several runs as a table.

    cargo build --release
    python3 benches/cost.py FOLDER_OF_THE_OFFLINE_DISCORD

Start to first answer: from the process's start until it is connected, and on from a question until its answer. "first" learns
from the knowledge; later starts find what was learned in `learned_file`. The first questions after a start open the connections that the
next ones use.
"""

import statistics
import sys

from support.bot import Bot, arguments

RUNS = 5


def run(drive, footnote, port, guilds):
    discord = drive.Discord.launch(port=port, guilds=guilds)
    bot = Bot(footnote, discord)
    try:
        figures = {}
        for name in ("first start, s", "start, s"):
            began = bot.start()
            connected = bot.connected()
            answered = discord.send(bot.mentioning()[0], user="bob")
            figures[name] = connected - began + answered["latency_ms"] / 1000
            if name == "first start, s":
                # The file is written while questions are answered.
                while not (bot.folder / "learned.bin").exists():
                    pass
                bot.stop()
        for when in ("the first", "the next"):
            before = bot.cpu_seconds()
            burst = discord.burst(n=1000, texts=bot.mentioning(), concurrency=20)
            figures[f"CPU, s for {when} 1,000 replies"] = bot.cpu_seconds() - before
            figures[f"latency p99, ms, 20 at a time, {when} 1,000"] = burst["latency_ms"]["p99"]
            assert (burst["answered"], burst["lost"], burst["duplicated"]) == (1000, 0, 0), burst
        figures["memory, MiB"] = bot.memory_mib()
        bot.stop()
        return figures
    finally:
        discord.stop()


def main():
    options = arguments("What Footnote costs").parse_args()
    sys.path.insert(0, str(options.discord))
    import drive

    print("| | " + " | ".join(f"{guilds:,} guilds" for guilds in (1, 1000)) + " |\n| --- | --- | --- |")
    tables = [[run(drive, options.footnote, options.port, guilds) for _ in range(RUNS)] for guilds in (1, 1000)]
    for name in tables[0][0]:
        cells = []
        for runs in tables:
            values = [figures[name] for figures in runs]
            cells.append(f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})")
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
