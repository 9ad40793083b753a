"""Uploads through `UploadRoute`."""

import socket
from collections.abc import Iterator
from hashlib import sha256
from urllib.parse import urlsplit

import pytest
import requests
from fastapi import APIRouter, UploadFile
from starlette.formparsers import MultiPartParser

from api.web.routes import MAX_BODY_BYTES, MAX_UPLOAD_BYTES, Route, UploadRoute
from tests.unit.api.web.serving import REQUEST_TIMEOUT_S, serving

BOUNDARY = "boundary"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="notes.txt"\r\n'
    "Content-Type: text/plain\r\n\r\n"
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
CHUNK_BYTES = 1 << 16

router = APIRouter(route_class=Route)
uploads = APIRouter(route_class=UploadRoute)
seen: list[str | None] = []


@uploads.post("/files", response_model=None)
async def upload(file: UploadFile) -> dict[str, object]:
    seen.append(file.filename)
    digest, size = sha256(), 0
    while chunk := await file.read(CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
    return {"name": file.filename, "type": file.content_type, "size": size, "sha256": digest.hexdigest()}


@router.post("/notes", response_model=None)
async def note(file: UploadFile) -> None: ...


router.routes[:0] = uploads.routes


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(router) as address:
        yield address


def form_of(length: int) -> bytes:
    """A form with one file that has this length in all."""
    return HEAD + b"x" * (length - len(HEAD) - len(TAIL)) + TAIL


def send(url: str, body: bytes, path: str = "/files") -> requests.Response:
    return requests.post(url + path, data=body, headers=FORM, timeout=REQUEST_TIMEOUT_S)


def test_file_arrives_whole(url: str) -> None:
    content = bytes(range(256)) * 2000
    answer = send(url, HEAD + content + TAIL)
    assert (answer.status_code, answer.json()) == (
        200,
        {"name": "notes.txt", "type": "text/plain", "size": len(content), "sha256": sha256(content).hexdigest()},
    )


def test_form_is_bounded_to_the_byte(url: str) -> None:
    assert send(url, form_of(MAX_UPLOAD_BYTES)).status_code == 200
    seen.clear()
    answer = send(url, form_of(MAX_UPLOAD_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert seen == []


def test_bound_is_for_routes_of_uploads_alone(url: str) -> None:
    assert send(url, form_of(MAX_BODY_BYTES), "/notes").status_code == 200
    assert send(url, form_of(MAX_BODY_BYTES + 1), "/notes").status_code == 413


@pytest.mark.parametrize("length", ["Content-Length: 1000000000", "Transfer-Encoding: chunked"])
def test_refusal_does_not_wait_for_the_rest(url: str, length: str) -> None:
    address = urlsplit(url)
    lines = ["POST /files HTTP/1.1", f"Host: {address.netloc}", f"Content-Type: {FORM['Content-Type']}", length]
    chunk = b"x" * CHUNK_BYTES
    framed = b"%x\r\n%s\r\n" % (len(chunk), chunk) if "chunked" in length else chunk
    with socket.create_connection((address.hostname, address.port), timeout=REQUEST_TIMEOUT_S) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        connection.sendall(b"%x\r\n%s\r\n" % (len(HEAD), HEAD) if "chunked" in length else HEAD)
        for _ in range(MAX_UPLOAD_BYTES // CHUNK_BYTES):
            connection.sendall(framed)
        assert connection.recv(CHUNK_BYTES).startswith(b"HTTP/1.1 413 ")


def test_no_upload_reaches_a_disk() -> None:
    assert MultiPartParser.spool_max_size >= MAX_UPLOAD_BYTES


@pytest.mark.parametrize("body", [b"", b"not a form", HEAD + b"no end"])
def test_form_that_cannot_be_read_is_422(url: str, body: bytes) -> None:
    answer = send(url, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_page_documents_the_file(url: str) -> None:
    page = requests.get(f"{url}/openapi.json", timeout=REQUEST_TIMEOUT_S).json()
    content = page["paths"]["/files"]["post"]["requestBody"]["content"]
    assert content.keys() == {"multipart/form-data"}
