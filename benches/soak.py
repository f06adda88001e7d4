#!/usr/bin/env python3
"""Checks that memory does not grow: asks many questions against an offline Discord and prints the memory.

    cargo build --release
    python3 benches/soak.py FOLDER_OF_THE_OFFLINE_DISCORD
"""

import sys
import time

from support.bot import QUESTIONS, Bot, arguments

STEP = 2_000


def main():
    parser = arguments("Checks that memory does not grow")
    parser.add_argument("--questions", type=int, default=200_000)
    parser.add_argument("--rows", type=int, default=10, help="how often to print the memory")
    options = parser.parse_args()
    sys.path.insert(0, str(options.discord))
    import drive

    discord = drive.Discord.launch(port=options.port, guilds=1)
    bot = Bot(options.footnote, discord)
    try:
        # The first start learns the weights, which takes memory that later starts do not need.
        bot.start()
        bot.connected()
        while not (bot.folder / "learned.bin").exists():
            time.sleep(0.1)
        bot.stop()
        bot.start()
        bot.connected()
        discord.burst(n=STEP, texts=bot.mentioning(), concurrency=20)
        print(f"| questions | memory, MiB |\n| --- | --- |\n| {STEP:,} | {bot.memory_mib():.1f} |", flush=True)
        asked, rows = STEP, 0
        while asked < options.questions:
            texts = bot.mentioning([f"{question} {asked + number}" for number, question in enumerate(QUESTIONS * 40)])
            burst = discord.burst(n=STEP, texts=texts, concurrency=20)
            assert (burst["answered"], burst["lost"], burst["duplicated"]) == (STEP, 0, 0), burst
            asked += STEP
            if asked * options.rows // options.questions > rows:
                rows = asked * options.rows // options.questions
                print(f"| {asked:,} | {bot.memory_mib():.1f} |", flush=True)
        bot.stop()
    finally:
        # With 400,000 messages in memory, it takes longer to stop than `stop` waits.
        discord.process.kill()


if __name__ == "__main__":
    main()
