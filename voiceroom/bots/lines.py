"""Who the simulated people are and what they say. make_voices.py made voices/ of the spoken lines."""

from typing import NamedTuple


class Part(NamedTuple):
    """One simulated person. ``voice``, ``pitch`` and ``speed`` (words a minute) are espeak-ng's."""

    login: str
    first_name: str
    last_name: str
    room: str
    voice: str
    pitch: int
    speed: int


CAST = [  # with --bots N the first N come
    Part("ines", "Inês", "Duarte", "kitchen-table", "en-gb+f3", 55, 158),
    Part("tomas", "Tomás", "Novák", "kitchen-table", "en-gb+m3", 38, 150),
    Part("yusuf", "Yusuf", "Kaya", "kitchen-table", "en-us+m7", 46, 162),
    Part("mei", "陈梅", "", "tingge", "cmn+f2", 58, 165),
    Part("lin", "林远", "", "tingge", "cmn+m1", 42, 160),
    Part("hana", "Hana", "Sato", "build-log", "en-us+f4", 60, 165),
    Part("otis", "Otis", "Reed", "build-log", "en-us+m2", 32, 148),
]

SPOKEN = {  # slug: (who, what), in order and again from the start; a line of somebody without a seat is left out
    "kitchen-table": [
        ("ines", "Right, the kettle is on. Who would like a cup of tea?"),
        ("tomas", "Me, please. And a slice of that bread, if there is any left."),
        ("ines", "There is one slice left, and it has your name on it."),
        ("yusuf", "Hang on. I asked about that slice an hour ago."),
        ("tomas", "Then we cut it in half. I am a peaceful man."),
        ("yusuf", "Did anybody see the sky last night? It was completely orange."),
        ("ines", "I took a picture. Of course it looks like a lamp behind a curtain."),
        ("tomas", "Mine looks exactly the same. We should open a gallery."),
        ("yusuf", "I am trying the overnight dough today. Any last advice?"),
        ("ines", "Less water than you think, and more salt than you think."),
        ("tomas", "And do not open the oven. I know that you will open the oven."),
        ("yusuf", "I would never. Well, perhaps once, for a very short moment."),
    ],
    "tingge": [
        ("mei", "大家晚上好，今天想听点什么？"),
        ("lin", "下雨天，来一张安静的钢琴吧。"),
        ("mei", "好主意，我刚好找到一张新的。"),
        ("lin", "第三首的开头特别好听，你们注意一下。"),
        ("mei", "真的，听到那里我放下了手里的书。"),
        ("lin", "下次我带一张老唱片来，保证你们喜欢。"),
    ],
    "build-log": [
        ("hana", "The lamp works. It is very quiet now, I am almost sad about it."),
        ("otis", "Quiet is good. Mine still hums when it is cold."),
        ("hana", "Check the ground wire. It was the ground wire for me, twice."),
        ("otis", "It is always the ground wire. I will look after lunch."),
    ],
}

WRITTEN = {  # slug: what they type now and then
    "kitchen-table": [
        ("yusuf", "Dough is in the fridge. Nobody touch it 🙏"),
        ("ines", "Tea: black, mint, or the strange one from the tin?"),
        ("tomas", "The strange one, always."),
        ("yusuf", "Update: I have not opened the oven. It is not on yet."),
        ("ines", "There is room at the table, take a seat if you like."),
    ],
    "tingge": [
        ("lin", "正在放：第三首 🎧"),
        ("mei", "这首我已经循环一个下午了"),
        ("lin", "有空位，想聊就上麦吧"),
    ],
    "build-log": [
        ("otis", "Photo of the ground wire tomorrow."),
        ("hana", "Bring a marble for the shelf test."),
    ],
}

WELCOMES = {
    "kitchen-table": ["Hello {}! Pull up a chair.", "Hi {}, tea is ready."],
    "tingge": ["欢迎 {}！", "{} 来啦，坐下一起听。"],
    "build-log": ["Hey {}, what are you building?"],
}


def file_of(slug, number):
    """The name of the file with a spoken line, by its place in SPOKEN."""
    return f"{slug}-{number:02}.opus"
