"""The base of the api classes for asyncio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mere_sdk import _keywords
from mere_sdk._api import plain_options, response_of, wrong_argument
from mere_sdk._native import ArgumentError
from mere_sdk.aio.api_client import ApiClient
from mere_sdk.exceptions import ApiTypeError

if TYPE_CHECKING:
    from mere_sdk._native import Operation


class Api:
    """Operations of one kind on a lake. Cancelling a call ends its transfer."""

    def __init__(self, api_client: ApiClient | None = None) -> None:
        """
        Args:
            api_client: The client to call with; None: the default one.
        """
        self.api_client = ApiClient.get_default() if api_client is None else api_client

    async def _call(
        self,
        operation: Operation,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        body: Any = None,
    ) -> Any:
        """The decoded answer."""
        options = _keywords.NONE
        if keywords:
            options = _no_threads(operation, plain_options(operation, keywords))
        session = self.api_client.session
        try:
            return await session.call_async(operation, arguments, body, options.options)
        except ArgumentError as error:
            raise wrong_argument(operation, error) from None

    async def _call_with_http_info(
        self,
        operation: Operation,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        body: Any = None,
    ) -> Any:
        """The answer with its status and headers, or the data alone if a keyword says so."""
        options = _no_threads(operation, _keywords.read(operation.name, keywords))
        session = self.api_client.session
        try:
            answer = await session.respond_async(operation, arguments, body, options.options)
        except ArgumentError as error:
            raise wrong_argument(operation, error) from None
        response = self.api_client.last_response = response_of(answer, options.preload_content)
        return response.data if options.data_only else response

    # An answer that is text and not JSON.

    async def _call_text(
        self,
        operation: Operation,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        body: Any = None,
    ) -> Any:
        return (await self._call(operation, arguments, keywords, body)).decode()

    async def _call_text_with_http_info(
        self,
        operation: Operation,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        body: Any = None,
    ) -> Any:
        made = await self._call_with_http_info(operation, arguments, keywords, body)
        if isinstance(made, bytes):
            return made.decode()
        if isinstance(made.data, bytes):
            made.data = made.raw_data = made.data.decode()
        return made

    # A body that is the path of a file is opened here, so that the file is closed again.

    async def _upload(
        self,
        operation: Operation,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        content: _keywords.Content | None,
    ) -> Any:
        if not isinstance(content, str):
            return await self._call(operation, arguments, keywords, content)
        with open(content, "rb") as file:
            return await self._call(operation, arguments, keywords, file)

    async def _upload_with_http_info(
        self,
        operation: Operation,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        content: _keywords.Content | None,
    ) -> Any:
        if not isinstance(content, str):
            return await self._call_with_http_info(operation, arguments, keywords, content)
        with open(content, "rb") as file:
            return await self._call_with_http_info(operation, arguments, keywords, file)


def _no_threads(operation: Operation, keywords: _keywords.Keywords) -> _keywords.Keywords:
    if keywords.async_req:
        raise ApiTypeError(f"`async_req` of {operation.name}: this method is awaitable already")
    return keywords
