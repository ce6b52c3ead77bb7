"""korone-picture as a program: what it makes, compared with references; what it refuses; what bombs
cost. Another implementation of the formats (Pillow) reads and writes beside it."""

import io
import pathlib
import resource
import struct
import subprocess
import tempfile
import unittest
import zlib

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from checkout import BIN, ROOT

PROGRAM = BIN / "korone-picture"
MEGABYTES = 512  # PICTURE_MEGABYTES of workers/api/pictures.h
EX_USAGE, EX_DATAERR, EX_NOINPUT, EX_CANTCREAT = 64, 65, 66, 73


def cover(number, side=300):
    """A picture that is told from others of another number."""
    image = Image.new("RGB", (side, side), ((number * 53) % 200, (number * 97 + 40) % 200, (number * 31 + 90) % 220))
    draw = ImageDraw.Draw(image)
    light = ((number * 71 + 120) % 256, (number * 37 + 160) % 256, (number * 113 + 80) % 256)
    for ring in range(4 + number % 3):
        inset = side // 10 + ring * side // 12
        if inset > side - inset:
            break
        shape = draw.ellipse if number % 2 else draw.rectangle
        shape([inset, inset, side - inset, side - inset], outline=light, width=3 + number % 4)
    draw.polygon([(side // 2, side // 5), (side * 4 // 5, side * 3 // 4), (side // 5, side * 3 // 4)],
                 fill=light if number % 3 == 0 else None, outline=light)
    return image


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def sheet(*parts):
    out = b""
    for name, value in parts:
        value = value if isinstance(value, bytes) else value.encode()
        out += b"%s %d\n%s\n" % (name.encode(), len(value), value)
    return out


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, data, *others):
    """In grey, of 8 bits."""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
            b"".join(others) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


COLLAGE = [("Homogenic", "Björk", "128 plays"), ("Группа крови", "Кино", "97 plays"),
           ("نسم علينا الهوى", "فيروز", "64 plays"), ("Construção", "Chico Buarque", "51 plays"),
           ("आवाज़", "हरिहरन", "40 plays"), ("ხმები", "ჰამლეტ გონაშვილი", "33 plays"),
           ("Das Wohltemperierte Klavier, Band II, in der Fassung von 1742", "J. S. Bach", "21 plays"),
           ("Καινούργια μέρα", "Χάρις Αλεξίου", "20 plays"), ("เพลง", "คาราบาว", "12 plays")]


def collage():
    parts = [("columns", "3")]
    for number, lines in enumerate(COLLAGE):
        kind = ("JPEG", "PNG", "WEBP")[number % 3]
        parts += [("tile", ""), ("picture", encoded(cover(number), kind))]
        parts += [("line", line) for line in lines]
    return sheet(*parts)


def card():
    return sheet(("picture", encoded(cover(6), "JPEG")), ("label", "Alice is listening to"), ("title", "Jóga"),
                 ("line", "Björk"), ("line", "Homogenic"), ("note", "128 plays · loved"))


class PictureTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="korone-picture-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def run_program(self, *words, megabytes=MEGABYTES, seconds=30):
        def limit():
            resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))
        return subprocess.run([str(PROGRAM), *map(str, words)], capture_output=True, text=True, timeout=seconds,
                              preexec_fn=limit, check=False)

    def write(self, data, name="input"):
        path = self.directory / name
        path.write_bytes(data)
        return path

    def make(self, operation, data, *options, output="output.png"):
        """The picture, as Pillow reads it."""
        path = self.directory / output
        done = self.run_program(operation, *options, self.write(data), path)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        image = Image.open(path)
        image.load()
        return image

    def refuses(self, operation, data, why, code=EX_DATAERR, **limits):
        path = self.directory / "refused.png"
        path.write_bytes(b"as it was")
        done = self.run_program(operation, self.write(data), path, **limits)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(why, done.stderr)
        self.assertEqual(path.read_bytes(), b"as it was")


