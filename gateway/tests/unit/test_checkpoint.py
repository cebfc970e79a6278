"""Signed checkpoints: other people's notes open, ours are what they would write, and nothing altered is believed."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.checkpoint import (
    BadSignatureError,
    Checkpoint,
    CheckpointError,
    MalformedCheckpointError,
    MalformedKeyError,
    Signer,
    UnsignedError,
    Verifier,
    WrongOriginError,
    format_vkey,
    open_checkpoint,
    open_note,
    parse_vkey,
    sign,
)

LOG = Signer("lgsp.example/ledger", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
WITNESS = Signer("witness.example/w1", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
CHECKPOINT = Checkpoint("lgsp.example/ledger", 20852163, bytes(range(32)))
NOTE = sign(CHECKPOINT, LOG)

# The key and note of the Go reference implementation (golang.org/x/mod/sumdb/note).
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_PRIVATE = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.
"""
GO_NOTE = (
    GO_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def witness_line(body: str = CHECKPOINT.body) -> str:
    signature = WITNESS.private_key.sign(body.encode())
    return f"— {WITNESS.name} {base64.b64encode(WITNESS.verifier.key_id + signature).decode()}\n"


def signed(body: str) -> str:
    """Any text, signed by the log as it stands, to try what a checkpoint of ours would never say."""
    signature = LOG.private_key.sign(body.encode())
    return f"{body}\n— {LOG.name} {base64.b64encode(LOG.verifier.key_id + signature).decode()}\n"


# --- the form ------------------------------------------------------------------------------------------------------


def test_a_checkpoint_reads_as_the_specification_writes_it() -> None:
    origin, size, root, blank, signature, end = NOTE.split("\n")
    assert (origin, size, blank, end) == ("lgsp.example/ledger", "20852163", "", "")
    assert root == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    dash, name, encoded = signature.split(" ")
    assert (dash, name) == ("\u2014", "lgsp.example/ledger")
    raw = base64.b64decode(encoded)
    assert raw[:4] == LOG.verifier.key_id
    assert len(raw) == 4 + 64


def test_a_note_of_the_go_reference_implementation_opens() -> None:
    assert open_note(GO_NOTE, parse_vkey(GO_VKEY)) == GO_TEXT


def test_the_go_key_signs_to_the_same_bytes_here() -> None:
    signer = Signer("PeterNeumann", Ed25519PrivateKey.from_private_bytes(base64.b64decode(GO_PRIVATE)[1:]))
    assert format_vkey(signer.verifier) == GO_VKEY
    assert GO_NOTE.endswith(
        base64.b64encode(signer.verifier.key_id + signer.private_key.sign(GO_TEXT.encode())).decode() + "\n"
    )


def test_a_checkpoint_of_the_go_checksum_database_opens() -> None:
    """The published head of sum.golang.org that the C2SP specification takes its example from."""
    verifier = parse_vkey("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")
    note = (
        "go.sum database tree\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— sum.golang.org "
        "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    )
    opened = open_checkpoint(note, verifier, origin="go.sum database tree")
    assert opened == Checkpoint(
        "go.sum database tree", 20852163, base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    )


# --- opening -------------------------------------------------------------------------------------------------------


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_what_was_signed_is_what_is_opened(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(LOG.name, size, root)
    assert open_checkpoint(sign(checkpoint, LOG), LOG.verifier) == checkpoint


@given(st.data())
def test_no_changed_character_goes_unnoticed(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(NOTE) - 1))
    character = data.draw(st.characters().filter(lambda drawn: drawn != NOTE[place]))
    with pytest.raises(CheckpointError):
        open_checkpoint(NOTE[:place] + character + NOTE[place + 1 :], LOG.verifier)


def test_a_changed_size_is_a_bad_signature() -> None:
    with pytest.raises(BadSignatureError):
        open_checkpoint(NOTE.replace("20852163", "20852164"), LOG.verifier)


def test_another_key_of_the_same_name_is_not_believed() -> None:
    impostor = Signer(LOG.name, WITNESS.private_key)
    with pytest.raises(UnsignedError):
        open_checkpoint(sign(CHECKPOINT, impostor), LOG.verifier)


def test_a_claimed_key_id_does_not_help_another_key() -> None:
    forged = base64.b64encode(LOG.verifier.key_id + WITNESS.private_key.sign(CHECKPOINT.body.encode())).decode()
    with pytest.raises(BadSignatureError):
        open_checkpoint(f"{CHECKPOINT.body}\n— {LOG.name} {forged}\n", LOG.verifier)


def test_a_bad_signature_beside_a_good_one_spoils_the_note() -> None:
    forged = base64.b64encode(LOG.verifier.key_id + bytes(64)).decode()
    with pytest.raises(BadSignatureError):
        open_checkpoint(f"{NOTE}— {LOG.name} {forged}\n", LOG.verifier)


def test_a_checkpoint_of_another_log_is_refused_even_if_well_signed() -> None:
    note = sign(Checkpoint("lgsp.example/other", 1, bytes(32)), LOG)
    with pytest.raises(WrongOriginError):
        open_checkpoint(note, LOG.verifier)
    assert open_checkpoint(note, LOG.verifier, origin="lgsp.example/other").size == 1


@pytest.mark.parametrize("note", [NOTE + witness_line(), NOTE.replace("\n\n", "\n\n" + witness_line())])
def test_a_witness_may_sign_beside_the_log(note: str) -> None:
    assert open_checkpoint(note, LOG.verifier) == CHECKPOINT
    assert open_checkpoint(note, WITNESS.verifier, origin=LOG.name) == CHECKPOINT


def test_a_signature_of_an_unknown_kind_is_passed_over() -> None:
    timestamped = base64.b64encode(b"abcd" + bytes(8 + 64)).decode()  # as long as a tlog-cosignature
    assert open_checkpoint(f"{NOTE}— {WITNESS.name} {timestamped}\n", LOG.verifier) == CHECKPOINT


def test_a_note_with_only_a_witness_is_not_signed_by_the_log() -> None:
    with pytest.raises(UnsignedError):
        open_checkpoint(f"{CHECKPOINT.body}\n{witness_line()}", LOG.verifier)


def test_sixteen_post_quantum_witnesses_still_fit() -> None:
    line = f"— {WITNESS.name} {base64.b64encode(bytes(5000)).decode()}\n"
    assert open_checkpoint(NOTE + 16 * line, LOG.verifier) == CHECKPOINT
    with pytest.raises(MalformedCheckpointError, match="characters is not read"):
        open_checkpoint(NOTE + 100 * line, LOG.verifier)


def test_extension_lines_are_allowed_and_covered_by_the_signature() -> None:
    note = signed(CHECKPOINT.body + "extension one\nextension\u2028two\n")
    assert open_checkpoint(note, LOG.verifier) == CHECKPOINT
    with pytest.raises(BadSignatureError):
        open_checkpoint(note.replace("one", "1"), LOG.verifier)
    with pytest.raises(BadSignatureError):
        open_checkpoint(NOTE.replace("\n\n", "\nadded later\n\n"), LOG.verifier)


ROOT_TEXT = base64.b64encode(CHECKPOINT.root).decode()


@pytest.mark.parametrize(
    "body",
    [
        f"{LOG.name}\n7\n",
        f"\n7\n{ROOT_TEXT}\n",
        f"{LOG.name}\n\n{ROOT_TEXT}\n",
        f"{LOG.name}\n07\n{ROOT_TEXT}\n",
        f"{LOG.name}\n+7\n{ROOT_TEXT}\n",
        f"{LOG.name}\n-7\n{ROOT_TEXT}\n",
        f"{LOG.name}\n\u0667\n{ROOT_TEXT}\n",
        f"{LOG.name}\n7 \n{ROOT_TEXT}\n",
        f"{LOG.name}\n{'7' * 20}\n{ROOT_TEXT}\n",
        f"{LOG.name}\n7\n{ROOT_TEXT[:-1]}\n",
        f"{LOG.name}\n7\nAAAA\n",
        f"{LOG.name}\n7\né{ROOT_TEXT}\n",
        f"{LOG.name}\n7\n{ROOT_TEXT[:-2]}9=\n",
        f"{LOG.name}\n7\n{ROOT_TEXT}\n\nextension after an empty line\n",
        f"{LOG.name}\n7\n{ROOT_TEXT}\nan extension that rings the bell\x07\n",
    ],
)
def test_a_well_signed_text_that_is_no_checkpoint_is_refused(body: str) -> None:
    with pytest.raises(MalformedCheckpointError):
        open_checkpoint(signed(body), LOG.verifier)


@pytest.mark.parametrize(
    "note",
    [
        "",
        CHECKPOINT.body,
        CHECKPOINT.body + "\n",
        NOTE.removesuffix("\n"),
        NOTE + "\n",
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("\u2014", "-"),
        NOTE.replace(f" {LOG.name} ", f" {LOG.name}"),
        NOTE.replace(LOG.name, "\ud800", 1),
        NOTE + f"{WITNESS.name} AAAAAAA=\n",
        NOTE + "— no-signature\n",
        NOTE + "— two words AAAAAAA=\n",
        NOTE + "— plus+name AAAAAAA=\n",
        NOTE + "— short AAAAAA==\n",
        NOTE + "— not-base64 ****\n",
        NOTE + "— tab\tname AAAAAAA=\n",
        NOTE + "— \ud800 AAAAAAA=\n",
    ],
)
def test_what_is_not_a_signed_note_is_refused(note: str) -> None:
    with pytest.raises(MalformedCheckpointError):
        open_checkpoint(note, LOG.verifier)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 1, bytes(32)),
        ("two\nlines", 1, bytes(32)),
        ("tab\t", 1, bytes(32)),
        ("log", -1, bytes(32)),
        ("log", 1, bytes(31)),
    ],
)
def test_an_impossible_checkpoint_is_refused_before_it_is_signed(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(MalformedCheckpointError):
        Checkpoint(origin, size, root)


# --- keys ----------------------------------------------------------------------------------------------------------


def test_a_vkey_survives_the_round_trip() -> None:
    assert parse_vkey(format_vkey(LOG.verifier)) == LOG.verifier


def test_no_mangled_vkey_is_accepted() -> None:
    for start in range(len(GO_VKEY)):
        for end in range(start + 1, len(GO_VKEY) + 1):
            if (start, end) != (0, len(GO_VKEY)):
                with pytest.raises(MalformedKeyError):
                    parse_vkey(GO_VKEY[start:end])
    for place, character in enumerate(GO_VKEY):
        with pytest.raises(MalformedKeyError):
            parse_vkey(GO_VKEY[:place] + chr(ord(character) + 1) + GO_VKEY[place + 1 :])


def test_a_key_of_another_kind_is_refused() -> None:
    other_type = base64.b64encode(b"\x02" + LOG.verifier.public_key).decode()
    with pytest.raises(MalformedKeyError, match="only Ed25519"):
        parse_vkey(f"{LOG.name}+{LOG.verifier.key_id.hex()}+{other_type}")


@pytest.mark.parametrize("name", ["", "two words", "no\u00a0break", "plus+sign", "new\nline", "nul\x00", "\ud800"])
def test_a_name_that_would_break_a_signature_line_is_refused(name: str) -> None:
    with pytest.raises(MalformedKeyError):
        Signer(name, LOG.private_key)
    with pytest.raises(MalformedKeyError):
        Verifier(name, bytes(32))


def test_a_private_key_is_not_printed() -> None:
    assert "private" not in repr(LOG)
