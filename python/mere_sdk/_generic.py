"""Calls of any path by hand: `ApiClient.call_api` and the steps it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from mere_sdk._keywords import auth_header
from mere_sdk.api_response import ApiResponse
from mere_sdk.exceptions import ApiException

if TYPE_CHECKING:
    from multiprocessing.pool import ThreadPool

    from mere_sdk._watched import WatchedDict
    from mere_sdk.configuration import Configuration
    from mere_sdk.rest import RESTClientObject, Timeout

Params = Mapping[str, Any] | Iterable[tuple[str, Any]]

_DELIMITERS = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}


class GenericCalls:
    """The half of `ApiClient` that knows no operation."""

    if TYPE_CHECKING:
        configuration: Configuration
        default_headers: WatchedDict
        cookie: str | None
        last_response: Any
        PRIMITIVE_TYPES: ClassVar[tuple[type, ...]]
        NATIVE_TYPES_MAPPING: ClassVar[Mapping[str, type]]

        @property
        def rest_client(self) -> RESTClientObject: ...
        @property
        def pool(self) -> ThreadPool: ...

    def call_api(
        self,
        resource_path: str,
        method: str,
        path_params: Params | None = None,
        query_params: Params | None = None,
        header_params: Mapping[str, Any] | None = None,
        body: Any = None,
        post_params: Params | None = None,
        files: Mapping[str, Any] | None = None,
        response_types_map: Mapping[str, str | None] | None = None,
        auth_settings: Sequence[str] | None = None,
        async_req: bool | None = None,
        _return_http_data_only: bool | None = None,
        collection_formats: Mapping[str, str] | None = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
        _host: str | None = None,
        _request_auth: Mapping[str, str] | None = None,
    ) -> Any:
        """Makes a request and decodes the answer.

        Args:
            resource_path: The path below the host, with names in braces.
            method: GET, POST, …
            path_params: What to put for the names in braces.
            query_params: The query.
            header_params: Headers of this request.
            body: A model or plain data.
            post_params: Fields of a form.
            files: Files of a form: the paths or the content, by field.
            response_types_map: What answers hold, by status: `{"200": "ObjectStats", "2XX": "List[str]"}`.
            auth_settings: The ways to log in that may be used.
            async_req: Answer at once with an object whose `get()` waits for the result.
            collection_formats: How lists are written, by parameter: csv, ssv, tsv, pipes or multi.
            _return_http_data_only: Answer the data instead of an `ApiResponse`.
            _preload_content: False leaves the body undecoded.
            _request_timeout: Seconds, or how long to connect and how long to wait.
            _host: Another host than the configuration's.
            _request_auth: Credentials instead of the configuration's.

        Raises:
            ApiException: The answer is no success.
        """
        arguments = (
            resource_path,
            method,
            path_params,
            query_params,
            header_params,
            body,
            post_params,
            files,
            response_types_map,
            auth_settings,
            None,
            _return_http_data_only,
            collection_formats,
            _preload_content,
            _request_timeout,
            _host,
            _request_auth,
        )
        if async_req:
            return self.pool.apply_async(self.call_api, arguments)

        headers = {**(header_params or {}), **self.default_headers}
        if self.cookie:
            headers["Cookie"] = self.cookie
        headers = self.sanitize_for_serialization(headers)
        queries = self.parameters_to_tuples(query_params or (), None)
        form = self.parameters_to_tuples(
            self.sanitize_for_serialization(_mapping(post_params)), collection_formats
        ) + self.files_parameters(files)
        self.update_params_for_auth(
            headers, queries, auth_settings, resource_path, method, body, _request_auth
        )
        url = (_host or self.configuration.host) + self._filled(
            resource_path, path_params, collection_formats
        )
        if queries:
            clean = self.sanitize_for_serialization(queries)
            url += "?" + self.parameters_to_url_query(clean, collection_formats)
        try:
            answer = self.request(
                method,
                url,
                headers=headers,
                post_params=form,
                body=self.sanitize_for_serialization(body) if body else body,
                _preload_content=_preload_content,
                _request_timeout=_request_timeout,
            )
        except ApiException as error:
            if isinstance(error.body, bytes):
                error.body = error.body.decode("utf-8", "replace")
            raise
        self.last_response = answer
        data = None
        if _preload_content or _return_http_data_only:
            data = self._decoded(answer, response_types_map or {})
        if _return_http_data_only:
            return data
        return ApiResponse(answer.status, answer.getheaders(), data, answer.data)

    def _filled(
        self, path: str, params: Params | None, formats: Mapping[str, str] | None
    ) -> str:
        from urllib.parse import quote

        clean = self.sanitize_for_serialization(_mapping(params))
        for name, value in self.parameters_to_tuples(clean, formats):
            safe = self.configuration.safe_chars_for_path_param
            path = path.replace("{" + name + "}", quote(str(value), safe=safe))
        return path

    def _decoded(self, answer: Any, types: Mapping[str, str | None]) -> Any:
        kind = types.get(str(answer.status)) or types.get(f"{str(answer.status)[0]}XX")
        if kind == "bytearray":
            return answer.data
        if kind == "file":
            return self._saved(answer)
        answer.data = answer.data.decode(_charset(answer.getheader("content-type")))
        return self.deserialize(answer, kind) if kind else None

    def request(
        self,
        method: str,
        url: str,
        query_params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        post_params: Any = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> Any:
        """Sends a request through `rest_client`. The query is part of `url`.

        Raises:
            ApiException: The answer is no success.
            ApiValueError: There is no such method.
        """
        return self.rest_client.request(
            method,
            url,
            headers=headers,
            post_params=post_params,
            body=body,
            _preload_content=_preload_content,
            _request_timeout=_request_timeout,
        )

    # From values to requests

    def sanitize_for_serialization(self, obj: Any) -> Any:
        """Models as dicts, times as text, and what is inside of lists and dicts likewise."""
        if obj is None or isinstance(obj, self.PRIMITIVE_TYPES):
            return obj
        if isinstance(obj, list):
            return [self.sanitize_for_serialization(item) for item in obj]
        if isinstance(obj, tuple):
            return tuple(self.sanitize_for_serialization(item) for item in obj)
        if hasattr(obj, "isoformat"):
            return obj.isoformat()
        values = obj if isinstance(obj, Mapping) else obj.to_dict()
        return {key: self.sanitize_for_serialization(value) for key, value in values.items()}

    def parameters_to_tuples(
        self, params: Params, collection_formats: Mapping[str, str] | None
    ) -> list[tuple[str, Any]]:
        """Parameters as pairs; lists are written as `collection_formats` says."""
        made: list[tuple[str, Any]] = []
        for name, value in params.items() if isinstance(params, Mapping) else params:
            how = (collection_formats or {}).get(name)
            if how is None:
                made.append((name, value))
            elif how == "multi":
                made += [(name, str(item)) for item in value]
            else:
                made.append((name, _DELIMITERS.get(how, ",").join(map(str, value))))
        return made

    def parameters_to_url_query(
        self, params: Params, collection_formats: Mapping[str, str] | None
    ) -> str:
        """Parameters as a query: `a=Hello%20World&b=123`."""
        from json import dumps
        from urllib.parse import quote

        parts = []
        for name, value in self.parameters_to_tuples(params, collection_formats):
            if isinstance(value, bool):
                value = str(value).lower()
            elif isinstance(value, dict):
                value = dumps(value)
            parts.append(f"{name}={quote(str(value))}")
        return "&".join(parts)

    def files_parameters(self, files: Mapping[str, Any] | None = None) -> list[tuple[str, Any]]:
        """The files of a form, read: a str is the path of one, anything else the content."""
        import mimetypes
        import os

        made: list[tuple[str, Any]] = []
        for field, value in (files or {}).items():
            if not value:
                continue
            for index, item in enumerate(value if isinstance(value, list) else [value]):
                if not isinstance(item, str):
                    made.append((field, (f"{field}_{index}", item, "application/octet-stream")))
                    continue
                name = os.path.basename(item)
                guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
                with open(item, "rb") as file:
                    made.append((field, (name, file.read(), guessed)))
        return made

    def select_header_accept(self, accepts: Sequence[str] | None) -> str | None:
        """The content type to ask for: JSON if it is among them, else the first."""
        if not accepts:
            return None
        return next((one for one in accepts if "json" in one.lower()), accepts[0])

    def select_header_content_type(self, content_types: Sequence[str] | None) -> str | None:
        """The content type to send: JSON if it is among them, else the first."""
        return self.select_header_accept(content_types)

    def update_params_for_auth(
        self,
        headers: dict[str, str],
        queries: Any,
        auth_settings: Sequence[str] | None,
        resource_path: str,
        method: str,
        body: Any,
        request_auth: Mapping[str, str] | None = None,
    ) -> None:
        """Adds credentials to the headers of a request.

        Args:
            headers: Those of the request; they are changed.
            queries: Not changed: no way to log in uses the query.
            auth_settings: The ways to log in that may be used.
            resource_path: The request's path.
            method: The request's method.
            body: The request's body.
            request_auth: Credentials instead of the configuration's.
        """
        if not auth_settings:
            return
        if request_auth:
            headers.update([auth_header(request_auth)])
            return
        known = self.configuration.auth_settings()
        headers.update(auth_header(known[name]) for name in auth_settings if name in known)

    # From answers to values

    def deserialize(self, response: Any, response_type: str | type) -> Any:
        """What a body says.

        Args:
            response: An answer whose `data` is JSON, or text.
            response_type: A class, or the name of a model or plain type, also as `List[…]` and `Dict[str, …]`;
                "file" puts the body into a file and answers its path.
        """
        if response_type == "file":
            return self._saved(response)
        import json

        try:
            data = json.loads(response.data)
        except ValueError:
            data = response.data
        return self._value(data, response_type)

    def _value(self, data: Any, kind: Any) -> Any:
        if data is None:
            return None
        if isinstance(kind, str):
            if kind.startswith("List["):
                return [self._value(item, kind[5:-1]) for item in data]
            if kind.startswith("Dict["):
                of_values = kind[5:-1].partition(",")[2].strip()
                return {key: self._value(item, of_values) for key, item in data.items()}
            from mere_sdk import models

            kind = self.NATIVE_TYPES_MAPPING.get(kind) or getattr(models, kind)
        if kind is object:
            return data
        if kind in self.PRIMITIVE_TYPES:
            return kind(data)
        if hasattr(kind, "from_dict"):
            return kind.from_dict(data)
        try:
            return kind.fromisoformat(data)  # date, datetime
        except ValueError as error:
            raise ApiException(0, f"{data!r} is not a {kind.__name__}: {error}") from None

    def _saved(self, response: Any) -> str:
        """Puts a body into a file, named as the answer says if it does."""
        import os
        import re
        import tempfile

        folder = tempfile.mkdtemp(dir=self.configuration.temp_folder_path)
        named = re.search(
            r"filename=['\"]?([^'\"\s]+)", response.getheader("Content-Disposition") or ""
        )
        # Only the last part: a server does not choose the folder.
        name = os.path.basename(named.group(1)) if named else ""
        path = os.path.join(folder, name or "body")
        with open(path, "wb") as file:
            data = response.data
            file.write(data.encode() if isinstance(data, str) else data)
        return path


def _mapping(params: Params | None) -> dict[str, Any]:
    return dict(params or {})


def _charset(content_type: str | None) -> str:
    _, found, charset = (content_type or "").lower().partition("charset=")
    return charset.split(";")[0].strip() if found else "utf-8"