class MakingTest(PictureTest):
    def test_a_sticker_has_one_side_of_512_pixels(self):
        for (width, height), expected in (((1000, 700), (512, 358)), ((30, 60), (256, 512)), ((512, 512), (512, 512)),
                                          ((3000, 2), (512, 1)), ((1, 1), (512, 512))):
            for kind in ("PNG", "JPEG", "WEBP"):
                for output in ("s.webp", "s.png"):
                    image = self.make("sticker", encoded(Image.new("RGB", (width, height), "red"), kind), output=output)
                    self.assertEqual((image.size, image.format), (expected, output[2:].upper()))
        self.assertEqual(self.make("sticker", encoded(cover(1), "PNG"), "--side", "100").size, (100, 100))

    def test_a_sticker_is_no_larger_than_telegram_takes(self):
        noise = Image.effect_noise((512, 512), 200).convert("RGB")
        self.make("sticker", encoded(noise, "PNG"), output="s.webp")
        self.assertLessEqual((self.directory / "s.webp").stat().st_size, 512000)

    def test_what_is_transparent_stays_so(self):
        image = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
        image.paste((0, 0, 255, 255), (0, 0, 50, 100))
        for output in ("s.webp", "s.png"):
            made = self.make("sticker", encoded(image, "PNG"), output=output).convert("RGBA")
            self.assertEqual(made.getpixel((500, 250))[3], 0)
            self.assertEqual(made.getpixel((5, 250))[3], 255)
            self.assertGreater(made.getpixel((5, 250))[2], 240)

    def test_every_form_of_png_and_jpeg_is_read(self):
        for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
            image = Image.new("L", (64, 32), 0)
            image.paste(255, (0, 0, 32, 32))
            made = self.make("thumbnail", encoded(image.convert("I").convert("I;16") if mode == "I;16"
                                                  else image.convert(mode), "PNG")).convert("L")
            self.assertGreaterEqual(made.getpixel((5, 5)), 250 if mode != "I;16" else 0, mode)
            self.assertLess(made.getpixel((60, 5)), 5)
        for mode in ("L", "RGB", "CMYK"):
            for progressive in (False, True):
                image = Image.new("RGB", (64, 32), "white").convert(mode)
                made = self.make("thumbnail", encoded(image, "JPEG", progressive=progressive)).convert("L")
                self.assertGreater(made.getpixel((5, 5)), 250, mode)

    def test_a_photo_stands_as_it_was_taken(self):
        image = Image.new("RGB", (300, 200), "white")
        image.paste("black", (0, 0, 300, 20))  # what was at the top of the sensor
        exif = Image.Exif()
        exif[0x112] = 6  # turn it to the right
        made = self.make("thumbnail", encoded(image, "JPEG", exif=exif.tobytes())).convert("L")
        self.assertEqual(made.size, (200, 300))
        self.assertLess(made.getpixel((195, 150)), 60)
        self.assertGreater(made.getpixel((5, 150)), 200)

    def test_a_thumbnail_does_not_grow(self):
        self.assertEqual(self.make("thumbnail", encoded(cover(1, 1000), "PNG"), output="t.jpg").size, (320, 320))
        self.assertEqual(self.make("thumbnail", encoded(cover(1, 40), "PNG"), output="t.jpg").size, (40, 40))

    def test_a_collage_has_all_that_can_be_read(self):
        tiles = [("tile", ""), ("picture", encoded(Image.new("RGB", (9, 9), "red"), "PNG")),
                 ("tile", ""), ("picture", b"broken"), ("line", "\xff"), ("tile", "")]
        made = self.make("collage", sheet(*tiles), "--side", "50").convert("RGB")
        self.assertEqual(made.size, (100, 100))
        self.assertEqual(made.getpixel((25, 25)), (255, 0, 0))
        self.assertEqual(made.getpixel((75, 10)), made.getpixel((25, 75)))
        self.assertEqual(self.make("collage", sheet(("columns", "3"), *tiles)).size, (900, 300))

    def test_a_captcha_is_the_same_for_the_same_seed(self):
        one, same, other = (self.make("captcha", sheet(("text", "K7QXM"), ("seed", seed)), output=f"{at}.png")
                            for at, seed in enumerate(("42", "42", "43")))
        self.assertEqual(one.tobytes(), same.tobytes())
        self.assertNotEqual(one.tobytes(), other.tobytes())


