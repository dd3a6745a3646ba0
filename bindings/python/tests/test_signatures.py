"""The table in _signatures.py says what include/penstock.h says."""

from __future__ import annotations

import ctypes
import enum
import os
import pathlib
import shutil
import subprocess
from typing import Any

import header
import pytest

from penstock import _signatures as c

HEADER = header.Header()
LIST_OF_EXPORTS = header.PATH.parents[1] / "cmake" / "penstock.exports"

STRUCTS: dict[str, Any] = {
    "pst_type": c.Type,
    "pst_bytes": c.Bytes,
    "pst_engine_options": c.EngineOptions,
    "pst_engine_info": c.EngineInfo,
    "pst_stage": c.Stage,
    "pst_stage_options": c.StageOptions,
    "pst_edge_options": c.EdgeOptions,
    "pst_stage_stats": c.StageStats,
    "pst_gemm_args": c.GemmArgs,
    "pst_gemm_loop": c.GemmLoop,
    "pst_matmul_options": c.MatmulOptions,
    "pst_actor": c.Actor,
    "pst_token": c.Token,
    "pst_timer": c.Timer,
    "pst_message": c.Message,
    "pst_down": c.Down,
    "pst_actor_options": c.ActorOptions,
    "pst_actor_stats": c.ActorStats,
    "pst_actor_counts": c.ActorCounts,
    "pst_actor_event": c.ActorEvent,
    "pst_layout": c.Layout,
    "pst_part": c.Part,
    "pst_files_options": c.FilesOptions,
    "pst_split_options": c.SplitOptions,
    "pst_aggregate": c.Aggregate,
    "pst_reduce_options": c.ReduceOptions,
    "pst_shuffle_state": c.ShuffleState,
    "pst_column": c.Column,
    "pst_lent": c.Lent,
}
# The enum and what its names have before those of Python's members.
ENUMS: dict[str, tuple[type[enum.IntEnum], str]] = {
    "pst_status": (c.Status, "PST_"),
    "pst_policy": (c.Policy, "PST_PLACE_"),
    "pst_merge_order": (c.MergeOrder, "PST_MERGE_"),
    "pst_distribution": (c.Distribution, "PST_"),
    "pst_order": (c.Order, "PST_"),
    "pst_thread": (c.Thread, "PST_"),
    "pst_failure": (c.Failure, "PST_"),
    "pst_fusion": (c.Fusion, "PST_FUSE_"),
    "pst_run_state": (c.RunState, "PST_"),
    "pst_view": (c.View, "PST_VIEW_"),
    "pst_format": (c.Format, "PST_"),
    "pst_activation": (c.Activation, "PST_"),
    "pst_gemm_type": (c.GemmType, "PST_GEMM_"),
    "pst_on_failure": (c.OnFailure, "PST_ACTOR_"),
    "pst_strategy": (c.Strategy, "PST_"),
    "pst_overflow": (c.Overflow, "PST_"),
    "pst_stop_mode": (c.StopMode, "PST_STOP_"),
    "pst_actor_event_kind": (c.ActorEventKind, "PST_EVENT_"),
    "pst_scalar": (c.Scalar, "PST_"),
    "pst_unary": (c.Unary, "PST_"),
    "pst_binary": (c.Binary, "PST_"),
    "pst_resize": (c.Resize, "PST_"),
    "pst_cut": (c.Cut, "PST_CUT_"),
    "pst_split_kind": (c.SplitKind, "PST_SPLIT_"),
    "pst_reduction": (c.Reduction, "PST_"),
}
CALLBACKS: dict[str, Any] = {
    "pst_source_fn": c.SourceFunction,
    "pst_map_fn": c.MapFunction,
    "pst_filter_fn": c.FilterFunction,
    "pst_process_fn": c.ProcessFunction,
    "pst_fold_fn": c.FoldFunction,
    "pst_sink_fn": c.SinkFunction,
    "pst_setup_fn": c.SetupFunction,
    "pst_teardown_fn": c.TeardownFunction,
    "pst_finish_fn": c.FinishFunction,
    "pst_key_fn": c.KeyFunction,
    "pst_compare_fn": c.CompareFunction,
    "pst_behaviour_fn": c.BehaviourFunction,
    "pst_batch_fn": c.BatchFunction,
    "pst_start_fn": c.StartFunction,
    "pst_actor_event_fn": c.EventFunction,
    "pst_answer_fn": c.AnswerFunction,
    "pst_gemm_failed_fn": c.GemmFailedFunction,
}
HANDLES = {
    "pst_engine": c.Engine,
    "pst_graph": c.Graph,
    "pst_operator": c.Operator,
    "pst_packed": c.Packed,
    "pst_dispatcher": c.Dispatcher,
}
PLAIN: dict[str, Any] = {
    "void": None,
    "bool": ctypes.c_bool,
    "int": ctypes.c_int,
    "float": ctypes.c_float,
    "double": ctypes.c_double,
    "size_t": ctypes.c_size_t,
    "ptrdiff_t": ctypes.c_ssize_t,
    "uint8_t": ctypes.c_uint8,
    "uint32_t": ctypes.c_uint32,
    "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64,
    "function": ctypes.c_void_p,
    "const char *": ctypes.c_char_p,
    "pst_context *": c.Context,
}


