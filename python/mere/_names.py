"""What repositories, refs and objects are called: what the sync and async classes share."""

from __future__ import annotations

from typing import Optional, Protocol, Union

from mere.models import Commit, ObjectInfo, RepositoryProperties


class SuggestsNamespace(Protocol):
    """A storage's configuration, as the packages have it."""

    @property
    def default_namespace_prefix(self) -> Optional[str]: ...
    @property
    def blockstore_namespace_example(self) -> Optional[str]: ...


def suggested_namespace(storage: SuggestsNamespace, repository: str) -> str:
    """Where a repository's data lies if nobody says where. Raises ValueError if the server suggests
    nothing.
    """
    prefix = storage.default_namespace_prefix
    if not prefix:
        raise ValueError(
            "storage_namespace is needed, the server suggests none; "
            f"an example: {storage.blockstore_namespace_example}{repository}"
        )
    return f"{prefix}{repository}" if prefix.endswith("/") else f"{prefix}/{repository}"


class RepositoryName:
    """A repository's name and, once asked for, its record."""

    _id: str
    _properties: Optional[RepositoryProperties] = None

    @property
    def id(self) -> str:
        """The name."""
        return self._id

    def __repr__(self) -> str:
        return f'Repository(id="{self.id}")'

    def __str__(self) -> str:
        return self.id

    def _repr_html_(self) -> str:
        from mere import _html

        return _html.repository(self)


class RefName:
    """A ref expression of a repository and, once asked for, its commit."""

    _repo_id: str
    _id: str
    _commit: Optional[Commit] = None

    @property
    def repo_id(self) -> str:
        """The repository's name."""
        return self._repo_id

    @property
    def id(self) -> str:
        """The expression."""
        return self._id

    def __repr__(self) -> str:
        return f'{type(self).__name__}(repository="{self.repo_id}", id="{self.id}")'

    def _repr_html_(self) -> str:
        from mere import _html

        return _html.reference(self)


class ObjectName:
    """Repository, ref and path of an object and, once asked for, what is known of it."""

    _repo_id: str
    _ref_id: str
    _path: str
    _stats: Optional[ObjectInfo] = None
    _storage_id: Optional[str] = None

    @property
    def repo(self) -> str:
        """The repository's name."""
        return self._repo_id

    @property
    def ref(self) -> str:
        """The ref expression."""
        return self._ref_id

    @property
    def path(self) -> str:
        """The path."""
        return self._path

    def __str__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        name = type(self).__name__
        return f'{name}(repository="{self.repo}", reference="{self.ref}", path="{self.path}")'


RefLike = Union[str, RefName, Commit]


def ref_id(reference: RefLike) -> str:
    """The expression that a ref, a commit or a text stands for."""
    return reference if isinstance(reference, str) else reference.id
