"""The client that the asyncio api classes call with."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from mere_sdk import api_client

if TYPE_CHECKING:
    from types import TracebackType
    from typing_extensions import Self


class ApiClient(api_client.ApiClient):
    """As `mere_sdk.ApiClient`; `call_api` is awaitable."""

    _default_async: ClassVar[ApiClient | None] = None

    async def call_api(self, *arguments: Any, **keywords: Any) -> Any:
        """As `mere_sdk.ApiClient.call_api`."""
        return await asyncio.to_thread(super().call_api, *arguments, **keywords)

    @classmethod
    def get_default(cls) -> ApiClient:
        """What api classes use that are given none; made when it is first asked for."""
        if ApiClient._default_async is None:
            ApiClient._default_async = ApiClient()
        return ApiClient._default_async

    @classmethod
    def set_default(cls, default: api_client.ApiClient | None) -> None:
        """What `get_default` answers from now on."""
        if default is not None and not isinstance(default, ApiClient):
            raise TypeError("the default must be a mere_sdk.aio.ApiClient")
        ApiClient._default_async = default

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
