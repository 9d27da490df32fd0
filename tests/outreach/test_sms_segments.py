import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.sms_segments import Encoding, measure, most_segments

GSM, UCS2 = Encoding.GSM, Encoding.UCS2


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", GSM, 0, 0),
        ("a", GSM, 1, 1),
        ("a" * 160, GSM, 160, 1),
        ("a" * 161, GSM, 161, 2),
        ("a" * 306, GSM, 306, 2),
        ("a" * 307, GSM, 307, 3),
        ("a" * 459, GSM, 459, 3),
        ("a" * 460, GSM, 460, 4),
        # The extension table: an escape before each
        ("€", GSM, 2, 1),
        ("€" * 80, GSM, 160, 1),
        ("€" * 80 + "a", GSM, 161, 2),
        ("^{}\\[~]|€\f", GSM, 20, 1),
        # An escape and its character are not split: 152 of 153 septets are used
        ("€" * 153, GSM, 306, 3),
        ("€" * 152, GSM, 304, 2),
        ("a" + "€" * 80, GSM, 161, 2),
        ("a" * 152 + "€" + "a" * 152, GSM, 306, 3),
        # Characters of the basic table that look foreign
        ("Δ_ΦΓΛΩΠΨΣΘΞ¤¡Ññ§à", GSM, 17, 1),
        # One character outside and everything is UTF-16
        ("`", UCS2, 1, 1),
        ("ç", UCS2, 1, 1),
        ("海" * 70, UCS2, 70, 1),
        ("海" * 71, UCS2, 71, 2),
        ("海" * 134, UCS2, 134, 2),
        ("海" * 135, UCS2, 135, 3),
        ("a" * 69 + "海", UCS2, 70, 1),
        ("a" * 70 + "海", UCS2, 71, 2),
        # The extension table costs nothing extra there
        ("€" * 69 + "海", UCS2, 70, 1),
        # Emoji are two units, and are not split
        ("😀", UCS2, 2, 1),
        ("😀" * 35, UCS2, 70, 1),
        ("😀" * 36, UCS2, 72, 2),
        ("😀" * 66, UCS2, 132, 2),
        ("😀" * 67, UCS2, 134, 3),
        ("a" * 66 + "😀" + "a" * 66, UCS2, 134, 3),
        ("👨‍👩‍👧", UCS2, 8, 1),
    ],
)
def test_the_carriers_count(text: str, encoding: Encoding, units: int, segments: int) -> None:
    length = measure(text)
    assert (length.encoding, length.units, length.segments) == (encoding, units, segments)


def test_the_alphabet_has_all_its_characters() -> None:
    gsm = [character for character in map(chr, range(0x10000)) if measure(character).encoding == GSM]
    assert len(gsm) == 127 + 10  # 128 codes without the escape, and the extension table


alphabet = st.sampled_from("aé€[海😀")


@given(st.text(alphabet, max_size=700), st.data())
def test_no_shorter_text_takes_more_than_was_promised(text: str, data: st.DataObject) -> None:
    promised = most_segments(text)
    assert measure(text).segments <= promised <= measure(text).segments + 1
    left_out = data.draw(st.sets(st.integers(0, max(0, len(text) - 1)), max_size=5))
    shorter = "".join(character for place, character in enumerate(text) if place not in left_out)
    assert measure(shorter).segments <= promised
