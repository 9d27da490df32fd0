"""Files on their way in: an administrator's, into a folder that nobody else reads; of anybody else none."""

import os
import re
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.utils.datastructures import MultiValueDict

from geo.phone_like import name_without_numbers
from salesapp.staff.permissions import Permission

PAGE = "admin:members_fileimport_add"
_address = re.compile(r"\S+@[^\s@]+?(?=\.\w+$|\s|$)")
_unusual = re.compile(r"[^\w.()（）\- ]+")


def private_folder() -> Path:
    """IMPORT_DIR, readable by this user alone."""
    folder = Path(settings.IMPORT_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def most_bytes() -> int:
    return int(settings.IMPORT_MEGABYTES) << 20


def safe_name(name: str) -> str:
    """The name for our folder and lists, with its ending. Files are sometimes named after whom they are about."""
    plain = _address.sub("(address)", Path(name.replace("\\", "/")).name)
    plain = _unusual.sub("_", plain).strip(". ")
    return name_without_numbers(plain)[-100:] or "file"


class _PrivateFile(TemporaryUploadedFile):
    def __init__(self, name: str, content_type: str, charset: str | None) -> None:
        file = tempfile.NamedTemporaryFile(suffix=".upload", dir=private_folder())  # noqa: SIM115 - closed by Django
        UploadedFile.__init__(self, file, name, content_type, 0, charset)


class AdministratorsFile(FileUploadHandler):
    """Takes a file on the page for imports, of an administrator, up to IMPORT_MEGABYTES.

    A larger one is read past, so that the page can say so. Of anybody else, and on every other page, a form with files
    has the bound of any other body, DATA_UPLOAD_MAX_MEMORY_SIZE, above which nothing of it is read; files are skipped.
    """

    _is_refused = False

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *rest: Any, **more: Any) -> Any:
        """None, which has the form read, or an empty form and no files in its place.

        Raises RequestDataTooBig, once. The length is that of the header: Django reads no further in any case.
        """
        is_an_administrators = self._is_an_administrators()
        if not is_an_administrators and content_length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            # The pages of errors ask for the form too, to look for a token; to them, and of no address, it is empty
            if self._is_refused or not getattr(self.request, "resolver_match", None):
                return MultiValueDict(), MultiValueDict()
            self._is_refused = True
            raise RequestDataTooBig("A form with files is larger than DATA_UPLOAD_MAX_MEMORY_SIZE.")
        self._is_taken = is_an_administrators and content_length <= most_bytes() + (1 << 16)
        return None

    def _is_an_administrators(self) -> bool:
        match, user = getattr(self.request, "resolver_match", None), getattr(self.request, "user", None)
        return bool(
            match and match.view_name == PAGE and user and user.is_authenticated and user.may(Permission.USE_ADMIN)
        )

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if not self._is_taken:
            raise SkipFile
        self._file = _PrivateFile(self.file_name or "file", self.content_type or "", self.charset)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[Any]":
        self._file.seek(0)
        self._file.size = file_size
        return self._file

    def upload_interrupted(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()


def keep(file: Any, folder: str) -> str:
    """Store the file under its own name in this folder of IMPORT_DIR, for its owner alone; the path below that."""
    (private_folder() / folder).mkdir(mode=0o700)
    path = f"{folder}/{safe_name(file.name)}"
    descriptor = os.open(private_folder() / path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as kept:
        for chunk in file.chunks():
            kept.write(chunk)
    return path


def forget(path: str) -> None:
    """Delete the file and its folder; one that is gone already is no error."""
    if path:
        (private_folder() / path).unlink(missing_ok=True)
        folder = (private_folder() / path).parent
        if folder.is_dir() and folder != private_folder():
            folder.rmdir()