class ReferenceTest(PictureTest):
    """Looked at by eye when they were made. To make them again after a change that is wanted:

        cd tests/system; /usr/bin/python3 -c 'import test_picture; test_picture.make_references()'
    """

    def is_like(self, made, reference):
        """Of squares of 10 pixels a side: no library draws an edge as another version of it does. A square may
        be what is beside it, too, as letters of another version of a font are a pixel wider."""
        expected = Image.open(reference).convert("RGB")
        made = made.convert("RGB")
        self.assertEqual(made.size, expected.size)
        size = (expected.width // 10, expected.height // 10)
        made, expected = made.resize(size, Image.BOX), expected.resize(size, Image.BOX)
        mean = sum(ImageStat.Stat(ImageChops.difference(made, expected)).mean) / 3
        worst = max(self.apart(made, expected), self.apart(expected, made))
        self.assertLess(mean, 2, reference)
        self.assertLess(worst, 45, reference)

    def apart(self, one, other):
        """How far the worst square of one is from all values at that place of the other, and beside it."""
        lighter = ImageChops.subtract(one, other.filter(ImageFilter.MaxFilter(3)))
        darker = ImageChops.subtract(other.filter(ImageFilter.MinFilter(3)), one)
        return max(high for image in (lighter, darker) for _, high in image.getextrema())

    def test_pictures_look_as_they_did(self):
        for name, operation, data in references():
            with self.subTest(name=name):
                self.is_like(self.make(operation, data), name)

    def test_the_comparison_sees_another_picture(self):
        name, operation, data = references()[0]
        with self.assertRaises(AssertionError):
            self.is_like(self.make(operation, data.replace("Jóga".encode(), b"WWWWW")), name)


def references():
    return [(ROOT / "docs/card.jpg", "card", card()), (ROOT / "docs/collage.jpg", "collage", collage()),
            (ROOT / "tests/system/captcha.jpg", "captcha", sheet(("text", "K7QXMR"), ("seed", "42")))]


def make_references():
    for name, operation, data in references():
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            subprocess.run([PROGRAM, operation, file.name, name], check=True)


class HostileTest(PictureTest):
    def test_bombs_are_refused_before_they_take_memory(self):
        rows = zlib.compress(b"\0" * (16385 * 16384), 9)
        self.refuses("sticker", png(16384, 16384, rows), "at most 16384 a side and 40000000", megabytes=64)
        self.refuses("sticker", png(1 << 30, 1, rows), "broken PNG", megabytes=64)
        self.refuses("collage", sheet(*[("tile", "")] * 101), "more than 100 tiles", megabytes=64)
        self.refuses("collage", sheet(("columns", "99"), *[("tile", "")] * 100), "29700 x 600 pixels", megabytes=64)

    def test_texts_of_a_png_are_not_unpacked(self):
        text = chunk(b"zTXt", b"a\0\0" + zlib.compress(b"a" * 100_000_000, 9)) * 20
        profile = chunk(b"iCCP", b"a\0\0" + zlib.compress(b"a" * 100_000_000, 9))
        path = self.directory / "output.png"
        done = self.run_program("sticker", self.write(png(1, 1, zlib.compress(b"\0\0"), profile, text)), path, megabytes=64)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_largest_picture_stays_within_its_memory(self):
        for data in (png(8000, 5000, zlib.compress(b"\0" * (8001 * 5000), 1)),
                     encoded(Image.new("L", (8000, 5000)), "JPEG"), encoded(Image.new("RGB", (8000, 5000)), "WEBP", method=0)):
            self.assertEqual(self.make("sticker", data, output="s.webp").size, (512, 320))

    def test_a_jpeg_that_is_gone_over_without_end_is_refused(self):
        progressive = encoded(cover(1, 64), "JPEG", progressive=True)
        start = progressive.rindex(b"\xff\xda")
        scan = progressive[start:-2]
        self.refuses("sticker", progressive[:start] + scan * 2000 + b"\xff\xd9", "more than 100 scans")

    def test_what_is_cut_off_or_no_picture_is_refused(self):
        for kind in ("PNG", "JPEG", "WEBP"):
            whole = encoded(cover(1), kind)
            self.refuses("sticker", whole[:len(whole) // 2], "cut off" if kind != "WEBP" else "WebP")
        self.refuses("sticker", b"", "neither PNG nor JPEG nor WebP")
        self.refuses("sticker", b"#!/bin/sh\nid\n", "neither PNG nor JPEG nor WebP")
        self.refuses("sticker", encoded(cover(1), "GIF"), "neither PNG nor JPEG nor WebP")
        frames = [cover(1, 20), cover(2, 20)]
        self.refuses("sticker", encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]), "a WebP that moves")
        self.refuses("card", b"\xff" * 100, "part 1 of the sheet")
        self.refuses("card", sheet(("label", "x")), 'a sheet without "title"')
        self.refuses("captcha", sheet(("text", "x" * 13)), "1 to 12 characters")

    def test_too_much_is_refused(self):
        (self.directory / "input").touch()
        with open(self.directory / "input", "r+b") as file:
            file.truncate(60 << 20)
        done = self.run_program("sticker", self.directory / "input", self.directory / "o.png")
        self.assertEqual(done.returncode, EX_NOINPUT, done.stderr)

    def test_texts_that_are_piled_up_stay_in_their_line(self):
        """Marks over marks, both directions, one character of 500 bytes, none at all."""
        zalgo = "Z" + "\u0300" * 200
        for text in (zalgo, "a\u202eb\u202dc", "👩‍👩‍👧‍👦" * 30, "", "\n\n\n", "<b>&amp;%s", "\u0bf5" * 100):
            made = self.make("card", sheet(("title", text))).convert("RGB")
            below = made.crop((320, 150, 960, 320))
            self.assertEqual({colour for _, colour in below.getcolors()}, {(58, 63, 75)}, repr(text))


class UsageTest(PictureTest):
    def test_it_says_what_it_takes(self):
        done = self.run_program("--help")
        self.assertEqual(done.returncode, 0)
        for operation in ("captcha", "card", "collage", "sticker", "thumbnail"):
            self.assertIn(f"\n  {operation} ", done.stdout)
            more = self.run_program(operation, "--help")
            self.assertEqual((more.returncode, more.stdout.splitlines()[0].split()[:3]),
                             (0, ["Usage:", "korone-picture", operation]))
            self.assertIn(f"{operation} ", self.run_program("--man").stdout)
        self.assertRegex(self.run_program("--version").stdout, r"^korone-picture \d")

    def test_what_it_does_not_take_is_named(self):
        path = self.write(encoded(cover(1), "PNG"))
        for words, code, why in (((), EX_USAGE, "no operation"), (("paint", path, "o.png"), EX_USAGE, "paint"),
                                 (("sticker", path), EX_USAGE, "one input and one output"),
                                 (("sticker", "--side", "0", path, "o.png"), EX_USAGE, "1 to 4096 pixels"),
                                 (("sticker", path, "output.gif"), EX_USAGE, ".png, .jpg or .webp, not: output.gif"),
                                 (("sticker", self.directory / "none", "o.png"), EX_NOINPUT, "none"),
                                 (("sticker", path, self.directory / "no/o.png"), EX_CANTCREAT, "no/o.png")):
            done = self.run_program(*words)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(why, done.stderr)
