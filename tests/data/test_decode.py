"""One picture file, of every kind and of no kind."""

import numpy as np
import pytest
from PIL import Image

from dlcli.data.pictures import decode as pictures
from dlcli.data.pictures.decode import Form, decode, read_head
from dlcli.errors import DataError
from tests.data.pictures import encoded, picture, tiff

OWN = Form(None, 3)


def array(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("format", ["PNG", "BMP", "PPM", "TIFF"])
def test_lossless_formats_give_the_pixels(format):
    image = picture()
    assert np.array_equal(decode(encoded(image, format), "a", OWN), array(image))
    assert read_head(encoded(image, format), "a") == ((6, 8), True, False)


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "GIF"])
def test_lossy_formats_give_nearly_the_pixels(format):
    found = decode(encoded(picture(size=(32, 48)), format), "a", OWN)
    assert np.abs(found.astype(int) - array(picture(size=(32, 48)))).mean() < 6


def test_grey_and_colour_become_what_is_wanted():
    grey = picture(mode="L")
    assert np.array_equal(decode(encoded(grey), "a", OWN), np.repeat(np.asarray(grey)[..., None], 3, 2))
    red = Image.new("RGB", (2, 2), (255, 0, 0))
    assert decode(encoded(red), "a", Form(None, 1)).tolist() == [[[76]] * 2] * 2      # 0.299 of 255
    assert not read_head(encoded(grey), "a").colour and read_head(encoded(red), "a").colour


def test_what_is_transparent_shows_white():
    image = Image.new("RGBA", (3, 1))
    image.putdata([(255, 0, 0, 255), (255, 0, 0, 0), (255, 0, 0, 51)])
    assert decode(encoded(image), "a", OWN)[0].tolist() == [[255, 0, 0], [255, 255, 255], [255, 204, 204]]
    palette = Image.new("P", (2, 1))
    palette.putpalette([0, 0, 0, 0, 0, 255])
    palette.putdata([0, 1])
    assert decode(encoded(palette, transparency=0), "a", OWN)[0].tolist() == [[255, 255, 255], [0, 0, 255]]
    grey = Image.fromarray(np.array([[0, 100]], np.uint8))
    # a colour that stands for what is transparent
    for image, colour in ((grey, 0), (grey.convert("RGB"), (0, 0, 0))):
        for channels in (1, 3):
            found = decode(encoded(image, transparency=colour), "a", Form(None, channels))
            assert found[0].tolist() == [[255] * channels, [100] * channels]
    grey = Image.new("LA", (2, 1))
    grey.putdata([(10, 255), (10, 0)])
    assert decode(encoded(grey), "a", Form(None, 1))[0].tolist() == [[10], [255]]


@pytest.mark.parametrize("format", ["PNG", "TIFF", "PPM"])
def test_sixteen_bits_become_eight_without_clipping(format):
    wide = np.array([[0, 256, 32768, 65535]], np.uint16)
    assert decode(encoded(Image.fromarray(wide), format), "a", Form(None, 1))[0, :, 0].tolist() == [0, 1, 128, 255]


@pytest.mark.parametrize("bits, photometric, data, expected", [
    (16, 1, b"\0\0\1\1\x80\x80\xff\xff", [0, 1, 128, 255]), (16, 0, b"\0\0\1\1\x80\x80\xff\xff", [255, 254, 127, 0]),
    (12, 1, b"\xff\xff\xff\x80\x00\x00", [255, 255, 128, 0]), (8, 0, b"\x00\x01\x80\xff", [255, 254, 127, 0])])
def test_grey_tiffs_of_every_depth_with_black_or_white_as_0(bits, photometric, data, expected):
    data = tiff(bits, photometric, data)
    assert decode(data, "a", Form(None, 1)).ravel().tolist() == expected
    assert read_head(data, "a") == ((1, 4), False, False)


def test_lab_is_colour():
    data = encoded(Image.merge("LAB", [Image.new("L", (4, 4), value) for value in (150, 200, 100)]), "TIFF")
    assert read_head(data, "a").colour and np.ptp(decode(data, "a", OWN)) > 50


def test_cmyk_becomes_rgb():
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    assert np.abs(decode(encoded(image, "JPEG"), "a", OWN).reshape(-1, 3).astype(int) - [254, 0, 0]).max() < 12


def test_one_bit_and_palette():
    bits = Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1")
    assert decode(encoded(bits), "a", Form(None, 1))[0].tolist() == [[0], [255]]
    image = picture().quantize(4)
    assert np.array_equal(decode(encoded(image), "a", OWN), array(image))


def test_of_an_animation_the_first_frame():
    frames = [Image.new("RGB", (4, 4), colour) for colour in ((255, 0, 0), (0, 255, 0))]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert read_head(data, "a").animated and decode(data, "a", OWN)[0, 0].tolist() == [255, 0, 0]


def test_an_animation_whose_second_frame_is_damaged_is_one():
    """What is never read is no reason to refuse the picture, wherever the file was cut within it."""
    frames = [Image.new("RGB", (8, 6), colour) for colour in ((255, 0, 0), (0, 255, 0))]
    whole = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    for cut in range(1, len(whole) - len(encoded(frames[0], "GIF")) + 1):
        assert decode(whole[:-cut], "a", OWN)[0, 0].tolist() == [255, 0, 0]
        assert read_head(whole[:-cut], "a").size == (6, 8)


