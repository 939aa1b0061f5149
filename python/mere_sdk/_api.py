"""The base of the api classes: a call with and without keywords, its body, its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mere_sdk import _keywords
from mere_sdk._headers import Headers
from mere_sdk._kinds import Mismatch
from mere_sdk._native import ArgumentError
from mere_sdk._shapes import json_bodies
from mere_sdk.api_client import ApiClient
from mere_sdk.api_response import ApiResponse
from mere_sdk.exceptions import ValidationError, of_response

if TYPE_CHECKING:
    from mere_sdk import _native
    from mere_sdk._native import Operation


class Api:
    """Operations of one kind on a lake."""

    def __init__(self, api_client: ApiClient | None = None) -> None:
        """
        Args:
            api_client: The client to call with; None: the default one.
        """
        self.api_client = ApiClient.get_default() if api_client is None else api_client

    def _call(
        self,
        operation: Operation,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        body: Any = None,
    ) -> Any:
        """The decoded answer."""
        if not keywords:
            try:
                return self.api_client.session.call(operation, arguments, body)
            except ArgumentError as error:
                raise wrong_argument(operation, error) from None
        options = plain_options(operation, keywords)
        if options.async_req:
            call = (operation, arguments, without_async(keywords), body)
            return self.api_client.pool.apply_async(self._call, call)
        try:
            return self.api_client.session.call(operation, arguments, body, options.options)
        except ArgumentError as error:
            raise wrong_argument(operation, error) from None

    def _call_with_http_info(
        self,
        operation: Operation,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        body: Any = None,
    ) -> Any:
        """The answer with its status and headers, or the data alone if a keyword says so."""
        options = _keywords.read(operation.name, keywords)
        if options.async_req:
            call = (operation, arguments, without_async(keywords), body)
            return self.api_client.pool.apply_async(self._call_with_http_info, call)
        try:
            answer = self.api_client.session.respond(operation, arguments, body, options.options)
        except ArgumentError as error:
            raise wrong_argument(operation, error) from None
        response = self.api_client.last_response = response_of(answer, options.preload_content)
        return response.data if options.data_only else response

    # An answer that is text and not JSON.

    def _call_text(
        self,
        operation: Operation,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        body: Any = None,
    ) -> Any:
        if keywords.get("async_req"):
            call = (operation, arguments, without_async(keywords), body)
            return self.api_client.pool.apply_async(self._call_text, call)
        return (self._call(operation, arguments, keywords, body)).decode()

    def _call_text_with_http_info(
        self,
        operation: Operation,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        body: Any = None,
    ) -> Any:
        if keywords.get("async_req"):
            call = (operation, arguments, without_async(keywords), body)
            return self.api_client.pool.apply_async(self._call_text_with_http_info, call)
        made = self._call_with_http_info(operation, arguments, keywords, body)
        if isinstance(made, bytes):
            return made.decode()
        if isinstance(made.data, bytes):
            made.data = made.raw_data = made.data.decode()
        return made

    # A body that is the path of a file is opened here, so that the file is closed again.

    def _upload(
        self,
        operation: Operation,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        content: _keywords.Content | None,
    ) -> Any:
        if not isinstance(content, str):
            return self._call(operation, arguments, keywords, content)
        if keywords.get("async_req"):
            call = (operation, arguments, without_async(keywords), content)
            return self.api_client.pool.apply_async(self._upload, call)
        with open(content, "rb") as file:
            return self._call(operation, arguments, keywords, file)

    def _upload_with_http_info(
        self,
        operation: Operation,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        content: _keywords.Content | None,
    ) -> Any:
        if not isinstance(content, str):
            return self._call_with_http_info(operation, arguments, keywords, content)
        if keywords.get("async_req"):
            call = (operation, arguments, without_async(keywords), content)
            return self.api_client.pool.apply_async(self._upload_with_http_info, call)
        with open(content, "rb") as file:
            return self._call_with_http_info(operation, arguments, keywords, file)


def json_body(operation: Operation, value: Any) -> Any:
    """The body that was given, dicts made into the models they stand for.

    Raises:
        ValidationError: It is missing or wrong.
    """
    kind, required = json_bodies[operation.name]
    if value is None:
        if required:
            raise ValidationError(operation.name, (), "the body is required")
        return None
    try:
        return kind.check(value)
    except Mismatch as mismatch:
        raise ValidationError(operation.name, mismatch.loc, mismatch.msg) from None


def wrong_argument(operation: Operation, error: ArgumentError) -> ValidationError:
    """The native core's complaint in the words of this package."""
    return ValidationError(operation.name, (), str(error).removeprefix(f"{operation.name}: "))


def plain_options(operation: Operation, keywords: Mapping[str, Any]) -> _keywords.Keywords:
    """The keywords of a method that answers the data alone."""
    if "_preload_content" in keywords:
        raise ValueError(
            f"`_preload_content` is for the method of {operation.name} whose name ends in "
            "`_with_http_info`; it answers the body in `raw_data`"
        )
    return _keywords.read(operation.name, keywords)


def without_async(keywords: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in keywords.items() if name != "async_req"}


def response_of(answer: _native.Response, preload_content: bool) -> ApiResponse[Any]:
    """An answer as its caller gets it.

    Raises:
        ApiException: It is no success.
    """
    if not 200 <= answer.status <= 299:
        raise of_response(answer)
    headers = Headers(answer.headers)
    if not preload_content:
        return ApiResponse(answer.status, headers, None, answer.body)
    octets = isinstance(answer.data, bytes)
    raw = answer.body if octets else answer.body.decode("utf-8", "replace")
    return ApiResponse(answer.status, headers, answer.data, raw)
