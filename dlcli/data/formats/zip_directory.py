"""The directory of a .zip file, looked through before anything is unpacked: what of it is read, and what is refused."""

import stat
import zipfile

from dlcli.data.formats.gunzip import allowed
from dlcli.errors import DataError
from dlcli.text import quoted

LOCAL_HEADER = 30
"""Bytes before a member's name, and these before what is packed."""


def members_of(archive: zipfile.ZipFile, name: str, most: int) -> list[zipfile.ZipInfo]:
    """All members. DataError if there are more than `most`, two of a name, an encrypted one, or untrue sizes.

    No two members lie over each other, so that a size packed is one that is there, and tells how much may be unpacked.
    """
    members, seen = archive.infolist(), set()
    if len(members) > most:
        raise DataError(name, f"holds more than {most:,} files")
    for member in members:
        if member.filename in seen:
            raise DataError(name, f"holds {quoted(member.filename)} twice")
        if member.flag_bits & 1:
            raise DataError(name, f"{quoted(member.filename)} is encrypted")
        seen.add(member.filename)
    ordered = sorted(members, key=lambda member: member.header_offset)
    for member, end in zip(ordered, [*(later.header_offset for later in ordered[1:]), archive.start_dir]):
        if member.header_offset + LOCAL_HEADER + member.compress_size > end:
            raise DataError(name, f"{quoted(member.filename)} declares {member.compress_size:,} packed bytes, "
                            "more than lie there")
    return members


def hidden(name: str) -> bool:
    """What file managers leave behind, by the name of a file or folder."""
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def refuse_link(member: zipfile.ZipInfo, name: str) -> None:
    if stat.S_ISLNK(member.external_attr >> 16):
        raise DataError(name, f"{quoted(member.filename)} is a link")


def most_unpacked(member: zipfile.ZipInfo, most: int) -> int:
    """Bytes that a member may unpack to: `most`, and what its packed size allows."""
    return min(most, allowed(member.compress_size))
