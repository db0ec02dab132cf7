"""The directory of a .zip file, looked through before anything is unpacked."""

import zipfile

from dlcli.data.table import short
from dlcli.errors import DataError

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
            raise DataError(name, f"holds {short(member.filename)} twice")
        if member.flag_bits & 1:
            raise DataError(name, f"{short(member.filename)} is encrypted")
        seen.add(member.filename)
    ordered = sorted(members, key=lambda member: member.header_offset)
    for member, end in zip(ordered, [*(later.header_offset for later in ordered[1:]), archive.start_dir]):
        if member.header_offset + LOCAL_HEADER + member.compress_size > end:
            raise DataError(name, f"{short(member.filename)} declares {member.compress_size:,} packed bytes, "
                            "more than lie there")
    return members