def test_further_pictures_that_are_no_animation():
    for format in ("MPO", "TIFF"):
        data = encoded(picture(), format, save_all=True, append_images=[picture(1)])
        assert read_head(data, "a") == ((6, 8), True, False) and decode(data, "a", OWN).shape == (6, 8, 3)


def test_fit():
    """A wide picture: left half black, right half white."""
    wide = np.zeros((20, 60), np.uint8)
    wide[:, 30:] = 255
    data = encoded(Image.fromarray(wide))
    stretched, cropped, padded = (
        decode(data, "a", Form((12, 12), 1, fit))[..., 0] for fit in ("resize", "crop", "pad")
    )
    assert stretched.shape == cropped.shape == padded.shape == (12, 12)
    assert (stretched[:, :5] == 0).all() and (stretched[:, 7:] == 255).all()
    assert (cropped[:, :5] == 0).all() and (cropped[:, 7:] == 255).all()
    assert (padded[4:8, :5] == 0).all() and (padded[4:8, 7:] == 255).all()
    red = Image.new("RGB", (10, 2), (200, 10, 10))
    assert (decode(encoded(red), "a", Form((8, 8), 3, "pad")) == [200, 10, 10]).all()


def test_the_right_size_is_left_alone():
    image = picture(size=(9, 7))
    for fit in ("resize", "crop", "pad"):
        assert np.array_equal(decode(encoded(image), "a", Form((9, 7), 3, fit)), array(image))


def test_tiny_and_long_pictures():
    assert decode(encoded(Image.new("L", (1, 1), 7)), "a", Form((4, 4), 1)).ravel().tolist() == [7] * 16
    for fit in ("resize", "crop", "pad"):
        assert decode(encoded(Image.new("L", (3000, 1), 7)), "a", Form((4, 4), 1, fit)).ravel().tolist() == [7] * 16


PNG = encoded(picture(size=(40, 40)))
JPEG = encoded(picture(size=(40, 40)), "JPEG")


@pytest.mark.parametrize(
    "data, problem",
    [
        (b"", "is empty"),
        (b"hello", "is not a picture"),
        (b"GIF89a", "not a picture|damaged"),
        (b"%PDF-1.4", "is not a picture"),
        (PNG[:-40], "damaged or cut short"),
        (JPEG[:-200], "damaged or cut short"),
        (PNG[:30], "damaged|not a picture"),
        (b"BM" + bytes(60), "damaged|not a picture"),
        (b"P6 2 2 255\n", "damaged"),
        (b"P5 99999 99999 255\n", "declares more than 67,108,864 pixels"),
        (b"P5 9000 9000 255\n", "declares more than 67,108,864 pixels"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "damaged|not a picture"),
        (b"II*\0\x08\0\0\0\xff\xff", "damaged|not a picture"),
    ],
)
def test_hostile_files(data, problem):
    with pytest.raises(DataError, match=problem) as caught:
        decode(data, "cat/1.jpg", OWN)
    assert caught.value.where == "cat/1.jpg" and "BytesIO" not in caught.value.problem


@pytest.mark.parametrize(
    "read", [lambda data: decode(data, "a", OWN), lambda data: read_head(data, "a")], ids=["decode", "read_head"]
)
def test_pixels_that_are_no_bytes(read):
    """The header tells already: `check` must not call such a folder sound."""
    with pytest.raises(DataError, match="pixels of fractions"):
        read(encoded(Image.new("F", (2, 2), 0.5), "TIFF"))
    with pytest.raises(DataError, match="pixels of 32 bits"):
        read(encoded(Image.new("I", (2, 2), 70_000), "TIFF"))


@pytest.mark.parametrize(
    "data",
    [
        PNG,
        JPEG,
        encoded(picture(), "GIF"),
        encoded(picture(), "TIFF"),
        encoded(picture(), "WEBP"),
        encoded(picture(), "BMP"),
    ],
    ids=["png", "jpeg", "gif", "tiff", "webp", "bmp"],
)
def test_every_flipped_byte_gives_a_picture_or_a_data_error(data):
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(data), 150):
        broken = bytearray(data)
        broken[place] ^= int(rng.integers(1, 256))
        for function in (lambda d: read_head(d, "a"), lambda d: decode(d, "a", Form((5, 5), 3))):
            try:
                function(bytes(broken))
            except DataError:
                pass


def test_a_picture_of_another_format_is_not_opened(monkeypatch):
    """Pillow reads dozens of formats; only those that people have are tried."""
    data = encoded(picture(), "ICNS") if "ICNS" in Image.SAVE else encoded(picture(size=(16, 16)), "TGA")
    with pytest.raises(DataError, match="is not a picture"):
        decode(data, "a", OWN)
    assert "EPS" not in pictures.FORMATS


def test_a_large_jpeg_is_decoded_small_and_looks_the_same():
    grain = np.random.default_rng(0).integers(-20, 20, (400, 600, 3))
    image = Image.fromarray(np.clip(np.asarray(picture(3, (400, 600))).astype(int) + grain, 0, 255).astype(np.uint8))
    for fit in ("resize", "crop", "pad"):
        small, exact = (
            decode(encoded(image, format), "a", Form((20, 30), 3, fit)).astype(int) for format in ("JPEG", "PNG")
        )
        assert small.shape == exact.shape and np.abs(small - exact).mean() < 2
