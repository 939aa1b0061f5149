"""What a user does first with the installed packages, by all three interfaces, without a server."""

import asyncio
import importlib.metadata
import tempfile

import fsspec
import mere
import mere_sdk
import mere_spec


async def read_back(folder: str) -> bytes:
    client = mere_sdk.aio.LakeFSClient(mere_sdk.Configuration(lake=folder))
    return bytes(await client.objects_api.get_object("quickstart", "main", "hello.txt"))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        client = mere.open(folder)
        repository = mere.Repository("quickstart", client=client).create("local://quickstart")
        branch = repository.branch("main")
        with branch.transact(commit_message="hello") as transaction:
            transaction.object("hello.txt").upload(b"hello, lake")

        assert isinstance(fsspec.filesystem("lakefs", lake=folder), mere_spec.LakeFSFileSystem)
        with fsspec.open("lakefs://quickstart/main/hello.txt", lake=folder) as file:
            assert file.read() == b"hello, lake"
        assert asyncio.run(read_back(folder)) == b"hello, lake"
        assert [commit.message for commit in branch.log(max_amount=2)][-1] == "hello"
    print(f"mere {importlib.metadata.version('mere')}: installed and working")


if __name__ == "__main__":
    main()