def declared(kind: str, *, in_callback: bool = False) -> Any:
    """The ctypes type that the table must have for a type of the header."""
    if kind in PLAIN and not (in_callback and kind == "pst_context *"):
        return PLAIN[kind]
    if kind in ENUMS:
        return ctypes.c_int
    if kind in STRUCTS:
        return STRUCTS[kind]
    if kind in CALLBACKS:
        return ctypes.c_void_p
    bare = kind.removeprefix("const ").removesuffix("*").strip()
    if bare.endswith("*"):
        inner = bare.removesuffix("*").strip()
        if inner == "char":
            return ctypes.POINTER(c.OwnedText)
        return ctypes.POINTER(HANDLES[inner]) if inner in HANDLES else ctypes.c_void_p
    if bare in HANDLES:
        return HANDLES[bare]
    if bare == "char":
        return c.OwnedText
    if kind == "uint64_t *" and in_callback:
        return ctypes.c_void_p  # an array, not one value
    if kind in ("size_t *", "uint64_t *"):
        return ctypes.POINTER(PLAIN[bare])
    if bare in ENUMS:
        return ctypes.POINTER(ctypes.c_int)
    if bare in STRUCTS:
        return ctypes.POINTER(STRUCTS[bare])
    return ctypes.c_void_p


def test_every_exported_function_is_in_the_table() -> None:
    exported = set(LIST_OF_EXPORTS.read_text().split())
    assert set(HEADER.functions()) == exported
    assert set(c.FUNCTIONS) == exported


@pytest.mark.parametrize("name", sorted(HEADER.functions()))
def test_function(name: str) -> None:
    function = HEADER.functions()[name]
    result, arguments = c.FUNCTIONS[name]
    assert result == declared(function.result)
    expected = tuple(declared(kind) for kind in function.arguments)
    assert arguments == expected


@pytest.mark.parametrize("name", sorted(HEADER.callbacks()))
def test_callback(name: str) -> None:
    function = HEADER.callbacks()[name]
    kind = CALLBACKS[name]
    assert kind._restype_ == declared(function.result)
    expected = [declared(each, in_callback=True) for each in function.arguments]
    assert list(kind._argtypes_) == expected


def test_every_struct_is_in_the_table() -> None:
    assert set(HEADER.structs()) == set(STRUCTS)


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_struct(name: str) -> None:
    fields = [(field, declared(kind)) for kind, field in HEADER.structs()[name]]
    assert [(each[0], each[1]) for each in STRUCTS[name]._fields_] == fields


@pytest.mark.parametrize("name", sorted(HEADER.enums()))
def test_enum(name: str) -> None:
    kind, prefix = ENUMS[name]
    assert {prefix + member.name: int(member) for member in kind} == HEADER.enums()[
        name
    ]


@pytest.mark.parametrize("name", sorted(HEADER.constants()))
def test_constant(name: str) -> None:
    assert getattr(c, name.removeprefix("PST_")) == HEADER.constants()[name]


def compiler() -> str | None:
    """Also where the tests run with the toolchain hidden from PATH."""
    return os.environ.get("PENSTOCK_TEST_CC") or shutil.which("cc")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a C compiler says of sizes, offsets and defaults."""
    cc = compiler()
    if cc is None:
        pytest.skip("there is no C compiler")
    folder = tmp_path_factory.mktemp("layout")
    lines = []
    for name, fields in HEADER.structs().items():
        lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
        for _, field in fields:
            lines.append(f'printf("{name}.{field} %zu\\n", offsetof({name}, {field}));')
    for name in HEADER.defaults():
        lines.append(f'show("{name}", &({name})PST_{name[4:].upper()}_INIT,')
        lines.append(f"sizeof({name}));")
    source = folder / "layout.c"
    source.write_text(
        "#include <penstock.h>\n"
        "static void show(const char *name, const void *p, size_t n) {\n"
        '    printf("%s= ", name);\n'
        "    for (size_t i = 0; i < n; i++)\n"
        '        printf("%02x", ((const unsigned char *)p)[i]);\n'
        '    printf("\\n");\n'
        "}\n"
        f"int main(void) {{\n{chr(10).join(lines)}\nreturn 0;\n}}\n"
    )
    program = folder / "layout"
    tools = f"{pathlib.Path(cc).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    subprocess.run(
        [cc, "-I", str(header.PATH.parent), str(source), "-o", str(program)],
        check=True,
        env={**os.environ, "PATH": tools},
    )
    printed = subprocess.run(
        [str(program)], check=True, capture_output=True, text=True
    ).stdout
    return dict(line.split(" ", 1) for line in printed.splitlines())


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_layout(name: str, compiled: dict[str, str]) -> None:
    kind = STRUCTS[name]
    assert int(compiled[name]) == ctypes.sizeof(kind)
    for field, *_ in kind._fields_:
        assert int(compiled[f"{name}.{field}"]) == getattr(kind, field).offset, field


@pytest.mark.parametrize("name", sorted(HEADER.defaults()))
def test_defaults(name: str, compiled: dict[str, str]) -> None:
    kind = STRUCTS[name]
    from_c = kind.from_buffer_copy(bytes.fromhex(compiled[f"{name}="]))
    mine = kind()
    for field, *_ in kind._fields_:
        expected, found = getattr(from_c, field), getattr(mine, field)
        if isinstance(found, (ctypes.Structure, ctypes.c_void_p, ctypes._Pointer)):
            expected, found = bytes(expected), bytes(found)
        assert found == expected, field
