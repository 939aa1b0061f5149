"""The models of mere_sdk by themselves."""

import copy
import datetime
import gc
import json
import pickle
import subprocess
import sys
import weakref

import mere_sdk
import pytest
from mere_sdk import CommitCreation, ObjectStats, ObjectStatsList, StagingMetadata
from mere_sdk.exceptions import ValidationError

STATS = {"path": "a", "path_type": "object", "physical_address": "p", "checksum": "c", "mtime": 1}


def test_fields_are_checked_when_a_model_is_made() -> None:
    for change, message in (
        ({"path": None}, "ObjectStats.path: is required"),
        ({"path": 1}, "ObjectStats.path: must be a str, not int"),
        ({"path_type": "folder"}, "ObjectStats.path_type: must be one of"),
        ({"mtime": True}, "ObjectStats.mtime: must be an int, not bool"),
        ({"metadata": {"a": 1}}, "ObjectStats.metadata.a: must be a str, not int"),
    ):
        with pytest.raises(ValidationError, match=message):
            ObjectStats(**(STATS | change))
    with pytest.raises(ValueError, match="ObjectStats.path: is required"):
        ObjectStats()


def test_fields_are_checked_when_they_are_assigned() -> None:
    stats = ObjectStats(**STATS)

    with pytest.raises(ValidationError, match="ObjectStats.mtime"):
        stats.mtime = "now"
    stats.mtime = 2
    assert stats.mtime == 2


def test_a_model_goes_to_plain_data_and_back() -> None:
    stats = ObjectStats(**STATS, metadata={"k": "v"})

    assert stats.to_dict() == STATS | {"metadata": {"k": "v"}}
    assert ObjectStats.from_dict(stats.to_dict()) == stats
    assert ObjectStats.from_json(stats.to_json()) == stats
    assert ObjectStats.parse_obj(stats) == stats == stats.dict()
    assert pickle.loads(pickle.dumps(stats)) == copy.deepcopy(stats) == stats.copy() == stats
    assert stats.copy(update={"path": "b"}).path == "b"
    assert eval(repr(stats)) == stats
    assert ObjectStats.from_dict(None) is None


def test_models_inside_of_models_may_be_dicts() -> None:
    pagination = {"has_more": False, "next_offset": "", "results": 1, "max_per_page": 1}
    listed = ObjectStatsList(pagination=pagination, results=[STATS])

    assert listed.results[0] == ObjectStats(**STATS)
    assert listed.to_dict() == {"pagination": pagination, "results": [STATS]}
    with pytest.raises(ValidationError, match=r"ObjectStatsList.results\[1\].mtime: is required"):
        ObjectStatsList(pagination=pagination, results=[STATS, {**STATS, "mtime": None}])


def test_names_of_the_json_are_accepted() -> None:
    assert CommitCreation(message="m", date=5).var_date == 5
    assert CommitCreation(message="m", var_date=5).to_dict()["date"] == 5
    config = dict.fromkeys(mere_sdk.StorageConfig._fields, "x") | dict.fromkeys(
        ("pre_sign_support", "pre_sign_support_ui", "import_support", "pre_sign_multipart_upload"), True)
    del config["blockstore_namespace_validity_regex"]
    made = mere_sdk.StorageConfig(**config, blockstore_namespace_ValidityRegex="^x")
    assert made.blockstore_namespace_validity_regex == "^x"


def test_times() -> None:
    status = mere_sdk.RepositoryRestoreStatus.from_dict(
        {"id": "1", "done": True, "update_time": "2024-05-06T07:08:09Z"})

    assert status.update_time == datetime.datetime(2024, 5, 6, 7, 8, 9, tzinfo=datetime.timezone.utc)
    assert '"2024-05-06T07:08:09+00:00"' in status.to_json()


def test_a_class_of_ones_own_can_stand_on_a_model() -> None:
    class Mine(ObjectStats):
        def __init__(self, path: str) -> None:
            super().__init__(**(STATS | {"path": path}))
            self.more = 1

    made = Mine("q")

    assert (made.path, made.more, made.to_dict()["path"]) == ("q", 1, "q")
    assert pickle.loads(pickle.dumps(ObjectStats.construct(path="q"))).path == "q"


def test_defaults_and_what_is_unknown() -> None:
    staging = StagingMetadata(staging={}, checksum="c", size_bytes=1, mtime=None, colour="red")

    assert (staging.force, staging.mtime) == (False, None)
    assert ObjectStats.path_type_validate_enum("object") == "object"
    with pytest.raises(ValueError):
        ObjectStats.path_type_validate_enum("x")


def test_importing_imports_nothing_that_is_not_needed() -> None:
    code = "import sys, mere_sdk; print([m for m in sys.modules if m.startswith(('mere_sdk.', 'pydantic', 'urllib3'))])"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def _decoded(**fields: object) -> ObjectStats:
    from mere_sdk._shapes import shape_of

    return shape_of(ObjectStats).loads(json.dumps(STATS | fields))


def test_the_collector_knows_only_of_answers_that_may_be_in_cycles() -> None:
    assert not gc.is_tracked(_decoded(size_bytes=1))
    assert gc.is_tracked(_decoded(metadata={"k": "v"}))


def test_an_answer_that_is_made_part_of_a_cycle_is_collected() -> None:
    class Watched:
        pass

    stats = _decoded()
    stats.metadata = {}
    assert gc.is_tracked(stats)
    inside = Watched()
    watched = weakref.ref(inside)
    dict.update(stats.metadata, itself=stats, inside=inside)
    del inside, stats

    gc.collect()

    assert watched() is None
