%% Erlang's side of the actor benchmarks: one measurement a VM.
%% erl -noshell -s program main -extra BENCHMARK SIZE SECOND WARM-UP
-module(program).
-export([main/0, now_ns/0, expect/3, random/1, start_all/1, await_done/1]).

main() ->
    try
        run(init:get_plain_arguments()),
        halt(0)
    catch
        _:Reason -> fault("~0p", [Reason])
    end.

run(["version"]) ->
    io:format("Erlang/OTP ~s, erts ~s, ~s~n", [
        erlang:system_info(otp_release),
        erlang:system_info(version),
        erlang:system_info(emu_flavor)
    ]);
run([Name | Numbers]) ->
    Module = list_to_atom(Name),
    [Size, Second, WarmUp] = [list_to_integer(Number) || Number <- Numbers],
    WarmUp =:= 0 orelse measure(Module, WarmUp, Second),
    {Elapsed, Operations} = measure(Module, Size, Second),
    io:format("result ~b ~b~n", [Elapsed, Operations]).

%% In a process of its own: its heap is new each time.
measure(Module, Size, Second) ->
    {Root, Monitor} = spawn_monitor(fun() -> exit({took, Module:run(Size, Second)}) end),
    receive
        {'DOWN', Monitor, process, Root, {took, Result}} -> Result;
        {'DOWN', Monitor, process, Root, Reason} -> fault("~0p", [Reason])
    end.

fault(Format, Values) ->
    io:format("fault " ++ Format ++ "~n", Values),
    halt(1).

now_ns() ->
    erlang:monotonic_time(nanosecond).

expect(_What, Right, Right) -> ok;
expect(What, Value, Right) -> fault("~s: ~p instead of ~p", [What, Value, Right]).

%% Savina's own generator: 16 bits of state.
random(State) ->
    (State * 1309 + 13849) band 65535.

start_all(Pids) ->
    [Pid ! {start, self()} || Pid <- Pids],
    ok.

await_done(0) -> ok;
await_done(Count) -> receive done -> await_done(Count - 1) end.
